"""The trend says what is missing, draws what is chosen, lists every point beside it, and counts what it leaves out."""

import re

import pytest

from sandbox.town import Town
from tests.reading import NHS_NUMBER, Element, Page
from tests.whole import AMINA, KOFI, PRIYA, Browser, Viewer
from viewer.access.access_event import Event

WALTER, GARETH = "999 412 7039", "999 502 1404"


@pytest.fixture
def browser(running: Viewer) -> Browser:
    return running.browser(AMINA)


def choices(page: Page) -> dict[str, str]:
    """Return every series that can be chosen: what it is → its mark."""
    boxes = page.main.one("details", "choosing").all("label")
    return {re.sub(r" [\d,]+ results?$", "", box.said): box.one("input").attributes["value"] for box in boxes}


def drawn(browser: Browser, path: str, *names: str) -> Page:
    """Choose these series, and return the page that draws them."""
    known = choices(browser.read(f"{path}/trend"))
    return browser.read(f"{path}/trend?" + "&".join(f"series={known[name]}" for name in names))


def graphs(page: Page) -> list[Element]:
    return [one for one in page.main.all("svg") if "graph-" in one.attributes.get("aria-labelledby", "")]


def points(graph: Element) -> list[Element]:
    return graph.all("a", "point") + graph.all("g", "point")


def rows(page: Page) -> list[Element]:
    return [row for table in page.main.all("table") for row in table.one("tbody").all("tr")]


CREATININE, CRP, POTASSIUM = "Creatinine, serum, umol/L", "CRP, serum, mg/L", "Potassium, serum, mmol/L"


def test_before_anything_is_chosen_the_page_offers_every_series(browser: Browser) -> None:
    page = browser.read(browser.open(WALTER) + "/trend")

    assert page.title == "Trend – Trustline"
    assert {CREATININE, CRP, POTASSIUM} <= set(choices(page))
    assert "No test is chosen" in page.main.said
    assert graphs(page) == []


def test_every_point_is_on_the_graph_and_in_the_table_beside_it_newest_first(browser: Browser) -> None:
    page = drawn(browser, browser.open(WALTER), CREATININE)

    wide, narrow = graphs(page)
    listed = rows(page)
    assert len(points(wide)) == len(points(narrow)) == len(listed) > 30
    assert "212" in listed[0].said
    assert "HI" in listed[0].said
    assert "umol/L" in listed[0].said
    assert "59–104" in listed[0].said
    assert "Sheffield Teaching" in listed[0].said
    assert "AKI 2 alert" in listed[0].said


def test_every_point_leads_to_its_own_row(browser: Browser) -> None:
    page = drawn(browser, browser.open(WALTER), CREATININE)

    links = {
        (one.attributes["href"], one.attributes["aria-label"])
        for graph in page.main.all("svg")
        for one in graph.all("a", "point")
    }
    assert {address for address, _ in links} == {f"#{row.id}" for row in rows(page)}
    by_id = {f"#{row.id}": row.said for row in rows(page)}
    for address, name in links:
        value, time = name.split()[1], re.findall(r"\d\d-\w{3}-\d{4} \d\d:\d\d", name)[0]
        assert value in by_id[address]
        assert time in by_id[address]


def test_bounds_are_open_and_never_on_a_line(browser: Browser) -> None:
    page = drawn(browser, browser.open(WALTER), CRP)

    wide = graphs(page)[0]
    bounds = [one for one in points(wide) if "<" in one.one("title").text]
    assert len(bounds) > 3
    assert len(wide.all("path", "open")) == len(wide.all("path", "arrow")) == len(bounds)


def test_a_correction_says_what_was_there(browser: Browser) -> None:
    page = drawn(browser, browser.open(WALTER), POTASSIUM)

    (corrected,) = [row for row in rows(page) if row.all("s")]
    assert "was 6.9 mmol/l HI" in corrected.said
    assert "Corrected" in corrected.said
    assert "was 6.9" in page.source.partition("<table")[0]


def test_a_cancelled_panel_breaks_the_line_and_is_named(browser: Browser) -> None:
    page = drawn(browser, browser.open(WALTER), CREATININE)

    off = page.main.one("ul", "off").said
    assert "Chesterfield: U&E (cancelled, no value; it may have held this test)" in off
    assert "“Insufficient sample.”" in off


def test_another_unit_stands_on_an_axis_of_its_own_and_is_counted_where_it_is_not_drawn(browser: Browser) -> None:
    path = browser.open(WALTER)
    page = drawn(browser, path, "Haemoglobin, EDTA blood, g/L")

    assert "Not on this graph, in a graph of their own: 1 result in g/dL (EDTA blood; Rotherham)" in page.main.said
    (more,) = [one.attributes["href"] for one in page.main.all("a") if one.said == "Draw these too"]
    both = browser.read(more)

    assert {graph.all("title")[0].said.partition(":")[0] for graph in graphs(both)} == {
        "Haemoglobin, EDTA blood, g/L",
        "Haemoglobin, EDTA blood, g/dL",
    }
    assert all(" g/L" in one.all("title")[0].said for one in points(graphs(both)[0]))


def test_all_graphs_stand_on_one_axis_of_time(browser: Browser) -> None:
    page = drawn(browser, browser.open(WALTER), CREATININE, CRP, POTASSIUM)

    captions = {graph.all("title")[0].said.partition(": ")[2] for graph in graphs(page)}
    assert len(graphs(page)) == 6
    assert len(captions) == 1


def test_a_trust_that_is_missing_is_written_on_every_graph(browser: Browser, town: Town) -> None:
    path = browser.open(WALTER)
    known = choices(browser.read(f"{path}/trend"))
    town.weather("barnsley", "error")
    page = browser.read(f"{path}/trend?series={known[CREATININE]}&series={known[CRP]}&again=barnsley")

    assert "Barnsley: not obtained" in page.main.one("div", "gaps").said
    lanes = [" ".join(one.said for one in graph.all("text", "lane-words")) for graph in graphs(page)]
    assert len(lanes) == 4
    assert all("Barnsley: not obtained: failed at" in lane for lane in lanes)
    assert all(lane.endswith("its results would be on this graph") for lane in lanes)


def test_a_series_that_is_not_there_is_said_and_not_left_out_in_silence(browser: Browser) -> None:
    path = browser.open(WALTER)
    known = choices(browser.read(f"{path}/trend"))

    page = browser.read(f"{path}/trend?series={known[CRP]}&series=nothing")

    assert "1 test that this address asks for is not among what came" in page.main.said
    assert len(graphs(page)) == 2


def test_a_patient_without_results_has_nothing_to_choose(browser: Browser) -> None:
    page = browser.read(browser.open(GARETH) + "/trend")

    assert choices(page) == {}


def test_neither_address_nor_page_tells_what_was_chosen_to_who_reads_addresses(browser: Browser) -> None:
    page = drawn(browser, browser.open(WALTER), CREATININE)

    trends = [link for link in page.links if "trend" in link]
    assert not [link for link in trends if re.search("creat|potas|crp", link, re.IGNORECASE)]
    assert not NHS_NUMBER.search("".join(trends))


def test_only_clinicians_see_a_trend_and_only_of_a_patient_they_opened(running: Viewer, browser: Browser) -> None:
    path = browser.open(WALTER)

    assert running.browser(PRIYA).get(f"{path}/trend").status_code == 403
    assert running.browser(KOFI).get(f"{path}/trend").status_code == 404


def test_what_is_drawn_is_in_the_log_first(viewer: Viewer) -> None:
    browser = viewer.browser(AMINA)
    path = browser.open(WALTER)
    before = len(viewer.events(event=Event.RESULTS_SHOWN))

    browser.read(f"{path}/trend")

    assert len(viewer.events(event=Event.RESULTS_SHOWN)) == before + 1
