"""Checkpoints of the log and the witnesses' cosignatures."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEPT = ("log_checkpoints", "log_cosignatures", "log_confirmations")

_SQLITE_TRIGGERS = [
    f"""
    CREATE TRIGGER {table}_refuses_{verb.lower()} BEFORE {verb} ON {table}
    BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
    """
    for table in _KEPT
    for verb in ("UPDATE", "DELETE")
]
# The function came with the log's own tables, in the first migration.
_POSTGRESQL_TRIGGERS = [
    f"""
    CREATE TRIGGER {table}_refuses BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION log_refuses()
    """
    for table in _KEPT
]


def upgrade() -> None:
    """Make the five tables, and have the database refuse to change what was signed."""
    op.create_table(
        "log_checkpoints",
        sa.Column("size", _number, autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("size", name="pk_log_checkpoints"),
        sqlite_strict=True,
    )
    op.create_table(
        "log_cosignatures",
        sa.Column("size", _number, autoincrement=False, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("witness", "trust", "line", "at")),
        sa.PrimaryKeyConstraint("size", "witness", name="pk_log_cosignatures"),
        sqlite_strict=True,
    )
    op.create_table(
        "log_witnesses",
        sa.Column("trust", sa.Text(), nullable=False),
        sa.Column("witness", sa.Text(), nullable=False),
        sa.Column("size", _number, nullable=False),
        sa.Column("cosigned", _number, nullable=False),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.Column("disputed", _number, nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("trust", name="pk_log_witnesses"),
        sqlite_strict=True,
    )
    op.create_table(
        "log_confirmations",
        sa.Column("size", _number, autoincrement=False, nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("cosigned", _number, nullable=False),
        sa.Column("eligible", _number, nullable=False),
        sa.PrimaryKeyConstraint("size", name="pk_log_confirmations"),
        sqlite_strict=True,
    )
    op.create_table(
        "log_publishing",
        sa.Column("turn", _number, autoincrement=False, nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("turn", name="pk_log_publishing"),
        sqlite_strict=True,
    )
    for trigger in _POSTGRESQL_TRIGGERS if op.get_context().dialect.name == "postgresql" else _SQLITE_TRIGGERS:
        op.execute(trigger)
