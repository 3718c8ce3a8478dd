"""Say days, clocks and times: as they were in London, and as exactly as they were sent.

Rule: no machine locale is asked. Source: NHS Common User Interface.
"""

import re
from datetime import date, datetime, timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

from viewer.clinical.report import Precision, When
from viewer.pages.saying.english import NOT_KNOWN

LONDON = ZoneInfo("Europe/London")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


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


def clock_and_zone(at: datetime) -> str:
    """Say a time of day in London, and its zone when clocks showed it twice that day: 03:12, 01:30 GMT."""
    here = _in_london(at)
    return f"{clock(at)}{_which(here) if here else ''}"


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
    return f"{_moment(here)}{_which(here)}" if here else sent


def _moment(at: datetime) -> str:
    """Say a moment that was sent, with its seconds when it has any."""
    return day_and_clock(at) + _seconds(at)


def _seconds(at: datetime) -> str:
    return f":{at.second:02d}" if at.second else ""


def _which(here: datetime) -> str:
    """Name the zone of a time that London's clocks showed twice: 01:30 BST came an hour before 01:30 GMT."""
    twice = here.replace(fold=0).utcoffset() != here.replace(fold=1).utcoffset()
    return f" {here.tzname()}" if twice else ""


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
            return f"{_moment(here)}{_which(here) if time.zoned else ''}" if here else time.as_sent
        case _:
            assert_never(time.precision)


_SENT_LENGTH = {Precision.YEAR: 4, Precision.MONTH: 7, Precision.DAY: 10}


def time_of_day(time: When | None) -> str:
    """Say the clock time only, for a row that stands under its day; "–" when only a date was given."""
    if time is None or time.precision in _SENT_LENGTH:
        return "–"
    here = _in_london(time.instant)
    return f"{clock(here)}{_seconds(here)}{_which(here) if time.zoned else ''}" if here else time.as_sent[11:]


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
