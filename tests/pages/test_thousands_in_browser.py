"""In a real browser: of many reports the newest stand there at once, and the page says how many it still draws."""

# ruff: noqa: F811  fixtures are named as what they give

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Page, expect

from tests.pages.builders import (
    BARNSLEY,
    TEACHING,
    TRUSTS,
    LogLostError,
    a_gap,
    a_report,
    a_result,
    a_tile,
    an_app,
    some_views,
    steps_of,
)
from tests.pages.test_in_browser import PATIENCE, chromium, open_page, served  # noqa: F401  fixtures
from viewer.clinical.timeline import Row
from viewer.pages.headers import add_headers
from viewer.pages.rows import Written, row_writer
from viewer.pages.sent_rows import FIRST_ROWS, ROWS_AT_ONCE
from viewer.pages.timeline import timeline_routes
from viewer.steps import Step

pytestmark = pytest.mark.browser

ALL = FIRST_ROWS + ROWS_AT_ONCE + 20
LAST = (*(trust for trust in TRUSTS if trust != TEACHING), TEACHING)
ROWS = tuple(
    Row(a_report(TEACHING, f"{2025 - n}", "CRP", f"{2025 - n}-03-01 09:00", "", a_result("CRP", str(n), "mg/L")))
    for n in range(ALL)
)


@dataclass(slots=True)
class Writer:
    """Writes rows, and waits for the test before those of the last part; then the log may be lost."""

    go_on: threading.Event = field(default_factory=threading.Event)
    lost: bool = False

    def write(self, row: Row, *of: object) -> Written:
        if row == ROWS[FIRST_ROWS]:
            assert self.go_on.wait(PATIENCE)
        if self.lost and row == ROWS[-1]:
            raise LogLostError
        return row_writer(TRUSTS)(row, *of)


@pytest.fixture
def writer() -> Iterator[Writer]:
    writer = Writer()
    yield writer
    writer.go_on.set()


@pytest.fixture
def page(request: pytest.FixtureRequest, writer: Writer, open_page: Callable[..., Page]) -> Iterator[Page]:
    """Return a window on a patient of whom one trust holds a report of each of many years; some may be silent."""
    silent = getattr(request, "param", ())

    def results(*_: object, again: frozenset[str] = frozenset(), **__: object) -> Iterator[Step]:
        gaps = [trust for trust in silent if trust.name not in again]
        return steps_of(ROWS, [a_gap(trust) if trust in gaps else a_tile(trust, ROWS) for trust in LAST])

    app = an_app(*timeline_routes(some_views(results), writer.write))
    add_headers(app)
    with served(app) as address:
        yield open_page(f"{address}/patients/walter")
        writer.go_on.set()


def test_the_newest_stand_there_while_the_others_are_drawn_and_complete_is_not_said_alone(
    writer: Writer, page: Page
) -> None:
    rest = ALL - FIRST_ROWS
    expect(page.locator(".row")).to_have_count(FIRST_ROWS)
    expect(page.locator("#counts")).to_contain_text(f"{FIRST_ROWS} shown · {rest} hidden: {rest} still being drawn")
    expect(page.locator("#summary")).to_contain_text(f"{rest} more reports are still being drawn.")
    expect(page.locator("#arrivals")).not_to_contain_text("Nothing more is on its way.")
    expect(page.locator("#summary[aria-busy=true], #counts[aria-busy=true]")).to_have_count(2)

    writer.go_on.set()

    expect(page.locator("#counts")).to_contain_text(f"{ALL} shown · 0 hidden")
    expect(page.locator("#summary")).not_to_contain_text("being drawn")
    expect(page.locator("#arrivals")).to_contain_text("Nothing more is on its way.")
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    assert page.locator(".row").count() == ALL


@pytest.mark.parametrize("width", [1280, 820, 375])
def test_what_is_read_does_not_move_when_nothing_is_left_to_be_drawn(writer: Writer, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    first = page.locator(".row").first
    expect(page.locator("html.reading")).to_have_count(1)
    before = first.bounding_box()

    writer.go_on.set()
    expect(page.locator("#arrivals")).to_contain_text("Nothing more is on its way.")

    assert first.bounding_box() == before


def test_what_is_lost_on_its_way_is_counted_as_not_obtained(writer: Writer, page: Page) -> None:
    expect(page.locator(".row")).to_have_count(FIRST_ROWS)

    writer.lost = True
    writer.go_on.set()

    shown, rest = FIRST_ROWS + ROWS_AT_ONCE, 20
    expect(page.locator("#arrivals.broken")).to_contain_text("the access log cannot be written")
    expect(page.locator("#summary")).to_contain_text(f"{rest} more reports are not on the page.")
    expect(page.locator("#summary")).to_contain_text("Not complete")
    expect(page.locator("#foot")).to_contain_text(f"Not complete: {rest} more reports are not on the page.")
    expect(page.locator("#counts")).to_contain_text(f"{shown} shown · {rest} hidden: {rest} not obtained")


@pytest.mark.parametrize("page", [(BARNSLEY,)], indirect=True)
def test_who_asks_again_meanwhile_is_still_told_how_many_are_to_come(writer: Writer, page: Page) -> None:
    rest = ALL - FIRST_ROWS
    expect(page.locator(".row")).to_have_count(FIRST_ROWS)

    page.get_by_role("button", name="Ask again").click()

    expect(page.locator("#arrivals")).to_contain_text("Waiting for")
    expect(page.locator("#counts")).to_contain_text(f"{FIRST_ROWS} shown · {rest} hidden: {rest} still being drawn")
    expect(page.locator("#counts a")).to_have_count(0)
    page.emulate_media(media="print")
    expect(page.locator(".print-foot")).to_contain_text(f"missing: Barnsley · {rest} hidden")

    writer.go_on.set()

    expect(page.locator("#counts")).to_contain_text(f"{ALL} shown · 0 hidden")
    expect(page.locator(".print-foot")).not_to_contain_text("hidden")


def of_barnsley(year: int) -> Row:
    return Row(a_report(BARNSLEY, str(year), "CRP", f"{year}-06-01 09:00", "", a_result("CRP", "5", "mg/L")))


@pytest.mark.parametrize(("width", "below_a_dialog"), [(1280, False), (375, False), (1280, True)])
def test_far_down_among_many_what_is_read_stays_and_only_what_is_newer_waits(
    writer: Writer, open_page: Callable[..., Page], width: int, below_a_dialog: bool
) -> None:
    late, newer, older = threading.Event(), of_barnsley(2020), of_barnsley(1500)
    rows = (*ROWS, newer, older)
    tiles = [a_tile(trust, rows) for trust in (*(one for one in LAST if one != BARNSLEY), BARNSLEY)]

    def results(*_: object, **__: object) -> Iterator[Step]:
        return steps_of(rows, tiles, lambda trust: trust != BARNSLEY or late.wait(PATIENCE))

    writer.go_on.set()
    app = an_app(*timeline_routes(some_views(results), writer.write))
    add_headers(app)
    with served(app) as address:
        page = open_page(f"{address}/patients/walter", width=width)
        expect(page.locator("#counts")).to_contain_text(f"{ALL} shown")
        read = page.locator(f'.row[data-report="{ROWS[300].key}"]')
        read.evaluate("(row) => row.scrollIntoView({block: 'center', behavior: 'instant'})")
        page.mouse.wheel(0, 1)
        page.evaluate("() => new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)))")
        before = read.bounding_box()
        if below_a_dialog:  # as the help on keys is: nothing below it can be hit
            page.evaluate("() => document.body.appendChild(document.createElement('dialog')).showModal()")

        late.set()

        expect(page.locator("#arrivals")).to_contain_text("1 newer report arrived from Barnsley")
        assert page.locator(f'.row[data-report="{older.key}"]').count() == 1
        assert page.locator(f'.row[data-report="{newer.key}"]').count() == 0
        assert before
        assert read.bounding_box()["y"] == pytest.approx(before["y"], abs=1)  # type: ignore[index]  # it is in view
