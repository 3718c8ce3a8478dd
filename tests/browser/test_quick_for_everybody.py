"""The pages that get people there quickly can be used by everybody, in both themes and widths, and by keyboard.

Rule: as they come they are on the list of golden pages; here they are once somebody has used them.
"""

from collections.abc import Callable
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from sandbox.town import Town
from tests.browser.conftest import NARROW, WIDE, Windows
from tests.browser.everybody import as_everybody_can_use_it
from tests.whole import AMINA, KOFI, another

pytestmark = pytest.mark.browser

WALTER = "999 412 7039"
Open = Callable[..., str]
BOTH = pytest.mark.parametrize(
    ("size", "theme"), [(WIDE, "light"), (NARROW, "dark")], ids=["wide and light", "narrow and dark"]
)


def in_theme(page: Page, theme: str) -> Page:
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    return page


@BOTH
def test_everybody_can_use_the_board_the_keys_and_a_launch_refused(
    town: Town, windows: Windows, size: tuple[int, int], theme: str
) -> None:
    page = in_theme(windows.window(another(AMINA), size=size), theme)

    page.goto("/board")
    page.get_by_role("button", name="What is new elsewhere of HARGREAVES").click()
    expect(page.locator(".bay-new .some")).to_be_visible()
    as_everybody_can_use_it(page)
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    as_everybody_can_use_it(page)
    page.goto("/context/of-nobody")
    as_everybody_can_use_it(page)
    town.weather("sheffield_teaching", "error", 503)
    page.goto("/board?again=1")
    as_everybody_can_use_it(page)


@BOTH
def test_everybody_can_use_a_worklist_and_what_is_new_of_one(
    windows: Windows, find: Callable[..., None], size: tuple[int, int], theme: str
) -> None:
    page = in_theme(windows.window(KOFI, size=size), theme)
    find(page, WALTER)
    page.get_by_role("button", name="Open the results").click()
    expect(page.locator(".banner .name")).to_be_visible()

    page.goto("/worklist")
    page.get_by_role("button", name="Put on the list: HARGREAVES").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Worklist: 1 patient")
    as_everybody_can_use_it(page)
    quick = windows.window(another(AMINA), size=size, script=False)
    quick.goto("/board")
    quick.get_by_role("button", name="What is new elsewhere of HARGREAVES").click()
    expect(quick.locator(".new-elsewhere h2")).to_contain_text("issued elsewhere")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_rows_of_the_cumulative_table_are_met_one_by_one_and_none_is_covered(
    windows: Windows, open_patient: Open, size: tuple[int, int]
) -> None:
    page = windows.window(AMINA, size=size)
    open_patient(page, WALTER, "/cumulative")
    expect(page.locator("table.cumulative, .cumulative table").first).to_be_visible()

    seen = []
    for _ in range(30):
        page.keyboard.press("j")
        seen.append(page.evaluate("document.activeElement.closest('tr')?.innerText.slice(0, 40) ?? ''"))
        assert not page.evaluate(COVERED), seen[-1]
    for _ in range(20):
        page.keyboard.press("k")
        assert not page.evaluate(COVERED)

    assert "" not in seen
    assert all(one != other for one, other in pairwise(seen))


COVERED = """() => {
    const row = document.activeElement, box = row.getBoundingClientRect();
    const hit = document.elementFromPoint(Math.max(box.left, 0) + 20, box.top + 3);
    return !(hit && (row.contains(hit) || hit.contains(row)));
}"""
