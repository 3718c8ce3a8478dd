"""Read a FHIR date, dateTime, instant or Period as a When: as sent, and the instant it sorts by.

Source: FHIR R4 §2.24.0.1 (date, dateTime, instant). Rule: a day that does not exist is not a day, nor is an instant
that London has no name for, and nothing nearby is guessed. A clock time without its zone is read as Europe/London,
and marked.
"""

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

from connectors.resource import Period
from viewer.clinical.problem import Problem
from viewer.clinical.report import Precision, When

_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", re.ASCII)
_CLOCK = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?",
    re.ASCII,
)


def read_when(text: str) -> When | Problem:
    """Return the time `text` means, or why it means none."""
    clock = _CLOCK.fullmatch(text)
    if clock:
        return _read_clock(text, clock)
    day = _DATE.fullmatch(text)
    if day:
        return _read_date(text, day)
    return Problem(f"“{text[:40]}” is not a date or time")


def read_period(period: Period) -> When | Problem:
    """Return the start of a period, with its end as sent; a period with an end only sorts by its end."""
    when = read_when(period.start or period.end)
    if isinstance(when, Problem) or not period.end:
        return when
    end = read_when(period.end)
    if isinstance(end, Problem):
        return end
    return When(when.as_sent, when.instant, when.precision, when.zoned and end.zoned, period.end)


def _read_date(text: str, parts: re.Match[str]) -> When | Problem:
    year, month, day = parts.groups()
    precision = Precision.DAY if day else Precision.MONTH if month else Precision.YEAR
    try:
        first = date(int(year), int(month or 1), int(day or 1))
        instant = _instant(datetime(first.year, first.month, first.day, tzinfo=_london()))
    except (ValueError, OverflowError):
        return Problem(f"“{text}” is not a day of the calendar")
    return When(text, instant, precision)


def _read_clock(text: str, parts: re.Match[str]) -> When | Problem:
    year, month, day, hour, minute, second, fraction, zone = parts.groups()
    microsecond = int((fraction or "0")[:6].ljust(6, "0"))
    try:
        # FHIR allows a leap second, which the clock of this language does not.
        leap = second == "60"
        at = datetime(
            int(year), int(month), int(day), int(hour), int(minute),
            59 if leap else int(second or 0), microsecond, tzinfo=_zone(zone),
        )  # fmt: skip
        instant = _instant(at)
    except (ValueError, OverflowError):
        return Problem(f"“{text}” is not a time of the calendar")
    return When(text, instant, Precision.SECOND if second else Precision.MINUTE, zoned=zone is not None)


def _instant(at: datetime) -> datetime:
    """Return the instant; beyond either edge of the calendar there is none, in UTC or in London."""
    instant = at.astimezone(UTC)
    instant.astimezone(_london())
    return instant


def _zone(sent: str | None) -> tzinfo:
    if sent is None:
        return _london()
    if sent == "Z":
        return UTC
    offset = timedelta(hours=int(sent[1:3]), minutes=int(sent[4:6]))
    return timezone(-offset if sent[0] == "-" else offset)


@cache
def _london() -> ZoneInfo:
    return ZoneInfo("Europe/London")
