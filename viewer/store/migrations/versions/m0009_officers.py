"""The officers whom the log knows, so that an alert about a trust's only officer finds somebody to read it."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the table, and fill it from the entries that have been swept already."""
    op.create_table(
        "officers",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("organisation", "user_id", "at")),
        sa.PrimaryKeyConstraint("organisation", "user_id", name="pk_officers"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO officers (organisation, user_id, at) SELECT organisation, user_id, max(at) FROM log_entries "
        "WHERE role = 'ig-officer' AND user_id <> '' GROUP BY organisation, user_id"
    )
