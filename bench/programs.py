"""Start the bench's programs (town, load client, a page under gunicorn), and end exactly those."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import msgspec
import psutil  # type: ignore[import-untyped]  # it carries no types

from bench.load import Order, Run
from bench.plan import Place
from bench.town import as_json

ROOT = Path(__file__).parent.parent
_START_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Town:
    """A running town: the port of each trust, and how many requests each has had."""

    places: tuple[Place, ...]
    ports: Mapping[str, int]

    def address(self, name: str) -> str:
        """Return a trust's FHIR base."""
        return f"http://127.0.0.1:{self.ports[name]}/fhir/R4"

    def requests_since(self) -> int:
        """Return how many FHIR requests came since this was last asked."""
        with urlopen(f"http://127.0.0.1:{self.ports['requests']}/") as answer:
            return sum(json.load(answer).values())


@dataclass(frozen=True, slots=True)
class Server:
    """A page under gunicorn: its port, and the processor time its processes have used."""

    port: int
    pid: int

    def cpu(self) -> float:
        """Return the seconds of processor time used so far, master and worker."""
        master = psutil.Process(self.pid)
        times = [process.cpu_times() for process in (master, *master.children(recursive=True))]
        return float(sum(time_.user + time_.system for time_ in times))


@contextmanager
def running_town(places: tuple[Place, ...]) -> Iterator[Town]:
    """Run a town for as long as the block lasts."""
    with _ending(
        subprocess.Popen(
            [sys.executable, "-m", "bench.town"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True
        )
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(as_json(places) + "\n")
        process.stdin.flush()
        yield Town(places, json.loads(process.stdout.readline()))


@contextmanager
def serving(application: str, environment: Mapping[str, str], folder: Path) -> Iterator[Server]:
    """Serve a WSGI application under gunicorn with the product's own settings for as long as the block lasts."""
    port = _free_port()
    with (folder / "gunicorn.txt").open("wb") as said:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "gunicorn",
                "-c",
                str(ROOT / "gunicorn.conf.py"),
                "-b",
                f"127.0.0.1:{port}",
                application,
            ],
            env={**os.environ, **environment},
            cwd=ROOT,
            stdout=said,
            stderr=said,
        )
    with _ending(process):
        _wait_until_it_answers(port, process, folder / "gunicorn.txt")
        yield Server(port, process.pid)


def visit(order: Order) -> Run:
    """Have the load client carry out one order, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        input=msgspec.json.encode(order),
        capture_output=True,
        cwd=ROOT,
        check=True,
    )
    return msgspec.json.decode(done.stdout, type=Run)


@contextmanager
def _ending(process: "subprocess.Popen[str] | subprocess.Popen[bytes]") -> "Iterator[subprocess.Popen[str]]":
    try:
        yield process  # type: ignore[misc]  # the text-ness of its pipes is the caller's own choice
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port: int = door.getsockname()[1]
        return port


def _wait_until_it_answers(port: int, process: "subprocess.Popen[bytes]", said: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with urlopen(f"http://127.0.0.1:{port}/", timeout=_START_SECONDS):
                return
        except HTTPError:
            return  # any answer will do
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"the page did not start:\n{said.read_text()[-4000:]}")
