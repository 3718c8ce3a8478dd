"""The patients who do not want their results shared."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_lasts = sa.text("ended_at IS NULL")


def upgrade() -> None:
    """Make the table of dissents; of each patient one lasts at most."""
    op.create_table(
        "dissents",
        sa.Column("number", _number, nullable=False),
        sa.Column("nhs_number", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("organisation_name", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.Text(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=False),
        sa.Column("ended_reference", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_dissents"),
        sqlite_strict=True,
    )
    op.create_index("ix_dissents_nhs_number_recorded_at", "dissents", ["nhs_number", "recorded_at"])
    op.create_index(
        "ux_dissents_lasting",
        "dissents",
        ["nhs_number"],
        unique=True,
        sqlite_where=_lasts,
        postgresql_where=_lasts,
    )
