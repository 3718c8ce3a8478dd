"""Sign-ins that hold: on the server, found by the hash of a cookie, ended by anybody entitled to end them.

Rule: a sign-in always makes a fresh cookie, and so do a change of role and signing in again. Each reading
checks the limits. Once ended, nothing brings a sign-in back, and what it kept is gone.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Delete,
    Engine,
    Row,
    Select,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from viewer.access.clinician import Clinician, Organisation, Role
from viewer.access.enter import SignInState, within_limits
from viewer.identity.claims import Person
from viewer.identity.sign_in import Ended, SignIn
from viewer.store.database import writing
from viewer.store.session_tables import sign_in_kept, sign_in_sessions, sign_ins, used_tokens

SEEN_EVERY = timedelta(seconds=30)  # "last seen" is written no oftener; the idle limit is that much approximate
FORGOTTEN_AFTER = timedelta(days=1)  # an ended sign-in is remembered this long, to say why it ended

_PASSED = {SignInState.IDLE: Ended.IDLE, SignInState.TOO_OLD: Ended.TOO_LONG}


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a sign-in lasts: untouched, and at most."""

    idle: timedelta = timedelta(minutes=15)
    absolute: timedelta = timedelta(hours=10)


class Sessions:
    """The sign-ins that hold, in the database, so that every worker sees the same and can end any of them."""

    def __init__(
        self,
        engine: Engine,
        clock: Callable[[], datetime],
        new_secret: Callable[[], str],
        limits: Limits = Limits(),
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._new_secret = new_secret
        self._limits = limits

    def begin(
        self,
        person: Person,
        *,
        subject: str = "",
        provider_session: str = "",
        id_token: str = "",
        authenticated_at: datetime | None = None,
        acr: str = "",
    ) -> tuple[str, SignIn]:
        """Begin a sign-in; return its cookie and what it is."""
        now, cookie = self._clock(), self._new_secret()
        row = {
            "key": _hash(cookie),
            "reference": self._new_secret()[:22],  # 22 characters of base64 are 132 bits
            "user_id": person.user_id,
            "name": person.name,
            "choices": json.dumps([asdict(choice) for choice in person.choices]),
            "role_profile": person.active.role_profile if person.active else "",
            "csrf": self._new_secret(),
            "subject": subject,
            "provider_session": provider_session,
            "id_token": id_token,
            "authenticated_at": authenticated_at,
            "acr": acr,
            "began": now,
            "seen": now,
            "ends": now + self._limits.absolute,
            "ended": "",
        }
        with writing(self._engine) as database:
            _forget(database, now - FORGOTTEN_AFTER)
            database.execute(insert(sign_ins).values(row))
            begun = database.execute(select(sign_ins).where(sign_ins.c.key == row["key"])).one()
        return cookie, _sign_in(begun)

    def read(self, cookie: str) -> SignIn | None:
        """Return the sign-in this cookie stands for, if it holds still."""
        with self._engine.connect() as database:
            row = database.execute(select(sign_ins).where(sign_ins.c.key == _hash(cookie))).one_or_none()
        if row is None or row.ended:
            return None
        now = self._clock()
        if ended := self._limit_passed(row.ends, row.seen, now):
            self._end(sign_ins.c.key == row.key, ended)
            return None
        if now - row.seen >= SEEN_EVERY:
            self._saw(row.key, now)
        return _sign_in(row)

    def peek(self, cookie: str) -> SignIn | None:
        """Return the sign-in this cookie stands for, if it holds still; to look so is no use of it."""
        with self._engine.connect() as database:
            row = database.execute(_live(sign_ins.c.key == _hash(cookie))).one_or_none()
        if row is None or self._limit_passed(row.ends, row.seen, self._clock()):
            return None
        return _sign_in(row)

    def why_ended(self, cookie: str) -> Ended | None:
        """Return why the sign-in of this cookie ended; None if it holds, or nobody knows of it any more."""
        self.read(cookie)
        with self._engine.connect() as database:
            ended = database.execute(select(sign_ins.c.ended).where(sign_ins.c.key == _hash(cookie))).scalar()
        return Ended(ended) if ended else None

    def choose(self, reference: str, role_profile: str) -> tuple[str, SignIn] | None:
        """Act in this role from now on: a fresh cookie, and nothing kept from the role before. None: not theirs."""
        cookie = self._new_secret()
        with writing(self._engine) as database:
            row = database.execute(_live(sign_ins.c.reference == reference)).one_or_none()
            if row is None or role_profile not in {choice.role_profile for choice in _choices(row.choices)}:
                return None
            changed = {"key": _hash(cookie), "csrf": self._new_secret(), "role_profile": role_profile}
            database.execute(update(sign_ins).where(sign_ins.c.key == row.key, sign_ins.c.ended == "").values(changed))
            database.execute(delete(sign_in_kept).where(sign_in_kept.c.reference == reference))
            chosen = database.execute(_live(sign_ins.c.key == changed["key"])).one_or_none()
        return (cookie, _sign_in(chosen)) if chosen else None

    def renew(
        self, reference: str, *, authenticated_at: datetime | None, acr: str, provider_session: str, id_token: str
    ) -> tuple[str, SignIn] | None:
        """Keep that the person proved again who they are: a fresh cookie, and all that was kept. None: it has ended.

        It lasts no longer for it. Whichever of the provider's sessions ends, it ends.
        """
        cookie, now = self._new_secret(), self._clock()
        changed = {
            "key": _hash(cookie),
            "csrf": self._new_secret(),
            "authenticated_at": authenticated_at,
            "acr": acr,
            "id_token": id_token,
            "seen": now,
        }
        with writing(self._engine) as database:
            row = database.execute(_live(sign_ins.c.reference == reference)).one_or_none()
            if row is None:
                return None
            if provider_session:
                _also_of(database, provider_session, reference)
            database.execute(update(sign_ins).where(sign_ins.c.key == row.key).values(changed))
            renewed = database.execute(_live(sign_ins.c.key == changed["key"])).one()
        return cookie, _sign_in(renewed)

    def subject(self, reference: str) -> str:
        """Return who the sign-in service says this is, in its own words; "" when it is not known or has ended."""
        with self._engine.connect() as database:
            row = database.execute(_live(sign_ins.c.reference == reference)).one_or_none()
        return str(row.subject) if row else ""

    def holds(self, reference: str) -> bool:
        """Tell whether this sign-in holds still: one look by an index, for a page that goes on for a while."""
        with self._engine.connect() as database:
            row = database.execute(_LIMITS, {"reference": reference}).one_or_none()
        return row is not None and not row.ended and not self._limit_passed(row.ends, row.seen, self._clock())

    def end(self, reference: str, why: Ended = Ended.SIGNED_OUT) -> str:
        """End this sign-in; return its ID token, for signing out at the service too ("" if it was over already)."""
        ended = self._end(sign_ins.c.reference == reference, why)
        return str(ended[0].id_token) if ended else ""

    def end_by(self, *, sid: str = "", sub: str = "") -> tuple[SignIn, ...]:
        """End whatever came from this session of the sign-in service or, without one, all of this subject's."""
        if not (sid or sub):
            return ()
        theirs = _of_session(sid) if sid else sign_ins.c.subject == sub
        return tuple(_sign_in(row) for row in self._end(theirs, Ended.ELSEWHERE))

    def end_user(self, user_id: str) -> tuple[SignIn, ...]:
        """End every sign-in of this person, in whatever browser it was begun."""
        return tuple(_sign_in(row) for row in self._end(sign_ins.c.user_id == user_id, Ended.ELSEWHERE))

    def keep(self, reference: str, name: str, value: bytes) -> None:
        """Keep a value under this name for as long as the sign-in lasts, in place of one of that name.

        A request may still be at work when the sign-in ends: nothing of it is kept any more.
        """
        row = {"reference": reference, "name": name, "value": value}
        with writing(self._engine) as database:
            if database.execute(_live(sign_ins.c.reference == reference)).first() is not None:
                database.execute(_kept_as(reference, name))
                database.execute(insert(sign_in_kept).values(row))

    def kept(self, reference: str, name: str) -> bytes | None:
        """Return what this sign-in kept under this name."""
        with self._engine.connect() as database:
            value = database.execute(_KEPT, {"reference": reference, "name": name}).scalar()
        return None if value is None else bytes(value)

    def swap(self, reference: str, name: str, before: bytes, after: bytes, once: str = "") -> bool:
        """Keep `after` in the place of `before`, and use up what `once` names; no if somebody was quicker at either.

        Both happen or neither does. What was used up stays so, in whatever sign-in it is tried again.
        """
        kept, used = sign_in_kept.c, {"token": _hash(once), "until": self._clock() + FORGOTTEN_AFTER}
        as_before = (kept.reference == reference, kept.name == name, kept.value == before)
        try:
            with writing(self._engine) as database:
                changed = database.execute(update(sign_in_kept).where(*as_before).values(value=after)).rowcount
                if changed and once:
                    database.execute(insert(used_tokens).values(used))
        except IntegrityError:
            return False
        return changed == 1

    def used_up(self, once: str) -> bool:
        """Say whether what this names has been used up."""
        with self._engine.connect() as database:
            return (
                database.execute(select(used_tokens.c.token).where(used_tokens.c.token == _hash(once))).first()
                is not None
            )

    def kept_names(self, reference: str, prefix: str) -> tuple[str, ...]:
        """Return the names under which this sign-in keeps something, newest first."""
        table = sign_in_kept.c
        named = select(table.name).where(table.reference == reference, table.name.startswith(prefix, autoescape=True))
        with self._engine.connect() as database:
            return tuple(database.execute(named.order_by(table.number.desc())).scalars())

    def _limit_passed(self, ends: datetime, seen: datetime, now: datetime) -> Ended | None:
        return _PASSED.get(within_limits(ends, seen, now, self._limits.idle))

    def _saw(self, key: str, now: datetime) -> None:
        with writing(self._engine) as database:
            database.execute(update(sign_ins).where(sign_ins.c.key == key, sign_ins.c.seen < now).values(seen=now))

    def _end(self, which: ColumnElement[bool], why: Ended) -> Sequence[Row[Any]]:
        """End those that last; forget what they kept, and the token that names the person. Return them as they were."""
        with writing(self._engine) as database:
            rows = database.execute(_live(which)).all()
            keys, references = [row.key for row in rows], [row.reference for row in rows]
            _let_go(database, sign_in_kept.c.reference.in_(references), sign_in_sessions.c.reference.in_(references))
            database.execute(update(sign_ins).where(sign_ins.c.key.in_(keys)).values(ended=why.value, id_token=""))
        return rows


# Asked at every step of every look: made once.
_LIMITS = select(sign_ins.c.ended, sign_ins.c.ends, sign_ins.c.seen).where(
    sign_ins.c.reference == bindparam("reference")
)
_KEPT = select(sign_in_kept.c.value).where(
    sign_in_kept.c.reference == bindparam("reference"), sign_in_kept.c.name == bindparam("name")
)


def _live(which: ColumnElement[bool]) -> Select[Any]:
    return select(sign_ins).where(which, sign_ins.c.ended == "")


def _of_session(sid: str) -> ColumnElement[bool]:
    """Those that came from this session of the provider, at first or when signing in again."""
    table = sign_in_sessions.c
    again = select(table.reference).where(table.provider_session == sid)
    return or_(sign_ins.c.provider_session == sid, sign_ins.c.reference.in_(again))


def _also_of(database: Connection, provider_session: str, reference: str) -> None:
    row = {"provider_session": provider_session, "reference": reference}
    known = select(sign_in_sessions).filter_by(**row)
    if database.execute(known).one_or_none() is None:
        database.execute(insert(sign_in_sessions).values(row))


def _let_go(database: Connection, kept: ColumnElement[bool], sessions: ColumnElement[bool]) -> None:
    database.execute(delete(sign_in_kept).where(kept))
    database.execute(delete(sign_in_sessions).where(sessions))


def _kept_as(reference: str, name: str) -> Delete:
    return delete(sign_in_kept).where(sign_in_kept.c.reference == reference, sign_in_kept.c.name == name)


def _forget(database: Connection, before: datetime) -> None:
    """Forget sign-ins long past their limit, and what they kept, if nobody came back to end them."""
    past = select(sign_ins.c.reference).where(sign_ins.c.ends < before)
    _let_go(database, sign_in_kept.c.reference.in_(past), sign_in_sessions.c.reference.in_(past))
    database.execute(delete(sign_ins).where(sign_ins.c.ends < before))


def _sign_in(row: Row[Any]) -> SignIn:
    choices = _choices(row.choices)
    return SignIn(
        reference=row.reference,
        user_id=row.user_id,
        name=row.name,
        choices=choices,
        clinician=next((choice for choice in choices if choice.role_profile == row.role_profile), None),
        csrf=row.csrf,
        began=row.began,
        ends=row.ends,
        authenticated_at=row.authenticated_at,
        acr=row.acr,
    )


def _choices(written: str) -> tuple[Clinician, ...]:
    return tuple(_clinician(entry) for entry in json.loads(written))


def _clinician(entry: Mapping[str, Any]) -> Clinician:
    return Clinician(
        **{
            **entry,
            "role": Role(entry["role"]),
            "organisation": Organisation(**entry["organisation"]),
            "activities": tuple(entry["activities"]),
        }
    )


def _hash(cookie: str) -> str:
    return sha256(cookie.encode()).hexdigest()
