"""A walk with a screen reader: what Chromium tells it of a patient's pages, in order, and what it tells unasked.

Rule: who it is, what is missing, whether it is complete, then results; each as name, value, flag, unit, range.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from sandbox.town import Town
from tests.browser.conftest import NARROW, WIDE, Windows, wait_for_the_end
from tests.browser.golden_pages import BRENDA, JOSEPH, WALTER, opened, trend
from tests.whole import AMINA, KOFI

pytestmark = pytest.mark.browser

SILENT = {"none", "generic", "InlineTextBox", "RootWebArea", "LineBreak"}
Open = Callable[..., str]


@dataclass(frozen=True, slots=True)
class Said:
    """One thing a screen reader comes to: its role, what is said of it, and how deep it stands."""

    role: str
    name: str
    level: int
    within: tuple[str, ...]  # roles around it, from the outside


def read(page: Page) -> list[Said]:
    """Return the whole accessibility tree of a page, as Chromium hands it to a screen reader, in reading order."""
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    by_id = {node["nodeId"]: node for node in nodes}

    def below(node: dict, within: tuple[str, ...]) -> Iterator[Said]:  # type: ignore[type-arg]  # CDP's own words
        role = "" if node.get("ignored") else str(node.get("role", {}).get("value", ""))
        heard = bool(role) and role not in SILENT
        if heard:
            told = {one["name"]: one["value"].get("value") for one in node.get("properties", ())}
            yield Said(role, str(node.get("name", {}).get("value", "")), int(told.get("level", 0)), within)
        for child in node.get("childIds", ()):
            if child in by_id:
                yield from below(by_id[child], (*within, role) if heard else within)

    return list(below(nodes[0], ()))


def place(walk: list[Said], text: str) -> int:
    """Return where a text is first come to."""
    found = [number for number, one in enumerate(walk) if text in one.name]
    assert found, f"{text} is not read out"
    return found[0]


# ── In what order ────────────────────────────────────────────────────────────────────────────────

WAYS = {
    "timeline": (AMINA, opened(WALTER, "?period=30d", without="barnsley"), "Haemoglobin"),
    "cumulative": (AMINA, opened(WALTER, "/cumulative", without="barnsley"), "Haemoglobin"),
    "trend": (AMINA, trend(WALTER, "Creatinine"), "Creatinine"),
    "radiology": (AMINA, opened(WALTER, "/radiology", without="barnsley"), "CT aorta"),
    "microbiology": (AMINA, opened(BRENDA, "/microbiology", without="barnsley"), "Escherichia coli"),
    "summary": (KOFI, opened(JOSEPH, "/summary", without="barnsley"), "Full blood count"),
    "already-done": (AMINA, opened(WALTER, "/already-done", without="barnsley"), "Haemoglobin"),
}


@pytest.mark.parametrize("way", WAYS)
def test_who_then_what_is_missing_then_whether_it_is_complete_then_results(
    windows: Windows, town: Town, way: str
) -> None:
    who, go, first_result = WAYS[way]
    page = windows.window(who, size=NARROW if len(way) % 2 else WIDE)
    go(page, town)

    walk = read(page)

    main = next(number for number, one in enumerate(walk) if one.role == "main")
    results = next(number for number, one in enumerate(walk) if number > main and first_result in one.name)
    missing, complete = place(walk, "Barnsley: not obtained"), place(walk, "Not complete: as of")
    name = next(number for number, one in enumerate(walk) if one.role == "heading" and one.level == 1)
    assert [name, main, missing, complete, results] == sorted([name, main, missing, complete, results])
    levels = [one.level for one in walk if one.role == "heading"]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels


def test_a_result_is_read_as_name_value_flag_unit_and_range(windows: Windows, town: Town) -> None:
    page = windows.window(AMINA)
    opened(WALTER, "?period=30d")(page, town)

    heard = [re.sub(r"\s+", " ", one) for one in texts_of(page, ".row .results .result:not(.group)")]

    assert "Haemoglobin 104 LO g/L 130–180" in heard
    assert any("Creatinine 212 HI umol/L 59–104" in one for one in heard)  # its comment comes after
    assert "Platelets 231 no flag 10*9/L 150–400" in heard
    assert not [one for one in heard if "▲" in one or "▼" in one]  # the shape is for the eye; its letters are said


def texts_of(page: Page, selector: str) -> list[str]:
    """Return what is read out of the first of these, without what is hidden from a screen reader."""
    told = [one.aria_snapshot() for one in page.locator(selector).all()[:60]]
    return [re.sub(r"^- listitem: ?", "", one).strip('"') for one in told]


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_cell_of_the_cumulative_table_is_read_with_its_row_and_its_column(
    windows: Windows, town: Town, size: tuple[int, int]
) -> None:
    page = windows.window(AMINA, size=size)
    opened(WALTER, "/cumulative")(page, town)

    walk = read(page)
    inside = [one for one in walk if "table" in one.within]
    columns = [one for one in inside if one.role == "columnheader"]
    rows = rows_of(inside)
    haemoglobin = next(row for row in rows if row[0].role == "rowheader" and "Haemoglobin" in row[0].name)

    assert all(len(row) == len(columns) for row in rows)
    assert re.search(r"\d\d-\w{3}-\d{4} \d\d:\d\d Sheffield Teaching", columns[-1].name)
    assert re.match(r"104 LO 130–180", haemoglobin[-1].name)
    assert not [one.name for one in inside if one.role in ("cell", "gridcell") and re.match(r"\d+ \.\d", one.name)]


def rows_of(inside: list[Said]) -> list[list[Said]]:
    """Return the cells of each row of a table."""
    rows: list[list[Said]] = []
    for one in inside:
        if one.role == "row":
            rows.append([])
        elif one.role in ("cell", "gridcell", "rowheader", "columnheader") and rows:
            rows[-1].append(one)
    return [row for row in rows if row]


def test_a_graph_is_read_point_by_point_with_everything_that_is_drawn(windows: Windows, town: Town) -> None:
    page = windows.window(AMINA)
    trend(WALTER, "Creatinine")(page, town)

    walk = read(page)
    graph = [one for one in walk if any("raphics" in role for role in one.within)]
    points = [one.name for one in graph if one.role == "link"]

    assert any(re.match(r"Creatinine 212 umol/L, HI, range 59–104, Sheffield Teaching", name) for name in points)
    assert all(re.search(r"\d\d-\w{3}-\d{4}", name) for name in points)
    assert "Barnsley" in " ".join(one.name for one in walk)


# ── What is said unasked ─────────────────────────────────────────────────────────────────────────

LISTEN = """() => {
    window.told = [];
    const regions = [...document.querySelectorAll("[aria-live], [role=status], [role=alert], [role=log]")];
    for (const region of regions) {
        let last = region.textContent.trim();
        new MutationObserver(() => {
            const now = region.textContent.trim().replace(/\\s+/g, " ");
            if (now !== last) told.push([region.id || region.className, last = now]);
        }).observe(region, { childList: true, characterData: true, subtree: true });
    }
    return regions.map((one) => [one.id || one.className, one.ariaLive ?? one.getAttribute("role"),
        one.querySelectorAll(".row, td").length]);
}"""


def test_a_late_trust_is_told_once_and_politely_and_moves_no_focus(
    town: Town, windows: Windows, open_patient: Open
) -> None:
    page = windows.window(AMINA)
    town.weather("rotherham", "held", on="results")
    open_patient(page, WALTER)
    expect(page.locator(".tile[data-trust=sheffield_teaching]")).to_contain_text(re.compile(r"\d+ reports"))
    link = page.locator(".row h3 a").first
    link.focus()
    at = link.get_attribute("href")
    regions = page.evaluate(LISTEN)

    town.let_go("rotherham")
    expect(page.locator(".tile[data-trust=rotherham]")).to_contain_text(re.compile(r"✓ \d+ reports"))
    expect(page.locator("#strip .waiting")).to_have_count(0)

    assert page.evaluate("() => document.activeElement.getAttribute('href')") == at
    assert all(how in ("polite", "status") and rows == 0 for _, how, rows in regions)  # no row is read out unasked
    expect(page.locator("#arrivals")).to_contain_text(re.compile("arrived|Nothing more"))
    told = page.evaluate("() => told")
    assert told
    assert len(told) <= 3 * 7, told


# ── Forms ────────────────────────────────────────────────────────────────────────────────────────


def test_a_mistake_is_read_first_leads_to_its_field_and_is_said_with_it(windows: Windows) -> None:
    page = windows.window(AMINA, size=NARROW)
    page.goto("/find")
    page.keyboard.press("Tab")
    page.get_by_label("NHS number", exact=True).focus()
    page.keyboard.type("999")
    page.keyboard.press("Enter")
    summary = page.locator(".nhsuk-error-summary")
    expect(summary).to_be_focused()
    said = summary.get_by_role("link").inner_text()

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    field = page.get_by_label("NHS number", exact=True)
    expect(field).to_be_focused()
    expect(field).to_have_accessible_description(re.compile(re.escape(said)))
    expect(page).to_have_title(re.compile("^Error: "))


def test_the_first_tab_leads_past_the_head_of_the_page_to_what_is_missing(windows: Windows, town: Town) -> None:
    page = windows.window(AMINA)
    opened(WALTER, "/cumulative", without="barnsley")(page, town)

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    expect(page.get_by_role("button", name="Ask again: Barnsley")).to_be_focused()


# ── Nothing moves ────────────────────────────────────────────────────────────────────────────────

SHIFTS = """window.shifts = [];
new PerformanceObserver((list) => list.getEntries().forEach((one) => shifts.push(
    [one.value, one.sources.map((source) => source.node?.id || source.node?.className || source.node?.nodeName || "")]
))).observe({ type: "layout-shift", buffered: true });"""


@pytest.mark.parametrize("below", ["cumulative", "already-done", "trend"])
def test_a_page_that_waits_for_a_late_trust_moves_nothing_when_it_has_come(
    town: Town, windows: Windows, open_patient: Open, below: str
) -> None:
    page = windows.window(AMINA)
    address = open_patient(page, WALTER)
    wait_for_the_end(page)
    page.add_init_script(SHIFTS)
    town.weather("rotherham", "held", on="results")

    page.goto(f"{address}/{below}?again=rotherham", wait_until="commit")
    expect(page.locator(".banner .name")).to_be_visible()
    painted(page)
    expect(page.locator("#strip")).to_have_count(0)
    town.let_go("rotherham")
    expect(page.locator("main #foot")).to_be_attached()
    painted(page)

    assert page.evaluate("() => shifts") == []


def painted(page: Page) -> None:
    """Wait until what has come is on the screen."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
