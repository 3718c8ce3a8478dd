"""The log: append, durably; search; prove; verify.

Rule: `append` returns only when the entries are on the disk, in the database or in the journal. In every
other case it raises LogUnavailable, and there is no page.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from secrets import token_hex
from threading import Lock

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from viewer.access.access_event import AccessEvent, Event
from viewer.audit.entry import Entry, canonical
from viewer.audit.journal import Journal
from viewer.audit.rows import DamagedLogError, Head, Tip, add, missing, read_head, read_tip, subtrees
from viewer.audit.scope import Scope, WholeLog
from viewer.audit.search import Criteria, Found, find, find_one, find_trusts
from viewer.audit.tree import consistency_proof, inclusion_proof
from viewer.audit.verify import Verified, check
from viewer.audit.writer import LogUnavailable, Sink, Writer, cause_of
from viewer.store.database import reading, writing
from viewer.store.months import make_months

__all__ = ["Log", "LogUnavailable", "Proof", "Sink"]

_SHOWN_FOR = timedelta(seconds=2)


def _nothing(now: datetime) -> AccessEvent:
    return AccessEvent(Event.LEDGER_SEARCHED, now, None, "", user="a probe, undone at once")


@dataclass(frozen=True, slots=True)
class Proof:
    """That an entry is in the log under a head: its leaf, the path from it to the root, and that head."""

    leaf: bytes
    index: int  # counted from 0, as RFC 6962 does: one less than the entry's number
    path: tuple[bytes, ...]
    head: Head


class Log:
    """One per worker process. Its writer thread starts with the first append, after any fork."""

    def __init__(
        self,
        engine: Engine,
        clock: Callable[[], datetime],
        patience: timedelta = timedelta(seconds=2),
        room: int = 1000,
        journal: Journal | None = None,
        new_id: Callable[[], str] = lambda: token_hex(16),
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._tip: Tip | None = None  # only the writer's thread touches it
        self._seen_to: date | None = None  # the day on which the months were seen to; likewise
        self._new_id = new_id
        self._writer = Writer(self._commit, self._take_over, patience, room, clock, journal)
        self._showing = Lock()
        self._shown: tuple[datetime, Sink | LogUnavailable] | None = None
        self.last_verified: Verified | None = None  # since this process started

    def append(self, *events: AccessEvent) -> tuple[int, ...]:
        """Write the events together, in this order, and return their numbers once they are durable.

        An entry that is in the journal has no number until the database takes it: 0 stands for it.
        """
        bodies = tuple(canonical(event, self._new_id()) for event in events)
        return self._writer.write(bodies) if bodies else ()

    def search(self, criteria: Criteria) -> Found:
        """Return the newest entries that fit and are within the scope."""
        with self._reading() as connection:
            return find(connection, criteria)

    def entry(self, seq: int, scope: Scope | WholeLog) -> Entry | None:
        """Return one entry, or None when it is not there or not within the scope."""
        with self._reading() as connection:
            return find_one(connection, seq, scope)

    def trusts(self) -> frozenset[str]:
        """Return the name of every trust that an entry speaks of."""
        with self._reading() as connection:
            return find_trusts(connection)

    def head(self) -> Head:
        """Return what the log last said of itself: its size and root."""
        with self._reading() as connection:
            return read_head(connection)

    @property
    def sink(self) -> Sink:
        """Return where entries go at this moment: the database, or the journal, since when, and how many wait there."""
        return self._writer.sink

    def takes(self) -> Sink:
        """Show that entries can be written, and return where they would go; LogUnavailable when nowhere.

        It writes no entry, and asks the database every few seconds at most, however often it is called.
        """
        with self._showing:
            now = self._clock()
            if self._shown is None or not timedelta() <= now - self._shown[0] < _SHOWN_FOR:
                self._shown = now, self._show()
            said = self._shown[1]
        if isinstance(said, LogUnavailable):
            raise LogUnavailable(str(said))
        return said

    def _show(self) -> Sink | LogUnavailable:
        try:
            return self._writer.takes()
        except LogUnavailable as trouble:
            return trouble

    @property
    def size(self) -> int:
        """Return how many entries there are."""
        return self.head().size

    @property
    def root(self) -> bytes:
        """Return the root over all entries."""
        return self.head().root

    def prove(self, entry: Entry) -> Proof:
        """Return the proof that the entry is in the log as it now stands."""
        with self._reading() as connection:
            head = read_head(connection)
            path = inclusion_proof(entry.seq - 1, head.size, subtrees(connection))
            return Proof(entry.leaf, entry.seq - 1, path, head)

    def prove_beginning(self, size: int) -> tuple[Head, tuple[bytes, ...]]:
        """Return the head as it now stands, and the path that proves that its first `size` entries still are."""
        with self._reading() as connection:
            head = read_head(connection)
            return head, consistency_proof(size, head.size, subtrees(connection)) if 0 < size <= head.size else ()

    def verify(self) -> Verified:
        """Work everything out again from the entries' bytes; appends go on meanwhile and are left for the next time."""
        with self._reading() as connection:
            self.last_verified = check(connection, self._clock())
            return self.last_verified

    def close(self) -> None:
        """Write what is waiting and end the writer's thread."""
        self._writer.close()

    def _commit(self, bodies: Sequence[bytes]) -> int:
        """Write a group in one transaction; whatever goes wrong, the next group starts from what is in the database."""
        return self._add(lambda _: bodies) if bodies else self._pretend()

    def _pretend(self) -> int:
        """Do what a commit does to the log's tables, and undo it."""
        with writing(self._engine, turn="log") as connection:
            tip = read_tip(connection, read_head(connection))
            add(connection, tip, (canonical(_nothing(self._clock()), self._new_id()),), self._clock())
            connection.rollback()
        return tip.tree.size + 1

    def _take_over(self, bodies: Sequence[bytes]) -> None:
        """Write entries from the journal, but for those that are there: a commit may have gone through unheard."""
        self._add(lambda connection: missing(connection, bodies))

    def _add(self, choose: Callable[[Connection], Sequence[bytes]]) -> int:
        tip, self._tip = self._tip, None
        self._see_to_months()
        with writing(self._engine, turn="log") as connection:
            head = read_head(connection)
            if tip is None or tip.head != head:  # a start, an error before, or another process appended
                tip = read_tip(connection, head)
            bodies = choose(connection)
            grown = add(connection, tip, bodies, self._clock()) if bodies else tip
        self._tip = grown
        return tip.tree.size + 1

    def _see_to_months(self) -> None:
        """Once a day, have the database see to the partitions of this month and the two after it."""
        now = self._clock()
        if self._seen_to != now.date():
            self._seen_to = now.date()
            make_months(self._engine, now, ahead=2)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with reading(self._engine) as connection:
                yield connection
        except (SQLAlchemyError, DamagedLogError) as problem:
            said = f"the log could not be read: {type(problem).__name__}"
            raise LogUnavailable(said) from cause_of(problem)
