"""The alert queue: alerts, their entries, trusts and notes; how far the log was swept; notices to send."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_NUMBERS = frozenset({"number", "turn", "entries", "seq", "position", "looks", "glasses", "tries"})
_OPTIONAL = frozenset({"sent_at"})

_SQLITE_TRIGGERS = [
    f"""
    CREATE TRIGGER alert_notes_refuses_{verb.lower()} BEFORE {verb} ON alert_notes
    BEGIN SELECT RAISE(ABORT, 'alert_notes is append-only'); END
    """
    for verb in ("UPDATE", "DELETE")
]

_POSTGRESQL_TRIGGERS = [
    """
    CREATE FUNCTION alert_notes_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only'; END $$
    """,
    """
    CREATE TRIGGER alert_notes_refuses BEFORE UPDATE OR DELETE OR TRUNCATE ON alert_notes
    FOR EACH STATEMENT EXECUTE FUNCTION alert_notes_refuses()
    """,
]


def upgrade() -> None:
    """Make the tables, and have the database itself refuse to change or remove a note."""
    about = ("user_id", "user_name", "role", "organisation", "organisation_name", "happened_at", "raised_at", "why")
    _make(
        "alerts",
        ("number",),
        ("reference", "key", "rule", *about, "state", "closed_once", "turn", "entries"),
        rowid=True,
    )
    op.create_index("ix_alerts_reference", "alerts", ["reference"], unique=True)
    op.create_index("ix_alerts_key", "alerts", ["key"], unique=True)
    op.create_index("ix_alerts_organisation_number", "alerts", ["organisation", "number"])
    op.create_index("ix_alerts_state_number", "alerts", ["state", "number"])
    _make("alert_entries", ("number", "seq"), ())
    _make("alert_trusts", ("trust", "number"), ())
    _make("alert_notes", ("number", "turn"), ("at", "user_id", "user_name", "organisation", "did", "note"))
    _make("sweeps", ("name",), ("position", "at", "holder", "until"), rowid=True)
    _make("looks_counted", ("month", "organisation", "role"), ("looks", "glasses"))
    _make("notices", ("number", "organisation"), ("tries", "next_at", "sent_at"))
    op.create_index("ix_notices_sent_at_next_at", "notices", ["sent_at", "next_at"])
    for trigger in _POSTGRESQL_TRIGGERS if op.get_context().dialect.name == "postgresql" else _SQLITE_TRIGGERS:
        op.execute(trigger)


def _make(table: str, key: tuple[str, ...], columns: tuple[str, ...], *, rowid: bool = False) -> None:
    op.create_table(
        table,
        *(sa.Column(name, _kind(name), nullable=name in _OPTIONAL) for name in (*key, *columns)),
        sa.PrimaryKeyConstraint(*key, name=f"pk_{table}"),
        sqlite_strict=True,
        sqlite_with_rowid=rowid,
    )


def _kind(name: str) -> sa.BigInteger | sa.Text:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite") if name in _NUMBERS else sa.Text()
