"""A sign-in under way: begun in one browser, to be finished in the same one, once, within ten minutes.

It begins a sign-in, or proves again who is behind one that holds already.

Rule: state, nonce and PKCE verifier stay on this side. The browser carries the state, as any address can,
and a cookie of its own, without which the state opens nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Engine, delete, insert

from viewer.store.database import writing
from viewer.store.session_tables import sign_in_attempts

LASTS = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was sent along with a person, and where they wanted to go."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    next: str
    sign_in: str = ""  # the reference of the sign-in it proves again; "" when it begins one
    began: datetime | None = None


class Attempts:
    """The sign-ins under way, in the database, so that any worker can finish what another began."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime], new_secret: Callable[[], str]) -> None:
        self._engine = engine
        self._clock = clock
        self._new_secret = new_secret  # 43 characters or more: PKCE asks for that (RFC 7636 §4.1)

    def begin(self, browser: str, next_path: str, sign_in: str = "") -> Attempt:
        """Begin one in the browser that holds this cookie."""
        now = self._clock()
        attempt = Attempt(self._new_secret(), self._new_secret(), self._new_secret(), next_path, sign_in, now)
        row = {
            "state": _hash(attempt.state),
            "browser": _hash(browser),
            "nonce": attempt.nonce,
            "verifier": attempt.verifier,
            "next": next_path,
            "began": now,
            "sign_in": sign_in,
        }
        with writing(self._engine) as database:
            database.execute(delete(sign_in_attempts).where(sign_in_attempts.c.began < now - LASTS))
            database.execute(insert(sign_in_attempts).values(row))
        return attempt

    def take(self, state: str, browser: str) -> Attempt | None:
        """Return the attempt and forget it; None if there is none, it is another browser's, or it is too old."""
        table = sign_in_attempts.c
        mine = delete(sign_in_attempts).where(table.state == _hash(state), table.browser == _hash(browser))
        with writing(self._engine) as database:
            returned = mine.returning(table.nonce, table.verifier, table.next, table.sign_in, table.began)
            row = database.execute(returned).one_or_none()
        if row is None or self._clock() > row.began + LASTS:
            return None
        return Attempt(state, row.nonce, row.verifier, row.next, row.sign_in, row.began)


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
