"""Sweep the log for what an officer should look at: a thread per worker, of which one at a time sweeps.

Rule: how far it swept and what it found are written in one transaction, so that nothing is lost or raised twice
wherever it is killed. Care never waits for it: it reads, works in small pieces with rests between, and its
transactions are a few rows.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Row, func, insert, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from viewer.audit.entry import Record, read_record
from viewer.audit.patterns import Memory
from viewer.audit.raising import Raised, count_looks, know_officers, raise_alerts
from viewer.audit.review import Facts, Finding, Rule, Thresholds, key_of, on_entry
from viewer.repeating import Repeating
from viewer.store.alert_tables import sweeps
from viewer.store.database import writing
from viewer.store.tables import log_entries

log = logging.getLogger(__name__)

PIECE = 500  # entries read and judged at a time
LEASE = timedelta(seconds=30)  # after which another worker takes over from one that died
BEAT = timedelta(seconds=10)  # how often it is written that nothing was left to sweep
REST = 2.0  # times as long as it worked: at most a third of one processor while it catches up
_TURN = "turn"  # the row that says whose turn it is


@dataclass(frozen=True, slots=True)
class Swept:
    """How far the log has been swept, as the database has it."""

    at: datetime  # when it was last known
    position: int  # every entry up to it has been judged by every rule
    waiting: int  # entries after it


@dataclass(slots=True)
class _Stage:
    """One pass over the log, with a position of its own: the rules of one entry never wait for those of patterns."""

    name: str
    judge: Callable[[Record, int], Iterator[Finding]]
    prepare: Callable[[int], None]  # remember what must be remembered of the entries up to this position
    counts: bool = False  # it also counts looks, for the rates of break-glass, and remembers who is an officer
    position: int | None = None  # None: not prepared
    judged: "_Piece | None" = None  # not yet written


@dataclass(frozen=True, slots=True)
class _Piece:
    """Entries that were judged, and what was found in them."""

    until: int  # the last of them
    records: tuple[Record, ...]
    found: tuple[Raised, ...]


class _Overtaken(Exception):  # noqa: N818  a state of affairs
    """Another worker sweeps now, or swept further."""


class Sweeper:
    """One per worker. What its thread had not written when it ended is swept again by the next."""

    def __init__(
        self,
        engine: Engine,
        clock: Callable[[], datetime],
        name: str,
        facts: Facts,
        thresholds: Thresholds,
        tell: Mapping[str, frozenset[str]],
        every: timedelta = timedelta(seconds=3),
        rest: float = REST,
        piece: int = PIECE,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._name = name  # of this worker; no two have the same
        self._thresholds = thresholds
        self._tell = tell
        self._rest = rest
        self._piece = piece
        self._memory = Memory(thresholds)
        self._stages = (
            _Stage("entries", lambda record, _: on_entry(record, facts, thresholds), lambda _: None, counts=True),
            _Stage("patterns", self._recall, self._remember),
        )
        self.thread = Repeating("sweeper", self._turn_or_say, every)
        self._is_well = True  # as far as its thread has said

    def swept(self) -> Swept | None:
        """Return how far the log has been swept; None when it never was."""
        with self._engine.connect() as connection:
            rows = {row.name: row for row in connection.execute(select(sweeps))}
            newest = connection.execute(select(func.coalesce(func.max(log_entries.c.seq), 0))).scalar_one()
        if _TURN not in rows:
            return None
        position = min(rows[stage.name].position if stage.name in rows else 0 for stage in self._stages)
        return Swept(rows[_TURN].at, position, newest - position)

    def turn(self) -> None:
        """Sweep what there is to sweep, if it is this worker's turn."""
        try:
            if self._take_turn():
                for stage in self._stages:
                    self._sweep(stage)
        except _Overtaken:
            for stage in self._stages:
                stage.position = stage.judged = None

    def _turn_or_say(self) -> None:
        was_well, self._is_well = self._is_well, False
        try:
            self.turn()
            self._is_well = True
        except SQLAlchemyError as problem:  # the page and /health/trusts say since when nothing was swept
            if was_well:
                log.warning("the log cannot be swept: %s", type(problem).__name__)
        except Exception as mistake:  # ours, and unforeseen: it must not end the sweeping for good
            if was_well:
                log.exception("the sweep broke down: %s", type(mistake).__name__, exc_info=None)

    # ── Whose turn it is ──

    def _take_turn(self) -> bool:
        """Say whether this worker sweeps now; write so when that is news, or was not written for a while."""
        now = self._clock()
        with self._engine.connect() as connection:
            row = connection.execute(select(sweeps).where(sweeps.c.name == _TURN)).one_or_none()
            behind = self._is_behind(connection)
        if row is not None and row.holder != self._name and row.until > now:
            return False
        if row is None or row.holder != self._name or row.at + BEAT <= now or row.until <= now:
            with writing(self._engine, turn="review") as connection:
                _write_turn(connection, self._name, now)
        return behind or row is None

    def _is_behind(self, connection: Connection) -> bool:
        newest = connection.execute(select(func.coalesce(func.max(log_entries.c.seq), 0))).scalar_one()
        return any(stage.position is None or stage.judged or stage.position < newest for stage in self._stages)

    # ── One stage ──

    def _sweep(self, stage: _Stage) -> None:
        if stage.position is None:
            self._prepare(stage)
        while not self.thread.is_ending():
            began = self._clock()
            if stage.judged is None:
                stage.judged = self._judge(stage)
            if stage.judged is None:
                return
            self._write(stage, stage.judged)
            stage.position, stage.judged = stage.judged.until, None
            self._pause(began)

    def _pause(self, began: datetime) -> None:
        worked = (self._clock() - began).total_seconds()
        self.thread.rest(min(1.0, max(0.0, worked) * self._rest))

    def _prepare(self, stage: _Stage) -> None:
        with self._engine.connect() as connection:
            written = connection.execute(select(sweeps.c.position).where(sweeps.c.name == stage.name))
            position = written.scalar_one_or_none() or 0
        stage.prepare(position)
        stage.position, stage.judged = position, None

    def _remember(self, position: int) -> None:
        """Take in again, silently, the entries of the window before this position: what was known there is known here.

        A day more than the window is read, for entries that stand a little out of the order of their times.
        """
        self._memory = Memory(self._thresholds)
        seq = self._first_of_window(position) - 1
        while seq < position and not self.thread.is_ending():
            began = self._clock()
            with self._engine.connect() as connection:
                rows = [row for row in _read(connection, seq, self._piece) if row.seq <= position]
            for row in rows:
                _findings(self._recall, row)
            seq = rows[-1].seq if rows else position
            self._pause(began)

    def _recall(self, record: Record, seq: int) -> Iterator[Finding]:
        return self._memory.on_entry(record, seq)

    def _first_of_window(self, position: int) -> int:
        columns = log_entries.c
        with self._engine.connect() as connection:
            last = connection.execute(select(columns.at).where(columns.seq == position)).scalar_one_or_none()
            if last is None:
                return position + 1
            oldest = datetime.fromisoformat(last) - timedelta(days=self._thresholds.window_days + 2)
            within = columns.at >= oldest.isoformat(timespec="microseconds")
            first = connection.execute(select(columns.seq).where(within).order_by(columns.at).limit(1)).scalar_one()
        return min(int(first), position)

    def _judge(self, stage: _Stage) -> _Piece | None:
        with self._engine.connect() as connection:
            rows = _read(connection, stage.position or 0, self._piece)
        if not rows:
            return None
        found = tuple(Raised(row.seq, row.record, finding) for row in rows for finding in _judged(stage, row))
        return _Piece(rows[-1].seq, tuple(row.record for row in rows if row.readable), found)

    def _write(self, stage: _Stage, piece: _Piece) -> None:
        """Write how far it went and what was found, together; nothing when another worker got in between."""
        now = self._clock()
        with writing(self._engine, turn="review") as connection:
            _write_turn(connection, self._name, now)
            _move(connection, stage.name, stage.position or 0, piece.until, now)
            raise_alerts(connection, piece.found, self._tell, now)
            if stage.counts:
                count_looks(connection, piece.records)
                know_officers(connection, piece.records)


# ── What stands in the database ──────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Read:
    """An entry as the sweep reads it; of one that cannot be read only what the database indexes."""

    seq: int
    record: Record
    readable: bool = True


def _read(connection: Connection, after: int, most: int) -> list[_Read]:
    """Return the next entries. The log has no gap and grows at its end, so none can come up behind these."""
    columns = log_entries.c
    named = (columns.seq, columns.body, columns.at, columns.user_id, columns.user_name, columns.organisation)
    rows = connection.execute(select(*named).where(columns.seq > after).order_by(columns.seq).limit(most))
    return [_read_one(row) for row in rows]


def _read_one(row: Row[Any, Any, Any, Any, Any, Any]) -> _Read:
    try:
        return _Read(row.seq, read_record(row.body))
    except msgspec.DecodeError:
        texts = dict.fromkeys(
            (name for name, kind in Record.__annotations__.items() if kind is str or kind == "str"), ""
        )
        known = {
            "at": row.at,
            "user_id": row.user_id,
            "user_name": row.user_name,
            "organisation_ods": row.organisation,
        }
        return _Read(row.seq, Record(**_NOTHING | texts | known), readable=False)


_NOTHING: dict[str, Any] = {"version": 0, "trusts": (), "reports": (), "agreements": ()}


def _judged(stage: _Stage, row: _Read) -> list[Finding]:
    found = _findings(stage.judge, row)
    if found is not None:
        return found
    why = "This entry could not be read by this version of the viewer, so not every rule has judged it."
    return [Finding(Rule.UNREADABLE, why, key_of(Rule.UNREADABLE, row.seq))]


def _findings(judge: Callable[[Record, int], Iterator[Finding]], row: _Read) -> list[Finding] | None:
    """Return what is found in an entry; None when it cannot be told."""
    if not row.readable:
        return None
    try:
        return list(judge(row.record, row.seq))
    except Exception as mistake:  # ours, and unforeseen: one entry must not keep the others from being judged
        log.exception("an entry could not be judged: seq=%s %s", row.seq, type(mistake).__name__, exc_info=None)
        return None


def _write_turn(connection: Connection, name: str, now: datetime) -> None:
    """Take the turn, or keep it; every transaction of a sweep begins so, and waits here for any other."""
    columns = sweeps.c
    free = or_(columns.holder == name, columns.until <= now)
    taken = update(sweeps).where(columns.name == _TURN, free).values(at=now, holder=name, until=now + LEASE)
    if connection.execute(taken).rowcount == 1:
        return
    if connection.execute(select(columns.name).where(columns.name == _TURN)).one_or_none():
        raise _Overtaken
    row = {"name": _TURN, "position": 0, "at": now, "holder": name, "until": now + LEASE}
    connection.execute(insert(sweeps), [row])


def _move(connection: Connection, name: str, before: int, after: int, now: datetime) -> None:
    columns = sweeps.c
    moved = update(sweeps).where(columns.name == name, columns.position == before).values(position=after, at=now)
    if connection.execute(moved).rowcount == 1:
        return
    if before or connection.execute(select(columns.name).where(columns.name == name)).one_or_none():
        raise _Overtaken
    row = {"name": name, "position": after, "at": now, "holder": "", "until": now}
    connection.execute(insert(sweeps), [row])
