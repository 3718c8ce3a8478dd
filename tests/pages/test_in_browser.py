"""In a real browser: rows arrive without moving what is read, and every page can be used by everybody."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from werkzeug.serving import make_server

from connectors.answer import Trust
from tests.axe import found_by_axe
from tests.chromium import chromium_here
from tests.pages.builders import (
    BARNSLEY,
    DONCASTER,
    NEVER_SHARED,
    ROTHERHAM,
    TEACHING,
    TRUSTS,
    LogLostError,
    a_gap,
    a_tile,
    add,
    an_app,
    an_asking,
    opened,
    shows_again,
    some_handles,
    some_parts,
    steps_of,
    walters_rows,
)
from tests.pages.test_find import OTHER, WALTER, Journey
from tests.sheets import sheets_of
from viewer.pages.errors import show_errors
from viewer.pages.find import find_routes
from viewer.pages.headers import add_headers
from viewer.pages.report import report_routes
from viewer.pages.rows import report_address, row_writer
from viewer.pages.timeline import timeline_routes
from viewer.pages.view import Views
from viewer.steps import Step

pytestmark = pytest.mark.browser

ROWS = walters_rows()
PATIENCE = 20  # seconds a trust waits for its test, should the test have failed


@dataclass(slots=True)
class Trusts:
    """Answers each trust gives when the test lets it."""

    gates: dict[str, threading.Event] = field(
        default_factory=lambda: {trust.name: threading.Event() for trust in TRUSTS}
    )
    order: tuple[Trust, ...] = TRUSTS
    lost: bool = False

    def answer(self, *trusts: Trust) -> None:
        """Let these trusts answer."""
        for trust in trusts:
            self.gates[trust.name].set()

    def results(
        self, *_: object, again: frozenset[str] = frozenset(), waits: bool = False, **__: object
    ) -> Iterator[Step]:
        """Stand for the journey: a trust answers when its gate is open; Barnsley only when it is asked again."""
        order = [
            a_gap(trust) if trust == BARNSLEY and BARNSLEY.name not in again else a_tile(trust, ROWS)
            for trust in self.order
        ]
        steps = steps_of(ROWS, order, lambda trust: waits or self.gates[trust.name].wait(PATIENCE))
        yield next(steps)
        if self.lost:
            raise LogLostError
        yield from steps


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Return the Chromium of this machine."""
    with chromium_here() as browser:
        yield browser


@pytest.fixture
def trusts() -> Iterator[Trusts]:
    """Return trusts that wait for the test; all are let go when it ends."""
    trusts = Trusts()
    yield trusts
    trusts.answer(*TRUSTS)


@pytest.fixture
def address(trusts: Trusts) -> Iterator[str]:
    """Return the address of a viewer that shows Walter from these trusts."""
    with served(an_app_of_everything(trusts)) as address:
        yield address
        trusts.answer(*TRUSTS)


def an_app_of_everything(trusts: Trusts) -> Flask:
    app = an_app()
    journey = Journey(WALTER, OTHER, gap=True)
    handles, parts, asking = some_handles(), some_parts(), an_asking()
    write = row_writer(TRUSTS)
    views = Views(parts, handles, lambda: NEVER_SHARED, LogLostError, trusts.results, shows_again)
    add(app, timeline_routes(views, write), asking)
    find = find_routes(
        parts, handles, lambda _: timedelta(), journey.find, journey.open_patient,
        journey.list_again, journey.list_opened_again,
    )  # fmt: skip
    add(app, find, asking)
    add(
        app,
        report_routes(parts, handles, lambda *them: next((row for row in ROWS if them[3](row.key)), None)),
        asking,
    )
    show_errors(app, TRUSTS, LogLostError)
    add_headers(app)
    return app


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve the app on a free port of this machine alone."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a page, and fails the test for anything the browser complains of."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_it(address: str, *, width: int = 1280, height: int = 800, script: bool = True, allow: str = "") -> Page:
        context = chromium.new_context(viewport={"width": width, "height": height}, java_script_enabled=script)
        contexts.append(context)
        if script:
            context.add_cookies([{"name": "script", "value": "1", "url": address}])
        context.route("**/still", lambda route: route.fulfill(json={"open": True}))
        page = context.new_page()
        page.on(
            "console",
            lambda said: (
                complaints.append(said.text) if said.type == "error" and not (allow and allow in said.text) else None
            ),
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address, wait_until="domcontentloaded")
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert complaints == []


def tops(page: Page) -> dict[str, float]:
    """Return where each row in view stands."""
    places: dict[str, float] = page.evaluate(
        "() => Object.fromEntries([...document.querySelectorAll('.row')]"
        ".map((row) => [row.id, row.getBoundingClientRect().top]).filter(([, top]) => top > 0 && top < innerHeight))"
    )
    return places


def assert_nothing_moved(before: dict[str, float], after: dict[str, float]) -> None:
    assert before
    assert {name for name in before if name not in after} == set()
    assert max(abs(after[name] - top) for name, top in before.items()) < 1  # a browser scrolls by whole pixels


def start_reading(page: Page) -> None:
    page.mouse.move(600, 400)
    page.mouse.down()
    page.mouse.up()


# ── Arriving ─────────────────────────────────────────────────────────────────────────────────────


def test_who_and_who_is_asked_are_there_before_any_trust_has_answered(
    trusts: Trusts, address: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{address}/patients/walter")

    expect(page.locator("h1")).to_have_text("HARGREAVES, Walter (Mr)")
    expect(page.locator(".tile.waiting")).to_have_count(7)
    expect(page.locator(".row")).to_have_count(0)


def test_each_trusts_rows_take_their_places_in_order_of_date(
    trusts: Trusts, address: str, open_page: Callable[..., Page]
) -> None:
    trusts.order = (
        DONCASTER,
        ROTHERHAM,
        TEACHING,
        *(one for one in TRUSTS if one not in {DONCASTER, ROTHERHAM, TEACHING}),
    )
    page = open_page(f"{address}/patients/walter")

    trusts.answer(*TRUSTS)

    expect(page.locator(".tile.waiting")).to_have_count(0)
    page.locator("[data-show]").or_(page.locator("#counts")).first.wait_for()
    if page.locator("[data-show]").is_visible():
        page.click("[data-show]")
    days = page.locator(".day").evaluate_all("days => days.map((day) => day.dataset.day)")
    assert days == sorted(days, reverse=True)
    assert len(days) == len(set(days))
    expect(page.locator(".row")).to_have_count(len(ROWS))
    expect(page.locator("#counts")).to_contain_text("14 shown · 0 hidden")
    expect(page.locator(".complete")).to_contain_text("except Barnsley (did not answer)")


def test_what_is_read_never_moves_and_what_arrives_above_it_waits_for_a_word(
    trusts: Trusts, address: str, open_page: Callable[..., Page]
) -> None:
    trusts.order = (TEACHING, ROTHERHAM, *(one for one in TRUSTS if one not in {ROTHERHAM, TEACHING}))
    page = open_page(f"{address}/patients/walter", height=420)
    trusts.answer(TEACHING)
    expect(page.locator(".row")).to_have_count(5)
    page.locator(".row").last.scroll_into_view_if_needed()
    start_reading(page)
    before = tops(page)

    trusts.answer(ROTHERHAM)

    expect(page.locator("#arrivals")).to_contain_text("5 more reports arrived from Rotherham")
    assert_nothing_moved(before, tops(page))
    expect(page.locator("#counts")).to_contain_text("5 shown · 5 hidden: 5 newly arrived")
    not_yet = page.locator("#summary .complete")
    expect(not_yet).to_contain_text("5 more reports arrived from Rotherham, and not on the page until you press Show.")
    page.click("[data-show]")
    expect(page.locator(".row")).to_have_count(10)
    expect(not_yet).not_to_contain_text("until you press Show")
    expect(page.locator("#counts")).to_contain_text("10 shown · 0 hidden")


def test_what_arrives_below_the_view_takes_its_place_at_once(
    trusts: Trusts, address: str, open_page: Callable[..., Page]
) -> None:
    trusts.order = (TEACHING, DONCASTER, *(one for one in TRUSTS if one not in {DONCASTER, TEACHING}))
    page = open_page(f"{address}/patients/walter", height=420)
    trusts.answer(TEACHING)
    expect(page.locator(".row")).to_have_count(5)
    page.locator(".row").first.scroll_into_view_if_needed()
    start_reading(page)
    before = tops(page)

    trusts.answer(DONCASTER)

    expect(page.locator(".row")).to_have_count(7)
    expect(page.locator("#arrivals")).not_to_contain_text("arrived")
    assert_nothing_moved(before, tops(page))


def test_a_gap_that_comes_late_moves_nothing_either(
    trusts: Trusts, address: str, open_page: Callable[..., Page]
) -> None:
    trusts.order = (TEACHING, BARNSLEY, *(one for one in TRUSTS if one not in {BARNSLEY, TEACHING}))
    page = open_page(f"{address}/patients/walter")
    trusts.answer(TEACHING)
    expect(page.locator(".row")).to_have_count(5)
    start_reading(page)
    before = tops(page)

    trusts.answer(BARNSLEY)

    expect(page.locator(".tile.gap")).to_have_count(1)
    assert_nothing_moved(before, tops(page))


def test_a_broken_connection_never_looks_complete(trusts: Trusts, address: str, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{address}/find", allow="net::ERR")
    page.route("**/stream*", lambda route: route.abort())

    page.goto(f"{address}/patients/walter")

    expect(page.locator("#arrivals")).to_contain_text(
        "The connection to Trustline was lost. What is shown is not complete."
    )
    expect(page.locator(".complete")).to_contain_text("Not complete")
    expect(page.locator(".tile.waiting")).to_have_count(0)


def test_a_lost_log_is_said_and_nothing_is_shown(trusts: Trusts, address: str, open_page: Callable[..., Page]) -> None:
    trusts.lost = True

    page = open_page(f"{address}/patients/walter")

    expect(page.locator("#arrivals")).to_contain_text("the access log cannot be written")
    expect(page.locator(".row")).to_have_count(0)


def test_asking_again_asks_in_place_and_moves_nothing(
    trusts: Trusts, address: str, open_page: Callable[..., Page]
) -> None:
    trusts.answer(*TRUSTS)
    page = open_page(f"{address}/patients/walter")
    expect(page.locator(".tile.gap")).to_have_count(1)
    expect(page.locator(".row")).to_have_count(len(ROWS))
    start_reading(page)
    before = tops(page)

    page.get_by_role("button", name="Ask again: Barnsley").click()

    expect(page.locator(".tile.gap")).to_have_count(0)
    expect(page.locator(".complete")).not_to_contain_text("except")
    expect(page.locator(".row")).to_have_count(len(ROWS))
    assert_nothing_moved(before, tops(page))


def test_filters_hide_in_place_count_what_they_hide_and_can_be_undone(
    trusts: Trusts, address: str, open_page: Callable[..., Page]
) -> None:
    trusts.answer(*TRUSTS)
    page = open_page(f"{address}/patients/walter")
    expect(page.locator(".row")).to_have_count(len(ROWS))

    page.locator("select[name=trust]").select_option("rotherham")
    page.locator("select[name=flag]").select_option("flagged")

    expect(page.locator("#counts")).to_have_text(
        "4 shown · 10 hidden: 9 from other trusts, 1 without results that carry flags · Show all 14"
    )
    expect(page.locator(".row:visible")).to_have_count(4)
    assert page.url.endswith("?trust=rotherham&flag=flagged")
    page.get_by_text("Show all 14").click()
    expect(page.locator(".row:visible")).to_have_count(14)


@pytest.mark.parametrize("query", ["kind=radiology", "trust=rotherham&flag=flagged", "period=1y"])
def test_with_script_and_without_the_same_rows_are_shown(
    query: str, trusts: Trusts, address: str, open_page: Callable[..., Page]
) -> None:
    trusts.answer(*TRUSTS)
    path = f"{address}/patients/walter?{query}"

    with_script, without = open_page(path), open_page(path, script=False)
    expect(with_script.locator(".tile.waiting")).to_have_count(0)
    expect(with_script.locator("#counts")).to_contain_text("hidden")
    shown = without.locator(".row").count()

    expect(with_script.locator(".row:visible")).to_have_count(shown)
    assert with_script.locator("#counts").inner_text() == without.locator("#counts").inner_text()


@pytest.mark.parametrize("sought", ["lung", "HI", "999 412 7039"])
def test_words_are_sought_with_script_and_without_and_stand_in_no_address(
    sought: str, trusts: Trusts, address: str, open_page: Callable[..., Page]
) -> None:
    trusts.answer(*TRUSTS)
    path = f"{address}/patients/walter"
    with_script, without = open_page(path), open_page(path, script=False)
    expect(with_script.locator(".tile.waiting")).to_have_count(0)

    for page in (with_script, without):
        page.fill("[name=find]", sought)
    without.click(".apply")

    expect(without.locator("[name=find]")).to_have_value(sought)
    expect(with_script.locator(".row:visible")).to_have_count(without.locator(".row").count())
    assert with_script.locator("#counts").inner_text() == without.locator("#counts").inner_text()
    assert with_script.url == without.url == path


# ── What stays in sight ──────────────────────────────────────────────────────────────────────────


def scrolled(page: Page, row: int) -> None:
    """Scroll until this row stands at the top of the window, under all that stays there."""
    page.locator(".row").nth(row).evaluate("row => scrollBy(0, row.getBoundingClientRect().top - 80)")


def at_the_top(page: Page, below: float) -> str:
    """Return what is seen at the left, this far below what stays at the top."""
    said: str = page.evaluate(
        "below => document.elementFromPoint(60, document.querySelector('.top').getBoundingClientRect().bottom + below)"
        ".closest('h2, .banner, .row, .lacking').innerText",
        below,
    )
    return said


@pytest.mark.parametrize(("width", "height"), [(1280, 500), (640, 450), (375, 600)])
def test_who_and_which_day_never_scroll_away(
    width: int, height: int, trusts: Trusts, address: str, open_page: Callable[..., Page]
) -> None:
    trusts.answer(*TRUSTS)
    page = open_page(f"{address}/patients/walter", width=width, height=height)
    expect(page.locator(".row")).to_have_count(len(ROWS))

    scrolled(page, 2)

    banner = page.locator(".banner .name").bounding_box()
    assert banner
    assert 0 <= banner["y"] < 80
    expect(page.locator(".lacking span")).to_be_visible()
    lacking = page.locator(".lacking span").bounding_box()
    assert lacking
    assert "Saturday 21-Nov-2026" in at_the_top(page, lacking["height"] + 12)
    if height < 480:
        stays = page.locator(".banner").bounding_box()
        assert stays
        assert stays["height"] < 40  # one line


@pytest.mark.parametrize("script", [True, False])
def test_what_is_missing_or_hidden_never_scrolls_out_of_sight(
    script: bool, trusts: Trusts, address: str, open_page: Callable[..., Page]
) -> None:
    trusts.answer(*TRUSTS)
    page = open_page(f"{address}/patients/walter?flag=flagged", height=400, script=script)
    expect(page.locator(".tile.waiting")).to_have_count(0)

    if script:
        expect(page.locator(".lacking span")).to_be_hidden()  # the strip itself says it
    page.mouse.wheel(0, 600)

    expect(page.locator(".lacking span")).to_be_in_viewport()
    expect(page.locator(".lacking span")).to_be_visible()
    said = page.locator(".lacking").inner_text()
    assert said.casefold().startswith("missing: barnsley · ")
    assert said.endswith(" hidden")


@pytest.mark.parametrize("width", [1280, 900])
def test_nothing_drifts_under_a_reader_who_has_touched_nothing(
    width: int, trusts: Trusts, address: str, open_page: Callable[..., Page]
) -> None:
    trusts.order = (
        ROTHERHAM,
        BARNSLEY,
        TEACHING,
        *(one for one in TRUSTS if one not in {BARNSLEY, ROTHERHAM, TEACHING}),
    )
    page = open_page(f"{address}/patients/walter", width=width)
    trusts.answer(ROTHERHAM)
    expect(page.locator(".row")).to_have_count(5)
    expect(page.locator("html")).to_have_class(re.compile("reading"))  # a second after the first rows
    before, seen = tops(page), []

    for trust in trusts.order[1:]:
        trusts.answer(trust)
        expect(page.locator(f".tile.waiting[data-trust={trust.name}]")).to_have_count(0)
        seen.append((page.evaluate("scrollY"), tops(page)))

    expect(page.locator("#arrivals")).to_have_class("holding")
    for scroll_y, after in seen:
        assert scroll_y < 60  # what grew above the rows went up under the banner, by a line or two
        assert_nothing_moved(before, after)


# ── For everybody ────────────────────────────────────────────────────────────────────────────────

PAGES = {
    "timeline": "/patients/walter?whole=1",
    "find": "/find",
    "report": report_address(opened(), "rotherham/DiagnosticReport/ue2"),
    "error": "/nowhere",
}


@pytest.mark.parametrize("width", [1280, 375])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_scrolls_sideways_and_everything_can_be_hit(
    name: str, width: int, trusts: Trusts, address: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{address}{PAGES[name]}", width=width, allow="404")

    assert page.evaluate("document.documentElement.scrollWidth") == width
    small = page.locator("main button:visible").evaluate_all(
        "all => all.map((one) => [one.textContent, one.offsetHeight]).filter(([, height]) => height < 24)"
    )
    assert small == []
    if width == 375 and name == "timeline":
        assert page.get_by_role("button", name="Ask again: Barnsley").bounding_box()["height"] >= 44  # type: ignore[index]  # it is visible


@pytest.mark.parametrize("width", [1280, 375])
def test_text_from_a_trust_keeps_its_columns_and_nothing_scrolls_sideways(
    width: int, trusts: Trusts, address: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{address}/patients/walter?whole=1", width=width)

    antibiogram = page.locator(".prose", has_text="Amoxicillin   R     >8 mg/L").first

    assert "Gentamicin    S     <1 mg/L" in antibiogram.inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("width", [1280, 375])
@pytest.mark.parametrize("name", [*PAGES, "found", "confirm"])
def test_axe_finds_nothing_wrong(
    name: str, width: int, trusts: Trusts, address: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{address}{PAGES.get(name, '/find')}", width=width, allow="404")
    if name in {"found", "confirm"}:
        page.fill("#nhs_number", "999 412 7039")
        page.click("text=Find by NHS number")
    if name == "confirm":
        page.click("a.nhsuk-button >> nth=0")

    assert found_by_axe(page) == []


def test_every_printed_page_says_who_what_is_missing_and_which_page_it_is(
    trusts: Trusts, address: str, open_page: Callable[..., Page], tmp_path: Path
) -> None:
    page = open_page(f"{address}/patients/walter?whole=1", script=False)

    page.pdf(path=tmp_path / "walter.pdf", prefer_css_page_size=True)

    pages = sheets_of(tmp_path / "walter.pdf")
    assert len(pages) >= 2
    for number, said in enumerate(pages, start=1):
        words = " ".join(said.split())
        assert "HARGREAVES, Walter (Mr) · NHS No. 999 412 7039 · missing: Barnsley" in words
        assert "Printed 21-Nov-2026 03:12 by Dr Amina Farrell" in words
        assert f"Page {number} of {len(pages)}" in words
    rows = [row.report for row in ROWS]
    lines = [line for page in pages for line in page.splitlines()]
    dates = [line for line in lines if re.match(r" *(\d\d-[A-Z][a-z]{2}-\d{4}|no time sent) ", line)]
    assert len(dates) == len(rows)
