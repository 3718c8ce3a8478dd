"""The one place that speaks HTTP: one client a trust, bounded in bytes, with nothing kept from one request to the next.

Rule: httpx is imported nowhere else. No cookie, no proxy from the environment, no redirect, no more
than the cap of bytes however they are packed. Waiting is bounded by the caller's wall clock.
"""

import asyncio
import logging
import ssl
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from typing import Protocol
from urllib.parse import urlencode

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from connectors.answer import Outcome, Trouble
from connectors.trust_config import Caps


@dataclass(frozen=True, slots=True)
class Got:
    """A whole response."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sending:
    """A request as it is sent. `form` is sent as the body of a POST; without one, `content` is."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    form: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    content: bytes = field(default=b"", repr=False)


class Fetcher(Protocol):
    """What carries a trust's requests; a test may hand in another."""

    async def send(self, sending: Sending, caps: Caps) -> Got | Trouble:
        """Return the whole response, or why there is none."""

    async def close(self) -> None:
        """Let go of every connection."""


def make_tls() -> ssl.SSLContext:
    """Return the TLS context for all trusts: the machine's own authorities, certificates and host names checked."""
    return ssl.create_default_context()


class Fetch:
    """One trust's client. Made and used on one event loop."""

    def __init__(
        self,
        *,
        tls: ssl.SSLContext,
        connect_seconds: float,
        caps: Caps | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        caps = caps or Caps()
        # httpx writes every address it asks to its log, and a GET's address may hold a patient's number.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        self._slots = asyncio.Semaphore(caps.at_once)
        self._client = httpx.AsyncClient(
            transport=transport or AiohttpTransport(verify=tls, trust_env=False, client=lambda: _session(tls, caps)),
            timeout=httpx.Timeout(None, connect=connect_seconds),
            cookies=_NoCookies(),
            follow_redirects=False,
            trust_env=False,
        )
        self._client.headers = httpx.Headers({"Accept-Encoding": "identity", "User-Agent": "trustline"})

    async def send(self, sending: Sending, caps: Caps) -> Got | Trouble:
        """Return the whole response, or why there is none."""
        async with self._slots:
            return await self._exchange(sending, caps)

    async def _exchange(self, sending: Sending, caps: Caps) -> Got | Trouble:
        body = urlencode(sending.form).encode() if sending.form else None
        headers = {**sending.headers, "Content-Type": "application/x-www-form-urlencoded"} if body else sending.headers
        try:
            content = body or sending.content or None
            request = self._client.build_request(sending.method, sending.url, headers=headers, content=content)
            response = await self._client.send(request, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ReadError, httpx.WriteError, OSError) as trouble:
            return Trouble(Outcome.UNREACHABLE, _no_connection(trouble), connecting=True)
        except aiohttp.ClientResponseError as trouble:
            return _bad_head(trouble)
        except (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError):
            return Trouble(Outcome.GARBLED, "not an HTTP response")
        try:
            return await _whole(response, caps)
        finally:
            await response.aclose()

    async def close(self) -> None:
        """Let go of every connection."""
        await self._client.aclose()


class _NoCookies(CookieJar):
    """A jar that takes none: a trust's cookie must not travel from one reader's question to another's."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Leave every cookie where it is."""


def _session(tls: ssl.SSLContext, caps: Caps) -> aiohttp.ClientSession:
    """Return the connections under httpx: as many as may be asked at once, none carrying anything over."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=tls, limit=caps.at_once, keepalive_timeout=30),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
        max_line_size=caps.header_bytes,
        max_field_size=caps.header_bytes,
    )


async def _whole(response: httpx.Response, caps: Caps) -> Got | Trouble:
    """Return the body, never holding more than the cap of it, packed or unpacked."""
    if sum(len(name) + len(value) for name, value in response.headers.raw) > caps.header_bytes:
        return Trouble(Outcome.OVERSIZE, "more headers than the cap allows")
    unpack = _unpacker(response.headers.get("content-encoding", ""))
    if unpack is None:
        return Trouble(Outcome.GARBLED, "packed in a way that was not asked for")
    too_much = Trouble(Outcome.OVERSIZE, "more bytes than the cap allows")
    chunks: list[bytes] = []
    room = caps.bytes
    try:
        async for packed in response.aiter_raw():
            chunk = unpack.take(packed, room + 1)
            if chunk is None or len(chunk) > room:
                return too_much
            room -= len(chunk)
            chunks.append(chunk)
    except (httpx.HTTPError, aiohttp.ClientError, OSError, zlib.error):
        return Trouble(Outcome.GARBLED, "cut short: the connection ended before the answer did")
    if not unpack.whole():
        return Trouble(Outcome.GARBLED, "cut short: the packed answer has no end")
    return Got(response.status_code, response.headers, b"".join(chunks))


class _Plain:
    """A body that is not packed."""

    def take(self, chunk: bytes, most: int) -> bytes | None:
        return chunk[:most]

    def whole(self) -> bool:
        return True


# Results pack ten to thirty times smaller. What packs a hundred times smaller is a bomb, and is not inflated to
# the cap: that takes long enough to make the other trusts late.
_MOST_INFLATED = 100
_ALWAYS_INFLATED = 1024 * 1024


class _Packed:
    """A body packed by gzip or deflate although we asked for neither: unpacked a bounded piece at a time."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 32)  # zlib or gzip, by its own header
        self._left = _ALWAYS_INFLATED

    def take(self, chunk: bytes, most: int) -> bytes | None:
        """Return the next piece, or None when it inflates more than anything honest does."""
        self._left += _MOST_INFLATED * len(chunk)
        piece = self._inflate.decompress(chunk, min(most, self._left + 1))
        self._left -= len(piece)
        return piece if self._left >= 0 else None

    def whole(self) -> bool:
        return self._inflate.eof


def _unpacker(encoding: str) -> _Plain | _Packed | None:
    match encoding.strip().lower():
        case "" | "identity":
            return _Plain()
        case "gzip" | "x-gzip" | "deflate":
            return _Packed()
    return None


def _no_connection(trouble: BaseException) -> str:
    cause = trouble.__cause__
    if isinstance(cause, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
        return "its certificate or TLS is not to be trusted"
    if isinstance(cause, aiohttp.ClientConnectorDNSError):
        return "its name is not known to the network"
    if isinstance(cause, aiohttp.ServerDisconnectedError | aiohttp.ClientConnectionResetError):
        return "the connection was closed before an answer began"
    if isinstance(trouble, httpx.ConnectTimeout) and isinstance(cause, aiohttp.ServerTimeoutError):
        return "no connection could be made in time"
    return "no connection could be made"


def _bad_head(trouble: aiohttp.ClientResponseError) -> Trouble:
    # aiohttp says "Got more than 16384 bytes …" of a line, and "Too many headers received" of all.
    if "more than" in trouble.message or "Too many headers" in trouble.message:
        return Trouble(Outcome.OVERSIZE, "more headers than the cap allows")
    return Trouble(Outcome.GARBLED, "not an HTTP response")


# What a server sends by mistake or habit. Any other name is the server's own word, and is not repeated.
_OTHERS = frozenset({"text/html", "text/plain", "text/xml", "application/xml", "application/fhir+xml"})
_JSON = frozenset({"application/fhir+json", "application/json+fhir", "application/json", "text/json", ""})


def media_type(headers: Mapping[str, str]) -> str:
    """Return the media type of a response in lower case, without its parameters; "" when it names none."""
    return headers.get("content-type", "").split(";", 1)[0].strip().lower()


def not_json(headers: Mapping[str, str]) -> Trouble | None:
    """Return the trouble of a response that does not even claim to be JSON."""
    sent = media_type(headers)
    if sent in _JSON:
        return None
    named = sent if sent in _OTHERS else "something else"
    return Trouble(Outcome.GARBLED, f"{named} instead of FHIR JSON")


class FetchFailed(OSError):  # noqa: N818 - named for what it says
    """No whole response came. Says why, without any of its content."""


class PlainFetch:
    """For the sign-in and the witnesses: a request from an ordinary thread, as careful as the traffic to the trusts."""

    def __init__(
        self,
        *,
        tls: ssl.SSLContext | None = None,
        caps: Caps | None = None,
        transport: Callable[[], httpx.AsyncBaseTransport] | None = None,
    ) -> None:
        self._tls = tls or make_tls()
        self._caps = caps or Caps(bytes=1024 * 1024)
        self._transport = transport

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        content: bytes = b"",
        deadline: float,
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Return status, headers and body within `deadline` seconds of wall clock, or raise FetchFailed."""
        sending = Sending(method, url, headers or {}, tuple((form or {}).items()), content)
        got = asyncio.run(self._once(sending, deadline))
        if isinstance(got, Trouble):
            raise FetchFailed(got.reason)
        return got.status, got.headers, got.content

    async def _once(self, sending: Sending, deadline: float) -> Got | Trouble:
        transport = self._transport() if self._transport else None
        fetch = Fetch(tls=self._tls, connect_seconds=deadline, caps=self._caps, transport=transport)
        try:
            async with asyncio.timeout(deadline):
                return await fetch.send(sending, self._caps)
        except TimeoutError:
            return Trouble(Outcome.LATE, f"no answer in {deadline:.1f} s")
        finally:
            await fetch.close()
