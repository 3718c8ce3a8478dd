"""One thread writes for everybody: whoever waits while it is busy is written in its next transaction.

Rule: a caller is told "written" only after the commit that wrote it, and is told
otherwise in every other case.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import timedelta
from queue import Empty, Full, Queue
from threading import Lock, Thread

from sqlalchemy.exc import SQLAlchemyError

from viewer.audit.rows import DamagedLogError


class LogUnavailable(Exception):  # noqa: N818  a state of the log, as the pages name it
    """The log could not be written or read, so there is no page.

    `may_be_written` is True when nobody can say: the entry may stand in the log, or come to
    stand there, although its page was never shown. False means it is surely not there.
    """

    def __init__(self, reason: str, may_be_written: bool = False) -> None:
        super().__init__(reason)
        self.may_be_written = may_be_written


Written = Future[tuple[int, ...]]
# Commit these entries durably and return the number of the first.
Commit = Callable[[Sequence[bytes]], int]


class Writer:
    """Hands entries to `commit` in groups, from one thread that starts when it is first needed."""

    def __init__(self, commit: Commit, patience: timedelta, room: int) -> None:
        self._commit = commit
        self._patience = patience.total_seconds()
        self._queue: Queue[tuple[tuple[bytes, ...], Written] | None] = Queue(room)
        self._thread: Thread | None = None
        self._starting = Lock()

    def write(self, bodies: tuple[bytes, ...]) -> tuple[int, ...]:
        """Return the entries' numbers once they are committed; wait no longer than `patience`."""
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

    def close(self) -> None:
        """Write what is waiting, then end the thread."""
        with self._starting:
            if self._thread and self._thread.is_alive():
                self._queue.put(None)
                self._thread.join()

    def _give_up(self, written: Written) -> tuple[int, ...]:
        if written.cancel():
            raise LogUnavailable("the log did not get round to this entry in time; it is not written")
        if written.done():
            return written.result()
        raise LogUnavailable("the log did not answer in time; the entry may yet be written", may_be_written=True)

    def _start(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            with self._starting:
                if self._thread is None or not self._thread.is_alive():
                    self._thread = Thread(target=self._run, name="log writer", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        closing = False
        while not closing:
            group = [self._queue.get(), *self._whoever_else_waits()]
            closing = None in group
            waiting = [one for one in group if one is not None and one[1].set_running_or_notify_cancel()]
            if waiting:
                self._write(waiting)

    def _whoever_else_waits(self) -> "list[tuple[tuple[bytes, ...], Written] | None]":
        others = []
        try:
            while True:
                others.append(self._queue.get_nowait())
        except Empty:
            return others

    def _write(self, waiting: list[tuple[tuple[bytes, ...], Written]]) -> None:
        trouble = LogUnavailable("the log's writer broke down", may_be_written=True)
        try:
            first = self._commit([body for bodies, _ in waiting for body in bodies])
            for bodies, written in waiting:
                written.set_result(tuple(range(first, first + len(bodies))))
                first += len(bodies)
        except (SQLAlchemyError, DamagedLogError) as problem:
            # The class of the error alone: its text would repeat the entry.
            trouble = LogUnavailable(f"the log could not be written: {_kind_of(problem)}", may_be_written=True)
            trouble.__cause__ = problem
        finally:
            for _, written in waiting:
                if not written.done():
                    written.set_exception(trouble)


def _kind_of(problem: Exception) -> str:
    original = getattr(problem, "orig", None)
    return str(original or problem) if original or isinstance(problem, DamagedLogError) else type(problem).__name__
