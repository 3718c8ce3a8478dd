"""The page about codes can be used by everybody, and every laboratory's name stands on it in a narrow window too."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NARROW, WIDE, Windows
from tests.browser.everybody import as_everybody_can_use_it
from tests.whole import AMINA

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_everybody_can_use_the_page_about_one_laboratorys_codes(windows: Windows, size: tuple[int, int]) -> None:
    page = windows.window(AMINA, size=size)

    page.goto("/agreements")
    page.get_by_role("link", name="What the laboratories’ codes mean").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("What the laboratories’ codes mean")
    expect(page.get_by_role("rowheader", name="Rotherham")).to_be_visible()
    page.get_by_role("link", name="Chesterfield").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What Chesterfield’s codes mean")
    as_everybody_can_use_it(page)
