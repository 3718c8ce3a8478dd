"""A window whose patient was closed goes blank, whoever closed them; and one that is out of touch says so."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Windows
from tests.browser.test_break_glass import TWO_PEOPLE, search, sign_in
from tests.journey.test_worklist import put_on_list
from tests.launching import WALTER as LAUNCHED
from tests.launching import claims, push, sealed
from tests.whole import AMINA, KOFI, PRIYA, TOM
from viewer.access.clinician import Clinician
from viewer.dissents import Dissents
from viewer.store.database import open_database

pytestmark = pytest.mark.browser

WALTER, MARGARET = "999 412 7039", "999 802 3319"
MARGARET_IN_FRONT = {"nhs_number": "9998023319", "family": "ELLIS", "given": "Margaret", "born": "1968-02-02"}
BLANK = "Nothing of a patient is shown here now"
Open = Callable[..., str]


def look_again(page: Page) -> None:
    """Do as if somebody came back to this window: it asks at once, as it does every few seconds."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_signing_out_in_one_window_blanks_the_other(windows: Windows, open_patient: Open) -> None:
    browser = windows.browser(AMINA)
    first, second = browser.new_page(), browser.new_page()
    open_patient(first, WALTER)
    second.goto("/agreements")

    second.get_by_role("button", name="Sign out").click()
    look_again(first)

    expect(first.get_by_role("heading", level=1)).to_have_text(BLANK)
    expect(first.get_by_text("Your sign-in has ended.")).to_be_visible()
    assert "HARGREAVES" not in first.evaluate("document.documentElement.outerHTML")
    assert first.locator(".row").count() == 0


def test_closing_one_patient_blanks_their_window_and_no_other(windows: Windows, open_patient: Open) -> None:
    browser = windows.browser(TOM)
    first, second = browser.new_page(), browser.new_page()
    open_patient(first, WALTER)
    open_patient(second, MARGARET)
    record_dissent(windows, WALTER)

    for page in (first, second):
        look_again(page)

    expect(first.get_by_role("heading", level=1)).to_have_text(BLANK)
    assert "HARGREAVES" not in first.evaluate("document.documentElement.outerHTML")
    expect(second.get_by_role("heading", level=1)).to_have_text("ELLIS, Margaret Jean (Mrs)")
    refused = windows.viewer.events(event="refused")
    assert {one.nhs_number for one in refused} == {WALTER.replace(" ", "")}


def record_dissent(windows: Windows, nhs_number: str) -> None:
    engine = open_database(windows.viewer.settings.database)
    Dissents(engine, lambda: datetime.now(UTC)).record(nhs_number.replace(" ", ""), PRIYA, "IG-17")
    engine.dispose()


@pytest.mark.parametrize("back", [False, True], ids=["confirming", "a mistake on the form"])
def test_who_is_being_confirmed_leaves_the_window_when_the_record_goes_on(windows: Windows, *, back: bool) -> None:
    page = windows.window(AMINA)
    page.goto(context(windows, LAUNCHED))
    expect(page.get_by_role("heading", level=1)).to_have_text("Is this the patient, and why are you looking?")
    if back:
        page.get_by_role("button", name="Open the results").click()
        expect(page.get_by_text("Choose why you are looking").first).to_be_visible()

    context(windows, MARGARET_IN_FRONT)
    look_again(page)

    expect(page.get_by_role("heading", level=1)).to_have_text(BLANK)
    expect(page.get_by_text("The record this was opened from now shows another patient")).to_be_visible()
    assert "HARGREAVES" not in page.evaluate("document.documentElement.outerHTML").upper()


def test_who_was_found_leaves_the_window_when_somebody_signs_out(windows: Windows) -> None:
    browser = windows.browser(AMINA)
    first, second = browser.new_page(), browser.new_page()
    first.goto("/find")
    first.get_by_label("NHS number").fill(WALTER)
    first.get_by_role("button", name="Find").first.click()
    expect(first.get_by_role("link", name="Choose HARGREAVES")).to_be_visible()
    second.goto("/agreements")

    second.get_by_role("button", name="Sign out").click()
    look_again(first)

    expect(first.get_by_role("heading", level=1)).to_have_text(BLANK)
    assert "HARGREAVES" not in first.evaluate("document.documentElement.outerHTML").upper()


@pytest.mark.parametrize(("who", "path"), [(AMINA, "/board"), (KOFI, "/worklist")], ids=["board", "worklist"])
def test_a_list_of_patients_leaves_the_window_when_somebody_signs_out(
    windows: Windows, who: Clinician, path: str
) -> None:
    browser = windows.browser(who)
    first, second = browser.new_page(), browser.new_page()
    if who is KOFI:
        put_on_list(windows.viewer.browser(KOFI), WALTER)
    first.goto(path)
    expect(first.get_by_text("HARGREAVES").first).to_be_visible()
    second.goto("/agreements")

    second.get_by_role("button", name="Sign out").click()
    look_again(first)

    expect(first.get_by_role("heading", level=1)).to_have_text(BLANK)
    expect(first.get_by_text("Your sign-in has ended.")).to_be_visible()
    assert "HARGREAVES" not in first.evaluate("document.documentElement.outerHTML").upper()


def test_whom_the_glass_lets_choose_leave_the_window_when_somebody_signs_out(windows: Windows) -> None:
    browser = windows.browser()
    first, second = browser.new_page(), browser.new_page()
    sign_in(first)
    search(first, TWO_PEOPLE)
    first.get_by_label("Why it cannot wait, in your own words").fill("Collapsed in resus")
    first.get_by_role("button", name="Break the glass").click()
    first.get_by_role("button", name="Dr Amina Farrell").click()
    expect(first.get_by_role("button", name="Break the glass for DAWSON")).to_be_visible()
    second.goto("/agreements")

    second.get_by_role("button", name="Sign out").click()
    look_again(first)

    expect(first.get_by_role("heading", level=1)).to_have_text(BLANK)
    assert "DAWSON" not in first.evaluate("document.documentElement.outerHTML").upper()


def context(windows: Windows, patient: dict[str, str]) -> str:
    """Hand this patient over as the record system does, and return the path of the link."""
    said = claims(AMINA.user_id, aud=f"{windows.address}/contexts", patient=patient)
    answer = push(windows.viewer, sealed(said))
    assert answer.status_code == 201, answer.get_data(as_text=True)
    return str(answer.json["link"]).removeprefix(windows.address)


def test_a_window_that_is_not_touched_finds_out_by_itself(windows: Windows, open_patient: Open) -> None:
    browser = windows.browser(AMINA)
    first, second = browser.new_page(), browser.new_page()
    open_patient(first, WALTER)
    second.goto("/agreements")

    second.get_by_role("button", name="Sign out").click()

    expect(first.get_by_role("heading", level=1)).to_have_text(BLANK)


def test_a_window_that_cannot_reach_the_viewer_says_so_and_keeps_what_it_shows(
    windows: Windows, open_patient: Open
) -> None:
    page = windows.window(AMINA)
    open_patient(page, WALTER)
    page.route("**/still", lambda route: route.fulfill(status=200, body="not what was expected"))

    for _ in range(3):
        with page.expect_response("**/still"):
            look_again(page)

    expect(page.locator("html")).to_have_class(re.compile("out-of-touch"))
    expect(page.get_by_role("heading", level=1)).to_have_text("HARGREAVES, Walter (Mr)")
