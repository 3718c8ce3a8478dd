"""One thread writes for everybody: whoever waits while it is busy is written in its next transaction.

Rule: a caller is told "written" only after the commit that wrote it, or after its entries are in the
journal on the disk, and is told otherwise in every other case. What is in the journal goes to the
database before anything newer, as soon as the database takes it.
"""

import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from queue import Empty, Full, Queue
from threading import Lock, Thread

from sqlalchemy.exc import SQLAlchemyError

from viewer.audit.journal import Journal, waiting_in
from viewer.audit.rows import DamagedLogError


class LogUnavailable(Exception):  # noqa: N818  a state of the log, as the pages name it
    """The log could not be written or read, so there is no page.

    `may_be_written` is True when nobody can say: the entry may stand in the log, or come to
    stand there, although its page was never shown. False means it is surely not there.
    """

    def __init__(self, reason: str, may_be_written: bool = False) -> None:
        super().__init__(reason)
        self.may_be_written = may_be_written


@dataclass(frozen=True, slots=True)
class Sink:
    """Where entries go at this moment."""

    name: str  # "database" or "journal"
    since: datetime | None = None  # when the journal began to be used; None for the database
    waiting: int = 0  # entries in the journals of all workers, not yet in the database
    damaged: int = 0  # places in them that cannot be read


IN_THE_JOURNAL = 0  # in place of a number, which only the database gives

_DATABASE_SHARE = 0.5  # of a caller's patience, when there is a journal to turn to
_RECENT = timedelta(seconds=30)  # after which the next append finds out anew
_RETRY_SECONDS = 1.0  # between two tries to hand the journal over

Written = Future[tuple[int, ...]]
# Commit these entries durably and return the number of the first. Of none: do what a commit does, and undo it.
Commit = Callable[[Sequence[bytes]], int]
# The same for entries from the journal, leaving out those that are there already.
TakeOver = Callable[[Sequence[bytes]], None]


class _Signal(Enum):
    WAKE = 1
    CLOSE = 2


_Item = tuple[tuple[bytes, ...], Written]


class Writer:
    """Hands entries to `commit` in groups, from one thread that starts when it is first needed."""

    def __init__(
        self,
        commit: Commit,
        take_over: TakeOver,
        patience: timedelta,
        room: int,
        clock: Callable[[], datetime],
        journal: Journal | None = None,
    ) -> None:
        self._commit = commit
        self._patience = patience.total_seconds() * (_DATABASE_SHARE if journal else 1)
        self._clock = clock
        self._journal = journal
        self._take_over = take_over
        self._queue: Queue[_Item | _Signal] = Queue(room)
        self._thread: Thread | None = None
        self._starting = Lock()
        self._trouble: tuple[datetime, str] | None = None  # the last commit's, when it failed
        self._since: datetime | None = None  # when the journal began to be used; None while the database takes all

    def write(self, bodies: tuple[bytes, ...]) -> tuple[int, ...]:
        """Return the entries' numbers once they are committed, or zeros once they are in the journal."""
        if self._since is not None:
            with suppress(OSError):
                return self._write_to_journal(bodies)
        try:
            return self._write_to_database(bodies)
        except LogUnavailable as trouble:
            return self._write_to_journal_instead(bodies, trouble)

    @property
    def sink(self) -> Sink:
        """Return where entries go, and what waits."""
        if self._journal is None:
            return Sink("database")
        waiting = waiting_in(self._journal.folder)
        name = "journal" if self._since else "database"
        return Sink(name, self._since, waiting.entries, waiting.damaged)

    def takes(self) -> Sink:
        """Show that entries can be written, and return where; LogUnavailable when no sink would take one.

        A group without an entry goes the way of every other, and what it does to the database is undone. A commit
        that failed a moment ago counts for more: what is undone never had to reach the disk.
        """
        trouble = self._recent_trouble() or self._trouble_with_nothing()
        if not trouble:
            return self.sink
        if self._journal is None:
            raise LogUnavailable(trouble)
        try:
            self._journal.probe()
        except OSError as problem:
            raise LogUnavailable(f"{trouble}; nor could the journal: {problem.strerror}") from problem
        return replace(self.sink, name="journal")

    def _trouble_with_nothing(self) -> str:
        try:
            self._write_to_database(())
        except LogUnavailable as trouble:
            return str(trouble)
        return ""

    def _recent_trouble(self) -> str:
        if self._trouble and self._clock() - self._trouble[0] < _RECENT:
            return self._trouble[1]
        return ""

    def close(self) -> None:
        """Write what is waiting, then end the thread and let go of the journal."""
        with self._starting:
            if self._thread and self._thread.is_alive():
                self._queue.put(_Signal.CLOSE)
                self._thread.join()
        if self._journal:
            self._journal.close()

    # ── What a caller does ───────────────────────────────────────────────────────────────────────

    def _write_to_database(self, bodies: tuple[bytes, ...]) -> tuple[int, ...]:
        written: Written = Future()
        try:
            self._queue.put_nowait((bodies, written))
        except Full:
            raise LogUnavailable("too many entries are waiting to be written") from None
        self._start()
        try:
            return written.result(self._patience)
        except TimeoutError:
            return self._give_up(written)

    def _give_up(self, written: Written) -> tuple[int, ...]:
        if written.cancel():
            raise LogUnavailable("the log did not get round to this entry in time; it is not written")
        if written.done():
            return written.result()
        raise LogUnavailable("the log did not answer in time; the entry may yet be written", may_be_written=True)

    def _write_to_journal_instead(self, bodies: tuple[bytes, ...], trouble: LogUnavailable) -> tuple[int, ...]:
        if self._journal is None:
            raise trouble
        try:
            return self._write_to_journal(bodies)
        except OSError as problem:
            said = f"{trouble}; nor could the journal: {problem.strerror}"
            raise LogUnavailable(said, trouble.may_be_written) from trouble

    def _write_to_journal(self, bodies: tuple[bytes, ...]) -> tuple[int, ...]:
        assert self._journal  # noqa: S101  for mypy: nobody comes here without one
        self._journal.write(bodies)
        self._since = self._since or self._clock()
        self._start()
        with suppress(Full):  # then the thread is awake
            self._queue.put_nowait(_Signal.WAKE)
        return (IN_THE_JOURNAL,) * len(bodies)

    # ── What the thread does ─────────────────────────────────────────────────────────────────────

    def _start(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            with self._starting:
                if self._thread is None or not self._thread.is_alive():
                    self._thread = Thread(target=self._run, name="log writer", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        waits = self._journal is not None and self._journal.holds_any()  # from before this process
        closing = False
        while not closing:
            # Never between taking a group and committing it: a caller who gave up on that group may have put
            # it into the journal, and it would be in the database twice.
            if self._journal and (waits or self._since):
                waits = not self._hand_over(self._journal)
            group = [*self._next(_RETRY_SECONDS if waits else None), *self._whoever_else_waits()]
            closing = _Signal.CLOSE in group
            waiting = [one for one in group if not isinstance(one, _Signal) and one[1].set_running_or_notify_cancel()]
            if waiting:
                self._write(waiting)
        if self._journal and self._since:
            self._hand_over(self._journal)

    def _hand_over(self, journal: Journal) -> bool:
        """Let the database have what waits in the journal; say whether it took everything."""
        since = self._since or self._clock()
        try:
            journal.hand_over(self._take_over)
            self._trouble = None
        except (SQLAlchemyError, DamagedLogError, OSError):
            self._since = since
            return False
        self._since = None
        if journal.holds_own():  # written since it was found empty, by somebody who had said so before
            self._since = since
        return self._since is None

    def _next(self, seconds: float | None) -> list[_Item | _Signal]:
        try:
            return [self._queue.get(timeout=seconds)]
        except Empty:
            return []

    def _whoever_else_waits(self) -> list[_Item | _Signal]:
        others = []
        try:
            while True:
                others.append(self._queue.get_nowait())
        except Empty:
            return others

    def _write(self, waiting: list[_Item]) -> None:
        trouble = LogUnavailable("the log's writer broke down", may_be_written=True)
        try:
            first = self._commit([body for bodies, _ in waiting for body in bodies])
            self._trouble = None
            for bodies, written in waiting:
                written.set_result(tuple(range(first, first + len(bodies))))
                first += len(bodies)
        except (SQLAlchemyError, DamagedLogError) as problem:
            trouble = LogUnavailable(f"the log could not be written: {_kind_of(problem)}", may_be_written=True)
            trouble.__cause__ = cause_of(problem)
            self._trouble = self._clock(), str(trouble)
        finally:
            for _, written in waiting:
                if not written.done():
                    written.set_exception(trouble)


def cause_of(problem: Exception) -> Exception | None:
    """Return the error that may stand in an operator's log, or None when its text would repeat an entry."""
    original = getattr(problem, "orig", None)
    return problem if original is None or isinstance(original, sqlite3.Error) else None


def _kind_of(problem: Exception) -> str:
    """Return what went wrong. SQLite and we ourselves never repeat a value; PostgreSQL does ("Key (…)=(…)")."""
    original = getattr(problem, "orig", None)
    if isinstance(problem, DamagedLogError) or isinstance(original, sqlite3.Error):
        return str(original or problem)
    return " ".join(filter(None, (type(original or problem).__name__, getattr(original, "sqlstate", None))))
