"""How often a wanted test had been done already. Nothing is kept yet."""

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Change nothing yet."""
