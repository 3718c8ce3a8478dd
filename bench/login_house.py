"""A viewer and an identity provider that talk over HTTP, and a browser to go from one to the other.

Rule: the viewer is the real one, with the repository's own configuration; only addresses and keys differ.
"""

import asyncio
import json
import re
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from aiohttp import web
from flask import Flask
from joserfc.jwk import RSAKey
from werkzeug.serving import WSGIRequestHandler, make_server

from bench.clinic import viewer_environment, write_config
from bench.plan import FAIR
from bench.programs import Town
from sandbox.identity_lies import Lie
from sandbox.identity_provider import Client
from sandbox.identity_provider import make_app as make_provider
from viewer.app import make_app
from viewer.pages.guard import COOKIE
from viewer.settings import read_settings
from viewer.store.database import open_database
from viewer.store.upgrade import upgrade

CLIENT_ID = "trustline"


@dataclass(slots=True)
class Clock:
    """The time, moved on when everything that is kept for a while should be asked for anew."""

    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass(frozen=True, slots=True)
class Got:
    """What came back, by one request and without following anything."""

    status: int
    location: str  # where a redirect or a page that forwards leads
    text: str = field(repr=False)
    cookies: Mapping[str, str] = field(repr=False)


def ask(method: str, url: str, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None) -> Got:
    """Send one request."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    body = urlencode(form) if form is not None else None
    kind = {"Content-Type": "application/x-www-form-urlencoded"} if form is not None else {}
    try:
        connection.request(method, f"{parts.path or '/'}?{parts.query}", body, {**kind, **(headers or {})})
        came = connection.getresponse()
        location = came.getheader("Location") or (came.getheader("Refresh") or "").partition("url=")[2]
        return Got(came.status, location, came.read().decode(), _cookies(came.headers.get_all("Set-Cookie") or []))
    finally:
        connection.close()


def _cookies(headers: list[str]) -> dict[str, str]:
    read = (SimpleCookie(header) for header in headers)
    return {name: one.value for cookies in read for name, one in cookies.items()}


@dataclass(slots=True)
class Browser:
    """A browser at the viewer: it keeps cookies, and goes where it is told to."""

    viewer: str
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, form: Mapping[str, str] | None = None) -> Got:
        """Ask the viewer, and keep the cookies it sets."""
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        got = ask(method, f"{self.viewer}{path}", form, sent)
        self.cookies = {name: value for name, value in {**self.cookies, **got.cookies}.items() if value}
        return got

    def leave_to_sign_in(self) -> str:
        """Press the button; return where it leads ("" when the viewer refuses already)."""
        return self.ask("POST", "/sign-in", {"csrf": self.csrf(), "next": "/find"}).location

    def leave_to_sign_in_again(self) -> str:
        """Go where one must sign in again; return where it leads."""
        return self.ask("GET", "/sign-in/again?next=/find").location

    def come_back(self, address: str) -> Got:
        """Go to where the provider sent it back to."""
        parts = urlsplit(address)
        return self.ask("GET", f"{parts.path}?{parts.query}")

    def is_in(self) -> bool:
        """Tell whether a page for people who are signed in opens."""
        return self.ask("GET", "/find").status == 200

    def csrf(self) -> str:
        """Return the form secret of the sign-in, "" without one."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.ask("GET", "/find").text)
        return found[1] if found else ""

    @property
    def session(self) -> str:
        """Return the cookie of the sign-in."""
        return self.cookies.get(COOKIE, "")


@dataclass(frozen=True, slots=True)
class House:
    """Where both are, the clock they share, and the viewer's key."""

    viewer: str
    issuer: str
    key: RSAKey
    key_id: str
    clock: Clock

    def tell(self, lie: Lie) -> None:
        """Have the provider tell this lie from now on."""
        ask("POST", f"{self.issuer}/control/lie", {"lie": lie.value})

    def press(self, address: str, user: str) -> str:
        """Be this person at the provider; return where the browser is sent back to."""
        return ask("GET", f"{address}&login_hint={user}").location

    def logout_token(self, user: str) -> str:
        """Return what the provider would send over the back channel."""
        return str(json.loads(ask("POST", f"{self.issuer}/control/logout-token", {"user": user}).text)["logout_token"])

    def an_hour_passes(self) -> None:
        """Let everything that is kept of the provider grow old."""
        self.clock.ahead += timedelta(minutes=61)


def returned(address: str) -> dict[str, str]:
    """Return what an address brings back."""
    return dict(parse_qsl(urlsplit(address).query))


@contextmanager
def running_house(folder: Path) -> Iterator[House]:
    """Run both for as long as the block lasts."""
    clock = Clock()
    write_config(
        Town(FAIR, {place.name: port for port, place in enumerate(FAIR, start=1)}), folder
    )  # nobody calls there
    key = RSAKey.import_key((folder / "secrets" / "sign_in.pem").read_text())
    server = make_server("127.0.0.1", 0, Flask("not made yet"), threaded=True, request_handler=_Quiet)
    viewer = f"http://localhost:{server.server_port}"
    with _running_provider(viewer, key, clock) as issuer:
        app = _make_viewer(folder, viewer, issuer, clock)
        server.app = app
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield House(viewer, issuer, key, (folder / "secrets" / "sign_in.kid").read_text().strip(), clock)
        finally:
            server.shutdown()
            serving.join()
            server.server_close()
            app.extensions["close"]()


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Print no line a request: its address holds a code."""


def _make_viewer(folder: Path, viewer: str, issuer: str, clock: Clock) -> Flask:
    file = folder / "config" / "partnership.toml"
    text = file.read_text().replace("http://localhost:8000", viewer).replace("http://localhost:8100", issuer)
    file.write_text(text)
    settings = read_settings(viewer_environment(folder))
    engine = open_database(settings.database)
    upgrade(engine)
    engine.dispose()
    return make_app(settings, clock)


@contextmanager
def _running_provider(viewer: str, key: RSAKey, clock: Clock) -> Iterator[str]:
    listening = socket.create_server(("127.0.0.1", 0))
    issuer = f"http://localhost:{listening.getsockname()[1]}"
    client = Client(
        key.as_pem(private=False).decode(),
        return_urls=(f"{viewer}/sign-in/return",),
        signed_out_urls=(f"{viewer}/sign-out",),
        back_channel_logout_url=f"{viewer}/sign-out/back-channel",
    )
    app = make_provider(issuer=issuer, clients={CLIENT_ID: client}, clock=lambda: clock().timestamp())
    loop, ready = asyncio.new_event_loop(), threading.Event()
    thread = threading.Thread(target=_serve, args=(loop, app, listening, ready))
    thread.start()
    ready.wait()
    try:
        yield issuer
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


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
