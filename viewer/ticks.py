"""When what was seen leaves: on the next tick, counted from the moment the look began.

Rule: work on what is withheld does not show in time. It is done, and written down, before the wait for the tick; what
is done after it depends on what is shown alone.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TypeVar

from viewer.parts import Parts

TICK = timedelta(milliseconds=40)  # some 25 times what withholding three reports costs (docs/adr/0024)

_Step = TypeVar("_Step")


def ticks(parts: Parts) -> Callable[[], None]:
    """Return what waits for the next tick; they are counted from now."""
    began = parts.timer()

    def wait() -> None:
        gone = timedelta(seconds=parts.timer() - began)
        if left := -gone % TICK:
            parts.pause(left)

    return wait


def on_ticks(parts: Parts, steps: Iterator[_Step]) -> Iterator[_Step]:
    """Let the first step go at once, for no trust has been asked before it, and each of the others on a tick."""
    wait = ticks(parts)
    yield next(steps)
    for step in steps:
        wait()
        yield step
