"""A real PostgreSQL server for the tests: its own cluster in a temporary folder, on a Unix socket alone.

Rule: no cluster of the system is touched, and exactly the server started here is ended, even when the tests are killed.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg

_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",  # the tests kill processes, not the machine
    "max_connections": "200",
    "shared_buffers": "64MB",
    "autovacuum": "off",
    "log_min_messages": "fatal",
}


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, the newest there is, or None."""
    on_path = shutil.which("initdb")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    return Path(on_path).resolve().parent if on_path else debian[-1].parent if debian else None


@dataclass(slots=True)
class Server:
    """A cluster in a folder, with one server process while it runs."""

    programs: Path
    folder: Path
    settings: dict[str, str]
    numbers: Iterator[int]

    def url(self, name: str) -> str:
        """Return the URL of one database."""
        return f"postgresql+psycopg://trustline@/{name}?host={self.folder}"

    def make(self, template: str = "template1") -> str:
        """Make a database like another one, and return its name."""
        name = f"made_{next(self.numbers)}"
        self.order(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def order(self, order: str) -> None:
        """Give the server an order outside every transaction."""
        with psycopg.connect(host=str(self.folder), user="trustline", dbname="postgres", autocommit=True) as connection:
            connection.execute(order)

    def start(self) -> None:
        """Start the server, and return when it answers."""
        options = " ".join(f"-c {name}='{value}'" for name, value in self.settings.items())
        self._run("pg_ctl", "start", "-w", "-o", f"-k {self.folder} {options}", "-l", str(self.folder / "log"))

    def pid(self) -> int:
        """Return the process of the running server, as it wrote it down itself."""
        return int((self.folder / "data" / "postmaster.pid").read_text().splitlines()[0])

    def stop(self, how: str = "immediate") -> None:
        """End the server at once, as a crash would, or in another of pg_ctl's ways; nothing if it is not running."""
        if (self.folder / "data" / "postmaster.pid").exists():
            self._run("pg_ctl", "stop", "-w", "-m", how)

    def freeze(self) -> None:
        """Let the server and all its processes stand still: connections stay open and nothing answers."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let them go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        postmaster = self.pid()
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        for process in (postmaster, *map(int, children)):
            os.kill(process, number)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), "-D", str(self.folder / "data"), *arguments]
        # To a file and not through a pipe: the server keeps its starter's output open as long as it lives.
        with (self.folder / "said").open("w+") as said:
            done = subprocess.run(
                [*_as_somebody(), *command],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                check=False,
            )
            said.seek(0)
            assert done.returncode == 0, said.read()


@contextmanager
def server(**settings: str) -> Iterator[Server]:
    """Run a server for as long as the block lasts."""
    found = programs()
    assert found
    folder = Path(tempfile.mkdtemp(prefix="tl-pg-"))  # short: a socket's path has at most 107 bytes
    if os.geteuid() == 0:
        shutil.chown(folder, _somebody())
    made = Server(found, folder, {**_SETTINGS, **settings}, count(1))
    with _watched(made):
        try:
            made._run("initdb", "-U", "trustline", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
            made.start()
            yield made
        finally:
            made.stop()
            shutil.rmtree(folder)


@contextmanager
def _watched(made: Server) -> Iterator[None]:
    """Have the server ended, and its folder removed, should this process be killed before it does so itself.

    The watcher reads from a pipe that only this process holds open; that it ends says that this process has.
    """
    end = 'cat; "$0" stop -D "$1/data" -m immediate; rm -rf "$1"'
    with subprocess.Popen(
        [*_as_somebody(), "sh", "-c", end, str(made.programs / "pg_ctl"), str(made.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # what is typed to end the tests must not end it first
    ):
        yield


def _as_somebody() -> list[str]:
    """PostgreSQL refuses to run as root."""
    return ["setpriv", f"--reuid={_somebody()}", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []


def _somebody() -> int:
    return pwd.getpwnam("nobody").pw_uid
