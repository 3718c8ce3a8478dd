"""The control desk: look at the weather and change it while the sandbox runs. No real trust has one."""

from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import web

from sandbox.weather import WEATHERS, NoSuchWeather


class Controlled(Protocol):
    """What the desk controls."""

    def weathers(self) -> dict[str, str]: ...

    async def change_weather(
        self, trust: str, name: str, number: float | None = None, on: str = ""
    ) -> NoSuchWeather | None: ...


@dataclass(slots=True)
class Elsewhere:
    """The other origin that bad links lead to. Whoever comes is written down."""

    paths: list[str] = field(default_factory=list)


def control_app(controlled: Controlled, elsewhere: Elsewhere) -> web.Application:
    """Return the desk's web application."""

    async def look(_: web.Request) -> web.StreamResponse:
        listed = {name: kind.meaning for name, kind in WEATHERS.items()}
        return web.json_response({"now": controlled.weathers(), "weathers": listed})

    async def change(request: web.Request) -> web.StreamResponse:
        asked = await _read(request)
        if asked is None:
            return web.json_response({"problem": 'send JSON like {"trust": "all", "weather": "late"}'}, status=400)
        trouble = await controlled.change_weather(*asked)
        if trouble:
            return web.json_response({"problem": trouble.reason}, status=400)
        return web.json_response({"now": controlled.weathers()})

    async def note(request: web.Request) -> web.StreamResponse:
        elsewhere.paths.append(request.path)
        return web.Response(status=404)

    app = web.Application()
    app.router.add_get("/weather", look)
    app.router.add_post("/weather", change)
    app.router.add_route("*", "/{elsewhere:.*}", note)
    return app


async def _read(request: web.Request) -> tuple[str, str, float | None, str] | None:
    try:
        asked = await request.json()
        number = asked.get("number")
        return (
            str(asked["trust"]),
            str(asked["weather"]),
            None if number is None else float(number),
            asked.get("on", ""),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
