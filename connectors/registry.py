"""From a trust's file to its connector, from all of them to the fan-out, and from [pds] to PDS.

Rule: a connector is found by name, and every name it could have been is told when it is not.
"""

import importlib
import pkgutil
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import connectors.trusts
from connectors.answer import Answer
from connectors.breaker import Breaker
from connectors.connector import PLAIN, Connector
from connectors.fanout import Fanout, Line, Offered, Parts
from connectors.fetch import Fetch, Fetcher, make_tls
from connectors.pds import Parts as PdsParts
from connectors.pds import Pds, PdsSettings
from connectors.recent import Recent
from connectors.tokens import Tokens
from connectors.trust_config import TrustConfig


class UnknownConnector(ValueError):  # noqa: N818 - named for what it says
    """A trust's file names a connector that does not exist."""


LETTERS = str.maketrans("0123456789", "ghijklmnop")  # an id without digits is taken for nobody's NHS number


def make_connectors(configs: Sequence[TrustConfig]) -> Mapping[str, Connector]:
    """Return each trust's connector by the trust's name, or refuse to start naming the known ones."""
    return {config.trust.name: connector_named(config.connector, config.trust.name) for config in configs}


def connector_named(name: str, trust: str) -> Connector:
    """Return the connector of that name."""
    if name == PLAIN.name:
        return PLAIN
    if name not in known_connectors():
        known = ", ".join(known_connectors())
        raise UnknownConnector(f"{trust}: there is no connector {name!r}; known are {known}")
    connector: Connector = importlib.import_module(f"connectors.trusts.{name}").connector
    return connector


def known_connectors() -> tuple[str, ...]:
    """Return every connector's name: "plain", and the files of connectors/trusts/."""
    odd = (module.name for module in pkgutil.iter_modules(connectors.trusts.__path__))
    return (PLAIN.name, *sorted(odd))


def make_fanout(
    configs: Sequence[TrustConfig],
    clock: Callable[[], datetime],
    *,
    fetcher: Callable[[TrustConfig], Fetcher] | None = None,
    checker: Offered | None = None,
    timer: Callable[[], float] = time.monotonic,
    new_id: Callable[[], str] = lambda: uuid.uuid4().hex.translate(LETTERS),
    keep_seconds: float = 60.0,
) -> Fanout:
    """Return the fan-out to these trusts. Nothing is opened before its first question."""
    make_fetcher = fetcher or fetching()
    by_name = make_connectors(configs)
    lines = {
        config.trust.name: Line(config, by_name[config.trust.name], Breaker(timer), make_fetcher) for config in configs
    }
    parts = Parts(
        clock=clock,
        timer=timer,
        new_id=new_id,
        recent=Recent(timer, keep_seconds),
        tokens=Tokens(clock, timer, new_id),
        checker=checker or Unchecked(),
    )
    return Fanout(lines, parts)


def make_pds(
    settings: PdsSettings | None,
    fanout: Fanout,
    clock: Callable[[], datetime],
    *,
    fetcher: Callable[[TrustConfig], Fetcher] | None = None,
    timer: Callable[[], float] = time.monotonic,
    new_id: Callable[[], str] = lambda: uuid.uuid4().hex.translate(LETTERS),
    new_uuid: Callable[[], str] = lambda: str(uuid.uuid4()),
    keep_seconds: float = 60.0,
) -> Pds | None:
    """Return what asks PDS on the fan-out's loop, or None where PDS is not configured. Closing the fan-out closes it.

    `pds.look_up(number, sign_in)` waits. `coming = pds.ask(number, sign_in)`, the trusts meanwhile, then `coming()`,
    waits no longer than PDS's own deadline. Only an answer with the outcome ANSWERED is PDS's word.
    """
    if settings is None:
        return None
    parts = PdsParts(
        clock=clock,
        timer=timer,
        new_id=new_id,
        new_uuid=new_uuid,
        tokens=Tokens(clock, timer, new_id),
        breaker=Breaker(timer),
        make_fetcher=fetcher or fetching(),
        keep_seconds=keep_seconds,
    )
    return Pds(settings, fanout, parts)


def fetching() -> Callable[[TrustConfig], Fetcher]:
    """Return what makes each trust's client; the TLS context is one for all."""
    tls = make_tls()

    def make(config: TrustConfig) -> Fetcher:
        # Half the deadline: time is left to try a failed connection once more.
        return Fetch(tls=tls, connect_seconds=config.deadline.total_seconds() / 2, caps=config.caps)

    return make


class Unchecked:
    """No sampled check."""

    def offer(self, answer: Answer) -> None:
        """Take no note."""
