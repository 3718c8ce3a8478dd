"""The tables of checkpoints: what the log signed, who cosigned it, how each witness stands, and whose turn it is.

Rule: a checkpoint, a cosignature and a confirmation are only ever added; the database refuses to change or remove one.
"""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table, Text

from viewer.store.session_tables import Moment
from viewer.store.tables import metadata

_Number = BigInteger().with_variant(Integer, "sqlite")

log_checkpoints = Table(
    "log_checkpoints",
    metadata,
    Column("size", _Number, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
    Column("note", Text, nullable=False),  # as the log signed it
    Column("at", Moment, nullable=False),
    sqlite_strict=True,
)

log_cosignatures = Table(
    "log_cosignatures",
    metadata,
    Column("size", _Number, primary_key=True, autoincrement=False),
    Column("witness", Text, primary_key=True),  # its key, "name+id+key"
    Column("trust", Text, nullable=False),
    Column("line", Text, nullable=False),  # the signature line
    Column("at", Moment, nullable=False),  # when we had it; the witness's own time is in the line
    sqlite_strict=True,
)

log_witnesses = Table(
    "log_witnesses",
    metadata,
    Column("trust", Text, primary_key=True),
    Column("witness", Text, nullable=False),  # its key
    Column("size", _Number, nullable=False),  # what it says it last cosigned: the next proof begins there
    Column("cosigned", _Number, nullable=False),  # the largest of which we hold its cosignature, checked
    Column("trouble", Text, nullable=False),  # why it did not cosign when last asked; "" when it did
    Column("disputed", _Number, nullable=False),  # 1: it says that it was shown another log
    Column("at", Moment, nullable=False),
    sqlite_strict=True,
)

log_confirmations = Table(
    "log_confirmations",
    metadata,
    Column("size", _Number, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),  # when the last of a quorum came
    Column("cosigned", _Number, nullable=False),  # by so many trusts, of so many
    Column("eligible", _Number, nullable=False),
    sqlite_strict=True,
)

log_publishing = Table(
    "log_publishing",
    metadata,
    Column("turn", _Number, primary_key=True, autoincrement=False),  # there is one row: 1
    Column("holder", Text, nullable=False),
    Column("until", Moment, nullable=False),
    sqlite_strict=True,
)
