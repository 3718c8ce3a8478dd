"""The table of dissents: patients who have asked that their results are not shared here.

Rule: a row is ended, never removed, and by the organisation that recorded it; who recorded it, who ended it and on what
form stay with it.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, text

from viewer.store.session_tables import Moment
from viewer.store.tables import metadata

_Number = BigInteger().with_variant(Integer, "sqlite")
_LASTS = text("ended_at IS NULL")

dissents = Table(
    "dissents",
    metadata,
    Column("number", _Number, primary_key=True),
    Column("nhs_number", Text, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("recorded_by", Text, nullable=False),  # user id
    Column("organisation", Text, nullable=False),  # ODS code of that officer's organisation, which alone may end it
    Column("organisation_name", Text, nullable=False),
    Column("reference", Text, nullable=False),  # of the form or letter it stands on
    Column("ended_at", Moment, nullable=True),  # null while it lasts
    Column("ended_by", Text, nullable=False),
    Column("ended_reference", Text, nullable=False),
    Index(None, "nhs_number", "recorded_at"),
    # Of each patient one dissent lasts at most, whoever records it at the same moment.
    Index("ux_dissents_lasting", "nhs_number", unique=True, sqlite_where=_LASTS, postgresql_where=_LASTS),
    sqlite_strict=True,
)
