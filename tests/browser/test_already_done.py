"""In a real window: the box of what was done fills without moving anything, and everybody can use its pages."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from sandbox.town import Town
from tests.browser.conftest import NARROW, WIDE, Windows
from tests.browser.test_for_everybody import as_everybody_can_use_it
from tests.whole import AMINA, PRIYA

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

WALTER = "999 412 7039"
Open = Callable[..., str]


def height(page: Page) -> float:
    box = page.locator("#already").bounding_box()
    assert box
    return float(box["height"])


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_box_keeps_its_height_from_before_the_first_answer_to_the_last(
    town: Town, windows: Windows, open_patient: Open, size: tuple[int, int]
) -> None:
    page = windows.window(AMINA, size=size)
    town.weather("all", "late", 1.5, "results")
    open_patient(page, WALTER)
    page.wait_for_load_state("load")  # of its looks; the trusts are late
    empty = height(page)
    expect(page.locator("#already")).not_to_contain_text("CRP")

    expect(page.locator(".tile.waiting")).to_have_count(0)

    expect(page.locator("#already h2")).to_contain_text("tests and reports")
    assert height(page) == empty


def test_a_phone_shows_values_in_the_box_and_what_is_missing_before_them_whole(
    town: Town, windows: Windows, open_patient: Open
) -> None:
    page = windows.window(AMINA, size=NARROW)
    town.weather("rotherham", "error", 500, "results")
    open_patient(page, WALTER)
    expect(page.locator(".tile.waiting")).to_have_count(0)

    expect(page.locator("#already .may-be-newer")).to_contain_text("Rotherham")
    expect(page.locator("#already .done li").first).to_be_visible()
    edges = page.evaluate(
        """() => ["h2", ".may-be-newer", ".done li:nth-child(3)", ".done-lists"].map((one) => {
          const at = document.querySelector(`#already ${one}`).getBoundingClientRect();
          return [at.top, at.bottom];
        })"""
    )
    heading, missing, third, room = edges
    assert heading[1] <= missing[0] < missing[1] <= third[0] < third[1] <= room[1]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_somebody_is_using_in_the_box_stays_until_they_leave_it(
    town: Town, windows: Windows, open_patient: Open
) -> None:
    page = windows.window(AMINA)
    town.weather("rotherham", "late", 2.5, "results")
    open_patient(page, WALTER)
    used = page.locator("#already .done a").first
    used.focus()

    expect(page.locator(".tile.waiting")).to_have_count(0)

    expect(used).to_be_focused()
    expect(page.locator("#already")).not_to_contain_text("CRP 64")
    page.get_by_label("Words").focus()
    expect(page.locator("#already")).to_contain_text("CRP 64")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_everybody_can_ask_for_the_tests_they_have_in_mind(
    windows: Windows, open_patient: Open, size: tuple[int, int]
) -> None:
    page = windows.window(AMINA, size=size)
    open_patient(page, WALTER)

    page.get_by_role("link", name="Ask for the tests you have in mind").click()
    as_everybody_can_use_it(page)
    page.get_by_label("Tests, with commas between them").fill("CRP, something new")
    page.get_by_label("Troponin").check()
    page.get_by_role("button", name="Look for them").press("Enter")

    expect(page.locator("article[data-test=crp]")).to_contain_text("CRP 64")
    expect(page.locator("article[data-test=troponin]")).to_contain_text("There is never advice on this test")
    expect(page.get_by_role("status")).to_contain_text("“something new” is not a test that is known here")
    as_everybody_can_use_it(page)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_everybody_can_read_the_figures(windows: Windows, open_patient: Open, size: tuple[int, int]) -> None:
    clinician, officer = windows.window(AMINA, size=size), windows.window(PRIYA, size=size)
    path = open_patient(clinician, WALTER)
    clinician.goto(f"{path}/already-done")
    clinician.get_by_label("CRP", exact=True).check()
    clinician.get_by_role("button", name="Look for them").click()
    expect(clinician.locator("article")).to_have_count(1)
    windows.viewer.app.extensions["wanted"].settle()

    officer.goto("/management")

    expect(officer.get_by_role("row", name="CRP")).to_contain_text("fewer than 5")
    as_everybody_can_use_it(officer)
