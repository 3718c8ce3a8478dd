"""The patients a practice wants to hear of."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Make the table of worklists."""
    op.create_table(
        "worklists",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("practice", "nhs_number")),
        sa.Column("person", sa.LargeBinary(), nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("practice", "nhs_number", name="pk_worklists"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_worklists_practice", "worklists", ["practice"])
