"""Make the log's monthly partitions ahead of time, on PostgreSQL.

Rule: nothing depends on it. An entry of a month that has no partition of its own stands in the default one,
where it is found, proven and verified like every other.
"""

from datetime import datetime

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from viewer.store.database import is_postgresql

# Whoever reads the whole log holds up the making; then it is left for the next time.
_NOT_NOW = text("SET LOCAL lock_timeout = '200ms'")
_MAKE = text("SELECT log_make_month(:month)")


def make_months(engine: Engine, now: datetime, ahead: int) -> bool:
    """Make this month's partitions and those of so many after it; say whether they are all there."""
    if not is_postgresql(engine):
        return True
    try:
        for month in _months(now, ahead):
            with engine.begin() as connection:
                connection.execute(_NOT_NOW)
                connection.execute(_MAKE, {"month": month})
    except DBAPIError:  # no right to make tables, a reader at work, entries of that month in the default partition
        return False
    return True


def _months(now: datetime, ahead: int) -> list[str]:
    first = now.year * 12 + now.month - 1
    return [f"{month // 12:04}-{month % 12 + 1:02}" for month in range(first, first + ahead + 1)]
