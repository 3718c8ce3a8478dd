"""The bench town as a program of its own: seven FHIR servers in one process, with answers serialised beforehand.

`python -m bench.town` reads its plan as JSON from standard input, prints the port of each trust as
one line of JSON when it is ready, and ends when its input does.
Rule: it knows nothing of the product, and the product reaches it over HTTP alone.
"""

import asyncio
import json
import socket
import sys
from collections import Counter
from dataclasses import asdict
from typing import Any

from aiohttp import web

from bench.bundles import entry_of, page_of, pages_of, patient_of
from bench.plan import Place, Weather

_FHIR = "application/fhir+json; charset=utf-8"
_TOKEN = json.dumps({"access_token": "bench-token", "token_type": "Bearer", "expires_in": 3600}).encode()
_BACKLOG = 1024  # 64 views connect to the same trust at one moment


def main() -> None:
    """Run the town until standard input ends."""
    asyncio.run(_run([_place(**fields) for fields in json.loads(sys.stdin.readline())]))


def as_json(places: tuple[Place, ...]) -> str:
    """Return the plan as this program reads it."""
    return json.dumps([asdict(place) for place in places])


async def _run(places: list[Place]) -> None:
    doors = {place.name: _bound() for place in places}
    ports = {name: door.getsockname()[1] for name, door in doors.items()}
    counted: Counter[str] = Counter()
    for place in places:
        if place.weather is not Weather.DEAD:  # bound and not listening: a connection is refused
            await _open(doors[place.name], _trust(place, ports[place.name], counted))
    counter = _bound()
    await _open(counter, _counts(counted))
    print(json.dumps({**ports, "requests": counter.getsockname()[1]}), flush=True)
    await asyncio.to_thread(sys.stdin.read)


def _bound() -> socket.socket:
    door = socket.socket()
    door.bind(("127.0.0.1", 0))
    return door


async def _open(door: socket.socket, answer: Any) -> None:
    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    await web.SockSite(runner, door, backlog=_BACKLOG).start()


def _trust(place: Place, port: int, counted: Counter[str]) -> Any:
    address = f"http://127.0.0.1:{port}/fhir/R4"
    pages = pages_of(place, address)
    who = page_of([entry_of(patient_of(place), "match", address)], total=1)

    async def answer(request: web.BaseRequest) -> web.Response:
        if request.path == "/oauth/token":
            return web.Response(body=_TOKEN, content_type="application/json")
        try:
            sent = request.query if request.method == "GET" else await request.post()
        except ConnectionResetError:  # whoever asked has given up meanwhile
            return web.Response(status=400)
        counted[place.name] += 1
        if place.weather is Weather.HANGING:
            await asyncio.sleep(3600)
        await asyncio.sleep(place.delay)
        if request.path.startswith("/fhir/R4/Patient"):
            return _fhir(who)
        if "page" in sent:
            return _fhir(pages[int(str(sent["page"])) - 1])
        if sent.get("patient") != place.patient_id:
            return web.Response(status=400, text="the bench town knows one patient, by the id of this trust")
        return _fhir(pages[0])

    return answer


def _counts(counted: Counter[str]) -> Any:
    async def answer(_: web.BaseRequest) -> web.Response:
        now = json.dumps(counted)
        counted.clear()
        return web.Response(text=now)

    return answer


def _fhir(page: bytes) -> web.Response:
    return web.Response(body=page, headers={"Content-Type": _FHIR})


def _place(**fields: Any) -> Place:
    return Place(**{**fields, "reports": tuple(fields["reports"]), "weather": Weather(fields["weather"])})


if __name__ == "__main__":
    main()
