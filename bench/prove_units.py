"""Show that two units of one analyte never share a row of the cumulative table, nor an axis of a graph.

Rule: the two results differ in nothing but their unit, and the unit of what is shown is read from the characters that
were sent, not from the key of the series.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import permutations

from bench.figure import Figure
from connectors.answer import Trust
from tests.builders import ROTHERHAM, SHEFFIELD, a_report, a_result, a_time
from viewer.clinical.analyte import Catalogue, CodeMap, Meaning
from viewer.clinical.cumulative import lay_out_cumulative
from viewer.clinical.report import Amount, Code, Specimen
from viewer.clinical.row import Row
from viewer.clinical.series import Point, gather
from viewer.clinical.trend import trend

_LOCAL = "https://trust.example/code"
_FIRST, _SECOND = a_time("2026-11-20T08:30:00+00:00"), a_time("2026-11-21T08:30:00+00:00")


def pairs_of_units(catalogue: Catalogue) -> Figure:
    """Set out every analyte in every ordered pair of units, and count what shares a row or an axis."""
    pairs, wrong = 0, list[str]()
    for analyte in catalogue.analytes:
        maps = maps_of(analyte)
        older, newer = (
            {unit: a_row(trust, analyte, unit) for unit in catalogue.units} for trust in (SHEFFIELD, ROTHERHAM)
        )
        for one, other in permutations(catalogue.units, 2):
            pairs += 1
            wrong += [f"{analyte}: {said}" for said in wrongly_shared((older[one], newer[other]), catalogue, maps)]
    expected = len(catalogue.analytes) * len(catalogue.units) * (len(catalogue.units) - 1)
    return Figure(
        "every ordered pair of units of every analyte",
        f"{len(wrong)} of {pairs:,} pairs share a row or an axis{f': {wrong[0]}' if wrong else ''}",
        "0",
        f"{len(catalogue.analytes)} analytes, {len(catalogue.units)} units of the catalogue; at two laboratories",
        not wrong and pairs == expected > 0,
    )


def maps_of(analyte: str) -> Mapping[str, CodeMap]:
    code = {(_LOCAL, analyte): Meaning(analyte, "serum")}
    return {trust.name: CodeMap(trust.name, code) for trust in (SHEFFIELD, ROTHERHAM)}


def a_row(trust: Trust, analyte: str, unit: str) -> Row:
    result = a_result(analyte, Amount("5.4", unit=unit, unit_code=unit), codes=(Code(_LOCAL, analyte),))
    taken = _FIRST if trust is SHEFFIELD else _SECOND
    return Row(a_report(trust, unit, results=(result,), specimens=(Specimen("Specimen/1", "serum"),), taken=taken))


def wrongly_shared(rows: Iterable[Row], catalogue: Catalogue, maps: Mapping[str, CodeMap]) -> Iterator[str]:
    """Yield what stands in one row or on one axis with another unit; each must stand there once."""
    gathered = gather(rows, catalogue, maps)
    lines = [line for block in lay_out_cumulative(gathered, catalogue).blocks for line in block.lines]
    plots = [plot for plot in trend(gathered.series).plots if plot.axis]
    for what, units in (
        ("rows", [_units(cell.point for cell in line.cells.values()) for line in lines]),
        ("axes", [_units(mark.point for mark in plot.marks) for plot in plots]),
    ):
        if sorted(map(len, units)) != [1, 1]:
            yield f"{what} hold {units}"


def _units(points: Iterable[Point]) -> list[str]:
    return [point.result.value.unit for point in points if isinstance(point.result.value, Amount)]
