"""Decide what a graph of series shows: which points stand where, what joins them, and what is listed instead.

Rule: every point of a series is drawn once or listed once with its reason. A place on a graph is an exact fraction of
its axis; a bound is never a point on a line; each series has an axis of values to itself, and all share one of time.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise, zip_longest

from viewer.clinical.report import Absent, Amount, Precision, Range, Result, Status, When
from viewer.clinical.row import Row
from viewer.clinical.series import Gathered, Point, Series
from viewer.clinical.time_axis import Window, last_window, next_midnight, whole_window
from viewer.clinical.value_axis import Axis, fits, value_axis

Place = tuple[Fraction, Fraction]  # along and up: 0 to 1


class Bound(StrEnum):
    """What a number says of the value: that it is this, below this, or above this."""

    NONE = "none"
    BELOW = "below"
    ABOVE = "above"


class Why(StrEnum):
    """Why a point is listed and not drawn."""

    ENTERED_IN_ERROR = "entered in error"
    CANCELLED = "cancelled"
    ABSENT = "no value"
    NOT_A_NUMBER = "not one number"
    COMPARATOR = "a comparator that is not known"
    TOO_FAR = "a number that no axis can hold"
    NO_TIME = "no time"
    MONTH_ONLY = "the day was not sent"


@dataclass(frozen=True, slots=True)
class Bracket:
    """The range of one point, drawn beside it; an end that is None is open."""

    low: Decimal | None
    high: Decimal | None


@dataclass(frozen=True, slots=True)
class Mark:
    """One point that is drawn."""

    point: Point
    at: datetime
    until: datetime  # later than `at` when only the day was sent: it may have been at any time of it
    value: Decimal
    bound: Bound
    bracket: Bracket | None  # None: no range was sent that can be drawn; what was sent stands in words


@dataclass(frozen=True, slots=True)
class Undrawn:
    """One point that is listed and not drawn; `at` is None when nobody knows when it was."""

    point: Point
    why: Why
    at: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """A straight line between two neighbouring points, and whether they are of different laboratories."""

    first: Mark
    second: Mark

    @property
    def crosses(self) -> bool:
        """Say whether it joins two laboratories."""
        return self.first.point.trust != self.second.point.trust

    def within(self, window: Window, axis: Axis) -> tuple[Place, Place] | None:
        """Return the places at which the part of it begins and ends that a stretch of time holds."""
        start, end = max(self.first.at, window.start), min(self.second.at, window.end)
        return (self._at(start, window, axis), self._at(end, window, axis)) if start < end else None

    def _at(self, at: datetime, window: Window, axis: Axis) -> Place:
        along = Window(self.first.at, self.second.at).place(at)
        low, high = axis.height(self.first.value), axis.height(self.second.value)
        return window.place(at), low + along * (high - low)


@dataclass(frozen=True, slots=True)
class Plot:
    """One series on its own axis of values."""

    series: Series
    axis: Axis | None  # None when nothing of it can be drawn
    marks: tuple[Mark, ...]  # oldest first
    segments: tuple[Segment, ...]
    undrawn: tuple[Undrawn, ...]
    empty: tuple[Row, ...] = ()  # reports without a value, titled as others of their trust that did hold a point of it


@dataclass(frozen=True, slots=True)
class Trend:
    """Plots on one axis of time: all of it, and the last of it again where points are crowded."""

    plots: tuple[Plot, ...]
    whole: Window | None  # None when nothing can be drawn
    last: Window | None


def trend(series: Iterable[Series], empty: Iterable[Row] = ()) -> Trend:
    """Return what is drawn of these series, in their order; `empty` are reports of which nothing was measured."""
    without = tuple(empty)
    plots = tuple(_plot(one, without) for one in series)
    times = sorted({mark.at for plot in plots for mark in plot.marks})
    if not times:
        return Trend(plots, None, None)
    whole = whole_window(times[0], max(mark.until for plot in plots for mark in plot.marks))
    return Trend(plots, whole, last_window(times, whole))


def empty_rows(gathered: Gathered) -> tuple[Row, ...]:
    """Return the laboratory reports that were cancelled, or gave no value, for a test that no map speaks of."""
    left = [row for row, one in gathered.left if isinstance(one, Result) and isinstance(one.value, Absent)]
    cancelled = [row for row in gathered.rows if row.report.status is Status.CANCELLED]
    return tuple({row.key: row for row in (*left, *cancelled)}.values())


# ── Points ───────────────────────────────────────────────────────────────────────────────────────


def _plot(series: Series, without: Iterable[Row]) -> Plot:
    placed = [_placed(point) for point in series.points]
    marks = _within_reach(sorted((one for one in placed if isinstance(one, Mark)), key=lambda one: (one.at, one.until)))
    undrawn = tuple(one for one in placed if isinstance(one, Undrawn))
    numbers = [number for mark in marks for number in (mark.value, *_ends_of(mark.bracket))]
    axis = value_axis(numbers) if numbers else None
    empty = _may_have_held_it(series, without)
    broken = [(one.at, one.until) for one in undrawn if one.at and one.until]
    broken += [span for row in empty if (span := span_of(row.report.taken))]
    return Plot(series, axis, marks, tuple(_segments(marks, broken)), undrawn, empty)


def _may_have_held_it(series: Series, without: Iterable[Row]) -> tuple[Row, ...]:
    """Return the reports under whose title their trust sends this test. A caution and no proof."""
    titles = {(point.trust, point.row.report.title) for point in series.points}
    own = {point.row.key for point in series.points}
    return tuple(row for row in without if (row.report.trust.name, row.report.title) in titles and row.key not in own)


def _placed(point: Point) -> Mark | Undrawn:
    span = span_of(point.taken)
    why = _why_not(point)
    if why is None and span is None:
        why = Why.MONTH_ONLY if point.taken else Why.NO_TIME
    value = point.amount
    if why is not None or span is None or value is None:
        return Undrawn(point, why or Why.NOT_A_NUMBER, *(span or ()))
    return Mark(point, *span, Decimal(value.number), _BOUNDS[value.comparator], _bracket(point, value))


_BOUNDS = {"": Bound.NONE, "<": Bound.BELOW, "<=": Bound.BELOW, ">": Bound.ABOVE, ">=": Bound.ABOVE}


def _why_not(point: Point) -> Why | None:
    value = point.amount
    match point.statuses:
        case said if Status.ENTERED_IN_ERROR in said:
            return Why.ENTERED_IN_ERROR
        case said if Status.CANCELLED in said:
            return Why.CANCELLED
    if isinstance(point.result.value, Absent):
        return Why.ABSENT
    if value is None or not value.number:
        return Why.NOT_A_NUMBER
    if value.comparator not in _BOUNDS:
        return Why.COMPARATOR
    return None if fits(value.number) else Why.TOO_FAR


def span_of(taken: When | None) -> tuple[datetime, datetime] | None:
    """Return from when until when a specimen can have been taken; None when it is not known to the day."""
    if taken is None or taken.precision in (Precision.YEAR, Precision.MONTH):
        return None
    if taken.precision is not Precision.DAY:
        return taken.instant, taken.instant
    return taken.instant, next_midnight(taken.instant)


def _bracket(point: Point, value: Amount) -> Bracket | None:
    """Return the one range that was sent, if it is in the unit of the axis: two ranges never become one.

    The range of a converted number stays in the unit in which it was sent, and so cannot stand on this axis.
    """
    ranges = point.result.ranges
    return None if point.converted or len(ranges) != 1 else _bracket_of(*_ends(ranges[0], value))


def _bracket_of(low: Decimal | None, high: Decimal | None) -> Bracket | None:
    return None if low is None and high is None else Bracket(low, high)


def _ends(sent: Range, value: Amount) -> tuple[Decimal | None, Decimal | None]:
    ends = [one for one in (sent.low, sent.high) if one is not None]
    if any(one.comparator or not fits(one.number) or not _same_unit(one, value) for one in ends):
        return None, None
    low = Decimal(sent.low.number) if sent.low else None
    high = Decimal(sent.high.number) if sent.high else None
    return (None, None) if low is not None and high is not None and low > high else (low, high)


def _same_unit(end: Amount, value: Amount) -> bool:
    return (end.unit or end.unit_code) in ("", value.unit, value.unit_code)


# ── Lines ────────────────────────────────────────────────────────────────────────────────────────


def _segments(marks: Sequence[Mark], broken: Sequence[tuple[datetime, datetime]]) -> Iterator[Segment]:
    """Yield a line between neighbours that are numbers, whose order is certain, and between which nothing stands."""
    alone = list(_alone(marks))
    for (first, sure), (second, sure_too) in pairwise(zip(marks, alone, strict=True)):
        exact = first.bound is second.bound is Bound.NONE
        between = any(start < second.at and end > first.at for start, end in broken)
        if exact and sure and sure_too and not between:
            yield Segment(first, second)


def _alone(marks: Sequence[Mark]) -> Iterator[bool]:
    """Yield of each mark whether it is certain that no other was taken at its time."""
    latest = None
    for mark, after in zip_longest(marks, marks[1:]):
        is_first = latest is None or (latest[0] <= mark.at and latest[1] < mark.at)
        yield is_first and (after is None or (mark.until <= after.at and mark.at < after.at))
        latest = (max(mark.until, latest[0]) if latest else mark.until, mark.at)


# ── Ranges that are far off ──────────────────────────────────────────────────────────────────────


def _within_reach(marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """Open the ends of ranges so far off that the values would lie on the ground beside them: 0 to 99999."""
    values = [mark.value for mark in marks]
    if not values:
        return ()
    reach = _REACH * max(map(abs, values))
    return tuple(_opened(mark, min(values) - reach, max(values) + reach) for mark in marks)


_REACH = 10


def _opened(mark: Mark, lowest: Decimal, highest: Decimal) -> Mark:
    if all(lowest <= end <= highest for end in _ends_of(mark.bracket)) or mark.bracket is None:
        return mark
    low, high = mark.bracket.low, mark.bracket.high
    near_low = low if low is not None and lowest <= low <= highest else None
    near_high = high if high is not None and lowest <= high <= highest else None
    return replace(mark, bracket=_bracket_of(near_low, near_high))


def _ends_of(bracket: Bracket | None) -> tuple[Decimal, ...]:
    return tuple(end for end in (bracket.low, bracket.high) if end is not None) if bracket else ()
