"""Which codes of each trust no signed map speaks of. Nothing is kept yet."""

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Change nothing yet."""
