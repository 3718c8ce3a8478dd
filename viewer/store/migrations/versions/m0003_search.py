"""Search: role, purpose, relationship and kinds as columns of the log."""

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Change nothing yet."""
