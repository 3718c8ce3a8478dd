"""Law 3: no line in the log, no page. The asking and the showing are durable before a byte leaves, and refusals too."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sandbox.town import Town
from tests.reading import read
from tests.whole import AMINA, KOFI, PRIYA, RHYS, Browser, Viewer, as_sent
from viewer.audit.entry import Record

WALTER, NAOMI, JOSEPH, NOBODY = "999 412 7039", "999 094 4768", "999 020 7798", "999 162 5003"
TELEPHONES = [f"01632 960 10{place}" for place in range(1, 8)]


@contextmanager
def log_that_cannot_be_written(viewer: Viewer) -> Iterator[None]:
    """Take away both places where an entry could go."""
    viewer.settings.journal.write_text("a file where the journal's folder would be made")
    with database_that_cannot_be_written(viewer):
        yield
    viewer.settings.journal.unlink()


@contextmanager
def database_that_cannot_be_written(viewer: Viewer) -> Iterator[None]:
    """Hold the database's write lock, as another process might."""
    path = viewer.settings.database.removeprefix("sqlite:///")
    other = sqlite3.connect(path, isolation_level=None)
    try:
        other.execute("BEGIN EXCLUSIVE")
        yield
    finally:
        other.close()


def said(records: list[Record]) -> list[tuple[str, str]]:
    return [(record.event, record.outcome) for record in records]


# ── What is in the log when a page has left ──────────────────────────────────────────────────────


def test_each_page_of_a_journey_is_in_the_log_as_asked_and_as_shown_law_3(viewer: Viewer) -> None:
    browser = viewer.browser(AMINA)

    path = browser.open(WALTER)
    page = browser.read(path)
    browser.read(next(link for link in page.links if "/reports/" in link))

    assert said(viewer.events()) == [
        ("find asked", "asked"), ("find shown", "listed"), ("find shown", "listed again"),
        ("find asked", "asked"), ("patient opened", "opened"),
        ("results asked", "asked"), ("results shown", "shown"),
        ("results asked", "asked"), ("report shown", "shown"),
    ]  # fmt: skip


def test_what_is_shown_is_in_the_log_report_by_report_law_3(viewer: Viewer) -> None:
    browser = viewer.browser(AMINA)

    page = browser.read(browser.open(WALTER))

    (shown,) = viewer.events(event="results shown")
    assert {key.partition("@")[0] for key in shown.reports} >= set(page.rows)
    assert {at.trust: at.laboratory + at.radiology for at in shown.trusts} == (
        {trust: account.shown + account.copies for trust, account in page.accounts.items()}
    )
    assert re.fullmatch("[0-9a-f]{64}", shown.digest)
    assert shown.nhs_number == WALTER.replace(" ", "")
    assert shown.patient == "HARGREAVES, Walter, born 1944-03-09"
    assert (shown.user_name, shown.role, shown.organisation_ods) == ("Dr Amina Farrell", "consultant", "RHQ")
    assert (shown.purpose, shown.claim, shown.because) == ("emergency-care", "in-department", "WT-2026 cl. 4.2(a)")


def test_the_page_names_its_look_in_the_log_and_not_how_much_stands_there_law_3(viewer: Viewer) -> None:
    """The number of an entry would tell how many people a search found and did not list."""
    browser = viewer.browser(AMINA)

    page = browser.read(browser.open(WALTER))

    (shown,) = viewer.events(event="results shown")
    assert page.root.one("p", "entry").said == f"Log reference {shown.view}."


def test_every_event_of_a_stream_is_in_the_log_before_it_leaves_law_3(viewer: Viewer) -> None:
    browser = viewer.browser(AMINA)
    path = browser.open(WALTER)

    logged, sent = set[str](), set[str]()
    for event in events_as_they_leave(browser, path):
        if event.event == "step":
            newest = viewer.events()[-1]
            assert event.data["entry"] == f" · log reference {newest.view}"
            assert newest.event == ("results shown" if event.data["rows"] else newest.event)
            logged |= {key.partition("@")[0] for key in newest.reports}
            sent |= {row["key"] for row in event.data["rows"]}
            assert sent <= logged
    assert len(sent) > 100


def events_as_they_leave(browser: Browser, path: str):  # type: ignore[no-untyped-def]  # an iterator of Sent
    response = browser.client.get(f"{path}/stream", base_url="https://localhost", buffered=False)
    for chunk in response.iter_encoded():
        yield as_sent(chunk.decode().strip())


# ── The log cannot be written ────────────────────────────────────────────────────────────────────


def pages_about_a_patient(browser: Browser) -> dict[str, str]:
    timeline = browser.open(WALTER)
    page = browser.read(timeline)
    found = browser.post("/find", nhs_number=WALTER).location
    report = next(link for link in page.links if "/reports/" in link)
    return {"found": found, "timeline": timeline, "stream": f"{timeline}/stream", "report": report}


@pytest.mark.parametrize("name", ["found", "timeline", "stream", "report"])
def test_no_page_about_a_patient_leaves_while_the_log_cannot_be_written_law_3(
    town: Town, viewer: Viewer, name: str
) -> None:
    browser = viewer.browser(AMINA)
    address = pages_about_a_patient(browser)[name]
    town.forget_requests()

    with log_that_cannot_be_written(viewer):
        answer = browser.get(address)

    text = answer.get_data(as_text=True)
    assert answer.status_code == 503
    assert all(number in text for number in TELEPHONES)
    assert 'class="row"' not in text
    assert "HARGREAVES" not in text
    assert not any(town.requests.values())


def test_no_patient_is_opened_while_the_log_cannot_be_written_law_3(viewer: Viewer) -> None:
    browser = viewer.browser(AMINA)
    (confirm,) = browser.listed(WALTER)
    _, _, handle, _, listed = confirm.split("/")

    with log_that_cannot_be_written(viewer):
        answer = browser.post("/patients", handle=handle, listed=listed, why="emergency-care/in-department")

    assert answer.status_code == 503
    assert all(number in answer.get_data(as_text=True) for number in TELEPHONES)


def test_no_search_is_taken_while_the_database_cannot_be_written_law_3(town: Town, viewer: Viewer) -> None:
    browser = viewer.browser(AMINA)

    with log_that_cannot_be_written(viewer):
        answer = browser.post("/find", nhs_number=WALTER)

    assert answer.status_code == 503
    assert all(number in answer.get_data(as_text=True) for number in TELEPHONES)
    assert not any(town.requests.values())


def test_a_database_file_that_went_away_leaves_no_page_law_3(viewer: Viewer) -> None:
    browser = viewer.browser(AMINA)
    path = browser.open(WALTER)
    file = Path(viewer.settings.database.removeprefix("sqlite:///"))

    file.rename(file.with_suffix(".away"))
    answer = browser.get(path)

    assert answer.status_code == 503
    assert "HARGREAVES" not in answer.get_data(as_text=True)


def test_a_log_that_fails_half_way_leaves_no_rows_on_a_page_already_begun_law_3(viewer: Viewer) -> None:
    browser = viewer.browser(AMINA)
    path = browser.open(WALTER)
    response = browser.client.get(path, base_url="https://localhost", buffered=False)
    chunks = response.iter_encoded()
    begun = next(chunks)

    with log_that_cannot_be_written(viewer):
        rest = b"".join(chunks)

    page = read((begun + rest).decode())
    assert page.all("li", "row") == []
    assert "Results cannot be shown now" in page.one("section", "lost").said
    assert all(number in page.one("section", "lost").said for number in TELEPHONES)
    assert said(viewer.events())[-1] == ("results asked", "asked")


def test_a_log_that_fails_half_way_ends_a_stream_without_another_row_law_3(town: Town, viewer: Viewer) -> None:
    browser = viewer.browser(AMINA)
    path = browser.open(WALTER)
    events = events_as_they_leave(browser, path)
    first = next(events)

    with log_that_cannot_be_written(viewer):
        rest = list(events)

    assert first.data["rows"] == []
    assert [event.event for event in rest] == ["lost"]
    assert "the access log cannot be written" in rest[0].data["why"]


def test_a_look_goes_on_while_the_database_cannot_be_written_and_every_line_of_it_is_kept_law_3(viewer: Viewer) -> None:
    browser = viewer.browser(AMINA)
    path = browser.open(WALTER)
    before = viewer.log.size

    with database_that_cannot_be_written(viewer):
        page = browser.read(path)
        waiting = viewer.log.sink
        assert viewer.log.size == before
    viewer.log.close()  # which hands over what waits

    assert (page.status, len(page.rows) > 100) == (200, True)
    assert (waiting.name, waiting.waiting) == ("journal", 2)
    assert said(viewer.events())[before:] == [("results asked", "asked"), ("results shown", "shown")]
    assert viewer.log.sink.name == "database"
    assert viewer.log.verify().sound


def test_the_next_page_after_a_log_that_failed_is_whole_law_3(viewer: Viewer) -> None:
    browser = viewer.browser(AMINA)
    path = browser.open(WALTER)
    with log_that_cannot_be_written(viewer):
        assert browser.get(path).status_code == 503

    page = browser.read(path)

    assert page.status == 200
    assert page.trusts >= {"rotherham", "sheffield_teaching"}
    assert viewer.log.verify().sound


def test_health_says_when_the_log_is_not_there_law_3(viewer: Viewer) -> None:
    file = Path(viewer.settings.database.removeprefix("sqlite:///"))
    viewer.settings.journal.write_text("a file where the journal's folder would be made")
    file.rename(file.with_suffix(".away"))

    assert viewer.stranger().get("/health").status_code == 503


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────────


def told(record: Record) -> set[str]:
    fields = record.__struct_fields__
    return {name for name in fields if getattr(record, name)}


def test_a_refusal_is_logged_in_the_same_detail_as_a_success_law_3(viewer: Viewer) -> None:
    browser = viewer.browser(AMINA)

    browser.search(nhs_number=WALTER)
    browser.search(nhs_number=NAOMI)

    (listed,), (refused,) = viewer.events(event="find shown", outcome="listed"), viewer.events(event="refused")
    assert told(refused) | {"agreements", "texts"} == told(listed)
    assert {at.trust for at in refused.trusts} == {at.trust for at in listed.trusts}


def test_a_search_that_finds_nobody_is_logged_law_3(viewer: Viewer) -> None:
    viewer.browser(AMINA).search(nhs_number=NOBODY)

    assert said(viewer.events())[-1] == ("find shown", "none found")


def test_a_form_that_was_refused_is_logged_law_3(viewer: Viewer) -> None:
    browser = viewer.browser(AMINA)

    browser.post("/find", csrf="of-another", nhs_number=WALTER)

    (refused,) = viewer.events(event="refused")
    assert refused.because == "This form did not come from a page of ours, or the page was too old"


def test_the_log_of_a_whole_journey_is_sound_and_every_entry_is_proven_law_3(viewer: Viewer) -> None:
    clinician, officer = viewer.browser(AMINA), viewer.browser(PRIYA)
    clinician.read(clinician.open(WALTER))

    for number in range(1, viewer.log.size + 1):
        assert "✓ The path below leads from this entry to the root" in officer.read(f"/ledger/entries/{number}").said
    assert viewer.log.verify().sound


# ── Who then reads it ────────────────────────────────────────────────────────────────────────────


def lines(browser: Browser) -> list[str]:
    return [row.said for row in browser.read("/ledger").root.one("tbody").all("tr") if "data-entry" in row.attributes]


def test_an_officer_sees_what_their_staff_did_in_the_ledger_law_3(viewer: Viewer) -> None:
    clinician = viewer.browser(AMINA)
    page = clinician.read(clinician.open(WALTER))

    seen = lines(viewer.browser(PRIYA))

    timeline = next(line for line in seen if "Timeline:" in line)
    assert all(words in timeline for words in ("Dr Amina Farrell", "HARGREAVES, Walter", WALTER, "Emergency care"))
    assert "WT-2026 cl. 4.2(a)" in timeline
    counted = re.search(r"Timeline: (\d+) laboratory, (\d+) radiology", timeline)
    assert counted
    assert sum(map(int, counted.groups())) == sum(one.shown + one.copies for one in page.accounts.values())


def test_the_ledger_shows_no_value_of_any_result_law_3(viewer: Viewer) -> None:
    clinician, officer = viewer.browser(AMINA), viewer.browser(PRIYA)
    path = clinician.open(WALTER)
    clinician.read(next(link for link in clinician.read(path).links if "/reports/" in link))

    pages = [officer.read("/ledger"), *(officer.read(f"/ledger/entries/{n}") for n in range(1, viewer.log.size + 1))]

    for words in ("mmol/L", "Potassium", "Troponin", "lung nodule"):
        assert not any(words in page.said for page in pages)


def test_an_officer_of_a_trust_sees_who_looked_at_its_data_and_no_more_law_3(viewer: Viewer) -> None:
    for who, number, why in ((AMINA, WALTER, "emergency-care/in-department"), (KOFI, JOSEPH, "direct-care/registered")):
        browser = viewer.browser(who)
        browser.read(browser.open(number, why))
    viewer.browser(KOFI).get("/ledger")  # refused, and about no trust's data

    seen = lines(viewer.browser(RHYS))

    assert any("Dr Amina Farrell" in line for line in seen)
    assert any("Dr Kofi Abara" in line for line in seen)
    assert not any("Only an information governance officer" in line for line in seen)
