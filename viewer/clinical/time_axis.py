"""Choose the axis of time: which stretch a graph shows, and where London's calendar turns on it.

Rule: a place on the axis is an exact fraction of real time, so that a day on which the clocks change is an hour
shorter or longer on it, as it was.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from fractions import Fraction
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time that a graph shows."""

    start: datetime
    end: datetime

    def place(self, at: datetime) -> Fraction:
        """Return how far along an instant stands: 0 at the start, 1 at the end."""
        return Fraction((at - self.start) // _TICK, (self.end - self.start) // _TICK)

    def holds(self, at: datetime) -> bool:
        """Say whether an instant is within it."""
        return self.start <= at <= self.end


class Calendar(StrEnum):
    """What a tick of time is: an hour, a day, a month or a year."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class TimeTick:
    """A tick of the axis of time: an instant at which London's calendar turns."""

    at: datetime
    step: Calendar


# ── The stretch ──────────────────────────────────────────────────────────────────────────────────

_HALF_A_DAY = timedelta(hours=12)
_TELLS_APART = 40  # two points nearer than this part of the axis stand on one another
_FEWEST, _MANY = 3, 12
_LEAP = 2.5
_SPANS = tuple(timedelta(hours=hours) for hours in (6, 12, 24, 48, 72, 96, 168, 336, 720, 2160, 4320, 8760, 17520))


def whole_window(start: datetime, end: datetime) -> Window:
    """Return the stretch from the first instant to the last; a day around a single one."""
    return Window(start, end) if start < end else Window(_moved(start, -_HALF_A_DAY), _moved(end, _HALF_A_DAY))


def _moved(at: datetime, by: timedelta) -> datetime:
    try:
        return at + by
    except OverflowError:  # the year 1 or 9999: there is room on the other side
        return at


def last_window(times: Sequence[datetime], whole: Window) -> Window | None:
    """Return the last days of these ascending times, when points stand too close for the whole to tell them apart."""
    length = whole.end - whole.start
    crowded = any(later - earlier < length / _TELLS_APART for earlier, later in pairwise(times))
    if not crowded or len(times) < _FEWEST:
        return None
    oldest = _oldest_of_the_last([whole.end - at for at in reversed(times)])
    span = next((one for one in _SPANS if one >= oldest), None)
    return Window(whole.end - span, whole.end) if span and span * 2 <= length else None


def _oldest_of_the_last(ages: Sequence[timedelta]) -> timedelta:
    """Return the age up to which points belong together: where the next is many times as old, else of the twelfth."""
    few = list(pairwise(ages))[_FEWEST - 1 : _MANY]
    leap, newer = max(
        ((older / max(newer, timedelta(hours=1)), newer) for newer, older in few), default=(0.0, ages[-1])
    )
    return newer if leap >= _LEAP else ages[min(len(ages), _MANY) - 1]


# ── Its ticks ────────────────────────────────────────────────────────────────────────────────────


def time_ticks(window: Window, most: int) -> tuple[TimeTick, ...]:
    """Return the closest ticks of which no more than `most` stand on the stretch."""
    for step, times in _TRIED:
        if window.end - window.start > _LENGTH[step] * times * (most + 2):
            continue  # far too many to count
        ticks = tuple(TimeTick(at, step) for at in _TURNS[step](window, times) if window.holds(at))
        if len(ticks) <= most:
            return ticks
    return ()


_TRIED = (
    *((Calendar.HOUR, times) for times in (1, 3, 6, 12)),
    *((Calendar.DAY, times) for times in (1, 2, 7, 14)),
    *((Calendar.MONTH, times) for times in (1, 2, 3, 6)),
    *((Calendar.YEAR, times) for times in (1, 2, 5, 10, 50, 200, 1000)),
)
_LENGTH = {
    Calendar.HOUR: timedelta(hours=1),
    Calendar.DAY: timedelta(days=1),
    Calendar.MONTH: timedelta(days=31),
    Calendar.YEAR: timedelta(days=366),
}


def _hours(window: Window, times: int) -> Iterator[datetime]:
    """Yield every hour that was real: on the day the clocks go back one of them comes twice."""
    at = window.start.replace(minute=0, second=0, microsecond=0)
    while at <= window.end:
        if _in_london(at).hour % times == 0:
            yield at
        at += timedelta(hours=1)


def _days(window: Window, times: int) -> Iterator[datetime]:
    first, last = _in_london(window.start).toordinal(), _in_london(window.end).toordinal()
    for ordinal in range(first, last + 1):
        if ordinal % times == 1 % times:  # of sevens, Mondays
            yield midnight(date.fromordinal(ordinal))


def _months(window: Window, times: int) -> Iterator[datetime]:
    first, last = _in_london(window.start), _in_london(window.end)
    for month in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        if month % times == 0:
            yield midnight(date(month // 12, month % 12 + 1, 1))


def _years(window: Window, times: int) -> Iterator[datetime]:
    for year in range(_in_london(window.start).year, _in_london(window.end).year + 1):
        if year % times == 0:
            yield midnight(date(year, 1, 1))


_TURNS: dict[Calendar, Callable[[Window, int], Iterable[datetime]]] = {
    Calendar.HOUR: _hours,
    Calendar.DAY: _days,
    Calendar.MONTH: _months,
    Calendar.YEAR: _years,
}


def midnight(on: date) -> datetime:
    """Return the instant at which a day begins in London."""
    return datetime.combine(on, time(), _london()).astimezone(UTC)


def next_midnight(at: datetime) -> datetime:
    """Return the instant at which the day after this instant's begins in London."""
    on = _in_london(at).date()
    return midnight(on + timedelta(days=1)) if on < date.max else at


def _in_london(at: datetime) -> datetime:
    return at.astimezone(_london())


@cache
def _london() -> ZoneInfo:
    return ZoneInfo("Europe/London")
