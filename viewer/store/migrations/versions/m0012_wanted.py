"""How often a test was looked for, and a recent result existed: counts by month, test and trust that asks."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "wanted",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("month", "test", "asker", "existed")),
        sa.Column("times", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("month", "test", "asker", "existed", name="pk_wanted"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
