"""Every page can be used by everybody: axe finds nothing, nothing scrolls sideways, paper says who and what."""

import re
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from sandbox.town import Town
from tests.browser.conftest import ENDED, NARROW, WIDE, Windows
from tests.whole import AMINA, KOFI, PRIYA, RHYS, TOM, Viewer
from viewer.access.access_event import AccessEvent, AtTrust, Event
from viewer.access.clinician import Clinician
from viewer.access.relationship import Claim, Purpose

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "tests" / "vendor" / "axe.min.js"
WALTER, EILEEN, NOBODY = "999 412 7039", "999 415 2971", "999 162 5003"
Open = Callable[..., str]


def as_everybody_can_use_it(page: Page) -> None:
    """Hold one page against WCAG 2.2 A and AA as far as axe can, and against a narrow window."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("""() => axe.run(document, {
        runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    })""")
    told = [(one["id"], [node["target"] for node in one["nodes"]][:3]) for one in found["violations"]]
    assert told == [], f"{page.url}: {told}"
    width, window = page.evaluate("() => [document.documentElement.scrollWidth, innerWidth]")
    assert width <= window, f"{page.url} is {width} px wide in a window of {window}"
    assert page.locator("h1").count() == 1


@pytest.mark.parametrize(
    ("size", "report"),
    [(WIDE, "CT aorta, contrast"), (NARROW, "Mid-stream urine")],
    ids=["wide", "narrow"],
)
def test_everybody_can_use_the_pages_a_clinician_goes_through(
    town: Town, windows: Windows, find: Callable[..., None], size: tuple[int, int], report: str
) -> None:
    page = windows.window(AMINA, size=size)
    town.weather("barnsley", "error")

    page.goto("/find")
    as_everybody_can_use_it(page)
    page.get_by_label("NHS number", exact=True).fill("999")
    page.get_by_role("button", name="Find by NHS number").click()
    expect(page.locator(".nhsuk-error-summary")).to_be_focused()
    as_everybody_can_use_it(page)
    page.get_by_label("NHS number", exact=True).fill(EILEEN)
    page.get_by_role("button", name="Find by NHS number").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 people found")
    as_everybody_can_use_it(page)
    find(page, WALTER)
    as_everybody_can_use_it(page)
    page.get_by_label("in my department now").check()
    page.get_by_role("button", name="Open the results").click()
    expect(page.locator("[data-arrived]")).to_have_text(ENDED)
    page.goto(f"{page.url}?period=30d")  # a month of rows has every sort of row, and axe is slow
    expect(page.locator("[data-arrived]")).to_have_text(ENDED)
    as_everybody_can_use_it(page)
    page.locator(".row", has_text=report).first.locator("h3 a").click()
    expect(page.get_by_role("link", name="Back to the timeline")).to_be_visible()
    as_everybody_can_use_it(page)
    page.goto("/health/trusts")
    as_everybody_can_use_it(page)
    page.goto("/find")
    as_everybody_can_use_it(page)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_everybody_can_use_the_pages_of_signing_in_refusals_and_errors(windows: Windows, size: tuple[int, int]) -> None:
    stranger, gp = windows.window(size=size), windows.window(KOFI, size=size)

    for page, path in ((stranger, "/sign-in"), (stranger, "/sign-out"), (stranger, "/sign-in/return?state=x"),
                       (stranger, "/nowhere"), (gp, "/ledger"), (gp, "/patients/nobody")):  # fmt: skip
        page.goto(path)
        as_everybody_can_use_it(page)
    gp.goto("/find")
    gp.get_by_label("NHS number", exact=True).fill(NOBODY)
    gp.get_by_role("button", name="Find by NHS number").click()
    expect(gp.get_by_role("heading", level=1)).to_have_text("Nobody was found")
    as_everybody_can_use_it(gp)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_everybody_can_use_the_ledger(windows: Windows, open_patient: Open, size: tuple[int, int]) -> None:
    clinician = windows.window(AMINA)
    open_patient(clinician, WALTER)
    expect(clinician.locator("[data-arrived]")).to_have_text(ENDED)
    page = windows.window(PRIYA, size=size)

    page.goto("/ledger")
    as_everybody_can_use_it(page)
    page.get_by_role("button", name="Verify the whole log now").click()
    expect(page.locator(".ledger-proof")).to_contain_text("erified to entry")
    as_everybody_can_use_it(page)
    page.goto("/ledger/entries/4")
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


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_everybody_can_use_the_alerts_and_deal_with_one_by_keyboard(windows: Windows, size: tuple[int, int]) -> None:
    break_the_glass(windows.viewer, TOM)
    page = windows.window(PRIYA, size=size)

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


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_everybody_can_use_the_register_of_agreements(windows: Windows, size: tuple[int, int]) -> None:
    page = windows.window(RHYS, size=size)

    page.goto("/agreements")
    as_everybody_can_use_it(page)
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


def test_the_largest_text_fits_a_narrow_window(windows: Windows, open_patient: Open) -> None:
    """WCAG 1.4.10: 320 px is a window of 1280 px at 400 %."""
    page = windows.window(AMINA, size=(320, 640))

    open_patient(page, WALTER)
    expect(page.locator("[data-arrived]")).to_have_text(ENDED)

    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320


# ── On paper ─────────────────────────────────────────────────────────────────────────────────────


def printed(page: Page, folder: Path) -> list[str]:
    """Return what stands on each sheet."""
    file = folder / "printed.pdf"
    page.pdf(path=file, format="A4", prefer_css_page_size=True)
    text = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True).stdout
    return [re.sub(r"\s+", " ", sheet) for sheet in text.split("\f") if sheet.strip()]


def test_every_sheet_of_a_printed_timeline_says_who_who_printed_it_what_is_missing_and_which_sheet_it_is(
    town: Town, windows: Windows, open_patient: Open, tmp_path: Path
) -> None:
    page = windows.window(AMINA)
    town.weather("rotherham", "error")
    open_patient(page, WALTER)
    expect(page.locator("[data-arrived]")).to_have_text(ENDED)

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

    for sheet in printed(page, tmp_path):
        assert "HARGREAVES, Walter (Mr)" in sheet
        assert "by Dr Amina Farrell" in sheet
