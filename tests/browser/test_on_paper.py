"""What leaves the viewer, printed by a real browser and copied in one: each page says who, when and what is missing."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from sandbox.town import Town
from tests.browser.conftest import NARROW, Windows
from tests.sheets import sheets_of
from tests.whole import AMINA
from viewer.access.access_event import Event

pytestmark = pytest.mark.browser

WALTER = "999 412 7039"
Open = Callable[..., str]


def pages_of(pdf: Path) -> list[str]:
    """Return the text of each page, its white space made single."""
    return [" ".join(page.split()) for page in sheets_of(pdf)]


def take(page: Page, form: str, these: str) -> None:
    page.get_by_role("combobox", name="Take").select_option(label=these)
    page.get_by_role("group", name="Take a set").get_by_role("button", name=form).click()


def test_every_page_of_a_print_says_who_when_by_whom_what_is_missing_and_which_page_it_is(
    town: Town, windows: Windows, open_patient: Open, tmp_path: Path
) -> None:
    page = windows.window(AMINA)
    town.weather("rotherham", "error", on="results")
    open_patient(page, WALTER, "/summary")

    take(page, "On A4", "everything that came")
    expect(page.locator("article.paper").first).to_be_visible()
    page.pdf(path=tmp_path / "print.pdf", prefer_css_page_size=True)

    pages = pages_of(tmp_path / "print.pdf")
    assert len(pages) > 3
    for number, said in enumerate(pages, start=1):
        assert said.startswith("HARGREAVES, Walter (Mr)"), number
        assert "NHS No. 999 412 7039" in said
        assert re.search(r"printed \d\d-\w{3}-\d{4} \d\d:\d\d by Dr Amina Farrell, Consultant", said), number
        assert "missing: Rotherham" in said
        assert said.endswith(f"page {number} of {len(pages)}"), number
    whole = " ".join(pages)
    assert whole.index("Not complete: as of") < whole.index("Taken ")
    (printed,) = windows.viewer.events(event=Event.PRINTED)
    assert printed.asked_for == "on paper"
    assert len(printed.reports) > 100


def test_a_print_says_nothing_by_colour(windows: Windows, open_patient: Open) -> None:
    page = windows.window(AMINA)
    open_patient(page, WALTER, "/summary")
    take(page, "On A4", "the last 30 days")
    expect(page.locator("article.paper").first).to_be_visible()

    page.emulate_media(media="print")

    colours = page.locator("body *").evaluate_all(
        "all => [...new Set(all.filter((one) => one.checkVisibility())"
        ".flatMap((one) => [getComputedStyle(one).color, getComputedStyle(one).backgroundColor]))]"
    )
    assert set(colours) <= {"rgb(0, 0, 0)", "rgb(255, 255, 255)"}


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
def test_text_is_copied_by_a_button_or_selected_and_is_logged(
    windows: Windows, open_patient: Open, script: bool
) -> None:
    page = windows.window(AMINA, size=NARROW, script=script)
    open_patient(page, WALTER, "/summary")
    first = page.locator(".choice").first
    first.get_by_role("checkbox").check()
    page.get_by_role("group", name="Take what is ticked, above the list").get_by_role(
        "button", name="As text for a letter"
    ).click()

    field = page.get_by_label("1 report as text, for a letter")
    text = field.input_value()
    if script:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.get_by_role("button", name="Copy", exact=True).click()
        expect(page.get_by_text("Copied.", exact=True)).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == text
    else:
        expect(page.get_by_role("button", name="Copy", exact=True)).to_be_hidden()
    assert field.get_attribute("readonly") is not None
    assert text.startswith("HARGREAVES, Walter (Mr)")
    (copied,) = windows.viewer.events(event=Event.COPIED)
    assert (copied.asked_for, len(copied.reports)) == ("as text", 1)
