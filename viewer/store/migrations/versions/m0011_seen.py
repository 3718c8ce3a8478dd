"""What each person, and each organisation, was last shown of a patient; and the secret that keys the marks in it."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make both tables. The secret is made by whoever first needs it."""
    op.create_table(
        "seen",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("reader", "patient", "at")),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("reader", "patient", name="pk_seen"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_seen_at", "seen", ["at"])
    op.create_table(
        "seen_secret",
        sa.Column("number", _number, autoincrement=False, nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_seen_secret"),
        sqlite_strict=True,
    )
