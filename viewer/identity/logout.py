"""Read a logout token: the sign-in service says, server to server, that somebody's sign-in is over.

Rule: as strict as a sign-in. Anybody can post to that address; only the service can sign what is posted.
Source: OpenID Connect Back-Channel Logout 1.0 §2.4 and §2.6.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Engine, delete, insert
from sqlalchemy.exc import IntegrityError

from viewer.identity.signed_token import LEEWAY, BadToken, FindKey, Token, a_moment, open_token, what_is_wrong
from viewer.store.database import writing
from viewer.store.session_tables import used_tokens

EVENT = "http://schemas.openid.net/event/backchannel-logout"
OLDEST = timedelta(minutes=5)  # a logout token is sent as it is issued


@dataclass(frozen=True, slots=True)
class LogoutNotice:
    """Whose sign-in is over: one session of the service (`sid`), or all of a person's (`sub`)."""

    sid: str
    sub: str
    jti: str


def read_logout_token(
    sealed: str, find_key: FindKey, issuer: str, client_id: str, now: datetime
) -> LogoutNotice | BadToken:
    """Return whom it is about, or why we do not believe it. That it comes only once is for `UsedTokens` to say."""
    token = open_token(sealed, find_key)
    if isinstance(token, BadToken):
        return token
    claims = token.claims
    wrong = what_is_wrong(claims, issuer, client_id, now) or _what_is_wrong_with_the_notice(token, now)
    if wrong:
        return BadToken(wrong)
    return LogoutNotice(_text(claims, "sid"), _text(claims, "sub"), _text(claims, "jti"))


def _what_is_wrong_with_the_notice(token: Token, now: datetime) -> str:
    claims, events = token.claims, token.claims.get("events")
    issued = a_moment(claims, "iat")
    if str(token.header.get("typ", "")).lower() not in ("logout+jwt", "application/logout+jwt"):
        return "not a logout token (typ)"
    if not isinstance(events, Mapping) or not isinstance(events.get(EVENT), Mapping):
        return "not a logout token (events)"
    if "nonce" in claims:
        return "an ID token in disguise (nonce)"
    if issued is None or now > issued + OLDEST + LEEWAY:
        return "too old"
    if not _text(claims, "jti"):
        return "without an id of its own (jti)"
    if not (_text(claims, "sid") or _text(claims, "sub")):
        return "about nobody"
    return ""


class UsedTokens:
    """Remembers token ids for as long as the token could be shown again, for all workers."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    def use(self, jti: str) -> bool:
        """Remember this id; say no if it is remembered already."""
        now = self._clock()
        row = {"token": sha256(jti.encode()).hexdigest(), "until": now + OLDEST + 2 * LEEWAY}
        try:
            with writing(self._engine) as database:
                database.execute(delete(used_tokens).where(used_tokens.c.until < now))
                database.execute(insert(used_tokens).values(row))
        except IntegrityError:
            return False
        return True


def _text(claims: Mapping[str, object], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) else ""
