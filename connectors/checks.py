"""Check a sample of what trusts send against the FHIR R4B models, off the page's path, and count what fails.

Rule: no page waits for it. When it cannot keep up, resources go unchecked, and that is counted too. A reason
names a path and a kind of fault, never a value.
"""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from queue import Full, Queue

from connectors.answer import Answer
from connectors.resource import KINDS

_MOST_REASONS = 5
_MOST_WAITING = 2_000


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found of one kind of resource from one trust."""

    trust: str
    kind: str
    checked: int
    failed: int
    passed_over: int  # chosen for checking, and not checked because too much was waiting
    reasons: tuple[str, ...]  # the first few different ones: "subject: missing"


@dataclass(slots=True)
class _Count:
    checked: int = 0
    failed: int = 0
    passed_over: int = 0
    reasons: tuple[str, ...] = ()


Faults = Callable[[str, bytes], tuple[str, ...]]


def make_checker(sample: float, faults: Faults | None = None) -> "Checker":
    """Return a checker of this share of resources, from 0 (none) to 1 (all)."""
    return Checker(sample, faults or faults_by_model)


class Checker:
    """One a worker. Its thread starts with the first resource it is given."""

    def __init__(self, sample: float, faults: Faults) -> None:
        self._sample = sample
        self._faults = faults
        self._due = 0.0
        self._waiting: Queue[tuple[str, str, bytes] | None] = Queue(_MOST_WAITING)
        self._lock = threading.Lock()
        self._counts: dict[tuple[str, str], _Count] = {}
        self._thread: threading.Thread | None = None

    def offer(self, answer: Answer) -> None:
        """Take every so manieth resource of an answer for checking. Returns at once."""
        if answer.kept or self._sample <= 0:
            return
        for received in answer.received:
            self._due += self._sample
            if self._due >= 1.0:
                self._due -= 1.0
                self._put(answer.trust.name, received.kind, received.raw)

    def counts(self) -> tuple[Checked, ...]:
        """Return what has been found so far, by trust and kind."""
        with self._lock:
            found = sorted(self._counts.items())
            return tuple(
                Checked(trust, kind, count.checked, count.failed, count.passed_over, count.reasons)
                for (trust, kind), count in found
            )

    def close(self) -> None:
        """Finish what is waiting, and end the thread."""
        with self._lock:
            thread = self._thread
        if thread is not None:
            self._waiting.put(None)
            thread.join()

    def _put(self, trust: str, kind: str, raw: bytes) -> None:
        self._start()
        try:
            self._waiting.put_nowait((trust, kind, raw))
        except Full:
            with self._lock:
                self._count(trust, kind).passed_over += 1

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._check_all, name="checks", daemon=True)
                self._thread.start()

    def _check_all(self) -> None:
        while (waiting := self._waiting.get()) is not None:
            trust, kind, raw = waiting
            self._note(trust, kind, self._faults(kind, raw))

    def _note(self, trust: str, kind: str, faults: tuple[str, ...]) -> None:
        with self._lock:
            count = self._count(trust, kind)
            count.checked += 1
            count.failed += bool(faults)
            count.reasons = tuple(dict.fromkeys((*count.reasons, *faults)))[:_MOST_REASONS]

    def _count(self, trust: str, kind: str) -> _Count:
        # A kind that is none is the server's own word, and is not repeated.
        return self._counts.setdefault((trust, kind if kind in KINDS else "something else"), _Count())


def faults_by_model(kind: str, raw: bytes) -> tuple[str, ...]:
    """Return what the R4B model of a resource finds wrong with it, as paths and kinds of fault."""
    # Imported here: it takes a second, and most processes that import this file never check anything.
    from fhir.resources.R4B import get_fhir_model_class  # noqa: PLC0415
    from pydantic import ValidationError  # noqa: PLC0415

    try:
        model = get_fhir_model_class(kind)
    except ValueError:
        return ("resourceType: not a kind of R4B",)
    try:
        model.model_validate_json(raw)
    except ValidationError as trouble:
        return tuple(_fault(error["loc"], error["type"]) for error in trouble.errors(include_input=False))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as trouble:
        # The models raise a bare KeyError for an unknown contained resource, and more of the kind.
        return (f"(whole): {type(trouble).__name__}",)
    return ()


_ELEMENT = re.compile(r"[A-Za-z_]{1,40}")


def _fault(path: tuple[int | str, ...], kind: str) -> str:
    # Places in a list differ from one resource to the next; without them the same fault is one reason.
    # What is no name of an element may be content, and is not repeated.
    names = [part if _ELEMENT.fullmatch(part) else "…" for part in path if isinstance(part, str)]
    return f"{'.'.join(names[:8]) or '(whole)'}: {kind[:60]}"
