"""Forget by the clock what may be kept only so long, whether or not anybody comes.

Rule: it is a thread of the worker, and forgets at its start and then every so often; a database that cannot be written
ends it for no longer than its trouble lasts.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from threading import Event, Lock, Thread

from sqlalchemy.exc import SQLAlchemyError

log = logging.getLogger(__name__)


class Forgetting:
    """One per worker. Its thread starts when it is told to, after any fork."""

    def __init__(self, forget: Callable[[], object], every: timedelta) -> None:
        self._forget = forget
        self._every = every.total_seconds()
        self._ending = Event()
        self._starting = Lock()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Start the thread, if it does not run."""
        with self._starting:
            if self._thread is None and not self._ending.is_set():
                self._thread = Thread(target=self._run, name="forgetting", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """End the thread."""
        with self._starting:
            self._ending.set()
        if self._thread:
            self._thread.join()

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                self._forget()
            except SQLAlchemyError as trouble:
                log.warning("what has run out could not be forgotten: %s", type(trouble).__name__)
            self._ending.wait(self._every)
