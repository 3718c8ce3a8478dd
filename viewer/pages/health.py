"""Say whether the viewer lives and can write its log, and how each trust has answered lately.

Rule: nothing here is about a patient, and nothing here asks a trust.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from flask import Response
from flask.typing import ResponseReturnValue

from connectors.answer import Trust
from connectors.checks import Checked
from connectors.fanout import TrustHealth
from viewer.audit.sweep import Swept
from viewer.audit.writer import Sink
from viewer.pages import alert_words, health_words
from viewer.pages.page import page
from viewer.pages.route import Asking, Route, Who


class Trusts(Protocol):
    """The part of the fan-out that knows how the trusts are."""

    def health(self) -> Sequence[TrustHealth]: ...  # noqa: D102


class Checks(Protocol):
    """The part of the checker that counts what failed."""

    def counts(self) -> Sequence[Checked]: ...  # noqa: D102


class Log(Protocol):
    """The part of the log that shows where entries are taken, or raises that they are taken nowhere."""

    @property
    def sink(self) -> Sink: ...  # noqa: D102

    def takes(self) -> Sink: ...  # noqa: D102


class Pds(Protocol):
    """The part of PDS's connector that knows how PDS is."""

    def health(self) -> TrustHealth: ...  # noqa: D102


def health_routes(
    log: Log,
    asked: Trusts,
    checks: Checks,
    trusts: Sequence[Trust],
    swept: Callable[[], Swept | None] | None = None,
    pds: Pds | None = None,
) -> tuple[Route, ...]:
    """Return the page for machines and the page for people."""
    return (
        Route("/health", "health", Who.ANYBODY, _live(log)),
        Route("/health/trusts", "trusts_health", Who.ANY_ROLE, _trusts(log, asked, checks, trusts, swept, pds)),
    )


def _live(log: Log) -> Callable[[Asking], ResponseReturnValue]:
    def live(_: Asking) -> ResponseReturnValue:
        sink = log.takes()  # a log that is unavailable raises, and the answer is a 503
        return Response(f"alive; {health_words.sink(sink)}\n", mimetype="text/plain")

    return live


def _trusts(
    log: Log,
    asked: Trusts,
    checks: Checks,
    trusts: Sequence[Trust],
    swept: Callable[[], Swept | None] | None,
    pds: Pds | None,
) -> Callable[[Asking], ResponseReturnValue]:
    def show(asking: Asking) -> ResponseReturnValue:
        health = {one.trust: one for one in asked.health()}
        rows = [(trust, health.get(trust.name), _of(trust, checks.counts())) for trust in trusts]
        said = alert_words.swept(swept(), asking.now) if swept else ""
        return page(
            "trusts_health.html",
            asking,
            rows=rows,
            swept=said,
            sink=health_words.sink(log.sink),
            pds=pds.health() if pds else None,
        )

    return show


def _of(trust: Trust, counts: Iterable[Checked]) -> list[Checked]:
    by_trust: defaultdict[str, list[Checked]] = defaultdict(list)
    for count in counts:
        by_trust[count.trust].append(count)
    return by_trust[trust.name]
