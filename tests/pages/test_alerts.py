"""The alert queue shows an officer what is theirs to review, and writes down every look and every action."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from tests.audit.entries import ROSE, SALT, WALTER, a_member, facts
from tests.audit.parts import NOON, a_clinician, an_event
from tests.pages.builders import TRUSTS, an_app, an_asking, some_handles
from tests.pages.page_tester import PageTester
from viewer.access.access_event import Event
from viewer.access.clinician import Clinician, Organisation, Role
from viewer.audit.alerts import Alerts
from viewer.audit.entry import Record
from viewer.audit.log import Log
from viewer.audit.review import Facts, Thresholds, mark
from viewer.audit.scope import WholeLog
from viewer.audit.search import Criteria
from viewer.audit.sweep import Sweeper
from viewer.handles import Handles
from viewer.pages.alerts import alert_routes
from viewer.pages.health import health_routes
from viewer.pages.route import Route, Who

NAOMI = "9990944768"
FIRST = "/alerts/A-2026-000001"
TOM = a_clinician("555000000003", "Dr Tom Whitlock", "RP5", "Doncaster and Bassetlaw")


def an_officer(user_id: str, ods: str = "RHQ", organisation: str = "Sheffield Teaching") -> Clinician:
    return Clinician(
        user_id, user_id, Role.IG_OFFICER, "Privacy Officer", "R0001", user_id, Organisation(ods, organisation)
    )


PRIYA, NORA = an_officer("u-priya"), an_officer("u-nora")
RHYS = an_officer("u-rhys", "RFR", "Rotherham")


Desk = Callable[..., PageTester]


@pytest.fixture
def desk(engine: Engine, log: Log) -> Desk:
    """Sweep the log, and seat an officer."""

    def seat(
        officer: Clinician = PRIYA,
        known: Facts | None = None,
        later: timedelta = timedelta(0),
        practices: str = "",
        escalation: str = "",
    ) -> PageTester:
        sweeper = Sweeper(engine, lambda: NOON, "w", known or Facts(), Thresholds(), {}, rest=0.0)
        sweeper.turn()
        handles: Handles = some_handles()
        named = (practices, escalation)
        routes = alert_routes(Alerts(engine), sweeper, known or Facts(), log.append, handles, TRUSTS, *named)
        entry = Route("/ledger/entries/<int:seq>", "ledger_entry", Who.IG_OFFICERS, lambda asking, seq: str(seq))
        asking = replace(an_asking(officer), now=NOON + later)
        return PageTester(an_app(*routes, entry, asking=asking))

    return seat


def newest(log: Log) -> Record:
    entry = log.entry(log.size, WholeLog())
    assert entry is not None
    return entry.record


def broken(log: Log, **changes: object) -> None:
    told = {
        "claim": "break-glass", "nhs_number": WALTER, "patient": "HARGREAVES, Walter, born 1944-03-09",
        "reason": "unconscious after a fall", "view": "look-1",
    } | changes  # fmt: skip
    log.append(an_event(Event.GLASS_BROKEN, outcome="opened", **(told | {"trusts": ()})))
    log.append(an_event(Event.RESULTS_SHOWN, at=NOON + timedelta(minutes=4), **told))


# ── The queue ────────────────────────────────────────────────────────────────────────────────────


def test_the_queue_says_which_alerts_are_open_and_why_and_that_it_was_looked_at(log: Log, desk: Desk) -> None:
    broken(log)

    page = desk().get("/alerts")

    (row,) = page.all("tr", data_alert="A-2026-000001")
    assert "Open" in row.words
    assert "Break-glass" in row.words
    assert "Dr Amina Farrell (Consultant, Sheffield Teaching)" in row.words
    assert "Broke the glass; every use is reviewed." in row.words
    assert "Hargreaves" not in page.words
    assert (newest(log).event, newest(log).outcome) == (Event.LEDGER_SEARCHED, "shown")
    assert newest(log).because.endswith("1 alerts")


def test_an_officer_of_another_trust_without_data_in_it_sees_nothing(log: Log, desk: Desk) -> None:
    broken(log, trusts=("rotherham",))

    assert desk(RHYS).get("/alerts").all("tr", data_alert="A-2026-000001")
    barnsley = an_officer("u-b", "RFF", "Barnsley")
    assert desk(barnsley).get("/alerts").all("tr", data_alert="A-2026-000001") == []
    assert desk(barnsley).get(FIRST, 404).one("h1").words == "No such alert"
    assert newest(log).outcome == "none found"


def test_filters_are_kept_under_a_handle_and_nothing_typed_stands_in_an_address(log: Log, desk: Desk) -> None:
    broken(log)
    officer = desk()

    address = officer.sent_on("/alerts", state="", rule="break-glass", person="Amina")
    page = officer.get(address)

    assert "Amina" not in address
    assert len(page.all("tr", data_alert="A-2026-000001")) == 1
    none = officer.get(officer.sent_on("/alerts", state="closed", rule="", person=""))
    assert "No alert fits." in none.words


def test_the_queue_says_what_could_not_be_judged(log: Log, desk: Desk) -> None:
    assert "Own record, Same address" in desk().get("/alerts").words
    assert "there is no staff file for RHQ" in desk().get("/alerts").words
    assert "Every rule can be judged" in desk(known=facts(a_member(), vips=(WALTER,))).get("/alerts").words


def test_the_queue_says_loudly_since_when_nothing_was_swept(log: Log, desk: Desk) -> None:
    broken(log)

    assert "✓ Swept to entry 2 at 21-Nov-2026 12:00" in desk().get("/alerts").words
    late = desk(later=timedelta(seconds=61)).get("/alerts")
    assert "✕ Nothing has been swept since 21-Nov-2026 12:00: alerts may be missing" in late.words


def test_the_page_of_trusts_says_since_when_nothing_was_swept(engine: Engine, log: Log) -> None:
    class Nobody:
        def health(self) -> tuple[()]:
            return ()

        def counts(self) -> tuple[()]:
            return ()

    sweeper = Sweeper(engine, lambda: NOON, "w", Facts(), Thresholds(), {}, rest=0.0)
    routes = health_routes(log, Nobody(), Nobody(), TRUSTS, sweeper.swept)
    app = an_app(*routes, asking=replace(an_asking(), now=NOON + timedelta(hours=1)))

    somebody = PageTester(app)

    assert "✕ The log has not been swept yet" in somebody.get("/health/trusts").words
    sweeper.turn()
    assert "✕ Nothing has been swept since 21-Nov-2026 12:00" in somebody.get("/health/trusts").words


# ── One alert ────────────────────────────────────────────────────────────────────────────────────


def test_an_alert_shows_its_entries_as_the_ledger_would_and_the_look_names_the_patient(log: Log, desk: Desk) -> None:
    broken(log)

    page = desk().get(FIRST)

    assert [row["data-entry"] for row in page.all("tr") if row["data-entry"]] == ["1", "2"]
    assert "HARGREAVES, Walter, born 09-Mar-1944" in page.words
    assert "Reason given: “unconscious after a fall”" in page.words
    assert (newest(log).nhs_number, newest(log).reference) == (WALTER, "A-2026-000001")


def test_an_alert_that_names_several_patients_is_a_look_at_each(log: Log, desk: Desk) -> None:
    several = {WALTER: "HARGREAVES, Walter", NAOMI: "FENWICK, Naomi", ROSE: "DYSON, Rose"}
    for number, patient in several.items():
        broken(log, nhs_number=number, patient=patient, view=number)
    officer = desk()
    rows = [row for row in officer.get("/alerts").all("tr") if row["data-alert"]]
    (often,) = (row["data-alert"] for row in rows if "Break-glass often" in row.words)
    before = log.size

    page = officer.get(f"/alerts/{often}")

    assert all(words.split(",")[0] in page.words for words in several.values())
    assert looks_after(log, before) == set(several)


def test_the_review_of_break_glass_is_a_look_at_each_patient_it_names(log: Log, desk: Desk) -> None:
    for number in (WALTER, NAOMI):
        broken(log, nhs_number=number, view=number)
    officer, before = desk(), log.size

    officer.get("/alerts/break-glass")

    assert looks_after(log, before) == {WALTER, NAOMI}


def test_the_review_of_break_glass_names_in_the_log_nobody_whom_the_page_does_not_name(log: Log, desk: Desk) -> None:
    broken(log, trusts=("rotherham",))
    log.append(an_event(Event.GLASS_BROKEN, who=TOM, claim="break-glass", nhs_number=NAOMI, trusts=()))
    rhys, before = desk(RHYS), log.size

    rhys.get("/alerts/break-glass")

    assert looks_after(log, before) == {WALTER}


def looks_after(log: Log, size: int) -> set[str]:
    """Return the NHS numbers that the log says were looked at since it had this size."""
    entries = [log.entry(seq, WholeLog()) for seq in range(size + 1, log.size + 1)]
    return {entry.record.nhs_number for entry in entries if entry}


@pytest.mark.parametrize("before", ["99999999999999999999", "-99999999999999999999", "0", "-1", "one"])
@pytest.mark.parametrize("address", ["/alerts", "/alerts/break-glass"])
def test_a_page_before_a_number_that_no_alert_has_is_the_newest(
    log: Log, desk: Desk, address: str, before: str
) -> None:
    broken(log)

    assert desk().get(f"{address}?before={before}").all("tr", data_alert="A-2026-000001")


def test_an_officer_of_the_data_sees_their_own_entries_and_no_figures_of_others(log: Log, desk: Desk) -> None:
    refused = [an_event(Event.REFUSED, nhs_number=WALTER, outcome="refused", trusts=()) for _ in range(4)]
    log.append(*refused, an_event(Event.RESULTS_SHOWN, nhs_number=WALTER, outcome="refused", trusts=("rotherham",)))

    page = desk(RHYS).get(FIRST)
    own = desk(PRIYA).get(FIRST)

    assert "Was refused 5 times in a day" in own.words
    assert "This person was refused again and again." in page.words
    assert "5 times" not in page.words
    assert [row["data-entry"] for row in page.all("tr") if row["data-entry"]] == ["5"]


def test_an_action_is_written_in_the_log_and_then_stands_in_the_notes(log: Log, desk: Desk) -> None:
    broken(log)
    officer = desk()

    assert officer.sent_on(FIRST, action="explain", note="seen in resus", turn="0") == FIRST

    assert [(one.asked_for, one.outcome) for one in handled(log)] == [("explain", "asked"), ("explain", "explained")]
    assert {(one.reference, one.reason) for one in handled(log)} == {("A-2026-000001", "seen in resus")}
    page = officer.get(FIRST)
    assert "Explained by u-priya (RHQ), 21-Nov-2026 12:00: seen in resus" in page.words
    assert "Explained, not closed" in page.words


def handled(log: Log) -> list[Record]:
    found = log.search(Criteria(WholeLog(), event=Event.ALERT_HANDLED)).entries
    return [entry.record for entry in reversed(found)]


def test_the_log_does_not_say_that_an_alert_was_closed_when_the_database_would_not_close_it(
    engine: Engine, log: Log, desk: Desk
) -> None:
    broken(log)
    officer = desk()
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE alert_notes RENAME TO elsewhere")

    answer = officer.client.post(FIRST, data={"action": "close", "note": "all is well now", "turn": "0"})

    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO alert_notes")
    assert answer.status_code == 500  # which the whole viewer shows as a page with telephone numbers
    assert [one.outcome for one in handled(log)] == ["asked", "failed"]
    assert "the alert itself says whether it was changed" in handled(log)[-1].because
    assert "Nothing yet." in officer.get(FIRST).words
    assert officer.get(FIRST).all("button")


def test_whoever_answers_for_practices_reads_why_and_of_no_patient(log: Log, desk: Desk) -> None:
    gp = Clinician("u-kofi", "Dr Kofi Abara", Role.GP, "GP", "R0260", "x", Organisation("Y99001", "Example Practice"))
    told = {"nhs_number": WALTER, "patient": "HARGREAVES, Walter", "outcome": "refused", "claim": "registered"}
    log.append(*[an_event(Event.REFUSED, who=gp, trusts=(), **told) for _ in range(5)])

    queue = desk(practices="RHQ").get("/alerts")
    often = next(row for row in queue.all("tr") if "Was refused 5 times in a day" in row.words)
    alert = desk(practices="RHQ").get(f"/alerts/{often['data-alert']}")

    assert "for the practices, about staff of organisations that have no officer here" in queue.words
    assert "Dr Kofi Abara (GP, Example Practice)" in alert.words
    assert "in your Ledger: no data of your trust was shown" in alert.words
    assert "Hargreaves" not in alert.words.title()
    assert newest(log).nhs_number == ""
    assert desk().get("/alerts").all("tr", data_alert=str(often["data-alert"])) == []


def test_the_queue_keeps_what_is_explained_or_escalated_until_it_is_closed(log: Log, desk: Desk) -> None:
    broken(log)
    officer = desk()
    officer.sent_on(FIRST, action="escalate", note="to the Caldicott guardian", turn="0")

    queue = officer.get("/alerts")

    assert queue.all("tr", data_alert="A-2026-000001")
    assert "goes to nobody by itself: the partnership has named nobody" in queue.words
    officer.sent_on(FIRST, action="close", note="the guardian agrees", turn="1")
    assert officer.get("/alerts").all("tr", data_alert="A-2026-000001") == []
    assert officer.get(officer.sent_on("/alerts", state="", rule="", person="")).all("tr", data_alert="A-2026-000001")


def test_an_escalated_alert_reaches_the_officers_who_are_named_for_it(log: Log, desk: Desk) -> None:
    broken(log, trusts=())
    barnsley = an_officer("u-b", "RFF", "Barnsley")
    assert "goes to the officers of Barnsley too" in desk(escalation="RFF").get(FIRST).words
    desk(barnsley, escalation="RFF").get(FIRST, 404)

    desk(escalation="RFF").sent_on(FIRST, action="escalate", note="who decides?", turn="0")

    assert "Escalated" in desk(barnsley, escalation="RFF").get(FIRST).words


def test_words_that_explain_nothing_close_nothing(log: Log, desk: Desk) -> None:
    broken(log)

    page = desk().post(FIRST, 400, action="close", note="asdf asdf", turn="0")

    assert "Say in words what explains it" in page.words
    assert "Nothing yet." in page.words


def test_a_trusts_only_officer_is_told_how_many_alerts_go_to_the_others_and_nothing_of_them(
    log: Log, desk: Desk
) -> None:
    log.append(an_event(Event.LEDGER_SEARCHED, who=PRIYA, nhs_number=WALTER, trusts=()))
    known = facts(a_member(user_id="u-priya", number=a_mark()))

    own, other = desk(PRIYA, known).get("/alerts"), desk(RHYS, known).get("/alerts")

    assert "alerts are about somebody whom nobody of your organisation may review" in own.words
    assert own.all("tr", data_alert="A-2026-000001") == []
    assert other.all("tr", data_alert="A-2026-000001")
    assert "whom nobody of your organisation" not in other.words


def test_an_action_without_words_changes_nothing_and_is_written_down(log: Log, desk: Desk) -> None:
    broken(log)
    officer = desk()

    page = officer.post(FIRST, 400, action="close", note=" ", turn="0")

    assert "every action needs a note" in page.words
    assert "Nothing yet." in page.words
    tried = log.search(Criteria(WholeLog(), event=Event.ALERT_HANDLED)).entries
    assert [entry.record.outcome for entry in tried] == ["refused"]


def test_an_action_on_what_somebody_else_has_dealt_with_changes_nothing_and_keeps_the_words(
    log: Log, desk: Desk
) -> None:
    broken(log)
    desk(NORA).sent_on(FIRST, action="escalate", note="to the Caldicott guardian", turn="0")

    page = desk(PRIYA).post(FIRST, 409, action="close", note="all is well now", turn="0")

    assert "Somebody else has dealt with it" in page.words
    assert page.one("textarea").words == "all is well now"
    assert "Escalated" in page.words


def test_an_alert_about_a_reviewer_is_hidden_from_them_and_needs_two_others(log: Log, desk: Desk) -> None:
    log.append(an_event(Event.LEDGER_SEARCHED, who=PRIYA, nhs_number=WALTER, trusts=()))
    known = facts(a_member(user_id="u-priya", number=a_mark()))

    desk(PRIYA, known).get(FIRST, 404)
    assert desk(PRIYA, known).get("/alerts").all("tr", data_alert="A-2026-000001") == []
    desk(PRIYA, known).post(FIRST, 404, action="close", note="mine", turn="0")

    desk(NORA, known).sent_on(FIRST, action="close", note="looked at and asked", turn="0")
    assert "a second must agree" in desk(NORA, known).get(FIRST).words
    again = desk(NORA, known).post(FIRST, 409, action="close", note="looked at and asked", turn="1")
    assert "needs a second, different reviewer" in again.words
    desk(an_officer("u-ola"), known).sent_on(FIRST, action="close", note="agreed, as discussed", turn="1")
    assert "Closed" in desk(NORA, known).get(FIRST).words


def a_mark() -> str:
    return mark(SALT, WALTER)


# ── Break-glass ──────────────────────────────────────────────────────────────────────────────────


def test_every_use_of_break_glass_is_listed_with_what_was_seen_and_how_often(log: Log, desk: Desk) -> None:
    log.append(*[an_event(Event.PATIENT_OPENED, outcome="opened", trusts=(), nhs_number=WALTER, proof="x")] * 4)
    broken(log)

    page = desk().get("/alerts/break-glass")

    (use,) = page.all("tr", data_alert="A-2026-000001")
    assert "Not reviewed" in use.words
    assert "“unconscious after a fall”" in use.words
    assert "4 min" in use.words
    assert "3 laboratory, 1 radiology" in use.words
    (rate,) = [row.words for row in page.all("tr") if "Nov-2026" in row.words and not row["data-alert"]]
    assert rate.split() == ["Nov-2026", "Consultant", "5", "1", "200.0"]


def test_a_use_that_was_explained_counts_as_reviewed(log: Log, desk: Desk) -> None:
    broken(log)
    desk().sent_on(FIRST, action="explain", note="seen in resus", turn="0")

    (use,) = desk().get("/alerts/break-glass").all("tr", data_alert="A-2026-000001")

    assert "Not reviewed" not in use.words
    assert "Explained" in use.words


def test_a_glass_after_a_closed_one_is_a_use_of_its_own_that_nobody_has_reviewed(log: Log, desk: Desk) -> None:
    broken(log)
    desk().sent_on(FIRST, action="close", note="seen in resus", turn="0")
    log.append(
        an_event(
            Event.GLASS_BROKEN, at=NOON + timedelta(minutes=6), outcome="opened", trusts=(), claim="break-glass",
            nhs_number=WALTER, reason="unconscious after a fall", view="look-2",
        )
    )  # fmt: skip

    page = desk().get("/alerts/break-glass")

    second, first = (row.words for row in page.all("tr") if row["data-alert"])
    assert "Not reviewed" in second
    assert "Reviewed: Closed" in first
    (rate,) = [row.words for row in page.all("tr") if "Nov-2026" in row.words and not row["data-alert"]]
    assert rate.split() == ["Nov-2026", "Consultant", "2", "2", "1000.0"]
