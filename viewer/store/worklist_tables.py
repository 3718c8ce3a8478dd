"""The table of practices' worklists: which of its patients a practice wants to hear of.

Rule: a row is a patient whom a GP of the practice had opened, as they were then. Taken off the list, it is gone; the
log keeps that it was there, who put it on and who took it off.
"""

from sqlalchemy import Column, Index, LargeBinary, Table, Text

from viewer.store.session_tables import Moment
from viewer.store.tables import metadata

worklists = Table(
    "worklists",
    metadata,
    Column("practice", Text, primary_key=True),  # ODS code
    Column("nhs_number", Text, primary_key=True),
    Column("person", LargeBinary, nullable=False),  # their records as they were when they were put on the list
    Column("since", Moment, nullable=False),  # what was issued after this is new to the practice
    Index("ix_worklists_practice", "practice"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
