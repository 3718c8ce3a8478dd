"""The patients who do not want their results shared."""

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Change nothing yet."""
