"""Breaking the glass with a mouse: how many clicks it takes, and what the browser's own print tells the log."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW, WIDE, Windows

pytestmark = pytest.mark.browser

WALTER, NAOMI, TWO_PEOPLE = "999 412 7039", "999 094 4768", "999 108 1771"
COUNT = "addEventListener('click', (event) => event.isTrusted && window.clicked(location.pathname), true)"


def counting(page: Page, address: str) -> list[str]:
    """Count every click of a hand on a page of ours; what is done at the sign-in service is not ours to count."""
    clicks: list[str] = []
    page.expose_function("clicked", lambda path: clicks.append(path) if page.url.startswith(address) else None)
    page.add_init_script(COUNT)
    return clicks


def sign_in(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Sign in with your NHS smartcard or passkey").click()
    page.get_by_role("button", name="Dr Amina Farrell").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Find a patient")


def search(page: Page, number: str) -> None:
    page.get_by_label("NHS number", exact=True).fill(number)
    page.keyboard.press("Enter")
    page.wait_for_url("**/find/*")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize(("number", "most"), [(NAOMI, 1), (TWO_PEOPLE, 2)], ids=["one person", "two people"])
def test_two_clicks_at_most_lead_from_who_was_found_to_the_results(
    windows: Windows, size: tuple[int, int], number: str, most: int
) -> None:
    page = windows.window(size=size)
    sign_in(page)
    search(page, number)
    clicks = counting(page, windows.address)
    page.reload()

    page.get_by_label("Why it cannot wait, in your own words").fill("Collapsed in resus")
    page.get_by_role("button", name="Break the glass").click()
    page.get_by_role("button", name="Dr Amina Farrell").click()
    if most == 2:
        page.get_by_role("button", name="Break the glass for DAWSON").click()

    expect(page.locator(".glass-broken")).to_contain_text("The glass is broken for this patient until")
    expect(page.locator("#days .row").first).to_be_visible()
    assert len(clicks) == most
    assert [one.event for one in windows.viewer.events(event="glass broken")] == ["glass broken"]


def test_a_browsers_own_print_reaches_the_log(windows: Windows, open_by_hand: Callable[..., str]) -> None:
    page = windows.window()
    sign_in(page)
    open_by_hand(page, WALTER)

    with page.expect_response(lambda response: response.url.endswith("/printed")) as told:
        page.evaluate("dispatchEvent(new Event('beforeprint'))")

    assert told.value.status == 204
    assert [one.outcome for one in windows.viewer.events(event="printed")] == ["printed by the browser"]
