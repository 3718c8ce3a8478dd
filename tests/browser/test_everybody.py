"""Every page, in both themes, wide and narrow: axe finds nothing, nothing is lost, and a finger finds what it presses.

Rule: the list of pages is the one of the golden pages; who adds a page there has it held here.
"""

import pytest
from playwright.sync_api import Page, expect

from sandbox.town import Town
from tests.browser.conftest import NARROW, WIDE, Windows
from tests.browser.everybody import as_everybody_can_use_it
from tests.browser.golden_pages import PAGES, WALTER, Golden, at, opened, trend
from tests.whole import AMINA, PRIYA

pytestmark = pytest.mark.browser

SPACING = """* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
p { margin-bottom: 2em !important }"""  # WCAG 1.4.12
TOO_SMALL = """() => [...document.querySelectorAll(
    "button:not(.quiet), select, textarea, input:not([type=hidden], [type=checkbox], [type=radio]), a.nhsuk-button"
)].filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest(".skip")).map((one) => {
    const box = (one.closest("label") ?? one).getBoundingClientRect();
    return [one.name || one.textContent.trim() || one.id, Math.round(box.width), Math.round(box.height)];
}).filter(([, width, height]) => width < 43.5 || height < 43.5)"""
# The line of what was done already is cut short on purpose: all that it names stands whole in the box it opens.
CUT_OFF = """() => [...document.querySelectorAll("body *")].filter((one) => {
    const style = getComputedStyle(one);
    if (style.clipPath !== "none" || !one.checkVisibility() || one.closest("svg, iframe, select, #already .line"))
        return false;
    const hides = (way) => ["hidden", "clip"].includes(way);
    return hides(style.overflowX) && one.scrollWidth > one.clientWidth + 1
        || hides(style.overflowY) && one.scrollHeight > one.clientHeight + 1;
}).map((one) => one.id || one.className || one.tagName)"""
SKIPPED = """() => {
    const levels = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6, [role=heading]")]
        .filter((one) => one.checkVisibility({ visibilityProperty: true }))
        .map((one) => [Number(one.ariaLevel ?? one.tagName[1]), one.textContent]);
    return levels.filter(([level], place) => place ? level > levels[place - 1][0] + 1 : level > 1);
}"""


@pytest.mark.parametrize("golden", PAGES, ids=[one.name for one in PAGES])
def test_everybody_can_use_it_in_both_themes_and_widths(windows: Windows, town: Town, golden: Golden) -> None:
    page = windows.window(*([golden.who] if golden.who else []), size=WIDE)

    golden.go(page, town)

    as_everybody_can_use_it(page)
    assert page.evaluate(SKIPPED) == []
    page.emulate_media(color_scheme="dark")
    as_everybody_can_use_it(page)
    is_dark(page)
    resize(page, NARROW)
    as_everybody_can_use_it(page)
    page.emulate_media(color_scheme="light")
    as_everybody_can_use_it(page)
    assert page.evaluate(TOO_SMALL) == []
    space_out(page)
    fits(page, NARROW[0])
    assert page.evaluate(CUT_OFF) == []
    fits(page, 640)
    fits(page, 320)


def resize(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})


def fits(page: Page, width: int) -> None:
    """WCAG 1.4.4 and 1.4.10: 640 px is a desk at 200 %, and 320 px one at 400 %."""
    resize(page, (width, 640))
    wide = page.evaluate("() => document.documentElement.scrollWidth")
    assert wide <= width, f"{page.url} is {wide} px wide in a window of {width}"


def is_dark(page: Page) -> None:
    """Nothing is left of the light theme: axe holds the words against their ground, and this the ground itself."""
    grounds = page.evaluate("""() => [document.documentElement, document.body].map((one) =>
        getComputedStyle(one).backgroundColor.match(/[0-9]+/g).map(Number))""")
    assert max(shade for ground in grounds for shade in ground[:3]) < 60


def space_out(page: Page) -> None:
    page.evaluate("""(style) => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(style);
        document.adoptedStyleSheets = [sheet];
    }""", SPACING)  # fmt: skip


# ── The keyboard ─────────────────────────────────────────────────────────────────────────────────

SEEN = """() => {
    const one = document.activeElement;
    if (one === document.body || one.tagName === "IFRAME") return "";
    const ring = one.closest("label") ?? one;
    const shown = [one, ring, ...one.querySelectorAll(".ring")].map((each) => getComputedStyle(each)).some((style) =>
        (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 && !style.outlineColor.endsWith(", 0)"))
        || style.boxShadow !== "none" || (style.stroke !== "none" && parseFloat(style.strokeWidth) >= 2));
    const box = ring.getBoundingClientRect();
    const spots = [.02, .25, .5, .75, .98].flatMap((x) => [.1, .5, .9].map((y) =>
        document.elementFromPoint(box.left + box.width * x, box.top + box.height * y)));
    const found = spots.some((spot) => ring.contains(spot) || spot?.closest("main, .service") && spot.contains(ring));
    const name = (one.ariaLabel ?? one.textContent.trim()).slice(0, 60) || one.name || one.id;
    return shown && found ? "" : `${shown ? "covered" : "no ring"}: ${one.tagName} ${name} ${JSON.stringify(box)}`;
}"""
STOPS = 45
BY_KEYBOARD = {
    "timeline": (AMINA, opened(WALTER, "?period=30d", without="barnsley")),
    "cumulative": (AMINA, opened(WALTER, "/cumulative", without="barnsley")),
    "trend": (AMINA, trend(WALTER, "Creatinine", "CRP")),
    "ledger": (PRIYA, at("/ledger")),
}


@pytest.mark.parametrize("place", BY_KEYBOARD)
@pytest.mark.parametrize("dark", [True, False], ids=["dark and narrow", "light and wide"])
def test_what_has_the_focus_is_always_seen_and_never_covered(
    windows: Windows, town: Town, place: str, dark: bool
) -> None:
    """WCAG 2.4.7 and 2.4.11: forwards under what is below, and backwards under what stays at the top."""
    who, go = BY_KEYBOARD[place]
    page = windows.window(who, size=NARROW if dark else WIDE)
    page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")
    go(page, town)

    troubles = [walk(page, "Tab")]
    page.evaluate("() => scrollTo(0, document.body.scrollHeight)")
    page.locator("a, button").last.focus()
    troubles.append(walk(page, "Shift+Tab"))

    assert troubles == [[], []]


def walk(page: Page, key: str) -> list[str]:
    """Press a key again and again, and return where the focus could not be seen."""
    troubles = []
    for _ in range(STOPS):
        page.keyboard.press(key)
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        troubles.append(page.evaluate(SEEN))
    return [trouble for trouble in troubles if trouble]


# ── Colours of one's own, stillness, paper ───────────────────────────────────────────────────────


def test_nothing_moves_for_somebody_who_asked_for_stillness(windows: Windows, town: Town) -> None:
    page = windows.window(AMINA)
    page.emulate_media(reduced_motion="reduce")
    opened(WALTER)(page, town)

    moving = page.evaluate("() => document.getAnimations().length")

    assert moving == 0


def test_paper_is_black_on_white_whatever_the_screen_is(windows: Windows, town: Town) -> None:
    page = windows.window(AMINA)
    page.emulate_media(color_scheme="dark")
    opened(WALTER, "/cumulative")(page, town)
    expect(page.locator("body")).to_have_css("background-color", "rgb(20, 25, 29)")

    page.emulate_media(media="print", color_scheme="dark")

    colours = page.evaluate("""() => [...new Set([...document.querySelectorAll("body, body *")]
        .filter((one) => one.checkVisibility()).map((one) => getComputedStyle(one))
        .flatMap((style) => [style.color, style.backgroundColor]))].sort()""")
    assert set(colours) <= {"rgb(0, 0, 0)", "rgb(255, 255, 255)", "rgba(0, 0, 0, 0)"}


def test_a_flag_keeps_its_shape_and_words_in_colours_of_the_readers_own(windows: Windows, town: Town) -> None:
    page = windows.window(AMINA)
    page.emulate_media(forced_colors="active")
    opened(WALTER, "?period=30d", without="barnsley")(page, town)

    high, gap = page.locator(".flag.high").first, page.locator(".tile.gap")

    expect(high).to_have_text("▲ HI")
    expect(high).to_have_css("border-style", "solid")
    expect(gap).to_contain_text("✕ Barnsley")
    expect(gap).to_have_css("border-left-style", "solid")
