"""What is missing stays on the page of a patient however far it is scrolled."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from sandbox.town import Town
from tests.browser.conftest import NARROW, WIDE, Windows
from tests.whole import AMINA

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("below", "size"), [("cumulative", NARROW), ("radiology", WIDE), ("summary", NARROW)], ids=["table", "list", "form"]
)
def test_what_is_missing_is_said_at_the_top_once_it_has_left_the_window_law_1(
    town: Town, windows: Windows, open_patient: Callable[..., str], below: str, size: tuple[int, int]
) -> None:
    page = windows.window(AMINA, size=size)
    town.weather("barnsley", "error")
    open_patient(page, "999 412 7039", f"/{below}")
    line = page.locator("#lacking span")
    expect(page.locator("#strip")).to_contain_text("Barnsley")
    expect(line).to_be_hidden()

    page.locator("#foot").scroll_into_view_if_needed()

    expect(line).to_be_in_viewport()
    expect(line).to_have_text("missing: Barnsley · 1 critical")
