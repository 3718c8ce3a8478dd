"""What bad weather does to an answer on its way out: delays it, refuses it, cuts it, drowns it."""

import asyncio
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cache

from aiohttp import web

from sandbox.bundle import outcome
from sandbox.exact import write_json
from sandbox.tokens import NoToken
from sandbox.weather import Weather

FHIR_JSON = "application/fhir+json"
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that is ready to go."""

    body: bytes = field(repr=False)
    status: int = 200
    content_type: str = FHIR_JSON
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Sending:
    """One answer on its way, and the world around it."""

    request: web.Request
    reply: Reply
    number: float
    elsewhere: str
    closing: asyncio.Event
    changing: asyncio.Event  # set for a moment when the weather over the trust changes


Storm = Callable[[Sending], Awaitable[web.StreamResponse]]


def refusal(status: int, code: str, words: str, *headers: tuple[str, str]) -> Reply:
    """Return an answer that is an OperationOutcome."""
    return Reply(write_json(outcome(code, words)), status, headers=headers)


def send(reply: Reply) -> web.Response:
    """Send an answer in fine weather."""
    response = web.Response(body=reply.body, status=reply.status, headers=dict(reply.headers))
    response.headers["Content-Type"] = reply.content_type
    return response


def send_token(given: str | NoToken, weather: Weather, lives: int | str) -> web.Response:
    """Send a token, or why there is none; one weather refuses every one."""
    if weather.name == "token_refused":
        given = NoToken("invalid_client", "the client is not known here any more")
    if isinstance(given, NoToken):
        status = 401 if given.error == "invalid_client" else 400
        return web.json_response({"error": given.error, "error_description": given.reason}, status=status)
    body = {"access_token": given, "token_type": "Bearer", "expires_in": lives}
    return web.json_response(body, headers={"Cache-Control": "no-store"})


async def send_through(
    weather: Weather,
    request: web.Request,
    reply: Reply,
    elsewhere: str,
    closing: asyncio.Event,
    changing: asyncio.Event,
) -> web.StreamResponse:
    """Send an answer through this weather."""
    storm = STORMS.get(weather.name)
    if storm is None:
        return send(reply)
    return await storm(Sending(request, reply, weather.number, elsewhere, closing, changing))


async def _late(sending: Sending) -> web.StreamResponse:
    await asyncio.sleep(sending.number)
    return send(sending.reply)


async def _held(sending: Sending) -> web.StreamResponse:
    await sending.changing.wait()
    return send(sending.reply)


async def _hanging(sending: Sending) -> web.StreamResponse:
    await sending.closing.wait()
    return send(refusal(503, "transient", "The sandbox is closing"))


async def _dripping(sending: Sending) -> web.StreamResponse:
    response = await _open(sending, {"Content-Type": FHIR_JSON})
    for start in range(0, len(sending.reply.body), 4):
        await response.write(sending.reply.body[start : start + 4])
        if await _closes_within(sending.closing, sending.number):
            break
    return response


async def _refused(_: Sending) -> web.StreamResponse:
    return send(refusal(403, "forbidden", "This client may not read results here"))


async def _unauthorised(_: Sending) -> web.StreamResponse:
    return send(refusal(401, "login", "The access token is not accepted", ("WWW-Authenticate", "Bearer")))


async def _too_many(sending: Sending) -> web.StreamResponse:
    return send(refusal(429, "throttled", "Too many requests", ("Retry-After", f"{sending.number:g}")))


async def _error(sending: Sending) -> web.StreamResponse:
    return send(refusal(int(sending.number), "exception", "The integration engine has failed"))


async def _garbled(sending: Sending) -> web.StreamResponse:
    body = sending.reply.body
    return send(Reply(body[: max(1, len(body) * 3 // 5)]))


async def _html(_: Sending) -> web.StreamResponse:
    page = b"<!doctype html><html lang=en><title>Log in</title><h1>Log in</h1><form><input name=user></form></html>"
    return send(Reply(page, content_type="text/html; charset=utf-8"))


async def _redirect(sending: Sending) -> web.StreamResponse:
    return send(Reply(b"", 302, headers=(("Location", f"{sending.elsewhere}{sending.request.path}"),)))


async def _disconnect(sending: Sending) -> web.StreamResponse:
    _hang_up(sending.request)
    return send(sending.reply)


async def cut_half_way(sending: Sending) -> web.StreamResponse:
    """Send half of what the length promises, then hang up."""
    body = sending.reply.body
    response = await _open(sending, {"Content-Type": FHIR_JSON, "Content-Length": str(len(body))})
    await response.write(body[: len(body) // 2])
    await asyncio.sleep(0.05)  # let the half arrive
    _hang_up(sending.request)
    return response


async def _long_headers(sending: Sending) -> web.StreamResponse:
    line = "x" * 1024
    many = {f"X-Sandbox-{count}": line for count in range(int(sending.number))}
    return web.Response(body=sending.reply.body, headers=many | {"Content-Type": FHIR_JSON})


async def _bomb(sending: Sending) -> web.StreamResponse:
    body = await asyncio.to_thread(gzip_bomb, int(sending.number))
    return web.Response(body=body, headers={"Content-Type": FHIR_JSON, "Content-Encoding": "gzip"})


async def _huge(sending: Sending) -> web.StreamResponse:
    response = await _open(sending, {"Content-Type": FHIR_JSON})
    await response.write(b'{"resourceType":"Bundle","type":"searchset","implicitRules":"')
    for _ in range(int(sending.number)):
        await response.write(b"x" * _MEGABYTE)
        if sending.closing.is_set():
            break
    await response.write(b'"}')
    return response


async def _deep(sending: Sending) -> web.StreamResponse:
    levels = int(sending.number)
    head = b'{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"Observation","x":'
    return send(Reply(head + b"[" * levels + b"]" * levels + b"}}]}"))


STORMS: dict[str, Storm] = {
    "late": _late,
    "held": _held,
    "hanging": _hanging,
    "dripping": _dripping,
    "refused": _refused,
    "unauthorised": _unauthorised,
    "too_many": _too_many,
    "error": _error,
    "garbled": _garbled,
    "html": _html,
    "redirect": _redirect,
    "disconnect": _disconnect,
    "long_headers": _long_headers,
    "bomb": _bomb,
    "huge": _huge,
    "deep": _deep,
}


@cache
def gzip_bomb(megabytes: int) -> bytes:
    """Return a small gzip file that inflates to a Bundle of so many megabytes (RFC 1952)."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    parts = [squeeze.compress(b'{"resourceType":"Bundle","type":"searchset","implicitRules":"')]
    parts += [squeeze.compress(b"x" * _MEGABYTE) for _ in range(megabytes)]
    return b"".join([*parts, squeeze.compress(b'"}'), squeeze.flush()])


async def _open(sending: Sending, headers: dict[str, str]) -> web.StreamResponse:
    response = web.StreamResponse(headers=headers)
    await response.prepare(sending.request)
    return response


def _hang_up(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.close()


async def _closes_within(closing: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(closing.wait(), seconds)
    except TimeoutError:
        return False
    return True
