"""Set what reports say now beside what somebody was last shown of them: what is new, and what says something else.

Rule: a report is "as you saw it" only when that is proven, word for word. Who never looked is told of nothing new, for
everything would be. A report that one may not see is not asked about: nothing here knows of it.
What a look finds new stays so until the patient is opened anew, so that nothing changes its marks while it is read.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b

import msgspec

from viewer.clinical.content import said_by
from viewer.clinical.corrections import NONE, Corrections, corrections
from viewer.clinical.report import Report, Status
from viewer.clinical.row import Row
from viewer.clinical.timeline import keys_of


class Whose(StrEnum):
    """Whose looks are meant."""

    YOURS = "yours"
    TEAMS = "teams"  # everybody's who signs in at the same organisation


class Change(StrEnum):
    """What became of a report since somebody last looked."""

    NEW = "new"
    CORRECTED = "corrected"  # it says something else than they were shown, or nothing proves that it does not
    ADDED_TO = "added to"  # all that they were shown still stands, and there is more of it, or its status moved on


@dataclass(frozen=True, slots=True)
class Shown:
    """One version of a report as somebody was shown it, and since when it was the version they were shown."""

    said: str  # see `said_mark`
    status: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Looked:
    """What somebody, or their team, was shown of one patient. `last` is None of those who never looked before."""

    last: datetime | None = None
    shown: Callable[[str], Sequence[Shown]] = field(default=lambda _: (), compare=False)  # by a report's key
    without: frozenset[str] = frozenset()  # trusts that had not sent all they hold when they last looked


@dataclass(frozen=True, slots=True)
class Before:
    """What is known of the looks before this one. `known` is False when it could not be read."""

    you: Looked = Looked()
    team: Looked = Looked()
    known: bool = True


@dataclass(frozen=True, slots=True)
class Changed:
    """What became of one row since `last`, and what it said then as far as its earlier versions tell."""

    change: Change
    whose: Whose
    last: datetime
    status: str = ""  # as it was then; "" of what is new
    was: Corrections = NONE
    proven: bool = True  # False: what was shown then is among none of the versions that came
    missed: bool = False  # its trust had not sent all it holds at that last look: what is compared is older than it
    first_shown: datetime | None = None  # since when they were shown the version that it is compared with


def changes(rows: Iterable[Row], before: Before, opened_at: datetime) -> dict[str, Changed]:
    """Return what became of each row that is not as it was, by the row's key."""
    found = {row.key: change_of(row, before, opened_at) for row in rows}
    return {key: changed for key, changed in found.items() if changed}


def change_of(row: Row, before: Before, opened_at: datetime) -> Changed | None:
    """Return what became of a row since you last looked; else what your team saw and is no longer so."""
    now = said_mark(row.report) if before.you.last or before.team.last else ""
    if yours := _change(row, now, Whose.YOURS, before.you, opened_at):
        return yours
    teams = _change(row, now, Whose.TEAMS, before.team, opened_at)
    return teams if teams and teams.change is Change.CORRECTED else None


def was_shown(row: Row, looked: Looked) -> bool:
    """Say whether this is, word for word, what they were shown of it last."""
    shown = _shown_of(row, looked)
    return bool(shown) and _what(shown[-1]) == (said_mark(row.report), row.report.status)


def _change(row: Row, now: str, whose: Whose, looked: Looked, opened_at: datetime) -> Changed | None:
    if looked.last is None:
        return None
    shown = _shown_of(row, looked)
    same = [one for one in shown if (one.said, one.status) == (now, row.report.status)]
    others = [one for one in shown if one not in same]
    if same and same[-1].at < opened_at and (not others or others[-1].at < same[-1].at):
        return None
    missed = row.report.trust.name in looked.without
    if not others:
        return Changed(Change.NEW, whose, looked.last, missed=missed)
    judged = _judged(row, now, others[-1], whose, looked.last)
    return replace(judged, missed=missed, first_shown=others[-1].at)


def _shown_of(row: Row, looked: Looked) -> list[Shown]:
    return sorted((one for key in keys_of(row) for one in looked.shown(key)), key=lambda one: one.at)


def _judged(row: Row, now: str, then: Shown, whose: Whose, last: datetime) -> Changed:
    """Say whether what they were shown then still stands in the row as it is now."""
    if then.said == now:
        change = Change.CORRECTED if row.report.status in _TAKEN_BACK else Change.ADDED_TO
        return Changed(change, whose, last, then.status)
    version = next((one for one in row.earlier if said_mark(one) == then.said), None)
    if version is None:
        return Changed(Change.CORRECTED, whose, last, then.status, corrections(row), proven=False)
    was = corrections(replace(row, earlier=(version,)))
    stands = not (was.was or was.gone) and row.report.status not in _TAKEN_BACK and _still_says(row.report, version)
    return Changed(Change.ADDED_TO if stands else Change.CORRECTED, whose, last, then.status, was)


_TAKEN_BACK = frozenset({Status.CORRECTED, Status.AMENDED, Status.APPENDED, Status.CANCELLED, Status.ENTERED_IN_ERROR})


def _still_says(now: Report, then: Report) -> bool:
    """Say whether all that stood outside the results then stands there now, and no addendum is new."""
    return (
        _instant(then) == _instant(now)
        and then.conclusion in now.conclusion
        and set(then.conclusion_codes) <= set(now.conclusion_codes)
        and set(then.attachments) <= set(now.attachments)
        and then.narrative in ("", now.narrative)
        and set(then.notes) <= set(now.notes)
        and len(now.addenda) == len(then.addenda)
    )


def _instant(report: Report) -> datetime | None:
    return report.taken.instant if report.taken else None


def said_mark(report: Report) -> str:
    """Return a short digest of what a report says, whatever its status and its time of issue."""
    said = said_by(report)
    if said is None:  # part of it could not be read: then all that came of it is compared as it came
        said = (msgspec.json.encode((report.results, report.conclusion, report.narrative, report.notes)),)
    text = msgspec.json.encode([_in_order(part) for part in said])
    return blake2b(text, digest_size=8).hexdigest()


def _in_order(part: object) -> object:
    return sorted(map(msgspec.json.encode, part)) if isinstance(part, frozenset) else part


# ── What is kept ─────────────────────────────────────────────────────────────────────────────────

VERSIONS = 4  # of one report that are remembered


def noted(kept: Mapping[str, Sequence[Shown]], now: Mapping[str, Shown]) -> dict[str, tuple[Shown, ...]]:
    """Return what was shown, with what is shown now as the last of each; the same shown again adds nothing."""
    together = {key: tuple(shown) for key, shown in kept.items()}
    for key, one in now.items():
        before = together.get(key, ())
        if not before or _what(before[-1]) != _what(one):
            others = [other for other in before if _what(other) != _what(one)]
            together[key] = (*others[1 - VERSIONS :], one)
    return together


def _what(one: Shown) -> tuple[str, str]:
    return one.said, one.status
