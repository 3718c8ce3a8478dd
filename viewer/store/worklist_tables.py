"""The table of practices' worklists: which of its patients a practice wants to hear of.

Rule: a row is a patient whom a GP of the practice had opened: who they were then, and no place of theirs. It goes when
they are taken off, are the practice's no more, or are not opened from it for half a year; the log keeps who put it on.
"""

from sqlalchemy import Column, Index, LargeBinary, Table, Text

from viewer.store.session_tables import Moment
from viewer.store.tables import metadata

worklists = Table(
    "worklists",
    metadata,
    Column("practice", Text, primary_key=True),  # ODS code
    Column("nhs_number", Text, primary_key=True),
    Column("person", LargeBinary, nullable=False),  # who they are: see viewer/worklists.py
    Column("since", Moment, nullable=False),  # what was issued after this is new to the practice
    Column("until", Moment, nullable=False, server_default=""),  # when the row is forgotten
    Index("ix_worklists_practice", "practice"),
    Index("ix_worklists_until", "until"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
