"""A practice's worklist: kept for the practice, proven anew for each who looks, and new is asked of every trust."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from sqlalchemy import delete, insert, select

from sandbox.town import Town
from tests.builders import BARNSLEY
from tests.reading import Page
from tests.whole import AMINA, KOFI, PRIYA, RUTH, Browser, Viewer, another
from viewer.clinical.nhs_number import NHSNumber
from viewer.clinical.patient import Name, Patient, Person, Verification
from viewer.dissents import Dissents
from viewer.handles import Handles
from viewer.pages import worklist_words
from viewer.pages.find import name_of
from viewer.pages.worklist import WorklistRow
from viewer.steps import number_of
from viewer.store.database import open_database, writing
from viewer.store.worklist_tables import worklists
from viewer.worklist import LEFT, WORKLIST
from viewer.worklists import KEPT, MOST, Worklists

WALTER, JOSEPH = "999 412 7039", "999 020 7798"
RUTHS = "999 576 0894"
NAOMI, EMILY = "9990944768", "9992248157"  # PDS alone marks Emily Smith
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
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


def test_who_is_not_proven_to_be_registered_is_not_shown_and_stays_for_when_they_are(
    town: Town, viewer: Viewer
) -> None:
    put_on_list(viewer.browser(KOFI), JOSEPH)
    town.weather("pds", "error", 500)

    page = viewer.browser(another(KOFI)).read("/worklist")
    town.fine()
    after = viewer.browser(another(KOFI)).read("/worklist")

    assert named(page) == []
    assert "PEARSON" not in page.source.upper()
    assert "The national register (PDS) did not answer" in page.said
    assert named(after) == ["PEARSON, Joseph (Mr)"]


# ── Who may not be listed any more ───────────────────────────────────────────────────────────────


def a_record(number: str, family: str, *, restricted: bool) -> Person:
    record = Patient(
        BARNSLEY, "7", NHSNumber(number), Verification.VERIFIED, Name(family, ("A",)), "1990-01-01",
        practice="Y99001", restricted=restricted,
    )  # fmt: skip
    return Person(record.nhs_number, (record,))


GONE = {
    "PDS alone marks them": a_record(EMILY, "SMITH", restricted=False),
    "a trust marked them": a_record(NAOMI, "FENWICK", restricted=True),
    "PDS names another practice": a_record(RUTHS.replace(" ", ""), "ELSEWHERE", restricted=False),
}


@pytest.mark.parametrize("why", GONE)
def test_two_worlds_with_and_without_somebody_who_may_not_be_listed_are_the_same_bytes(
    viewer: Viewer, why: str
) -> None:
    browser = viewer.browser(another(KOFI))
    put_on_list(browser, JOSEPH)
    without = browser.get("/worklist").data
    engine = open_database(viewer.settings.database)
    lists = Worklists(engine, viewer.log._clock)
    lists.add("Y99001", GONE[why])

    with_them = browser.get("/worklist").data
    again = browser.get("/worklist").data

    kept = [number_of(one.person) for one in lists.of("Y99001")]
    engine.dispose()
    assert with_them == without == again
    assert kept == [JOSEPH.replace(" ", "")]
    left = [one for one in viewer.events() if one.outcome == LEFT]
    assert [one.nhs_number for one in left] == [number_of(GONE[why])]


def test_who_is_open_and_marked_since_is_not_offered_whether_or_not_they_were_on_the_list(viewer: Viewer) -> None:
    browser = viewer.browser(another(KOFI))
    opened = viewer.opened(browser, browser.open(JOSEPH, **REGISTERED))
    browser.post("/worklist/add", handle=opened.handle)
    emily = replace(opened, handle="emilys", person=GONE["PDS alone marks them"])
    Handles(viewer.app.extensions["sessions"], str).keep(browser.reference, emily, emily.handle)
    without = browser.get("/worklist").data
    engine = open_database(viewer.settings.database)
    Worklists(engine, viewer.log._clock).add("Y99001", emily.person)
    engine.dispose()

    with_her = browser.get("/worklist").data

    assert with_her == without
    assert b"emilys" not in with_her


def test_a_trust_s_mark_that_came_since_is_met_when_they_are_opened_and_they_leave_the_list(viewer: Viewer) -> None:
    browser = viewer.browser(another(KOFI))
    engine = open_database(viewer.settings.database)
    lists = Worklists(engine, viewer.log._clock)
    naomi = a_record(NAOMI, "FENWICK", restricted=False)
    lists.add("Y99001", naomi)
    row = name_of(browser.reference, naomi)
    Handles(viewer.app.extensions["sessions"], str).keep(browser.reference, WorklistRow(naomi, NOON, ""), row)

    refused = browser.post("/worklist/open", row=row)

    kept = lists.of("Y99001")
    engine.dispose()
    assert refused.status_code == 403
    assert "FENWICK" not in refused.get_data(as_text=True).upper()
    assert kept == ()


# ── What is kept ─────────────────────────────────────────────────────────────────────────────────


def test_no_place_of_anybody_s_is_kept(viewer: Viewer) -> None:
    browser = viewer.browser(KOFI)
    person = viewer.opened(browser, browser.open(JOSEPH, **REGISTERED)).person
    put_on_list(browser, JOSEPH)

    engine = open_database(viewer.settings.database)
    with engine.connect() as database:
        kept = bytes(database.execute(select(worklists.c.person)).scalar_one()).decode()
    engine.dispose()
    assert any(record.postcode and record.address for record in person.records)
    for record in person.records:
        for said in (record.postcode, *record.address, record.hospital_number):
            assert not said or json.dumps(said, ensure_ascii=False) not in kept


def test_who_is_opened_from_the_list_is_opened_as_the_trusts_know_them_now(viewer: Viewer) -> None:
    browser = viewer.browser(another(KOFI))
    page = put_on_list(browser, JOSEPH)

    path = browser.post("/worklist/open", row=row_of(page, "PEARSON")).location

    assert any(record.postcode for record in viewer.opened(browser, path).person.records)
    assert [one.asked_for for one in viewer.events(event="find asked")][-1] == "NHS number"


class Clock:
    now = datetime(2026, 11, 22, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def test_who_is_not_opened_from_the_list_for_half_a_year_is_forgotten_and_not_before(database_url: str) -> None:
    engine, clock = open_database(database_url), Clock()
    lists = Worklists(engine, clock)
    looked_at_, left_alone = GONE["PDS alone marks them"], GONE["a trust marked them"]
    for one in (looked_at_, left_alone):
        lists.add("Y99001", one)
    clock.now += KEPT - timedelta(seconds=1)
    lists.forget()
    before = len(lists.of("Y99001"))
    lists.opened("Y99001", looked_at_)

    clock.now += timedelta(seconds=1)
    unasked = [one.person.nhs_number for one in lists.of("Y99001")]
    lists.forget()

    with engine.connect() as database:
        rows = database.execute(select(worklists.c.nhs_number)).scalars().all()
    engine.dispose()
    assert before == 2
    assert unasked == [looked_at_.nhs_number]
    assert rows == [EMILY]


def test_that_somebody_leaves_the_list_soon_is_said_a_month_before() -> None:
    until = datetime(2027, 5, 21, 9, tzinfo=UTC)

    assert worklist_words.leaves(until, until - timedelta(days=31)) == ""
    assert worklist_words.leaves(until, until - timedelta(days=30)) == (
        "Leaves this list on 21-May-2027, unless opened from here before"
    )


# ── What is new ──────────────────────────────────────────────────────────────────────────────────


def test_a_row_is_asked_about_once_and_then_the_time_is_told_and_no_trust_is_asked(town: Town, viewer: Viewer) -> None:
    browser = viewer.browser(another(KOFI))
    look_at_all(viewer, browser)
    row = row_of(put_on_list(browser, WALTER), "HARGREAVES")
    first = browser.post("/worklist/new", row=row).json
    town.forget_requests()
    before = len(viewer.events())

    again = browser.post("/worklist/new", row=row).json

    assert first["heading"] == "Nothing new"
    assert set(again) == {"later"}
    assert not any(town.requests.values())
    assert len(viewer.events()) == before


def test_what_is_new_is_what_was_issued_since_the_practice_last_opened_it(viewer: Viewer) -> None:
    browser = viewer.browser(another(KOFI))
    look_at_all(viewer, browser)
    row = row_of(put_on_list(browser, WALTER), "HARGREAVES")

    told = browser.post("/worklist/new", row=row).json

    assert told["heading"] == "Nothing new"  # it was put on the list just now
    assert told["lines"] == []
    assert told["missing"] == "no trust missing"
    shown = viewer.events(event="results shown")
    assert shown[-1].reports == ()


def look_at_all(viewer: Viewer, browser: Browser) -> None:
    """Look at Walter's whole timeline, found by a search."""
    browser.read(f"{browser.open(WALTER, **REGISTERED)}?whole=1")
    viewer.app.extensions["seen"].settle()


def listed_three_days_ago(viewer: Viewer, browser: Browser) -> str:
    """Put Walter on the list as of three days ago, and return his row."""
    person = viewer.opened(browser, browser.open(WALTER, **REGISTERED)).person
    engine = open_database(viewer.settings.database)
    Worklists(engine, lambda: datetime.now(UTC) - timedelta(days=3)).add("Y99001", person)
    engine.dispose()
    return row_of(browser.read("/worklist"), "HARGREAVES")


def how_new(viewer: Viewer, browser: Browser) -> str:
    """Return what the list says now is new of Walter."""
    viewer.app.extensions["seen"].settle()
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

    with_a_gap = how_new(viewer, browser)
    browser.post(f"{path}/again", trust="rotherham")
    LOOKS[look](browser, path)
    whole = how_new(viewer, browser)

    assert re.fullmatch(r"\d+ new reports?", with_a_gap)
    assert whole == "Nothing new"


@pytest.mark.parametrize("path", ["", "/microbiology", "?whole=1&flag=flagged"])
def test_a_page_that_shows_a_part_leaves_the_rest_new_law_1(viewer: Viewer, path: str) -> None:
    browser = viewer.browser(another(KOFI))
    row = listed_three_days_ago(viewer, browser)
    opened = browser.post("/worklist/open", row=row).location
    if path:
        browser.read(f"{opened}{path}")

    assert re.fullmatch(r"\d+ new reports?", how_new(viewer, browser))


@pytest.mark.parametrize("chosen", ["kind=radiology", "trust=barnsley", "period=3d", "flag=flagged", "words=sought"])
def test_with_script_what_was_chosen_before_the_page_asked_leaves_the_rest_new_law_1(
    viewer: Viewer, chosen: str
) -> None:
    browser = viewer.browser(another(KOFI))
    row = listed_three_days_ago(viewer, browser)
    opened = browser.post("/worklist/open", row=row).location

    assert b"event: done" in browser.get(f"{opened}/stream?{chosen}").data

    assert re.fullmatch(r"\d+ new reports?", how_new(viewer, browser))


def test_with_script_what_stands_in_the_address_goes_with_the_asking_and_no_words_do(viewer: Viewer) -> None:
    browser = viewer.browser(AMINA)
    path = browser.open(WALTER)
    browser.client.set_cookie("script", "1", domain="localhost")

    page = browser.read(f"{path}?kind=radiology&flag=flagged&trust=nowhere&find=Hargreaves")

    assert page.root.one(id="arrivals").attributes["data-stream"] == f"{path}/stream?kind=radiology&flag=flagged"


@pytest.mark.parametrize("look", ["?whole=1&kind=radiology", "/stream?kind=radiology"])
def test_what_bears_an_older_time_and_was_never_shown_is_new_law_1(viewer: Viewer, look: str) -> None:
    browser = viewer.browser(another(KOFI))
    browser.get(f"{browser.open(WALTER, **REGISTERED)}{look}").get_data()
    put_on_list(browser, WALTER)

    some_shown = how_new(viewer, browser)
    look_at_all(viewer, browser)
    all_shown = how_new(viewer, viewer.browser(another(KOFI)))

    assert re.fullmatch(r"\d+ new reports", some_shown)
    assert all_shown == "Nothing new"


def test_who_is_put_on_the_list_again_stays_new_since_they_were_put_there_first(viewer: Viewer) -> None:
    browser = viewer.browser(another(KOFI))
    listed_three_days_ago(viewer, browser)
    engine = open_database(viewer.settings.database)
    lists = Worklists(engine, viewer.log._clock)
    (before,) = lists.of("Y99001")

    put_on_list(browser, WALTER)

    (after,) = lists.of("Y99001")
    engine.dispose()
    assert after.since == before.since
    assert after.until > before.until


def test_who_is_opened_by_a_search_stays_new_on_the_list(viewer: Viewer) -> None:
    browser = viewer.browser(another(KOFI))
    listed_three_days_ago(viewer, browser)

    browser.read(f"{browser.open(WALTER, **REGISTERED)}?whole=1")

    assert re.fullmatch(r"\d+ new reports?", how_new(viewer, browser))


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
    look_at_all(viewer, viewer.browser(KOFI))
    browser = viewer.browser(another(KOFI))  # for whom no trust's answer is kept
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
            now = datetime.now(UTC)
            database.execute(insert(worklists).values(**row, since=now, until=now + KEPT))

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
