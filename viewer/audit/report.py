"""Who viewed this patient's record: what the log says of it, put together by occasion, for the patient.

Rule: a name is told only where the controller who makes the report and the viewer's own employer both say so, and the
viewer's own words only where the controller does. Everything else is told as it stands in the log; a count is the most
that any page of the occasion showed, never a sum of the same report seen twice.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from viewer.access.access_event import Event
from viewer.audit.entry import Entry, Record
from viewer.audit.looks import each_once, is_break_glass, occasions


@dataclass(frozen=True, slots=True)
class MayTell:
    """What the controller lets the report say of those who looked."""

    names_of: frozenset[str] = frozenset()  # ODS codes of the organisations whose staff are named
    reasons: bool = False  # as they were typed: they may speak of others


@dataclass(frozen=True, slots=True)
class Shown:
    """How many reports of one trust the occasion showed."""

    trust: str
    laboratory: int
    radiology: int


@dataclass(frozen=True, slots=True)
class Occasion:
    """One person in one role, without an hour's break."""

    first: datetime
    last: datetime
    name: str  # "" when it is not told
    letter: str  # tells apart people of one role and organisation who are not named: "A"; "" of one who is
    role: str
    organisation: str
    acts: tuple[tuple[str, str], ...]  # what they did and, of a refusal, why; in the order they first did it
    purposes: tuple[str, ...]
    claims: tuple[str, ...]
    proofs: tuple[str, ...]  # what bore the relationship out; empty when it was only said
    reasons: tuple[str, ...]  # as typed, when they are told
    reason_given: bool
    break_glass: bool
    shown: tuple[Shown, ...]
    read_in_full: int  # reports
    refusals: tuple[str, ...]  # why
    printed: int  # pages
    exported: int  # files
    entries: tuple[int, ...]  # of the log, for whoever asks further

    @property
    def laboratory(self) -> int:
        """Return how many laboratory reports were shown."""
        return sum(one.laboratory for one in self.shown)

    @property
    def radiology(self) -> int:
        """Return how many radiology reports were shown."""
        return sum(one.radiology for one in self.shown)


def who_viewed(entries: Iterable[Entry], may_tell: MayTell) -> tuple[Occasion, ...]:
    """Put the entries about one patient together, oldest first."""
    letters = _Letters()
    return tuple(_occasion(group, may_tell, letters) for group in occasions(entries))


class _Letters:
    """Gives each person who is not named a letter of their own within their role and organisation: A, B … Z, AA."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], dict[str, str]] = {}

    def of(self, record: Record) -> str:
        people = self._known.setdefault((record.role_name, record.organisation_ods), {})
        return people.setdefault(record.user_id or record.user_name, _letter(len(people)))


def _letter(number: int) -> str:
    return (_letter(number // 26 - 1) if number >= 26 else "") + chr(ord("A") + number % 26)


def _occasion(entries: Sequence[Entry], may_tell: MayTell, letters: _Letters) -> Occasion:
    records = [entry.record for entry in entries]
    who = records[0]
    count: Callable[[Event], int] = lambda event: len({one.view for one in records if one.event == event})  # noqa: E731
    return Occasion(
        first=entries[0].at,
        last=entries[-1].at,
        name=who.user_name if who.organisation_ods in may_tell.names_of else "",
        letter="" if who.organisation_ods in may_tell.names_of else letters.of(who),
        role=who.role_name,
        organisation=who.organisation or who.organisation_ods,
        acts=tuple(dict.fromkeys((one.event, _why_refused(one)) for one in records)),
        purposes=each_once(one.purpose for one in records),
        claims=each_once(one.claim for one in records),
        proofs=each_once(one.proof for one in records),
        reasons=each_once(one.reason for one in records) if may_tell.reasons else (),
        reason_given=any(one.reason for one in records),
        break_glass=any(is_break_glass(one) for one in records),
        shown=_shown(records),
        read_in_full=len({key for one in records if one.event == Event.REPORT_SHOWN for key in one.reports}),
        refusals=each_once(one.because for one in records if one.outcome == "refused"),
        printed=count(Event.PRINTED),
        exported=count(Event.EXPORTED) + count(Event.COPIED),
        entries=tuple(entry.seq for entry in entries),
    )


def _why_refused(record: Record) -> str:
    return record.because if record.outcome == "refused" else ""


_SHOWING = frozenset({Event.RESULTS_SHOWN, Event.REPORT_SHOWN, Event.PRINTED, Event.COPIED, Event.EXPORTED})


def _shown(records: Iterable[Record]) -> tuple[Shown, ...]:
    most: dict[str, Shown] = {}
    for at in (at for one in records if one.event in _SHOWING for at in one.trusts):
        before = most.get(at.trust, Shown(at.trust, 0, 0))
        laboratory, radiology = max(before.laboratory, at.laboratory), max(before.radiology, at.radiology)
        most[at.trust] = Shown(at.trust, laboratory, radiology)
    return tuple(one for one in most.values() if one.laboratory + one.radiology)
