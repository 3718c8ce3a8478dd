"""What the sweep finds is raised once, added to while nobody has dealt with it, and counted by month."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from tests.audit.alerting import NORA, ROTHERHAM, SHEFFIELD, TOM, handle, said_only, sweep
from tests.audit.entries import AMINA, KOFI, ROSE, WALTER
from tests.audit.parts import NOON, an_event
from viewer.access.access_event import About, AccessEvent, Event
from viewer.audit.alerts import Action, Alerts, Reader, State, Wanted
from viewer.audit.log import Log
from viewer.audit.review import Rule


def test_a_look_of_many_entries_is_one_alert_that_names_them_all(engine: Engine, log: Log) -> None:
    log.append(said_only(event=Event.PATIENT_OPENED, outcome="opened", trusts=()), said_only(), said_only())

    sweep(engine)

    (alert,) = Alerts(engine).list(Reader("u-nora", SHEFFIELD), Wanted())
    assert (alert.reference, alert.rule, alert.user_id) == ("A-2026-000001", Rule.SELF_CLAIMED, AMINA.user_id)
    assert (alert.state, alert.entries) == (State.OPEN, 3)
    assert [entry.seq for entry in Alerts(engine).entries(alert, SHEFFIELD)] == [1, 2, 3]


def test_references_are_counted_on_and_never_used_twice(engine: Engine, log: Log) -> None:
    log.append(said_only(), said_only(nhs_number=ROSE))
    sweep(engine)
    log.append(said_only(who=TOM))
    sweep(engine)

    found = Alerts(engine).list(Reader("u-nora", ROTHERHAM), Wanted())

    assert [alert.reference for alert in found] == ["A-2026-000003", "A-2026-000002", "A-2026-000001"]


def glass(minutes: int, view: str, **changes: object) -> list[AccessEvent]:
    """Return the breaking of a glass and what was seen behind it a minute later."""
    told = {"claim": "break-glass", "nhs_number": WALTER, "reason": "unconscious after a fall"} | changes
    at = NOON + timedelta(minutes=minutes)
    seen = an_event(Event.RESULTS_SHOWN, at=at + timedelta(minutes=1), view=f"{view}-seen", **told)
    return [an_event(Event.GLASS_BROKEN, at=at, outcome="opened", trusts=(), view=view, **told), seen]


def uses(engine: Engine) -> list[tuple[str, State, list[int]]]:
    alerts = Alerts(engine)
    found = alerts.list(Reader("u-nora", SHEFFIELD), Wanted(rule=Rule.BREAK_GLASS))
    return [(one.reference, one.state, [entry.seq for entry in alerts.entries(one, SHEFFIELD)]) for one in found]


def test_each_glass_is_an_alert_of_its_own_whatever_became_of_the_one_before(engine: Engine, log: Log) -> None:
    log.append(*glass(0, "first"))
    sweep(engine)
    handle(Alerts(engine), NORA, Action.CLOSE, 0)
    log.append(*glass(5, "second"), *glass(20, "third"))
    sweep(engine)

    assert uses(engine) == [
        ("A-2026-000003", State.OPEN, [5, 6]),
        ("A-2026-000002", State.OPEN, [3, 4]),
        ("A-2026-000001", State.CLOSED, [1, 2]),
    ]


@pytest.mark.parametrize("action", [Action.CLOSE, Action.EXPLAIN, Action.ESCALATE])
def test_what_comes_after_an_alert_was_dealt_with_is_a_new_alert(engine: Engine, log: Log, action: Action) -> None:
    log.append(said_only())
    sweep(engine)
    handle(Alerts(engine), NORA, action, 0)
    log.append(said_only(view="later"), said_only(view="later still"))
    sweep(engine)
    sweep(engine)

    found = Alerts(engine).list(Reader("u-nora", SHEFFIELD), Wanted())

    assert [(one.reference, one.entries) for one in found] == [("A-2026-000002", 2), ("A-2026-000001", 1)]
    assert found[0].state is State.OPEN
    assert found[1].state is not State.OPEN


def test_often_lists_every_glass_of_the_pattern_whosever_data_was_behind_it(engine: Engine, log: Log) -> None:
    for turn in range(3):
        log.append(*glass(20 * turn, f"glass-{turn}"))
    sweep(engine)
    alerts = Alerts(engine)

    (often,) = alerts.list(Reader("u-nora", SHEFFIELD), Wanted(rule=Rule.BREAK_GLASS_OFTEN))

    assert [entry.seq for entry in alerts.entries(often, SHEFFIELD)] == [1, 3, 5]
    assert often.entries == 3


def test_an_alert_about_an_attempt_says_so_no_more_once_something_was_seen(engine: Engine, log: Log) -> None:
    hidden = {"about": About(restricted=True), "claim": "in-department", "proof": "x"}
    log.append(said_only(event=Event.REFUSED, outcome="refused", trusts=(), **hidden))
    sweep(engine)
    reader = Reader("u-nora", SHEFFIELD)
    (tried,) = Alerts(engine).list(reader, Wanted(rule=Rule.RESTRICTED))
    log.append(said_only(**hidden), said_only(event=Event.REFUSED, outcome="refused", trusts=(), **hidden))
    sweep(engine)

    (seen,) = Alerts(engine).list(reader, Wanted(rule=Rule.RESTRICTED))

    assert tried.why.startswith("Tried to look at")
    assert seen.why.startswith("Looked at")


def test_the_note_that_another_way_was_open_reaches_the_alert_of_that_glass(engine: Engine, log: Log) -> None:
    log.append(said_only(event=Event.PATIENT_OPENED, outcome="opened", proof="an encounter at Sheffield"))
    log.append(*glass(30, "glass"))
    sweep(engine)

    (alert,) = Alerts(engine).list(Reader("u-nora", SHEFFIELD), Wanted(rule=Rule.BREAK_GLASS))

    assert "borne out by an encounter at Sheffield. The glass may not have been needed." in alert.why


def test_looks_and_broken_glasses_are_counted_by_month_and_role(engine: Engine, log: Log) -> None:
    log.append(*[an_event(Event.PATIENT_OPENED, outcome="opened", trusts=(), nhs_number=WALTER)] * 3)
    log.append(an_event(Event.GLASS_BROKEN, claim="break-glass", outcome="opened", trusts=(), nhs_number=WALTER))
    log.append(an_event(Event.PATIENT_OPENED, who=KOFI, outcome="opened", trusts=(), nhs_number=WALTER))
    sweep(engine)

    (rate,) = Alerts(engine).rates("RHQ")

    assert (rate.month, rate.role, rate.looks, rate.glasses) == ("2026-11", "consultant", 4, 1)
