"""The timeline in a real browser: what is read never moves, and without script the same rows are there."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest
from playwright.sync_api import Page, expect

from sandbox.town import Town
from tests.browser.conftest import ENDED, NARROW, WIDE, Windows, wait_for_the_end
from tests.whole import AMINA, Viewer

pytestmark = pytest.mark.browser

WALTER, MARGARET = "999 412 7039", "999 802 3319"
SHOWN = re.compile(r"✓ \d+ reports")
Open = Callable[..., str]


def tile(page: Page, trust: str):  # type: ignore[no-untyped-def]  # a Locator
    return page.locator(f".tile[data-trust={trust}]")


def rows(page: Page, trust: str = "") -> list[str]:
    within = f"[data-trust={trust}]" if trust else ""
    ids: list[str] = page.locator(f".row{within}").evaluate_all("rows => rows.map(row => row.id)")
    return ids


def only_rotherham_is_waited_for(page: Page) -> None:
    expect(page.locator(".tile.waiting")).to_have_count(1)
    expect(tile(page, "rotherham")).to_contain_text("asked, waiting")


def in_view(page: Page) -> dict[str, float]:
    """Return where each row that can be read now stands, from the top of the window."""
    where: dict[str, float] = page.evaluate("""() => {
        const top = document.querySelector(".top").getBoundingClientRect().bottom;
        const boxes = [...document.querySelectorAll(".row")].map((row) => [row.id, row.getBoundingClientRect()]);
        return Object.fromEntries(
            boxes.filter(([, box]) => box.bottom > top + 60 && box.top < innerHeight).map(([id, box]) => [id, box.top])
        );
    }""")
    return where


# ── From a number to a timeline ──────────────────────────────────────────────────────────────────


def test_find_confirm_and_a_timeline_that_streams(town: Town, windows: Windows, open_by_hand: Open) -> None:
    page = windows.window(AMINA)
    town.weather("rotherham", "held", on="results")

    open_by_hand(page, WALTER)

    expect(tile(page, "sheffield_teaching")).to_contain_text(SHOWN)
    expect(tile(page, "rotherham")).to_contain_text("asked, waiting")
    assert rows(page, "sheffield_teaching")
    assert rows(page, "rotherham") == []
    town.let_go("rotherham")
    expect(tile(page, "rotherham")).to_contain_text(SHOWN)
    expect(page.locator("#summary")).to_contain_text("Complete as of")


def test_the_page_says_who_then_what_is_missing_then_the_rows(town: Town, windows: Windows, open_patient: Open) -> None:
    page = windows.window(AMINA)
    town.weather("barnsley", "error")

    open_patient(page, WALTER)
    wait_for_the_end(page)

    tops = [page.locator(one).first.bounding_box() for one in (".banner", ".tile.gap", ".row")]
    assert all(tops)
    heights = [box["y"] for box in tops if box]
    assert heights == sorted(heights)
    assert heights[-1] < WIDE[1]  # the first row is in view without scrolling


def test_the_banner_stays_in_view_however_far_one_reads(windows: Windows, open_patient: Open) -> None:
    page = windows.window(AMINA)
    open_patient(page, WALTER)
    wait_for_the_end(page)

    page.mouse.wheel(0, 4_000)
    page.locator(".row").nth(60).scroll_into_view_if_needed()

    expect(page.locator(".banner")).to_be_in_viewport()
    expect(page.locator(".banner")).to_contain_text("999 412 7039")


# ── What is read does not move ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("row", [0, 8], ids=["the first row", "further down"])
def test_rows_of_a_late_trust_move_nothing_that_is_being_read(
    town: Town, windows: Windows, open_patient: Open, size: tuple[int, int], row: int
) -> None:
    page = windows.window(AMINA, size=size)
    town.weather("rotherham", "held", on="results")
    open_patient(page, WALTER)
    expect(tile(page, "sheffield_teaching")).to_contain_text(SHOWN)
    expect(tile(page, "mid_yorkshire")).to_contain_text(SHOWN)
    page.locator(".row").nth(row).scroll_into_view_if_needed()
    page.keyboard.press("Shift")
    expect(tile(page, "chesterfield")).to_contain_text(SHOWN)
    before = settled(page)

    town.let_go("rotherham")
    expect(tile(page, "rotherham")).to_contain_text(SHOWN)

    after = in_view(page)
    assert before
    assert {row: abs(after.get(row, -9_999) - top) < 1.5 for row, top in before.items()} == dict.fromkeys(before, True)
    assert not set(rows(page, "rotherham")) & set(after)


def settled(page: Page) -> dict[str, float]:
    """Return where the rows stand once scrolling has come to rest."""
    before: dict[str, float] = {}
    now = in_view(page)
    while before != now:
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        before, now = now, in_view(page)
    return now


def test_what_waits_is_told_by_a_bar_and_comes_when_asked_for(town: Town, windows: Windows, open_patient: Open) -> None:
    page = windows.window(AMINA)
    town.weather("rotherham", "held", on="results")
    open_patient(page, WALTER)
    only_rotherham_is_waited_for(page)
    page.mouse.move(600, 700)
    page.mouse.wheel(0, 900)
    page.wait_for_function("() => scrollY > 0")

    town.let_go("rotherham")
    expect(page.locator("#arrivals.holding")).to_contain_text("arrived from Rotherham")
    expect(page.locator("#arrivals")).to_be_in_viewport()
    expect(page.locator("#counts")).to_contain_text("newly arrived")
    page.get_by_role("button", name="Show", exact=True).click()

    expect(page.locator("#arrivals.holding")).to_have_count(0)
    expect(page.locator("#counts")).to_contain_text("128 shown · 0 hidden")
    assert len(rows(page, "rotherham")) == 7
    expect(page.locator(".row:focus")).to_be_in_viewport()


# ── The same address, whole ──────────────────────────────────────────────────────────────────────


def test_without_script_the_same_address_gives_the_same_rows(windows: Windows, open_patient: Open) -> None:
    with_script = windows.browser(AMINA)
    page = with_script.new_page()
    address = open_patient(page, WALTER)
    wait_for_the_end(page)

    without = windows.browser(script=False)
    without.add_cookies(with_script.cookies())  # type: ignore[arg-type]  # what Playwright gives, it takes
    other = without.new_page()
    other.goto(address)
    other.wait_for_url("**whole=1**")

    assert rows(other) == rows(page)
    assert other.locator(".tile").all_inner_texts() != []
    assert other.locator(".accounts li").all_inner_texts() == page.locator(".accounts li").all_inner_texts()


def test_without_script_one_goes_all_the_way_from_a_number_to_a_report(
    town: Town, windows: Windows, open_by_hand: Open
) -> None:
    page = windows.window(AMINA, script=False)
    town.weather("rotherham", "error", on="results")

    open_by_hand(page, WALTER)

    expect(tile(page, "rotherham")).to_contain_text("01632 960 105")
    town.fine()
    page.get_by_role("button", name="Ask again: Rotherham").click()
    expect(tile(page, "rotherham")).to_contain_text(SHOWN)
    page.locator("#days").get_by_role("link", name="CT aorta, contrast").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("CT aorta, contrast")


# ── Asking again, several windows ────────────────────────────────────────────────────────────────


def test_asking_again_happens_in_place(town: Town, windows: Windows, open_patient: Open) -> None:
    page = windows.window(AMINA)
    town.weather("rotherham", "error", on="results")
    address = open_patient(page, WALTER)
    wait_for_the_end(page)
    page.evaluate("() => { window.stillHere = true; }")
    town.fine()

    page.get_by_role("button", name="Ask again: Rotherham").click()

    expect(tile(page, "rotherham")).to_contain_text(SHOWN)
    expect(page.locator("#missing")).to_have_text("no trust missing")
    assert page.evaluate("() => window.stillHere") is True
    assert page.url == address
    assert len(rows(page, "sheffield_teaching")) > 50


def test_asking_again_a_trust_that_is_still_silent_takes_nothing_away(
    town: Town, windows: Windows, open_patient: Open
) -> None:
    page = windows.window(AMINA)
    town.weather("rotherham", "error", on="results")
    open_patient(page, WALTER)
    wait_for_the_end(page)
    before = rows(page)

    with page.expect_response("**again=rotherham**"):
        page.get_by_role("button", name="Ask again: Rotherham").click()
    expect(page.locator("[data-arrived]")).to_have_text(ENDED)

    expect(tile(page, "rotherham")).to_contain_text("not obtained")
    assert rows(page) == before


def test_two_windows_hold_two_patients_and_never_change_places(windows: Windows, open_patient: Open) -> None:
    browser = windows.browser(AMINA)
    first, second = browser.new_page(), browser.new_page()
    open_patient(first, WALTER)
    open_patient(second, MARGARET)

    for page, name in ((first, "HARGREAVES, Walter (Mr)"), (second, "ELLIS, Margaret Jean (Mrs)")):
        page.reload()
        wait_for_the_end(page)
        expect(page.get_by_role("heading", level=1)).to_have_text(name)
        report = page.locator(".row h3 a").first
        report.click()
        expect(page.locator(".banner .name")).to_have_text(name)
        page.go_back()


def test_results_that_are_filtered_in_place_are_counted(windows: Windows, open_patient: Open) -> None:
    page = windows.window(AMINA)
    open_patient(page, WALTER)
    wait_for_the_end(page)

    page.get_by_label("Kind").select_option("radiology")

    shown = page.locator(".row:visible").count()
    assert 0 < shown < 128
    expect(page.locator("#counts")).to_contain_text(
        f"{shown} shown · {128 - shown} hidden: {128 - shown} of another kind"
    )
    page.get_by_role("link", name="Show all 128").click()
    expect(page.locator("#counts")).to_contain_text("128 shown · 0 hidden")


def test_what_is_chosen_goes_with_the_asking_and_the_words_stay(
    town: Town, windows: Windows, open_patient: Open
) -> None:
    page = windows.window(AMINA)
    town.weather("rotherham", "error", on="results")
    open_patient(page, WALTER)
    wait_for_the_end(page)
    page.get_by_label("Kind").select_option("radiology")
    page.get_by_label("Words").fill("hargreaves")

    with page.expect_request("**/stream?**") as asked_again:
        page.get_by_role("button", name="Ask again: Rotherham").click()
    expect(page.locator("[data-arrived]")).to_have_text(ENDED)
    with page.expect_request("**/stream?**") as reloaded:
        page.reload()

    assert asked_again.value.url.endswith("/stream?again=rotherham&kind=radiology&words=sought")
    assert "kind=radiology" in reloaded.value.url
    assert not [one for one in windows.addresses if "hargreaves" in one]


def test_words_that_stand_in_a_whole_report_alone_are_said_to(windows: Windows, open_patient: Open) -> None:
    page = windows.window(AMINA)
    open_patient(page, WALTER)
    wait_for_the_end(page)
    aorta = page.locator(".row", has_text="CT aorta")

    page.get_by_label("Words").fill("right pleural effusion")
    expect(aorta).to_contain_text("The words sought stand in the whole report.")
    page.get_by_label("Words").fill("aortic dissection")

    expect(aorta.get_by_role("link", name="More in the whole report")).to_be_visible()
    expect(aorta).not_to_contain_text("The words sought")


BROKEN = """() => {
    const broken = [];
    for (const name of document.querySelectorAll(".result .name")) {
        const texts = document.createTreeWalker(name, NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) for (const word of texts.currentNode.data.matchAll(/[^\\s/-]+/g)) {
            const range = document.createRange();
            range.setStart(texts.currentNode, word.index);
            range.setEnd(texts.currentNode, word.index + word[0].length);
            if (new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size > 1) broken.push(word[0]);
        }
    }
    return broken;
}"""


def test_no_name_is_broken_within_a_word_also_of_a_profile_within_a_profile(
    windows: Windows, open_patient: Open
) -> None:
    page = windows.window(AMINA)
    open_patient(page, WALTER)
    wait_for_the_end(page)

    page.get_by_label("Words").fill("profile")

    for size in (WIDE, (1024, 768), NARROW):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        assert page.evaluate(BROKEN) == []
        assert not page.evaluate("() => document.documentElement.scrollWidth > innerWidth")


@contextmanager
def no_journal(viewer: Viewer) -> Iterator[None]:
    """Take the second sink away: a file stands where the journal's folder would be made."""
    folder = viewer.settings.journal
    aside = folder.with_name("aside")
    if folder.exists():
        folder.rename(aside)
    folder.write_text("")
    yield
    folder.unlink()
    if aside.exists():
        aside.rename(folder)


def test_the_log_failing_half_way_is_said_and_nothing_looks_complete_law_3(
    town: Town, windows: Windows, open_patient: Open
) -> None:
    page = windows.window(AMINA)
    town.weather("rotherham", "held", on="results")
    open_patient(page, WALTER)
    expect(tile(page, "sheffield_teaching")).to_contain_text(SHOWN)

    viewer = windows.viewer
    with closing(sqlite3.connect(viewer.settings.database.removeprefix("sqlite:///"))) as other, no_journal(viewer):
        other.execute("BEGIN EXCLUSIVE")
        town.let_go("rotherham")
        expect(page.locator("#arrivals.broken")).to_contain_text("the access log cannot be written")

    expect(page.locator("#summary")).to_contain_text("Not complete")
    expect(tile(page, "rotherham")).to_contain_text("not obtained")
    assert rows(page, "rotherham") == []
