"""Say a graph in English: its points, what is not drawn and why, its ticks, and the trusts whose results are missing.

Rule: a point's name says all that its place on the graph says, and what it cannot: unit, flag, range, laboratory, time.
"""

from collections.abc import Sequence
from typing import assert_never

from viewer.clinical.cumulative import is_withdrawn
from viewer.clinical.report import Report, Result, Status
from viewer.clinical.row import Row
from viewer.clinical.series import Point, Series
from viewer.clinical.time_axis import Calendar, TimeTick, Window
from viewer.clinical.trend import Bound, Mark, Plot, Undrawn, Why
from viewer.pages import cumulative_words, words
from viewer.pages.around_words import of_groups
from viewer.steps import State, Tile

# ── A series ─────────────────────────────────────────────────────────────────────────────────────


def name(series: Series) -> str:
    """Say what a series is, without its unit: Creatinine, serum; of codes that are not mapped, whose it is."""
    parts = [series.name, series.key.specimen, f"method {series.key.method}" if series.key.method else ""]
    if series.analyte is None:
        parts.append(f"{series.points[-1].row.report.trust.title}’s own code")
    return ", ".join(filter(None, parts))


def unit(series: Series) -> str:
    """Say the unit of a series; that none was sent is said."""
    return series.unit or "no unit"


def label(series: Series) -> str:
    """Say a series as it stands on its graph: Creatinine, serum, umol/L."""
    return f"{name(series)}, {unit(series)}"


def results(count: int) -> str:
    """Count results: 1 result."""
    return f"{count:,} {words.plural(count, 'result')}"


# ── A point ──────────────────────────────────────────────────────────────────────────────────────


def point(of: Point, series: Series) -> str:
    """Say a point in one sentence: Creatinine 212 umol/L, HI, range 59–104, Sheffield Teaching, 21-Nov-2026 02:40."""
    said = [
        f"{series.name} {value(of)} {unit_of(of)}".rstrip(),
        f"converted, sent as {words.value(of.result.value)} {words.unit(of.result.value)}" if of.converted else "",
        flags(of),
        ranges(of),
        of.row.report.trust.title,
        words.when(of.taken),
        status(of),
        may_be_corrected(of),
        *(f"was {words.value(was.result.value)} {words.unit(was.result.value)}".rstrip() for was in of.was),
    ]
    return ", ".join(filter(None, said))


def mark(of: Mark, series: Series) -> str:
    """Say a point that is drawn; that a bound is one is said in words, for a reader may pass over a sign."""
    said = point(of.point, series)
    match of.bound:
        case Bound.NONE:
            pass
        case Bound.BELOW:
            said += ", a limit: the value is below it"
        case Bound.ABOVE:
            said += ", a limit: the value is above it"
        case _:
            assert_never(of.bound)
    return f"{said}, at any time of that day" if of.until > of.at else said


def value_on_graph(of: Point) -> str:
    """Say a value beside its point: 212 HI. What has no flag has no letters; the table says so."""
    said = f"{value(of)} {flags_of(of.result)}".rstrip()
    return f"{said}, sent as {words.value(of.result.value)} {words.unit(of.result.value)}" if of.converted else said


def flags(of: Point) -> str:
    """Say the letters of a point's flags; none is said to be none."""
    return " ".join(one.letters for one in words.flags(of.result.flags))


def value(of: Point) -> str:
    """Say a point's value in the unit of its series: as it was sent, unless its laboratory allows another unit."""
    return words.value(of.amount or of.result.value)


def unit_of(of: Point) -> str:
    """Say the unit of a point's value."""
    return words.unit(of.amount or of.result.value)


def conversion(of: Point) -> str:
    """Say of a converted value what was sent, and who allows it to be said in another unit; "" of any other."""
    return cumulative_words.conversion(of.converted, of.result.value) if of.converted else ""


def ranges(of: Point) -> str:
    """Say a point's own range in a sentence."""
    said = own_range(of)
    return said if said == "no range" else f"range {said}"


def own_range(of: Point) -> str:
    """Say a point's own range as it was sent; that of a converted value stays in the unit in which it was sent."""
    said = words.ranges(of.result.ranges, of.result.value)
    return f"{said} (as sent, in {words.unit(of.result.value)})" if of.converted and said != "no range" else said


def status(of: Point) -> str:
    """Say each status that is not final: the result's, its report's, and those of its groups, with their flags."""
    result, report = of.result, of.row.report
    own = words.status(result.status, result.status_as_sent) if result.status is not Status.FINAL else ""
    whole = words.status(report.status, report.status_as_sent) if report.status is not Status.FINAL else ""
    both = f"{own}, report {whole}" if own and whole and own != whole else own or whole
    return "; ".join(filter(None, (both, *of_groups(result, report, of.around))))


def statuses(of: Point) -> str:
    """Say the status of a point, final too."""
    final = words.status(Status.FINAL) if _every_status(of) == {Status.FINAL} else ""
    return ", ".join(filter(None, (final, status(of), may_be_corrected(of))))


def may_be_corrected(of: Point) -> str:
    """Say that a point's trust sent only part, so that a correction of it may not have come."""
    return "may have been corrected" if of.row.report.of_part else ""


def is_settled(of: Point) -> bool:
    """Say whether neither the result nor its groups nor its report may still change, as far as they say."""
    return all(words.status_look(one) != "dashed" for one in _every_status(of))


def _every_status(of: Point) -> set[Status]:
    return {of.result.status, of.row.report.status, *(group.status for group in of.around.groups)}


def taken_note(of: Point) -> str:
    """Say what a point's time is, when it is not the time at which its specimen was taken."""
    if of.result.taken is not None:
        return ""
    return words.taken_note(of.row.report)


# ── What is not drawn ────────────────────────────────────────────────────────────────────────────


def why(of: Undrawn) -> str:
    """Say why a point is listed and not drawn."""
    match of.why:
        case Why.ENTERED_IN_ERROR:
            return "entered in error"
        case Why.CANCELLED:
            return "cancelled"
        case Why.ABSENT:
            return "no value"
        case Why.NOT_A_NUMBER:
            return "not a single number"
        case Why.COMPARATOR:
            return "its comparator is not known"
        case Why.TOO_FAR:
            return "too large or too small for an axis"
        case Why.NO_TIME:
            return "no time was sent"
        case Why.MONTH_ONLY:
            return "the day was not sent"
        case _:
            assert_never(of.why)


def undrawn(of: Undrawn) -> str:
    """Say a point that is not on the graph: 20-Nov-2026 08:05, Chesterfield: “Insufficient sample.” (no value)."""
    value = of.point.result.value
    where = f"{words.when(of.point.taken)}, {of.point.row.report.trust.title}"
    if is_withdrawn(of.point):
        return f"{where}: ✕ {cumulative_words.TOMBSTONE}"
    said = f"{words.value(value)} {words.unit(value)}".strip()
    return f"{where}: {said} ({why(of)})"


def gap(of: Undrawn) -> str:
    """Say in the graph what stands in a gap."""
    return f"gap: {why(of)}"


def empty_gap(row: Row) -> str:
    """Say in the graph that nothing came of a report which may have held this test."""
    return "gap: cancelled" if row.report.status is Status.CANCELLED else "gap: no value"


def empty(row: Row) -> str:
    """Say a report of which nothing was measured, and which may have held this test."""
    report = row.report
    return (
        f"{words.when(report.taken)}, {report.trust.title}: {report.title}"
        f" ({words.status(report.status, report.status_as_sent).lower()}, no value; it may have held this test)"
    )


def summary(plot: Plot) -> str:
    """Say of a graph how much it shows and what it leaves out: 12 of 14 results are drawn; 2 are listed below."""
    total, out = len(plot.series.points), len(plot.undrawn)
    if not out:
        return f"{results(total)}, all drawn"
    return f"{len(plot.marks):,} of {results(total)} drawn; {out:,} listed with the reason"


def unlabelled(count: int) -> str:
    """Say how many points of a graph have no room for their value beside them."""
    return f"No room for {count:,} {words.plural(count, 'value')} here: see the table" if count else ""


# ── The axis of time ─────────────────────────────────────────────────────────────────────────────


def caption(window: Window) -> str:
    """Say the stretch of time a graph shows."""
    first, last = words.day(window.start), words.day(window.end)
    return first if first == last else f"{first} to {last}"


def last_caption(window: Window) -> str:
    """Say the stretch of the second view: the last 3 days, 18-Nov-2026 to 21-Nov-2026."""
    hours = round((window.end - window.start).total_seconds() / 3600)
    days = hours // 24
    span = f"{hours} hours" if hours < 48 else f"{days} days" if days < 365 else f"{days // 365 * 12} months"
    return f"the last {span}, {caption(window)}"


def tick(of: TimeTick, *, first: bool) -> str:
    """Say a tick: 2026, Nov-2026, 18-Nov, 06:00; a clock stands beside its day where that begins or is not yet said."""
    on = words.day(of.at)
    match of.step:
        case Calendar.YEAR:
            return on[7:]
        case Calendar.MONTH:
            return on[3:]
        case Calendar.DAY:
            return on[:6]
        case Calendar.HOUR:
            clock = words.clock_and_zone(of.at)
            return f"{on[:6]} {clock}" if first or clock == "00:00" else clock
        case _:
            assert_never(of.step)


# ── Trusts ───────────────────────────────────────────────────────────────────────────────────────


def lanes(tiles: Sequence[Tile]) -> tuple[str, ...]:
    """Say each trust whose results are missing from a graph, or not yet there, and why."""
    return tuple(_lane(tile) for tile in tiles if tile.state not in {State.ANSWERED, State.NONE})


def _lane(tile: Tile) -> str:
    match tile.state:
        case State.WAITING:
            return f"{tile.trust.title} asked, waiting: its results would be on this graph"
        case _ if words.is_anothers(tile):
            return f"{words.tile_heading(tile)}: {words.tile(tile)}"
        case _:
            return f"{words.tile_heading(tile)}: {words.tile(tile)}; its results would be on this graph"


def not_found(count: int) -> str:
    """Say that series that were asked for are not there now; "" when all are."""
    if not count:
        return ""
    one = words.plural(count, "test", "tests")
    return (
        f"{count} {one} that this address asks for {words.plural(count, 'is', 'are')} not among what came:"
        " the trust that holds it may not have answered, or it may have been corrected or withdrawn."
    )


def others(of: Sequence[Series]) -> str:
    """Say results of the same test that stand in series of their own: 2 results in g/dL, Rotherham."""
    return words.listed([_other(one) for one in of])


def _other(series: Series) -> str:
    trusts = dict.fromkeys(point.row.report.trust.title for point in series.points)
    particulars = ", ".join(filter(None, (series.key.specimen, series.key.method)))
    said = f"{results(len(series.points))} in {unit(series)}"
    return f"{said} ({'; '.join(filter(None, (particulars, words.listed(list(trusts)))))})"


def issued(report: Report) -> str:
    """Say when a report was issued."""
    return f"issued {words.when(report.issued)}"


def flags_of(result: Result) -> str:
    """Say the letters of a result's flags, "" of one that has none."""
    return " ".join(one.letters for one in words.flags(result.flags)) if result.flags else ""
