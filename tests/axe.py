"""Hold a page in a real browser against axe: WCAG 2.2 A and AA, and its own best practices."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

AXE = Path(__file__).resolve().parent / "vendor" / "axe.min.js"
# What is well is not written out node by node: on a long page that takes most of the time.
_LOOK = """() => axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    resultTypes: ["violations"],
})"""


def found_by_axe(page: Page) -> list[tuple[str, list[str]]]:
    """Return each rule that is broken, with the first three places where it is."""
    if not AXE.is_file():
        pytest.skip("axe is not set up: make setup")
    page.wait_for_load_state()  # a page whose styles are still under way is small everywhere
    if page.evaluate("() => typeof axe === 'undefined'"):
        page.evaluate(AXE.read_text())
    found: dict[str, Any] = page.evaluate(_LOOK)
    return [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in found["violations"]]
