"""PostgreSQL keeps the log by the month, refuses what is not an append, and needs no month to take an entry."""

import pkgutil
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.audit.parts import NOON, POSTGRESQL_ALONE, WALTER, a_log, an_event
from viewer import store
from viewer.audit.scope import WholeLog
from viewer.audit.search import Criteria
from viewer.store import tables
from viewer.store.database import open_database, writing
from viewer.store.months import make_months

pytestmark = POSTGRESQL_ALONE
LONG_AGO = datetime(1999, 1, 31, 23, 59, 59, 999999, tzinfo=UTC)


@pytest.fixture
def log(engine):
    log = a_log(engine)
    yield log
    log.close()


def parts(engine, table="log_entries"):
    """How many rows each partition holds, empty ones left out."""
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(f"SELECT tableoid::regclass::text, count(*) FROM {table} GROUP BY 1")
        return dict(rows.all())


def value(engine, order):
    with engine.connect() as connection:
        return connection.exec_driver_sql(order).scalar_one()


def test_a_commit_is_on_the_disk_before_it_returns_whatever_the_server_says(engine):
    name = engine.url.database
    with engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {name} SET synchronous_commit = off")
    engine.dispose()

    assert value(engine, "SHOW synchronous_commit") == "on"
    assert value(engine, "SELECT reset_val FROM pg_settings WHERE name = 'synchronous_commit'") == "off"


def test_a_stricter_way_of_committing_stays_as_it_is(engine):
    with engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {engine.url.database} SET synchronous_commit = remote_apply")
    engine.dispose()

    assert value(engine, "SHOW synchronous_commit") == "remote_apply"


def test_each_month_has_a_part_of_its_own_and_a_month_without_one_stands_in_the_net(engine, log):
    make_months(engine, LONG_AGO, ahead=1)
    february = replace(an_event(), at=datetime(1999, 2, 1, tzinfo=UTC))
    log.append(
        replace(an_event(), at=LONG_AGO), february, an_event(), replace(an_event(), at=datetime(1998, 1, 1, tzinfo=UTC))
    )

    expected = {"1999_01": 1, "1999_02": 1, f"{NOON:%Y_%m}": 1, "default": 1}
    assert parts(engine) == {f"log_entries_{part}": count for part, count in expected.items()}
    assert parts(engine, "log_trusts") == {f"log_trusts_{part}": count for part, count in expected.items()}
    assert [entry.seq for entry in log.search(Criteria(WholeLog(), trust="rotherham")).entries] == [4, 3, 2, 1]
    assert log.verify().problem == ""


def test_the_writer_makes_the_months_when_one_begins(engine):
    log = a_log(engine, clock=lambda: LONG_AGO)

    log.append(replace(an_event(), at=LONG_AGO))

    assert parts(engine) == {"log_entries_1999_01": 1}
    assert value(engine, "SELECT to_regclass('log_trusts_1999_03')::text") == "log_trusts_1999_03"
    log.close()


def test_an_append_goes_on_when_the_month_cannot_be_made(engine):
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP FUNCTION log_make_month")
    log = a_log(engine, clock=lambda: LONG_AGO)

    assert log.append(replace(an_event(), at=LONG_AGO)) == (1,)

    assert parts(engine) == {"log_entries_default": 1}
    log.close()


def test_a_month_whose_entries_are_in_the_net_already_is_left_there(engine, log):
    log.append(replace(an_event(), at=LONG_AGO))

    assert make_months(engine, LONG_AGO, ahead=0) is False
    assert log.append(replace(an_event(), at=LONG_AGO)) == (2,)
    assert parts(engine) == {"log_entries_default": 2}


@pytest.mark.parametrize(
    "table", ["log_entries", "log_trusts", "log_heads", f"log_entries_{NOON:%Y_%m}", f"log_trusts_{NOON:%Y_%m}"]
)
@pytest.mark.parametrize("order", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_database_refuses_to_change_or_remove_a_row_of_the_log(engine, log, table, order):
    log.append(an_event())
    column = "size" if table == "log_heads" else "seq"

    with pytest.raises(DBAPIError, match=f"{table} is append-only"), writing(engine) as connection:
        connection.exec_driver_sql(order.format(table, column, column))


REST = "body, subtrees, {at}, user_id, user_name, '', '', '', '', '', '', '', '', '', '' FROM log_entries WHERE seq = 1"
SAME, OTHER = REST.format(at="at"), REST.format(at="'2026-12-01'")
HEAD = "INSERT INTO log_heads VALUES ({}, '', 'at', '')"


def give(engine, orders):
    with writing(engine, turn="log") as connection:
        for order in orders:
            connection.exec_driver_sql(order)


@pytest.mark.parametrize(
    "orders",
    [
        [f"INSERT INTO log_entries SELECT 1, {OTHER}"],
        [f"INSERT INTO log_entries SELECT 0, {SAME}"],
        ["INSERT INTO log_trusts (trust, seq, at) VALUES ('barnsley', 1, 'at')"],
        [HEAD.format(3)],
        [HEAD.format(1)],
        [f"INSERT INTO log_entries SELECT 4, {SAME}", HEAD.format(4)],  # 3 is left out
        [f"INSERT INTO log_entries SELECT 3, {SAME}", f"INSERT INTO log_entries SELECT 3, {OTHER}", HEAD.format(3)],
        [f"INSERT INTO log_entries SELECT 3, {SAME}", f"INSERT INTO log_entries SELECT 4, {SAME}", HEAD.format(3)],
    ],
)
def test_the_database_refuses_an_insert_that_is_not_the_next_one(engine, log, orders):
    log.append(an_event(), an_event())

    with pytest.raises(DBAPIError, match=r"is closed for entries under a head|log_entries has no gap"):
        give(engine, orders)
    assert log.append(an_event()) == (3,)


def test_what_an_officer_asks_is_answered_from_an_index_of_each_month(engine, log):
    log.append(*[an_event(nhs_number=WALTER)] * 50)
    with engine.connect() as connection:
        connection.execute(text("SET enable_seqscan = off"))
        plan = connection.exec_driver_sql(
            "EXPLAIN SELECT seq FROM log_entries WHERE nhs_number = 'x' ORDER BY seq DESC LIMIT 51"
        ).all()

    assert f"log_entries_{NOON:%Y_%m}_nhs_number_seq_idx" in str(plan)
    assert "Sort Key" not in str(plan) or "Merge Append" in str(plan)


def test_the_migrations_make_exactly_the_tables_that_the_code_speaks_of(engine):
    for module in pkgutil.iter_modules(store.__path__):
        if module.name.endswith("tables"):
            import_module(f"viewer.store.{module.name}")
    with engine.connect() as connection:
        parts = connection.exec_driver_sql("SELECT relname FROM pg_class WHERE relispartition").scalars().all()
        context = MigrationContext.configure(
            connection, opts={"include_name": lambda name, kind, _: kind != "table" or name not in parts}
        )
        assert len(parts) > 20
        assert compare_metadata(context, tables.metadata) == []


def test_an_account_that_may_only_read_and_insert_keeps_the_log_and_its_months(engine, database_url):
    name = f"viewer_of_{engine.url.database}"
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {name} LOGIN")
        connection.exec_driver_sql(f"GRANT SELECT, INSERT ON log_entries, log_trusts, log_people, log_heads TO {name}")
    viewer = open_database(database_url.replace("trustline@", f"{name}@"))
    log = a_log(viewer, clock=lambda: LONG_AGO)

    assert log.append(replace(an_event(), at=LONG_AGO)) == (1,)

    assert parts(viewer) == {"log_entries_1999_01": 1}
    assert log.verify().problem == ""
    with pytest.raises(DBAPIError, match="permission denied"), writing(viewer) as connection:
        connection.exec_driver_sql("DELETE FROM log_entries_1999_01")
    log.close()
    viewer.dispose()
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP OWNED BY {name}")
        connection.exec_driver_sql(f"DROP ROLE {name}")
