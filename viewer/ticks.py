"""When what was seen leaves: on a tick, counted from the moment the look began.

Rule: work on what is withheld does not show in time. It is done, and written down, before the wait for the tick; what
is done after it depends on what is shown alone. Between an answer and its tick lies a whole tick more, in which our own
work is hidden, so that of what is withheld at most the trust's own time is left to tell of it.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from math import ceil
from typing import TypeVar

from connectors.answer import Answer
from viewer.parts import Parts

TICK = timedelta(milliseconds=40)  # some 25 times what withholding three reports costs (docs/adr/0024)
_NEAR = 1e-6  # of a tick: by how much a number of seconds may miss it

_Step = TypeVar("_Step")


class Ticks:
    """The ticks of one look. They are counted from the moment this is made."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._began = parts.timer()
        self._room = 0.0  # no sooner than this, in seconds from the beginning

    def came(self, answers: Iterable[Answer]) -> None:
        """Note when these came: what is made of them leaves a tick later at the soonest."""
        latest = max((answer.came for answer in answers), default=0.0)
        self._room = max(self._room, latest - self._began + TICK.total_seconds())

    def wait(self) -> None:
        """Wait for the next tick that there is room for."""
        gone = self._parts.timer() - self._began
        ticks = ceil(max(gone, self._room) / TICK.total_seconds() - _NEAR)
        if (left := ticks * TICK - timedelta(seconds=gone)) > timedelta(0):
            self._parts.pause(left)


def ticks(parts: Parts) -> Callable[[], None]:
    """Return what waits for the next tick; they are counted from now."""
    return Ticks(parts).wait


def on_ticks(ticking: Ticks, steps: Iterator[_Step]) -> Iterator[_Step]:
    """Let the first step go at once, for no trust has been asked before it, and each of the others on a tick."""
    yield next(steps)
    for step in steps:
        ticking.wait()
        yield step
