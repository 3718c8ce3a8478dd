"""By keyboard alone: to the search, from row to row, to the help and back; and never while somebody types."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW, WIDE, Windows, wait_for_the_end
from tests.whole import AMINA, PRIYA

pytestmark = pytest.mark.browser

WALTER = "999 412 7039"
Open = Callable[..., str]


def row_in_focus(page: Page) -> str:
    id_: str = page.evaluate("document.activeElement.closest('.row')?.id ?? ''")
    return id_


def is_covered(page: Page) -> bool:
    """Say whether anything that sticks to the window lies over the top of what has the focus."""
    covered: bool = page.evaluate("""() => {
        const row = document.activeElement, box = row.getBoundingClientRect();
        const hit = document.elementFromPoint(box.left + 20, box.top + 2);
        return !(hit && (row.contains(hit) || hit.contains(row)));
    }""")
    return covered


def the_rows(page: Page) -> list[str]:
    ids: list[str] = page.locator(".row").evaluate_all("rows => rows.map(row => row.id)")
    return ids


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_j_and_k_go_from_row_to_row_and_nothing_that_sticks_lies_over_the_row(
    windows: Windows, open_patient: Open, size: tuple[int, int]
) -> None:
    page = windows.window(AMINA, size=size)
    open_patient(page, WALTER)
    wait_for_the_end(page)
    ids = the_rows(page)[:24]

    met = []
    for _ in ids:
        page.keyboard.press("j")
        met.append(row_in_focus(page))
        assert not is_covered(page), met[-1]
    back = []
    for _ in ids[1:]:
        page.keyboard.press("k")
        back.append(row_in_focus(page))
        assert not is_covered(page), back[-1]

    assert met == ids
    assert back == ids[-2::-1]


def test_the_arrows_scroll_until_a_row_is_chosen_and_then_go_from_row_to_row(
    windows: Windows, open_patient: Open
) -> None:
    page = windows.window(AMINA)
    open_patient(page, WALTER)
    wait_for_the_end(page)
    ids = the_rows(page)

    page.keyboard.press("ArrowDown")
    assert row_in_focus(page) == ""
    page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")

    assert row_in_focus(page) == ids[1]


def test_the_slash_goes_to_the_search_of_the_page_or_to_finding_a_patient(windows: Windows, open_patient: Open) -> None:
    page = windows.window(AMINA)
    open_patient(page, WALTER)
    wait_for_the_end(page)

    page.keyboard.press("/")
    expect(page.locator("form.filters [name=find]")).to_be_focused()
    page.goto("/agreements")
    page.keyboard.press("/")
    page.wait_for_url("**/find")
    page.keyboard.press("/")

    expect(page.locator("#nhs_number")).to_be_focused()
    assert page.locator("#nhs_number").input_value() == ""


def test_keys_mean_nothing_of_ours_while_somebody_types(windows: Windows) -> None:
    page = windows.window(AMINA)
    page.goto("/find")
    page.locator("#nhs_number").focus()

    page.keyboard.type("?/jk")

    assert page.locator("#nhs_number").input_value() == "?/jk"
    expect(page.locator("dialog")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator("#nhs_number")).not_to_be_focused()


def test_the_question_mark_shows_the_keys_and_escape_goes_back_to_where_one_was(
    windows: Windows, open_patient: Open
) -> None:
    page = windows.window(AMINA)
    open_patient(page, WALTER)
    wait_for_the_end(page)
    page.keyboard.press("j")
    row = row_in_focus(page)

    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="What the keys do")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Escape")

    expect(page.locator("dialog")).to_have_count(0)
    assert row_in_focus(page) == row


def test_single_keys_can_be_switched_off_and_the_browser_remembers(windows: Windows) -> None:
    page = windows.window(AMINA)
    page.goto("/keyboard")
    expect(page.get_by_text("Single keys are on in this browser.")).to_be_visible()

    page.get_by_role("button", name="Turn single keys off").click()
    page.goto("/agreements")
    for key in ("?", "/", "j"):
        page.keyboard.press(key)

    expect(page.locator("dialog")).to_have_count(0)
    assert page.url.endswith("/agreements")
    page.goto("/keyboard")
    expect(page.get_by_text("Single keys are off in this browser.")).to_be_visible()
    page.get_by_role("button", name="Turn single keys on").click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


def test_an_officer_has_nobody_to_find_and_the_slash_leads_nowhere(windows: Windows) -> None:
    page = windows.window(PRIYA)
    page.goto("/agreements")

    page.keyboard.press("/")

    assert page.url.endswith("/agreements")


def test_without_script_the_page_of_keys_says_so(windows: Windows) -> None:
    page = windows.window(AMINA, script=False)

    page.goto("/keyboard")

    expect(page.locator("[data-keys]")).to_be_hidden()
    assert "need script" in page.locator("noscript").inner_text()
