"""The trend of one patient: who, then what is missing, then a graph a series on one axis of time, and their tables.

Rule: a graph never stands without the table of its points, nor without the trusts whose results are not on it; what a
graph does not draw it counts and lists.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from flask import request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from connectors.answer import Trust
from viewer.clinical.analyte import Catalogue, CodeMap
from viewer.clinical.cumulative import is_withdrawn
from viewer.clinical.report import Status
from viewer.clinical.series import Gathered, Point, Series, gather
from viewer.clinical.time_axis import Window
from viewer.clinical.trend import Mark, Plot, Trend, empty_rows, trend
from viewer.pages import trend_words as say
from viewer.pages.around_html import group_comments_html
from viewer.pages.cumulative_words import TOMBSTONE
from viewer.pages.route import Asking, Route, Who
from viewer.pages.row_html import comments_html, flags_html
from viewer.pages.rows import report_address
from viewer.pages.series_mark import series_mark, series_wanted, trend_address
from viewer.pages.trend_svg import NARROW, WIDE, Graph, graph_svg, legend_svgs, shape_svg
from viewer.pages.view import Views
from viewer.steps import Opened, Step


@dataclass(frozen=True, slots=True)
class Line:
    """One point in the table."""

    id: str
    point: Point
    shape: Markup
    flags: Markup
    notes: Markup = field(repr=False)
    address: str  # of its report
    undrawn: str  # why it is not on the graph, or ""
    tombstone: str  # in the place of all that was entered in error, or ""


@dataclass(frozen=True, slots=True)
class Shown:
    """One series: its graphs, its table, and what of it is not drawn."""

    series: Series
    plot: Plot
    graphs: tuple[Markup, ...] = field(repr=False)  # the whole, then the last of it, each wide and narrow
    lines: tuple[Line, ...] = field(repr=False)  # newest first
    others: tuple[Series, ...]  # results of the same test that stand in series of their own
    with_others: str  # the address of a trend with them


@dataclass(frozen=True, slots=True)
class Choice:
    """One series that can be chosen."""

    mark: str
    series: Series
    chosen: bool


@dataclass(frozen=True, slots=True)
class Trends:
    """The page below what is missing."""

    shown: tuple[Shown, ...]
    choices: tuple[Choice, ...]
    laboratories: tuple[tuple[Trust, Markup], ...]  # those with a point on the page, and their shapes
    has_last: bool
    not_found: int  # series that the address asks for and that are not there


def trend_routes(views: Views) -> tuple[Route, ...]:
    """Return the trend."""

    def show(asking: Asking, handle: str) -> ResponseReturnValue:
        opened = views.opened(asking, handle)
        marks = tuple(dict.fromkeys(request.args.getlist("series")))
        order = [trust.name for trust in views.parts.trusts]
        return views.whole(
            asking,
            opened,
            "trend.html",
            lambda step: lay_out(step, opened, views.catalogue, views.code_maps, marks, order),
            say=say,
            kept=[("series", mark) for mark in marks],
            samples={name: Markup(drawn) for name, drawn in legend_svgs().items()},  # noqa: S704  nothing in it was sent
        )

    return (Route("/patients/<handle>/trend", "trend", Who.CLINICIANS, show),)


def lay_out(
    step: Step,
    opened: Opened,
    catalogue: Catalogue,
    maps: Mapping[str, CodeMap],
    marks: Sequence[str],
    order: Sequence[str],
) -> Trends:
    """Return what the page shows of the series that these marks name; a trust has its shape by its place in `order`."""
    gathered = gather(step.timeline.rows, catalogue, maps)
    wanted = series_wanted(opened, marks)
    chosen = [one for one in gathered.series if wanted(one.key)]
    drawn = trend(chosen, empty_rows(gathered))
    page = _Page(opened, gathered, drawn, {name: place for place, name in enumerate(order)}, say.lanes(step.tiles))
    trusts = {point.trust: point.row.report.trust for one in chosen for point in one.points}
    return Trends(
        tuple(page.shown(number, plot) for number, plot in enumerate(drawn.plots, 1)),
        tuple(Choice(series_mark(opened, one.key), one, wanted(one.key)) for one in gathered.series),
        tuple((trusts[name], page.shape(name)) for name in order if name in trusts),
        drawn.last is not None,
        len(marks) - len(chosen),
    )


@dataclass(frozen=True, slots=True)
class _Page:
    """What every series of the page is written with."""

    opened: Opened
    gathered: Gathered
    trend: Trend
    shapes: Mapping[str, int]
    lanes: Sequence[str]

    def shape(self, trust: str) -> Markup:
        """Return a laboratory's shape by itself."""
        return Markup(shape_svg(self.shapes.get(trust, 0)))  # noqa: S704  nothing in it was sent

    def shown(self, number: int, plot: Plot) -> Shown:
        """Return a series with its graphs and its table."""
        others = self._others(plot.series)
        keys = [each.series.key for each in self.trend.plots]
        return Shown(
            plot.series,
            plot,
            tuple(self._graphs(number, plot)),
            tuple(self._lines(number, plot)),
            others,
            trend_address(self.opened, *keys, *(one.key for one in others)),
        )

    def _others(self, series: Series) -> tuple[Series, ...]:
        keys = {plot.series.key for plot in self.trend.plots}
        return tuple(
            one
            for one in self.gathered.series
            if one.key.analyte and one.key.analyte == series.key.analyte and one.key not in keys
        )

    def _graphs(self, number: int, plot: Plot) -> Iterator[Markup]:
        """Yield the whole and the last of it, each wide and narrow: a style sheet shows one of the two sizes."""
        whole, last = self.trend.whole, self.trend.last
        ids = _ids(number, plot.series)

        def in_whole(mark: Mark) -> str:  # a point is pressed in one place only
            return "" if last and last.holds(mark.at) else f"#{ids[id(mark.point)]}"

        def in_last(mark: Mark) -> str:
            return f"#{ids[id(mark.point)]}"

        if whole:
            yield from self._sizes(plot, whole, say.caption(whole), in_whole, f"graph-{number}")
        if last:
            yield from self._sizes(plot, last, say.last_caption(last), in_last, f"last-{number}")

    def _sizes(
        self, plot: Plot, window: Window, caption: str, address: Callable[[Mark], str], key: str
    ) -> Iterator[Markup]:
        graph = Graph(plot, window, caption, self.lanes, self.shapes, address, key)
        for size in (WIDE, NARROW):
            yield Markup(graph_svg(graph, size))  # noqa: S704  graph_svg escapes everything that was sent

    def _lines(self, number: int, plot: Plot) -> Iterator[Line]:
        """Yield every point of the series, newest first."""
        ids = _ids(number, plot.series)
        undrawn = {id(one.point): say.why(one) for one in plot.undrawn}
        for point in reversed(plot.series.points):
            yield Line(
                ids[id(point)],
                point,
                self.shape(point.trust),
                Markup(flags_html(point.result.flags)),  # noqa: S704  it escapes what was sent
                Markup(_notes_html(point)),  # noqa: S704  so does this
                report_address(self.opened, point.row.key),
                undrawn.get(id(point), ""),
                TOMBSTONE if is_withdrawn(point) else "",
            )


def _ids(number: int, series: Series) -> dict[int, str]:
    return {id(point): f"point-{number}-{place}" for place, point in enumerate(series.points, 1)}


def _notes_html(point: Point) -> str:
    """Return what the laboratory wrote of a point, its groups and its whole report; of what it took back, nothing."""
    report = point.row.report
    of_report = comments_html(report.notes) if report.status is not Status.ENTERED_IN_ERROR else ""
    if is_withdrawn(point):
        return of_report
    return comments_html(point.result.notes) + group_comments_html(point.around) + of_report
