"""The log: entries, the trusts they are about, and a head for every commit; nothing is ever changed or removed."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_time = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")  # byte by byte, whatever the server's language

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
    # No index spans the partitions, so that no number is given twice or left out is proven once a commit, by
    # its head: entries come after the last head, and the next head counts them.
    """
    CREATE FUNCTION log_is_closed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.seq <= (SELECT coalesce(max(size), 0) FROM log_heads) THEN
        RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is closed for entries under a head';
      END IF;
      RETURN NEW;
    END $$
    """,
    *(
        f"""
        CREATE TRIGGER {table}_is_closed BEFORE INSERT ON {table}
        FOR EACH ROW EXECUTE FUNCTION log_is_closed()
        """
        for table in ("log_entries", "log_trusts")
    ),
    """
    CREATE FUNCTION log_heads_stands_on_the_last_entry() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      last bigint := (SELECT coalesce(max(size), 0) FROM log_heads);
      added record;
    BEGIN
      SELECT count(*) AS entries, count(DISTINCT seq) AS numbers, max(seq) AS last
        INTO added FROM log_entries WHERE seq > last;
      IF NEW.size <= last OR added.last IS DISTINCT FROM NEW.size
        OR added.entries <> NEW.size - last OR added.numbers <> NEW.size - last THEN
        RAISE EXCEPTION 'a head stands on the last entry, and log_entries has no gap';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER log_heads_stands_on_the_last_entry BEFORE INSERT ON log_heads
    FOR EACH ROW EXECUTE FUNCTION log_heads_stands_on_the_last_entry()
    """,
]

# What refuses a statement stands on each partition too: a statement on a partition passes its parent by.
# The function runs as the owner of the tables, so that the viewer's own account need not be that.
_POSTGRESQL_MONTHS = [
    """
    CREATE FUNCTION log_make_part(part text, parent text, bounds text) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      IF to_regclass(part) IS NULL THEN
        EXECUTE 'CREATE TABLE ' || quote_ident(part) || ' PARTITION OF ' || quote_ident(parent) || ' ' || bounds;
        EXECUTE 'CREATE TRIGGER ' || quote_ident(part || '_refuses')
          || ' BEFORE UPDATE OR DELETE OR TRUNCATE ON ' || quote_ident(part)
          || ' FOR EACH STATEMENT EXECUTE FUNCTION log_refuses()';
      END IF;
    END $$
    """,
    """
    CREATE FUNCTION log_make_month(month text) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path FROM CURRENT AS $$
    DECLARE
      following text := to_char((month || '-01')::date + interval '1 month', 'YYYY-MM');
      bounds text := 'FOR VALUES FROM (' || quote_literal(month) || ') TO (' || quote_literal(following) || ')';
    BEGIN
      PERFORM log_make_part('log_entries_' || replace(month, '-', '_'), 'log_entries', bounds);
      PERFORM log_make_part('log_trusts_' || replace(month, '-', '_'), 'log_trusts', bounds);
    END $$
    """,
    "SELECT log_make_part('log_entries_default', 'log_entries', 'DEFAULT')",
    "SELECT log_make_part('log_trusts_default', 'log_trusts', 'DEFAULT')",
]


def upgrade() -> None:
    """Make the three tables, and have the database itself refuse whatever is not an append."""
    _make_entries()
    _make_trusts()
    _make_heads()
    for order in [*_POSTGRESQL_TRIGGERS, *_POSTGRESQL_MONTHS] if _on_postgresql() else _SQLITE_TRIGGERS:
        op.execute(order)


def _on_postgresql() -> bool:
    return op.get_context().dialect.name == "postgresql"


def _make_entries() -> None:
    key = ("seq", "at") if _on_postgresql() else ("seq",)
    op.create_table(
        "log_entries",
        sa.Column("seq", _number, autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("subtrees", sa.LargeBinary(), nullable=False),
        sa.Column("at", _time, nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("nhs_number", sa.Text(), nullable=False),
        sa.Column("view", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(*key, name="pk_log_entries"),
        sqlite_strict=True,
        postgresql_partition_by="RANGE (at)",
    )
    for column in ("nhs_number", "user_id", "organisation", "event"):
        op.create_index(f"ix_log_entries_{column}_seq", "log_entries", [column, "seq"])
    op.create_index("ix_log_entries_at", "log_entries", ["at"])


def _make_trusts() -> None:
    at = ["at"] if _on_postgresql() else []  # SQLite learns it in 0003
    op.create_table(
        "log_trusts",
        sa.Column("trust", sa.Text(), nullable=False),
        sa.Column("seq", _number, autoincrement=False, nullable=False),
        *(sa.Column(column, _time, nullable=False) for column in at),
        sa.PrimaryKeyConstraint("trust", "seq", *at, name="pk_log_trusts"),
        sqlite_strict=True,
        postgresql_partition_by="RANGE (at)",
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
