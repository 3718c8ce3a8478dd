"""Signing in again: when and how strongly a person last proved who they are."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add what a sign-in knows of its proof, what an attempt is for, and the provider's further sessions."""
    op.add_column("sign_in_attempts", sa.Column("sign_in", sa.Text(), nullable=False, server_default=""))
    op.add_column("sign_ins", sa.Column("authenticated_at", sa.Text(), nullable=True))
    op.add_column("sign_ins", sa.Column("acr", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "sign_in_sessions",
        sa.Column("provider_session", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("provider_session", "reference", name="pk_sign_in_sessions"),
        sqlite_strict=True,
    )
    op.create_index("ix_sign_in_sessions_reference", "sign_in_sessions", ["reference"])
