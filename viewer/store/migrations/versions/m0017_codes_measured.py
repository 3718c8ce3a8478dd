"""Of each code that no map explains: whether what came under it was ever more than words."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Take every code that was counted before to need a map: nobody knows what came under it."""
    op.add_column("unmapped_codes", sa.Column("measured", sa.Integer(), nullable=False, server_default="1"))
