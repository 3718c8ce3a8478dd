"""Signing in again: when and how strongly a person last proved who they are."""

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Change nothing yet."""
