"""In real Chromium, at a desk's width and a telephone's, nothing of a result stands over anything else.

Real names, numbers and flags are longer than anybody's examples: this is where that was seen.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route

from tests.chromium import chromium_here
from tests.real_data.conftest import Opened, Others
from tests.real_data.test_results import FOLDERS

pytestmark = [pytest.mark.real_data, pytest.mark.browser]

# Pairs of parts of one report's results that stand over each other by more than a hair.
COLLISIONS = """() => {
  const boxes = (part) => {
    if (part.matches(".flag")) return [part.getBoundingClientRect()];
    const range = document.createRange();
    range.selectNodeContents(part);
    return [...range.getClientRects()];
  };
  const over = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4;
  const found = [];
  for (const row of document.querySelectorAll(".row")) {
    const parts = [...row.querySelectorAll(".result :is(.name, .value, .flag, .unit, .range, .note), .from, .status")];
    const all = parts.map((part) => [part, boxes(part)]);
    all.forEach(([one, ours], n) => all.slice(n + 1).forEach(([other, theirs]) => {
      if (!one.contains(other) && ours.some((a) => theirs.some((b) => over(a, b))))
        found.push(`${one.textContent} / ${other.textContent}`);
    }));
  }
  return found;
}"""


@pytest.fixture(scope="module")
def window() -> Iterator[Page]:
    with chromium_here() as chromium:
        yield chromium.new_page()


@pytest.mark.parametrize("width", [1280, 375])
@pytest.mark.parametrize("name", FOLDERS)
def test_nothing_stands_over_anything_else(others: Others, window: Page, name: str, width: int) -> None:
    window.set_viewport_size({"width": width, "height": 1000})
    for patient in others.look(name).patients:
        _show(window, patient)

        assert window.evaluate(COLLISIONS) == []
        assert window.evaluate("document.documentElement.scrollWidth") <= width


def _show(window: Page, patient: Opened) -> None:
    """Show the whole timeline; what the window asks for comes from the viewer without a network between."""

    def answer(route: Route) -> None:
        asked = urlsplit(route.request.url)
        given = patient.browser.get(f"{asked.path}?{asked.query}")
        route.fulfill(status=given.status_code, headers=dict(given.headers), body=given.get_data())

    window.unroute_all()
    window.route("**/*", answer)
    window.goto(f"https://localhost{patient.path}?whole=1")
