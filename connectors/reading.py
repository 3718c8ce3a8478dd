"""Read what is long on a thread of its own, one piece after another; next comes the search that has come furthest.

Rule: several threads that read at once would take turns with the loop, and delay every trust. Were pages read in the
order in which they come, all trusts with many would be through at the same moment, and nothing could be shown before.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from heapq import heappop, heappush
from itertools import count
from typing import Any, TypeVar

T = TypeVar("T")


class Reading:
    """One a fan-out, used on its loop alone."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "reading")
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._came = count()
        self._busy = False

    async def read(self, pages: int, work: Callable[..., T], *of: Any) -> T:
        """Return what the work makes of these, when its turn has come. `pages` is how many its search has had read."""
        await self._turn(pages)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work, *of)
        finally:
            self._pass_on()

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
