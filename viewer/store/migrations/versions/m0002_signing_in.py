"""Signing in: attempts under way, sign-ins, what a sign-in keeps, and tokens already used."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the four tables and their indexes."""
    _make("sign_in_attempts", "state", ["browser", "nonce", "verifier", "next", "began"])
    _index("sign_in_attempts", "began")
    _make(
        "sign_ins",
        "key",
        [
            *("reference", "user_id", "name", "choices", "role_profile", "csrf", "subject", "provider_session"),
            *("id_token", "began", "seen", "ends", "ended"),
        ],
    )
    _index("sign_ins", "reference", unique=True)
    for column in ("subject", "provider_session", "ends"):
        _index("sign_ins", column)
    op.create_table(
        "sign_in_kept",
        sa.Column("number", _number, nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_sign_in_kept"),
        sqlite_strict=True,
    )
    _index("sign_in_kept", "reference", "name", unique=True)
    _make("used_tokens", "token", ["until"])
    _index("used_tokens", "until")


def _make(table: str, key: str, columns: list[str]) -> None:
    """Make a table of text, times included: they are ISO 8601 and sort as they read."""
    op.create_table(
        table,
        *(sa.Column(column, sa.Text(), nullable=False) for column in (key, *columns)),
        sa.PrimaryKeyConstraint(key, name=f"pk_{table}"),
        sqlite_strict=True,
    )


def _index(table: str, *columns: str, unique: bool = False) -> None:
    op.create_index("_".join(("ix", table, *columns)), table, list(columns), unique=unique)
