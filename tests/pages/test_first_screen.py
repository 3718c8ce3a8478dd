"""In a real browser: the first screen of a patient holds who is missing, what is critical and the first results."""

# ruff: noqa: F811  fixtures are named as what they give

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

import pytest
from playwright.sync_api import Page, expect

from connectors.answer import Outcome
from tests.pages.builders import BARNSLEY, ROTHERHAM, TRUSTS, a_gap, a_tile, changed, steps_of, walters_rows
from tests.pages.since import PINNED, rows_with_criticals
from tests.pages.test_critical_lines import OTHERS, an_app_of_every_page
from tests.pages.test_in_browser import chromium, open_page, served  # noqa: F401  fixtures
from viewer.clinical.row import Row
from viewer.pages.headers import add_headers
from viewer.steps import Step, Tile

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
DESK, PHONE = (1280, 900), (375, 812)
SIZES = pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
WHY = "not all of its DiagnosticReport came; Observation: no answer in 3.0 s; its pages repeat themselves"


@pytest.fixture
def serve() -> Iterator[Callable[[Sequence[Row]], str]]:
    """Return how to serve these rows, of which Barnsley sent none and Rotherham a part."""
    with ExitStack() as stack:

        def serve(rows: Sequence[Row]) -> str:
            def results(*_: object, **__: object) -> Iterator[Step]:
                return steps_of(rows, [_tile(trust, rows) for trust in TRUSTS])

            app = an_app_of_every_page(results)
            add_headers(app)
            return stack.enter_context(served(app))

        yield serve


def _tile(trust: object, rows: Sequence[Row]) -> Tile:
    if trust == BARNSLEY:
        return a_gap(BARNSLEY)
    if trust == ROTHERHAM:
        return changed(a_gap(ROTHERHAM, Outcome.PARTIAL, WHY), count=5)
    return a_tile(trust, rows)  # type: ignore[arg-type]  # one of TRUSTS


def bottom(page: Page, of: str) -> float:
    box = page.locator(of).first.bounding_box()
    assert box
    return float(box["y"] + box["height"])


def come_to_rest(page: Page) -> None:
    expect(page.locator(".tile.waiting")).to_have_count(0)
    expect(page.locator("#foot")).to_contain_text("Where every report went")


@SIZES
@pytest.mark.parametrize("below", ["", "?kind=radiology", *OTHERS])
def test_every_critical_result_is_on_the_first_screen_of_every_page(
    below: str, size: tuple[int, int], serve: Callable[..., str], open_page: Open
) -> None:
    width, height = size
    page = open_page(f"{serve(rows_with_criticals())}/patients/walter{below}", width=width, height=height)
    come_to_rest(page)

    assert page.evaluate("scrollY") == 0
    for key in PINNED:
        expect(page.locator(f"[data-pin='{key}'] .value")).to_be_in_viewport(ratio=1)
    for name in ("barnsley", "rotherham"):
        expect(page.locator(f".tile.gap[data-trust={name}]")).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth") == width


@SIZES
@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
def test_the_first_results_are_on_the_first_screen_below_who_is_missing(
    script: bool, size: tuple[int, int], serve: Callable[..., str], open_page: Open
) -> None:
    width, height = size
    address = f"{serve(walters_rows())}/patients/walter"
    page = open_page(address, width=width, height=height, script=script)
    come_to_rest(page)

    assert bottom(page, "#already") < bottom(page, ".row") < height
    if script:  # without it, one line more says what is missing
        expect(page.locator(".row .value").first).to_be_in_viewport(ratio=1)


@SIZES
def test_a_trust_that_sent_part_takes_few_lines_and_opens_to_all_of_its_reason_law_1(
    size: tuple[int, int], serve: Callable[..., str], open_page: Open
) -> None:
    page = open_page(f"{serve(walters_rows())}/patients/walter", width=size[0], height=size[1])
    come_to_rest(page)
    part = page.locator(".tile[data-trust=rotherham]")

    for said in ("Rotherham: not all obtained", "sent only part at 03:12", "01632 960 148", "Ask again"):
        expect(part).to_contain_text(said, use_inner_text=True)
    expect(part).not_to_contain_text(WHY, use_inner_text=True)
    box = part.bounding_box()
    assert box
    assert box["height"] <= 104  # four lines and their padding

    part.get_by_label("Why: Rotherham").press("Enter")

    expect(part).to_contain_text(WHY, use_inner_text=True)
