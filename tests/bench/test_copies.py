"""A log made ten times as long inside its database answers as one that was written so, and cannot pass for it."""

from sqlalchemy import Connection, Engine, select

from bench.audit import _event
from bench.copies import copy_all
from tests.audit.parts import a_log
from viewer.audit.log import Log
from viewer.audit.scope import Scope
from viewer.audit.search import Criteria, Found
from viewer.store.database import reading
from viewer.store.tables import log_entries, log_trusts

ENTRIES, TIMES, DAYS, PATIENTS = 300, 9, 36, 200_000
ROTHERHAM = Scope("RFR", "rotherham")
QUESTIONS = {
    "the newest": Criteria(ROTHERHAM),
    "own staff": Criteria(ROTHERHAM, organisation="RFR"),
    "others": Criteria(ROTHERHAM, role="gp", purpose="direct-care"),
    "a kind": Criteria(ROTHERHAM, kind="radiology"),
    "a practice": Criteria(Scope("Y00007")),
    "a name": Criteria(ROTHERHAM, person="dr"),
}


def written(engine: Engine) -> dict[str, Found]:
    """Write the entries and return what each question finds among them."""
    log = a_log(engine)
    log.append(*(_event(number, ENTRIES * (TIMES + 1)) for number in range(ENTRIES)))
    return asked(log)


def asked(log: Log) -> dict[str, Found]:
    found = {name: log.search(question) for name, question in QUESTIONS.items()}
    log.close()
    return found


def copied(engine: Engine) -> list[int]:
    return list(copy_all(engine, TIMES, days=DAYS, looks=ENTRIES // 5, patients=PATIENTS))


def test_each_question_finds_ten_times_as_many(engine: Engine) -> None:
    before = written(engine)

    assert copied(engine) == list(range(1, TIMES + 1))

    after = asked(a_log(engine))
    assert {name: found.total for name, found in after.items()} == {
        name: (found.total or 0) * 10 for name, found in before.items()
    }
    assert any(found.total for found in before.values())


def test_entries_and_the_rows_of_their_trusts_say_the_same(engine: Engine) -> None:
    written(engine)
    copied(engine)

    with reading(engine) as connection:
        entries = every(connection, log_entries)
        rows = {(row["seq"], row["trust"], row["at"], row["event"]) for row in every(connection, log_trusts)}

    named = {
        (row["seq"], name.partition("/")[0], row["at"], row["event"])
        for row in entries
        for name in row["trusts"].split()
    }
    assert rows == named
    assert [row["seq"] for row in entries] == list(range(1, ENTRIES * (TIMES + 1) + 1))
    assert [row["at"] for row in entries] == sorted(row["at"] for row in entries)


def every(connection: Connection, table):  # type: ignore[no-untyped-def]
    return connection.execute(select(table).order_by(table.c.seq)).mappings().all()


def test_a_copy_is_another_look_at_another_patient(engine: Engine) -> None:
    written(engine)
    copied(engine)

    with reading(engine) as connection:
        entries = every(connection, log_entries)

    same = entries[4::ENTRIES]
    assert [row["view"] for row in same] == [f"view-{number * ENTRIES // 5}" for number in range(TIMES + 1)]
    assert len({row["nhs_number"] for row in same}) == len(same)
    assert all(9_990_000_000 <= int(row["nhs_number"]) < 9_990_000_000 + PATIENTS for row in entries)
    assert {row["user_name"] for row in same} == {same[0]["user_name"]}


def test_a_log_with_copies_does_not_verify(engine: Engine) -> None:
    written(engine)
    sound = a_log(engine).verify().sound
    copied(engine)

    assert (sound, a_log(engine).verify().sound) == (True, False)
