"""What a command needs of the machine it runs on: the environment, somebody to talk to, the time, and the database.

Rule: a database that is not there is never made; that is said, with the command that makes one.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TextIO

from sqlalchemy import Engine, inspect, make_url
from sqlalchemy.exc import DatabaseError

from viewer.audit.log import Log
from viewer.pages.words import LONDON
from viewer.settings import read_database
from viewer.store.database import open_database


@dataclass(frozen=True, slots=True)
class World:
    """What the command needs of the machine it runs on."""

    environ: Mapping[str, str]
    read: TextIO
    write: TextIO
    complain: TextIO
    clock: Callable[[], datetime]
    account: str  # of the operating system, for the log

    def say(self, *lines: str) -> None:
        """Write lines to standard output."""
        for line in lines:
            self.write.write(f"{line}\n")

    def today(self) -> date:
        """Return the day in London, on which agreements begin and end."""
        return self.clock().astimezone(LONDON).date()

    def operator(self) -> str:
        """Return who runs the command, for the log."""
        return f"operator {self.account}"


class Refused(Exception):  # noqa: N818  an answer to a person, not a fault
    """The command will not do this. The message says why and what to do."""


@contextmanager
def opened_log(world: World) -> Iterator[tuple[Engine, Log]]:
    """Open the database that is there, and the log that it holds."""
    with opened(world) as engine:
        _refuse_without_log(engine)
        with closing(Log(engine, world.clock)) as log:
            yield engine, log


@contextmanager
def opened(world: World) -> Iterator[Engine]:
    """Open the database that is there, and never make an empty one in its place."""
    url = read_database(world.environ)
    file = make_url(url).database if url.startswith("sqlite") else None
    if file and not Path(file).exists():
        raise Refused(f"There is no database {file}. If that is its right place, run: trustline database upgrade")
    engine = open_database(url)
    try:
        yield engine
    finally:
        engine.dispose()


def _refuse_without_log(engine: Engine) -> None:
    try:
        if inspect(engine).has_table("log_entries"):
            return
        said = "holds no log"
    except DatabaseError as problem:
        said = f"cannot be read as a database ({problem.orig})"
    raise Refused(f"{engine.url.database} {said}. If that is the right file, run: trustline database upgrade")
