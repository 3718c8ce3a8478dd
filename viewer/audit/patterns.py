"""Patterns over many entries: too often, too many, at odd hours, one after another.

Rule: pure, and linear in the entries. What is remembered is a function of the entries of the last
`window_days` and of today, cut at London midnights: whoever starts from the entries of those days finds
what one finds who never stopped.
"""

from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from viewer.access.access_event import Event
from viewer.access.clinician import Role
from viewer.access.glass import LONGEST
from viewer.access.relationship import Claim
from viewer.audit.entry import Record
from viewer.audit.review import (
    BROKE,
    Finding,
    Rule,
    Thresholds,
    breaks_glass,
    claimed,
    glass_key,
    is_glass,
    is_look,
    key_of,
    london,
    person,
    spelt,
    whom,
)

HOUR = 3600
DAY = 24 * HOUR
_OPEN = LONGEST.total_seconds() + 60  # what was asked before the glass closed may be written a moment later
_Found = tuple[Rule, str] | tuple[Rule, str, tuple[int, ...]]  # with the earlier entries it is about


@dataclass(slots=True)
class _Person:
    """What is remembered of one person: a few numbers a day."""

    day: int
    patients: set[str] = field(default_factory=set)  # looked at today
    hours: int = 0  # of today, a bit an hour
    usual: int = 0  # the hours of two of the days before at least, and those near them
    worked: deque[tuple[int, int]] = field(default_factory=deque)  # (day, hours), of the days before
    refused: int = 0  # today
    exported: int = 0  # today
    # In the last hour: (when, the first nine digits). More than that nobody types; a program may.
    searched: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=500))
    opened: deque[float] = field(default_factory=deque)  # in the last hour
    glasses: deque[tuple[int, int]] = field(default_factory=deque)  # (day, entry)
    reasons: deque[tuple[int, str, str, int]] = field(default_factory=deque)  # (day, reason, patient, entry)
    # By patient, of today and the day before: (day, when last, the key of its alert), and (day, when last, how).
    broken: dict[str, tuple[int, float, str]] = field(default_factory=dict)
    proven: dict[str, tuple[int, float, str]] = field(default_factory=dict)


@dataclass(slots=True)
class _Peers:
    """What is remembered of everybody in one role at one organisation: how many patients each saw in a day."""

    day: int
    today: dict[str, int] = field(default_factory=dict)
    days: deque[tuple[int, Counter[int]]] = field(default_factory=deque)
    known: int = 0  # days of people in `days`
    median: int = 0


class Memory:
    """Takes entries in the order of the log and says what pattern each completes."""

    def __init__(self, thresholds: Thresholds) -> None:
        self._thresholds = thresholds
        self._day = 0
        self._people: dict[str, _Person] = {}
        self._peers: dict[tuple[str, str], _Peers] = {}

    def on_entry(self, record: Record, seq: int = 0) -> Iterator[Finding]:
        """Remember an entry, and yield what it completes. `seq` is its number in the log."""
        if not record.user_id:
            return
        at = london(record)
        day = max(at.toordinal(), self._day)
        if day > self._day:
            self._day = day
            self._forget()
        one = self._of(record, day)
        for rule, why, *also in self._judge(one, record, at, seq):
            key = key_of(rule, person(record), day)
            yield Finding(rule, why, key, also=also[0] if also else (), restates=rule in _GROWING)
        yield from self._behind(one, record, at.timestamp())

    def _of(self, record: Record, day: int) -> _Person:
        one = self._people.get(record.user_id)
        if one is None:
            one = self._people[record.user_id] = _Person(day)
        elif one.day < day:
            _next_day(one, day, self._thresholds)
        return one

    def _forget(self) -> None:
        """Let go of everybody of whom nothing within the window is known."""
        oldest = self._day - self._thresholds.window_days
        self._people = {user: one for user, one in self._people.items() if one.day >= oldest}
        self._peers = {group: peers for group, peers in self._peers.items() if peers.day >= oldest}

    def _judge(self, one: _Person, record: Record, at: datetime, seq: int) -> Iterator[_Found]:
        yield from self._searching(one, record, at.timestamp())
        yield from self._counting(one, record)
        yield from self._breaking(one, record, seq)
        if is_look(record) and record.outcome != "refused":
            yield from self._volume(one, record)
            yield from self._hours(one, record, at)
        elif record.event == Event.LEDGER_SEARCHED:
            yield from self._hours(one, record, at)

    # ── Searching ──

    def _searching(self, one: _Person, record: Record, now: float) -> Iterator[tuple[Rule, str]]:
        while one.opened and one.opened[0] <= now - HOUR:
            one.opened.popleft()
        if record.event == Event.PATIENT_OPENED and record.outcome == "opened":
            one.opened.append(now)
        if record.event != Event.FIND_ASKED:
            return
        one.searched.append((now, int(record.nhs_number[:9]) if record.nhs_number.isdecimal() else -1))
        while one.searched[0][0] <= now - HOUR:
            one.searched.popleft()
        yield from self._sequential(one)
        yield from self._few_opened(one)

    def _sequential(self, one: _Person) -> Iterator[tuple[Rule, str]]:
        """The last digit of an NHS number only checks the nine before it: those are counted along."""
        last = one.searched[-1][1]
        if last < 0 or len(one.searched) < self._thresholds.sequential:
            return
        numbers = sorted({number for _, number in one.searched if number >= 0})
        near = _run_around(numbers, last, self._thresholds.sequential_step)
        if near >= self._thresholds.sequential:
            yield (
                Rule.ENUMERATION,
                (
                    f"Searched for {near} NHS numbers that follow one another within an hour; "
                    f"{self._thresholds.sequential} are looked at."
                ),
            )

    def _few_opened(self, one: _Person) -> Iterator[tuple[Rule, str]]:
        searched, opened, percent = len(one.searched), len(one.opened), self._thresholds.searches_opened_percent
        if searched >= self._thresholds.searches and opened * 100 <= searched * percent:
            yield (
                Rule.ENUMERATION,
                (
                    f"Made {searched} searches within an hour and opened {opened} of those found: at most "
                    f"{percent} % of at least {self._thresholds.searches} is looked at."
                ),
            )

    # ── Counting in a day ──

    def _counting(self, one: _Person, record: Record) -> Iterator[tuple[Rule, str]]:
        if record.outcome == "refused":
            one.refused += 1
            if one.refused >= self._thresholds.refusals:
                yield (
                    Rule.REFUSALS,
                    f"Was refused {one.refused} times in a day; {self._thresholds.refusals} are looked at.",
                )
        if record.event in (Event.EXPORTED, Event.PRINTED, Event.COPIED):
            one.exported += 1
            if one.exported >= self._thresholds.exports:
                yield (
                    Rule.EXPORTS,
                    (
                        f"Printed, copied or exported {one.exported} times in a day; "
                        f"{self._thresholds.exports} are looked at."
                    ),
                )

    # ── Break-glass ──

    def _behind(self, one: _Person, record: Record, now: float) -> Iterator[Finding]:
        """Join what was done behind a broken glass to the alert about that breaking, and to no other."""
        patient = whom(record)
        if breaks_glass(record):
            key = glass_key(record)
            one.broken[patient] = self._day, now, key
            _, at, how = one.proven.get(patient, _NEVER)
            needless = 0 <= now - at <= DAY
            said = _NEEDLESS.format(how=how) if needless else ""
            yield Finding(Rule.BREAK_GLASS, f"{BROKE}{said}", key, restates=needless)
        elif is_glass(record) and is_look(record) and record.event != Event.FIND_SHOWN:
            _, at, key = one.broken.get(patient, _NEVER)
            if 0 <= now - at <= _OPEN:
                yield Finding(Rule.BREAK_GLASS, BROKE, key)
            else:
                yield Finding(Rule.BREAK_GLASS, _UNBROKEN, key_of(Rule.BREAK_GLASS, person(record), patient, self._day))
        elif is_look(record) and record.proof and record.claim != Claim.BREAK_GLASS and record.outcome != "refused":
            one.proven[patient] = self._day, now, f"“{claimed(record)}”, borne out by {record.proof}"

    def _breaking(self, one: _Person, record: Record, seq: int) -> Iterator[_Found]:
        if not breaks_glass(record):
            return
        often, repeats = self._thresholds.glass_often, self._thresholds.reason_repeats
        before = tuple(entry for _, entry in one.glasses)
        one.glasses.append((self._day, seq))
        if len(one.glasses) >= often:
            yield (
                Rule.BREAK_GLASS_OFTEN,
                (
                    f"Broke the glass {len(one.glasses)} times in {self._thresholds.window_days} days; "
                    f"{often} are looked at."
                ),
                before,
            )
        reason = spelt(record.reason)
        if not reason:
            return
        same = [(patient, entry) for _, said, patient, entry in one.reasons if said == reason]
        one.reasons.append((self._day, reason, whom(record), seq))
        patients = len({whom(record), *(patient for patient, _ in same)})
        if patients >= repeats:
            yield (
                Rule.BREAK_GLASS_REASON,
                (
                    f"The same reason was given for {patients} patients in {self._thresholds.window_days} days; "
                    f"{repeats} are looked at."
                ),
                tuple(entry for _, entry in same),
            )

    # ── How many, and when ──

    def _volume(self, one: _Person, record: Record) -> Iterator[tuple[Rule, str]]:
        one.patients.add(record.nhs_number or record.patient)
        seen = len(one.patients)
        peers = self._peers_of(record)
        peers.today[record.user_id] = seen
        limits = self._thresholds
        if peers.known < limits.peer_days:
            if seen >= limits.volume_without_peers:
                yield (
                    Rule.VOLUME,
                    (
                        f"Looked at {seen} patients in a day; {limits.volume_without_peers} are looked at "
                        "while too little is known of peers."
                    ),
                )
            return
        limit = max(limits.volume_at_least, limits.volume_factor * peers.median)
        if seen >= limit:
            yield (
                Rule.VOLUME,
                (
                    f"Looked at {seen} patients in a day; half of the days of peers (the same role and organisation, "
                    f"{peers.known:,} days) had {peers.median} or fewer, and {limit} are looked at."
                ),
            )

    def _peers_of(self, record: Record) -> _Peers:
        group = (record.organisation_ods, record.role)
        peers = self._peers.get(group)
        if peers is None:
            peers = self._peers[group] = _Peers(self._day)
        elif peers.day < self._day:
            _close_day(peers, self._day, self._thresholds.window_days)
        return peers

    def _hours(self, one: _Person, record: Record, at: datetime) -> Iterator[tuple[Rule, str]]:
        limits = self._thresholds
        one.hours |= 1 << at.hour
        if record.role in limits.office_roles:
            if at.weekday() >= 5 or not limits.office_from <= at.hour < limits.office_until:
                expected = f"from Monday to Friday, {limits.office_from:02}:00 to {limits.office_until:02}:00"
                looked = f"Looked on a {_DAYS[at.weekday()]} at {at:%H:%M}"
                yield Rule.OUT_OF_HOURS, f"{looked}; {_role(record.role)} is expected {expected}."
        elif len(one.worked) >= limits.habit_days and not one.usual >> at.hour & 1:
            never = f"they did so at most once within {limits.habit_hours} hours of it"
            known = f"{len(one.worked)} days of the {limits.window_days} before"
            yield Rule.OUT_OF_HOURS, f"Looked at {at:%H:%M}; on {known}, {never}."


# Counts that only grow in a day: the newest is the truest.
_GROWING = frozenset({Rule.VOLUME, Rule.REFUSALS, Rule.EXPORTS, Rule.BREAK_GLASS_OFTEN})
_NEVER = (0, 0.0, "")
_NEEDLESS = (
    " Within the day before, the same person had the same patient open by another way: {how}. "
    "The glass may not have been needed."
)
_UNBROKEN = "Looked behind a broken glass, and the log holds no breaking of it in the quarter of an hour before."

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _role(role: str) -> str:
    match role:
        case Role.IG_OFFICER:
            return "an information governance officer"
        case Role.GP:
            return "a GP"
        case _:
            return f"a {role}"


def _next_day(one: _Person, day: int, thresholds: Thresholds) -> None:
    """Close a person's day: keep its hours, start counting anew, let go of what left the window."""
    if one.hours:
        one.worked.append((one.day, one.hours))
    oldest = day - thresholds.window_days
    for kept in (one.worked, one.glasses, one.reasons):
        while kept and kept[0][0] < oldest:
            kept.popleft()
    for by_patient in (one.broken, one.proven):
        for patient in [patient for patient, known in by_patient.items() if known[0] < day - 1]:
            del by_patient[patient]
    once, one.usual = 0, 0
    for _, hours in one.worked:
        wide = _widened(hours, thresholds.habit_hours)
        one.usual |= once & wide
        once |= wide
    one.day, one.hours, one.refused, one.exported = day, 0, 0, 0
    one.patients.clear()


def _widened(hours: int, by: int) -> int:
    """Return these hours and those at most `by` away, around midnight too."""
    wide = hours
    for step in range(1, by + 1):
        wide |= (hours << step | hours >> (24 - step)) | (hours >> step | hours << (24 - step))
    return wide & 0xFFFFFF


def _close_day(peers: _Peers, day: int, window: int) -> None:
    if peers.today:
        peers.days.append((peers.day, Counter(peers.today.values())))
    while peers.days and peers.days[0][0] < day - window:
        peers.days.popleft()
    whole: Counter[int] = sum((counts for _, counts in peers.days), Counter())
    peers.known = whole.total()
    peers.median = _median(whole)
    peers.day, peers.today = day, {}


def _median(counts: Counter[int]) -> int:
    """Return the count that half of the days did not exceed."""
    half, so_far = (counts.total() + 1) // 2, 0
    for count in sorted(counts):
        so_far += counts[count]
        if so_far >= half:
            return count
    return 0


def _run_around(numbers: list[int], last: int, step: int) -> int:
    """Return how many of the sorted numbers lie in one chain with `last`, each at most `step` from the next."""
    here = bisect_left(numbers, last)
    low = high = here
    while low > 0 and numbers[low] - numbers[low - 1] <= step:
        low -= 1
    while high + 1 < len(numbers) and numbers[high + 1] - numbers[high] <= step:
        high += 1
    return high - low + 1
