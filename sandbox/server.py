"""One trust's server: FHIR R4 search and read, a token endpoint, a capability statement, and its weather."""

import asyncio
import random
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl

from aiohttp import web

from sandbox.capability import capability_statement
from sandbox.exact import write_json
from sandbox.pages import Manners, Pages
from sandbox.search import TESTS, NotUnderstood
from sandbox.shelf import Shelf
from sandbox.storms import Reply, Sending, cut_half_way, refusal, send, send_through, send_token
from sandbox.tokens import TOKEN_LIVES, Client, TokenDesk
from sandbox.weather import Weather

_REMEMBERED = 20_000
_FURTHER_PAGES_TAKE = 0.1  # of what a slow trust's first page takes


@dataclass(frozen=True, slots=True)
class Recorded:
    """One request that came, for tests to look at."""

    method: str
    path: str
    parameters: tuple[tuple[str, str], ...] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    at: float  # time.monotonic()


class TrustServer:
    """One trust, served. `weather` may be set at any time."""

    def __init__(
        self, name: str, shelf: Shelf, client: Client | None, manners: Manners, *, address: str, elsewhere: str
    ) -> None:
        self.name = name
        self.shelf = shelf
        self.address = address
        self.weather = Weather()
        self.requests: deque[Recorded] = deque(maxlen=_REMEMBERED)
        self.closing = asyncio.Event()
        self.changing = asyncio.Event()
        self.desk = TokenDesk(client, f"{address}/oauth/token", time.time)
        self._elsewhere = elsewhere
        self._manners = manners
        self._pages = Pages(shelf, address, elsewhere, manners)
        self._chance = random.Random(name)  # how slow a slow trust is, the same every time

    def app(self) -> web.Application:
        """Return the web application."""
        app = web.Application(client_max_size=1024 * 1024)
        app.router.add_post("/oauth/token", self._token)
        app.router.add_get("/fhir/R4/metadata", self._metadata)
        app.router.add_post("/fhir/R4/{kind}/_search", self._search_by_post)
        app.router.add_get("/fhir/R4/{kind}", self._search_by_get)
        app.router.add_get("/fhir/R4/{kind}/{id}", self._read)
        app.router.add_get("/fhir/R4/{kind}/{id}/_history/{version}", self._read_version)
        return app

    async def _token(self, request: web.Request) -> web.StreamResponse:
        form = parse_qsl(await request.text())
        self._record(request, [(name, value) for name, value in form if name != "client_secret"])
        given = self.desk.give(dict(form), request.headers.get("Authorization", ""))
        return send_token(given, self.weather, int(TOKEN_LIVES))

    async def _metadata(self, request: web.Request) -> web.StreamResponse:
        self._record(request, ())
        return send(Reply(write_json(capability_statement(self.name, f"{self.address}/fhir/R4", TESTS))))

    async def _search_by_post(self, request: web.Request) -> web.StreamResponse:
        body = await request.text()
        joined = "&".join(part for part in (request.query_string, body) if part)
        return await self._search(request, joined)

    async def _search_by_get(self, request: web.Request) -> web.StreamResponse:
        return await self._search(request, request.query_string)

    async def _search(self, request: web.Request, parameters: str) -> web.StreamResponse:
        kind = request.match_info["kind"]
        self._record(request, parse_qsl(parameters, keep_blank_values=True))
        weather = self.weather.over(kind)
        reply = self._refuse(request, kind) or self._answer(request, kind, parameters, weather)
        await self._be_slow(weather, further="_page" in request.query)
        if weather.name == "half_page" and "_page" in request.query:
            return await self._fail_half_way(request, reply, weather)
        return await send_through(weather, request, reply, self._elsewhere, self.closing, self.changing)

    def _answer(self, request: web.Request, kind: str, parameters: str, weather: Weather) -> Reply:
        token = request.query.get("_page")
        if token is not None:
            page: bytes | NotUnderstood | None = self._pages.further(token, weather)
        else:
            strict = "strict" in request.headers.get("Prefer", "")
            page = self._pages.first(kind, parameters, weather, strict=strict)
        if page is None:
            return refusal(410, "expired", "This page is not kept any more")
        if isinstance(page, NotUnderstood):
            return refusal(400, "not-supported", page.reason)
        return Reply(page)

    async def _fail_half_way(self, request: web.Request, reply: Reply, weather: Weather) -> web.StreamResponse:
        if weather.number:
            return send(refusal(int(weather.number), "exception", "The second page cannot be made"))
        return await cut_half_way(Sending(request, reply, 0, self._elsewhere, self.closing, self.changing))

    async def _read(self, request: web.Request) -> web.StreamResponse:
        return await self._give_one(request, version="")

    async def _read_version(self, request: web.Request) -> web.StreamResponse:
        return await self._give_one(request, request.match_info["version"])

    async def _give_one(self, request: web.Request, version: str) -> web.StreamResponse:
        kind, id_ = request.match_info["kind"], request.match_info["id"]
        self._record(request, ())
        kept = self.shelf.get_version(kind, id_, version) if version else self.shelf.get(kind, id_)
        refused = None if self.desk.accepts(request.headers.get("Authorization", "")) else _NO_TOKEN
        reply = refused or (Reply(kept.raw) if kept else refusal(404, "not-found", "There is no such resource here"))
        weather = self.weather.over(kind)
        return await send_through(weather, request, reply, self._elsewhere, self.closing, self.changing)

    def _refuse(self, request: web.Request, kind: str) -> Reply | None:
        if not self.desk.accepts(request.headers.get("Authorization", "")):
            return _NO_TOKEN
        if kind not in TESTS:
            return refusal(404, "not-supported", f"This server has no {kind}")
        return None

    async def _be_slow(self, weather: Weather, *, further: bool) -> None:
        least, most = self._manners.slow
        if most and weather.name not in ("late", "held", "quick"):
            seconds = self._chance.uniform(least, most)
            await asyncio.sleep(seconds * (_FURTHER_PAGES_TAKE if further else 1))

    def _record(self, request: web.Request, parameters: "list[tuple[str, str]] | tuple[()]") -> None:
        headers = dict(request.headers)
        self.requests.append(Recorded(request.method, request.path, tuple(parameters), headers, time.monotonic()))


_NO_TOKEN = replace(
    refusal(401, "login", "An access token is needed, and this one is not good"),
    headers=(("WWW-Authenticate", "Bearer"),),
)
