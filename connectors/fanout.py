"""Ask all trusts at once, and hand each Answer over as it comes: exactly one a Question, whatever happens.

Rule: one thread with one event loop owns all traffic to the trusts. A trust that hangs delays
nobody, a mistake of ours in one exchange costs that trust's Answer and no other, and nothing is left behind.
"""

import asyncio
import logging
import threading
import traceback
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from typing import Any, Protocol, TypeVar

from connectors.answer import Answer, Outcome, Question
from connectors.breaker import Breaker, Breaking
from connectors.connector import Connector
from connectors.exchange import Exchange
from connectors.fetch import Fetcher
from connectors.gathering import Sum
from connectors.reading import Reading
from connectors.recent import Look, Recent
from connectors.tokens import Tokens
from connectors.trust_config import TrustConfig

T = TypeVar("T")

log = logging.getLogger(__name__)

# The loop answers every question by its deadline. Beyond that and this, something of ours has broken.
_GRACE = 10.0
_MANY = 1_000  # resources: what is made of them takes a page long enough to be felt
_OURS = "a fault of ours, which has been written down"


class Offered(Protocol):
    """Who is shown each answer off the page's path: the sampled check."""

    def offer(self, answer: Answer) -> None:
        """Take note, without delay."""


class Guest(Protocol):
    """Who shares the loop with the trusts and is none of them: PDS."""

    def forget(self, reader: str) -> None:
        """Let go of whatever is kept for a sign-in that has ended."""

    async def close(self) -> None:
        """Let go of every connection."""


@dataclass(slots=True)
class Line:
    """One trust as the fan-out knows it."""

    config: TrustConfig
    connector: Connector
    breaker: Breaker
    make_fetcher: Callable[[TrustConfig], Fetcher]
    fetcher: Fetcher | None = None
    last: Answer | None = field(default=None, repr=False)

    def open(self) -> Fetcher:
        """Return the trust's client, made on the loop it is used on."""
        if self.fetcher is None:
            self.fetcher = self.make_fetcher(self.config)
        return self.fetcher


@dataclass(frozen=True, slots=True)
class TrustHealth:
    """How one trust has answered lately, for the health page. Nothing in it is about a patient."""

    trust: str
    breaking: Breaking
    failures: int  # in a row
    rests_for: float  # seconds
    outcome: Outcome | None  # of the last exchange
    reason: str
    at: datetime | None
    took: timedelta | None


@dataclass(frozen=True, slots=True)
class Parts:
    """What the fan-out is made of, apart from its trusts."""

    clock: Callable[[], datetime]
    timer: Callable[[], float]
    new_id: Callable[[], str]
    recent: Recent
    tokens: Tokens
    checker: Offered


class Fanout:
    """One a worker. Its thread starts with the first question, so that it is this process's own."""

    def __init__(self, lines: Mapping[str, Line], parts: Parts) -> None:
        self._lines = lines
        self._parts = parts
        self._starting = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._tasks: set[asyncio.Task[Sum]] = set()
        self._reading = Reading(parts.timer)
        self._closed = False
        self._guests: list[Guest] = []

    def ask(self, questions: Sequence[Question]) -> Iterator[Answer]:
        """Ask now, and return the Answers as they come."""
        return (answer for arrived in self.ask_together(questions) for answer in arrived)

    def ask_together(
        self, questions: Sequence[Question], pulse: timedelta | None = None
    ) -> Iterator[tuple[Answer, ...]]:
        """Ask now, and return the Answers as they come; together those that came while the last were dealt with.

        With a `pulse`, nothing at all is returned whenever nothing has come for that long, so that the asker can look
        around before waiting on.
        """
        longest = max((self._lines[q.trust.name].config.deadline.total_seconds() for q in questions), default=0.0)
        loop = self._running_loop()
        arriving: SimpleQueue[tuple[int, Answer]] = SimpleQueue()
        fresh = []
        for place, question in enumerate(questions):
            look = self._parts.recent.look(question, _delivery(arriving, place))
            if look is Look.ASK:
                fresh.append(question)
        if fresh:
            loop.call_soon_threadsafe(self._begin_all, fresh)
        ends = self._parts.timer() + longest + _GRACE
        return self._arrivals(tuple(questions), arriving, ends, pulse.total_seconds() if pulse else None)

    def host(self, guest: Guest) -> None:
        """Let a guest share the loop: it is told of sign-ins that end, and closed with the rest."""
        self._guests.append(guest)

    def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> Future[T]:
        """Run a guest's work on the loop, beside the traffic to the trusts."""
        loop = self._running_loop()
        return asyncio.run_coroutine_threadsafe(work(), loop)

    def health(self) -> tuple[TrustHealth, ...]:
        """Return how each trust has answered lately."""
        return tuple(_health(name, line) for name, line in self._lines.items())

    def forget(self, reader: str) -> None:
        """Let go of every answer kept for a sign-in that has ended."""
        self._parts.recent.forget(reader)
        for guest in self._guests:
            guest.forget(reader)

    def close(self) -> None:
        """End what is under way, each question with its Answer, and let go of every connection and the thread."""
        with self._starting:
            self._closed = True
            loop, thread = self._loop, self._thread
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(self._end(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
        self._reading.close()

    def _arrivals(
        self,
        questions: tuple[Question, ...],
        arriving: SimpleQueue[tuple[int, Answer]],
        ends: float,
        pulse: float | None,
    ) -> Iterator[tuple[Answer, ...]]:
        waiting = dict(enumerate(questions))
        may_rest = True
        while waiting:
            left = max(0.0, ends - self._parts.timer())
            arrived = _take(arriving, left if pulse is None else min(left, pulse))
            if not arrived and pulse is not None and pulse < left:
                yield ()
                continue
            if not arrived:
                break
            for place in arrived:
                del waiting[place]
            if may_rest and waiting and sum(len(answer.received) for answer in arrived.values()) >= _MANY:
                may_rest = False
                self._reading.rest()
            yield tuple(arrived.values())
            self._reading.go_on()
        for question in waiting.values():
            log.error("no answer came back from the fan-out: trust=%s", question.trust.name)
            answer = self._stood_in(question, Outcome.FAILED, _OURS)
            self._parts.recent.settle(question, answer)
            yield (answer,)

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._starting:
            if self._closed:
                raise RuntimeError("the fan-out is closed")
            if self._loop is None:
                self._loop = _start(self._remember_thread)
            return self._loop

    def _remember_thread(self, thread: threading.Thread) -> None:
        self._thread = thread

    def _begin_all(self, questions: Sequence[Question]) -> None:
        for question in questions:
            self._begin(question)

    def _begin(self, question: Question) -> None:
        """Start one exchange, or answer at once for a trust that rests. Runs on the loop."""
        line = self._lines[question.trust.name]
        if not (line.breaker.lets_through() or question.again):
            self._parts.recent.settle(question, self._rests(question, line.breaker))
            return
        exchange = Exchange(
            line.config,
            line.connector,
            line.open,
            self._parts.tokens,
            self._reading,
            question.query,
            question.request_id or self._parts.new_id(),
        )
        began = _Began(question, exchange, self._parts.clock(), self._parts.timer())
        task = asyncio.get_running_loop().create_task(exchange.run())
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._finish(began, done))

    def _finish(self, began: "_Began", task: asyncio.Task[Sum]) -> None:
        """Turn what became of an exchange into its one Answer. Runs on the loop."""
        self._tasks.discard(task)
        answer = began.answer(_sum_of(task, began.question), self._parts.timer())
        line = self._lines[began.question.trust.name]
        if not task.cancelled():
            line.breaker.heard(answer.outcome, began.since)
        self._parts.recent.settle(began.question, answer)
        line.last = answer_without_content(answer)
        _write_down(answer)
        self._parts.checker.offer(answer)

    def _rests(self, question: Question, breaker: Breaker) -> Answer:
        details = {"retry_after": f"{breaker.seconds_left():.0f}"}
        return self._stood_in(question, Outcome.RESTING, breaker.in_words(), details)

    def _stood_in(
        self, question: Question, outcome: Outcome, reason: str, details: Mapping[str, str] | None = None
    ) -> Answer:
        return Answer(question.trust, outcome, self._parts.clock(), timedelta(0), reason, details=details or {})

    async def _end(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        for line in self._lines.values():
            if line.fetcher is not None:
                await line.fetcher.close()
        for guest in self._guests:
            await guest.close()
        await asyncio.get_running_loop().shutdown_default_executor()


@dataclass(frozen=True, slots=True)
class _Began:
    """An exchange under way, and when it began."""

    question: Question
    exchange: Exchange
    at: datetime
    since: float

    def answer(self, amounts: Sum, now: float) -> Answer:
        config = self.exchange.config
        details = {
            **self.exchange.details,
            "deadline": f"{config.deadline.total_seconds():.1f}",
            "request_id": self.exchange.request_id,
        }
        return Answer(
            trust=self.question.trust,
            outcome=amounts.outcome,
            asked_at=self.at,
            took=timedelta(seconds=now - self.since),
            reason=amounts.reason,
            received=amounts.received,
            foreign=amounts.foreign,
            requests=self.exchange.requests,
            details=details,
            came=now,
        )


def _delivery(arriving: SimpleQueue[tuple[int, Answer]], place: int) -> Callable[[Answer], None]:
    return lambda answer: arriving.put((place, answer))


def _take(arriving: SimpleQueue[tuple[int, Answer]], patience: float) -> dict[int, Answer]:
    """Return whatever has arrived, waiting for the first; nothing when patience runs out."""
    arrived: dict[int, Answer] = {}
    try:
        place, arrived[place] = arriving.get(timeout=patience)
        while True:
            place, arrived[place] = arriving.get_nowait()
    except Empty:
        return arrived


def _start(remember: Callable[[threading.Thread], None]) -> asyncio.AbstractEventLoop:
    """Return a loop that runs on a thread of its own."""
    started: Future[asyncio.AbstractEventLoop] = Future()

    def run() -> None:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        loop.set_exception_handler(_write_down_mistake)
        loop.call_soon(started.set_result, loop)
        loop.run_forever()

    thread = threading.Thread(target=run, name="trusts", daemon=True)
    remember(thread)
    thread.start()
    return started.result()


def _sum_of(task: asyncio.Task[Sum], question: Question) -> Sum:
    if task.cancelled():
        return Sum(Outcome.FAILED, "we were stopping, and did not wait for it")
    mistake = task.exception()
    if mistake is None:
        return task.result()
    # Where it happened and its kind, and not its message: that may quote what the trust sent.
    log.error("an exchange broke: trust=%s %s", question.trust.name, where_it_broke(mistake))
    return Sum(Outcome.FAILED, _OURS)


def _write_down_mistake(_: asyncio.AbstractEventLoop, context: Mapping[str, object]) -> None:
    mistake = context.get("exception")
    place = where_it_broke(mistake) if isinstance(mistake, BaseException) else str(context.get("message", ""))
    log.error("the loop of the fan-out met a mistake: %s", place)


def where_it_broke(mistake: BaseException) -> str:
    """Return the kinds and places of a mistake, without its words."""
    if isinstance(mistake, BaseExceptionGroup):
        return "; ".join(where_it_broke(one) for one in mistake.exceptions)
    frames = traceback.extract_tb(mistake.__traceback__)
    places = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames[-3:]))
    return f"{type(mistake).__name__} in {places}"


def answer_without_content(answer: Answer) -> Answer:
    """Return what may be remembered of an answer when its patient is no longer looked at.

    What is missing of a part is about that patient. Every other reason is about the trust, and in our words.
    """
    reason = "" if answer.outcome is Outcome.PARTIAL else answer.reason
    return Answer(answer.trust, answer.outcome, answer.asked_at, answer.took, reason)


def _write_down(answer: Answer) -> None:
    level = logging.INFO if answer.outcome in (Outcome.ANSWERED, Outcome.NOT_KNOWN) else logging.WARNING
    log.log(
        level,
        "a trust was asked: trust=%s outcome=%s took_ms=%.0f requests=%d resources=%d foreign=%d request_id=%s",
        answer.trust.name,
        answer.outcome.name,
        answer.took.total_seconds() * 1000,
        answer.requests,
        len(answer.received),
        answer.foreign,
        answer.details["request_id"],
    )


def _health(name: str, line: Line) -> TrustHealth:
    last, breaker = line.last, line.breaker
    return TrustHealth(
        trust=name,
        breaking=breaker.state,
        failures=breaker.failures,
        rests_for=breaker.seconds_left(),
        outcome=last.outcome if last else None,
        reason=last.reason if last else "",
        at=last.asked_at if last else None,
        took=last.took if last else None,
    )
