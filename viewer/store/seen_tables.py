"""The tables of what somebody, or their team, was last shown of a patient.

Rule: they hold no NHS number, no name, no report's own id and nothing a report says: marks alone, keyed by a secret
that stands in the database too. They are a convenience: the log, and never they, says who was shown what.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from viewer.store.session_tables import Moment
from viewer.store.tables import metadata

_Number = BigInteger().with_variant(Integer, "sqlite")

seen = Table(
    "seen",
    metadata,
    Column("reader", Text, primary_key=True),  # a mark of a person, or of an organisation
    Column("patient", Text, primary_key=True),  # a mark of an NHS number
    Column("at", Moment, nullable=False),  # of the last look
    Column("body", LargeBinary, nullable=False),  # JSON: when they looked, and of each report's mark what it said
    Index(None, "at"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

seen_secret = Table(
    "seen_secret",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=False),  # 1: there is one
    Column("secret", LargeBinary, nullable=False),
    sqlite_strict=True,
)
