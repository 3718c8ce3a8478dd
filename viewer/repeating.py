"""A thread of the worker that does something every so often, beside the pages.

Rule: it starts when it is told to, after any fork, and never again once it was closed. What may go wrong in a turn, and
what is said of that, is for whoever hands the turn in: here nothing is caught.
"""

from collections.abc import Callable
from datetime import timedelta
from threading import Event, Lock, Thread


def _nothing() -> None:
    pass


class Repeating:
    """One per worker."""

    def __init__(
        self,
        name: str,
        turn: Callable[[], object],
        every: timedelta,
        at_start: Callable[[], object] = _nothing,
        at_end: Callable[[], object] = _nothing,
    ) -> None:
        self._name = name
        self._turn = turn
        self._every = every.total_seconds()
        self._at_start = at_start
        self._at_end = at_end
        self._ending = Event()
        self._starting = Lock()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Start the thread, unless it runs or is to end."""
        if self.runs():
            return
        with self._starting:
            if not self.runs() and not self.is_ending():
                self._thread = Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()

    def close(self) -> None:
        """End the thread after the turn it is at."""
        with self._starting:
            self._ending.set()
        if self._thread:
            self._thread.join()

    def runs(self) -> bool:
        """Say whether the thread lives."""
        return self._thread is not None and self._thread.is_alive()

    def is_ending(self) -> bool:
        """Say whether a turn ought to come to its end."""
        return self._ending.is_set()

    def rest(self, seconds: float) -> None:
        """Rest within a turn, and no longer than until the thread is told to end."""
        self._ending.wait(seconds)

    def _run(self) -> None:
        self._at_start()
        while not self._ending.wait(self._every):
            self._turn()
        self._at_end()
