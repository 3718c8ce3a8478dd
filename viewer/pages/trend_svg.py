"""Write one graph as SVG: by hand, with presentation attributes and classes, no style attribute and no script.

Rule: everything that a trust sent passes through `text`, which escapes it. A point is told by its laboratory's shape
before its colour; an open shape with an arrow is a bound; what has no room is counted, never drawn over something.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from html import escape as text
from textwrap import wrap
from typing import assert_never

from viewer.clinical.time_axis import Window, time_ticks
from viewer.clinical.trend import Bound, Mark, Plot, Segment, span_of
from viewer.clinical.value_axis import Axis
from viewer.pages import trend_words as say

# Around the origin. Triangles and diamonds belong to flags alone.
SHAPES = (
    "M-7.5 -3h15v6h-15z",  # bar
    "M-5 -5h10v10h-10z",  # square
    "M-2.2 -6.5h4.4v4.3h4.3v4.4h-4.3v4.3h-4.4v-4.3h-4.3v-4.4h4.3z",  # plus
    "M0 -3.1L3.5 -6.6L6.6 -3.5L3.1 0L6.6 3.5L3.5 6.6L0 3.1L-3.5 6.6L-6.6 3.5L-3.1 0L-6.6 -3.5L-3.5 -6.6z",  # cross
    "M-5.5 -6.5h11L-5.5 6.5h11z",  # hourglass
    "M-7 4a7 7 0 0 1 14 0z",  # half a disc
    "M-5.5 0a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0 -11 0z",  # circle
)
COLOURS = 7

_CHARACTER, _BOLD = 6.4, 6.7  # px of a character of Arial at 12 px, rather more than less
_LINE = 15
_EDGE = 14  # px between the outermost points and the ends of the axis
_TARGET = 12  # px around a point that it can be pressed at


@dataclass(frozen=True, slots=True)
class Size:
    """How large a graph is drawn, and how many ticks of time it has room for. Its letters are 12 px at any size."""

    name: str
    width: int
    height: int  # of the plot, without what stands above and below it
    ticks: int


WIDE, NARROW = Size("wide", 600, 170, 6), Size("narrow", 328, 160, 3)


@dataclass(frozen=True, slots=True)
class Graph:
    """One series over one stretch of time, as it is to be drawn."""

    plot: Plot
    window: Window
    caption: str  # the stretch, in words
    lanes: Sequence[str]  # of the trusts whose results are missing
    shapes: Mapping[str, int]  # of each trust, by its name
    address: Callable[[Mark], str]  # of the point in the table; "" where the point is pressed in another view
    key: str  # begins the ids of this graph


def graph_svg(graph: Graph, size: Size) -> str:
    """Return a graph; one of which nothing can be drawn has no axis, and is not written."""
    if graph.plot.axis is None:
        return ""
    frame = _frame(graph, graph.plot.axis, size)
    marks = [mark for mark in graph.plot.marks if graph.window.holds(mark.at)]
    labels = _Labels(frame, marks)
    values = labels.of_points()  # they have the first choice of room
    drawn = "".join((
        _head(frame),
        f'<g aria-hidden="true">{_value_ticks(frame)}{_time_ticks(frame)}{_gaps(frame, labels)}</g>',
        f'<g aria-hidden="true">{"".join(_bracket(mark, frame) for mark in marks)}</g>',
        f'<g aria-hidden="true">{"".join(_segment(one, frame) for one in graph.plot.segments)}</g>',
        "".join([_point(mark, frame) for mark in marks]),
        f'<g aria-hidden="true" class="values">{values}</g>',
        _lanes(frame, labels.left_out),
    ))  # fmt: skip
    return (
        f'<svg class="graph {size.name}" viewBox="0 0 {size.width} {frame.whole}" width="{size.width}"'
        f' height="{frame.whole}" role="graphics-document document" aria-labelledby="{_id(frame, "t")}"'
        f' aria-describedby="{_id(frame, "d")}">{drawn}</svg>'
    )


# ── Where things stand ───────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where the plot stands in its picture, in px."""

    graph: Graph
    axis: Axis
    size: Size
    title: tuple[str, ...]
    lanes: tuple[tuple[str, ...], ...]
    left: float
    top: float

    @property
    def right(self) -> float:
        return self.size.width - 4

    @property
    def bottom(self) -> float:
        return self.top + self.size.height

    @property
    def whole(self) -> int:
        """Return the height of the picture, with a line for what has no room."""
        return round(self.bottom + 24 + sum(len(lines) * _LINE + 8 for lines in self.lanes) + _LINE + 4)

    def x(self, place: Fraction) -> float:
        return self.left + _EDGE + float(place) * (self.right - self.left - 2 * _EDGE)

    def y(self, height: Fraction) -> float:
        room = 2 * _EDGE  # above and below the outermost ticks, for arrows and letters
        return self.bottom - room - float(height) * (self.size.height - 2 * room)

    def along(self, at: datetime) -> float:
        return self.x(self.graph.window.place(at))

    def up(self, value: Decimal) -> float:
        return self.y(self.axis.height(value))


def _frame(graph: Graph, axis: Axis, size: Size) -> _Frame:
    letters = max(len(_plain(tick)) for tick in axis.ticks)
    title = tuple(wrap(say.label(graph.plot.series), int(size.width / 7.6))) or ("",)
    lanes = tuple(tuple(wrap(lane, int((size.width - 24) / _BOLD))) for lane in graph.lanes)
    top = (len(title) + 1) * _LINE + 6
    return _Frame(graph, axis, size, title, lanes, max(40, letters * _CHARACTER + 12), top)


def _id(frame: _Frame, what: str) -> str:
    return f"{frame.graph.key}-{frame.size.name}-{what}"


def _plain(tick: Decimal) -> str:
    return f"{tick:f}".replace("-", "−")


def _px(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def _words(x: float, y: float, said: str, anchor: str = "start", of_class: str = "") -> str:
    look = f' class="{of_class}"' if of_class else ""
    return f'<text x="{_px(x)}" y="{_px(y)}" text-anchor="{anchor}"{look}>{text(said)}</text>'


# ── The title and the axes ───────────────────────────────────────────────────────────────────────


def _head(frame: _Frame) -> str:
    graph = frame.graph
    described = ". ".join((say.summary(graph.plot), *graph.lanes, "The table holds every point"))
    lines = [_words(0, 13 + place * _LINE, line, of_class="name") for place, line in enumerate(frame.title)]
    caption = _words(0, 13 + len(frame.title) * _LINE, graph.caption, of_class="caption")
    return (
        f'<title id="{_id(frame, "t")}">{text(say.label(graph.plot.series))}: {text(graph.caption)}</title>'
        f'<desc id="{_id(frame, "d")}">{text(described)}.</desc>'
        f'<g aria-hidden="true">{"".join(lines)}{caption}</g>'
    )


def _value_ticks(frame: _Frame) -> str:
    lines = [f"M{_px(frame.left)} {_px(frame.up(tick))}H{_px(frame.right)}" for tick in frame.axis.ticks]
    said = [_words(frame.left - 6, frame.up(tick) + 4, _plain(tick), "end") for tick in frame.axis.ticks]
    axes = f"M{_px(frame.left)} {_px(frame.top)}V{_px(frame.bottom)}H{_px(frame.right)}"
    return f'<path class="grid" d="{"".join(lines)}"/><path class="axis" d="{axes}"/>{"".join(said)}'


def _time_ticks(frame: _Frame) -> str:
    """Write where the calendar turns; a word that would touch the one before it is left to its tick."""
    lines, free = [], 0.0
    said: list[str] = []
    for tick in time_ticks(frame.graph.window, frame.size.ticks):
        x = frame.along(tick.at)
        lines.append(f"M{_px(x)} {_px(frame.bottom)}v5")
        word = say.tick(tick, first=not said)
        half = len(word) * _CHARACTER / 2
        middle = min(max(x, half), frame.size.width - half)
        if middle - half >= free:
            said.append(_words(middle, frame.bottom + 18, word, "middle"))
            free = middle + half + 6
    return f'<path class="axis" d="{"".join(lines)}"/>{"".join(said)}' if lines else ""


# ── Points, ranges and lines ─────────────────────────────────────────────────────────────────────


def _point(mark: Mark, frame: _Frame) -> str:
    """Return a point: pressed or read by name, with its own range as a band while it has the focus."""
    x, y = frame.along(mark.at), frame.up(mark.value)
    address, name = frame.graph.address(mark), text(say.mark(mark, frame.graph.plot.series))
    place = frame.graph.shapes.get(mark.point.trust, 0)
    shown = (
        f'{_whole_day(mark, frame)}<g transform="translate({_px(x)} {_px(y)})">'
        f'<circle class="hit" r="{_TARGET}"/><circle class="ring" r="{_TARGET}"/>{_arrow(mark)}'
        f"{'' if say.is_settled(mark.point) else _UNSETTLED}{_shape(place, is_open=mark.bound is not Bound.NONE)}</g>"
    )
    if not address:
        return f'<g class="point" aria-hidden="true"><title>{name}</title>{shown}</g>'
    return f'<a class="point" href="{address}" aria-label="{name}"><title>{name}</title>{_band(mark, frame)}{shown}</a>'


_UNSETTLED = '<circle class="unsettled" r="9.5"/>'
_ARROW = '<path class="arrow" d="M0 6V19M-4 15L0 19.5L4 15"/>'  # lines, for triangles are flags


def _arrow(mark: Mark) -> str:
    """Return the arrow of a bound: which way the value lies."""
    match mark.bound:
        case Bound.NONE:
            return ""
        case Bound.BELOW:
            return _ARROW
        case Bound.ABOVE:
            return f'<g transform="scale(1 -1)">{_ARROW}</g>'
        case _:
            assert_never(mark.bound)


def _shape(place: int, *, is_open: bool) -> str:
    look = f"lab{place % COLOURS}{' open' if is_open else ''}"
    return f'<path class="{look}" d="{SHAPES[place % len(SHAPES)]}"/>'


def _whole_day(mark: Mark, frame: _Frame) -> str:
    if mark.until == mark.at:
        return ""
    x, end, y = frame.along(mark.at), min(frame.along(mark.until), frame.right), frame.up(mark.value)
    return f'<path class="whole-day" d="M{_px(x)} {_px(y)}H{_px(end)}m0 -4v8"/>'


def _ends(mark: Mark, frame: _Frame) -> tuple[float, float]:
    """Return where a range begins and ends: an end that was not sent is the edge of the plot."""
    low = mark.bracket.low if mark.bracket else None
    high = mark.bracket.high if mark.bracket else None
    top = frame.top if high is None else frame.up(high)
    return top, frame.bottom if low is None else frame.up(low)


def _band(mark: Mark, frame: _Frame) -> str:
    if mark.bracket is None:
        return ""
    top, bottom = _ends(mark, frame)
    return (
        f'<rect class="band" x="{_px(frame.left)}" y="{_px(top)}" width="{_px(frame.right - frame.left)}"'
        f' height="{_px(max(bottom - top, 1))}"/>'
    )


def _bracket(mark: Mark, frame: _Frame) -> str:
    if mark.bracket is None:
        return ""
    (top, bottom), x = _ends(mark, frame), _px(frame.along(mark.at))
    caps = "" if mark.bracket.high is None else f"M{x} {_px(top)}m-4 0h8"
    caps += "" if mark.bracket.low is None else f"M{x} {_px(bottom)}m-4 0h8"
    return f'<path class="bracket" d="M{x} {_px(top)}V{_px(bottom)}{caps}"/>'


def _segment(segment: Segment, frame: _Frame) -> str:
    ends = segment.within(frame.graph.window, frame.axis)
    if ends is None:
        return ""
    (x, y), (to_x, to_y) = [(_px(frame.x(along)), _px(frame.y(up))) for along, up in ends]
    return f'<path class="line{" crosses" if segment.crosses else ""}" d="M{x} {y}L{to_x} {to_y}"/>'


# ── Gaps ─────────────────────────────────────────────────────────────────────────────────────────


def _gaps(frame: _Frame, labels: "_Labels") -> str:
    return "".join(
        _gap(at, said, frame, labels) for at, said in _breaks(frame.graph.plot) if frame.graph.window.holds(at)
    )


def _breaks(plot: Plot) -> Iterator[tuple[datetime, str]]:
    for one in plot.undrawn:
        if one.at is not None:
            yield one.at, say.gap(one)
    for row in plot.empty:
        if span := span_of(row.report.taken):
            yield span[0], say.empty_gap(row)


def _gap(at: datetime, said: str, frame: _Frame, labels: "_Labels") -> str:
    x = frame.along(at)
    strip = _hatched("gap", x - 6, frame.top, 12, frame.size.height)
    return strip + labels.beside_gap(x, said)


def _hatched(of_class: str, x: float, y: float, width: float, height: float) -> str:
    """Return a hatched rectangle: its lines are drawn one by one, for a pattern's name would need to be unique."""
    rise = min(width, height)
    count = int((max(width, height) - rise) / _HATCH) + 1
    starts = [
        (x, y + rise + step * _HATCH) if width < height else (x + step * _HATCH, y + rise) for step in range(count)
    ]
    lines = "".join(f"M{_px(left)} {_px(base)}l{_px(rise)} {_px(-rise)}" for left, base in starts)
    box = f'x="{_px(x)}" y="{_px(y)}" width="{_px(width)}" height="{_px(height)}"'
    return f'<rect class="{of_class}" {box}/><path class="{of_class}-hatch" d="{lines}"/>'


_HATCH = 7.0  # px between two lines


# ── Values beside their points ───────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Box:
    left: float
    top: float
    right: float
    bottom: float

    def touches(self, other: "_Box") -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


_APART = 4  # px: "99" and "96" must not read as 9996


@dataclass(slots=True)
class _Labels:
    """Places words where nothing else stands: the newest first, for it is read first; the rest are counted."""

    frame: _Frame
    marks: Sequence[Mark]
    taken: list[_Box] = field(default_factory=list)
    left_out: int = 0

    def __post_init__(self) -> None:
        for mark in self.marks:
            x, y = self.frame.along(mark.at), self.frame.up(mark.value)
            below = 20 if mark.bound is Bound.BELOW else 7
            above = 20 if mark.bound is Bound.ABOVE else 7
            self.taken.append(_Box(x - 7, y - above, x + 7, y + below))

    def of_points(self) -> str:
        return "".join([self._of(mark) for mark in reversed(self.marks)])

    def _of(self, mark: Mark) -> str:
        said = say.value_on_graph(mark.point)
        x, y = self.frame.along(mark.at), self.frame.up(mark.value)
        width = len(said) * _BOLD
        above, below = (24, 20) if mark.bound is Bound.ABOVE else (11, 33 if mark.bound is Bound.BELOW else 20)
        for left, base in (
            (x - width / 2, y - above),
            (x - width / 2, y + below),
            (x + 12, y + 4),
            (x - 12 - width, y + 4),
            (x - width + 7, y - above),
            (x - 7, y - above),
            (x - width + 7, y + below),
            (x - 7, y + below),
        ):
            if self._is_free(box := _Box(left, base - 11, left + width, base + 3)):
                self.taken.append(box)
                return _words(left + width / 2, base, said, "middle")
        self.left_out += 1
        return ""

    def beside_gap(self, x: float, said: str) -> str:
        width = len(said) * _CHARACTER
        for left in (x + 9, x - 9 - width):
            if self._is_free(box := _Box(left, self.frame.top, left + width, self.frame.top + 14)):
                self.taken.append(box)
                return _words(left + width / 2, self.frame.top + 11, said, "middle", "said-gap")
        return ""

    def _is_free(self, box: _Box) -> bool:
        inside = (
            self.frame.left + 2 <= box.left
            and box.right <= self.frame.size.width
            and self.frame.top <= box.top
            and box.bottom <= self.frame.bottom
        )
        apart = _Box(box.left - _APART, box.top, box.right + _APART, box.bottom)
        return inside and not any(apart.touches(other) for other in self.taken)


# ── Trusts whose results are missing ─────────────────────────────────────────────────────────────


def _lanes(frame: _Frame, left_out: int) -> str:
    y, written = frame.bottom + 24, []
    for lines in frame.lanes:
        height = len(lines) * _LINE + 4
        written.append(_hatched("lane", 1, y, frame.size.width - 2, height))
        written += [_words(8, y + 14 + place * _LINE, line, of_class="lane-words") for place, line in enumerate(lines)]
        y += height + 4
    said = say.unlabelled(left_out)
    if said:
        written.append(_words(frame.size.width - 4, y + 13, said, "end", "caption"))
    return f'<g aria-hidden="true">{"".join(written)}</g>'


# ── The legend ───────────────────────────────────────────────────────────────────────────────────


def shape_svg(place: int) -> str:
    """Return a laboratory's shape by itself."""
    return _sample(_shape(place, is_open=False))


def legend_svgs() -> dict[str, str]:
    """Return a sample of each mark that a graph uses, by what it is."""
    circle = len(SHAPES) - 1
    return {
        "bound": _sample(_ARROW + _shape(circle, is_open=True), low=21),
        "crosses": _sample('<path class="line crosses" d="M-11 0H11"/>'),
        "bracket": _sample('<path class="bracket" d="M0 -8V8M-4 -8h8M-4 8h8"/>'),
        "unsettled": _sample(_UNSETTLED + _shape(circle, is_open=False)),
        "gap": _sample(_hatched("gap", -6, -10, 12, 20)),
    }


def _sample(drawn: str, low: int = 11) -> str:
    return (
        f'<svg class="graph shape" viewBox="-11 -11 22 {11 + low}" width="22" height="{11 + low}" aria-hidden="true">'
        f"{drawn}</svg>"
    )
