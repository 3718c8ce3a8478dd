"""The names of an officer's pages stand in one line on a desk, and in a narrower window none of them is lost."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Windows
from tests.whole import PRIYA

pytestmark = pytest.mark.browser

PAGES = ("/ledger", "/alerts", "/dissent", "/management", "/agreements", "/keyboard")
NAMES = 8


@pytest.mark.parametrize("width", [1920, 1280, 1100])
def test_an_officers_pages_stand_in_one_line_on_a_desk(windows: Windows, width: int) -> None:
    page = windows.window(PRIYA, size=(width, 900))

    for address in PAGES:
        page.goto(address)

        assert (len(lines(page)), page.locator("header.service").bounding_box()["height"]) == (1, 32), address  # type: ignore[index]
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), address


@pytest.mark.parametrize("width", [1024, 768, 375])
def test_in_a_narrower_window_they_wrap_and_none_is_lost(windows: Windows, width: int) -> None:
    page = windows.window(PRIYA, size=(width, 900))

    page.goto("/alerts")

    names = page.get_by_role("navigation", name="Pages").get_by_role("link")
    expect(names).to_have_count(NAMES)
    for name in names.all():
        box = name.bounding_box()
        assert box
        assert 0 <= box["x"] <= box["x"] + box["width"] <= width


def lines(page: Page) -> set[float]:
    """Return at which heights the names stand."""
    names = page.get_by_role("navigation", name="Pages").get_by_role("link")
    expect(names).to_have_count(NAMES)
    return {box["y"] for name in names.all() if (box := name.bounding_box())}
