"""Contexts that record systems hand over: which patient is in front of whom."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Make the table of contexts."""
    op.create_table(
        "launch_contexts",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("link", "trust", "session", "user_id", "patient")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("began", "expires", "sign_in")),
        sa.Column("ended", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("link", name="pk_launch_contexts"),
        sqlite_strict=True,
    )
    op.create_index("ix_launch_contexts_session", "launch_contexts", ["session"])
    op.create_index("ix_launch_contexts_began", "launch_contexts", ["began"])
