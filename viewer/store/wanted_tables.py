"""The table of how often a test was looked for, and a recent result existed: counts, and nobody's name.

Rule: a row counts a month, a test, a trust that asks and what existed. No person, patient, report or moment is in it.
"""

from sqlalchemy import BigInteger, Column, Integer, Table, Text

from viewer.store.tables import metadata

_Number = BigInteger().with_variant(Integer, "sqlite")

wanted = Table(
    "wanted",
    metadata,
    Column("month", Text, primary_key=True),  # "2026-11", in London
    Column("test", Text, primary_key=True),  # its key in retest.toml, or "analyte." and its key in analytes.toml
    Column("asker", Text, primary_key=True),  # the name of the trust that asks; "gp" for every practice
    Column("existed", Text, primary_key=True),  # elsewhere, own, none
    Column("times", _Number, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
