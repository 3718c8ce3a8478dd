"""The log's tables, on the one `metadata` that every table of the viewer stands on.

Rule: the canonical `body` of an entry is the truth. Every other column is an index over it, or
a hash of it, and `trustline log verify` works each of them out again. Rows are only ever added;
the database itself refuses to change or remove one (viewer/store/migrations).
"""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text

metadata = MetaData(
    naming_convention={"pk": "pk_%(table_name)s", "ix": "ix_%(table_name)s_%(column_0_N_name)s"},
)

_Number = BigInteger().with_variant(Integer, "sqlite")  # SQLite's INTEGER has 64 bits already

# On PostgreSQL entries and trusts are partitioned by the month of `at`, which is then part of their keys (months.py).
log_entries = Table(
    "log_entries",
    metadata,
    Column("seq", _Number, primary_key=True, autoincrement=False),  # from 1, without a gap
    Column("body", LargeBinary, nullable=False),  # canonical JSON: the leaf of the tree
    # The hashes of the complete subtrees that end at this entry, smallest first: its own leaf,
    # then (where it closes them) the two, four, eight … entries up to it. Any proof over the
    # log, and the tree's state at a restart, is then a handful of look-ups by `seq`.
    Column("subtrees", LargeBinary, nullable=False),
    Column("at", Text, nullable=False),  # ISO 8601, UTC, microseconds: sorts as it reads
    Column("user_id", Text, nullable=False),
    Column("user_name", Text, nullable=False),
    Column("organisation", Text, nullable=False),  # ODS code
    Column("event", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("nhs_number", Text, nullable=False),
    Column("view", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("claim", Text, nullable=False),
    Column("kinds", Text, nullable=False),  # of result, of which any was shown: "laboratory radiology"
    # The same trusts as below, with the kinds of each: an officer's scope is then read off the row itself.
    Column("trusts", Text, nullable=False),
    Index(None, "nhs_number", "seq"),
    Index(None, "user_id", "seq"),
    # What an officer asks of own staff's entries is answered from this index alone.
    Index("ix_log_entries_by_staff", "organisation", "seq", "at", "event", "role", "purpose", "claim", "kinds"),
    Index(None, "event", "seq"),
    Index(None, "user_name", "seq"),
    Index(None, "claim", "seq"),  # the few looks under a broken glass
    Index(None, "view"),
    Index(None, "at"),
    sqlite_strict=True,
)

log_trusts = Table(
    "log_trusts",
    metadata,
    Column("trust", Text, primary_key=True),  # a trust whose data the entry is about
    Column("seq", _Number, primary_key=True, autoincrement=False),
    Column("at", Text, nullable=False),  # as the entry's: it names the month on PostgreSQL
    # As the entry's, so that what an officer asks of own trust's data is answered from these rows alone.
    *(
        Column(name, Text, nullable=False)
        for name in ("organisation", "user_name", "event", "outcome", "role", "purpose", "claim")
    ),
    Column("kinds", Text, nullable=False),  # of result, of which any of this trust's was shown
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

log_people = Table(
    "log_people",
    metadata,
    Column("user_name", Text, primary_key=True),  # as it was at the time: one person may have had several
    Column("user_id", Text, primary_key=True),
    Column("seq", _Number, nullable=False),  # the first entry by this person under this name
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

log_heads = Table(
    "log_heads",
    metadata,
    Column("size", _Number, primary_key=True, autoincrement=False),  # one for every commit
    Column("root", LargeBinary, nullable=False),
    Column("at", Text, nullable=False),
    # SHA-256 over the seal before and this row: no head can be altered or left out alone.
    Column("seal", LargeBinary, nullable=False),
    sqlite_strict=True,
)
