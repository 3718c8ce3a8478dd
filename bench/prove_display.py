"""Show that what laboratories send is what readers get, character by character, over 200,000 generated results.

Rule: what must be read is worked out by tests/display/wire.py, which shares no code with the viewer.
"""

from collections.abc import Iterator

from bench.figure import Figure
from bench.programs import ROOT
from bench.prove_times import changeover_minutes
from bench.prove_units import pairs_of_units
from tests.builders import SHEFFIELD
from tests.display.shown import rows_of, wrong_in_html
from tests.display.wire import reports
from viewer.catalogue_file import read_catalogue
from viewer.clinical.corrections import NONE
from viewer.pages.row_html import row_html

RESULTS = 200_000
_REPORTS, _EACH = 200, 25  # at a time


def prove_display() -> Iterator[Figure]:
    """Yield what was compared, and what differed."""
    yield _html()
    yield pairs_of_units(read_catalogue(ROOT / "config"))
    yield changeover_minutes()


def _html() -> Figure:
    wrong: list[str] = []
    for seed in range(RESULTS // (_REPORTS * _EACH)):
        sent = reports(seed, _REPORTS, _EACH)
        rows = rows_of(SHEFFIELD, sent)
        html = "".join(row_html(row, "2026-11-21", False, "/a-report", NONE, {}) for row in rows)
        wrong.extend(wrong_in_html(html, sent))
    return _all_alike("from the wire to HTML", RESULTS, wrong)


def _all_alike(way: str, results: int, wrong: list[str]) -> Figure:
    return Figure(
        way,
        f"{len(wrong)} of {results:,} results differ{f': {wrong[0]}' if wrong else ''}",
        "0",
        "name, value, comparator, decimals, unit, range, flag, status, comment of each",
        not wrong,
    )
