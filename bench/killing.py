"""Kill the viewer's workers with -9 while people look, again and again, and look for every page anybody received.

The canary is the log reference that each page of results carries. Whatever came of a page, whole or torn, if its
reference can be read in it then the log must hold what was shown under that reference, by the person who looked.
"""

import os
import random
import re
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it carries no types

from bench.clinic import sign_in, the_person, viewer_environment, write_config
from bench.figure import Figure
from bench.load import Visit
from bench.plan import FAIR
from bench.programs import Server, running_town, serving
from viewer.access.access_event import Event
from viewer.audit.log import Log
from viewer.audit.scope import WholeLog
from viewer.audit.search import Criteria
from viewer.store.database import open_database

KILLS = 100  # on each kind of database
PEOPLE = 6
_REFERENCE = re.compile(rb"log reference ([\w-]{20,})")
_LONGEST_SECONDS = 600.0


@dataclass(slots=True)
class Heard:
    """What the people received: a log reference for every page of which anything could be read."""

    references: dict[str, str] = field(default_factory=dict)  # to the sign-in's path
    torn: int = 0  # connections that ended early, or were refused
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, visit: Visit, body: bytes, whole: bool) -> None:
        """Write down what came of one visit."""
        with self.lock:
            self.references |= {found.decode(): visit.path for found in _REFERENCE.findall(body)}
            self.torn += not whole


def killing(kills: int = KILLS) -> Iterator[Figure]:
    """Kill one worker of SQLite, and workers of three on PostgreSQL; yield what the log held afterwards."""
    yield from _on("SQLite, one worker", kills, workers=1, postgresql=False)
    yield from _on("PostgreSQL, three workers", kills, workers=3, postgresql=True)


def _on(name: str, kills: int, *, workers: int, postgresql: bool) -> Iterator[Figure]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = stack.enter_context(_database(postgresql))
        if database is None:
            yield Figure(name, "PostgreSQL is not here: not measured", "every canary", "", False)
            return
        town = stack.enter_context(running_town(FAIR))
        trusts = write_config(town, folder)
        environment = {**viewer_environment(folder), "TRUSTLINE_JOURNAL": str(folder / "journal")}
        (folder / "journal").mkdir(mode=0o700)
        environment["TRUSTLINE_WORKERS"] = str(workers)
        if database:
            environment["TRUSTLINE_DATABASE"] = database
        visits = sign_in(environment["TRUSTLINE_DATABASE"], the_person(town.places, trusts), PEOPLE)
        with serving("wsgi:app", environment, folder) as server:
            heard, killed = _kill_while_people_look(server, visits, kills)
        yield _what_stands(name, environment, heard, killed, kills)


@contextmanager
def _database(postgresql: bool) -> Iterator[str | None]:
    """Yield a URL, "" for the folder's own SQLite file, or None when there is no PostgreSQL here."""
    if not postgresql:
        yield ""
        return
    from tests import postgresql as programs  # noqa: PLC0415  the one place that starts such a server

    if programs.programs() is None:
        yield None
        return
    with programs.server(fsync="on") as server:
        yield server.url(server.make())


# ── People looking, and workers dying ────────────────────────────────────────────────────────────


def _kill_while_people_look(server: Server, visits: list[Visit], kills: int) -> tuple[Heard, int]:
    heard, over = Heard(), threading.Event()
    people = [threading.Thread(target=_look_on, args=(server.port, one, heard, over)) for one in visits]
    for person in people:
        person.start()
    chance, until, killed = random.Random(7), time.monotonic() + _LONGEST_SECONDS, 0
    while killed < kills and time.monotonic() < until:
        before = len(heard.references)
        while len(heard.references) < before + 2 and time.monotonic() < until:
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.15))  # anywhere in a page's life
        living = psutil.Process(server.pid).children()
        if living:
            os.kill(chance.choice(living).pid, signal.SIGKILL)
            killed += 1
    over.set()
    for person in people:
        person.join()
    return heard, killed


def _look_on(port: int, visit: Visit, heard: Heard, over: threading.Event) -> None:
    page = Visit(visit.path.removesuffix("/stream"), visit.cookie)
    while not over.is_set():
        body = _received(port, page)
        heard.note(page, body, body.rstrip().endswith(b"</html>"))
        if not body:
            over.wait(0.1)


def _received(port: int, visit: Visit) -> bytes:
    """Return every byte that came, up to wherever it broke off."""
    request = (
        f"GET {visit.path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: bench\r\n"
        f"Cookie: {visit.cookie}\r\nConnection: close\r\n\r\n"
    )
    pieces = []
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
            line.sendall(request.encode())
            while piece := line.recv(1 << 16):
                pieces.append(piece)
    except OSError:
        pass
    return b"".join(pieces)


# ── What the log holds ───────────────────────────────────────────────────────────────────────────


def _what_stands(name: str, environment: dict[str, str], heard: Heard, killed: int, kills: int) -> Figure:
    engine = open_database(environment["TRUSTLINE_DATABASE"])
    log = Log(engine, lambda: datetime.now(UTC))
    entries = log.search(Criteria(WholeLog(), limit=10**7)).entries
    shown = {entry.record.view for entry in entries if entry.record.event == Event.RESULTS_SHOWN}
    lost = set(heard.references) - shown
    sound = log.verify()
    engine.dispose()
    return Figure(
        name,
        f"{killed} kills, {len(heard.references)} pages received, {len(lost)} not in the log",
        f"{kills} kills, 0 not in the log, and the log sound",
        f"{heard.torn} pages torn or refused; {sound.size} entries, {sound.problem or 'sound'}",
        killed == kills and not lost and sound.sound and bool(heard.references),
    )


if __name__ == "__main__":
    from bench.figure import show

    show("Workers killed", killing(int(os.environ.get("KILLS", KILLS))))
