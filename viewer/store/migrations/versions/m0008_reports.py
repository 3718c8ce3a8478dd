"""What the officer's reports need."""

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Change nothing yet."""
