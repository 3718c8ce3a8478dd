"""The log: entries, the trusts they are about, and a head for every commit; nothing is ever changed or removed."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_SQLITE_TRIGGERS = [
    *(
        f"""
        CREATE TRIGGER {table}_refuses_{verb.lower()} BEFORE {verb} ON {table}
        BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
        """
        for table in ("log_entries", "log_trusts", "log_heads")
        for verb in ("UPDATE", "DELETE")
    ),
    """
    CREATE TRIGGER log_entries_has_no_gap BEFORE INSERT ON log_entries
    WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM log_entries)
    BEGIN SELECT RAISE(ABORT, 'log_entries has no gap'); END
    """,
    """
    CREATE TRIGGER log_trusts_is_closed BEFORE INSERT ON log_trusts
    WHEN NEW.seq <= (SELECT coalesce(max(size), 0) FROM log_heads)
    BEGIN SELECT RAISE(ABORT, 'log_trusts is closed for entries under a head'); END
    """,
    """
    CREATE TRIGGER log_heads_stands_on_the_last_entry BEFORE INSERT ON log_heads
    WHEN NEW.size <= (SELECT coalesce(max(size), 0) FROM log_heads)
      OR NEW.size <> (SELECT coalesce(max(seq), 0) FROM log_entries)
    BEGIN SELECT RAISE(ABORT, 'a head stands on the last entry'); END
    """,
]

_POSTGRESQL_TRIGGERS = [
    """
    CREATE FUNCTION log_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only'; END $$
    """,
    *(
        f"""
        CREATE TRIGGER {table}_refuses BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION log_refuses()
        """
        for table in ("log_entries", "log_trusts", "log_heads")
    ),
    """
    CREATE FUNCTION log_entries_has_no_gap() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM log_entries) THEN
        RAISE EXCEPTION 'log_entries has no gap';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER log_entries_has_no_gap BEFORE INSERT ON log_entries
    FOR EACH ROW EXECUTE FUNCTION log_entries_has_no_gap()
    """,
    """
    CREATE FUNCTION log_trusts_is_closed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.seq <= (SELECT coalesce(max(size), 0) FROM log_heads) THEN
        RAISE EXCEPTION 'log_trusts is closed for entries under a head';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER log_trusts_is_closed BEFORE INSERT ON log_trusts
    FOR EACH ROW EXECUTE FUNCTION log_trusts_is_closed()
    """,
    """
    CREATE FUNCTION log_heads_stands_on_the_last_entry() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.size <= (SELECT coalesce(max(size), 0) FROM log_heads)
        OR NEW.size <> (SELECT coalesce(max(seq), 0) FROM log_entries) THEN
        RAISE EXCEPTION 'a head stands on the last entry';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER log_heads_stands_on_the_last_entry BEFORE INSERT ON log_heads
    FOR EACH ROW EXECUTE FUNCTION log_heads_stands_on_the_last_entry()
    """,
]


def upgrade() -> None:
    """Make the three tables, and have the database itself refuse whatever is not an append."""
    _make_entries()
    _make_trusts()
    _make_heads()
    for trigger in _POSTGRESQL_TRIGGERS if op.get_context().dialect.name == "postgresql" else _SQLITE_TRIGGERS:
        op.execute(trigger)


def _make_entries() -> None:
    op.create_table(
        "log_entries",
        sa.Column("seq", _number, autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("subtrees", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("nhs_number", sa.Text(), nullable=False),
        sa.Column("view", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_log_entries"),
        sqlite_strict=True,
    )
    for column in ("nhs_number", "user_id", "organisation", "event"):
        op.create_index(f"ix_log_entries_{column}_seq", "log_entries", [column, "seq"])
    op.create_index("ix_log_entries_at", "log_entries", ["at"])


def _make_trusts() -> None:
    op.create_table(
        "log_trusts",
        sa.Column("trust", sa.Text(), nullable=False),
        sa.Column("seq", _number, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("trust", "seq", name="pk_log_trusts"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _make_heads() -> None:
    op.create_table(
        "log_heads",
        sa.Column("size", _number, autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("seal", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("size", name="pk_log_heads"),
        sqlite_strict=True,
    )
