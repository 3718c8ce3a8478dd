"""Slow down somebody who searches much faster than care needs, and never lock them out.

Rule: the wait grows with the searches of the last five minutes and stops at four seconds.
"""

import threading
from collections import defaultdict, deque
from collections.abc import Callable
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=5)
FREE = 20  # searches in the window that cost nothing: more than a busy department's list takes
LONGEST = timedelta(seconds=4)


def wait_for(recent: int) -> timedelta:
    """Return how long the next search waits after `recent` searches in the window."""
    over = max(0, recent - FREE)
    return min(LONGEST, timedelta(seconds=0.25) * over)


class Budget:
    """Counts each user's searches in this worker."""

    def __init__(self, clock: Callable[[], datetime], wait: Callable[[float], object]) -> None:
        self._clock = clock
        self._wait = wait
        self._lock = threading.Lock()
        self._searches: defaultdict[str, deque[datetime]] = defaultdict(deque)

    def spend(self, user_id: str) -> timedelta:
        """Count one search, wait as long as it must, and return how long that was."""
        now = self._clock()
        with self._lock:
            searches = self._searches[user_id]
            while searches and searches[0] <= now - WINDOW:
                searches.popleft()
            wait = wait_for(len(searches))
            searches.append(now)
        if wait:
            self._wait(wait.total_seconds())
        return wait
