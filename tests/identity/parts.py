"""The real sandbox provider on a loopback port, and our side of signing in, for the tests of both."""

import asyncio
import secrets
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx
from aiohttp import web
from joserfc.jwk import RSAKey
from sqlalchemy import Engine

from connectors.fetch import PlainFetch, make_tls
from sandbox.identity_lies import Lie
from sandbox.identity_provider import Client, make_app
from tests.databases import sqlite_in
from viewer.access.clinician import Role, RoleRule
from viewer.identity.attempts import Attempt
from viewer.identity.open_id import OpenID, OpenIDConfig
from viewer.identity.provider import FetchJson, Provider, json_over
from viewer.store.database import open_database

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)

ROLES = (
    RoleRule(Role.CONSULTANT, frozenset({"R0050"})),
    RoleRule(Role.CLINICIAN, frozenset({"R8000"})),
    RoleRule(Role.GP, frozenset({"R0260", "R0270", "R6200"})),
    RoleRule(Role.IG_OFFICER, frozenset({"R0001"}), frozenset({"B0016", "B0015"})),
)


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def passes(self, span: timedelta) -> None:
        self.at += span


@dataclass(frozen=True, slots=True)
class AtProvider:
    """A running provider, as a test holds it."""

    issuer: str

    def tells(self, lie: Lie) -> None:
        httpx.post(f"{self.issuer}/control/lie", verify=trusting(), data={"lie": lie.value}).raise_for_status()

    def changes_its_key(self) -> None:
        httpx.post(f"{self.issuer}/control/key", verify=trusting()).raise_for_status()

    def signs_out(self, user: str) -> list[int]:
        response = httpx.post(f"{self.issuer}/control/log-out", verify=trusting(), data={"user": user})
        answers: list[int] = response.json()["answers"]
        return answers

    def logout_token(self, user: str) -> str:
        response = httpx.post(f"{self.issuer}/control/logout-token", verify=trusting(), data={"user": user})
        return str(response.json()["logout_token"])

    def press(self, address: str, user: str) -> dict[str, str]:
        """Be this person at the provider; return what the browser is sent back with."""
        return dict(parse_qsl(self.press_as_sent(address, user)))

    def press_as_sent(self, address: str, user: str) -> str:
        """Be this person at the provider; return the query that the browser is sent back with, as it stands."""
        response = httpx.get(f"{address}&login_hint={user}", verify=trusting())
        assert response.status_code == 303, response.text
        return urlsplit(response.headers["location"]).query


@cache
def trusting() -> ssl.SSLContext:
    """Read the machine's certificates once: httpx does so for every request, which takes longer than the request."""
    return httpx.create_ssl_context()


@cache
def our_key() -> RSAKey:
    return RSAKey.generate_key(2048, auto_kid=True)


@cache
def provider_key() -> RSAKey:
    return RSAKey.generate_key(2048, auto_kid=True)


def pem(key: RSAKey) -> str:
    return key.as_pem(private=True).decode()


@contextmanager
def running_provider(clock: Clock, viewer: str = "http://viewer.example") -> Iterator[AtProvider]:
    """Run the sandbox's provider on a free port for as long as the block lasts."""
    listening = socket.create_server(("127.0.0.1", 0))
    issuer = f"http://localhost:{listening.getsockname()[1]}"
    client = Client(
        public_key=our_key().as_pem(private=False).decode(),
        return_urls=(f"{viewer}/sign-in/return",),
        signed_out_urls=(f"{viewer}/sign-out",),
        back_channel_logout_url=f"{viewer}/sign-out/back-channel",
    )
    app = make_app(
        issuer=issuer,
        clients={"trustline": client},
        signing_key=provider_key(),
        clock=lambda: clock().timestamp(),
    )
    loop, ready = asyncio.new_event_loop(), threading.Event()
    thread = threading.Thread(target=_serve, args=(loop, app, listening, ready))
    thread.start()
    ready.wait(10)
    try:
        yield AtProvider(issuer)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


def _serve(
    loop: asyncio.AbstractEventLoop, app: web.Application, listening: socket.socket, ready: threading.Event
) -> None:
    runner = web.AppRunner(app, shutdown_timeout=0)
    loop.run_until_complete(runner.setup())
    loop.run_until_complete(web.SockSite(runner, listening).start())
    loop.call_soon(ready.set)
    loop.run_forever()
    loop.run_until_complete(runner.cleanup())
    loop.close()


@cache
def plain_fetch() -> PlainFetch:
    return PlainFetch(tls=make_tls())


def fetch_json() -> FetchJson:
    return json_over(plain_fetch().send, timedelta(seconds=5))


def an_open_id(
    issuer: str,
    clock: Clock,
    viewer: str = "http://viewer.example",
    fetch: FetchJson | None = None,
    **changes: object,
) -> OpenID:
    """Our side of this provider, over real HTTP."""
    config = OpenIDConfig(
        issuer=issuer,
        client_id="trustline",
        return_url=f"{viewer}/sign-in/return",
        signed_out_url=f"{viewer}/sign-out",
        key=pem(our_key()),
        key_id=str(our_key().kid),
        scopes=("openid", "profile", "nationalrbacaccess"),
        acr=frozenset({"AAL2_OR_AAL3_ANY", "AAL3_ANY"}),
        glass_acr=frozenset({"AAL3_ANY"}),
        max_age=timedelta(hours=1),
    )
    fetch = fetch or fetch_json()
    return OpenID(replace(config, **changes), Provider(issuer, fetch, clock), fetch, clock)  # type: ignore[arg-type]  # a test names what it changes


def an_attempt() -> Attempt:
    return Attempt(state=new_secret(), nonce=new_secret(), verifier=new_secret(), next="/")


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def a_database(folder: Path) -> Engine:
    """A real SQLite database with all the viewer's tables."""
    return open_database(sqlite_in(folder))
