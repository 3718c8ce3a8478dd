"""The database is durable, private, refuses what is not an append, and has the tables its code speaks of."""

import pkgutil
import shutil
import sqlite3
import stat
from importlib import import_module
from io import StringIO
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from viewer import store
from viewer.store import tables
from viewer.store import upgrade as upgrading
from viewer.store.database import open_database, writing
from viewer.store.upgrade import upgrade

LOG_TABLES = ("log_entries", "log_trusts", "log_people", "log_heads")
REST = "user_name, '', '', '', '', '', '', '', '', '', ''"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "trustline.sqlite"


@pytest.fixture
def engine(path):
    path.parent.mkdir()
    engine = open_database(f"sqlite:///{path}")
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def filled(engine):
    """A log of one entry, about one trust, under one head."""
    with writing(engine) as connection:
        connection.exec_driver_sql(
            "INSERT INTO log_entries VALUES "
            "(1, x'7b7d', x'00', 'at', 'user', 'name', 'RHQ', 'event', 'shown', '', '', '', '', '', '', '')"
        )
        connection.exec_driver_sql("INSERT INTO log_trusts (trust, seq, at) VALUES ('rotherham', 1, 'at')")
        connection.exec_driver_sql("INSERT INTO log_people VALUES ('name', 'user', 1)")
        connection.exec_driver_sql("INSERT INTO log_heads VALUES (1, x'00', 'at', x'00')")
    return engine


def test_the_migrations_make_exactly_the_tables_that_the_code_speaks_of(engine):
    rooms = [room.name for room in pkgutil.iter_modules(store.__path__) if room.name.endswith("tables")]
    assert {import_module(f"viewer.store.{name}").metadata for name in rooms} == {tables.metadata}
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []


def test_upgrading_twice_changes_nothing(engine):
    before = inspect(engine).get_table_names()

    upgrade(engine)

    assert inspect(engine).get_table_names() == before


def test_a_commit_is_on_the_disk_before_it_returns(engine):
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 1500


def test_the_database_is_its_owners_alone(engine, path):
    files = list(path.parent.iterdir())

    assert path in files
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_database_that_was_there_keeps_what_it_holds(filled, path):
    again = open_database(f"sqlite:///{path}")

    with again.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM log_entries")).scalar() == 1
    again.dispose()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused(url):
    with pytest.raises(ValueError, match="needs a file"):
        open_database(url)


def test_a_folder_that_is_not_there_is_refused_by_name(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        open_database(f"sqlite:///{tmp_path / 'nowhere' / 'trustline.sqlite'}")


@pytest.mark.parametrize("table", LOG_TABLES)
@pytest.mark.parametrize("order", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_the_database_refuses_to_change_or_remove_a_row_of_the_log(filled, table, order):
    column = "seq" if table != "log_heads" else "size"

    with pytest.raises(IntegrityError, match=f"{table} is append-only"), writing(filled) as connection:
        connection.exec_driver_sql(order.format(table, column, column))


@pytest.mark.parametrize(
    "order",
    [
        "INSERT OR REPLACE INTO log_entries SELECT * FROM log_entries",
        f"INSERT INTO log_entries SELECT 3, body, subtrees, at, user_id, {REST} FROM log_entries",
        f"INSERT INTO log_entries SELECT 0, body, subtrees, at, user_id, {REST} FROM log_entries",
        "INSERT INTO log_trusts (trust, seq, at) VALUES ('barnsley', 1, 'at')",
        "INSERT OR REPLACE INTO log_trusts SELECT * FROM log_trusts",
        "INSERT INTO log_people VALUES ('another', 'user', 1)",
        "INSERT OR REPLACE INTO log_people SELECT * FROM log_people",
        "INSERT OR REPLACE INTO log_heads SELECT * FROM log_heads",
        "INSERT INTO log_heads VALUES (2, x'00', 'at', x'00')",
    ],
)
def test_the_database_refuses_an_insert_that_is_not_the_next_one(filled, order):
    with pytest.raises(IntegrityError), writing(filled) as connection:
        connection.exec_driver_sql(order)


def test_a_file_that_was_taken_away_is_noticed_and_none_is_made_in_its_place(filled, path):
    shutil.rmtree(path.parent)

    with pytest.raises(OperationalError, match="unable to open"), filled.connect():
        pass
    assert not path.exists()


def test_a_file_that_was_exchanged_for_another_is_not_written_as_if_it_were_the_first(filled, path):
    path.rename(path.with_suffix(".moved"))
    sqlite3.connect(path).close()
    path.touch()

    with pytest.raises(DBAPIError, match="no such table"), writing(filled) as connection:
        connection.exec_driver_sql("INSERT INTO log_trusts (trust, seq, at) VALUES ('barnsley', 2, 'at')")


def test_a_transaction_that_is_going_to_write_takes_the_lock_at_its_start(engine, path):
    with writing(engine):
        other = sqlite3.connect(path, timeout=0, isolation_level=None)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()


def test_an_error_does_not_repeat_what_was_to_be_written(engine):
    with pytest.raises(DBAPIError) as caught, writing(engine) as connection:
        connection.execute(tables.log_trusts.insert(), {"trust": "a secret", "seq": "not a number"})

    assert "a secret" not in str(caught.value)


def test_the_migrations_are_sql_that_postgresql_can_read(tmp_path):
    written = StringIO()
    config = Config(output_buffer=written)
    config.set_main_option("script_location", str(Path(upgrading.__file__).parent / "migrations"))
    config.set_main_option("dialect", "postgresql")

    command.upgrade(config, "head", sql=True)

    assert "%" not in written.getvalue()  # drivers would take it for a parameter, or double it
    assert "BYTEA" in written.getvalue()
    assert "BEFORE UPDATE OR DELETE OR TRUNCATE ON log_entries" in written.getvalue()
