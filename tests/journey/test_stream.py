"""The stream and the whole page are two ways to the same rows."""

import re
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import pytest

from sandbox.town import Town
from tests.reading import Page, read
from tests.whole import AMINA, Sent, Viewer, another, viewer_of
from viewer.pages.sent_rows import ROWS_AT_ONCE

PEOPLE = {"Walter": "999 412 7039", "Margaret": "999 802 3319", "Gareth": "999 502 1404", "Callum": "999 303 4320"}
TWENTY_THOUSAND = "999 026 8851"  # results, in some 5,500 reports
SHOWN = re.compile(r"= (\d+) shown")


def rows_after(events: Iterable[Sent]) -> list[str]:
    """Return what a browser has on the page after these events, as HTML, in the order of the page."""
    rows: dict[str, dict[str, str]] = {}
    for event in events:
        rows |= {row["key"]: row for row in event.data.get("rows", ())}
        for key in event.data.get("removed", ()):
            del rows[key]
    return [row["html"] for row in sorted(rows.values(), key=lambda row: row["sort"], reverse=True)]


def rows_of(page: Page) -> list[str]:
    """Return the rows of a whole page as HTML."""
    days = page.source.partition('<div id="days">')[2].partition('<div id="foot">')[0]
    return [
        '<li class="row"' + row.partition("</ol></section>")[0].rstrip() for row in days.split('<li class="row"')[1:]
    ]


def without_since(row: str) -> str:
    """Return a row but for what an earlier look makes it say of itself: the stream is a look, too."""
    return re.sub(r' <p class="since[^>]*>.*?</p>', "", row).replace(' class="row marked"', ' class="row"')


@pytest.mark.parametrize("name", PEOPLE)
def test_the_last_state_of_a_stream_is_the_whole_page(running: Viewer, name: str) -> None:
    browser = running.browser(another(AMINA))
    path = browser.open(PEOPLE[name])

    events, page = browser.stream(path), browser.read(path)

    assert [*map(without_since, rows_after(events))] == [*map(without_since, rows_of(page))]
    assert events[-1].event == "done"
    last = events[-2].data
    assert last["complete"]
    assert last["waiting"] == ""
    accounts = read(last["foot"]).all("li")
    assert [one.said for one in accounts] == [one.said for one in page.root.one("section", "accounts").all("li")]
    assert last["missing"] == page.root.one("span", id="missing").said


def test_the_first_event_has_every_trust_waiting_and_no_row(running: Viewer) -> None:
    browser = running.browser(another(AMINA))

    first = browser.stream(browser.open(PEOPLE["Walter"]))[0]

    tiles = read(first.data["strip"]).all("li", "tile")
    assert [tile.attributes["class"] for tile in tiles] == ["tile waiting"] * 7
    assert first.data["rows"] == []
    assert first.data["complete"] is False
    assert "7 trusts are being asked" in read(first.data["summary"]).said


def test_a_trust_that_is_not_agreed_is_never_waited_for(running: Viewer) -> None:
    browser = running.browser(another(AMINA))

    for event in browser.stream(browser.open(PEOPLE["Walter"])):
        waiting = event.data.get("waiting", "")
        states = [tile.attributes["class"] for tile in read(event.data.get("strip", "")).all("li", "tile")]
        assert (waiting == "") is ("tile waiting" not in states)


def test_a_late_trust_is_the_last_to_arrive_and_a_gap_by_name_law_1(town: Town, running: Viewer) -> None:
    browser = running.browser(another(AMINA))
    path = browser.open(PEOPLE["Walter"])
    town.weather("rotherham", "error")

    events = browser.stream(path)

    last = read(events[-2].data["strip"])
    assert [tile.attributes["data-trust"] for tile in last.all("li", "gap")] == ["rotherham"]
    assert "missing: Rotherham" in events[-2].data["missing"]
    assert events[-2].data["complete"]
    assert not any("rotherham/" in row["key"] for event in events for row in event.data.get("rows", ()))


def test_a_row_is_sent_once_unless_it_changes(running: Viewer) -> None:
    browser = running.browser(another(AMINA))

    sent = [row for event in browser.stream(browser.open(PEOPLE["Walter"])) for row in event.data.get("rows", ())]

    assert len({(row["key"], row["digest"]) for row in sent}) == len(sent)


def test_the_shell_names_every_trust_as_waiting_and_the_way_to_the_whole_page(running: Viewer) -> None:
    browser = running.browser(another(AMINA))
    path = browser.open(PEOPLE["Walter"])
    browser.client.set_cookie("script", "1", secure=True, domain="localhost")

    shell: Page = browser.read(path)

    assert shell.rows == {}
    assert {tile.state for tile in shell.tiles.values()} == {"waiting"}
    assert f"{path}/stream" in shell.links
    assert "?whole=1" in shell.links
    assert "Complete as of" not in shell.said
    assert len(browser.read(f"{path}?whole=1").rows) == 128


def test_filters_hide_rows_and_count_every_one_they_hide_law_2(running: Viewer) -> None:
    browser = running.browser(another(AMINA))
    path = browser.open(PEOPLE["Walter"])
    whole = browser.read(path)

    for query in ("kind=radiology", "trust=rotherham", "period=1y", "flag=flagged"):
        some: Page = browser.read(f"{path}?{query}")
        said = some.root.one("p", id="counts").said
        assert 0 < len(some.rows) < len(whole.rows)
        assert f"{len(some.rows)} shown · {len(whole.rows) - len(some.rows)} hidden" in said
        assert f"Show all {len(whole.rows)}" in said
        assert some.tiles.keys() == whole.tiles.keys()


def test_thousands_of_reports_come_in_parts_and_the_newest_first(town: Town, tmp_path: Path) -> None:
    with viewer_of(town, tmp_path) as viewer:
        browser = viewer.browser(AMINA)
        events = browser.stream(browser.open(TWENTY_THOUSAND))

    steps = [n for n, sent in enumerate(events) if sent.event == "step"]
    for begin, end in pairwise((*steps, len(events) - 1)):
        parts = [sent.data for sent in events[begin:end]]
        sizes = [len(part["rows"]) for part in parts]
        assert [part["following"] for part in parts] == [sum(sizes[n:]) for n in range(1, len(sizes) + 1)]
        assert max(sizes) <= ROWS_AT_ONCE
        sorts = [row["sort"] for part in parts for row in part["rows"]]
        assert sorts == sorted(sorts, reverse=True)
    assert any(sent.event == "rows" for sent in events)
    accounts = [one.said for one in read(events[steps[-1]].data["foot"]).all("li")]
    assert len(rows_after(events)) == sum(int(SHOWN.findall(said)[0]) for said in accounts) > 5_000
