"""In a real browser: what is critical is on the first screen, and nothing that is read moves when a trust is late."""

# ruff: noqa: F811  fixtures are named as what they give

from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
from playwright.sync_api import Page, expect

from tests.pages import test_in_browser as browser
from tests.pages.builders import (
    BARNSLEY,
    MID_YORKSHIRE,
    ROTHERHAM,
    TRUSTS,
    a_gap,
    a_tile,
    an_app,
    some_views,
    steps_of,
)
from tests.pages.since import PINNED, Remembered, rows_with_criticals, the_last_look
from tests.pages.test_in_browser import Trusts, chromium, open_page, served, trusts  # noqa: F401  fixtures
from viewer.pages.headers import add_headers
from viewer.pages.rows import row_writer
from viewer.pages.timeline import timeline_routes
from viewer.steps import Step

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
ROWS = rows_with_criticals()
SHIFTS = """() => {
    window.shifts = [];
    new PerformanceObserver((list) => list.getEntries().forEach((one) => shifts.push(
        [one.value, one.sources.map((source) => source.node?.id || source.node?.className || "")]
    ))).observe({ type: "layout-shift" });
}"""


@pytest.fixture
def address(trusts: Trusts) -> Iterator[str]:
    """Return the address of a viewer whose patient has critical results, and was looked at yesterday."""

    def results(*_: object, waits: bool = False, **__: object) -> Iterator[Step]:
        order = [a_gap(trust) if trust == BARNSLEY else a_tile(trust, ROWS) for trust in trusts.order]
        return steps_of(ROWS, order, lambda trust: waits or trusts.gates[trust.name].wait(browser.PATIENCE))

    remembered = cast(Any, Remembered(the_last_look()))
    app = an_app(*timeline_routes(some_views(results), row_writer(TRUSTS), remembered))
    add_headers(app)
    with served(app) as address:
        yield address
        trusts.answer(*TRUSTS)


def all_but_last(trusts: Trusts, last: Any) -> None:
    trusts.order = (*(one for one in TRUSTS if one != last), last)
    trusts.answer(*trusts.order[:-1])


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
@pytest.mark.parametrize("size", [(1280, 720), (375, 667)], ids=["wide", "narrow"])
def test_every_critical_result_is_on_the_first_screen(
    size: tuple[int, int],
    script: bool,
    trusts: Trusts,
    address: str,
    open_page: Open,
) -> None:
    trusts.answer(*TRUSTS)
    page = open_page(f"{address}/patients/walter?kind=radiology", width=size[0], height=size[1], script=script)

    for key in PINNED:
        expect(page.locator(f"[data-pin='{key}'] .value")).to_be_in_viewport(ratio=1)
    assert page.evaluate("scrollY") == 0


def test_a_critical_result_that_comes_late_is_on_the_first_screen_too(
    trusts: Trusts,
    address: str,
    open_page: Open,
) -> None:
    all_but_last(trusts, MID_YORKSHIRE)
    page = open_page(f"{address}/patients/walter", height=720)
    expect(page.locator("html")).to_have_class(browser.re.compile("reading"))

    trusts.answer(MID_YORKSHIRE)

    expect(page.locator(f"[data-pin='{PINNED[1]}'] .value")).to_be_in_viewport(ratio=1)
    expect(page.locator("[data-critical]")).to_have_text("· 2 critical")


@pytest.mark.parametrize("size", [(1280, 720), (375, 667)], ids=["wide", "narrow"])
def test_nothing_in_view_shifts_when_a_trust_is_late(
    size: tuple[int, int],
    trusts: Trusts,
    address: str,
    open_page: Open,
) -> None:
    all_but_last(trusts, ROTHERHAM)
    page = open_page(f"{address}/patients/walter", width=size[0], height=size[1])
    expect(page.locator("html")).to_have_class(browser.re.compile("reading"))
    page.evaluate(SHIFTS)

    trusts.answer(ROTHERHAM)
    expect(page.locator("#corrected")).to_be_attached()
    expect(page.locator(".tile.waiting")).to_have_count(0)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    shifts = page.evaluate("shifts")
    moved = {name for _, names in shifts for name in names}
    assert not {name for name in moved if any(one in name for one in ("row", "pin", "day", "banner"))}
    assert sum(value for value, _ in shifts) < 0.002


def test_the_first_new_row_is_led_to_and_the_link_follows_the_filters(
    trusts: Trusts,
    address: str,
    open_page: Open,
) -> None:
    trusts.answer(*TRUSTS)
    page = open_page(f"{address}/patients/walter")
    expect(page.locator("[data-news]")).to_contain_text("new since you last looked, 20-Nov-2026 23:40")

    page.get_by_role("combobox", name="Kind").select_option("radiology")
    page.get_by_role("link", name="Go to the first new one").click()

    expect(page.locator(".row:target")).to_contain_text("X-ray chest")
    expect(page.locator(".row:target")).to_be_in_viewport()
    page.get_by_role("combobox", name="Trust").select_option("doncaster_and_bassetlaw")
    expect(page.get_by_role("link", name="Go to the first new one")).to_be_hidden()
