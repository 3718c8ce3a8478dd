"""The board in a real browser: what is new stands below its row, and a patient opens in one step."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NARROW, WIDE, Windows
from tests.whole import AMINA, another

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_what_is_new_for_all_stands_below_each_row_and_nobody_changes_place(
    windows: Windows, size: tuple[int, int]
) -> None:
    page = windows.window(another(AMINA), size=size)
    page.goto("/board")
    names = page.locator(".bay h2").all_inner_texts()

    page.get_by_role("button", name="Show what is new for all").click()

    expect(page.locator("[data-all-said]")).to_have_text(f"{len(names)} of {len(names)} asked")
    assert page.locator(".bay h2").all_inner_texts() == names
    walter = page.locator(".bay", has_text="HARGREAVES")
    expect(walter.locator(".bay-new p").first).to_contain_text("reports issued elsewhere in the last 72 hours")
    assert walter.locator(".bay-new li").count() > 3
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_one_key_and_one_press_open_a_patient_from_the_board(windows: Windows) -> None:
    page = windows.window(another(AMINA))
    page.goto("/board")
    at = page.locator(".bay h2").all_inner_texts().index("HARGREAVES, Walter (Mr)")

    for _ in range(at + 1):
        page.keyboard.press("j")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("HARGREAVES, Walter (Mr)")
    assert "Board" not in page.title()


def test_a_row_that_cannot_be_asked_says_so(windows: Windows) -> None:
    page = windows.window(another(AMINA))
    page.goto("/board")
    page.route("**/board/new", lambda route: route.abort())
    windows.troubles.clear()

    page.get_by_role("button", name="What is new elsewhere of HARGREAVES").click()

    expect(page.locator(".bay", has_text="HARGREAVES").locator(".bay-new")).to_have_text(
        "This could not be asked. Open the patient instead."
    )
    windows.troubles.clear()  # the browser itself says that a request was broken off


def test_which_trusts_are_missing_stands_before_what_is_new(windows: Windows) -> None:
    page = windows.window(another(AMINA))
    page.goto("/board")
    told = {"heading": "1 report", "lines": ["U&E"], "missing": "missing: Barnsley"}
    page.route("**/board/new", lambda route: route.fulfill(json=told))

    page.get_by_role("button", name="What is new elsewhere of HARGREAVES").click()

    new = page.locator(".bay", has_text="HARGREAVES").locator(".bay-new")
    expect(new.locator("> *")).to_have_text(["Not complete – missing: Barnsley.", "1 report", "U&E"])


def test_what_was_said_stays_when_it_is_too_soon_to_ask_again(windows: Windows) -> None:
    page = windows.window(another(AMINA))
    page.goto("/board")
    walter = page.locator(".bay", has_text="HARGREAVES")
    button = page.get_by_role("button", name="What is new elsewhere of HARGREAVES")
    button.click()
    expect(walter.locator(".bay-new li").first).to_be_visible()
    lines = walter.locator(".bay-new li").all_inner_texts()

    for _ in range(2):
        with page.expect_response("**/board/new"):
            button.click()
        expect(walter.locator(".bay-later")).to_have_count(1)

    expect(walter.locator(".bay-later")).to_contain_text("not again within 2 minutes")
    assert walter.locator(".bay-new li").all_inner_texts() == lines
