"""Read what is long on a thread of its own, one piece after another; next comes the search that has come furthest.

Rule: several threads that read at once would take turns with the loop, and delay every trust. Were pages read in the
order in which they come, all trusts with many would be through at the same moment, and nothing could be shown before.
While the first answer of many is made into a page, nothing more is read: both would take twice as long.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from heapq import heappop, heappush
from itertools import count
from typing import Any, TypeVar

T = TypeVar("T")

# Some three times what the first rows of 700 reports take by themselves; one second in three at most, whoever asks.
REST = 0.35
_FROM_REST_TO_REST = 1.0
_LOOKS_UP = 0.01


class Reading:
    """One a fan-out, used on its loop alone but for `rest` and `go_on`. The timer counts seconds."""

    def __init__(self, timer: Callable[[], float]) -> None:
        self._timer = timer
        self._rests_until = 0.0
        self._rested_at = -_FROM_REST_TO_REST
        self._thread = ThreadPoolExecutor(1, "reading")
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._came = count()
        self._busy = False

    async def read(self, pages: int, work: Callable[..., T], *of: Any) -> T:
        """Return what the work makes of these, when its turn has come. `pages` is how many its search has had read."""
        await self._turn(pages)
        try:
            while (left := self._rests_until - self._timer()) > 0:
                await asyncio.sleep(min(left, _LOOKS_UP))
            return await asyncio.get_running_loop().run_in_executor(self._thread, work, *of)
        finally:
            self._pass_on()

    def rest(self) -> None:
        """Begin nothing for a moment, unless there was a rest just now: what many ask at once must go on."""
        now = self._timer()
        if now - self._rested_at >= _FROM_REST_TO_REST:
            self._rested_at, self._rests_until = now, now + REST

    def go_on(self) -> None:
        """End the rest."""
        self._rests_until = 0.0

    def close(self) -> None:
        """End the thread after what it is reading."""
        self._thread.shutdown()

    async def _turn(self, pages: int) -> None:
        if not self._busy:
            self._busy = True
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heappush(self._waiting, (-pages, next(self._came), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # it had come, and is not used
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        while self._waiting:
            *_, turn = heappop(self._waiting)
            if not turn.done():  # nobody waits any more for one that was cancelled
                turn.set_result(None)
                return
        self._busy = False
