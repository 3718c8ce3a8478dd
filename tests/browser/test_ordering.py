"""The sandbox's record system orders tests, and shows the cards that Trustline answers its hooks with."""

import re

import pytest
from playwright.sync_api import Page, expect

from sandbox.town import Town
from tests.browser.conftest import NARROW, WIDE, Windows
from viewer.pages.hook_words import OPEN_IT

pytestmark = pytest.mark.browser


def ordering(windows: Windows, town: Town, size: tuple[int, int] = WIDE) -> Page:
    assert town.epr
    page = windows.window(size=size)
    page.goto(f"{town.epr.address}/")
    page.get_by_role("link", name="Order tests").click()
    page.get_by_label("Patient").select_option("walter_hargreaves")
    return page


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_each_test_that_is_ordered_has_a_card_of_what_was_done_already(
    windows: Windows, town: Town, size: tuple[int, int]
) -> None:
    page = ordering(windows, town, size)
    for name in ("U&E", "CRP", "Troponin T"):
        page.get_by_label(name, exact=True).check()

    page.get_by_role("button", name="Ask Trustline what was done already").click()

    expect(page.get_by_role("heading", level=2)).to_have_text("3 from Trustline")
    crp = page.locator("article", has=page.get_by_role("heading", name=re.compile("^CRP: CRP 64 ")))
    expect(crp).to_contain_text("Rotherham")
    expect(crp).to_contain_text("for U&E while a laboratory reports AKI")  # Markdown's escapes are not shown
    expect(page.get_by_label("Patient")).to_have_value("walter_hargreaves")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    asked = windows.viewer.events(event="results asked")
    assert {one.user_name for one in asked} == {"Dr Amina Farrell"}


def test_without_a_test_the_last_72_hours_stand_on_one_card(windows: Windows, town: Town) -> None:
    page = ordering(windows, town)

    page.get_by_role("button", name="Ask Trustline what was done already").click()

    expect(page.get_by_role("heading", level=3)).to_have_text(re.compile("^Last 72 hours: "))
    assert page.locator("article li").count() > 3


def test_of_whoever_may_not_be_opened_so_the_one_card_says_no_more(windows: Windows, town: Town) -> None:
    page = ordering(windows, town)
    page.get_by_label("Patient").select_option("smith_6")  # an attendance that was never closed proves nothing
    page.get_by_label("CRP").check()

    page.get_by_role("button", name="Ask Trustline what was done already").click()

    expect(page.get_by_role("heading", level=3)).to_have_text(OPEN_IT)


def test_why_there_are_no_cards_is_said(windows: Windows, town: Town) -> None:
    page = ordering(windows, town)
    assert town.epr
    viewer, town.epr.viewer = town.epr.viewer, "http://localhost:1"
    try:
        page.get_by_role("button", name="Ask Trustline what was done already").click()

        expect(page.get_by_role("heading", level=2)).to_have_text("No cards")
        expect(page.get_by_text("Trustline did not answer")).to_be_visible()
    finally:
        town.epr.viewer = viewer
