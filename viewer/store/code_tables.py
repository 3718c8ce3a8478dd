"""The table of codes that no signed map speaks of: which code of which trust, how often, and on which days.

Rule: nothing of any patient stands here, and no value. A name stands here only when it is the code's and not a
patient's: see viewer/unmapped.py.
"""

from sqlalchemy import BigInteger, Column, Integer, Table, Text

from viewer.store.tables import metadata

_Number = BigInteger().with_variant(Integer, "sqlite")

unmapped_codes = Table(
    "unmapped_codes",
    metadata,
    Column("trust", Text, primary_key=True),
    Column("system", Text, primary_key=True),
    Column("code", Text, primary_key=True),  # "" and "" are results without a code
    Column("name", Text, nullable=False),  # "" until two patients' results have come with the same
    Column("looks", _Number, nullable=False),  # how many pages of patients held it
    Column("first_seen", Text, nullable=False),  # a day in London, as ISO 8601
    Column("last_seen", Text, nullable=False),
    Column("measured", Integer, nullable=False, server_default="1"),  # 0 while all that came under it was words
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
