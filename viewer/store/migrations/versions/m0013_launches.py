"""Launches in a patient’s context. Nothing is kept yet."""

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Change nothing yet."""
