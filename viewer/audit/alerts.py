"""The alert queue: what was found, who has dealt with it, and how.

Rule: nobody deals with, or sees, an alert about themselves; an alert about a reviewer, in whatever role they did it, is
closed by two different people; what was done is only ever added to. An officer sees alerts by own staff and on own
data, nothing more; the ones whom the partnership named for practices see that there is an alert about their staff, the
ones it named for escalations what was escalated, and all officers what is about the only officer of another
organisation; and of no patient more than the Ledger shows them.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    Select,
    and_,
    func,
    insert,
    not_,
    or_,
    select,
    update,
)

from viewer.access.clinician import Clinician, Role
from viewer.audit.entry import Entry, Record, index_trusts, read_record
from viewer.audit.review import why_no_reason
from viewer.audit.scope import Scope, within
from viewer.store.alert_tables import (
    alert_entries,
    alert_notes,
    alert_trusts,
    alerts,
    looks_counted,
    officers,
)
from viewer.store.database import writing
from viewer.store.tables import log_entries

NOTE_LETTERS = 10  # of an explanation, at least
NOT_CLOSED = "not closed"  # to be asked for as a state: everything somebody still has to do something about


class State(StrEnum):
    """Where an alert stands."""

    OPEN = "open"
    EXPLAINED = "explained"  # there is a reason; it still has to be closed
    ESCALATED = "escalated"  # handed on to whoever decides what happens now
    CLOSED = "closed"  # for good: only notes are added


class Action(StrEnum):
    """What a reviewer can do with an alert."""

    NOTE = "note"
    EXPLAIN = "explain"
    ESCALATE = "escalate"
    CLOSE = "close"


class Did(StrEnum):
    """What a note says was done."""

    NOTED = "noted"
    EXPLAINED = "explained"
    ESCALATED = "escalated"
    CLOSED_ONCE = "closed once"  # by the first of two
    CLOSED = "closed"


class Refused(StrEnum):
    """Why an action was not done."""

    NO_NOTE = "no note was written"
    NO_WORDS = "the note explains nothing"
    CLOSED = "the alert is closed"
    SECOND = "a second reviewer must close it: an alert about a reviewer needs two different people"
    MEANWHILE = "somebody else has dealt with it meanwhile"


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert, as the queue lists it."""

    number: int
    reference: str
    rule: str
    user_id: str
    user_name: str
    role: str
    organisation: str
    organisation_name: str
    happened_at: datetime
    raised_at: datetime
    why: str
    state: State
    closed_once: str
    turn: int
    entries: int
    by_officer: bool  # whoever it is about has acted as an officer, in whatever role they did this

    @property
    def needs_two(self) -> bool:
        """Say whether two different people must close it: it is about a reviewer."""
        return self.by_officer


@dataclass(frozen=True, slots=True)
class Note:
    """What one reviewer did or wrote."""

    turn: int
    at: datetime
    user_id: str
    user_name: str
    organisation: str
    did: str
    note: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at the queue: an officer with their scope, who is never shown what is about themselves."""

    user_id: str
    scope: Scope
    all_but: frozenset[str] | None = None  # for practices: answers for the staff of every other ODS code than these
    escalations: bool = False  # what is escalated goes to them

    def answers_for(self, alert: Alert) -> bool:
        """Say whether the reader answers for the staff it is about, own or a practice's, or decides what was escalated.

        They are told the figures.
        """
        own = alert.organisation == self.scope.organisation
        of_a_practice = self.all_but is not None and alert.organisation not in self.all_but
        return own or of_a_practice or (self.escalations and alert.state is State.ESCALATED)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which alerts are asked for; an empty field asks for nothing."""

    state: str = ""
    rule: str = ""
    person: str = ""  # a user id, or part of a name
    before: int | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Rate:
    """How often the glass was broken in one month, by one role at one organisation."""

    month: str
    organisation: str
    role: str
    looks: int
    glasses: int


class Alerts:
    """The queue, for pages. Everything is read and done within a reader's scope."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def list(self, reader: Reader, wanted: Wanted) -> tuple[Alert, ...]:
        """Return the newest alerts that fit; one more than `limit` says that there are others."""
        columns = alerts.c
        fits = [_seen_by(reader)]
        if wanted.state == NOT_CLOSED:
            fits.append(columns.state != State.CLOSED)
        elif wanted.state:
            fits.append(columns.state == wanted.state)
        if wanted.rule:
            fits.append(columns.rule == wanted.rule)
        if wanted.person:
            fits.append(
                or_(columns.user_id == wanted.person, columns.user_name.icontains(wanted.person, autoescape=True))
            )
        if wanted.before is not None:
            fits.append(columns.number < wanted.before)
        newest = _alerts().where(*fits).order_by(columns.number.desc()).limit(wanted.limit + 1)
        with self._engine.connect() as connection:
            return tuple(_read(row) for row in connection.execute(newest))

    def open_count(self, reader: Reader) -> int:
        """Return how many alerts the reader sees that are not closed: explained and escalated ones too."""
        return self._count(_seen_by(reader))

    def about_themselves(self, reader: Reader) -> int:
        """Return how many that are not closed are about the reader, and so for nobody of their organisation to see."""
        theirs = and_(alerts.c.organisation == reader.scope.organisation, alerts.c.user_id == reader.user_id)
        return self._count(and_(theirs, _about_an_only_officer()))

    def _count(self, fits: ColumnElement[bool]) -> int:
        counted = select(func.count()).select_from(alerts).where(fits, alerts.c.state != State.CLOSED)
        with self._engine.connect() as connection:
            return int(connection.execute(counted).scalar_one())

    def one(self, reader: Reader, reference: str) -> Alert | None:
        """Return one alert; one out of scope, or about the reader, is as absent as one that is not there."""
        with self._engine.connect() as connection:
            return _one(connection, reader, reference)

    def notes(self, alert: Alert) -> tuple[Note, ...]:
        """Return what was done with it, oldest first."""
        written = select(alert_notes).where(alert_notes.c.number == alert.number).order_by(alert_notes.c.turn)
        with self._engine.connect() as connection:
            return tuple(
                Note(row.turn, row.at, row.user_id, row.user_name, row.organisation, row.did, row.note)
                for row in connection.execute(written)
            )

    def entries(self, alert: Alert, scope: Scope) -> tuple[Entry, ...]:
        """Return its entries as the Ledger would show them to this scope, oldest first."""
        named = (
            select(log_entries.c.seq, log_entries.c.body)
            .join(alert_entries, alert_entries.c.seq == log_entries.c.seq)
            .where(alert_entries.c.number == alert.number)
            .order_by(log_entries.c.seq)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(named).all()
        return tuple(
            within(Entry(row.seq, row.body, record), scope)
            for row in rows
            if (record := readable(row.body)) is not None and _in_scope(record, scope)
        )

    def handle(
        self, reader: Reader, reference: str, action: Action, note: str, turn: int, who: Clinician, now: datetime
    ) -> Did | Refused | None:
        """Do it, if `turn` says that the reviewer has read all there was; None when there is no such alert for them."""
        with writing(self._engine, turn="review") as connection:
            alert = _one(connection, reader, reference)
            if alert is None:
                return None
            did = decide(alert, action, note, turn, who.user_id)
            if isinstance(did, Refused):
                return did
            changed = connection.execute(
                update(alerts)
                .where(alerts.c.number == alert.number, alerts.c.turn == turn)
                .values(
                    turn=turn + 1,
                    state=_STATES.get(did, alert.state).value,
                    closed_once=who.user_id if did is Did.CLOSED_ONCE else alert.closed_once,
                )
            )
            if changed.rowcount != 1:
                return Refused.MEANWHILE
            row = {
                "number": alert.number,
                "turn": turn + 1,
                "at": now,
                "user_id": who.user_id,
                "user_name": who.name,
                "organisation": who.organisation.ods,
                "did": did.value,
                "note": note.strip(),
            }
            connection.execute(insert(alert_notes), [row])
            return did

    def rates(self, organisation: str) -> tuple[Rate, ...]:
        """Return how often an organisation's staff broke the glass, newest month first."""
        columns = looks_counted.c
        counted = (
            select(looks_counted)
            .where(columns.organisation == organisation)
            .order_by(columns.month.desc(), columns.role)
            .limit(60)
        )
        with self._engine.connect() as connection:
            return tuple(
                Rate(row.month, row.organisation, row.role, row.looks, row.glasses)
                for row in connection.execute(counted)
            )


_STATES = {Did.EXPLAINED: State.EXPLAINED, Did.ESCALATED: State.ESCALATED, Did.CLOSED: State.CLOSED}


def decide(alert: Alert, action: Action, note: str, turn: int, reviewer: str) -> Did | Refused:
    """Say what this action by this reviewer does to the alert, or why it does nothing."""
    if turn != alert.turn:
        return Refused.MEANWHILE
    if not any(map(str.isalnum, note)):
        return Refused.NO_NOTE
    if alert.state is State.CLOSED and action is not Action.NOTE:
        return Refused.CLOSED
    if action in (Action.EXPLAIN, Action.CLOSE) and why_no_reason(note, NOTE_LETTERS):
        return Refused.NO_WORDS
    match action:
        case Action.NOTE:
            return Did.NOTED
        case Action.EXPLAIN:
            return Did.EXPLAINED
        case Action.ESCALATE:
            return Did.ESCALATED
        case Action.CLOSE if not alert.needs_two:
            return Did.CLOSED
        case Action.CLOSE if not alert.closed_once:
            return Did.CLOSED_ONCE
        case Action.CLOSE:
            return Refused.SECOND if alert.closed_once == reviewer else Did.CLOSED


def _one(connection: Connection, reader: Reader, reference: str) -> Alert | None:
    row = connection.execute(_alerts().where(alerts.c.reference == reference, _seen_by(reader))).one_or_none()
    return None if row is None else _read(row)


def _alerts() -> Select[Any]:
    return select(alerts, _by_an_officer().label("by_officer"))


def _by_an_officer() -> ColumnElement[bool]:
    """Fit what was done by somebody who did it as an officer, or is known as one by any role of any sign-in."""
    known = select(officers.c.user_id).where(officers.c.user_id == alerts.c.user_id).correlate(alerts).exists()
    return or_(alerts.c.role == Role.IG_OFFICER, and_(alerts.c.user_id != "", known))


def _seen_by(reader: Reader) -> ColumnElement[bool]:
    scope, columns = reader.scope, alerts.c
    own = and_(columns.organisation == scope.organisation, columns.organisation != "")
    about = (
        select(alert_trusts.c.number)
        .where(alert_trusts.c.trust == scope.trust, alert_trusts.c.number == columns.number)
        .correlate(alerts)
        .exists()
    )
    ways = [own, *([about, _about_an_only_officer()] if scope.trust else [])]
    ways += [] if reader.all_but is None else [_beside(reader.all_but)]
    ways += [_escalated()] if reader.escalations else []
    return and_(or_(*ways), columns.user_id != reader.user_id)


def _about_an_only_officer() -> ColumnElement[bool]:
    """Fit what is about an officer whose organisation has no other who could see it."""
    theirs = and_(officers.c.organisation == alerts.c.organisation, officers.c.user_id != alerts.c.user_id)
    another = select(officers.c.user_id).where(theirs).correlate(alerts).exists()
    return and_(_by_an_officer(), alerts.c.organisation != "", not_(another))


def _escalated() -> ColumnElement[bool]:
    """Fit what was ever escalated: whoever decides on it sees what became of it."""
    handed_on = and_(alert_notes.c.number == alerts.c.number, alert_notes.c.did == Did.ESCALATED)
    return select(alert_notes.c.number).where(handed_on).correlate(alerts).exists()


def _beside(others: frozenset[str]) -> ColumnElement[bool]:
    return and_(alerts.c.organisation.not_in(sorted(others)), alerts.c.organisation != "")


def _in_scope(record: Record, scope: Scope) -> bool:
    own = scope.organisation != "" and record.organisation_ods == scope.organisation
    return own or (scope.trust != "" and scope.trust in index_trusts(record))


def readable(body: bytes) -> Record | None:
    """Return what an entry says; None when this version of the viewer cannot read it."""
    try:
        return read_record(body)
    except msgspec.DecodeError:
        return None


def _read(row: Row[tuple[object, ...]]) -> Alert:
    values = dict(row._mapping)
    del values["key"]
    return Alert(**values | {"state": State(values["state"]), "by_officer": bool(values["by_officer"])})
