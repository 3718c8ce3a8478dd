"""The board lists one's own department: decided, in the log first, and a trust that is silent is never nobody."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sandbox.town import Town
from tests.access.builders import ROTHERHAM, TEACHING
from tests.builders import Json, a_patient_resource, all_received, an_answer
from tests.connectors.test_presence import an_encounter
from tests.journey.test_results import NOON, World
from tests.pages.builders import a_patient, a_report, a_result
from tests.reading import Page
from tests.whole import AMINA, KOFI, PRIYA, TOM, Browser, Viewer, another, impatient_with, viewer_of
from viewer.access.clinician import Organisation
from viewer.board import who_is_in_department
from viewer.clinical.imaging import Alert, SentAlert
from viewer.clinical.newer import Newer
from viewer.clinical.report import Status
from viewer.clinical.row import Row
from viewer.dissents import Dissents
from viewer.evidence import DEPARTMENT
from viewer.pages import board_words
from viewer.steps import State, Tile
from viewer.store.database import open_database

WALTER, NAOMI, EMILY = "9994127039", "9990944768", "9992248157"  # PDS alone marks Emily Smith
CHESTERFIELDS = replace(AMINA, organisation=Organisation("RFS", "Chesterfield Royal Hospital NHS Foundation Trust"))


def named(page: Page) -> list[str]:
    return [bay.one("h2").said for bay in page.root.all("li", "bay")]


def row_of(page: Page, name: str) -> str:
    (bay,) = [bay for bay in page.root.all("li", "bay") if name in bay.one("h2").said]
    return bay.one("input", name="row").attributes["value"]


def listed_in_log(viewer: Viewer) -> list[str]:
    return [one.patient.split(",")[0] for one in viewer.events(event="find shown") if one.outcome == "listed"]


# ── Who is listed ────────────────────────────────────────────────────────────────────────────────


def test_everybody_in_the_department_is_listed_who_came_last_first(viewer: Viewer) -> None:
    page = viewer.browser(AMINA).read("/board")

    assert page.heading == "Sheffield Teaching: 5 in the emergency department"
    assert named(page) == [
        "SMITH, James", "HARGREAVES, Walter (Mr)", "SMITH, John", "SMITH, David", "SMITH, John",
    ]  # fmt: skip
    walter = page.root.all("li", "bay")[1].said
    assert re.search(r"Born 09-Mar-1944 .* Gender Male NHS No\. 999 412 7039 Arrived \d\d-\w{3}-\d{4} 02:12", walter)
    assert "Emergency Department, Northern General" in walter


def test_everybody_listed_is_in_the_log_and_so_is_that_the_trust_was_asked(viewer: Viewer) -> None:
    viewer.browser(AMINA).read("/board")

    asked, *shown = [one for one in viewer.events() if one.asked_for == DEPARTMENT]
    assert (asked.event, asked.outcome) == ("find asked", "asked")
    assert [one.trust for one in asked.trusts] == ["sheffield_teaching"]
    assert asked.agreements == ("working_together_2026",)
    assert sorted(listed_in_log(viewer)) == ["HARGREAVES", "SMITH", "SMITH", "SMITH", "SMITH"]
    assert {one.nhs_number for one in shown if one.outcome == "listed"} >= {WALTER}


def test_a_restricted_patient_is_not_listed_nor_counted_and_the_log_says_that_she_was_refused(viewer: Viewer) -> None:
    page = viewer.browser(AMINA).read("/board")

    assert page.heading == "Sheffield Teaching: 5 in the emergency department"
    for name, number in (("FENWICK", NAOMI), ("EMILY", EMILY)):
        assert name not in page.said.upper()
        (refused,) = [one for one in viewer.events(event="refused") if one.nhs_number == number]
        assert refused.asked_for == DEPARTMENT


def test_what_was_never_closed_is_not_listed_and_is_counted(viewer: Viewer) -> None:
    page = viewer.browser(AMINA).read("/board")

    assert "Not listed: 1 attendance that began more than 3 days ago and was never closed." in page.said


def with_number(id_: str, number: str, born: str) -> Json:
    sent = a_patient_resource(id_, birthDate=born)
    return {**sent, "identifier": [{**sent["identifier"][0], "value": number}]}


def test_whoever_is_not_listed_is_counted_by_why_law_1() -> None:
    """One is there; one's record did not come; one is expected; one was never closed."""
    since = {"7": NOON, "8": NOON, "9": NOON + timedelta(hours=3), "10": NOON - timedelta(days=9)}
    visits = [an_encounter(f"e{id_}", f"Patient/{id_}", period={"start": at.isoformat()}) for id_, at in since.items()]
    records = [
        with_number("7", WALTER, "1944-03-09"),
        with_number("9", "9990207798", "1962-04-18"),
        with_number("10", "9990697469", "1938-07-25"),
    ]
    world = World([an_answer(TEACHING, sent=all_received(*visits, *records))])

    board = who_is_in_department(world._parts(), world._looking())

    assert [one.attendance.patient_id for one in board.people] == ["7"]
    assert (board.nameless, board.untimely, board.never_closed) == (1, 1, 1)


def test_one_department_is_listed_alone_and_the_log_names_only_those(viewer: Viewer) -> None:
    browser = viewer.browser(AMINA)
    choices = browser.read("/board").root.one("nav", "departments").all("a")
    assert [one.said for one in choices] == [
        "All departments (5)",
        "Emergency Department, Northern General (4)",
        "Minor Injuries Unit, Royal Hallamshire (1)",
    ]  # fmt: skip
    before = len(listed_in_log(viewer))

    page = browser.read(choices[2].attributes["href"])

    assert named(page) == ["SMITH, John"]
    assert "999 232 7081" in page.said  # and not the other John Smith
    assert len(listed_in_log(viewer)) == before + 1


def test_each_clinician_sees_the_department_of_their_own_trust(viewer: Viewer) -> None:
    page = viewer.browser(TOM).read("/board")

    assert named(page) == ["NOWAK, Agnieszka (Ms)", "LARGE, Twohundred (Mr)"]


# ── What is missing ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("weather", [("error", 503), ("refused", 403), ("late", 30)], ids=lambda one: one[0])
def test_a_trust_that_does_not_answer_is_said_and_never_an_empty_department(
    town: Town, tmp_path: Path, weather: tuple[str, float]
) -> None:
    town.weather("sheffield_teaching", *weather)
    with viewer_of(town, tmp_path, change=impatient_with("sheffield_teaching", 0.5)) as viewer:
        page = viewer.browser(AMINA).read("/board")

    assert page.heading == "Sheffield Teaching: who is in the emergency department is not known"
    assert "People may be missing from this list" in page.said
    assert "names nobody" not in page.said
    assert "01" in page.root.one("div", "board-gap").said  # the telephone number


def test_an_empty_department_is_said_only_by_a_trust_that_answered(viewer: Viewer) -> None:
    page = viewer.browser(CHESTERFIELDS).read("/board")

    assert page.heading == "Chesterfield: 0 in the emergency department"
    assert "Chesterfield answered in full, and names nobody who may be listed here." in page.said


def test_a_gp_has_no_department_and_no_trust_is_asked(town: Town, viewer: Viewer) -> None:
    page = viewer.browser(KOFI).read("/board")

    assert page.heading == "Your organisation is not one of the trusts"
    assert "/board" not in [link.attributes["href"] for link in page.root.all("a")]
    assert all(not town.requests[trust] for trust in town.addresses)


def test_a_list_may_stand_as_long_as_the_role_in_which_it_was_shown(viewer: Viewer) -> None:
    gp = replace(another(KOFI), user_id=AMINA.user_id, name=AMINA.name)
    browser = viewer.browser(AMINA, gp)
    before = browser.get("/listed/board/still").json
    browser.read("/board")
    shown = browser.get("/listed/board/still").json

    browser.post("/sign-in/role", role=gp.role_profile)

    closed = {"open": False, "why": "This list was closed in this sign-in."}
    assert (before, shown, browser.get("/listed/board/still").json) == (closed, {"open": True}, closed)
    assert viewer.stranger().get("/listed/board/still").json == {"open": False, "why": "Your sign-in has ended."}


def test_an_officer_sees_no_board(viewer: Viewer) -> None:
    assert viewer.browser(PRIYA).get("/board").status_code == 403


# ── Opening ──────────────────────────────────────────────────────────────────────────────────────


def opened(browser: Browser, name: str, **form: str) -> str:
    answer = browser.post("/board/open", row=row_of(browser.read("/board"), name), **form)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return str(answer.location)


def test_to_open_from_the_board_goes_straight_to_the_timeline_with_the_trusts_own_proof(viewer: Viewer) -> None:
    browser = viewer.browser(another(AMINA))

    page = browser.read(opened(browser, "HARGREAVES") + "?whole=1")

    assert page.heading == "HARGREAVES, Walter (Mr)"
    assert set(page.tiles) >= {"rotherham", "sheffield_teaching"}
    (entry,) = viewer.events(event="patient opened")
    assert (entry.purpose, entry.claim) == ("emergency-care", "in-department")
    assert entry.proof.startswith("an emergency attendance since ")


def test_a_second_opening_from_the_board_is_the_same(viewer: Viewer) -> None:
    browser = viewer.browser(another(AMINA))

    assert opened(browser, "HARGREAVES") == opened(browser, "HARGREAVES")
    assert len(viewer.events(event="patient opened")) == 1


def test_a_row_means_nothing_in_another_sign_in(viewer: Viewer) -> None:
    row = row_of(viewer.browser(AMINA).read("/board"), "HARGREAVES")

    assert viewer.browser(another(AMINA)).post("/board/open", row=row).status_code == 404
    assert viewer.browser(another(AMINA)).post("/board/new", row=row).status_code == 404


def test_where_the_trust_no_longer_says_that_they_are_there_a_reason_is_asked_for(town: Town, viewer: Viewer) -> None:
    browser = viewer.browser(another(AMINA))
    row = row_of(browser.read("/board"), "HARGREAVES")
    town.weather("sheffield_teaching", "error", 500)

    answer = browser.post("/board/open", row=row)

    assert answer.status_code == 303
    assert re.fullmatch(r"/find/[\w-]+/confirm/\w+", answer.location)
    assert browser.read(answer.location).heading == "Is this the patient, and why are you looking?"
    assert viewer.events(event="patient opened") == []


def test_a_patient_who_has_dissented_is_listed_like_anybody_and_not_opened(viewer: Viewer) -> None:
    engine = open_database(viewer.settings.database)
    Dissents(engine, viewer.log._clock).record(WALTER, PRIYA, "IG-17")
    engine.dispose()
    browser = viewer.browser(another(AMINA))
    row = row_of(browser.read("/board"), "HARGREAVES")

    answer = browser.post("/board/open", row=row)
    told = browser.post("/board/new", row=row)

    assert answer.status_code == 403
    assert "HARGREAVES" not in answer.get_data(as_text=True)
    assert set(told.json) == {"heading"}
    assert [one.outcome for one in viewer.events(event="refused") if one.nhs_number == WALTER] == ["refused"] * 2


# ── What is new elsewhere ────────────────────────────────────────────────────────────────────────


def test_what_is_new_elsewhere_is_told_and_the_log_names_no_other_report_as_shown(viewer: Viewer) -> None:
    browser = viewer.browser(another(AMINA))

    told = browser.post("/board/new", row=row_of(browser.read("/board"), "HARGREAVES")).json

    assert re.fullmatch(r"\d+ reports issued elsewhere in the last 72 hours", told["heading"])
    assert len(told["lines"]) == int(told["heading"].split()[0])
    assert any("Rotherham" in line for line in told["lines"])
    assert not any("Sheffield Teaching" in line for line in told["lines"])
    shown = [one for one in viewer.events(event="results shown") if one.reports]
    assert sum(len(one.reports) for one in shown) >= len(told["lines"])
    assert "sheffield_teaching" not in {key.split("/")[0] for one in shown for key in one.reports}
    assert len({key for one in shown for key in one.reports}) < 30  # of 128


def test_a_row_is_asked_about_once_and_then_the_time_is_told_and_no_trust_is_asked(town: Town, viewer: Viewer) -> None:
    browser = viewer.browser(another(AMINA))
    row = row_of(browser.read("/board"), "HARGREAVES")
    first = browser.post("/board/new", row=row).json
    town.forget_requests()
    before = len(viewer.events())

    again = [browser.post("/board/new", row=row).json for _ in range(3)]
    other = browser.post("/board/new", row=row_of(browser.read("/board"), "SMITH, James")).json

    assert first["lines"]
    assert all(set(one) == {"later"} for one in again)
    said = r"Asked at \d\d:\d\d, and not again within 2 minutes\. Open the patient to look now"
    assert all(re.fullmatch(said, one["later"]) for one in again)
    asked_for = {one.nhs_number for one in viewer.events()[before:] if one.event == "results asked"}
    assert WALTER not in asked_for
    assert "heading" in other


def test_of_many_askings_at_once_one_is_asked(viewer: Viewer) -> None:
    browser = viewer.browser(another(AMINA))
    row = row_of(browser.read("/board"), "HARGREAVES")

    def ask(_: int) -> bool:
        sent = viewer.app.test_client()
        cookie = browser.client.get_cookie("__Host-trustline", domain="localhost")
        assert cookie
        sent.set_cookie("__Host-trustline", cookie.value, secure=True, domain="localhost")
        return "later" in Browser(sent, browser.csrf, browser.reference).post("/board/new", row=row).json

    with ThreadPoolExecutor(6) as together:
        waited = list(together.map(ask, range(6)))

    assert waited.count(False) == 1


def test_without_script_there_is_a_page_of_what_is_new_that_counts_the_rest(viewer: Viewer) -> None:
    browser = viewer.browser(another(AMINA))

    page = browser.read(opened(browser, "HARGREAVES", then="new"))

    heading = page.root.one("section", "new-elsewhere").one("h2").said
    rows = page.root.all("li", "row")
    assert heading.startswith(f"{len(rows)} reports issued elsewhere")
    others = {row.attributes["data-trust"] for row in rows}
    assert {"rotherham", "chesterfield"} <= others  # and Doncaster, by the time of day: its newest is some 72 hours old
    assert "sheffield_teaching" not in others
    counts = re.search(r"Not on this page: (\d+) issued elsewhere before that, (\d+) of your own trust", page.said)
    assert counts
    assert len(rows) + int(counts[1]) + int(counts[2]) == 128
    keys = {key for one in viewer.events(event="results shown") for key in one.reports}
    assert {row.attributes["data-report"] for row in rows} <= {key.partition("@")[0] for key in keys}
    assert not any(key.startswith("sheffield_teaching") for key in keys)


def test_a_trust_that_is_silent_is_named_beside_what_is_new(town: Town, viewer: Viewer) -> None:
    browser = viewer.browser(another(AMINA))
    row = row_of(browser.read("/board"), "HARGREAVES")
    town.weather("rotherham", "error", 500)

    told = browser.post("/board/new", row=row).json

    assert not any("Rotherham" in line for line in told["lines"])
    assert told["missing"] == "missing: Rotherham"


def test_that_nothing_is_new_is_said_only_when_every_trust_said_so_law_1() -> None:
    all_said = [Tile(ROTHERHAM, State.NONE), Tile(TEACHING, State.ANSWERED, 3)]

    assert board_words.how_new(Newer(), all_said) == "Nothing issued elsewhere in the last 72 hours"
    for state in (State.GAP, State.NOT_AGREED, State.WAITING):
        said = board_words.how_new(Newer(), [*all_said, Tile(TEACHING, state)])
        assert said == "Nothing issued elsewhere in the last 72 hours has come so far"


# ── Told apart ───────────────────────────────────────────────────────────────────────────────────


def test_two_of_one_name_and_birth_date_are_said_to_be_two_on_both_rows(viewer: Viewer) -> None:
    page = viewer.browser(AMINA).read("/board")

    said = {bay.one("h2").said: board_words.NAMESAKE in bay.said for bay in page.root.all("li", "bay")}
    assert said == {
        "SMITH, James": False, "HARGREAVES, Walter (Mr)": False, "SMITH, John": True, "SMITH, David": False,
    }  # fmt: skip
    assert page.said.count(board_words.NAMESAKE) == 2


def test_no_two_buttons_of_the_board_sound_the_same(viewer: Viewer) -> None:
    page = viewer.browser(AMINA).read("/board")

    labels = [one.attributes["aria-label"] for bay in page.root.all("li", "bay") for one in bay.all("button")]
    assert len(set(labels)) == len(labels) == 10
    assert "Open HARGREAVES, Walter (Mr), NHS number 999 412 7039" in labels


def test_people_without_a_birth_date_are_never_said_to_share_one() -> None:
    unborn = a_patient(born="")

    assert board_words.namesakes([unborn, replace(unborn, id="2")]) == frozenset()


# ── What must not wait ───────────────────────────────────────────────────────────────────────────


def test_a_line_says_how_a_report_stands_unless_it_is_plain_final(viewer: Viewer) -> None:
    browser = viewer.browser(another(AMINA))

    lines = browser.post("/board/new", row=row_of(browser.read("/board"), "HARGREAVES")).json["lines"]

    assert any(one.startswith("U&E · Rotherham") and " · Corrected" in one for one in lines)
    assert not any("Final" in one for one in lines)
    assert any(one.endswith(" · marked significant unexpected in the report") for one in lines)


TROPONIN = a_result("Troponin T", "1480", "ng/L", "HH", "0–14")


@pytest.mark.parametrize(
    ("status", "said"), [(Status.CANCELLED, " · Cancelled"), (Status.PRELIMINARY, " · Preliminary"), (Status.FINAL, "")]
)
def test_each_status_that_is_not_final_stands_in_the_line(status: Status, said: str) -> None:
    report = replace(a_report(ROTHERHAM, "ue", "U&E", "2026-11-21 02:41", "2026-11-21 03:04"), status=status)

    assert board_words.line(Row(report), flagged=False) == f"U&E · Rotherham · issued 21-Nov-2026 03:04{said}"


def test_what_a_laboratory_flagged_as_critical_is_said_to_be_critical() -> None:
    potassium = a_result("Potassium", "7.1", "mmol/L", "HH", "3.5–5.3")
    report = a_report(ROTHERHAM, "ue", "U&E", "2026-11-21 02:41", "2026-11-21 03:04", potassium)

    assert board_words.line(Row(report), flagged=True).endswith(" · flagged as critical by the laboratory")


def test_what_was_flagged_as_critical_and_cancelled_since_is_said_to_be_cancelled() -> None:
    cancelled = replace(a_result("Potassium", "7.1", "mmol/L", "HH", "3.5–5.3"), status=Status.CANCELLED)
    report = a_report(ROTHERHAM, "ue", "U&E", "2026-11-21 02:41", "2026-11-21 03:04", cancelled)
    other = a_report(ROTHERHAM, "ue", "U&E", "2026-11-21 02:41", "2026-11-21 03:04", cancelled, TROPONIN)

    said = board_words.line(Row(report), flagged=True)
    assert said.endswith(" · flagged as critical by the laboratory, and cancelled")
    assert board_words.line(Row(other), flagged=True).endswith(" · flagged as critical by the laboratory")


def test_an_alert_in_other_words_is_quoted() -> None:
    report = a_report(ROTHERHAM, "ct", "CT Thorax", "2026-11-21 02:41", "2026-11-21 03:04")
    line = board_words.line(Row(report), flagged=False, alerts=(SentAlert(Alert.CANCER, "Code 5C"),))

    assert line.endswith(" · cancer, marked “Code 5C” in the report")
