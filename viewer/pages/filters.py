"""Choose which rows of a timeline are shown, and count every row that is not.

Rule: what is hidden is counted, with the reason. A row whose day is not known
exactly is never hidden for its age, and a row that could not be read is never
hidden for having no flag. What is critical, and what was corrected, stands at the
top of the page whatever is hidden. static/timeline.js does the same in place. The
words that are sought may be a name or a number, so they never stand in an address.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from markupsafe import Markup

from connectors.answer import Kind, Trust
from viewer.pages.rows import Written
from viewer.pages.words import SOUGHT_ELSEWHERE


class Hidden(StrEnum):
    """Why a row is hidden; a row hidden for several reasons is counted at the first."""

    KIND = "of another kind"
    TRUST = "from other trusts"
    PERIOD = "older"
    NO_FLAGS = "without results that carry flags"
    FLAG = "not flagged by the laboratory"
    TEXT = "without these words"


PERIODS = {
    "": ("any time", None),
    "3d": ("last 72 hours", timedelta(days=3)),
    "30d": ("last 30 days", timedelta(days=30)),
    "1y": ("last 12 months", timedelta(days=366)),
    "5y": ("last 5 years", timedelta(days=5 * 366)),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What a reader has chosen to see. The empty Filters hide nothing."""

    kind: str = ""
    trust: str = ""
    period: str = ""
    flagged: bool = False
    find: str = ""

    def __bool__(self) -> bool:
        return self != Filters()

    @property
    def in_address(self) -> dict[str, Any]:
        """Return what of it may stand in an address, by the names it has there: never the words."""
        named = {
            "kind": self.kind,
            "trust": self.trust,
            "period": self.period,
            "flag": "flagged" if self.flagged else "",
        }
        return {name: chosen for name, chosen in named.items() if chosen}

    def since(self, today: date) -> str:
        """Return the oldest day that is shown, or "" when none is too old."""
        length = PERIODS[self.period][1]
        return (today - length).isoformat() if length else ""

    def hides(self, row: Written, today: date) -> Hidden | None:
        """Return why this row is hidden, or None when it is shown."""
        if self.kind and row.kind != self.kind:
            return Hidden.KIND
        if self.trust and row.trust != self.trust:
            return Hidden.TRUST
        if is_older(row.day, self.since(today)):
            return Hidden.PERIOD
        if self.flagged and not row.flagged:
            return Hidden.FLAG if row.carries else Hidden.NO_FLAGS
        if self.find and not _reads(row, self.find):
            return Hidden.TEXT
        return None


def is_older(day: str, since: str) -> bool:
    """Say whether a day, month or year lies before the oldest day wanted; one that is not known exactly may not."""
    return day < since[: len(day)]


def read_filters(asked: Mapping[str, str], trusts: Sequence[Trust], find: str = "") -> Filters:
    """Return the filters of a query string or a form, and of words from a form; what is not ours is passed over."""
    kind, trust, period = (asked.get(name, "") for name in ("kind", "trust", "period"))
    return Filters(
        kind if kind in {Kind.LABORATORY, Kind.RADIOLOGY} else "",
        trust if trust in {known.name for known in trusts} else "",
        period if period in PERIODS else "",
        asked.get("flag") == "flagged",
        " ".join(find.split())[:80],
    )


def sift(rows: Sequence[Written], filters: Filters, today: date) -> tuple[list[Written], Counter[Hidden]]:
    """Return the rows that are shown, and how many are hidden for each reason."""
    reasons = [filters.hides(row, today) for row in rows]
    shown = [_led_on(row, filters.find) for row, reason in zip(rows, reasons, strict=True) if reason is None]
    return shown, Counter(reason for reason in reasons if reason is not None)


def _reads(row: Written, find: str) -> bool:
    """Say whether the words stand anywhere on the row as it is read, or in what of its report the row leaves out."""
    return find.casefold() in f"{row.html.striptags()} {' '.join(row.also.split())}".casefold()


def _led_on(row: Written, find: str) -> Written:
    """Return a row; where the words that are sought do not stand on it, it says where they do."""
    if not (find and row.also) or find.casefold() in row.html.striptags().casefold():
        return row
    before, end, after = row.html.rpartition("</div>")
    said = Markup('<p class="own sought">{}</p>').format(SOUGHT_ELSEWHERE)
    return replace(row, html=before + said + end + after)
