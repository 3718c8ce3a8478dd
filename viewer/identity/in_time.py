"""Do something that may hang, and wait for it no longer than this.

Rule: the wall clock bounds the wait, whatever it is that hangs: the network, a name server, a lock that another
thread holds while it waits for either. What comes too late is thrown away.
"""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Semaphore, Thread
from typing import TypeVar

T = TypeVar("T")
Late = TypeVar("Late")


class InTime:
    """Safe from every thread. At most `at_once` may be under way; whoever comes then is late at once."""

    def __init__(self, seconds: float, at_once: int = 32) -> None:
        self._seconds = seconds
        self._places = Semaphore(at_once)

    def do(self, work: Callable[[], T], late: Late) -> T | Late:
        """Return what `work` returns, or `late` when that takes too long."""
        if not self._places.acquire(blocking=False):
            return late
        done: Future[T] = Future()
        Thread(target=self._run, args=(work, done), daemon=True).start()  # what hangs must not keep a worker alive
        try:
            return done.result(self._seconds)
        except TimeoutError:
            return done.result() if done.done() else late  # in the last moment, or it was `work` that timed out

    def _run(self, work: Callable[[], T], done: Future[T]) -> None:
        try:
            done.set_result(work())
        except BaseException as surprise:  # handed to the thread that waits: it is a surprise there
            done.set_exception(surprise)
        finally:
            self._places.release()
