"""A practice's worklist: kept for the practice, proven anew for each who looks, and new is asked of every trust."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from sqlalchemy import delete, insert

from sandbox.town import Town
from tests.reading import Page
from tests.whole import AMINA, KOFI, PRIYA, RUTH, Browser, Viewer, another
from viewer.dissents import Dissents
from viewer.store.database import open_database, writing
from viewer.store.worklist_tables import worklists
from viewer.worklist import WORKLIST
from viewer.worklists import MOST, Worklists

WALTER, JOSEPH = "999 412 7039", "999 020 7798"
RUTHS = "999 576 0894"
REGISTERED = {"why": "direct-care/registered", "reason": ""}


def named(page: Page) -> list[str]:
    return [bay.one("h2").said for bay in page.root.all("li", "bay")]


def row_of(page: Page, name: str) -> str:
    (bay,) = [bay for bay in page.root.all("li", "bay") if name in bay.one("h2").said]
    return bay.one("input", name="row").attributes["value"]


def put_on_list(browser: Browser, *numbers: str) -> Page:
    """Open each of these patients, and put them on the practice's list with one press."""
    for number in numbers:
        handle = browser.open(number, **REGISTERED).split("/")[2]
        assert browser.post("/worklist/add", handle=handle).status_code == 303
    return browser.read("/worklist")


def test_a_list_begins_empty_and_offers_whoever_is_open(viewer: Viewer) -> None:
    browser = viewer.browser(KOFI)

    empty = browser.read("/worklist")
    browser.open(JOSEPH, **REGISTERED)
    offering = browser.read("/worklist")

    assert empty.heading == "Worklist: 0 patients"
    assert "PEARSON, Joseph (Mr)" in offering.said
    assert named(offering) == []


def test_who_is_put_on_the_list_is_there_for_everybody_of_the_practice_and_for_nobody_else(viewer: Viewer) -> None:
    put_on_list(viewer.browser(KOFI), JOSEPH, WALTER)

    colleague, stranger = viewer.browser(another(KOFI)).read("/worklist"), viewer.browser(RUTH).read("/worklist")

    assert sorted(named(colleague)) == ["HARGREAVES, Walter (Mr)", "PEARSON, Joseph (Mr)"]
    assert named(stranger) == []
    assert "PEARSON" not in stranger.source.upper()


def test_each_change_and_each_look_is_in_the_log(viewer: Viewer) -> None:
    browser = viewer.browser(KOFI)
    page = put_on_list(browser, JOSEPH)

    browser.post("/worklist/remove", row=row_of(page, "PEARSON"))

    said = [(one.event, one.outcome) for one in viewer.events() if one.asked_for == WORKLIST]
    assert said == [
        ("patient opened", "put on the worklist"),
        ("find shown", "listed again"),
        ("find shown", "taken off the worklist"),
    ]
    assert named(browser.read("/worklist")) == []


def test_who_is_not_proven_to_be_registered_is_not_shown_and_is_counted(town: Town, viewer: Viewer) -> None:
    put_on_list(viewer.browser(KOFI), JOSEPH)
    town.weather("pds", "error", 500)

    page = viewer.browser(another(KOFI)).read("/worklist")

    assert named(page) == []
    assert "PEARSON" not in page.source.upper()
    assert "1 more is on the list, and may not be shown to you now" in page.said
    assert "The national register (PDS) did not answer" in page.said


def test_what_is_new_is_what_was_issued_since_the_practice_last_opened_it(viewer: Viewer) -> None:
    browser = viewer.browser(KOFI)
    row = row_of(put_on_list(browser, WALTER), "HARGREAVES")

    told = browser.post("/worklist/new", row=row).json

    assert told["heading"] == "Nothing new"  # it was put on the list just now
    assert told["lines"] == []
    assert told["missing"] == "no trust missing"
    shown = viewer.events(event="results shown")
    assert [one.reports for one in shown] == [()] * len(shown)


def listed_three_days_ago(viewer: Viewer, browser: Browser) -> str:
    """Put Walter on the list as of three days ago, and return his row."""
    person = viewer.opened(browser, browser.open(WALTER, **REGISTERED)).person
    engine = open_database(viewer.settings.database)
    Worklists(engine, lambda: datetime.now(UTC) - timedelta(days=3)).add("Y99001", person)
    engine.dispose()
    return row_of(browser.read("/worklist"), "HARGREAVES")


def how_new(browser: Browser) -> str:
    """Return what the list says now is new of Walter."""
    row = row_of(browser.read("/worklist"), "HARGREAVES")
    return str(browser.post("/worklist/new", row=row).json["heading"])


LOOKS: dict[str, Callable[[Browser, str], object]] = {
    "whole": lambda browser, path: browser.read(f"{path}?whole=1"),
    "stream": lambda browser, path: browser.stream(path),
}


@pytest.mark.parametrize("look", LOOKS)
def test_what_nobody_saw_because_its_trust_was_missing_stays_new_law_1(town: Town, viewer: Viewer, look: str) -> None:
    browser = viewer.browser(another(KOFI))
    row = listed_three_days_ago(viewer, browser)
    town.weather("rotherham", "error", 500)
    path = browser.post("/worklist/open", row=row).location
    LOOKS[look](browser, path)
    town.fine()

    with_a_gap = how_new(browser)
    browser.post(f"{path}/again", trust="rotherham")
    LOOKS[look](browser, path)
    whole = how_new(browser)

    assert re.fullmatch(r"\d+ new reports?", with_a_gap)
    assert whole == "Nothing new"


@pytest.mark.parametrize("path", ["", "/microbiology", "?whole=1&flag=flagged"])
def test_a_page_that_shows_a_part_leaves_the_rest_new_law_1(viewer: Viewer, path: str) -> None:
    browser = viewer.browser(another(KOFI))
    row = listed_three_days_ago(viewer, browser)
    opened = browser.post("/worklist/open", row=row).location
    if path:
        browser.read(f"{opened}{path}")

    assert re.fullmatch(r"\d+ new reports?", how_new(browser))


def test_who_is_opened_by_a_search_stays_new_on_the_list(viewer: Viewer) -> None:
    browser = viewer.browser(another(KOFI))
    listed_three_days_ago(viewer, browser)

    browser.read(f"{browser.open(WALTER, **REGISTERED)}?whole=1")

    assert re.fullmatch(r"\d+ new reports?", how_new(browser))


def test_what_was_issued_before_the_practice_looked_is_not_new_and_what_came_since_is(viewer: Viewer) -> None:
    browser = viewer.browser(KOFI)
    row = listed_three_days_ago(viewer, browser)

    told = browser.post("/worklist/new", row=row).json
    shown = {key for one in viewer.events(event="results shown") for key in one.reports}
    opened = browser.post("/worklist/open", row=row)
    browser.read(f"{opened.location}?whole=1")
    after = browser.post("/worklist/new", row=row_of(browser.read("/worklist"), "HARGREAVES")).json

    assert re.fullmatch(r"\d+ new reports", told["heading"])
    assert len(told["lines"]) == int(told["heading"].split()[0])
    assert 0 < len(shown) < 60  # of 128: the log names as shown what was told, and no more
    assert opened.status_code == 303
    assert after["heading"] == "Nothing new"


def test_a_trust_that_is_silent_is_named(town: Town, viewer: Viewer) -> None:
    browser = viewer.browser(KOFI)
    row = row_of(put_on_list(browser, WALTER), "HARGREAVES")
    town.weather("rotherham", "error", 500)

    told = browser.post("/worklist/new", row=row).json

    assert told["missing"] == "missing: Rotherham"
    assert told["heading"] == "Nothing new has come so far"  # law 1: nobody knows that there is nothing


def test_a_patient_opens_from_the_list_as_one_registered(viewer: Viewer) -> None:
    browser = viewer.browser(another(KOFI))
    put_on_list(viewer.browser(KOFI), JOSEPH)
    row = row_of(browser.read("/worklist"), "PEARSON")

    opened = browser.post("/worklist/open", row=row)

    assert re.fullmatch(r"/patients/[\w-]+", opened.location)
    entry = [one for one in viewer.events(event="patient opened") if one.outcome == "opened"][-1]
    assert (entry.claim, entry.proof) == ("registered", "PDS")


def test_who_dissents_is_on_the_list_and_is_not_opened(viewer: Viewer) -> None:
    browser = viewer.browser(another(KOFI))
    put_on_list(viewer.browser(KOFI), JOSEPH)
    row = row_of(browser.read("/worklist"), "PEARSON")
    engine = open_database(viewer.settings.database)
    Dissents(engine, viewer.log._clock).record(JOSEPH.replace(" ", ""), PRIYA, "IG-17")
    engine.dispose()

    assert browser.post("/worklist/open", row=row).status_code == 403
    assert set(browser.post("/worklist/new", row=row).json) == {"heading"}


def test_who_has_dissented_since_they_were_opened_is_not_put_on_the_list_law_4(viewer: Viewer) -> None:
    browser = viewer.browser(KOFI)
    handle = browser.open(JOSEPH, **REGISTERED).split("/")[2]
    engine = open_database(viewer.settings.database)
    Dissents(engine, viewer.log._clock).record(JOSEPH.replace(" ", ""), PRIYA, "IG-17")

    refused = browser.post("/worklist/add", handle=handle)

    kept = Worklists(engine, viewer.log._clock).of("Y99001")
    engine.dispose()
    assert refused.status_code == 403
    assert kept == ()
    assert [one.outcome for one in viewer.events(event="refused")] == ["refused"]
    assert not [one for one in viewer.events() if one.outcome == "put on the worklist"]


def test_a_full_list_says_so_and_the_log_says_that_nobody_was_put_on_it_law_3(viewer: Viewer) -> None:
    browser = viewer.browser(RUTH)
    path = browser.open(RUTHS, **REGISTERED)
    engine = open_database(viewer.settings.database)
    person = msgspec.json.encode(viewer.opened(browser, path).person)
    with writing(engine) as database:
        for number in range(MOST):
            person_there = person.replace(RUTHS.replace(" ", "").encode(), f"{number:010}".encode())
            row = {"practice": RUTH.organisation.ods, "nhs_number": f"{number:010}", "person": person_there}
            database.execute(insert(worklists).values(**row, since=datetime.now(UTC)))

    refused = browser.post("/worklist/add", handle=path.split("/")[2])

    kept = Worklists(engine, viewer.log._clock).of(RUTH.organisation.ods)
    with writing(engine) as database:
        database.execute(delete(worklists).where(worklists.c.practice == RUTH.organisation.ods))
    engine.dispose()
    assert refused.status_code == 409
    assert f"The worklist is full: it holds {MOST} patients" in refused.get_data(as_text=True)
    assert len(kept) == MOST
    changes = [one.outcome for one in viewer.events() if one.asked_for == WORKLIST]
    assert changes[-1] == "not put on the worklist: it is full"


def test_only_a_practice_has_a_list(viewer: Viewer) -> None:
    browser = viewer.browser(AMINA)
    handle = browser.open(WALTER).split("/")[2]

    assert browser.get("/worklist").status_code == 403
    assert browser.post("/worklist/add", handle=handle).status_code == 404
    assert viewer.browser(PRIYA).get("/worklist").status_code == 403


def test_a_row_means_nothing_in_another_sign_in(viewer: Viewer) -> None:
    row = row_of(put_on_list(viewer.browser(KOFI), JOSEPH), "PEARSON")
    other = viewer.browser(another(KOFI))

    for path in ("/worklist/open", "/worklist/new", "/worklist/remove"):
        assert other.post(path, row=row).status_code == 404
