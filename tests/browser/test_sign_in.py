"""Signing in through the real sign-in service, as everybody who can, and out again."""

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page, expect

from sandbox.town import Town
from tests.browser.conftest import Windows, wait_for_the_end
from tests.whole import AMINA

pytestmark = pytest.mark.browser

WALTER = "999 412 7039"


def sign_in(page: Page, name: str) -> None:
    page.goto("/")
    page.get_by_role("button", name="Sign in with your NHS smartcard or passkey").click()
    page.get_by_role("button", name=name).click()


@pytest.mark.parametrize(
    ("name", "shown", "heading"),
    [
        ("Dr Amina Farrell", "Consultant, Sheffield Teaching", "Find a patient"),
        ("Dr Tom Whitlock", "Consultant, Doncaster and Bassetlaw", "Find a patient"),
        ("Dr Kofi Abara", "General Medical Practitioner, Example Practice", "Find a patient"),
        ("Dr Ruth Sallow", "General Medical Practitioner, Millbrook Practice", "Find a patient"),
        ("Priya Nair", "Privacy Officer, Sheffield Teaching", "Ledger"),
        ("Rhys Hollis", "Privacy Officer, The Rotherham", "Ledger"),
    ],
)
def test_each_person_signs_in_and_comes_to_where_their_work_begins(
    windows: Windows, name: str, shown: str, heading: str
) -> None:
    page = windows.window()

    sign_in(page, name)

    expect(page.get_by_role("heading", level=1)).to_contain_text(heading)
    expect(page.locator(".who")).to_contain_text(f"{name}, {shown}")
    assert windows.viewer.events()[0].event == "signed in"


def test_somebody_with_several_roles_chooses_one_and_the_log_says_which(windows: Windows) -> None:
    page = windows.window()

    sign_in(page, "Dr Sam Castellane")
    expect(page.get_by_role("heading", level=1)).to_have_text("In which role are you here?")
    page.get_by_role("button", name="Millbrook Practice").click()

    expect(page.locator(".who")).to_contain_text("Dr Sam Castellane, General Medical Practitioner, Millbrook Practice")
    chosen = windows.viewer.events()[-1]
    assert (chosen.event, chosen.organisation_ods) == ("role chosen", "Y99002")


def test_somebody_without_a_role_that_is_known_is_told_whom_to_ask(windows: Windows) -> None:
    page = windows.window()

    sign_in(page, "Morgan Lisle")

    expect(page.get_by_role("heading", level=1)).to_have_text("No role that can be used here")
    expect(page.get_by_role("main")).to_contain_text("Registration Authority")
    page.goto("/find")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_one_who_signed_in_comes_to_the_page_they_wanted(windows: Windows) -> None:
    page = windows.window()
    page.goto("/health/trusts")

    page.get_by_role("button", name="Sign in with your NHS smartcard or passkey").click()
    page.get_by_role("button", name="Dr Amina Farrell").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("How the trusts have answered lately")


def test_after_signing_out_back_shows_no_results(windows: Windows, open_by_hand: Callable[..., str]) -> None:
    page = windows.window()
    sign_in(page, "Dr Amina Farrell")
    address = open_by_hand(page, WALTER)
    expect(page.locator(".row").first).to_be_visible()

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You have signed out")
    for _ in range(3):
        page.go_back()
        page.wait_for_load_state()
        assert page.locator(".row").count() == 0
        assert "HARGREAVES" not in page.content()
    page.goto(address)

    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_somebody_signed_out_elsewhere_is_signed_out_here(town: Town, windows: Windows) -> None:
    page = windows.window()
    sign_in(page, "Dr Amina Farrell")
    expect(page.locator(".who")).to_contain_text("Amina")

    answer = httpx.post(f"{town.identity_provider}/control/log-out", data={"user": "amina.farrell"}, trust_env=False)

    assert answer.json()["answers"][-1] == 200
    page.goto("/find")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    expect(page.get_by_role("status")).to_contain_text("The sign-in service ended your sign-in")


def test_a_journey_with_the_keyboard_alone(windows: Windows) -> None:
    page = windows.window(AMINA)
    page.goto("/find")

    tab_to(page, "#nhs_number")
    page.keyboard.type(WALTER)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("1 person found")
    tab_to(page, "a.nhsuk-button")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Is this the patient")
    tab_to(page, "input[name=why]")
    page.keyboard.press("Space")
    tab_to(page, "button.nhsuk-button")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("HARGREAVES, Walter (Mr)")
    wait_for_the_end(page)
    tab_to(page, ".row h3 a")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Back to the timeline")).to_be_visible()


def tab_to(page: Page, wanted: str) -> None:
    """Press Tab until the focus is on what is wanted, and see that one can see where it is."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.locator(f":focus:is({wanted})").count():
            outline = page.locator(":focus").evaluate(
                "one => [getComputedStyle(one).outlineStyle, getComputedStyle(one).boxShadow]"
            )
            assert outline != ["none", "none"]
            return
    raise AssertionError(f"{wanted} cannot be reached with the keyboard")
