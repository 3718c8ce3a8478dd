"""The cumulative table in a real browser: the newest column in view first, headings that stay, groups that fold."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Locator, Page, expect

from sandbox.town import Town
from tests.browser.conftest import NARROW, WIDE, Windows
from tests.browser.everybody import as_everybody_can_use_it
from tests.whole import AMINA

pytestmark = pytest.mark.browser

WALTER = "999 412 7039"
Open = Callable[..., str]
SIZES = pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
SCRIPT = pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])


@contextmanager
def opened(
    windows: Windows, open_patient: Open, size: tuple[int, int] = WIDE, *, script: bool = True, query: str = ""
) -> Iterator[Page]:
    page = windows.window(AMINA, size=size, script=script)
    open_patient(page, WALTER, f"/cumulative{query}")
    expect(page.locator("table.cumulative")).to_be_visible()
    yield page


def inside(page: Page, one: Locator) -> bool:
    """Say whether the whole width of something stands inside the box that scrolls, and is not covered there."""
    return bool(
        one.evaluate(
            """(one) => {
                const box = one.closest(".sheet").getBoundingClientRect();
                const here = one.getBoundingClientRect();
                const [x, y] = [here.left + here.width / 2, here.top + here.height / 2];
                const top = document.elementFromPoint(x, y);
                return here.left >= box.left - 1 && here.right <= box.right + 1 && (one === top || one.contains(top));
            }"""
        )
    )


def bring_into_view(page: Page) -> None:
    """Scroll the page until the whole of the box stands below the banner."""
    page.locator(".sheet").evaluate("(sheet) => sheet.scrollIntoView({block: 'end'})")


CUT = """() => {
    const heads = [...document.querySelectorAll(".cumulative thead th")];
    const [first, ...others] = heads.map((one) => one.getBoundingClientRect());
    const box = document.querySelector(".sheet").getBoundingClientRect();
    const cut = others.filter((one) => one.left < first.right - 1 && one.right > first.right + 1);
    return [cut.length, Math.round(others.at(-1).right - box.right), first.width < 400];
}"""


def test_no_column_is_cut_where_the_first_one_covers_it(windows: Windows, open_patient: Open) -> None:
    with opened(windows, open_patient) as page:
        for width in (1280, 1265, 1150, 1024, 1920):
            page.set_viewport_size({"width": width, "height": 800})

            page.wait_for_function(f"() => String(({CUT})()) === '0,0,true'")


@SIZES
@SCRIPT
def test_the_newest_column_is_in_view_first(
    windows: Windows,
    open_patient: Open,
    size: tuple[int, int],
    script: bool,
) -> None:
    with opened(windows, open_patient, size, script=script) as page:
        bring_into_view(page)

        assert inside(page, page.locator("thead th").last)
        assert not inside(page, page.locator("thead th").nth(1))


@SIZES
@SCRIPT
def test_headings_stay_in_view_however_far_the_table_is_scrolled(
    windows: Windows,
    open_patient: Open,
    size: tuple[int, int],
    script: bool,
) -> None:
    with opened(windows, open_patient, size, script=script) as page:
        bring_into_view(page)
        oldest, newest = page.locator("thead th").nth(1), page.locator("thead th").last
        row, corner = page.get_by_role("rowheader").last, page.locator("thead th").first

        page.locator(".sheet").evaluate("(sheet) => sheet.scrollTo(-sheet.scrollWidth, sheet.scrollHeight)")

        assert [inside(page, one) for one in (oldest, newest, corner, row)] == [True, False, True, True]


@SIZES
def test_the_table_scrolls_inside_itself_and_the_page_not_sideways(
    windows: Windows, open_patient: Open, size: tuple[int, int]
) -> None:
    with opened(windows, open_patient, size) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        assert page.locator(".sheet").evaluate("(sheet) => sheet.scrollWidth > sheet.clientWidth")


@SCRIPT
def test_a_group_folds_by_keyboard_and_still_says_what_it_holds(
    windows: Windows,
    open_patient: Open,
    script: bool,
) -> None:
    with opened(windows, open_patient, script=script) as page:
        fold = page.get_by_role("checkbox", name="Show the rows of U&E")
        sodium = page.get_by_role("rowheader", name="Sodium")
        expect(sodium).to_be_visible()

        fold.focus()
        page.keyboard.press("Space")

        expect(sodium).to_be_hidden()
        head = page.locator("[data-group=u_and_e] .head th")
        expect(head).to_contain_text("results")
        expect(head.get_by_text("folded: not shown")).to_be_visible()
        expect(page.locator("[data-group=full_blood_count]").get_by_text("folded: not shown")).to_be_hidden()


def test_a_group_that_was_folded_is_folded_still_when_the_page_comes_again(
    windows: Windows, open_patient: Open
) -> None:
    with opened(windows, open_patient) as page:
        page.get_by_role("checkbox", name="Show the rows of U&E").uncheck()

        page.reload()

        expect(page.get_by_role("rowheader", name="Sodium")).to_be_hidden()
        expect(page.get_by_role("rowheader", name="Platelets")).to_be_visible()


def test_the_next_patient_begins_with_everything_in_view(windows: Windows, open_patient: Open) -> None:
    with opened(windows, open_patient) as page:
        page.get_by_role("checkbox", name="Show the rows of U&E").uncheck()

        open_patient(page, WALTER, "/cumulative")

        expect(page.get_by_role("rowheader", name="Sodium")).to_be_visible()


def test_the_box_is_scrolled_by_keyboard(windows: Windows, open_patient: Open) -> None:
    with opened(windows, open_patient) as page:
        sheet = page.get_by_role("region", name="Cumulative table")
        sheet.focus()

        page.keyboard.press("ArrowLeft")

        page.wait_for_function("() => document.querySelector('.sheet').scrollLeft < 0")


def test_a_note_is_reached_from_its_cell_and_leads_back(windows: Windows, open_patient: Open) -> None:
    with opened(windows, open_patient) as page:
        ref = page.get_by_role("row", name="Potassium").get_by_role("link", name="Note").first
        ref.click()

        note = page.locator(":target")
        expect(note).to_contain_text("6.9 mmol/l ▲ HI issued")
        note.get_by_role("link", name="Back to note").click()
        expect(ref).to_be_in_viewport()


@SIZES
def test_what_is_missing_stands_before_the_table(
    town: Town, windows: Windows, open_patient: Open, size: tuple[int, int]
) -> None:
    town.weather("barnsley", "error")
    with opened(windows, open_patient, size) as page:
        gap = page.locator(".gaps .tile.gap")

        expect(gap).to_contain_text("Barnsley: not obtained")
        expect(gap.get_by_role("link", name="01632 960 101")).to_be_visible()
        town.fine()
        gap.get_by_role("button", name="Ask again").click()
        expect(page.locator(".gaps .tile.gap")).to_have_count(0)
        expect(page.locator("table.cumulative")).to_be_visible()


@SIZES
def test_everybody_can_choose_what_is_in_the_table(windows: Windows, open_patient: Open, size: tuple[int, int]) -> None:
    with opened(windows, open_patient, size, query="?group=cardiac") as page:
        page.locator(".chooser summary").click()

        as_everybody_can_use_it(page)


def test_a_table_that_is_wider_than_paper_is_not_cut_there_but_said_to_be_missing(
    windows: Windows, open_patient: Open
) -> None:
    with opened(windows, open_patient) as page:
        page.emulate_media(media="print")
        expect(page.locator("table.cumulative")).to_be_hidden()
        expect(page.get_by_text("The table is not on this paper")).to_be_visible()

        page.goto(f"{page.url}?group=cardiac")

        expect(page.locator("table.cumulative")).to_be_visible()
        expect(page.get_by_text("The table is not on this paper")).to_have_count(0)


@SIZES
def test_a_long_number_is_never_broken_and_makes_its_column_wider(
    windows: Windows, open_patient: Open, size: tuple[int, int]
) -> None:
    with opened(windows, open_patient, size) as page:
        number = page.locator("td > b[class^=n]").last

        boxes = number.evaluate("""(number) => {
            number.append("22.976315824677457123456789");
            const [value, cell] = [number.getBoundingClientRect(), number.closest("td").getBoundingClientRect()];
            return [number.getClientRects().length, value.height, value.right <= cell.right];
        }""")

        assert boxes[0] == 1
        assert boxes[1] < 24
        assert boxes[2] is True
