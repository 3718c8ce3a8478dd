"""Officers' scopes: what they ask of own trust's data and of own staff is answered without the entries; people by name.

Rule: what the new columns and the new table say of older entries is worked out from their own bytes, as for new
ones, so that the log verifies as before.
"""

import sqlalchemy as sa
from alembic import op

from viewer.audit.entry import index_columns, read_record, trust_rows
from viewer.store.migrations.guards import guards_down

revision = "0008"
down_revision = "0007"

_number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_BESIDE_TRUSTS = ("organisation", "user_name", "event", "outcome", "role", "purpose", "claim", "kinds")
_BY_STAFF = ("organisation", "seq", "at", "event", "role", "purpose", "claim", "kinds")
_AT_ONCE = 1000

_SQLITE_TRIGGERS = [
    *(
        f"""
        CREATE TRIGGER log_people_refuses_{verb.lower()} BEFORE {verb} ON log_people
        BEGIN SELECT RAISE(ABORT, 'log_people is append-only'); END
        """
        for verb in ("UPDATE", "DELETE")
    ),
    """
    CREATE TRIGGER log_people_is_closed BEFORE INSERT ON log_people
    WHEN NEW.seq <= (SELECT coalesce(max(size), 0) FROM log_heads)
    BEGIN SELECT RAISE(ABORT, 'log_people is closed for entries under a head'); END
    """,
]
# The functions came with the log's own tables, in the first migration.
_POSTGRESQL_TRIGGERS = [
    """
    CREATE TRIGGER log_people_refuses BEFORE UPDATE OR DELETE OR TRUNCATE ON log_people
    FOR EACH STATEMENT EXECUTE FUNCTION log_refuses()
    """,
    """
    CREATE TRIGGER log_people_is_closed BEFORE INSERT ON log_people
    FOR EACH ROW EXECUTE FUNCTION log_is_closed()
    """,
]


def upgrade() -> None:
    """Add the columns, the index and the table, and fill them in for the entries that are there."""
    for column in _BESIDE_TRUSTS:
        op.add_column("log_trusts", sa.Column(column, sa.Text(), nullable=False, server_default=""))
    op.drop_index("ix_log_entries_organisation_seq", "log_entries")
    op.create_index("ix_log_entries_by_staff", "log_entries", _BY_STAFF)
    op.create_table(
        "log_people",
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("seq", _number, nullable=False),
        sa.PrimaryKeyConstraint("user_name", "user_id", name="pk_log_people"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    on_postgresql = op.get_context().dialect.name == "postgresql"
    if not on_postgresql and not op.get_context().as_sql:  # no version before this one ran on PostgreSQL
        with guards_down(op.get_bind()):
            _fill(op.get_bind())
    for trigger in _POSTGRESQL_TRIGGERS if on_postgresql else _SQLITE_TRIGGERS:
        op.execute(trigger)


def _fill(connection: sa.Connection) -> None:
    last = 0
    while rows := connection.execute(_NEXT, {"last": last, "limit": _AT_ONCE}).all():
        records = [(row.seq, read_record(row.body)) for row in rows]
        trusts = [{"seq": seq, **row} for seq, record in records for row in trust_rows(record)]
        if trusts:
            connection.execute(_FILL_TRUST, trusts)
        connection.execute(_FILL_PERSON, [{"seq": seq, **index_columns(record)} for seq, record in records])
        last = rows[-1].seq


_NEXT = sa.text("SELECT seq, body FROM log_entries WHERE seq > :last ORDER BY seq LIMIT :limit")
_FILL_TRUST = sa.text(
    "UPDATE log_trusts SET organisation = :organisation, user_name = :user_name, event = :event, outcome = :outcome,"
    " role = :role, purpose = :purpose, claim = :claim, kinds = :kinds WHERE trust = :trust AND seq = :seq"
)
_FILL_PERSON = sa.text(
    "INSERT INTO log_people (user_name, user_id, seq) VALUES (:user_name, :user_id, :seq) ON CONFLICT DO NOTHING"
)
