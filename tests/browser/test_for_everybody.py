"""Every page can be used by everybody once it has been used, and paper says who and what.

Rule: each page as it comes is on the list of golden pages, and held in test_everybody.py. Here they are in other
states: with a mistake in a form, with entries, dealt with; in the light theme wide, and in the dark one narrow.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from sandbox.town import Town
from tests.browser.conftest import NARROW, WIDE, Windows, wait_for_the_end
from tests.browser.everybody import as_everybody_can_use_it
from tests.sheets import sheets_of
from tests.whole import AMINA, KOFI, PRIYA, RHYS, TOM, Viewer
from viewer.access.access_event import AccessEvent, AtTrust, Event
from viewer.access.clinician import Clinician
from viewer.access.relationship import Claim, Purpose

pytestmark = pytest.mark.browser

WALTER = "999 412 7039"
Open = Callable[..., str]
ColorScheme = Literal["light", "dark"]
BOTH = pytest.mark.parametrize(
    ("size", "theme"), [(WIDE, "light"), (NARROW, "dark")], ids=["wide and light", "narrow and dark"]
)


@BOTH
def test_everybody_can_use_a_search_that_went_wrong_and_one_after_another(
    windows: Windows, open_patient: Open, size: tuple[int, int], theme: ColorScheme
) -> None:
    page = windows.window(AMINA, size=size)
    page.emulate_media(color_scheme=theme)
    open_patient(page, WALTER)

    page.goto("/find")  # where the patient who is open can be chosen
    as_everybody_can_use_it(page)
    page.get_by_label("NHS number", exact=True).fill("999")
    page.get_by_role("button", name="Find by NHS number").click()

    expect(page.locator(".nhsuk-error-summary")).to_be_focused()
    as_everybody_can_use_it(page)


@BOTH
def test_everybody_can_use_the_pages_of_signing_in_refusals_and_errors(
    windows: Windows, size: tuple[int, int], theme: ColorScheme
) -> None:
    stranger, gp = windows.window(size=size), windows.window(KOFI, size=size)

    for page, path in ((stranger, "/sign-out"), (stranger, "/sign-in/return?state=x"), (stranger, "/nowhere"),
                       (gp, "/ledger")):  # fmt: skip
        page.emulate_media(color_scheme=theme)
        page.goto(path)
        as_everybody_can_use_it(page)


@BOTH
def test_everybody_can_use_a_ledger_with_entries_and_their_proof(
    town: Town, windows: Windows, size: tuple[int, int], theme: ColorScheme
) -> None:
    town.weather("barnsley", "error")
    clinician = windows.viewer.browser(AMINA)
    clinician.read(clinician.open(WALTER))
    page = windows.window(PRIYA, size=size)
    page.emulate_media(color_scheme=theme)

    page.goto("/ledger")
    page.get_by_role("button", name="Verify the whole log now").click()
    expect(page.locator(".ledger-proof")).to_contain_text("erified to entry")
    as_everybody_can_use_it(page)
    page.goto("/ledger/entries/4")
    as_everybody_can_use_it(page)
    page.goto("/health/trusts")  # one of them has failed
    as_everybody_can_use_it(page)


def break_the_glass(viewer: Viewer, who: Clinician) -> None:
    """Write into the log what breaking the glass writes, and have it swept."""
    told = {
        "purpose": Purpose.EMERGENCY_CARE, "claim": Claim.BREAK_GLASS, "nhs_number": WALTER.replace(" ", ""),
        "patient": "HARGREAVES, Walter, born 1944-03-09", "reason": "Unconscious after a fall.", "view": "a-look",
    }  # fmt: skip
    seen = (AtTrust("sheffield_teaching", "answered", "WT-2026 cl. 5.1", 7, 2),)
    now = datetime.now(UTC)
    viewer.log.append(
        AccessEvent(Event.GLASS_BROKEN, now, who, "a-sign-in", outcome="opened", **told),  # type: ignore[arg-type]
        AccessEvent(Event.RESULTS_SHOWN, now, who, "a-sign-in", outcome="shown", trusts=seen, **told),  # type: ignore[arg-type]
    )
    sweeper = viewer.app.extensions["watch"].sweeper
    sweeper.turn()
    while sweeper.swept().waiting:  # the viewer's own thread got in between
        sweeper.turn()


@BOTH
def test_everybody_can_use_the_alerts_and_deal_with_one_by_keyboard(
    windows: Windows, size: tuple[int, int], theme: ColorScheme
) -> None:
    break_the_glass(windows.viewer, TOM)
    page = windows.window(PRIYA, size=size)
    page.emulate_media(color_scheme=theme)

    page.goto("/alerts/break-glass")
    as_everybody_can_use_it(page)
    page.goto("/alerts")
    as_everybody_can_use_it(page)
    page.locator("[data-alert] a").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Alert A-")
    as_everybody_can_use_it(page)
    page.get_by_label("What you found or did").focus()
    page.keyboard.type("…")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".nhsuk-error-summary")).to_be_focused()
    as_everybody_can_use_it(page)
    page.get_by_label("What you found or did").fill("Asked the ward.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".alert-list")).to_contain_text("Noted by Priya Nair (RHQ)")
    as_everybody_can_use_it(page)
    page.goto("/alerts/A-1")
    as_everybody_can_use_it(page)


@BOTH
def test_everybody_can_use_an_agreement_and_what_changes_by_it(
    windows: Windows, size: tuple[int, int], theme: ColorScheme
) -> None:
    page = windows.window(RHYS, size=size)
    page.emulate_media(color_scheme=theme)

    page.goto("/agreements")
    page.get_by_role("link", name="From WT-2025 to WT-2026").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What changes from WT-2025 to WT-2026")
    as_everybody_can_use_it(page)
    page.get_by_role("link", name="WT-2026", exact=True).click()
    expect(page.get_by_role("heading", level=2).first).to_have_text("Parties and signatures")
    as_everybody_can_use_it(page)


def test_the_head_of_an_officers_page_hides_none_of_its_links_in_a_narrow_window(windows: Windows) -> None:
    page = windows.window(PRIYA, size=NARROW)

    page.goto("/alerts")

    links = page.locator(".service nav a:not(.on-a-desk)")
    assert [name.split(" (")[0] for name in links.all_inner_texts()] == [
        "Ledger", "Alerts", "Dissent", "Figures", "Agreements", "Trusts", "Telephones",
    ]  # fmt: skip
    boxes = [box for box in (link.bounding_box() for link in links.all()) if box]
    assert len(boxes) == 7
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= NARROW[0] for box in boxes)
    assert all(box["height"] >= 24 for box in boxes)  # WCAG 2.5.8


# ── On paper ─────────────────────────────────────────────────────────────────────────────────────


def printed(page: Page, folder: Path) -> list[str]:
    """Return what stands on each sheet."""
    file = folder / "printed.pdf"
    page.pdf(path=file, format="A4", prefer_css_page_size=True)
    return [" ".join(sheet.split()) for sheet in sheets_of(file)]


def test_every_sheet_of_a_printed_timeline_says_who_who_printed_it_what_is_missing_and_which_sheet_it_is(
    town: Town, windows: Windows, open_patient: Open, tmp_path: Path
) -> None:
    page = windows.window(AMINA)
    town.weather("rotherham", "error")
    open_patient(page, WALTER)
    wait_for_the_end(page)

    sheets = printed(page, tmp_path)

    assert len(sheets) > 3
    for number, sheet in enumerate(sheets, start=1):
        assert "HARGREAVES, Walter (Mr)" in sheet
        assert "999 412 7039" in sheet
        assert "missing: Rotherham" in sheet
        assert "by Dr Amina Farrell, Consultant, Sheffield Teaching Hospitals NHS Foundation Trust" in sheet
        assert re.search(r"Printed \d\d-\w{3}-\d{4} \d\d:\d\d", sheet)
        assert f"Page {number} of {len(sheets)}".casefold() in sheet.casefold()
    assert "01632 960 105" in sheets[0]
    assert "Ask again" not in " ".join(sheets)


def test_a_printed_report_says_who_it_is_about_and_who_printed_it(
    windows: Windows, open_patient: Open, tmp_path: Path
) -> None:
    page = windows.window(AMINA)
    open_patient(page, WALTER)
    page.locator("#days").get_by_role("link", name="CT aorta, contrast").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("CT aorta, contrast")

    sheets = printed(page, tmp_path)

    assert sheets
    for sheet in sheets:
        assert "HARGREAVES, Walter (Mr)" in sheet
        assert "by Dr Amina Farrell" in sheet
