"""Put data into English: the only place where that is done.

Rule: what was sent is said as it was sent, unknown is said to be unknown, and
every member of every closed set has words. No machine locale is asked.
Sources: NHS Common User Interface (patient banner, dates, ages), DOMAIN §5.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

from connectors.answer import GAPS, Kind, Outcome
from viewer.access.clinician import Clinician, Role
from viewer.access.relationship import Claim, Purpose
from viewer.clinical.agree import UNREAD
from viewer.clinical.patient import Disagreement, Name, Patient, Verification
from viewer.clinical.report import (
    Absent,
    Amount,
    Between,
    Code,
    Flag,
    Moment,
    NoValue,
    Precision,
    Proportion,
    Range,
    Report,
    Result,
    Samples,
    SentFlag,
    Status,
    Study,
    TakenFrom,
    Unreadable,
    Value,
    When,
    Words,
    YesNo,
)
from viewer.clinical.timeline import Account
from viewer.dissents import Dissent
from viewer.steps import State, Tile

LONDON = ZoneInfo("Europe/London")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NOT_KNOWN = "Not known"


# ── Dates and times ──────────────────────────────────────────────────────────────────────────────


def today(now: datetime) -> date:
    """Return the day it is in London."""
    return (_in_london(now) or now).date()


def day(on: date) -> str:
    """Say a day: 09-Mar-1944. A datetime is said as the day it is in London."""
    here = (_in_london(on) or on) if isinstance(on, datetime) else on
    return f"{here.day:02d}-{MONTHS[here.month - 1]}-{here.year:04d}"


def clock(at: datetime) -> str:
    """Say a time of day in London, 24 hours: 03:12."""
    here = _in_london(at) or at
    return f"{here.hour:02d}:{here.minute:02d}"


def day_and_clock(at: datetime) -> str:
    """Say a moment: 21-Nov-2026 03:12."""
    return f"{day(at)} {clock(at)}"


def _in_london(at: datetime) -> datetime | None:
    """Return a moment in London, or None when London’s calendar has no such moment: in the years 1 and 9999."""
    try:
        return at.astimezone(LONDON)
    except (OverflowError, ValueError):
        return None


_PARTIAL = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")


def partial_date(sent: str) -> str:
    """Say a FHIR date as far as it was given: 1944, Mar-1944 or 09-Mar-1944; other text is said as it was sent."""
    parts = _PARTIAL.fullmatch(sent)
    if not parts:
        return sent or NOT_KNOWN
    year, month, on = parts.groups()
    if month and not 1 <= int(month) <= 12:
        return sent
    return "-".join(part for part in (on, month and MONTHS[int(month) - 1], year) if part)


def sent_time(sent: str) -> str:
    """Say a FHIR dateTime that is still text, in London time; as it was sent when it cannot be read."""
    if _PARTIAL.fullmatch(sent):
        return partial_date(sent)
    try:
        at = datetime.fromisoformat(sent)
    except ValueError:
        return sent
    if at.tzinfo is None:
        return f"{_moment(at.replace(tzinfo=LONDON))}, no time zone sent"
    here = _in_london(at)
    return _moment(here) if here else sent


def _moment(at: datetime) -> str:
    """Say a moment that was sent, with its seconds when it has any."""
    return day_and_clock(at) + _seconds(at)


def _seconds(at: datetime) -> str:
    return f":{at.second:02d}" if at.second else ""


def when(time: When | None, absent: str = "time not sent") -> str:
    """Say a time as exactly as it was given, and that its zone is missing when it is."""
    if time is None:
        return absent
    said = _instant(time)
    if time.until:
        said = f"{said} to {sent_time(time.until)}"
    return said if time.zoned else f"{said}, no time zone sent"


def _instant(time: When) -> str:
    match time.precision:
        case Precision.YEAR | Precision.MONTH | Precision.DAY:
            return partial_date(time.as_sent[: _SENT_LENGTH[time.precision]])
        case Precision.MINUTE | Precision.SECOND:
            here = _in_london(time.instant)
            return _moment(here) if here else time.as_sent
        case _:
            assert_never(time.precision)


_SENT_LENGTH = {Precision.YEAR: 4, Precision.MONTH: 7, Precision.DAY: 10}


def time_of_day(time: When | None) -> str:
    """Say the clock time only, for a row that stands under its day; "–" when only a date was given."""
    if time is None or time.precision in _SENT_LENGTH:
        return "–"
    here = _in_london(time.instant)
    return clock(here) + _seconds(here) if here else time.as_sent[11:]


UNDATED = "undated"  # sorts above every day: nobody can say that such a report is not the newest


def day_key(time: When | None) -> str:
    """Name the day, month or year a row stands under: "2026-11-21", "2026-11", "2026" or UNDATED. Sorts as text."""
    if time is None:
        return UNDATED
    if time.precision in _SENT_LENGTH:
        return time.as_sent[: _SENT_LENGTH[time.precision]]
    return today(time.instant).isoformat()


def day_heading(key: str) -> str:
    """Say the heading of a day: Saturday 21-Nov-2026."""
    if key == UNDATED:
        return "No time sent"
    match len(key):
        case 4:
            return f"{key}, month and day not sent"
        case 7:
            return f"{partial_date(key)}, day not sent"
        case _:
            return f"{DAYS[date.fromisoformat(key).weekday()]} {partial_date(key)}"


def short_day(key: str) -> str:
    """Say a day without its weekday, for a row that is printed away from its heading: 21-Nov-2026."""
    return "no time sent" if key == UNDATED else partial_date(key)


def seconds(took: timedelta) -> str:
    """Say how long something took: 3.0 s."""
    return f"{took.total_seconds():.1f} s"


# ── The patient ──────────────────────────────────────────────────────────────────────────────────


def full_name(name: Name) -> str:
    """Say a name as the banner does: HARGREAVES, Walter (Mr)."""
    family = name.family.upper() or "FAMILY NAME NOT KNOWN"
    given = " ".join(name.given) or "given name not known"
    return f"{family}, {given} ({name.title})" if name.title else f"{family}, {given}"


def gender(sent: str) -> str:
    """Say the gender in full."""
    match sent:
        case "male":
            return "Male"
        case "female":
            return "Female"
        case "other":
            return "Other"
        case "unknown" | "":
            return NOT_KNOWN
        case _:
            return sent


def born(patient: Patient, today: date) -> str:
    """Say the date of birth and, for the living, the age: 09-Mar-1944 (82y)."""
    old = "" if patient.died else age(patient.born, today)
    return f"{partial_date(patient.born)} ({old})" if old else partial_date(patient.born)


def died(patient: Patient) -> str:
    """Say when somebody died, and the age then; "" when nobody said they did."""
    match patient.died:
        case "":
            return ""
        case "yes":
            return "date not known"
        case sent:
            return sent_time(sent)


def age_at_death(patient: Patient) -> str:
    """Say the age at death, or that it cannot be known."""
    on = _whole_day(patient.died)
    return (age(patient.born, on) if on else "") or NOT_KNOWN


def age(birth: str, on: date) -> str:
    """Say an age in the units people use for it; "" when it cannot be known from a partial date.

    CUI: days under 4 weeks, weeks and days under 1 year, months and days under 2 years,
    years and months under 18, then years.
    """
    start = _whole_day(birth)
    if start is None or start > on:
        return ""
    days = (on - start).days
    months = (on.year - start.year) * 12 + on.month - start.month - (on.day < start.day)
    if days < 28:
        return f"{days}d"
    if months < 12:
        return _two(days // 7, "w", days % 7, "d")
    if months < 24:
        return _two(months, "m", (on - _months_after(start, months)).days, "d")
    if months < 18 * 12:
        return _two(months // 12, "y", months % 12, "m")
    return f"{months // 12}y"


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large}{large_unit} {small}{small_unit}" if small else f"{large}{large_unit}"


def _months_after(start: date, months: int) -> date:
    year, month = divmod(start.month - 1 + months, 12)
    length = monthrange(start.year + year, month + 1)[1]
    return date(start.year + year, month + 1, min(start.day, length))


def _whole_day(sent: str) -> date | None:
    try:
        return date.fromisoformat(sent[:10])
    except ValueError:
        return None


def verification(verified: Verification) -> str:
    """Say how far a trust has traced the NHS number."""
    match verified:
        case Verification.VERIFIED:
            return "NHS number verified"
        case Verification.NOT_VERIFIED:
            return "NHS number not verified"
        case Verification.UNSTATED:
            return "not said whether the NHS number is verified"
        case _:
            assert_never(verified)


def disagreement(doubt: Disagreement) -> str:
    """Say what a trust's record says differently: Chesterfield’s record differs in date of birth."""
    return f"{doubt.trust.title}: {_in_doubt(doubt)}"


def _in_doubt(doubt: Disagreement) -> str:
    return f"its {UNREAD}" if UNREAD in doubt.fields else f"its record differs in {listed(doubt.fields)}"


# ── Who is looking, and why ──────────────────────────────────────────────────────────────────────


def who(clinician: Clinician) -> str:
    """Say who is looking: Dr Amina Farrell, Consultant, Sheffield Teaching."""
    return ", ".join(part for part in (clinician.name, clinician.role_name, clinician.organisation.name) if part)


def role(kind: Role) -> str:
    """Say a role."""
    match kind:
        case Role.CONSULTANT:
            return "Consultant"
        case Role.CLINICIAN:
            return "Clinical practitioner"
        case Role.GP:
            return "General practitioner"
        case Role.IG_OFFICER:
            return "Information governance officer"
        case _:
            assert_never(kind)


def purpose(stated: Purpose) -> str:
    """Say a purpose."""
    match stated:
        case Purpose.DIRECT_CARE:
            return "direct care"
        case Purpose.EMERGENCY_CARE:
            return "emergency care"
        case Purpose.AUDIT:
            return "audit"
        case _:
            assert_never(stated)


def claim(made: Claim) -> str:
    """Say how the relationship came about."""
    match made:
        case Claim.REGISTERED:
            return "registered at my practice"
        case Claim.IN_DEPARTMENT:
            return "in my department now"
        case Claim.UNDER_MY_CARE:
            return "under my care: inpatient, outpatient or referral"
        case Claim.BREAK_GLASS:
            return "break-glass"
        case Claim.NONE:
            return "no relationship stated"
        case _:
            assert_never(made)


# ── The trusts ───────────────────────────────────────────────────────────────────────────────────


def outcome(outcome: Outcome) -> str:  # noqa: PLR0912  a list of words, one a member
    """Say in a few words how a question went: did not answer."""
    match outcome:
        case Outcome.ANSWERED:
            return "answered"
        case Outcome.NOT_KNOWN:
            return "answered: it holds no record of this patient"
        case Outcome.PARTIAL:
            return "sent only part"
        case Outcome.LATE:
            return "did not answer"
        case Outcome.UNREACHABLE:
            return "could not be reached"
        case Outcome.REFUSED:
            return "refused us"
        case Outcome.SIGN_IN_FAILED:
            return "did not accept our sign-in"
        case Outcome.BUSY:
            return "said it is too busy"
        case Outcome.FAILED:
            return "failed"
        case Outcome.GARBLED:
            return "sent what cannot be read"
        case Outcome.OVERSIZE:
            return "sent more than we can take"
        case Outcome.RESTING:
            return "not asked, after failing too often just now"
        case Outcome.NOT_AGREED:
            return "not asked: no agreement in force allows it"
        case _:
            assert_never(outcome)


def gap(outcome_: Outcome, reason: str, at: datetime | None, took: timedelta | None) -> str:
    """Say a gap in one sentence: did not answer in 3.0 s at 03:12."""
    said = outcome(outcome_)
    if outcome_ is Outcome.LATE and took is not None:
        said = f"{said} in {seconds(took)}"
    if at is not None:
        said = f"{said} at {clock(at)}"
    return f"{said}: {reason}" if reason and outcome_ not in _SELF_EXPLAINING else said


_SELF_EXPLAINING = frozenset({Outcome.LATE, Outcome.UNREACHABLE})


def mark(state: State) -> str:
    """Return the shape that goes with a state; never without its words."""
    match state:
        case State.WAITING:
            return "◌"
        case State.ANSWERED:
            return "✓"
        case State.NONE:
            return "○"
        case State.NOT_AGREED:
            return "–"
        case State.GAP:
            return "✕"
        case _:
            assert_never(state)


def tile(tile: Tile) -> str:
    """Say what the strip says of a trust, without its name: 28 reports; did not answer in 3.0 s at 03:12."""
    match tile.state:
        case State.WAITING:
            return "asked, waiting"
        case State.ANSWERED:
            return f"{tile.count:,} {plural(tile.count, 'report')}"
        case State.NONE:
            return "no record of this patient" if tile.outcome is Outcome.NOT_KNOWN else "no reports held"
        case State.NOT_AGREED:
            return "withheld by agreement"
        case State.GAP:
            some = f"{tile.count:,} {plural(tile.count, 'report')} shown; " if tile.count else ""
            if tile.doubt and tile.outcome not in GAPS:
                return some + _in_doubt(tile.doubt)
            return some + gap(tile.outcome or Outcome.FAILED, tile.reason, tile.at, tile.took)
        case _:
            assert_never(tile.state)


def records_found(tile: Tile) -> str:
    """Say what a trust found when it was asked who somebody is."""
    match tile.state:
        case State.ANSWERED:
            return f"{tile.count:,} {plural(tile.count, 'record')}"
        case State.NONE:
            return "nothing you may be shown"
        case State.NOT_AGREED:
            return "not asked: no agreement allows it"
        case State.WAITING:
            return "asked, waiting"
        case State.GAP:
            some = f"{tile.count:,} {plural(tile.count, 'record')} shown; " if tile.count else ""
            return some + gap(tile.outcome or Outcome.FAILED, tile.reason, tile.at, tile.took)
        case _:
            assert_never(tile.state)


def found_heading(people: int, tiles: Sequence[Tile]) -> str:
    """Say how many people were found; nobody is found only where somebody answered."""
    if people:
        return f"{people} {plural(people, 'person', 'people')} found"
    match _answered(tiles):
        case 0:
            return "Not known: no trust answered"
        case count if count < len(tiles):
            return "Nobody was found at the trusts that answered"
        case _:
            return "Nobody was found"


def nobody_found(tiles: Sequence[Tile]) -> str:
    """Say that nobody may be shown, in the same words whatever the reason, and how many trusts answered."""
    answered = _answered(tiles)
    if not answered:
        return f"None of {len(tiles)} trusts answered. The patient may be known to any of them."
    if answered == len(tiles):
        return f"All {len(tiles)} trusts answered. {_LOOKS_THE_SAME}"
    return f"{answered} of {len(tiles)} trusts answered. {_LOOKS_THE_SAME} The patient may be known to the others."


_LOOKS_THE_SAME = (
    "This looks the same whether nobody is known, the record is restricted, or the practice differs or is in doubt."
)


def _answered(tiles: Sequence[Tile]) -> int:
    return sum(tile.state in {State.ANSWERED, State.NONE} for tile in tiles)


def tile_heading(tile: Tile) -> str:
    """Say a gap's heading: Barnsley: not obtained."""
    if tile.state is not State.GAP:
        return tile.trust.title
    return f"{tile.trust.title}: {'not all obtained' if tile.count else 'not obtained'}"


def tile_small(tile: Tile) -> str:
    """Say the particulars under a trust: answered in 0.6 s; NHS number not verified there."""
    notes = [*_how(tile)]
    if tile.verification is not Verification.VERIFIED and tile.state is State.ANSWERED:
        notes.append(verification(tile.verification))
    if tile.doubt:
        notes.append("identity in doubt")
    return "; ".join(notes)


def _how(tile: Tile) -> tuple[str, ...]:
    if tile.state is State.NOT_AGREED:
        return (tile.reason or outcome(Outcome.NOT_AGREED),)
    if tile.state not in {State.ANSWERED, State.NONE}:
        return ()
    if tile.kept and tile.at:
        return (f"answered at {clock(tile.at)}",)
    return (f"answered in {seconds(tile.took)}",) if tile.took is not None else ()


@dataclass(frozen=True, slots=True)
class Excepted:
    """A trust the page cannot vouch for, and why in a few words."""

    title: str
    why: str


@dataclass(frozen=True, slots=True)
class Completeness:
    """How far the page is complete: a lead, a time, and the trusts that are excepted."""

    lead: str
    as_of: str
    excepted: tuple[Excepted, ...]
    rest: str
    before: str = " except "  # stands between the time and the trusts that are excepted

    def __str__(self) -> str:
        except_ = (
            f"{self.before}{listed([f'{one.title} ({one.why})' for one in self.excepted])}" if self.excepted else ""
        )
        return " ".join(part for part in (f"{self.lead} {self.as_of}{except_}.", self.rest) if part)


def completeness(tiles: Sequence[Tile], as_of: datetime) -> Completeness:
    """Say how far what is shown is everything: Complete as of …, or Not complete: as of …, all except …."""
    if all(tile.state is State.WAITING for tile in tiles):
        return Completeness(
            f"All {len(tiles)} trusts are being asked; nothing has come yet, as of", day_and_clock(as_of), (), ""
        )
    vouched = [tile for tile in tiles if tile.state in {State.ANSWERED, State.NONE}]
    excepted = tuple(Excepted(tile.trust.title, _why(tile)) for tile in tiles if tile not in vouched)
    if not vouched:
        lead = "Not complete as of" if any(tile.count for tile in tiles) else "Nothing obtained as of"
        return Completeness(lead, day_and_clock(as_of), excepted, "", before=": ")
    rest = _none_found(tiles, vouched)
    if excepted:
        return Completeness("Not complete: as of", day_and_clock(as_of), excepted, rest, before=", all except ")
    return Completeness("Complete as of", day_and_clock(as_of), (), rest)


def finished(tiles: Sequence[Tile]) -> str:
    """Say that no more answers will come, and how many trusts did not answer in full."""
    silent = sum(tile.state is State.GAP for tile in tiles)
    return f"{silent} {plural(silent, 'trust')} did not answer in full." if silent else "Nothing more is on its way."


def _none_found(tiles: Sequence[Tile], vouched: Sequence[Tile]) -> str:
    if any(tile.count for tile in tiles):
        return ""
    if len(vouched) == len(tiles):
        return f"No reports: all {len(tiles)} trusts answered, and none holds any that may be shown here."
    return f"None of the {len(vouched)} that answered holds a report; this does not mean that there are none."


def _why(tile: Tile) -> str:
    match tile.state:
        case State.WAITING:
            return "waiting"
        case State.NOT_AGREED:
            return "withheld by agreement"
        case State.GAP if tile.doubt and tile.outcome not in GAPS:
            return _in_doubt(tile.doubt)
        case State.GAP | State.ANSWERED | State.NONE:
            return outcome(tile.outcome or Outcome.FAILED)
        case _:
            assert_never(tile.state)


def missing(tiles: Sequence[Tile]) -> str:
    """Name the trusts that are not on the page, for the foot of a printed page."""
    if not tiles:
        return "nothing obtained"
    names = [tile.trust.title for tile in tiles if tile.state not in {State.ANSWERED, State.NONE}]
    return f"missing: {', '.join(names)}" if names else "no trust missing"


def identity(tiles: Sequence[Tile]) -> str:
    """Say whether those who know the patient agree about who it is."""
    said = [disagreement(tile.doubt) for tile in tiles if tile.doubt]
    said += [
        f"{tile.trust.title}: {verification(tile.verification)}"
        for tile in tiles
        if tile.state is State.ANSWERED and tile.verification is not Verification.VERIFIED
    ]
    if said:
        return f"Identity: {'; '.join(said)}."
    known = sum(tile.state is State.ANSWERED for tile in tiles)
    return f"Identity agrees at all {known} that hold reports." if known > 1 else ""


def folded(tiles: Sequence[Tile]) -> str:
    """Say in one sentence what answered, for a narrow screen: 5 of 7 answered: Chesterfield 28, …."""
    answered = [tile for tile in tiles if tile.state in {State.ANSWERED, State.NONE}]
    said = ", ".join(f"{tile.trust.title} {tile.count:,}" for tile in answered)
    return f"✓ {len(answered)} of {len(tiles)} answered: {said}" if said else f"None of {len(tiles)} has answered"


def telephone(number: str) -> str:
    """Say a telephone number as it was configured, or that there is none."""
    return number or "no telephone number is known"


# ── Reports and results ──────────────────────────────────────────────────────────────────────────


def kind(of: Kind) -> str:
    """Say a kind in full."""
    match of:
        case Kind.DEMOGRAPHICS:
            return "Demographics"
        case Kind.LABORATORY:
            return "Laboratory"
        case Kind.RADIOLOGY:
            return "Radiology"
        case _:
            assert_never(of)


def kind_letters(of: Kind) -> str:
    """Say a kind in a narrow column."""
    match of:
        case Kind.DEMOGRAPHICS:
            return "DEM"
        case Kind.LABORATORY:
            return "LAB"
        case Kind.RADIOLOGY:
            return "RAD"
        case _:
            assert_never(of)


def status(of: Status, as_sent: str = "") -> str:
    """Say a status; a word FHIR does not have is quoted."""
    match of:
        case Status.REGISTERED:
            return "Registered"
        case Status.PARTIAL:
            return "Partial"
        case Status.PRELIMINARY:
            return "Preliminary"
        case Status.FINAL:
            return "Final"
        case Status.AMENDED:
            return "Amended"
        case Status.CORRECTED:
            return "Corrected"
        case Status.APPENDED:
            return "Appended"
        case Status.CANCELLED:
            return "Cancelled"
        case Status.ENTERED_IN_ERROR:
            return "Entered in error"
        case Status.UNKNOWN:
            return f"Status “{as_sent}”" if as_sent not in {"", "unknown"} else "Status not known"
        case _:
            assert_never(of)


def status_look(of: Status) -> str:
    """Name how a status looks: final is plain, what may change has a dashed edge, what has changed is purple."""
    match of:
        case Status.FINAL:
            return "plain"
        case Status.REGISTERED | Status.PARTIAL | Status.PRELIMINARY | Status.UNKNOWN:
            return "dashed"
        case Status.AMENDED | Status.CORRECTED | Status.APPENDED:
            return "changed"
        case Status.CANCELLED | Status.ENTERED_IN_ERROR:
            return "boxed"
        case _:
            assert_never(of)


def issued(report: Report) -> str:
    """Say when a report was issued: the clock alone when it stands under that day."""
    if report.issued is None:
        return "time of issue not sent"
    if day_key(report.issued) != day_key(report.taken):
        return when(report.issued)
    said = time_of_day(report.issued)
    return said if report.issued.zoned else f"{said}, no time zone sent"


def taken(of: TakenFrom) -> str:
    """Say which time a row stands at, when it is not the time the specimen was taken or the image made."""
    match of:
        case TakenFrom.SPECIMEN:
            return "specimen collected"
        case TakenFrom.EFFECTIVE:
            return "time of test as sent"
        case TakenFrom.IMAGED:
            return "imaged"
        case TakenFrom.RECEIVED:
            return "received by the laboratory"
        case TakenFrom.ISSUED:
            return "time issued; time taken not sent"
        case TakenFrom.NOTHING:
            return "no time sent"
        case _:
            assert_never(of)


def taken_note(report: Report) -> str:
    """Say what a row's time is, when it needs saying."""
    plain = report.taken_from in {TakenFrom.SPECIMEN, TakenFrom.IMAGED}
    notes = [] if plain else [taken(report.taken_from)]
    if report.taken is not None and not report.taken.zoned:
        notes.append("no time zone sent")
    if report.taken is not None and report.taken.until:
        notes.append(f"to {sent_time(report.taken.until)}")
    return "; ".join(notes)


@dataclass(frozen=True, slots=True)
class FlagWords:
    """A flag's shape, its letters, and how it looks. A shape never stands without letters."""

    shape: str
    letters: str
    look: str


_NO_FLAG = FlagWords("", "no flag", "none")


def flag(sent: SentFlag) -> FlagWords:  # noqa: PLR0912  a list of words, one a member
    """Say a flag; the laboratory's own word when it is not one we know."""
    match sent.flag:
        case Flag.HIGH:
            return FlagWords("▲", "HI", "high")
        case Flag.LOW:
            return FlagWords("▼", "LO", "low")
        case Flag.CRITICAL_HIGH:
            return FlagWords("▲▲", "HI critical", "high")
        case Flag.CRITICAL_LOW:
            return FlagWords("▼▼", "LO critical", "low")
        case Flag.OUT_OF_RANGE:
            return FlagWords("◆", "OR", "high")
        case Flag.POTENTIALLY_ABNORMAL:
            return FlagWords("◇", "PA", "high")
        case Flag.ABNORMAL:
            return FlagWords("◆", "abnormal", "high")
        case Flag.CRITICAL:
            return FlagWords("◆◆", "critical", "high")
        case Flag.NORMAL:
            return FlagWords("", "normal (laboratory)", "said")
        case Flag.RESISTANT:
            return FlagWords("", "R resistant", "said")
        case Flag.INTERMEDIATE:
            return FlagWords("", "I intermediate", "said")
        case Flag.SUSCEPTIBLE:
            return FlagWords("", "S susceptible", "said")
        case Flag.POSITIVE:
            return FlagWords("", "positive", "said")
        case Flag.NEGATIVE:
            return FlagWords("", "negative", "said")
        case Flag.OTHER:
            return FlagWords("□", f"“{sent.as_sent}”", "said")
        case Flag.UNSTATED:
            return _NO_FLAG
        case _:
            assert_never(sent.flag)


# What says no more than the flag does: its HL7 v3 and v2 codes and their displays, and those of NHS laboratories.
_SYNONYMS: Mapping[Flag, frozenset[str]] = {
    Flag.HIGH: frozenset({"h", "hi", "high", "above high reference limit", "above high normal", "above range"}),
    Flag.LOW: frozenset({"l", "lo", "low", "below low reference limit", "below low normal", "below range"}),
    Flag.CRITICAL_HIGH: frozenset({"hh", "critical high", "critically high", "above upper panic limits"}),
    Flag.CRITICAL_LOW: frozenset({"ll", "critical low", "critically low", "below lower panic limits"}),
    Flag.OUT_OF_RANGE: frozenset({"or", "outside reference range", "outside range", "out of range"}),
    Flag.POTENTIALLY_ABNORMAL: frozenset({"pa", "potentially abnormal"}),
    Flag.ABNORMAL: frozenset({"a", "abnormal"}),
    Flag.CRITICAL: frozenset({"aa", "critical", "critical abnormal", "critically abnormal"}),
    Flag.NORMAL: frozenset({"n", "normal"}),
    Flag.RESISTANT: frozenset({"r", "resistant"}),
    Flag.INTERMEDIATE: frozenset({"i", "intermediate"}),
    Flag.SUSCEPTIBLE: frozenset({"s", "susceptible", "sensitive"}),
    Flag.POSITIVE: frozenset({"pos", "positive"}),
    Flag.NEGATIVE: frozenset({"neg", "negative"}),
}


def own_word(sent: SentFlag) -> str:
    """Quote the laboratory's own word for a flag when it says anything that the flag does not."""
    word = sent.as_sent.strip().casefold()
    if not word or sent.flag is Flag.OTHER or word in _SYNONYMS.get(sent.flag, ()):
        return ""
    return f"“{sent.as_sent}”"


def flags(sent: Sequence[SentFlag]) -> tuple[FlagWords, ...]:
    """Say every flag of a result; none is said to be none, which is not "normal"."""
    return tuple(map(flag, sent)) or (_NO_FLAG,)


UNREMARKABLE = frozenset({Flag.UNSTATED, Flag.NORMAL})


def is_flagged(sent: Sequence[SentFlag]) -> bool:
    """Say whether the laboratory flagged a value in any way but "normal"."""
    return any(one.flag not in UNREMARKABLE for one in sent)


def value(of: Value) -> str:
    """Say a value exactly as it was sent, without its unit."""
    match of:
        case Amount():
            return f"{of.comparator}{of.number}" or "no value sent"
        case Words():
            return of.text or ", ".join(map(code, of.codes)) or "no value sent"
        case Between():
            return _between(of.low, of.high, _shared_unit(of))
        case Proportion():
            return f"{_whole(of.numerator)} : {_whole(of.denominator)}"
        case YesNo():
            return "Yes" if of.yes else "No"
        case Moment():
            return of.as_sent
        case Samples():
            return f"series of samples from {_whole(of.origin)}: {of.data}{_sampling(of)}"
        case Absent():
            return of.reason or "no value sent, and no reason"
        case NoValue():
            return ""
        case _:
            assert_never(of)


def unit(of: Value) -> str:
    """Say a value's unit as it was sent; a number without one is said to have none."""
    match of:
        case Amount():
            return of.unit or of.unit_code or "no unit"
        case Between():
            return _shared_unit(of)
        case Words() | Proportion() | YesNo() | Moment() | Samples() | Absent() | NoValue():
            return ""
        case _:
            assert_never(of)


def is_number(of: Value) -> bool:
    """Say whether a value is a number: it has a flag, a unit and a range beside it, or is said to have none."""
    return isinstance(of, Amount)


def code(of: Code) -> str:
    """Say a code by its display, or by itself when it has none."""
    return of.display or of.code


def _shared_unit(of: Between) -> str:
    units = {amount.unit or amount.unit_code for amount in (of.low, of.high) if amount}
    return units.pop() if len(units) == 1 else ""


def _whole(amount: Amount | None) -> str:
    if amount is None:
        return "not sent"
    return f"{amount.comparator}{amount.number} {amount.unit or amount.unit_code}".rstrip()


def _sampling(of: Samples) -> str:
    said = (
        ("one every {} ms", of.period),
        ("multiply by {}", of.factor),
        ("L below {}", of.lower_limit),
        ("U above {}", of.upper_limit),
        ("{} at a time", of.dimensions),
    )
    return "".join(f"; {sentence.format(number)}" for sentence, number in said if number)


def _bare(amount: Amount, known_unit: str) -> str:
    said = amount.unit or amount.unit_code
    number = f"{amount.comparator}{amount.number}"
    return number if said in {"", known_unit} else f"{number} {said}"


def _between(low: Amount | None, high: Amount | None, known_unit: str) -> str:
    if low and high:
        return f"{_bare(low, known_unit)}–{_bare(high, known_unit)}"
    if low:
        return f"from {_bare(low, known_unit)}"
    return f"up to {_bare(high, known_unit)}" if high else ""


def ranges(sent: Sequence[Range], of: Value) -> str:
    """Say every reference range as it was sent; none is said to be none."""
    known_unit = of.unit or of.unit_code if isinstance(of, Amount) else ""
    if len(sent) == 1:
        return _range(sent[0], known_unit) or "no range"
    return "; ".join(filter(None, (_range(one, known_unit) for one in sent))) or "no range"


def _range(sent: Range, known_unit: str) -> str:
    numbers = _between(sent.low, sent.high, known_unit)
    said = sent.text if sent.text and _same(sent.text, numbers) else " ".join(filter(None, (numbers, sent.text)))
    return f"{sent.meaning}: {said}" if sent.meaning and said else said


def _same(text: str, numbers: str) -> bool:
    return not numbers or re.sub(r"[\s\-–]", "", text) == re.sub(r"[\s\-–]", "", numbers)


def specimens(report: Report) -> str:
    """Say what was taken from the patient, and from where: Serum; Urine, left ureter."""
    kinds = (", ".join(filter(None, (one.type, one.body_site))) for one in report.specimens)
    return "; ".join(dict.fromkeys(filter(None, kinds)))


def particulars(result: Result, report: Report) -> tuple[str, ...]:
    """Say of a result what its report does not: its own time, the method, where on the body, which specimen."""
    if not (result.taken or result.method or result.body_site or result.specimen):
        return ()
    own_time = result.taken is not None and result.taken != report.taken and when(result.taken) != when(report.taken)
    said = (
        f"taken {when(result.taken)}" if own_time else "",
        f"method: {result.method}" if result.method else "",
        f"site: {result.body_site}" if result.body_site else "",
        f"specimen: {_specimen(result.specimen, report)}" if _needs_its_specimen(result, report) else "",
    )
    return tuple(filter(None, said))


def _needs_its_specimen(result: Result, report: Report) -> bool:
    return bool(result.specimen) and [one.id for one in report.specimens] != [result.specimen]


def _specimen(id_: str, report: Report) -> str:
    named = next((one for one in report.specimens if one.id == id_), None)
    return ", ".join(filter(None, (named.type, named.body_site))) or id_ if named else id_


def study(of: Study, report: Report) -> str:
    """Say what was imaged, and whether a report of it has come."""
    reported = bool(report.conclusion or report.results or report.narrative or report.attachments or report.addenda)
    what = "Imaged" if reported else "○ Imaged, not yet reported"
    description = of.description if of.description != report.title else ""
    particulars = (description, ", ".join(of.modalities), ", ".join(of.body_sites))
    return ": ".join(filter(None, (what, "; ".join(dict.fromkeys(filter(None, particulars))))))


def elsewhere(report: Report) -> str:
    """Say what of a report does not stand on its row: attachments, or all of it."""
    count = len(report.attachments)
    parts = [f"{count} {plural(count, 'attachment')}."] if count else []
    if report.results or report.conclusion or report.addenda or report.notes:
        return " ".join(parts)
    if report.narrative:
        parts.append("Its text stands in the whole report.")
    elif not report.studies:
        parts.append("No values and no text were sent.")
    return " ".join(parts)


def unreadable(of: Unreadable) -> str:
    """Name what could not be read, and why."""
    return f"{of.kind} {of.id or 'without an id'} from {of.trust.title} could not be read: {of.problem}"


REPORT_UNREAD = "The report that names this could not be read: it may have been corrected or withdrawn."


def unwritten(of: Report) -> str:
    """Name a report that came and that we failed to write on the page."""
    return (
        f"{of.id} from {of.trust.title} could not be written on the page: our mistake."
        f" Ask the laboratory what it says: telephone {telephone(of.trust.telephone)}"
    )


def account(of: Account) -> str:
    """Prove on one line that everything a trust sent (and may be shown here) is accounted for."""
    received = of.received - of.withheld
    return (
        f"{received:,} received = {of.shown:,} shown + {of.folded:,} {plural(of.folded, 'copy', 'copies')} + "
        f"{of.superseded:,} earlier {plural(of.superseded, 'version')} + {of.unreadable:,} unreadable"
    )


# ── Errors ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class ErrorWords:
    """What an error page says: what happened, and what can be done."""

    heading: str
    text: str


_ERRORS = {
    400: ErrorWords(
        "That could not be understood",
        "What was sent is not complete, or not from a page of ours. Go back and try again.",
    ),
    403: ErrorWords("You may not see this", "Your role, or the agreements between the trusts, do not allow it."),
    404: ErrorWords(
        "There is nothing here",
        "The address is wrong, or the patient was opened in another sign-in. Find the patient again.",
    ),
    405: ErrorWords("That cannot be done here", "The address exists, and does not do what was asked of it."),
    413: ErrorWords("That is too large", "More was sent than a form of ours can hold."),
    429: ErrorWords("That is too fast", "Wait a moment and try again. You are not locked out."),
    500: ErrorWords(
        "Trustline has failed", "This is our mistake. Nothing is known about the patient’s results from this page."
    ),
    503: ErrorWords(
        "Results cannot be shown now",
        "The access log cannot be written, and without it nothing may be shown. This is our fault, not the trusts’.",
    ),
}


def error(status_code: int) -> ErrorWords:
    """Say what an HTTP status means to the person who met it."""
    if status_code in _ERRORS:
        return _ERRORS[status_code]
    return _ERRORS[500] if status_code >= 500 else _ERRORS[400]


def broken_off(status_code: int) -> str:
    """Say why a timeline that has begun cannot go on."""
    why = "the access log cannot be written" if status_code == 503 else "this is our mistake"
    return f"{error(status_code).heading}: {why}. What is shown is not complete. Telephone the laboratories."


# ── Dissent ──────────────────────────────────────────────────────────────────────────────────────

DISSENTED = "This patient has asked that their results are not shared here. This cannot be overridden"


def dissent(of: Dissent) -> str:
    """Say when a dissent was recorded and ended, by whom and on what form."""
    began = f"Recorded {day_and_clock(of.recorded_at)} by {of.recorded_by}, reference {of.reference}"
    if of.ended_at is None:
        return f"{began}. It holds."
    return f"{began}; ended {day_and_clock(of.ended_at)} by {of.ended_by}, reference {of.ended_reference}."


def dissent_done(done: str, history: Sequence[Dissent]) -> str:
    """Say what has just become of a patient's dissent, or how it stands."""
    match done:
        case "recorded":
            return "The dissent is recorded and holds from now on."
        case "ended":
            return "The dissent is ended. The results may be seen again by those whom the agreements let."
        case "recorded already":
            return "A dissent holds already. Nothing was changed."
        case "none to end":
            return "No dissent holds. Nothing was changed."
        case _:
            holds = any(one.ended_at is None for one in history)
            return "A dissent holds." if holds else "No dissent holds."


# ── Plain English ────────────────────────────────────────────────────────────────────────────────


def plural(count: int, one: str, many: str = "") -> str:
    """Return the word for so many."""
    return one if count == 1 else many or f"{one}s"


def listed(things: Sequence[str], say: Callable[[str], str] = str) -> str:
    """List things as people do: a, b and c."""
    said = [say(thing) for thing in things]
    return " and ".join(filter(None, (", ".join(said[:-1]), said[-1]))) if said else ""
