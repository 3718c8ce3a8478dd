"""Open the database: SQLite by default, another by its URL.

Rule: what is committed is on the disk (SQLite: WAL, synchronous FULL), and a database file that
was moved or removed while open is found out before the next transaction, not after.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_SECONDS = 1.5  # how long SQLite waits for a lock: less than the log makes a caller wait
_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA recursive_triggers = ON",  # so that INSERT OR REPLACE meets the triggers that refuse a removal
)


def open_database(url: str) -> Engine:
    """Return the database at `url`; a SQLite file is made, for its owner alone, when it is not there yet."""
    where = make_url(url)
    engine = _open_sqlite(where) if where.get_backend_name() == "sqlite" else create_engine(where, hide_parameters=True)
    return engine.execution_options(one_writer=Lock())


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that is going to write: one at a time in this process, and SQLite's write lock from the start.

    A SQLite transaction that reads first and writes later can be refused half-way, and writers that
    meet in SQLite sleep for up to 100 ms a turn; a lock here wakes the next one at once.
    """
    with (
        engine.get_execution_options()["one_writer"],
        engine.connect().execution_options(begin="BEGIN IMMEDIATE") as connection,
        connection.begin(),
    ):
        yield connection


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
