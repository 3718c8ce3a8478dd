"""Alerts are kept to their readers, and dealt with by the right number of different people."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from tests.audit.alerting import BARNSLEY, NORA, OLA, ROTHERHAM, SHEFFIELD, TOM, handle, said_only, sweep
from tests.audit.entries import AMINA, KOFI, PRIYA, ROSE, WALTER, a_member, facts
from tests.audit.parts import NOON, a_clinician, an_event
from viewer.access.access_event import AccessEvent, Event
from viewer.access.clinician import Role
from viewer.audit.alerts import NOT_CLOSED, Action, Alerts, Did, Reader, Refused, State, Wanted
from viewer.audit.log import Log
from viewer.audit.scope import Scope
from viewer.store.database import writing


def of(alerts: Alerts, reader: Scope, user_id: str = "u-nora", **wanted: object) -> list[tuple[str, str]]:
    found = alerts.list(Reader(user_id, reader), Wanted(**wanted))  # type: ignore[arg-type]
    return [(alert.rule, alert.user_id) for alert in found]


# ── Who sees what ────────────────────────────────────────────────────────────────────────────────


def test_an_officer_sees_alerts_by_own_staff_and_on_own_data_and_no_others(engine: Engine, log: Log) -> None:
    log.append(said_only(), said_only(who=TOM, trusts=("barnsley",)))
    sweep(engine)
    alerts = Alerts(engine)

    assert of(alerts, SHEFFIELD) == [("self-claimed", AMINA.user_id)]  # own staff
    assert of(alerts, ROTHERHAM) == [("self-claimed", AMINA.user_id)]  # own data
    assert of(alerts, BARNSLEY) == [("self-claimed", TOM.user_id)]
    assert of(alerts, Scope("RXF", "mid_yorkshire")) == []
    assert of(alerts, Scope("", "")) == []


def test_of_an_alert_an_officer_sees_the_entries_of_their_own_scope_alone(engine: Engine, log: Log) -> None:
    log.append(said_only(event=Event.PATIENT_OPENED, outcome="opened", trusts=()), said_only(trusts=("rotherham",)))
    sweep(engine)
    (alert,) = Alerts(engine).list(Reader("u-rhys", ROTHERHAM), Wanted())

    seen = Alerts(engine).entries(alert, ROTHERHAM)

    assert [entry.seq for entry in seen] == [2]
    assert not seen[0].whole


TRUSTS_HERE = frozenset({"RHQ", "RFR"})
FOR_PRACTICES = Reader("u-nora", SHEFFIELD, all_but=TRUSTS_HERE)


def refused_at_a_practice() -> AccessEvent:
    return an_event(Event.REFUSED, who=KOFI, nhs_number=WALTER, outcome="refused", claim="registered", trusts=())


def test_a_refusal_at_a_practice_is_seen_by_whoever_answers_for_practices_and_by_nobody_else(
    engine: Engine, log: Log
) -> None:
    log.append(refused_at_a_practice())
    sweep(engine)
    alerts = Alerts(engine)

    assert of(alerts, SHEFFIELD) == of(alerts, ROTHERHAM) == []
    (alert,) = alerts.list(FOR_PRACTICES, Wanted())
    assert (alert.rule, alert.user_id) == ("not-registered", KOFI.user_id)
    assert FOR_PRACTICES.answers_for(alert)


def test_whoever_answers_for_practices_is_shown_no_patient_that_the_ledger_would_not_show(
    engine: Engine, log: Log
) -> None:
    log.append(refused_at_a_practice(), said_only(who=KOFI, trusts=("rotherham",)))
    sweep(engine)
    alerts = Alerts(engine)

    found = alerts.list(FOR_PRACTICES, Wanted())

    assert {"not-registered", "self-claimed"} <= {alert.rule for alert in found}
    assert {alerts.entries(alert, FOR_PRACTICES.scope) for alert in found} == {()}


def test_whoever_answers_for_practices_sees_nothing_of_staff_that_have_an_officer(engine: Engine, log: Log) -> None:
    at_rotherham = a_clinician("u-ruth", "Dr Ruth Sallow", "RFR", "Rotherham")
    log.append(said_only(who=at_rotherham, trusts=("rotherham",)))
    sweep(engine)

    assert of(Alerts(engine), ROTHERHAM) == [("self-claimed", "u-ruth")]
    assert Alerts(engine).list(FOR_PRACTICES, Wanted()) == ()
    assert not FOR_PRACTICES.answers_for(Alerts(engine).list(Reader("u-rhys", ROTHERHAM), Wanted())[0])


def test_what_is_asked_for_by_state_rule_and_person_is_what_is_listed(engine: Engine, log: Log) -> None:
    log.append(said_only(reason=""), said_only(who=a_clinician("u-ann", "Dr Ann Field")))
    sweep(engine)
    alerts = Alerts(engine)

    assert len(of(alerts, SHEFFIELD)) == 3
    assert of(alerts, SHEFFIELD, rule="missing-reason") == [("missing-reason", AMINA.user_id)]
    assert of(alerts, SHEFFIELD, person="ann f") == [("self-claimed", "u-ann")]
    assert of(alerts, SHEFFIELD, person="u-ann") == [("self-claimed", "u-ann")]
    assert of(alerts, SHEFFIELD, person="%") == []
    assert of(alerts, SHEFFIELD, state="closed") == []


def test_nobody_sees_or_counts_an_alert_about_themselves(engine: Engine, log: Log) -> None:
    log.append(said_only())
    sweep(engine)
    alerts, themselves = Alerts(engine), Reader(AMINA.user_id, SHEFFIELD)

    assert alerts.list(themselves, Wanted()) == ()
    assert alerts.open_count(themselves) == 0
    assert alerts.one(themselves, "A-2026-000001") is None
    assert alerts.handle(themselves, "A-2026-000001", Action.CLOSE, "mine", 0, AMINA, NOON) is None
    assert alerts.open_count(Reader("u-nora", SHEFFIELD)) == 1


# ── Dealing with them ────────────────────────────────────────────────────────────────────────────


def state(alerts: Alerts) -> State:
    alert = alerts.one(Reader("u-anybody", SHEFFIELD), "A-2026-000001")
    assert alert is not None
    return alert.state


def test_every_step_from_open_to_closed_stands_in_the_notes(engine: Engine, log: Log) -> None:
    log.append(said_only())
    sweep(engine)
    alerts = Alerts(engine)

    done = [
        handle(alerts, NORA, Action.NOTE, 0, "asked her"),
        handle(alerts, NORA, Action.EXPLAIN, 1, "on call for the ward"),
        handle(alerts, OLA, Action.ESCALATE, 2, "no rota shows it"),
        handle(alerts, NORA, Action.CLOSE, 3, "rota mended"),
    ]

    assert done == [Did.NOTED, Did.EXPLAINED, Did.ESCALATED, Did.CLOSED]
    assert state(alerts) is State.CLOSED
    alert = alerts.one(Reader("u-nora", SHEFFIELD), "A-2026-000001")
    assert alert is not None
    assert [(note.turn, note.user_id, note.did, note.note) for note in alerts.notes(alert)] == [
        (1, "u-nora", "noted", "asked her"),
        (2, "u-nora", "explained", "on call for the ward"),
        (3, "u-ola", "escalated", "no rota shows it"),
        (4, "u-nora", "closed", "rota mended"),
    ]


def test_what_is_closed_takes_notes_and_nothing_else(engine: Engine, log: Log) -> None:
    log.append(said_only())
    sweep(engine)
    alerts = Alerts(engine)
    handle(alerts, NORA, Action.CLOSE, 0)

    assert handle(alerts, NORA, Action.ESCALATE, 1) is Refused.CLOSED
    assert handle(alerts, NORA, Action.NOTE, 1) is Did.NOTED
    assert state(alerts) is State.CLOSED


@pytest.mark.parametrize("note", ["", "  ", "...", "\n"])
def test_nothing_is_done_without_words(engine: Engine, log: Log, note: str) -> None:
    log.append(said_only())
    sweep(engine)

    assert handle(Alerts(engine), NORA, Action.CLOSE, 0, note) is Refused.NO_NOTE
    assert state(Alerts(engine)) is State.OPEN


@pytest.mark.parametrize("note", ["ok", "fine", "asdf asdf asdf", "done done done"])
def test_nothing_is_explained_or_closed_by_words_that_say_nothing(engine: Engine, log: Log, note: str) -> None:
    log.append(said_only())
    sweep(engine)

    assert handle(Alerts(engine), NORA, Action.CLOSE, 0, note) is Refused.NO_WORDS
    assert handle(Alerts(engine), NORA, Action.EXPLAIN, 0, note) is Refused.NO_WORDS
    assert state(Alerts(engine)) is State.OPEN
    assert handle(Alerts(engine), NORA, Action.NOTE, 0, note) is Did.NOTED


@pytest.mark.parametrize(("action", "left"), [(Action.EXPLAIN, 1), (Action.ESCALATE, 1), (Action.CLOSE, 0)])
def test_what_is_not_closed_is_counted_and_listed(engine: Engine, log: Log, action: Action, left: int) -> None:
    log.append(said_only())
    sweep(engine)
    alerts = Alerts(engine)
    handle(alerts, NORA, action, 0)

    assert alerts.open_count(Reader("u-nora", SHEFFIELD)) == left
    assert len(of(alerts, SHEFFIELD, state=NOT_CLOSED)) == left


def test_what_is_escalated_is_seen_by_those_named_for_it_until_the_end(engine: Engine, log: Log) -> None:
    log.append(said_only(trusts=()), said_only(trusts=(), nhs_number=ROSE))
    sweep(engine)
    alerts, decides = Alerts(engine), Reader("u-b", BARNSLEY, escalations=True)
    assert alerts.list(decides, Wanted()) == ()

    handle(alerts, NORA, Action.ESCALATE, 0)

    (alert,) = alerts.list(decides, Wanted())
    assert (alert.reference, decides.answers_for(alert)) == ("A-2026-000001", True)
    assert alerts.entries(alert, BARNSLEY) == ()
    assert alerts.list(Reader("u-b", BARNSLEY), Wanted()) == ()
    handle(alerts, NORA, Action.CLOSE, 1)
    assert [one.state for one in alerts.list(decides, Wanted())] == [State.CLOSED]


# ── Alerts about officers ────────────────────────────────────────────────────────────────────────


def own_record(engine: Engine, log: Log, *others: AccessEvent) -> Alerts:
    """Have Priya look for her own record; return the queue."""
    log.append(an_event(Event.LEDGER_SEARCHED, who=PRIYA, nhs_number=ROSE, trusts=()), *others)
    sweep(engine, facts(a_member(user_id=PRIYA.user_id)))
    return Alerts(engine)


def an_officer_at_work(at: datetime = NOON) -> AccessEvent:
    return an_event(Event.ROLE_CHOSEN, who=NORA, at=at, trusts=(), outcome="chosen")


def test_an_alert_about_a_trusts_only_officer_is_seen_by_the_officers_of_the_others(engine: Engine, log: Log) -> None:
    alerts = own_record(engine, log)

    assert ("own-record", PRIYA.user_id) in of(alerts, ROTHERHAM, "u-rhys")
    assert of(alerts, SHEFFIELD, PRIYA.user_id) == []
    assert of(alerts, Scope("Y99001", ""), "u-practice") == []
    assert alerts.about_themselves(Reader(PRIYA.user_id, SHEFFIELD)) == len(of(alerts, ROTHERHAM, "u-rhys"))


def test_an_alert_about_an_officer_who_has_a_colleague_stays_within_the_trust(engine: Engine, log: Log) -> None:
    alerts = own_record(engine, log, an_officer_at_work())

    assert of(alerts, ROTHERHAM, "u-rhys") == []
    assert ("own-record", PRIYA.user_id) in of(alerts, SHEFFIELD, NORA.user_id)
    assert alerts.about_themselves(Reader(PRIYA.user_id, SHEFFIELD)) == 0


def test_a_colleague_who_has_done_nothing_for_a_year_is_none(engine: Engine, log: Log) -> None:
    log.append(an_officer_at_work(NOON - timedelta(days=366)))
    sweep(engine)
    alerts = own_record(engine, log)

    assert ("own-record", PRIYA.user_id) in of(alerts, ROTHERHAM, "u-rhys")


def test_whoever_has_not_read_the_newest_note_changes_nothing(engine: Engine, log: Log) -> None:
    log.append(said_only())
    sweep(engine)
    alerts = Alerts(engine)
    handle(alerts, NORA, Action.ESCALATE, 0)

    assert handle(alerts, OLA, Action.CLOSE, 0) is Refused.MEANWHILE
    assert state(alerts) is State.ESCALATED


def test_an_alert_about_a_reviewer_is_closed_by_two_different_people(engine: Engine, log: Log) -> None:
    log.append(an_event(Event.LEDGER_SEARCHED, who=PRIYA, nhs_number=ROSE, trusts=()))
    sweep(engine, facts(a_member(user_id=PRIYA.user_id)))
    alerts = Alerts(engine)

    assert handle(alerts, PRIYA, Action.CLOSE, 0) is None  # it is about her
    assert handle(alerts, NORA, Action.CLOSE, 0) is Did.CLOSED_ONCE
    assert state(alerts) is State.OPEN
    assert handle(alerts, NORA, Action.CLOSE, 1) is Refused.SECOND
    assert state(alerts) is State.OPEN
    assert handle(alerts, OLA, Action.CLOSE, 1) is Did.CLOSED
    assert state(alerts) is State.CLOSED


def snooped_as_a_consultant(engine: Engine, log: Log, *others: AccessEvent) -> Alerts:
    """Have Priya, who is an officer in another role, look without more than her word; return the queue."""
    log.append(*others, said_only(who=replace(PRIYA, role=Role.CONSULTANT, role_name="Consultant"), trusts=()))
    sweep(engine)
    return Alerts(engine)


def test_what_an_officer_did_in_another_role_is_closed_by_two_different_people(engine: Engine, log: Log) -> None:
    chosen = an_event(Event.ROLE_CHOSEN, who=PRIYA, trusts=(), outcome="chosen")
    alerts = snooped_as_a_consultant(engine, log, chosen, an_officer_at_work())
    (found,) = alerts.list(Reader(NORA.user_id, SHEFFIELD), Wanted())

    assert (found.role, found.needs_two) == (Role.CONSULTANT, True)
    assert handle(alerts, NORA, Action.CLOSE, 0) is Did.CLOSED_ONCE
    assert handle(alerts, NORA, Action.CLOSE, 1) is Refused.SECOND
    assert handle(alerts, OLA, Action.CLOSE, 1) is Did.CLOSED


def test_who_becomes_known_as_an_officer_later_is_one_for_what_was_raised_before(engine: Engine, log: Log) -> None:
    alerts = snooped_as_a_consultant(engine, log, an_officer_at_work())
    assert not alerts.list(Reader(NORA.user_id, SHEFFIELD), Wanted())[0].needs_two

    log.append(an_event(Event.ROLE_CHOSEN, who=PRIYA, trusts=(), outcome="chosen"))
    sweep(engine)

    assert alerts.list(Reader(NORA.user_id, SHEFFIELD), Wanted())[0].needs_two


def test_what_a_trusts_only_officer_did_in_another_role_is_seen_by_the_officers_of_the_others(
    engine: Engine, log: Log
) -> None:
    alerts = snooped_as_a_consultant(engine, log, an_event(Event.ROLE_CHOSEN, who=PRIYA, trusts=(), outcome="chosen"))

    assert ("self-claimed", PRIYA.user_id) in of(alerts, ROTHERHAM, "u-rhys")


@pytest.mark.parametrize("order", ["UPDATE alert_notes SET note = 'x'", "DELETE FROM alert_notes"])
def test_the_database_refuses_to_change_or_remove_a_note(engine: Engine, log: Log, order: str) -> None:
    log.append(said_only())
    sweep(engine)
    handle(Alerts(engine), NORA, Action.NOTE, 0)

    with pytest.raises(DBAPIError, match="append-only"), writing(engine) as connection:
        connection.exec_driver_sql(order)
