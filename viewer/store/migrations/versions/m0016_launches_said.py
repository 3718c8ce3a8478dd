"""When a record system said so: messages of one session may cross."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Keep when it was said; of what is here already it is not known, and nothing is older."""
    op.add_column("launch_contexts", sa.Column("said", sa.Text(), nullable=True))
