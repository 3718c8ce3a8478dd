"""Pages that were looked at, and may only change by decision: `make golden` writes them anew, to be looked at again."""

import os
import re
from difflib import unified_diff
from pathlib import Path

import pytest

from sandbox.town import Town
from tests.browser.conftest import Windows
from tests.browser.golden_pages import HEIGHTS, WIDTHS, Golden, as_told
from tests.browser.golden_pages import PAGES as EVERY_PAGE

pytestmark = pytest.mark.browser

PAGES = [golden for golden in EVERY_PAGE if golden.kept]
KEPT = Path(__file__).parent / "golden"
PICTURES = os.environ.get("TRUSTLINE_GOLDEN")  # a folder: write what is kept anew, and a picture of each page there
_HEAD = re.compile(r"^== at ([\d, ]+) px ==\n", re.MULTILINE)


def written(told: dict[int, str]) -> str:
    """Return what a page tells at each width as it is kept: once, where several widths tell the same."""
    widths: dict[str, list[int]] = {}
    for width, text in told.items():
        widths.setdefault(text, []).append(width)
    return "".join(f"== at {', '.join(map(str, those))} px ==\n{text}" for text, those in widths.items())


def read(kept: str) -> dict[int, str]:
    """Return what a page told at each width when it was kept."""
    _, *parts = _HEAD.split(kept)
    return {int(width): text for those, text in zip(parts[::2], parts[1::2], strict=True) for width in those.split(",")}


@pytest.mark.parametrize("golden", PAGES, ids=lambda golden: golden.name)
def test_a_page_is_as_it_was_when_it_was_looked_at(golden: Golden, town: Town, windows: Windows) -> None:
    page = windows.window(*([golden.who] if golden.who else []))
    golden.go(page, town)
    told = {}

    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        told[width] = as_told(page)
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{golden.name}-{width}.png")
        assert not page.evaluate("() => document.documentElement.scrollWidth > innerWidth"), f"sideways at {width} px"
    file = KEPT / f"{golden.name}.txt"
    if PICTURES:
        file.write_text(written(told))

    kept = read(file.read_text())
    assert set(kept) == set(WIDTHS)
    assert [line for width in WIDTHS for line in _differ(kept[width], told[width], width)] == []


def _differ(kept: str, told: str, width: int) -> list[str]:
    return [
        *unified_diff(kept.splitlines(), told.splitlines(), f"kept at {width}", f"now at {width}", n=1, lineterm="")
    ]


def test_at_least_sixty_pages_are_kept_and_none_that_nobody_looks_at() -> None:
    files = list(KEPT.glob("*.txt"))

    assert {file.stem for file in files} == {golden.name for golden in PAGES}
    assert sum(len(read(file.read_text())) for file in files) == len(PAGES) * len(WIDTHS) >= 60
