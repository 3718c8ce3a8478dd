"""Is the patient with the trust? Read from the encounters that a clinician's own trust holds.

Rule: only what the trust itself says is going on, or planned soon, bears anything out. An encounter that is over,
that lies in the future, whose stated time cannot be read, or that has gone on for longer than such a stay lasts,
bears out nothing: then the relationship is only said, and an officer hears of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from connectors import resource
from connectors.answer import Received
from viewer.clinical.report import Precision, When
from viewer.clinical.when import read_when

WAITED_FOR = timedelta(seconds=1.5)  # unless the partnership's file says otherwise; after it the claim is only said

# R4, value set encounter-status. `onleave` is a patient at home for the day, whose bed is kept.
_GOING_ON = frozenset({"arrived", "triaged", "in-progress", "onleave"})
_ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_EMERGENCY = "EMER"
_STAYS = frozenset({"IMP", "ACUTE", "NONAC", "OBSENC", "SS"})  # inpatient, acute, non-acute, observation, short stay

# Nobody is in an emergency department for three days; what began before that was never closed.
_LONGEST_EMERGENCY = timedelta(days=3)
_LONGEST = timedelta(days=366)
_SOON = timedelta(days=92)  # a quarter: within it an appointment is being prepared
_MISSED = timedelta(hours=12)  # a clinic that runs late, and no longer


@dataclass(frozen=True, slots=True)
class Encounter:
    """One encounter as the trust sent it: its times are texts still, "" when it gave none."""

    status: str
    klass: str  # in capitals; "" when it is not one of v3-ActCode
    since: str
    until: str


@dataclass(frozen=True, slots=True)
class Present:
    """What bears out that the patient is in the department, or under the trust's care; "" when nothing does."""

    in_department: str = ""
    under_care: str = ""


def presence(received: Iterable[Received], now: datetime) -> Present:
    """Return what these resources bear out at this moment. Whatever cannot be read bears out nothing."""
    encounters = read_encounters(received)
    going_on = [one for one in encounters if is_going_on(one, now)]
    planned = [one for one in encounters if _is_planned_soon(one, now)]
    emergencies = [one for one in going_on if one.klass == _EMERGENCY]
    return Present(_in_words(emergencies), _in_words(going_on) or _in_words(planned))


def read_encounters(received: Iterable[Received]) -> tuple[Encounter, ...]:
    """Return every encounter that could be read."""
    return tuple(read_encounter(one.body) for one in received if isinstance(one.body, resource.Encounter))


def read_encounter(body: resource.Encounter) -> Encounter:
    """Return an encounter as the trust sent it."""
    period = body.period or resource.Period()
    return Encounter(body.status, _klass(body.class_), period.start, period.end)


def _klass(sent: resource.Coding | None) -> str:
    return sent.code.upper() if sent and sent.system in ("", _ACT_CODE) else ""


def is_going_on(encounter: Encounter, now: datetime) -> bool:
    """Say whether the trust says that it goes on, and for no longer than such a stay lasts."""
    if encounter.status not in _GOING_ON or _is_over(encounter.until, now):
        return False
    if not encounter.since:
        return True  # the trust says that it goes on, and not since when
    start = moment(encounter.since)
    longest = _LONGEST_EMERGENCY if encounter.klass == _EMERGENCY else _LONGEST
    return start is not None and timedelta(0) <= now - start.instant <= longest


def _is_planned_soon(encounter: Encounter, now: datetime) -> bool:
    start = moment(encounter.since)
    if encounter.status != "planned" or start is None:
        return False
    return -_SOON <= now - start.instant <= _MISSED + _LASTS[start.precision]


def _is_over(until: str, now: datetime) -> bool:
    if not until:
        return False
    end = moment(until)
    return end is None or now - end.instant >= _LASTS[end.precision]  # one that cannot be read may be past


# A day that is given without a clock is the day to its end.
_LASTS = {
    Precision.YEAR: timedelta(days=365),
    Precision.MONTH: timedelta(days=28),
    Precision.DAY: timedelta(days=1),
    Precision.MINUTE: timedelta(minutes=1),
    Precision.SECOND: timedelta(0),
}


def moment(text: str) -> When | None:
    """Return a time as it was sent; None when it cannot be read."""
    when = read_when(text)
    return when if isinstance(when, When) else None


def _in_words(encounters: Sequence[Encounter]) -> str:
    """Return the words for one of them: of those whose time is known, the latest; "" for none."""
    if not encounters:
        return ""
    told = max(encounters, key=_latest)
    clock = _clock(told.since)
    if told.status == "planned":
        return f"an appointment on {clock}"
    return f"{_name(told.klass)} {f'since {clock}' if clock else 'now, since when is not said'}"


def _latest(encounter: Encounter) -> tuple[bool, float, str]:
    start = moment(encounter.since)
    return (True, start.instant.timestamp(), encounter.klass) if start else (False, 0.0, encounter.klass)


def _name(klass: str) -> str:
    if klass == _EMERGENCY:
        return "an emergency attendance"
    return "an inpatient stay" if klass in _STAYS else "an attendance"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _clock(sent: str) -> str:
    """Return "22-Nov-2026 02:12" as it was in London, or the day alone when no clock was given."""
    when = moment(sent)
    if when is None or when.precision in (Precision.YEAR, Precision.MONTH):
        return sent
    here = when.instant.astimezone(ZoneInfo("Europe/London"))
    day = f"{here.day:02d}-{_MONTHS[here.month - 1]}-{here.year:04d}"
    return day if when.precision is Precision.DAY else f"{day} {here:%H:%M}"
