"""Replay the log under other agreements: what that was shown would be refused, and what was refused, shown?

Rule: nothing is guessed. What the log says was shown or refused counts as it stands; only where it does not say, for a
kind of which nothing was found, is it worked out from the agreements as they are. Roles, relationships, organisations
and days are those of the time. Some things no log can tell: CANNOT_KNOW names them, and every result shows it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from zoneinfo import ZoneInfo

from connectors.answer import Kind
from viewer.access.access_event import Event
from viewer.access.agreement import Agreement, Signature
from viewer.access.clinician import Clinician, Organisation, Role
from viewer.access.decide import RESULT_KINDS, Decision, may_ask
from viewer.access.relationship import Claim, Purpose, Relationship
from viewer.access.rules import Rules
from viewer.audit.entry import Entry, Record

CANNOT_KNOW = (
    "Which reports a class that is never shared would withhold: the log names reports, and does not hold their codes.",
    "How many reports a trust would have shown that was not asked then: it was never asked what it holds.",
    "Whether a dissent, a restriction, PDS or another trust’s record would have said no: that is taken as it was.",
    "What trusts’ own files said then: they are taken as they are now, for both sides of the comparison.",
    "What people would have stated if the words before them had been others.",
)

_LONDON = ZoneInfo("Europe/London")
_THE_FIRST, _THE_LAST = date(1900, 1, 1), date(9000, 1, 1)


class Change(StrEnum):
    """What the other agreements would have changed, for one look, trust and kind."""

    STILL_SHOWN = "allowed, as then"
    STILL_REFUSED = "refused, as then"
    LOST = "would be refused"
    WON = "would be allowed"


@dataclass(frozen=True, slots=True)
class Effect:
    """One look at one trust for one kind: what was, and what would be."""

    entry: int
    at: datetime
    user: str
    role: str
    organisation: str
    purpose: str
    claim: str
    trust: str
    kind: Kind
    shown: int  # reports, then
    change: Change
    rule: str  # the clause that says yes, or why not


@dataclass(frozen=True)
class Comparison:
    """Everything that would have gone as it did or otherwise."""

    effects: tuple[Effect, ...] = field(repr=False)
    looks: int
    differs: int  # looks in which the log and the agreements as they are now disagree: the log was followed
    other_reasons: int  # refused for a reason that no agreement decides
    not_read: int  # looks in words that this version does not know

    @cached_property
    def changed(self) -> tuple[Effect, ...]:
        """Return what would go otherwise."""
        return tuple(one for one in self.effects if one.change in (Change.LOST, Change.WON))

    def counts(self, by: Callable[[Effect], str]) -> Mapping[str, Counter[Change]]:
        """Count the changes by trust, role, rule or what else an effect says; the same order each time."""
        counted: dict[str, Counter[Change]] = {}
        for effect in sorted(self.effects, key=by):
            counted.setdefault(by(effect), Counter())[effect.change] += 1
        return counted

    @cached_property
    def total(self) -> Counter[Change]:
        """Count the changes."""
        return Counter(one.change for one in self.effects)

    @cached_property
    def looks_changed(self) -> int:
        """Return how many looks would go otherwise, at one trust and for one kind at least."""
        return len({one.entry for one in self.changed})

    @cached_property
    def reports_lost(self) -> int:
        """Return how many showings of a report would not have been."""
        return sum(one.shown for one in self.effects if one.change is Change.LOST)


def compare(entries: Iterable[Entry], rules: Rules, changed: Sequence[Agreement], trusts: Sequence[str]) -> Comparison:
    """Decide again on every look in the log, under the agreements as they are and under `changed`."""
    replay = _Replay(rules, tuple(map(_as_its_days_say, changed)), trusts)
    effects = [effect for look in _looks(entries) for effect in replay.effects(look)]
    return Comparison(tuple(effects), replay.looks, replay.differs, replay.other_reasons, replay.not_read)


# ── The agreements to compare with ───────────────────────────────────────────────────────────────


def with_text(agreements: Iterable[Agreement], text: Agreement) -> tuple[Agreement, ...]:
    """Return the agreements with this text among them, in place of the one of its name."""
    return (*without(agreements, text.name), text)


def without(agreements: Iterable[Agreement], name: str) -> tuple[Agreement, ...]:
    """Return the agreements but the one of this name."""
    return tuple(one for one in agreements if one.name != name)


def as_if_signed(agreement: Agreement) -> Agreement:
    """Return the agreement as if every party had signed it before anything in the log."""
    return replace(agreement, signatures=tuple(Signature(party.name, _THE_FIRST) for party in agreement.parties))


def as_if_always(agreement: Agreement) -> Agreement:
    """Return the agreement as if it had been in force all the time: begun, not ended, not revoked."""
    return replace(agreement, starts=_THE_FIRST, ends=_THE_LAST, revoked=None)


def _as_its_days_say(agreement: Agreement) -> Agreement:
    """Return the agreement as on the days of the log; what superseded it since is worked out from its days."""
    return replace(agreement, superseded_by="")


# ── Looks in the log ─────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Look:
    """What the entries of one look say together."""

    first: Entry  # that states purpose and relationship
    asked: Mapping[str, bool]  # by trust; a trust the log does not speak of was neither asked nor refused
    shown: Mapping[tuple[str, Kind], int]
    opening_refused: bool  # nothing was asked: the patient could not be opened


_ASKING = frozenset({Event.RESULTS_ASKED, Event.REFUSED})
_SHOWING = frozenset({Event.RESULTS_SHOWN, Event.REPORT_SHOWN, Event.PRINTED, Event.COPIED})


def _looks(entries: Iterable[Entry]) -> Iterator[_Look]:
    by_view: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.record.event in _ASKING | _SHOWING and entry.record.purpose and entry.record.claim != Claim.NONE:
            by_view.setdefault(entry.record.view or f"entry {entry.seq}", []).append(entry)
    for group in by_view.values():
        yield _together(sorted(group, key=lambda one: one.seq))


def _together(entries: Sequence[Entry]) -> _Look:
    asked: dict[str, bool] = {}
    shown: dict[tuple[str, Kind], int] = {}
    for record in (entry.record for entry in entries):
        if record.event in _ASKING:
            asked |= {at.trust: at.outcome == "asked" for at in record.trusts if at.outcome in ("asked", "refused")}
        for at in record.trusts if record.event in _SHOWING else ():
            for kind, count in ((Kind.LABORATORY, at.laboratory), (Kind.RADIOLOGY, at.radiology)):
                shown[at.trust, kind] = max(count, shown.get((at.trust, kind), 0))
    only_refused = all(one.record.event == Event.REFUSED and not one.record.trusts for one in entries)
    return _Look(entries[0], asked, shown, only_refused)


# ── Deciding again ───────────────────────────────────────────────────────────────────────────────


class _Replay:
    """Goes through the looks, and counts those that cannot be replayed as they stand."""

    def __init__(self, rules: Rules, changed: tuple[Agreement, ...], trusts: Sequence[str]) -> None:
        self._as_they_are = replace(rules, agreements=tuple(map(_as_its_days_say, rules.agreements)))
        self._changed = replace(rules, agreements=changed)
        self._trusts = trusts
        self._taken: dict[object, Decision] = {}
        self.looks = self.differs = self.other_reasons = self.not_read = 0

    def effects(self, look: _Look) -> list[Effect]:
        self.looks += 1
        stated = _stated(look.first.record, look.first.at)
        if stated is None:
            self.not_read += 1
            return []
        was = self._refused_then(stated) if look.opening_refused else self._then(look, stated)
        return [self._effect(look, stated, trust, kind, allowed) for (trust, kind), allowed in was.items()]

    def _then(self, look: _Look, stated: "_Stated") -> dict[tuple[str, Kind], bool]:
        """Say what was allowed then: as the log says; kind by kind, where it does not, as the agreements do."""
        was = {of: True for of, count in look.shown.items() if count}
        differs = False
        for trust, asked in look.asked.items():
            allowed = {kind: self._ask(self._as_they_are, stated, trust, kind).allowed for kind in RESULT_KINDS}
            agrees = asked == any(allowed.values())
            differs = differs or not agrees
            for kind in RESULT_KINDS:
                was.setdefault((trust, kind), allowed[kind] if agrees else asked)
        self.differs += differs
        return was

    def _refused_then(self, stated: "_Stated") -> dict[tuple[str, Kind], bool]:
        """Say that nothing was allowed; unless the agreements would have allowed it, and something else forbade."""
        every = {(trust, kind): False for trust in self._trusts for kind in RESULT_KINDS}
        if any(self._ask(self._as_they_are, stated, *of).allowed for of in every):
            self.other_reasons += 1
            return {}
        return every

    def _effect(self, look: _Look, stated: "_Stated", trust: str, kind: Kind, allowed: bool) -> Effect:
        record, decision = look.first.record, self._ask(self._changed, stated, trust, kind)
        return Effect(
            look.first.seq, look.first.at, record.user_name, record.role, record.organisation, record.purpose,
            record.claim, trust, kind, look.shown.get((trust, kind), 0), _change(allowed, decision.allowed),
            decision.clause or decision.because,
        )  # fmt: skip

    def _ask(self, rules: Rules, stated: "_Stated", trust: str, kind: Kind) -> Decision:
        """Decide as on that day. Looks alike have one decision: a log has many of them."""
        day = stated.at.astimezone(_LONDON).date()
        who, why = stated.who, stated.relationship
        alike = (rules is self._changed, who.role, who.organisation, why.purpose, why.claim, trust, kind, day)
        if alike not in self._taken:
            self._taken[alike] = may_ask(who, why, trust, kind, replace(rules, today=day, now=stated.at))
        return self._taken[alike]


def _change(was: bool, is_now: bool) -> Change:
    if was:
        return Change.STILL_SHOWN if is_now else Change.LOST
    return Change.WON if is_now else Change.STILL_REFUSED


@dataclass(frozen=True, slots=True)
class _Stated:
    who: Clinician
    relationship: Relationship
    at: datetime


def _stated(record: Record, at: datetime) -> _Stated | None:
    """Return who looked and why, as at the time; None when the words are not among those we know."""
    known = record.role in set(Role) and record.purpose in set(Purpose) and record.claim in set(Claim)
    if not known:
        return None
    who = Clinician(
        record.user_id, record.user_name, Role(record.role), record.role_name, record.role_code, record.role_profile,
        Organisation(record.organisation_ods, record.organisation),
    )  # fmt: skip
    # A glass that was broken held then, or the log would say so: when it ended is not in it.
    since, until = (at, at + timedelta(seconds=1)) if record.claim == Claim.BREAK_GLASS else (None, None)
    reason = record.reason or "as stated then"
    stated = Relationship(Purpose(record.purpose), Claim(record.claim), reason, record.proof, since, until)
    return _Stated(who, stated, at)
