"""The whole sandbox in one place: seven trusts, the identity provider, PDS and the control desk, each on its own port.

`with Town() as town:` starts it in a thread of its own on free ports and ends it cleanly.
"""

import asyncio
import contextlib
import socket
import tempfile
import threading
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Self, TypeVar

from aiohttp import web

from sandbox import pds
from sandbox.control import Elsewhere, control_app
from sandbox.credentials import CLIENT_ID, EPR, PDS, SIGN_IN, client_of, prepare, public_key_of
from sandbox.epr import Epr
from sandbox.folder import FolderTrust, read_folder
from sandbox.identity_provider import Client as IdentityClient
from sandbox.identity_provider import make_app
from sandbox.pages import Manners
from sandbox.population import files_of
from sandbox.scribe import LONDON
from sandbox.server import Recorded, TrustServer
from sandbox.shelf import PatientFile, Shelf
from sandbox.trust import Trust
from sandbox.trusts.all import TRUSTS
from sandbox.weather import NoSuchWeather, read_weather

HOST = "127.0.0.1"
IDENTITY_PROVIDER_PORT = 8100
PDS_PORT = 8108
CONTROL_PORT = 8109
EPR_PORT = 8110
EPR_TRUST = "sheffield_teaching"
_T = TypeVar("_T")


class PortTakenError(Exception):
    """A port of the sandbox is in use by another program."""

    def __init__(self, port: int) -> None:
        super().__init__(f"port {port} is taken by another program; end it, or use --ports auto")


class Door:
    """One listening port that can be shut and opened again."""

    def __init__(self, port: int) -> None:
        self._socket: socket.socket | None = _listen(port)
        self.port: int = self._socket.getsockname()[1]
        self._runner: web.AppRunner | None = None
        self._site: web.BaseSite | None = None

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}"

    async def open(self, app: web.Application) -> None:
        """Serve this application behind the door."""
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2, handler_cancellation=True)
        await self._runner.setup()
        await self.reopen()

    async def reopen(self) -> None:
        """Listen, if the door is shut."""
        if self._site is None and self._runner is not None:
            listening = self._socket or _listen(self.port)
            self._site = web.SockSite(self._runner, listening)
            self._socket = None
            await self._site.start()

    async def shut(self) -> None:
        """Stop listening and hang up on everybody: connections are refused from now on."""
        if self._site is not None and self._runner is not None:
            await self._site.stop()
            self._site = None
            for connection in self._runner.server.connections if self._runner.server else ():
                connection.force_close()

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        if self._socket is not None:
            self._socket.close()


@dataclass(frozen=True, slots=True)
class House:
    """One trust's server and its door."""

    server: TrustServer
    door: Door


@dataclass(frozen=True, slots=True)
class Registry:
    """PDS and its door."""

    server: pds.PdsServer
    door: Door


class Town:
    """Everything the sandbox serves, started and ended together."""

    def __init__(
        self,
        folder: Path | None = None,
        today: date | None = None,
        *,
        fixed_ports: bool = False,
        trusts: Iterable[Trust] = TRUSTS,
        identity_provider: bool = True,
        quick: bool = False,
        viewer: str = "http://localhost:8000",
        holds: Callable[[str, Iterable[PatientFile]], Iterable[PatientFile]] = lambda _, files: files,
        unknown_to_pds: Collection[str] = (),
    ) -> None:
        self.today = today or demo_today()
        self._stack = contextlib.ExitStack()
        self.folder = folder or Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="sandbox-")))
        self._fixed_ports = fixed_ports
        self._trusts = tuple(trusts)
        self._with_identity_provider = identity_provider
        self._quick = quick
        self._viewer = viewer
        self._holds = holds  # what a trust holds of what its stories tell: a test may leave something out
        self._unknown_to_pds = frozenset(unknown_to_pds)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sandbox", daemon=True)
        self._houses: dict[str, House] = {}
        self._registry: Registry | None = None
        self._others: list[Door] = []
        self._elsewhere = Elsewhere()
        self.control = ""
        self.identity_provider = ""  # "" when it is not served
        self.epr: Epr | None = None  # one trust's record system, that opens patients in the viewer
        self.pds = ""  # its FHIR base
        self.pds_token_url = ""

    # What tests and the command line use

    @property
    def addresses(self) -> Mapping[str, str]:
        """Return each trust's FHIR base."""
        return {name: f"{house.door.address}/fhir/R4" for name, house in self._houses.items()}

    @property
    def token_urls(self) -> Mapping[str, str]:
        """Return each trust's token endpoint."""
        return {name: f"{house.door.address}/oauth/token" for name, house in self._houses.items()}

    @property
    def secrets(self) -> Path:
        """Return the folder with the viewer's side of the credentials."""
        return self.folder / "secrets"

    @property
    def requests(self) -> Mapping[str, tuple[Recorded, ...]]:
        """Return what each trust was asked, in order."""
        return {name: tuple(house.server.requests) for name, house in self._houses.items()}

    @property
    def pds_requests(self) -> tuple[Recorded, ...]:
        """Return what PDS was asked, in order."""
        return tuple(self._registry.server.requests) if self._registry else ()

    @property
    def strayed(self) -> tuple[str, ...]:
        """Return the paths asked at the other origin, where nobody should go."""
        return tuple(self._elsewhere.paths)

    def forget_requests(self) -> None:
        """Begin the lists of requests anew."""
        self._elsewhere.paths.clear()
        for house in self._houses.values():
            house.server.requests.clear()
        if self._registry:
            self._registry.server.requests.clear()

    def weather(self, trust: str, name: str, number: float | None = None, on: str = "") -> None:
        """Change the weather over a trust, over "pds", or over "all" of them."""
        trouble = self._do(self.change_weather(trust, name, number, on))
        if isinstance(trouble, NoSuchWeather):
            raise ValueError(trouble.reason)

    def fine(self) -> None:
        """Bring fine weather everywhere."""
        self.let_go("all")

    def let_go(self, trust: str) -> None:
        """Let a trust, or "pds", send the answers that were held; fine weather is over it from then on."""
        self.weather(trust, "quick" if self._quick else "fine")

    def expire_tokens(self, trust: str) -> None:
        """Make every token this trust, or "pds", gave worthless."""
        self._served()[trust].server.desk.expire_all()

    def serve_folder(self, folder: Path, name: str = "folder", *, page_size: int = 100) -> FolderTrust:
        """Serve the FHIR files of a folder as one more trust that asks for no sign-in."""
        served = read_folder(folder)
        door = Door(0)
        self._others.append(door)
        self._do(self._add_house(name, Shelf(served.files), door, Manners(page_size=page_size), None))
        return served.at(f"{door.address}/fhir/R4")

    def warm(self, ended: threading.Event | None = None) -> None:
        """Make the very large patients' records now instead of at the first search for them."""
        for house in self._houses.values():
            for patient in house.server.shelf.patients():
                if ended is None or not ended.is_set():
                    house.server.shelf.of_patient(patient.id, "DiagnosticReport")

    # Starting and ending

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            prepare(self.folder, *credential_names(self._trusts))
            self._do(self._start())
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End everything."""
        if self._loop.is_running():
            self._do(self._stop())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        if not self._loop.is_closed():
            self._loop.close()
        self._stack.close()

    async def change_weather(
        self, trust: str, name: str, number: float | None = None, on: str = ""
    ) -> NoSuchWeather | None:
        """Change the weather, inside the sandbox's own loop."""
        weather = read_weather(name, number, on)
        if isinstance(weather, NoSuchWeather):
            return weather
        served = self._served()
        if trust != "all" and trust not in served:
            return NoSuchWeather(f"no trust is called {trust!r}; there are all, {', '.join(served)}")
        for house in served.values() if trust == "all" else [served[trust]]:
            house.server.weather = weather
            house.server.changing.set()  # whatever is held goes
            house.server.changing.clear()
            await (house.door.shut() if weather.name == "dead" else house.door.reopen())
        return None

    def weathers(self) -> dict[str, str]:
        """Return the weather over each trust now."""
        return {name: house.server.weather.name for name, house in self._served().items()}

    def _served(self) -> dict[str, House | Registry]:
        """Return everything that has a weather."""
        return {**self._houses, **({"pds": self._registry} if self._registry else {})}

    async def _start(self) -> None:
        control = self._door(CONTROL_PORT)
        self.control = control.address
        doors = [(trust, self._door(trust.port)) for trust in self._trusts]
        for trust, door in doors:
            shelf = Shelf(self._holds(trust.name, files_of(trust, self.today)))
            await self._add_house(trust.name, shelf, door, trust.manners, trust)
        if self._with_identity_provider:
            await self._start_identity_provider()
        await self._start_pds()
        await self._start_epr()
        await control.open(control_app(self, self._elsewhere))
        if self._quick:
            await self.change_weather("all", "quick")

    async def _add_house(self, name: str, shelf: Shelf, door: Door, manners: Manners, trust: Trust | None) -> None:
        client = client_of(self.folder, trust.name) if trust else None
        server = TrustServer(name, shelf, client, manners, address=door.address, elsewhere=self.control)
        self._houses[name] = House(server, door)
        await door.open(server.app())

    async def _start_pds(self) -> None:
        door = self._door(PDS_PORT)
        client = client_of(self.folder, PDS)
        known = {number: body for number, body in pds.records(self.today).items() if number not in self._unknown_to_pds}
        server = pds.PdsServer(known, client, address=door.address, elsewhere=self.control)
        self._registry = Registry(server, door)
        self.pds, self.pds_token_url = f"{door.address}{pds.PATH}", f"{door.address}/oauth2/token"
        await door.open(server.app())

    async def _start_epr(self) -> None:
        trust = next((one for one in self._trusts if one.name == EPR_TRUST), None)
        if trust is None:
            return
        door = self._door(EPR_PORT)
        secret = client_of(self.folder, trust.name).secret
        self.epr = Epr(trust, self.today, secret, self._viewer, f"http://localhost:{door.port}")
        self.epr.know(client_of(self.folder, EPR).keys)
        await door.open(self.epr.app())

    async def _start_identity_provider(self) -> None:
        door = self._door(IDENTITY_PROVIDER_PORT)
        issuer = f"http://localhost:{door.port}"
        client = IdentityClient(
            public_key_of(self.folder, SIGN_IN),
            return_urls=(f"{self._viewer}/sign-in/return",),
            signed_out_urls=(f"{self._viewer}/sign-out",),
            back_channel_logout_url=f"{self._viewer}/sign-out/back-channel",
        )
        await door.open(make_app(issuer=issuer, clients={CLIENT_ID: client}))
        self.identity_provider = issuer

    def _door(self, port: int) -> Door:
        door = Door(port if self._fixed_ports else 0)
        self._others.append(door)
        return door

    async def _stop(self) -> None:
        for house in self._served().values():
            house.server.closing.set()
            house.server.changing.set()
        doors = {*self._others, *(house.door for house in self._houses.values())}
        await asyncio.gather(*(door.close() for door in doors))

    def _do(self, work: Coroutine[Any, Any, _T]) -> _T:
        done: Future[_T] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return done.result()


def demo_today() -> date:
    """Return the day the demo's stories are told from: until four in the morning it is still yesterday."""
    return (datetime.now(LONDON) - timedelta(hours=4)).date()


def credential_names(trusts: Iterable[Trust]) -> tuple[list[str], list[str]]:
    """Return who signs in by secret, and who by key."""
    by_secret = [trust.name for trust in trusts if not trust.wants_key]
    return by_secret, [trust.name for trust in trusts if trust.wants_key]


def _listen(port: int) -> socket.socket:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except OSError as trouble:
        listening.close()
        raise PortTakenError(port) from trouble
    return listening
