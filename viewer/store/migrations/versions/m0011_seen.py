"""What each clinician last saw of a patient. Nothing is kept yet."""

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Change nothing yet."""
