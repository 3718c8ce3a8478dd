"""In a real window: the line of what was done fills without moving anything, and everybody can use its pages."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from sandbox.town import Town
from tests.browser.conftest import NARROW, WIDE, Windows
from tests.browser.everybody import as_everybody_can_use_it
from tests.whole import AMINA, PRIYA

pytestmark = pytest.mark.browser

WALTER = "999 412 7039"
SIZES = pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
Open = Callable[..., str]


def height(page: Page) -> float:
    box = page.locator("#already").bounding_box()
    assert box
    return float(box["height"])


def line(page: Page) -> Locator:
    return page.locator("#already summary").first


@SIZES
def test_its_line_keeps_its_height_from_before_the_first_answer_to_the_last(
    town: Town, windows: Windows, size: tuple[int, int]
) -> None:
    page = windows.window(AMINA, size=size)
    address = windows.open(page, WALTER)
    town.weather("all", "held")
    page.goto(address)
    expect(line(page)).to_contain_text("nothing of the last 30 days has come")
    expect(page.locator(".tile.waiting")).to_have_count(7)
    empty = height(page)

    town.fine()
    expect(page.locator(".tile.waiting")).to_have_count(0)

    expect(line(page)).to_contain_text("in 72 hours")
    expect(line(page)).to_contain_text("CRP")
    assert height(page) == empty <= 48


@SIZES
def test_pressed_it_shows_values_and_before_them_by_name_what_is_missing(
    town: Town, windows: Windows, open_patient: Open, size: tuple[int, int]
) -> None:
    page = windows.window(AMINA, size=size)
    town.weather("rotherham", "error", 500, "results")
    open_patient(page, WALTER)
    expect(page.locator(".tile.waiting")).to_have_count(0)
    expect(line(page)).to_contain_text("Already done, in what has come:")
    expect(page.locator("#already .done li").first).to_be_hidden()

    line(page).press("Enter")

    expect(page.locator("#already .may-be-newer")).to_contain_text("Rotherham")
    tops = [page.locator(f"#already {one}").first.bounding_box() for one in ("summary", ".may-be-newer", ".done li")]
    assert all(tops)
    heights = [box["y"] for box in tops if box]
    assert heights == sorted(heights)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_stands_open_stays_as_it_is_and_its_line_says_that_there_is_more(
    town: Town, windows: Windows, open_patient: Open
) -> None:
    page = windows.window(AMINA)
    town.weather("rotherham", "held", on="results")
    open_patient(page, WALTER)
    expect(line(page)).to_contain_text("Full blood count")
    line(page).press("Enter")
    used = page.locator("#already .done a").first
    used.focus()
    expect(page.locator(".tile.waiting")).to_have_count(1)

    town.let_go("rotherham")
    expect(page.locator(".tile.waiting")).to_have_count(0)

    expect(used).to_be_focused()
    expect(page.locator("#already .within")).not_to_contain_text("CRP 64")
    expect(line(page)).to_contain_text("Changed: close and open to see it")
    line(page).press("Enter")
    line(page).press("Enter")
    expect(page.locator("#already .within")).to_contain_text("CRP 64")
    expect(line(page)).not_to_contain_text("Changed", use_inner_text=True)


@SIZES
def test_everybody_can_ask_for_the_tests_they_have_in_mind(
    windows: Windows, open_patient: Open, size: tuple[int, int]
) -> None:
    page = windows.window(AMINA, size=size)
    open_patient(page, WALTER)

    line(page).press("Enter")
    page.get_by_role("link", name="Ask for the tests you have in mind").click()
    page.get_by_label("Tests, with commas between them").fill("CRP, something new")
    page.get_by_label("Troponin").check()
    page.get_by_role("button", name="Look for them").press("Enter")

    expect(page.locator("article[data-test=crp]")).to_contain_text("CRP 64")
    expect(page.locator("article[data-test=troponin]")).to_contain_text("There is never advice on this test")
    expect(page.get_by_role("status")).to_contain_text("“something new” is not a test that is known here")
    as_everybody_can_use_it(page)


@SIZES
def test_everybody_can_read_the_figures(windows: Windows, open_patient: Open, size: tuple[int, int]) -> None:
    clinician, officer = windows.window(AMINA, size=size), windows.window(PRIYA, size=size)
    path = open_patient(clinician, WALTER)
    clinician.goto(f"{path}/already-done")
    clinician.get_by_label("CRP", exact=True).check()
    clinician.get_by_role("button", name="Look for them").click()
    expect(clinician.locator("article")).to_have_count(1)
    windows.viewer.app.extensions["wanted"].settle()

    officer.goto("/management")

    expect(officer.get_by_role("row", name="CRP")).to_contain_text("not shown")
    as_everybody_can_use_it(officer)
