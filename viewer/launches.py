"""Keep which patient a record system has in front of somebody, until it goes on to another or closes them.

Rule: a link opens for one person, in one sign-in, within a minute. Of a patient who was taken up, or whose link ran
out, nothing is kept here but that it was so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

import msgspec
from sqlalchemy import Connection, Engine, delete, insert, select, update

from viewer.identity.context_token import LIVES, InFront
from viewer.store.database import writing
from viewer.store.launch_tables import launch_contexts

KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Taken:
    """A context that this sign-in has taken up."""

    link: str  # its hash: names the context from now on
    trust: str
    patient: InFront


@dataclass(frozen=True, slots=True)
class NotTaken:
    """Why a link opens nothing."""

    because: str


@dataclass(frozen=True, slots=True)
class Ended:
    """A context that has ended, and the sign-in that had taken it up."""

    link: str
    sign_in: str


class Launches:
    """Every context there is, in the database, so that any worker can take up or end what another keeps."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime], new_secret: Callable[[], str]) -> None:
        self._engine = engine
        self._clock = clock
        self._new_secret = new_secret

    def push(self, trust: str, session: str, user_id: str, patient: InFront) -> tuple[str, tuple[Ended, ...]]:
        """Begin a context, and end those of the same session before it. Return its one-time link, and who is ended."""
        secret, now = self._new_secret(), self._clock()
        row = {
            "link": _hash(secret),
            "trust": trust,
            "session": session_of(trust, session),
            "user_id": user_id,
            "patient": msgspec.json.encode(patient).decode(),
            "began": now,
            "expires": now + LIVES,
            "sign_in": "",
        }
        with writing(self._engine) as database:
            _forget(database, now)
            ended = _end(database, row["session"], now)
            database.execute(insert(launch_contexts).values(row))
        return secret, ended

    def end(self, trust: str, session: str) -> tuple[Ended, ...]:
        """End what this session has open."""
        with writing(self._engine) as database:
            return _end(database, session_of(trust, session), self._clock())

    def take(self, secret: str, sign_in: str, user_id: str, may: Callable[[str], str]) -> Taken | NotTaken:
        """Take a link up in this sign-in, once. Shown to anybody else, it opens nothing any more for anybody.

        `may` is told the trust, and returns why this person may not take up what it hands over, or "".
        """
        now, key = self._clock(), _hash(secret)
        table = launch_contexts.c
        with writing(self._engine) as database:
            row = database.execute(select(launch_contexts).where(table.link == key)).one_or_none()
            if row is None:
                return NotTaken("This link is not known here")
            because = _why_not(row.expires <= now, bool(row.sign_in), row.ended is not None)
            if not because:
                because = "This link is for somebody else" if row.user_id != user_id else may(row.trust)
            if row.sign_in == "" and row.ended is None:
                after = {"patient": "", "ended": now} if because else {"patient": "", "sign_in": sign_in}
                database.execute(update(launch_contexts).where(table.link == key).values(after))
        if because:
            return NotTaken(because)
        return Taken(key, row.trust, msgspec.json.decode(row.patient, type=InFront))

    def take_up(self, trust: str, session: str, user_id: str, sign_in: str) -> str:
        """Keep a context that came by another way, and is taken up already; return what names it."""
        key, now = _hash(self._new_secret()), self._clock()
        row = {
            "link": key,
            "trust": trust,
            "session": session_of(trust, session),
            "user_id": user_id,
            "patient": "",
            "began": now,
            "expires": now,
            "sign_in": sign_in,
        }
        with writing(self._engine) as database:
            _forget(database, now)
            database.execute(insert(launch_contexts).values(row))
        return key

    def forget(self) -> None:
        """Forget the patients whose link has run out: whoever keeps time calls it, whether or not anybody launches."""
        now, table = self._clock(), launch_contexts.c
        with self._engine.connect() as database:
            ran_out = database.execute(select(table.link).where(table.expires <= now, table.patient != "").limit(1))
            if ran_out.one_or_none() is None:  # nearly always: nobody who writes is kept waiting
                return
        with writing(self._engine) as database:
            _forget(database, now)

    def has_ended(self, link: str) -> bool:
        """Tell whether the record system has gone on from this patient."""
        table = launch_contexts.c
        with self._engine.connect() as database:
            row = database.execute(select(table.ended).where(table.link == link)).one_or_none()
        return row is not None and row.ended is not None


def session_of(trust: str, session: str) -> str:
    """Return what stands for a record system's own session."""
    return _hash(f"{trust}\n{session}")


def _why_not(expired: bool, taken: bool, ended: bool) -> str:
    if taken:
        return "This link has been used"
    if ended:
        return "The record has gone on to another patient"
    return "This link has run out: it holds for a minute" if expired else ""


def _end(database: Connection, session: object, now: datetime) -> tuple[Ended, ...]:
    table = launch_contexts.c
    theirs = (table.session == session, table.ended.is_(None))
    rows = database.execute(select(table.link, table.sign_in).where(*theirs)).all()
    database.execute(update(launch_contexts).where(*theirs).values(ended=now, patient=""))
    return tuple(Ended(row.link, row.sign_in) for row in rows if row.sign_in)


def _forget(database: Connection, now: datetime) -> None:
    """Forget patients whose link has run out, and contexts of the day before."""
    table = launch_contexts.c
    database.execute(update(launch_contexts).where(table.expires <= now, table.patient != "").values(patient=""))
    database.execute(delete(launch_contexts).where(table.began < now - KEPT))


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
