"""Let a migration fill in what is new of a SQLite log whose rows the database itself refuses to change."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text


@contextmanager
def guards_down(connection: Connection) -> Iterator[None]:
    """Let rows be changed inside this transaction alone; nobody else can write while it lasts."""
    guards = connection.execute(
        text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%refuses_update'")
    ).all()
    for guard in guards:
        connection.exec_driver_sql(f"DROP TRIGGER {guard.name}")
    yield
    for guard in guards:
        connection.exec_driver_sql(guard.sql)
