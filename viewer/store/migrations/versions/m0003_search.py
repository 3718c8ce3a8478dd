"""Search: role, purpose, relationship, kinds and trusts as columns of the log; time beside the index of trusts.

Rule: what older entries say in the new columns is worked out from their own bytes, as for new ones,
so that the log verifies as before.
"""

import sqlalchemy as sa
from alembic import op

from viewer.audit.entry import index_columns, index_trusts, read_record
from viewer.store.migrations.guards import guards_down

revision = "0003"
down_revision = "0002"

_ENTRIES = ("role", "purpose", "claim", "kinds", "trusts")
_AT_ONCE = 1000


def upgrade() -> None:
    """Add the columns, and fill them in for the entries that are there."""
    for column in _ENTRIES:
        op.add_column("log_entries", sa.Column(column, sa.Text(), nullable=False, server_default=""))
    if not _on_postgresql():  # which has had it from the first: it names the partition
        op.add_column("log_trusts", sa.Column("at", sa.Text(), nullable=False, server_default=""))
    op.create_index("ix_log_entries_user_name_seq", "log_entries", ["user_name", "seq"])
    op.create_index("ix_log_entries_claim_seq", "log_entries", ["claim", "seq"])
    op.create_index("ix_log_entries_view", "log_entries", ["view"])
    if not _on_postgresql() and not op.get_context().as_sql:  # no version before this one ran on PostgreSQL
        with guards_down(op.get_bind()):
            _fill(op.get_bind())


def _on_postgresql() -> bool:
    return op.get_context().dialect.name == "postgresql"


def _fill(connection: sa.Connection) -> None:
    last = 0
    while rows := connection.execute(_NEXT, {"last": last, "limit": _AT_ONCE}).all():
        records = [(row.seq, read_record(row.body)) for row in rows]
        connection.execute(_FILL_ENTRY, [{"seq": seq, **index_columns(record)} for seq, record in records])
        trusts = [
            {"seq": seq, "at": record.at, "trust": trust} for seq, record in records for trust in index_trusts(record)
        ]
        if trusts:
            connection.execute(_FILL_TRUST, trusts)
        last = rows[-1].seq


_NEXT = sa.text("SELECT seq, body FROM log_entries WHERE seq > :last ORDER BY seq LIMIT :limit")
_FILL_ENTRY = sa.text(
    "UPDATE log_entries SET role = :role, purpose = :purpose, claim = :claim, kinds = :kinds, trusts = :trusts"
    " WHERE seq = :seq"
)
_FILL_TRUST = sa.text("UPDATE log_trusts SET at = :at WHERE trust = :trust AND seq = :seq")
