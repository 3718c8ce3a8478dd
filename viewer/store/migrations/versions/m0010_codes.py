"""Which codes of each trust no signed map speaks of, how often they were seen, and on which days."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "unmapped_codes",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("trust", "system", "code", "name")),
        sa.Column("looks", _number, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("first_seen", "last_seen")),
        sa.PrimaryKeyConstraint("trust", "system", "code", name="pk_unmapped_codes"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
