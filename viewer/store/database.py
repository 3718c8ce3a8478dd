"""Open the database: SQLite by default, PostgreSQL by its URL.

Rule: what is committed is on the disk (SQLite: WAL, synchronous FULL; PostgreSQL: synchronous_commit), and a
database file that was moved or removed while open is found out before the next transaction, not after.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_SECONDS = 1.5  # how long a lock or a connection is waited for: less than the log makes a caller wait
_GONE_SECONDS = 2  # after which a server that answers nothing is taken to be gone; libpq takes no less
_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA recursive_triggers = ON",  # so that INSERT OR REPLACE meets the triggers that refuse a removal
)


def open_database(url: str) -> Engine:
    """Return the database at `url`; a SQLite file is made, for its owner alone, when it is not there yet."""
    where = make_url(url)
    engine = _open_sqlite(where) if where.get_backend_name() == "sqlite" else _open_postgresql(where)
    return engine.execution_options(one_writer=Lock())


def is_postgresql(engine: Engine | Connection) -> bool:
    """Say whether this is PostgreSQL; otherwise it is SQLite."""
    return engine.dialect.name == "postgresql"


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that reads: everything read in it stood in the database at one moment."""
    with engine.connect() as connection:
        if is_postgresql(engine):
            connection = connection.execution_options(isolation_level="REPEATABLE READ")  # noqa: PLW2901
        yield connection


@contextmanager
def writing(engine: Engine, turn: str = "store") -> Iterator[Connection]:
    """Open a transaction that is going to write: one at a time among all processes, from its start to its end.

    In PostgreSQL that holds among those who take the same turn ("log", "review", or "store" for the rest), so that
    signing in waits neither for the log nor for its review.
    In SQLite there is one writer in all.
    """
    if is_postgresql(engine):
        with engine.begin() as connection:
            connection.execute(_TAKE_TURN, {"turn": turn})
            yield connection
    else:
        with _writing_sqlite(engine) as connection:
            yield connection


_TAKE_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended('trustline ' || :turn, 0))")


@contextmanager
def _writing_sqlite(engine: Engine) -> Iterator[Connection]:
    """Take SQLite's write lock from the start.

    A SQLite transaction that reads first and writes later can be refused half-way, and writers that
    meet in SQLite sleep for up to 100 ms a turn; a lock here wakes the next one at once.
    """
    with (
        engine.get_execution_options()["one_writer"],
        engine.connect().execution_options(begin="BEGIN IMMEDIATE") as connection,
        connection.begin(),
    ):
        yield connection


# ── PostgreSQL ───────────────────────────────────────────────────────────────────────────────────


def _open_postgresql(where: URL) -> Engine:
    """Open a server that may go away and come back: whoever waits for it is told so within seconds."""
    engine = create_engine(
        where,
        pool_size=16,
        max_overflow=48,
        pool_timeout=BUSY_SECONDS,
        pool_pre_ping=True,  # a connection from before the server was started again is exchanged, not used
        hide_parameters=True,  # an error must not repeat what an entry says of a patient
        connect_args={
            "connect_timeout": _GONE_SECONDS,
            "tcp_user_timeout": _GONE_SECONDS * 1000,
            "options": f"-c lock_timeout={int(BUSY_SECONDS * 1000)} -c timezone=UTC",
        },
    )
    event.listen(engine, "connect", _commit_to_the_disk)
    return engine


def _commit_to_the_disk(connection: Any, _: ConnectionPoolEntry) -> None:
    """Take back a server's or a role's `synchronous_commit = off`; a stricter setting stays as it is."""
    connection.execute(
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
    )
    connection.commit()


# ── SQLite ───────────────────────────────────────────────────────────────────────────────────────


def _open_sqlite(where: URL) -> Engine:
    if where.database in (None, "", ":memory:"):
        raise ValueError(f"{where}: the log needs a file; give sqlite:///path/to/trustline.sqlite")
    path = Path(str(where.database)).absolute()
    _make_private(path)
    address = f"file:{quote(str(path))}?mode=rw"  # never a new, empty file in the place of one that went away
    engine = create_engine(
        where,
        creator=lambda: sqlite3.connect(
            address, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        ),
        pool_size=16,
        max_overflow=48,
        pool_timeout=BUSY_SECONDS,
        hide_parameters=True,  # an error must not repeat what an entry says of a patient
    )
    _listen(engine, path)
    return engine


def _make_private(path: Path) -> None:
    """Make the file with mode 0600 if it is not there; SQLite gives its -wal and -shm the same."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def _listen(engine: Engine, path: Path) -> None:
    def prepare(connection: sqlite3.Connection, entry: ConnectionPoolEntry) -> None:
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        entry.info["file"] = _identity(path)

    def check_still_there(_: sqlite3.Connection, entry: ConnectionPoolEntry, __: Any) -> None:
        # SQLite goes on writing, without an error, to a file that has been unlinked.
        if entry.info["file"] != _identity(path):
            raise DisconnectionError("the database file is no longer the one that was opened")

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))

    event.listen(engine, "connect", prepare)
    event.listen(engine, "checkout", check_still_there)
    event.listen(engine, "begin", begin)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
