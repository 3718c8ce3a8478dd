"""Show that what laboratories send is what readers get, character by character, over 200,000 generated results.

Rule: what must be read is worked out by tests/display/wire.py, which shares no code with the viewer.
"""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

from bench.figure import Figure
from bench.programs import ROOT
from bench.prove_critical import critical_on_first_screen
from bench.prove_times import changeover_minutes
from bench.prove_units import pairs_of_units
from bench.screen import CHROMIUM
from tests.builders import SHEFFIELD
from tests.display.paper import printed, wrong_on_paper
from tests.display.shown import rows_of, wrong_in_data, wrong_in_html, wrong_in_text
from tests.display.wire import reports
from viewer.clinical.corrections import NONE
from viewer.configuration.catalogue_file import read_catalogue
from viewer.pages.as_data import as_data
from viewer.pages.plain_text import Heading, plain_text
from viewer.pages.row_html import row_html

RESULTS = 200_000
_REPORTS, _EACH = 200, 25  # at a time
_ON_PAPER = 50  # reports in one print
_WAYS = ("HTML", "plain text", "data (JSON)", "paper (PDF)")
_NOTHING_ABOVE = Heading("", "", "", (), (), "")


def prove_display() -> Iterator[Figure]:
    """Yield what was compared, and what differed."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        compared = list(pool.map(_compared, range(RESULTS // (_REPORTS * _EACH))))
    for way in _WAYS:
        yield _all_alike(way, [one for found in compared for one in found.get(way, ())], compared)
    yield pairs_of_units(read_catalogue(ROOT / "config"))
    yield changeover_minutes()
    yield from critical_on_first_screen()


def _compared(seed: int) -> dict[str, list[str]]:
    """Return what differs, by the way it is read, of some thousands of results."""
    sent = reports(seed, _REPORTS, _EACH)
    rows = rows_of(SHEFFIELD, sent)
    html = "".join(row_html(row, "2026-11-21", False, "/a-report", NONE, {}) for row in rows)
    found = {
        "HTML": list(wrong_in_html(html, sent)),
        "plain text": list(wrong_in_text(plain_text(_NOTHING_ABOVE, rows), sent)),
        "data (JSON)": list(wrong_in_data(as_data({}, (), rows), sent)),
    }
    if path := shutil.which("chromium"):
        with TemporaryDirectory() as folder, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM)
            for first in range(0, len(rows), _ON_PAPER):
                part = rows[first : first + _ON_PAPER]
                titles = {row.report.title for row in part}
                drawn = printed(browser, part, Path(folder))
                wrong = wrong_on_paper(drawn, [report for report in sent if report.title in titles])
                found.setdefault("paper (PDF)", []).extend(wrong)
            browser.close()
    return found


def _all_alike(way: str, wrong: list[str], compared: Sequence[Mapping[str, object]]) -> Figure:
    results = sum(_REPORTS * _EACH for found in compared if way in found)
    return Figure(
        f"from the wire to {way}",
        f"{len(wrong)} of {results:,} results differ{f': {wrong[0]}' if wrong else ''}",
        "0",
        "name, value, comparator, decimals, unit, range, flag, status, comment of each",
        not wrong and results > 0,
    )
