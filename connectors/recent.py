"""Answers kept a minute for the one sign-in that asked, and one exchange for all who ask the same at once.

Rule: each trust's own log must name each reader, so an answer is never given to another sign-in;
only whole answers are kept, and none with a patient's record that could not be read; what is kept is
bounded in bytes. Decisions are never here. Nothing else in an answer decides whether it is kept: a page says
which answers were, and would tell of a result that could not be read and is withheld.
"""

import threading
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum

from cachetools import TTLCache

from connectors.answer import Answer, Outcome, Query, Question

Deliver = Callable[[Answer], None]
_KEPT = frozenset({Outcome.ANSWERED, Outcome.NOT_KNOWN})
# A resource as read takes about twice its bytes again, and the objects around it about this much.
_WEIGHT_OF_READING = 3
_WEIGHT_OF_ONE = 400


class Look(StrEnum):
    """What became of a look for a kept answer."""

    DELIVERED = "delivered"
    JOINED = "joined"  # the same is being asked already; it will be delivered
    ASK = "ask"  # nobody has it: the caller asks, and settles


class Recent:
    """Safe from every thread."""

    def __init__(self, timer: Callable[[], float], seconds: float = 60.0, most_bytes: int = 256 * 1024 * 1024) -> None:
        self._lock = threading.Lock()
        self._kept: TTLCache[tuple[str, str, Query], Answer] = TTLCache(most_bytes, seconds, timer, getsizeof=weight)
        self._most_bytes = most_bytes
        self._waiting: dict[tuple[str, str, Query, bool], list[Deliver]] = {}

    def look(self, question: Question, deliver: Deliver) -> Look:
        """Deliver a kept answer, or join those who wait for one, or say that it must be asked."""
        with self._lock:
            kept = None if question.again else self._kept.get(_key(question))
            if kept is None:
                return self._wait(question, deliver)
        deliver(replace(kept, kept=True))
        return Look.DELIVERED

    def _wait(self, question: Question, deliver: Deliver) -> Look:
        # "Ask again" never joins an exchange that began before it was pressed: that one may be the one that hangs.
        key = (*_key(question), question.again)
        if key in self._waiting:
            self._waiting[key].append(deliver)
            return Look.JOINED
        self._waiting[key] = [deliver]
        return Look.ASK

    def settle(self, question: Question, answer: Answer) -> None:
        """Deliver an answer to everybody who waits for it, and keep it if it is whole."""
        with self._lock:
            waiting = self._waiting.pop((*_key(question), question.again), [])
            self._keep(question, answer)
        for deliver in waiting:
            deliver(answer)

    def _keep(self, question: Question, answer: Answer) -> None:
        earlier = self._kept.get(_key(question))
        if earlier and earlier.asked_at > answer.asked_at:
            return
        self._kept.pop(_key(question), None)  # what is known to be older is not shown again, even when this is not kept
        if answer.outcome in _KEPT and _patients_are_read(answer) and weight(answer) <= self._most_bytes:
            self._kept[_key(question)] = answer

    def forget(self, reader: str) -> None:
        """Let go of everything kept for a sign-in that has ended."""
        with self._lock:
            for key in [key for key in self._kept if key[0] == reader]:
                self._kept.pop(key, None)


def _patients_are_read(answer: Answer) -> bool:
    # Who somebody is may be mended by the next time it is looked at.
    return all(one.body is not None for one in answer.received if one.kind == "Patient")


def weight(answer: Answer) -> int:
    """Return about how many bytes an answer takes in memory."""
    return sum(_WEIGHT_OF_READING * len(one.raw) + _WEIGHT_OF_ONE for one in answer.received) + _WEIGHT_OF_ONE


def _key(question: Question) -> tuple[str, str, Query]:
    return question.reader, question.trust.name, question.query
