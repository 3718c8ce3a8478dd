"""Keep which patient a record system has in front of somebody, until it goes on to another or closes them.

Rule: a link opens for one person, in one sign-in, within a minute. Of a patient who was taken up, or whose link ran
out, nothing is kept here but that it was so. Messages may cross: what comes out of its order opens nobody and closes
whoever is open, for a day; that they are closed once too often is the lesser harm.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import msgspec
from sqlalchemy import Connection, Engine, delete, insert, select, update

from viewer.identity.context_token import LIVES, InFront, Pushed
from viewer.store.database import writing
from viewer.store.launch_tables import launch_contexts

KEPT = timedelta(days=1)
GONE_ON = "The record has gone on to another patient"
OVERTAKEN = "the record has said something newer of this session"
_EVER = datetime.min.replace(tzinfo=UTC)


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

    def push(self, trust: str, pushed: Pushed) -> tuple[str | NotTaken, tuple[Ended, ...]]:
        """End what this session has open, and begin a context. Return its one-time link, and who is ended.

        One that was said before what is known already begins nothing: which of both is in front cannot be told.
        """
        secret, now = self._new_secret(), self._clock()
        row = _row(_hash(secret), trust, pushed.session, now) | {"user_id": pushed.user_id, "said": pushed.at}
        row |= {"patient": msgspec.json.encode(pushed.patient).decode(), "expires": now + LIVES}
        with writing(self._engine) as database:
            _forget(database, now)
            ended = _end(database, row["session"], now)
            if _has_said(database, row["session"], after=pushed.at):
                return NotTaken(OVERTAKEN), ended
            database.execute(insert(launch_contexts).values(row))
        return secret, ended

    def end(self, trust: str, pushed: Pushed) -> tuple[Ended, ...]:
        """End what this session has open, and what was said of it before and comes later."""
        now = self._clock()
        row = _row(_hash(self._new_secret()), trust, pushed.session, now)
        with writing(self._engine) as database:
            _forget(database, now)
            ended = _end(database, row["session"], now)
            database.execute(insert(launch_contexts).values(row | {"said": pushed.at, "ended": now}))
        return ended

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

    def take_up(self, trust: str, session: str, user_id: str, sign_in: str) -> str | NotTaken:
        """Keep a context that comes by another way, before its patient is known; return what names it.

        Of a session of which the record system has said anything already, it has gone on from where it began.
        """
        key, now = _hash(self._new_secret()), self._clock()
        row = _row(key, trust, session, now) | {"user_id": user_id, "sign_in": sign_in}
        with writing(self._engine) as database:
            _forget(database, now)
            if _has_said(database, row["session"]):
                return NotTaken(GONE_ON)
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
        return GONE_ON
    return "This link has run out: it holds for a minute" if expired else ""


def _row(link: str, trust: str, session: str, now: datetime) -> dict[str, object]:
    """Return a context of nobody, for nobody, that nobody can take up."""
    own = session_of(trust, session)
    nobody = {"user_id": "", "patient": "", "sign_in": ""}
    return {"link": link, "trust": trust, "session": own, "began": now, "expires": now, **nobody}


def _has_said(database: Connection, session: object, after: datetime = _EVER) -> bool:
    """Say whether the record system itself has said something of this session, after a moment by its own clock."""
    table = launch_contexts.c
    said = select(table.link).where(table.session == session, table.said > after).limit(1)
    return database.execute(said).one_or_none() is not None


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
