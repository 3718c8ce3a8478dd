"""What was looked for is counted by month, test and trust; nobody is named, and no small number is said."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, inspect

from connectors.answer import Trust
from tests.builders import BARNSLEY, NOON, ROTHERHAM, SHEFFIELD, a_report, a_result, a_time
from tests.whole import AMINA, KOFI
from viewer.clinical.by_analyte import Found
from viewer.clinical.report import TakenFrom
from viewer.clinical.retest import Circumstances, Done, Existed, WhyNot, existed
from viewer.clinical.retest_rules import LabTest, RetestInterval, Setting
from viewer.clinical.row import Row
from viewer.pages.management import last_months, tables
from viewer.store.database import writing
from viewer.wanted import GP, Looked, Wanted

CRP = LabTest("crp", "CRP", ("crp",), intervals=(RetestInterval(timedelta(hours=24), "B-SP7"),))
PLAIN = LabTest("plain", "Plain", ("plain",))
MOMENT = Circumstances(NOON, Setting.EMERGENCY)
TRUSTS = (BARNSLEY, ROTHERHAM, SHEFFIELD)


def done(hours_ago: float | None, trust: Trust = ROTHERHAM, test: LabTest = CRP) -> Done:
    if hours_ago is None:
        return Done(test, (), (), WhyNot.NOTHING_FOUND, ())
    taken = a_time((NOON - timedelta(hours=hours_ago)).isoformat())
    found = Found(Row(a_report(trust)), a_result(), test.key, taken, TakenFrom.SPECIMEN)
    return Done(test, (found,), (), WhyNot.EXCLUDED, ())


@pytest.mark.parametrize(
    ("one", "own", "expected"),
    [
        (done(2), "sheffield_teaching", Existed.ELSEWHERE),
        (done(2), "rotherham", Existed.OWN),
        (done(2), "", Existed.ELSEWHERE),
        (done(24), "sheffield_teaching", Existed.NONE),
        (done(-1), "sheffield_teaching", Existed.NONE),
        (done(None), "sheffield_teaching", Existed.NONE),
        (done(71, test=PLAIN), "sheffield_teaching", Existed.ELSEWHERE),
        (done(72, test=PLAIN), "sheffield_teaching", Existed.NONE),
    ],
)
def test_a_recent_result_existed_while_its_interval_ran(one: Done, own: str, expected: Existed) -> None:
    assert existed(one, own, MOMENT) is expected


# ── Counting ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def wanted(engine: Engine) -> Iterator[Wanted]:
    made = Wanted(engine, TRUSTS)
    yield made
    made.close()


def test_what_was_looked_for_adds_up_by_month_test_trust_and_what_existed(wanted: Wanted) -> None:
    wanted.count(AMINA, [done(2), done(None, test=PLAIN)], MOMENT)
    wanted.count(AMINA, [done(3)], MOMENT)
    wanted.count(AMINA, [done(3, SHEFFIELD)], MOMENT)
    wanted.count(KOFI, [done(2)], MOMENT)
    wanted.settle()

    assert set(wanted.all()) == {
        Looked("2026-11", "crp", "sheffield_teaching", Existed.ELSEWHERE, 2),
        Looked("2026-11", "crp", "sheffield_teaching", Existed.OWN, 1),
        Looked("2026-11", "plain", "sheffield_teaching", Existed.NONE, 1),
        Looked("2026-11", "crp", GP, Existed.ELSEWHERE, 1),
    }


def test_two_workers_counts_add_up(engine: Engine, wanted: Wanted) -> None:
    another = Wanted(engine, TRUSTS)
    for _ in range(10):
        wanted.count(AMINA, [done(2)], MOMENT)
        another.count(AMINA, [done(2)], MOMENT)
    wanted.settle()
    another.close()

    assert [one.count for one in wanted.all()] == [20]


def test_the_month_is_the_month_in_london(wanted: Wanted) -> None:
    summer = Circumstances(datetime(2026, 6, 30, 23, 30, tzinfo=UTC), Setting.GP)
    wanted.count(KOFI, [done(None)], summer)
    wanted.settle()

    assert [one.month for one in wanted.all()] == ["2026-07"]


def test_no_column_can_hold_a_person(engine: Engine, wanted: Wanted) -> None:
    columns = {column["name"] for column in inspect(engine).get_columns("wanted")}

    assert columns == {"month", "test", "asker", "existed", "times"}


def test_a_database_that_is_away_costs_a_count_and_no_page(engine: Engine, wanted: Wanted) -> None:
    with writing(engine) as database:
        database.exec_driver_sql("ALTER TABLE wanted RENAME TO elsewhere")
    wanted.count(AMINA, [done(2)], MOMENT)
    wanted.settle()
    with writing(engine) as database:
        database.exec_driver_sql("ALTER TABLE elsewhere RENAME TO wanted")
    wanted.count(AMINA, [done(2)], MOMENT)
    wanted.settle()

    assert [one.count for one in wanted.all()] == [1]


def test_counting_returns_while_the_database_is_held(engine: Engine, wanted: Wanted) -> None:
    with writing(engine, "wanted"):
        wanted.count(AMINA, [done(2)], MOMENT)  # would wait for ever, if it waited
        assert wanted.all() == ()
    wanted.settle()

    assert [one.count for one in wanted.all()] == [1]


def test_nothing_is_counted_once_it_is_closed(engine: Engine) -> None:
    closed = Wanted(engine, TRUSTS)
    closed.close()

    closed.count(AMINA, [done(2)], MOMENT)

    assert closed.all() == ()


# ── What is said of them ─────────────────────────────────────────────────────────────────────────


def test_each_table_says_its_lines_in_an_order_that_tells_nothing() -> None:
    counted = [
        Looked("2026-11", "crp", "rotherham", Existed.ELSEWHERE, 12),
        Looked("2026-11", "crp", "rotherham", Existed.NONE, 20),
        Looked("2026-10", "alt", GP, Existed.NONE, 7),
        Looked("2020-01", "old", "rotherham", Existed.NONE, 99),
    ]

    titles = {"rotherham": "Rotherham", GP: "GP practices"}
    made = tables(counted, last_months(date(2026, 11, 22)), {"crp": "CRP", "alt": "ALT"}, titles)

    assert [[(line.name, line.looked, line.elsewhere) for line in one.lines] for one in made] == [
        [("ALT", "7", "0"), ("CRP", "32", "12")],
        [("Rotherham", "32", "12"), ("GP practices", "7", "0")],
        [("Nov-2026", "32", "12"), ("Oct-2026", "7", "0")],
    ]


def test_the_last_twelve_months_cross_a_year() -> None:
    assert last_months(date(2026, 3, 1))[:4] == ("2026-03", "2026-02", "2026-01", "2025-12")
