"""The tables of signing in: attempts under way, sign-ins, what a sign-in keeps, and tokens already used.

Rule: no secret that opens anything stands here. Cookies, states and token ids are kept as SHA-256.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Dialect, Index, Integer, LargeBinary, Table, Text
from sqlalchemy.types import TypeDecorator

from viewer.store.tables import metadata


class Moment(TypeDecorator[datetime]):
    """A zoned time as ISO 8601 text, UTC, microseconds: it sorts as it reads."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Write a zoned time."""
        return value.astimezone(UTC).isoformat(timespec="microseconds") if value else None

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Read it back, zoned."""
        return datetime.fromisoformat(value) if value else None


_Number = BigInteger().with_variant(Integer, "sqlite")

sign_in_attempts = Table(
    "sign_in_attempts",
    metadata,
    Column("state", Text, primary_key=True),  # SHA-256 of the state parameter
    Column("browser", Text, nullable=False),  # SHA-256 of the cookie of the browser it was begun in
    Column("nonce", Text, nullable=False),
    Column("verifier", Text, nullable=False),  # PKCE; useless without the code, which never came yet
    Column("next", Text, nullable=False),
    Column("began", Moment, nullable=False),
    Column("sign_in", Text, nullable=False, server_default=""),  # the sign-in it proves anew; "" when it begins one
    Index(None, "began"),
    sqlite_strict=True,
)

sign_ins = Table(
    "sign_ins",
    metadata,
    Column("key", Text, primary_key=True),  # SHA-256 of the cookie
    Column("reference", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("choices", Text, nullable=False),  # JSON: every role of theirs that we know
    Column("role_profile", Text, nullable=False),  # of the role they act in; "" until one is chosen
    Column("csrf", Text, nullable=False),
    Column("subject", Text, nullable=False),  # the provider's sub and sid: a back-channel logout names them
    Column("provider_session", Text, nullable=False),
    Column("id_token", Text, nullable=False),  # a hint for signing out at the provider; opens nothing
    Column("began", Moment, nullable=False),
    Column("seen", Moment, nullable=False),
    Column("ends", Moment, nullable=False),  # the absolute limit
    Column("ended", Text, nullable=False),  # why it ended; "" while it lasts
    Column("authenticated_at", Moment, nullable=True),  # when they last proved who they are (auth_time)
    Column("acr", Text, nullable=False, server_default=""),  # and how strongly
    Index(None, "reference", unique=True),
    Index(None, "subject"),
    Index(None, "provider_session"),
    Index(None, "ends"),
    sqlite_strict=True,
)

# Signing in again may come from another session of the provider; the end of any of them ends the sign-in.
sign_in_sessions = Table(
    "sign_in_sessions",
    metadata,
    Column("provider_session", Text, primary_key=True),
    Column("reference", Text, primary_key=True),
    Index(None, "reference"),
    sqlite_strict=True,
)

sign_in_kept = Table(
    "sign_in_kept",
    metadata,
    Column("number", _Number, primary_key=True),  # grows: the newest has the highest
    Column("reference", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("value", LargeBinary, nullable=False),
    Index(None, "reference", "name", unique=True),
    sqlite_strict=True,
)

used_tokens = Table(
    "used_tokens",
    metadata,
    Column("token", Text, primary_key=True),  # SHA-256 of the jti
    Column("until", Moment, nullable=False),  # after which the token would be refused for its age anyway
    Index(None, "until"),
    sqlite_strict=True,
)
