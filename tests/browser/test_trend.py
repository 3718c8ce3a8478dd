"""A trend can be read by everybody: by keyboard, by a screen reader, on a phone, in grey and on paper."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from sandbox.town import Town
from tests.browser.conftest import NARROW, WIDE, Windows
from tests.whole import AMINA

pytestmark = pytest.mark.browser

WALTER = "999 412 7039"
CREATININE, CRP = "Creatinine, serum", "CRP, serum"
SIZES = pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
Open = Callable[..., str]


def draw(page: Page, open_patient: Open) -> None:
    """Open Walter, and choose two tests to draw, as somebody does."""
    open_patient(page, WALTER, "/trend")
    for name in (CREATININE, CRP):
        page.get_by_role("checkbox", name=name).check()
    page.get_by_role("button", name="Draw").click()
    expect(page.get_by_role("link", name=re.compile("^Creatinine 212 umol.L")).first).to_be_visible()


@SIZES
def test_a_point_is_reached_by_keyboard_shows_its_own_range_and_leads_to_its_row(
    windows: Windows, open_patient: Open, size: tuple[int, int]
) -> None:
    page = windows.window(AMINA, size=size)
    draw(page, open_patient)
    newest = page.get_by_role("link", name=re.compile("^Creatinine 212 umol.L, HI, range 59–104, Sheffield Teaching"))
    before = page.get_by_role("link", name=re.compile("^Creatinine 187 umol.l, HI, range 62–106, Rotherham"))
    expect(newest).to_have_count(1)

    before.focus()
    page.keyboard.press("Tab")

    expect(newest).to_be_focused()
    expect(newest.locator(".band")).to_have_css("visibility", "visible")
    expect(before.locator(".band")).to_have_css("visibility", "hidden")
    page.keyboard.press("Enter")
    expect(page.locator("tr:target")).to_contain_text("212")
    expect(page.locator("tr:target")).to_be_in_viewport()


@SIZES
def test_every_point_is_reached_once(windows: Windows, open_patient: Open, size: tuple[int, int]) -> None:
    page = windows.window(AMINA, size=size)
    draw(page, open_patient)

    reached = page.locator("svg a.point:visible").evaluate_all("links => links.map(one => one.getAttribute('href'))")

    assert len(reached) == len(set(reached)) == page.locator(".tables tbody tr").count()


@SIZES
def test_letters_on_a_graph_are_never_drawn_smaller_than_they_are(
    windows: Windows, open_patient: Open, size: tuple[int, int]
) -> None:
    page = windows.window(AMINA, size=size)
    draw(page, open_patient)

    scales = page.locator("svg.graph[viewBox]:visible").evaluate_all(
        "graphs => graphs.map(one => one.getBoundingClientRect().width / one.viewBox.baseVal.width)"
    )

    assert len(scales) > 4
    assert min(scales) >= 0.9  # of 12 px


def test_letters_stay_within_their_graph(windows: Windows, open_patient: Open) -> None:
    page = windows.window(AMINA)
    draw(page, open_patient)

    outside = page.locator("svg.graph.wide text").evaluate_all("""texts => texts.filter(one => {
        const words = one.getBBox(), all = one.ownerSVGElement.viewBox.baseVal;
        return words.x < -1 || words.x + words.width > all.width + 1 || words.y < -1;
    }).map(one => one.textContent)""")

    assert outside == []


def test_a_trend_is_whole_without_script(windows: Windows, open_patient: Open) -> None:
    page = windows.window(AMINA, script=False)

    draw(page, open_patient)

    expect(page.locator("svg.graph.wide").first).to_be_visible()
    expect(page.locator(".tables tbody tr").first).to_contain_text("212")


def test_on_paper_a_graph_is_black_and_says_who_and_what_is_missing(
    windows: Windows, open_patient: Open, town: Town
) -> None:
    page = windows.window(AMINA)
    town.weather("barnsley", "error")
    draw(page, open_patient)

    page.emulate_media(media="print")

    fills = page.locator('svg.graph.wide [class^="lab"]:not(.open)').evaluate_all(
        "shapes => [...new Set(shapes.map(one => getComputedStyle(one).fill))]"
    )
    assert fills == ["rgb(0, 0, 0)"]
    expect(page.locator(".print-foot")).to_contain_text("missing: Barnsley")
    expect(page.locator(".lane-words").first).to_contain_text("Barnsley: not obtained")
    expect(page.locator(".choosing")).to_be_hidden()
