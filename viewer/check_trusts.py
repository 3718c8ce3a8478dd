"""Knock at each trust as the viewer would: a token, then its capability statement. No patient is asked about."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from connectors.answer import Trouble
from connectors.fetch import Fetcher, Got, Sending, not_json
from connectors.tokens import Tokens
from connectors.trust_config import TrustConfig


@dataclass(frozen=True, slots=True)
class Knock:
    """What came of it. `problem` is "" when the trust could be asked now."""

    trust: str
    problem: str = ""
    software: str = ""


def knock(config: TrustConfig, make_fetcher: Callable[[TrustConfig], Fetcher], tokens: Tokens) -> Knock:
    """Get a token and read /metadata, within the trust's deadline each."""
    with asyncio.Runner() as runner:
        fetcher = make_fetcher(config)
        try:
            token = runner.run(tokens.token(config, fetcher))
            if isinstance(token, Trouble):
                return Knock(config.trust.title, f"no token: {token.reason}")
            sending = Sending("GET", f"{config.address}/metadata", _headers(token))
            waiting = asyncio.wait_for(fetcher.send(sending, config.caps), config.deadline.total_seconds())
            return _read(config, runner.run(waiting))
        except TimeoutError:
            return Knock(config.trust.title, f"no answer in {config.deadline.total_seconds():g} s")
        finally:
            runner.run(fetcher.close())


def _headers(token: str) -> dict[str, str]:
    accept = {"Accept": "application/fhir+json"}
    return {**accept, "Authorization": f"Bearer {token}"} if token else accept


class _Software(msgspec.Struct):
    name: str = ""
    version: str = ""


class _Statement(msgspec.Struct, rename="camel"):
    """FHIR R4 CapabilityStatement: only what is looked at."""

    resource_type: str = ""
    fhir_version: str = ""
    software: _Software = msgspec.field(default_factory=_Software)


def _read(config: TrustConfig, got: Got | Trouble) -> Knock:
    title = config.trust.title
    if isinstance(got, Trouble):
        return Knock(title, got.reason)
    if got.status != 200:
        return Knock(title, f"/metadata answered HTTP {got.status}")
    if trouble := not_json(got.headers):
        return Knock(title, f"/metadata: {trouble.reason}")
    try:
        statement = msgspec.json.decode(got.content, type=_Statement)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Knock(title, "/metadata is not a FHIR capability statement")
    if statement.resource_type != "CapabilityStatement":
        return Knock(title, "/metadata is not a FHIR capability statement")
    if not statement.fhir_version.startswith("4.0"):
        return Knock(title, f'speaks FHIR "{statement.fhir_version[:20]}", not R4 (4.0.1)')
    return Knock(title, software=f"{statement.software.name} {statement.software.version}".strip())
