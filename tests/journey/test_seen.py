"""What was shown is remembered by the whole viewer: after the log, of released reports alone, never in its way."""

import json
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select

from sandbox.town import Town
from tests.journey.held import held_by
from tests.reading import Page
from tests.sandbox.asking import Asker
from tests.whole import AMINA, Browser, Sent, Viewer, another, as_sent, viewer_of
from viewer.access.access_event import Event
from viewer.store.seen_tables import seen

WALTER, CALLUM, TWENTY_THOUSAND = "999 412 7039", "999 303 4320", "999 026 8851"


def news(page: Page) -> str:
    return page.root.one("p", id="news").said


def remembered(viewer: Viewer) -> list[set[str]]:
    """Return the marks of reports that are kept, of each reader and patient."""
    viewer.app.extensions["seen"].settle()
    engine = create_engine(viewer.environ["TRUSTLINE_DATABASE"])
    with engine.connect() as database:
        kept = database.execute(select(seen.c.body)).scalars().all()
    engine.dispose()
    return [set(json.loads(body)["reports"]) for body in kept]


def test_the_second_look_says_that_nothing_is_new_and_the_first_that_it_is_the_first(viewer: Viewer) -> None:
    browser = viewer.browser(AMINA)
    first = browser.read(browser.open(WALTER))
    viewer.app.extensions["seen"].settle()

    again = browser.read(browser.open(WALTER))
    colleague = viewer.browser(another(AMINA))

    assert news(first).startswith("Your first look at this patient here")
    assert news(again).startswith("Nothing new in what has come since you last looked, ")
    assert news(colleague.read(colleague.open(WALTER))).startswith("Your first look at this patient here")


def test_a_stream_is_remembered_as_a_whole_page_is(viewer: Viewer) -> None:
    browser = viewer.browser(AMINA)
    browser.stream(browser.open(WALTER))
    viewer.app.extensions["seen"].settle()

    assert news(browser.read(browser.open(WALTER))).startswith("Nothing new")


def test_what_had_not_been_sent_when_a_browser_went_away_was_not_shown(town: Town, tmp_path: Path) -> None:
    with viewer_of(town, tmp_path) as viewer:
        browser = viewer.browser(AMINA)
        sent = first_part_alone(browser, browser.open(TWENTY_THOUSAND))

        (hers, _) = remembered(viewer)

    assert 0 < len(hers) <= len(sent.data["rows"]) < sent.data["following"]


def first_part_alone(browser: Browser, path: str) -> Sent:
    """Listen to a stream until the first rows come, and go away."""
    response = browser.get(f"{path}/stream")
    chunks = (as_sent(chunk.decode().rstrip()) for chunk in response.response)
    sent = next(one for one in chunks if one.data["rows"])
    response.close()
    return sent


def test_what_a_trust_that_was_silent_sends_later_is_new(viewer: Viewer, town: Town) -> None:
    browser = viewer.browser(AMINA)
    town.weather("rotherham", "error", on="results")
    browser.read(browser.open(WALTER))
    viewer.app.extensions["seen"].settle()
    town.fine()

    path = browser.open(WALTER)
    page = browser.read(f"{path}?again=rotherham")

    marked = {
        key
        for key, row in page.rows.items()
        if "New to you: Rotherham had not sent all it holds when you last looked" in row.said
    }
    assert marked
    assert {key.partition("/")[0] for key in marked} == {"rotherham"}
    assert news(page).startswith(f"{len(marked)} new since you last looked")


def test_what_is_withheld_leaves_no_trace_in_what_is_remembered_law_4(viewer: Viewer, asker: Asker) -> None:
    browser = viewer.browser(AMINA)
    page = browser.read(browser.open(CALLUM))
    held = held_by(asker, "rotherham", CALLUM).reports
    copies = sum(account.copies for account in page.accounts.values())

    kept = remembered(viewer)

    assert any(f"rotherham/{name}" not in page.rows for name in held)
    assert [len(marks) for marks in kept] == [len(page.rows) + copies] * 2  # hers, and her organisation's


def test_only_what_the_log_holds_is_remembered_and_a_refusal_is_not(viewer: Viewer) -> None:
    browser = viewer.browser(AMINA)
    page = browser.read(browser.open(WALTER))

    (shown,) = viewer.events(event=Event.RESULTS_SHOWN)
    (hers, theirs) = remembered(viewer)

    assert hers == theirs
    assert len(hers) <= len(shown.reports)
    assert len(page.rows) <= len(hers)


@pytest.mark.parametrize("broken", ["DROP TABLE seen", "UPDATE seen SET body = x'00'"], ids=["gone", "spoilt"])
def test_a_memory_that_is_broken_takes_nothing_from_the_page(town: Town, tmp_path: Path, broken: str) -> None:
    with viewer_of(town, tmp_path) as viewer:
        browser: Browser = viewer.browser(AMINA)
        first = browser.read(browser.open(WALTER))
        viewer.app.extensions["seen"].settle()
        engine = create_engine(viewer.environ["TRUSTLINE_DATABASE"])
        with engine.begin() as database:
            database.exec_driver_sql(broken)
        engine.dispose()

        page = browser.read(browser.open(WALTER))

    assert list(page.rows) == list(first.rows)
    assert news(page).startswith("What you were shown before is not known now: nothing is marked as new.")
    assert "since you last looked" not in page.main.said
