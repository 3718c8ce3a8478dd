"""A trust for tests: a real HTTP server on a free loopback port that says what the test scripts."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Self
from urllib.parse import parse_qsl

from aiohttp import web

from connectors.answer import Trust
from connectors.trust_config import Caps, SignInMethod, TrustConfig, TrustSignIn

PATIENT = 60.0  # seconds, the most there may be: on a busy machine a trust that answers is never late

Script = Callable[["Asked"], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Asked:
    """One request as it arrived. `number` counts them from 1."""

    number: int
    method: str
    path: str
    query: dict[str, str]
    form: list[tuple[str, str]]
    headers: Mapping[str, str]
    request: web.Request = field(repr=False)


class Loopback:
    """One scripted server. `asked` is what came, in order."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self.asked: list[Asked] = []
        self.port = 0
        self.connections = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def address(self) -> str:
        return f"{self.origin}/fhir/R4"

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _open(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        form = parse_qsl((await request.read()).decode())
        asked = Asked(
            len(self.asked) + 1,
            request.method,
            request.path,
            dict(request.query),
            form,
            request.headers,
            request,
        )
        self.asked.append(asked)
        return await self._script(asked)


def says(content: bytes, *, status: int = 200, kind: str = "application/fhir+json", **headers: str) -> Script:
    """Return a script that always says the same."""

    async def script(_: Asked) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(body=content, status=status, headers={"Content-Type": kind, **named})

    return script


async def says_nothing(_: Asked) -> web.StreamResponse:
    """Never answer."""
    await asyncio.Event().wait()
    raise AssertionError


def held_until(go: threading.Event, content: bytes) -> Script:
    """Return a script that says this, to each who asked, once a test lets it go."""

    async def script(_: Asked) -> web.StreamResponse:
        while not go.is_set():
            await asyncio.sleep(0.01)
        return fhir(content)

    return script


def fhir(content: bytes) -> web.Response:
    return web.Response(body=content, headers={"Content-Type": "application/fhir+json"})


ROTHERHAM = Trust("rotherham", "RFR", "Rotherham", "The Rotherham NHS Foundation Trust", "01632 960 105")
BARNSLEY = Trust("barnsley", "RFF", "Barnsley", "Barnsley Hospital NHS Foundation Trust", "01632 960 101")
SHEFFIELD = Trust("sheffield_teaching", "RHQ", "Sheffield Teaching", "Sheffield Teaching Hospitals", "01632 960 107")


def a_config(
    address: str,
    *,
    trust: Trust = BARNSLEY,
    connector: str = "plain",
    sign_in: TrustSignIn | None = None,
    seconds: float = PATIENT,
    caps: Caps | None = None,
    post_search: bool = True,
    get_fallback: bool = False,
    imaging: bool = False,
    loose_observations: bool = False,
    page_size: int = 100,
) -> TrustConfig:
    """A trust's file, read. Only reports are searched unless the test says otherwise."""
    return TrustConfig(
        trust=trust,
        address=address,
        connector=connector,
        sign_in=sign_in or TrustSignIn(SignInMethod.NONE),
        deadline=timedelta(seconds=seconds),
        hospital_number_system=f"https://fhir.sandbox.example/{trust.name}/hospital-number",
        post_search=post_search,
        get_fallback=get_fallback,
        imaging=imaging,
        loose_observations=loose_observations,
        page_size=page_size,
        caps=caps or Caps(),
    )
