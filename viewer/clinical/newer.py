"""What is new elsewhere: the reports that other trusts have issued since a moment.

Rule: a report counts by when it was issued, and one that does not say so by when it was taken; one that says neither
may be new, and is among them. Whatever is not told as new is counted. Since a look counts also what its trust changed,
and what nothing proves to have been shown: a stamp is older than the report's coming.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from viewer.clinical.report import Precision, When
from viewer.clinical.row import Row
from viewer.clinical.version import updated_at

# How much older than its coming to its trust's server a stamp may be, where nobody knows what was shown.
LAG = timedelta(days=1)

# A time given by its day alone may be any moment of it.
_LASTS = {
    Precision.YEAR: timedelta(days=366),
    Precision.MONTH: timedelta(days=31),
    Precision.DAY: timedelta(days=1),
    Precision.MINUTE: timedelta(minutes=1),
    Precision.SECOND: timedelta(seconds=1),
}


@dataclass(frozen=True, slots=True)
class Newer:
    """What is new, and how much else there is."""

    rows: tuple[Row, ...] = ()
    earlier: int = 0  # of other trusts, issued before
    own: int = 0  # of the reader's own trust, whenever


def is_newer(row: Row, since: datetime, own: str) -> bool:
    """Say whether this report of another trust was issued at this moment or after it, for all that is known."""
    return row.report.trust.name != own and _may_be_since(row.report.issued or row.report.taken, since)


def newer(rows: Iterable[Row], since: datetime, own: str) -> Newer:
    """Return what is new elsewhere since this moment, in the order of the timeline."""
    everything = tuple(rows)
    found = tuple(row for row in everything if is_newer(row, since, own))
    mine = sum(row.report.trust.name == own for row in everything)
    return Newer(found, len(everything) - len(found) - mine, mine)


def untold(rows: Iterable[Row], since: datetime, was_shown: Callable[[Row], bool] | None) -> Newer:
    """Return what may be untold since a look at this moment."""
    everything = tuple(rows)
    found = tuple(row for row in everything if is_untold(row, since, was_shown))
    return Newer(found, len(everything) - len(found))


def is_untold(row: Row, since: datetime, was_shown: Callable[[Row], bool] | None) -> bool:
    """Say whether this report may have come, or been changed, after a look at this moment.

    `was_shown` says whether it was shown as it is; None where nobody knows what was shown.
    """
    if was_shown is None:
        return _is_of(row, since - LAG)
    return _is_of(row, since) or not was_shown(row)


def _is_of(row: Row, since: datetime) -> bool:
    """Say whether it was issued, or changed at its trust, after this moment, for all that is known."""
    updated = updated_at(row.report.updated)
    return is_newer(row, since, "") or (updated is not None and updated > since)


def _may_be_since(when: When | None, since: datetime) -> bool:
    # Taken from the moment asked for: a report may be dated so late that nothing can be added to its time.
    return when is None or when.instant > since - _LASTS[when.precision]
