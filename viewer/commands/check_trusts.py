"""Knock at each trust and at PDS as the viewer would: a token, then its capability statement.

Rule: no patient is asked about.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

import msgspec

from connectors.answer import Trouble
from connectors.fetch import Fetcher, Got, Sending, not_json
from connectors.pds import PdsSettings, as_config
from connectors.tokens import Tokens
from connectors.trust_config import TrustConfig


@dataclass(frozen=True, slots=True)
class Knock:
    """What came of it. `problem` is "" when the trust could be asked now."""

    trust: str
    problem: str = ""
    software: str = ""
    took: tuple[tuple[str, float], ...] = ()  # each step that was tried, and its seconds


def knock(
    config: TrustConfig,
    make_fetcher: Callable[[TrustConfig], Fetcher],
    tokens: Tokens,
    timer: Callable[[], float],
) -> Knock:
    """Get a token and read /metadata, within the trust's deadline each."""
    with asyncio.Runner() as runner:
        fetcher = make_fetcher(config)
        try:
            began = timer()
            token = runner.run(tokens.token(config, fetcher))
            for_token = ("token", timer() - began)
            if isinstance(token, Trouble):
                return Knock(config.trust.title, f"no token: {token.reason}", took=(for_token,))
            began = timer()
            return replace(_ask(config, runner, fetcher, token), took=(for_token, ("/metadata", timer() - began)))
        finally:
            runner.run(fetcher.close())


def knock_at_pds(
    pds: PdsSettings, make_fetcher: Callable[[TrustConfig], Fetcher], tokens: Tokens, timer: Callable[[], float]
) -> Knock:
    """Get a token from PDS within its deadline. It has no statement that could be read without a patient."""
    config = as_config(pds)
    with asyncio.Runner() as runner:
        fetcher = make_fetcher(config)
        try:
            began = timer()
            token = runner.run(tokens.token(config, fetcher))
            took = (("token", timer() - began),)
        finally:
            runner.run(fetcher.close())
    problem = f"no token: {token.reason}" if isinstance(token, Trouble) else ""
    return Knock(config.trust.title, problem, took=took)


def line_about(knock: Knock) -> str:
    """Return what came of it as one line, with the seconds each step took."""
    took = ", ".join(f"{step} {seconds:.2f} s" for step, seconds in knock.took)
    said = f"✕ {knock.trust}: {knock.problem}" if knock.problem else f"✓ {knock.trust} {knock.software}".rstrip()
    return f"{said} ({took})"


def _ask(config: TrustConfig, runner: asyncio.Runner, fetcher: Fetcher, token: str) -> Knock:
    seconds = config.deadline.total_seconds()
    sending = Sending("GET", f"{config.address}/metadata", _headers(token))
    try:
        return _read(config, runner.run(asyncio.wait_for(fetcher.send(sending, config.caps), seconds)))
    except TimeoutError:
        return Knock(config.trust.title, f"/metadata did not answer in {seconds:g} s")


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
    if spoken := _other_than_r4(statement.fhir_version):
        return Knock(title, f"speaks FHIR {spoken}, which Trustline does not read; it reads R4 (4.0.1)")
    return Knock(title, software=f"{statement.software.name} {statement.software.version}".strip())


def _other_than_r4(version: str) -> str:
    """Return what a server speaks that is not R4, as people call it; "" for R4."""
    if version.startswith("4.0"):
        return ""
    called = {"1.0": "DSTU2", "3.0": "STU3", "4.3": "R4B", "5.0": "R5"}.get(version[:3])
    return called or f'"{version[:20]}"'
