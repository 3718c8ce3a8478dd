"""Make a log ten times as long inside its own database, to ask it what an officer asks.

Rule: only what a search reads is right in the copies: columns, indexes and the rows of each trust. Their bytes are
those of the entry they were copied from and no tree stands over them, so that nothing can be appended to such a log
or verified. The database's own guards stay up throughout.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import BigInteger, ColumnElement, Connection, Engine, Integer, Table, Text, cast, func, insert, select

from viewer.audit.tree import HASH_SIZE
from viewer.store.database import is_postgresql
from viewer.store.tables import log_entries, log_heads, log_trusts

_FIRST_PATIENT = 9_990_000_000
_FURTHER = 20_011  # patients further on, each time: a copy of a look is a look at somebody else
_A_COPY_S_CACHE = -2_000_000  # KiB, as SQLite counts: indexes are written in memory, and to the disk once a copy


def copy_all(engine: Engine, times: int, *, days: int, looks: int, patients: int) -> Iterator[int]:
    """Add so many copies of every entry, each so many days after the one before it; yield each one's number when done.

    The same people look, under ids of looks of their own, at other patients of the same so many.
    """
    with _in_great_steps(engine) as connection:
        entries = connection.execute(select(func.max(log_entries.c.seq))).scalar_one()
        for number in range(1, times + 1):
            _copy(connection, log_entries, entries, number, _others(connection, number, days, looks, patients))
            _copy(connection, log_trusts, entries, number, {"at": _later(connection, log_trusts, number * days)})
            connection.execute(insert(log_heads), [_head_of_nothing(entries * (number + 1))])
            connection.commit()
            yield number


def _copy(
    connection: Connection, table: Table, entries: int, number: int, changed: dict[str, ColumnElement[str]]
) -> None:
    """Copy a table's rows of the first entries, in their order: the database refuses a number out of turn."""
    columns = {column.name: column for column in table.c}
    other = {**columns, "seq": table.c.seq + number * entries, **changed}
    rows = select(*other.values()).where(table.c.seq <= entries).order_by(table.c.seq)
    connection.execute(insert(table).from_select(list(columns), rows))


def _others(connection: Connection, number: int, days: int, looks: int, patients: int) -> dict[str, ColumnElement[str]]:
    columns = log_entries.c
    patient = cast(columns.nhs_number, BigInteger) - _FIRST_PATIENT + number * _FURTHER
    look = cast(func.substr(columns.view, len("view-") + 1), BigInteger) + number * looks
    return {
        "at": _later(connection, log_entries, number * days),
        "nhs_number": cast(patient % patients + _FIRST_PATIENT, Text),
        "view": "view-" + cast(look, Text),
    }


def _later(connection: Connection, table: Table, days: int) -> ColumnElement[str]:
    """Return the time so many days later: another date before the same time of day."""
    date, rest = func.substr(table.c.at, 1, 10), func.substr(table.c.at, 11)
    if is_postgresql(connection):
        later = func.to_char(func.to_date(date, "YYYY-MM-DD") + cast(days, Integer), "YYYY-MM-DD")
    else:
        later = func.date(date, f"+{days} days")
    return cast(later, Text) + cast(rest, Text)


def _head_of_nothing(size: int) -> dict[str, object]:
    """Return a head that says how long the log is, over no tree: every verification refuses it."""
    return {"size": size, "root": bytes(HASH_SIZE), "at": datetime.now(UTC).isoformat(), "seal": bytes(HASH_SIZE)}


@contextmanager
def _in_great_steps(engine: Engine) -> Iterator[Connection]:
    """Open the database for a transaction of a million rows; of SQLite it must be the only connection."""
    engine.dispose()
    with engine.connect() as connection:
        if is_postgresql(engine):
            yield connection
            return
        raw = connection.connection.cursor()
        for pragma in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = {_A_COPY_S_CACHE}"):
            raw.execute(f"PRAGMA {pragma}")
        yield connection
    engine.dispose()  # the next connection sets everything as the viewer does
