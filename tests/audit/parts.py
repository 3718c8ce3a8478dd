"""What the log's tests share: events to append, a log on a real file, and a clock that stands still."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.databases import sqlite_in
from viewer.access.access_event import AccessEvent, AtTrust, Event
from viewer.access.clinician import Clinician, Organisation, Role
from viewer.audit.log import Log
from viewer.store.database import is_postgresql, open_database

SQLITE_ALONE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
POSTGRESQL_ALONE = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
WALTER = "9990000018"


def a_clinician(user_id="555000000001", name="Dr Amina Farrell", ods="RHQ", organisation="Sheffield Teaching"):
    return Clinician(
        user_id,
        name,
        Role.CONSULTANT,
        "Consultant",
        "S8000:G8000:R0050",
        f"{user_id}-1",
        Organisation(ods, organisation),
    )


AMINA = a_clinician()


def an_event(event=Event.RESULTS_SHOWN, *, who=AMINA, at=NOON, trusts=("rotherham",), outcome="shown", **fields):
    seen = tuple(AtTrust(trust, "answered", "WT-2026 cl. 4.2(a)", 3, 1) for trust in trusts)
    return AccessEvent(event, at, who, "sign-in-1", trusts=seen, outcome=outcome, **fields)


def a_database(folder):
    return open_database(sqlite_in(folder))


def a_log(engine, patience=timedelta(seconds=10), room=1000, clock=lambda: NOON):
    return Log(engine, clock, patience, room)


def without_guards(engine):
    """Do as somebody who owns the database can: take the triggers away."""
    if is_postgresql(engine):
        with engine.begin() as connection:
            connection.exec_driver_sql(f"ALTER DATABASE {engine.url.database} SET session_replication_role = replica")
        engine.dispose()  # for connections that are opened from now on
        return
    with engine.begin() as connection:
        names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
        for name in names:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
