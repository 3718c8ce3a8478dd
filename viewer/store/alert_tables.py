"""The tables of the review: alerts with their entries and notes, how far the log has been swept, and notices to send.

Rule: no name or number of a patient stands here; an alert names entries, and the log holds who they are about.
Notes are only ever added.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from viewer.store.session_tables import Moment
from viewer.store.tables import metadata

_Number = BigInteger().with_variant(Integer, "sqlite")

alerts = Table(
    "alerts",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=False),
    Column("reference", Text, nullable=False),  # A-2026-000123
    Column("key", Text, nullable=False),  # one alert a key: nothing is raised twice
    Column("rule", Text, nullable=False),
    Column("user_id", Text, nullable=False),  # whom it is about
    Column("user_name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("organisation", Text, nullable=False),  # ODS code, as at the time
    Column("organisation_name", Text, nullable=False),
    Column("happened_at", Moment, nullable=False),
    Column("raised_at", Moment, nullable=False),
    Column("why", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("closed_once", Text, nullable=False),  # the user id of the first of two who close it; ""
    Column("turn", _Number, nullable=False),  # how many notes there are: an action says which it has read
    Column("entries", _Number, nullable=False),  # how many entries it is about, named or only counted
    Index(None, "reference", unique=True),
    Index(None, "key", unique=True),
    Index(None, "organisation", "number"),
    Index(None, "state", "number"),
    sqlite_strict=True,
)

alert_entries = Table(
    "alert_entries",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=False),
    Column("seq", _Number, primary_key=True, autoincrement=False),  # of the log
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

alert_trusts = Table(
    "alert_trusts",
    metadata,
    Column("trust", Text, primary_key=True),  # whose data its entries are about
    Column("number", _Number, primary_key=True, autoincrement=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

alert_notes = Table(
    "alert_notes",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=False),
    Column("turn", _Number, primary_key=True, autoincrement=False),  # from 1
    Column("at", Moment, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("user_name", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("did", Text, nullable=False),
    Column("note", Text, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

sweeps = Table(
    "sweeps",
    metadata,
    Column("name", Text, primary_key=True),
    Column("position", _Number, nullable=False),  # the last entry swept
    Column("at", Moment, nullable=False),  # when it was last known that nothing was left to sweep, or something was
    Column("holder", Text, nullable=False),  # the worker that sweeps
    Column("until", Moment, nullable=False),  # after which another may
    sqlite_strict=True,
)

looks_counted = Table(
    "looks_counted",
    metadata,
    Column("month", Text, primary_key=True),  # 2026-11, in London
    Column("organisation", Text, primary_key=True),
    Column("role", Text, primary_key=True),
    Column("looks", _Number, nullable=False),  # patients opened
    Column("glasses", _Number, nullable=False),  # glasses broken
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

officers = Table(
    "officers",
    metadata,
    Column("organisation", Text, primary_key=True),  # ODS code
    Column("user_id", Text, primary_key=True),
    Column("at", Moment, nullable=False),  # when they last did anything as an officer; let go of after a year
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

notices = Table(
    "notices",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=False),  # of the alert
    Column("organisation", Text, primary_key=True),  # ODS code of whose officers are told
    Column("tries", _Number, nullable=False),
    Column("next_at", Moment, nullable=False),
    Column("sent_at", Moment, nullable=True),
    Index(None, "sent_at", "next_at"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
