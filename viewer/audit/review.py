"""Which entries of the log an information governance officer should look at, and why: judged one entry at a time.

Rule: pure. The entry, the thresholds and what is known of staff are handed in; what comes out says why in
words, and never repeats anybody's name, number or address. What needs memory is in viewer/audit/patterns.py.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from itertools import pairwise
from zoneinfo import ZoneInfo

from viewer.access.access_event import Event
from viewer.access.clinician import Role
from viewer.access.relationship import Claim
from viewer.audit.entry import Record

LONDON = ZoneInfo("Europe/London")


class Rule(StrEnum):
    """What an entry, or a pattern of entries, is looked at for (DOMAIN: what privacy officers look for)."""

    BREAK_GLASS = "break-glass"
    BREAK_GLASS_REASON = "break-glass-reason"
    BREAK_GLASS_OFTEN = "break-glass-often"
    SELF_CLAIMED = "self-claimed"
    MISSING_REASON = "missing-reason"
    OWN_RECORD = "own-record"
    SAME_ADDRESS = "same-address"
    SURNAME_AND_POSTCODE = "surname-and-postcode"
    NEIGHBOUR = "neighbour"
    COLLEAGUE = "colleague"
    VIP = "vip"
    DECEASED = "deceased"
    RESTRICTED = "restricted"
    NOT_REGISTERED = "not-registered"
    VOLUME = "volume"
    OUT_OF_HOURS = "out-of-hours"
    ENUMERATION = "enumeration"
    REFUSALS = "refusals"
    EXPORTS = "exports"
    UNREADABLE = "unreadable"  # an entry that no rule could read


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From where on something is worth an officer's time; config/review.toml says what each means."""

    deceased_days: int = 30
    reason_letters: int = 10
    reason_needed: frozenset[str] = frozenset({Claim.BREAK_GLASS, Claim.IN_DEPARTMENT, Claim.UNDER_MY_CARE})
    reason_repeats: int = 3
    glass_often: int = 3
    volume_factor: int = 3
    volume_at_least: int = 30
    volume_without_peers: int = 100
    peer_days: int = 100
    office_roles: frozenset[str] = frozenset({Role.GP, Role.IG_OFFICER})
    office_from: int = 7
    office_until: int = 20
    habit_days: int = 10
    habit_hours: int = 2
    sequential: int = 5
    sequential_step: int = 50
    searches: int = 30
    searches_opened_percent: int = 10
    refusals: int = 5
    exports: int = 10
    window_days: int = 28


@dataclass(frozen=True, slots=True)
class Member:
    """What a trust's staff file says of one of its staff, spelt for comparing; "" is not known."""

    user_id: str
    number: str = field(default="", repr=False)  # the mark of their own NHS number
    family: str = field(default="", repr=False)
    postcode: str = field(default="", repr=False)
    address: str = field(default="", repr=False)  # its first line
    department: str = ""


@dataclass(frozen=True, slots=True)
class StaffFile:
    """One organisation's staff, and the patients it asks to have watched. NHS numbers are marks: salted SHA-256."""

    organisation: str  # ODS code
    salt: str = field(repr=False)
    members: Mapping[str, Member] = field(default_factory=dict, repr=False)  # by user id
    by_number: Mapping[str, Member] = field(default_factory=dict, repr=False)  # by mark
    vips: frozenset[str] = field(default=frozenset(), repr=False)  # marks


@dataclass(frozen=True, slots=True)
class Facts:
    """What the log does not know: the staff files, by ODS code."""

    files: Mapping[str, StaffFile] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason to look. Findings of one key are one alert: the same rule, person, patient and day."""

    rule: Rule
    why: str
    key: str
    also: tuple[int, ...] = ()  # entries before this one that it is about too, by number
    restates: bool = False  # it knows more than an earlier finding of its key: an open alert says its words from now on


def mark(salt: str, nhs_number: str) -> str:
    """Return the mark by which a staff file names an NHS number."""
    return sha256(f"{salt}{nhs_number}".encode()).hexdigest()


def spelt(text: str) -> str:
    """Return a name, postcode or address line spelt for comparing: letters and digits, case folded."""
    return "".join(filter(str.isalnum, text.casefold()))


def key_of(rule: Rule, *parts: object) -> str:
    """Return the key of one alert; nobody can read from it whom it is about."""
    return sha256("\x1f".join((rule, *map(str, parts))).encode()).hexdigest()


def on_entry(record: Record, facts: Facts, thresholds: Thresholds) -> Iterator[Finding]:
    """Yield everything about this one entry that an officer should look at."""
    found = list(_about(record, facts, thresholds))
    if found:
        day = london(record).date().isoformat()
        seen = record.outcome != "refused"
        for rule, why in found:
            key = key_of(rule, person(record), whom(record) or record.view, day)
            yield Finding(rule, why, key, restates=seen and rule in _TRIED_OR_SEEN)
    if breaks_glass(record):
        yield Finding(Rule.BREAK_GLASS, BROKE, glass_key(record))


_TRIED_OR_SEEN = frozenset({Rule.RESTRICTED, Rule.NOT_REGISTERED})
BROKE = "Broke the glass; every use is reviewed."


def glass_key(record: Record) -> str:
    """Return the key of one breaking of the glass: no two breakings are one alert, however alike they are."""
    return key_of(Rule.BREAK_GLASS, person(record), whom(record), record.view, record.at)


def london(record: Record) -> datetime:
    """Return when it happened, by the clocks of London."""
    return datetime.fromisoformat(record.at).astimezone(LONDON)


def person(record: Record) -> str:
    """Return who did it: a user id, or the name when no id is known."""
    return record.user_id or record.user_name


def whom(record: Record) -> str:
    """Return whom it is about: an NHS number, or the name and birth date when there is none."""
    return record.nhs_number or record.patient


_LOOKS = frozenset(
    {
        Event.PATIENT_OPENED.value,
        Event.RESULTS_ASKED.value,
        Event.RESULTS_SHOWN.value,
        Event.REPORT_SHOWN.value,
        Event.GLASS_BROKEN.value,
        Event.PRINTED.value,
        Event.COPIED.value,
        Event.EXPORTED.value,
    }
)
_BY_NUMBER = "NHS number"


def is_look(record: Record) -> bool:
    """Say whether somebody went for one patient: opened or saw them, was refused them, or typed their NHS number.

    A list of everybody of one surname is not a look at each of them.
    """
    if not (record.nhs_number or record.patient):
        return False
    if record.event in _LOOKS:
        return True
    return record.event in (Event.FIND_SHOWN, Event.REFUSED) and bool(record.claim or record.asked_for == _BY_NUMBER)


def breaks_glass(record: Record) -> bool:
    """Say whether the entry is the breaking of the glass itself."""
    return record.event == Event.GLASS_BROKEN and record.outcome != "refused"


def is_glass(record: Record) -> bool:
    """Say whether it happened behind broken glass."""
    return record.event == Event.GLASS_BROKEN or (record.claim == Claim.BREAK_GLASS and record.outcome != "refused")


_Found = Iterator[tuple[Rule, str]]


def _about(record: Record, facts: Facts, thresholds: Thresholds) -> _Found:
    if record.event == Event.LEDGER_SEARCHED:
        yield from _own_ledger(record, facts)
    if not is_look(record):
        return
    yield from _glass(record, thresholds)
    yield from _claimed(record, thresholds)
    yield from _related(record, facts)
    yield from _watched(record, facts)
    yield from _of_the_patient(record, thresholds)
    yield from _not_registered(record)


# ── Break-glass, and relationships that were only said ───────────────────────────────────────────


def _glass(record: Record, thresholds: Thresholds) -> _Found:
    if not is_glass(record):
        return
    weakness = why_no_reason(record.reason, thresholds.reason_letters) if record.reason.strip() else ""
    if weakness:
        yield Rule.BREAK_GLASS_REASON, f"The reason given for breaking the glass {weakness}."


def _claimed(record: Record, thresholds: Thresholds) -> _Found:
    if record.outcome == "refused":
        return
    typed = " ".join(record.reason.split())
    if record.claim in _SELF_CLAIMS and not record.proof:
        said = "a reason was given" if typed else "no reason was given"
        yield (
            Rule.SELF_CLAIMED,
            f"The relationship “{claimed(record)}” was only said: no attendance bears it out; {said}.",
        )
    needed = record.claim in thresholds.reason_needed and not record.proof
    if needed and not typed:
        yield Rule.MISSING_REASON, f"No reason was given for “{claimed(record)}”, which needs one."
    elif typed and not is_glass(record):
        # Beside a proof a short reason is enough, as long as it is words.
        weakness = why_no_reason(typed, thresholds.reason_letters if needed else 1)
        if weakness:
            yield Rule.MISSING_REASON, f"The reason given, “{_quoted(typed)}”, {weakness}."


_SELF_CLAIMS = frozenset({Claim.IN_DEPARTMENT.value, Claim.UNDER_MY_CARE.value})
_CLAIMS = {
    Claim.REGISTERED.value: "registered at my practice",
    Claim.IN_DEPARTMENT.value: "in my department now",
    Claim.UNDER_MY_CARE.value: "under my care",
    Claim.BREAK_GLASS.value: "break-glass",
}


def claimed(record: Record) -> str:
    """Return the relationship in the words that were chosen on the page."""
    return _CLAIMS.get(record.claim, record.claim)


def _quoted(typed: str) -> str:
    """Return what was typed, short enough for a line; figures may be somebody's number, and are not repeated."""
    masked = re.sub(r"\d", "#", typed)
    return masked if len(masked) <= _LINE else f"{masked[:_LINE]}…"


_LINE = 60


def why_no_reason(reason: str, letters: int) -> str:
    """Say why these words are no real reason; "" when they may be one."""
    words = re.findall(r"[^\W\d_]+", reason.casefold())
    count = sum(map(len, words))
    if count < letters:
        return f"is too short: {count} letters, where {letters} are asked for"
    if count >= _FEW_LETTERS and len(set("".join(words))) < 4:
        return "is the same few letters over and over"
    if len(words) > 1 and len(set(words)) == 1:
        return "is one word over and over"
    mashed = sum(len(word) for word in words if _is_mash(word))
    if mashed * 2 > count:
        return f"looks like keys struck at random: {mashed} of {count} letters stand in no possible word"
    return ""


_FEW_LETTERS = 5  # in fewer, "PE" and "AAA" are words

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_ALONG = frozenset(pair for row in _ROWS for pair in map("".join, pairwise(row)))
_BACK = frozenset(pair[::-1] for pair in _ALONG)
_NO_VOWEL = re.compile("[^aeiouyáéíóúàèìòùäöüâêîôû]+")
_OVER_AND_OVER = re.compile(r"(.{2,4}?)\1+.{0,3}")


def _is_mash(word: str) -> bool:
    """Say whether no word is spelt so: long without a vowel, along a row of the keyboard, or a few keys in turns."""
    if len(word) >= 5 and _NO_VOWEL.fullmatch(word):
        return True
    run = max(_longest_run(word, _ALONG), _longest_run(word, _BACK))
    return run >= 5 or run == len(word) >= 4 or (len(word) >= 8 and _OVER_AND_OVER.fullmatch(word) is not None)


def _longest_run(word: str, neighbours: frozenset[str]) -> int:
    """Return the length of the longest stretch of neighbouring keys: "asdf" is 4, and "property" holds "erty"."""
    longest = current = 1
    for pair in map("".join, pairwise(word)):
        current = current + 1 if pair in neighbours else 1
        longest = max(longest, current)
    return longest


# ── Who the patient is to the person ─────────────────────────────────────────────────────────────


def _own_ledger(record: Record, facts: Facts) -> _Found:
    own = facts.files.get(record.organisation_ods)
    member = own.members.get(record.user_id) if own else None
    if own and member and record.nhs_number and member.number == mark(own.salt, record.nhs_number):
        yield (
            Rule.OWN_RECORD,
            "Searched the ledger for the NHS number that the staff file has for themselves.",
        )


def _related(record: Record, facts: Facts) -> _Found:
    """Yield the closest of: own record, same address, same surname and postcode, neighbour; and colleague."""
    own = facts.files.get(record.organisation_ods)
    member = own.members.get(record.user_id) if own else None
    if own is None or member is None:
        return
    theirs = mark(own.salt, record.nhs_number) if record.nhs_number else ""
    if theirs and theirs == member.number:
        yield Rule.OWN_RECORD, "The patient’s NHS number is the one that the staff file has for themselves."
        return
    yield from _lives_near(record, member)
    colleague = own.by_number.get(theirs) if theirs else None
    if colleague and colleague.department and colleague.department == member.department:
        yield Rule.COLLEAGUE, f"The patient is a colleague of the same department ({member.department})."


def _lives_near(record: Record, member: Member) -> _Found:
    about = record.about
    if not member.postcode or spelt(about.postcode) != member.postcode:
        return
    same_name = bool(member.family) and spelt(about.family) == member.family
    line = spelt(about.address)
    if member.address and line == member.address:
        named = "; the surname is the same too" if same_name else ""
        yield Rule.SAME_ADDRESS, f"The patient’s address is that of the person who looked{named}."
    elif same_name:
        yield Rule.SURNAME_AND_POSTCODE, "The patient has the surname and the postcode of the person who looked."
    elif member.address and line:
        yield Rule.NEIGHBOUR, "The patient lives under the postcode of the person who looked, at another address."


def _watched(record: Record, facts: Facts) -> _Found:
    if not record.nhs_number:
        return
    for file in facts.files.values():
        if file.vips and mark(file.salt, record.nhs_number) in file.vips:
            yield Rule.VIP, f"The patient is on the list of people whom {file.organisation} asks to have watched."
            return


# ── What the patient is ──────────────────────────────────────────────────────────────────────────


def _of_the_patient(record: Record, thresholds: Thresholds) -> _Found:
    about = record.about
    if about.restricted:
        tried = "Tried to look at" if record.outcome == "refused" else "Looked at"
        yield Rule.RESTRICTED, f"{tried} a patient whose record is marked as restricted."
    if not about.died:
        return
    died = _latest_day(about.died)
    if died is None:
        yield Rule.DECEASED, "The patient has died, and when is not known."
    elif (days := (london(record).date() - died).days) > thresholds.deceased_days:
        yield Rule.DECEASED, f"The patient died {days} days before; more than {thresholds.deceased_days} is looked at."


def _latest_day(sent: str) -> date | None:
    """Return the last day that a full or partial date can mean; None when it is no date."""
    parts = re.match(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", sent)
    if not parts:
        return None
    year, month, day = (int(part) if part else 0 for part in parts.groups())
    try:
        if day:
            return date(year, month, day)
        after = date(year + 1, 1, 1) if month in (0, 12) else date(year, month + 1, 1)
        return after - timedelta(days=1)
    except ValueError:
        return None


def _not_registered(record: Record) -> _Found:
    if record.role != Role.GP or record.about.restricted or record.about.practice == record.organisation_ods:
        return
    refused = record.outcome == "refused"
    if not (refused or is_glass(record)):
        return
    proven = "is registered with another practice" if record.about.practice else "is not known to be registered there"
    how = "was refused" if refused else "broke the glass for"
    yield Rule.NOT_REGISTERED, f"A GP {how} a patient who {proven}."


# ── What could not be judged ─────────────────────────────────────────────────────────────────────

_NEED_STAFF = (Rule.OWN_RECORD, Rule.SAME_ADDRESS, Rule.SURNAME_AND_POSTCODE, Rule.NEIGHBOUR, Rule.COLLEAGUE)


def not_judged(facts: Facts, organisation: str) -> tuple[tuple[tuple[Rule, ...], str], ...]:
    """Return the rules that cannot be judged of an organisation's staff, with the reason."""
    file = facts.files.get(organisation)
    if file is None:
        without = f"there is no staff file for {organisation}"
        return ((_NEED_STAFF, without), ((Rule.VIP,), f"{without}, so no list of people to watch of its own"))
    missing: list[tuple[tuple[Rule, ...], str]] = []
    if not file.members:
        missing.append((_NEED_STAFF, f"the staff file of {organisation} names nobody"))
    for rules, name in (
        ((Rule.OWN_RECORD,), "number"),
        ((Rule.SAME_ADDRESS, Rule.NEIGHBOUR), "address"),
        ((Rule.SURNAME_AND_POSTCODE,), "postcode"),
        ((Rule.COLLEAGUE,), "department"),
    ):
        without_it = sum(not getattr(member, name) for member in file.members.values())
        if without_it:
            said = (
                f"{without_it} of {len(file.members)} staff in the file of {organisation} have no {_NAMED[name]} there"
            )
            missing.append((rules, said))
    if not file.vips:
        missing.append(((Rule.VIP,), f"the staff file of {organisation} lists nobody to watch"))
    return tuple(missing)


_NAMED = {"number": "NHS number", "address": "address", "postcode": "postcode", "department": "department"}
