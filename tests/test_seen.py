"""What was shown is remembered for a person and their organisation, names nobody, and never stops a page."""

import json
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from sqlalchemy import Engine, select

from tests.clock import Clock
from tests.pages.builders import ROTHERHAM, a_report, a_result, changed, opened
from tests.whole import AMINA, KOFI, TOM, another
from viewer.clinical.changes import Before, Change, Changed, change_of
from viewer.clinical.report import Status
from viewer.clinical.row import Row
from viewer.seen import KEPT, LOOKS, Seen
from viewer.steps import Opened
from viewer.store.database import writing
from viewer.store.seen_tables import seen as seen_table

MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    return Clock(MONDAY)


@pytest.fixture
def seen(engine: Engine, clock: Clock) -> Iterator[Seen]:
    made = Seen(engine, clock)
    yield made
    made.close()


def a_row(potassium: str = "6.9", **changes: object) -> Row:
    result = a_result("Potassium", potassium, "mmol/L", id="Observation/1")
    return Row(changed(a_report(ROTHERHAM, "1", "U&E", "2026-11-15 22:41", "2026-11-15 23:05", result), **changes))


def on(days: int) -> Opened:
    return changed(opened(), at=MONDAY + timedelta(days=days))


def look(seen: Seen, clock: Clock, who: object, days: int, *rows: Row, without: Collection[str] = ()) -> None:
    clock.now = MONDAY + timedelta(days=days, minutes=1)
    seen.note(who, on(days), rows, without)  # type: ignore[arg-type]
    seen.settle()


def before(seen: Seen, who: object, days: int) -> Before:
    return seen.begin(who, on(days)).reading.result()  # type: ignore[arg-type, union-attr]


def test_nobody_has_looked_until_they_have(seen: Seen) -> None:
    nothing = before(seen, AMINA, 1)

    assert (nothing.you.last, nothing.team.last, nothing.known) == (None, None, True)


def test_what_was_shown_is_known_the_next_time_and_not_while_it_is_open(seen: Seen, clock: Clock) -> None:
    look(seen, clock, AMINA, 0, a_row())

    assert before(seen, AMINA, 0).you.last is None
    assert before(seen, AMINA, 1).you.last == MONDAY + timedelta(minutes=1)
    assert change_of(a_row(), before(seen, AMINA, 1), on(1).at) is None
    found = change_of(a_row("5.9"), before(seen, AMINA, 1), on(1).at)
    assert found
    assert found.change is Change.CORRECTED


def test_who_had_not_sent_all_at_the_last_look_is_known_the_next_time(seen: Seen, clock: Clock) -> None:
    look(seen, clock, AMINA, 0, a_row())
    look(seen, clock, AMINA, 1, a_row(), without=["rotherham", "barnsley"])

    assert before(seen, AMINA, 1).you.without == frozenset()
    assert before(seen, AMINA, 2).you.without == {"rotherham", "barnsley"}
    assert before(seen, another(AMINA), 2).team.without == {"rotherham", "barnsley"}


def test_of_a_patient_who_stays_open_nobody_was_missing_who_once_sent_all(seen: Seen, clock: Clock) -> None:
    look(seen, clock, AMINA, 0, a_row(), without=["rotherham", "barnsley"])
    look(seen, clock, AMINA, 0, a_row(), without=["barnsley", "chesterfield"])

    assert before(seen, AMINA, 1).you.without == {"barnsley"}


def test_what_an_earlier_release_kept_is_read_and_nobody_was_missing(seen: Seen, clock: Clock, engine: Engine) -> None:
    look(seen, clock, AMINA, 0, a_row())
    with writing(engine) as database:
        body = json.loads(database.execute(select(seen_table.c.body)).scalars().first() or b"")
        del body["without"]
        database.execute(seen_table.update().values(body=json.dumps(body).encode()))

    assert before(seen, AMINA, 1).you.last == MONDAY + timedelta(minutes=1)
    assert before(seen, AMINA, 1).you.without == frozenset()


def test_a_colleague_of_the_same_organisation_is_the_team_and_nobody_else_is(seen: Seen, clock: Clock) -> None:
    look(seen, clock, AMINA, 0, a_row())

    def told(who: object) -> Changed | None:
        return change_of(a_row("5.9", status=Status.CORRECTED), before(seen, who, 1), on(1).at)

    assert told(another(AMINA))
    assert told(TOM) is None
    assert told(KOFI) is None


def test_another_patient_has_not_been_looked_at(seen: Seen, clock: Clock) -> None:
    look(seen, clock, AMINA, 0, a_row())
    numberless = changed(on(1), person=changed(opened().person, nhs_number=None))

    assert seen.begin(AMINA, numberless).reading.result().you.last is None  # type: ignore[union-attr]


def test_two_workers_remember_together(seen: Seen, clock: Clock, engine: Engine) -> None:
    other = Seen(engine, clock)

    look(seen, clock, AMINA, 0, a_row())
    look(other, clock, AMINA, 1, changed(a_row(), report=changed(a_row().report, id="DiagnosticReport/2")))
    other.close()

    known = before(seen, AMINA, 2).you
    assert known.last == MONDAY + timedelta(days=1, minutes=1)
    assert all(known.shown(f"rotherham/DiagnosticReport/{id_}") for id_ in (1, 2))


def test_nothing_that_is_kept_names_the_patient_the_reader_or_a_report(
    seen: Seen, clock: Clock, engine: Engine
) -> None:
    look(seen, clock, AMINA, 0, a_row(id="DiagnosticReport/9994127039"))

    with engine.connect() as database:
        kept = repr(database.execute(select(seen_table)).all())
    assert "9994127039" not in kept
    assert AMINA.user_id not in kept
    assert "rotherham" not in kept
    assert "6.9" not in kept


def test_of_more_looks_than_are_kept_the_newest_are_known(seen: Seen, clock: Clock) -> None:
    for day in range(LOOKS + 1):
        look(seen, clock, AMINA, day, a_row())

    assert before(seen, AMINA, LOOKS + 1).you.last == MONDAY + timedelta(days=LOOKS, minutes=1)


def test_what_is_old_is_forgotten(seen: Seen, clock: Clock) -> None:
    look(seen, clock, AMINA, 0, a_row())
    look(seen, clock, TOM, KEPT.days + 1, a_row())

    assert before(seen, AMINA, KEPT.days + 2).you.last is None


def test_a_database_that_is_not_there_costs_the_marks_and_no_page(engine: Engine, clock: Clock) -> None:
    seen = Seen(engine, clock)
    look(seen, clock, AMINA, 0, a_row())
    with writing(engine) as database:
        database.exec_driver_sql("DROP TABLE seen")

    look(seen, clock, AMINA, 0, a_row("5.9"))

    assert seen.begin(AMINA, on(1)).now() == Before(known=False)
    seen.close()


def test_what_was_spoilt_begins_anew(seen: Seen, clock: Clock, engine: Engine) -> None:
    look(seen, clock, AMINA, 0, a_row())
    with writing(engine) as database:
        database.execute(seen_table.update().values(body=b"?"))

    look(seen, clock, AMINA, 1, a_row())

    assert before(seen, AMINA, 2).you.last == MONDAY + timedelta(days=1, minutes=1)


def test_a_page_does_not_wait_for_what_takes_long(engine: Engine, clock: Clock) -> None:
    seen, free = Seen(engine, clock), Event()
    for _ in range(4):  # every thread that reads is busy
        seen._readers.submit(free.wait)

    assert seen.begin(AMINA, on(1)).now() == Before(known=False)
    free.set()
    seen.close()


def test_when_it_has_ended_nothing_is_known_and_nothing_breaks(engine: Engine, clock: Clock) -> None:
    seen = Seen(engine, clock)
    seen.close()

    seen.note(AMINA, on(0), [a_row()])

    assert seen.begin(AMINA, on(1)).now() == Before(known=False)
