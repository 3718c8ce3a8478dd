"""Remember what each person, and each organisation, was last shown of a patient, so that a page can say what is new.

Rule: it is written after the log, from the rows that the log says were shown, and never instead. It runs beside the
pages: what fails or takes long here costs a page its marks, and nothing else.
"""

import logging
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from threading import BoundedSemaphore

import msgspec
from sqlalchemy import Connection, Engine, delete, insert, select, update

from viewer.access.clinician import Clinician
from viewer.clinical.changes import Before, Looked, Shown, noted, said_mark
from viewer.clinical.row import Row
from viewer.steps import Opened, number_of
from viewer.store.database import writing
from viewer.store.seen_tables import seen, seen_secret

log = logging.getLogger(__name__)

PATIENCE = timedelta(seconds=0.5)  # how long a page waits for what was seen before, beside its trusts
KEPT = timedelta(days=400)  # after which a look is forgotten: everything is then as if never seen
LOOKS = 50  # of one reader at one patient that are remembered, by when the patient was opened
_WAITING = 200  # looks that may wait to be written; more are let go, and are told of as new the next time


class _Body(msgspec.Struct, frozen=True):
    """What one reader was shown of one patient."""

    looks: Mapping[str, str]  # when the patient was opened → when they were last shown anything since, ISO 8601
    reports: Mapping[str, tuple[tuple[str, str, str], ...]]  # mark of a report → what it said, its status, since when
    without: Mapping[str, tuple[str, ...]] = {}  # when the patient was opened → trusts that had not sent all till then


_NOTHING = _Body({}, {})


@dataclass(frozen=True, slots=True)
class Memory:
    """What is being read of the looks before this one. A page waits for it a moment, and never longer."""

    reading: "Future[Before] | None"

    def now(self) -> Before:
        """Return what was seen before; unknown when it cannot be read, or not in time."""
        try:
            return self.reading.result(PATIENCE.total_seconds()) if self.reading else UNKNOWN
        except Exception as trouble:  # whatever it is, it may cost this page its marks, and no result
            log.warning("what was seen before could not be read: %s", type(trouble).__name__)
            return UNKNOWN


UNKNOWN = Before(known=False)


class Seen:
    """Reads and writes what was seen, in threads of its own."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock
        self._readers = ThreadPoolExecutor(4, "seen-reader")  # they begin at first use, in the worker that uses them
        self._writer = ThreadPoolExecutor(1, "seen-writer")
        self._room = BoundedSemaphore(_WAITING)

    def begin(self, who: Clinician, opened: Opened) -> Memory:
        """Begin to read what this person and their team were shown of this patient before it was opened."""
        try:
            return Memory(self._readers.submit(self._read, who, opened))
        except RuntimeError:  # it has been closed: the worker is ending
            return Memory(None)

    def note(self, who: Clinician, opened: Opened, rows: Sequence[Row], without: Collection[str] = ()) -> None:
        """Remember that these rows were shown, and which trusts had not sent all they hold. The log comes first."""
        if not self._room.acquire(blocking=False):
            log.warning("what was shown is not remembered: too much of it waits")
            return
        try:
            self._writer.submit(self._note, who, opened, tuple(rows), frozenset(without), self._clock())
        except RuntimeError:  # as above
            self._room.release()

    def settle(self) -> None:
        """Wait until all that was noted before now has been written, or has failed."""
        self._writer.submit(lambda: None).result()

    def close(self) -> None:
        """Write what waits, and end."""
        self._readers.shutdown()
        self._writer.shutdown()

    def _read(self, who: Clinician, opened: Opened) -> Before:
        with self._engine.connect() as database:
            secret = _secret(database)
            if secret is None:  # nobody has looked at anybody
                return Before()
            patient = _patient(secret, opened)
            you, team = (_body(database, _mark(secret, name), patient) for name in _readers_of(who))
        return Before(_looked(you, patient, opened.at), _looked(team, patient, opened.at))

    def _note(self, who: Clinician, opened: Opened, rows: Sequence[Row], without: frozenset[str], at: datetime) -> None:
        try:
            with writing(self._engine, "seen") as database:
                secret = _secret(database) or _made_secret(database)
                patient = _patient(secret, opened)
                shown = _shown(rows, patient, at)
                for name in _readers_of(who):
                    _keep(database, _mark(secret, name), patient, shown, _Look(opened.at, at, without))
                database.execute(delete(seen).where(seen.c.at < at - KEPT))
        except Exception as trouble:  # it may cost the next page its marks, and must not end the one thread that writes
            log.warning("what was shown could not be remembered: %s", type(trouble).__name__)
        finally:
            self._room.release()


def _readers_of(who: Clinician) -> tuple[str, str]:
    """Return whose looks these are: the person's, and their organisation's (docs/adr/0029-seen.md)."""
    return f"person {who.user_id}", f"organisation {who.organisation.ods}"


def _secret(database: Connection) -> bytes | None:
    return database.execute(select(seen_secret.c.secret)).scalar_one_or_none()


def _made_secret(database: Connection) -> bytes:
    made = secrets.token_bytes(32)
    database.execute(insert(seen_secret).values(number=1, secret=made))
    return made


def _mark(secret: bytes, name: str) -> str:
    return blake2b(name.encode(), digest_size=16, key=secret).hexdigest()


def _patient(secret: bytes, opened: Opened) -> str:
    first = opened.person.records[0]
    return _mark(secret, f"patient {number_of(opened.person) or f'{first.trust.name}/{first.id}'}")


def _report(patient: str, key: str) -> str:
    """Return the mark of a report's key, of this patient alone: a trust's own id may be an NHS number."""
    return blake2b(key.encode(), digest_size=8, key=patient.encode()).hexdigest()


def _shown(rows: Sequence[Row], patient: str, at: datetime) -> dict[str, Shown]:
    """Return what each row says now, under its own mark and those of its proven copies."""
    shown: dict[str, Shown] = {}
    for row in rows:
        one = Shown(said_mark(row.report), row.report.status.value, at)
        shown.update((_report(patient, f"{of.trust.name}/{of.id}"), one) for of in (row.report, *row.copies))
    return shown


def _body(database: Connection, reader: str, patient: str) -> _Body:
    row = database.execute(select(seen.c.body).where(seen.c.reader == reader, seen.c.patient == patient)).first()
    return msgspec.json.decode(row.body, type=_Body) if row else _NOTHING


def _looked(body: _Body, patient: str, opened_at: datetime) -> Looked:
    before = {began: datetime.fromisoformat(at) for began, at in body.looks.items() if _moment(began) < opened_at}
    began = max(before, key=lambda one: before[one], default="")
    return Looked(
        before.get(began),
        lambda key: _versions(body.reports.get(_report(patient, key), ())),
        frozenset(body.without.get(began, ())),
    )


_moment = datetime.fromisoformat


def _versions(kept: Sequence[tuple[str, str, str]]) -> tuple[Shown, ...]:
    return tuple(Shown(said, status, datetime.fromisoformat(at)) for said, status, at in kept)


@dataclass(frozen=True, slots=True)
class _Look:
    """One look as it is kept: when the patient was opened, when they were shown anything last, and without whom."""

    began: datetime
    at: datetime
    without: frozenset[str]


def _keep(database: Connection, reader: str, patient: str, shown: Mapping[str, Shown], look: _Look) -> None:
    """Add this look to what was kept."""
    try:
        before = _body(database, reader, patient)
    except msgspec.DecodeError:  # it is spoilt, or of another release: this reader begins anew
        before = _NOTHING
    looks = dict(sorted({**before.looks, look.began.isoformat(): look.at.isoformat()}.items())[-LOOKS:])
    kept = {mark: _versions(versions) for mark, versions in before.reports.items()}
    reports = {
        mark: tuple((one.said, one.status, one.at.isoformat()) for one in versions)
        for mark, versions in noted(kept, shown).items()
    }
    body = msgspec.json.encode(_Body(looks, reports, _without(before, look, looks)))
    place = (seen.c.reader == reader) & (seen.c.patient == patient)
    if not database.execute(update(seen).where(place).values(at=look.at, body=body)).rowcount:
        database.execute(insert(seen).values(reader=reader, patient=patient, at=look.at, body=body))


def _without(before: _Body, look: _Look, looks: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return who was missing at each look; of a patient who stays open, who was missing each time."""
    began = look.began.isoformat()
    earlier = before.without.get(began, ()) if began in before.looks else look.without
    kept = {**before.without, began: tuple(sorted(look.without.intersection(earlier)))}
    return {one: names for one, names in kept.items() if names and one in looks}
