"""Fail every system call of one append in turn, by EIO, by ENOSPC and by kill -9, and see what the log then says.

A process that has the log open is traced by strace while it appends one entry, the canary. What must hold each time:
an append that returned is in the log, once; one that said "surely not written" is not; one that could not say is
there once or not at all; the log verifies, and takes the next entry. It is traced from then on alone, so that no
fault hits the program's start; and it hears and answers by calls (recvfrom, sendto) that are left alone.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from bench.figure import Figure
from viewer.access.access_event import AccessEvent, Event
from viewer.audit.journal import Journal
from viewer.audit.log import Log, LogUnavailable
from viewer.audit.scope import WholeLog
from viewer.audit.search import Criteria
from viewer.store.database import open_database
from viewer.store.upgrade import upgrade

ERRORS = ("error=EIO", "error=ENOSPC")
KILL = "signal=KILL"
OURS = ("recvfrom", "sendto")  # how the process hears and answers
NO_FILE = ("futex", "mprotect", "mmap", "munmap", "madvise", "brk")  # no disk can fail these: kill -9 alone
DATABASE_LOST = ("inject=pwrite64:error=EIO:when=1+",)  # SQLite writes by no other call; the journal never uses it
WRITES = ("pwrite64", "write", "writev", "fdatasync", "fsync", "ftruncate", "openat")  # these also fail for good
_CALL = re.compile(r"^(\d+) +(\w+)\(")
_PATIENCE_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Fault:
    """The n-th call of this name fails so, counted in each thread; `forever`: every later one too."""

    call: str
    nth: int
    how: str
    forever: bool = False
    beside: tuple[str, ...] = ()  # what fails anyway, in strace's own words

    def __str__(self) -> str:
        return f"{self.call} {self.nth}{'+' if self.forever else ''} {self.how} {' '.join(self.beside)}".rstrip()

    @property
    def options(self) -> tuple[str, ...]:
        """Return strace's own words for it."""
        word = f"inject={self.call}:{self.how}:when={self.nth}{'+' if self.forever else ''}"
        return tuple(part for one in (*self.beside, word) for part in ("-e", one))


@dataclass(frozen=True, slots=True)
class Seen:
    """What one fault led to: what the append said, and what the log held after the next start."""

    fault: Fault
    said: str  # "written", "surely not", "maybe", or "died"
    canaries: int
    sound: bool
    goes_on: bool

    @property
    def right(self) -> bool:
        """Say whether what was said and what is there agree."""
        allowed = {"written": {1}, "surely not": {0}}.get(self.said, {0, 1})
        return self.sound and self.goes_on and self.canaries in allowed


def faults() -> Iterator[Figure]:
    """Inject every fault into every system call of one append; yield what came of it."""
    if shutil.which("strace") is None:
        yield Figure("faults in one append", "strace is not here: not measured", "every one", "Debian: strace", False)
        return
    yield from _figures("faults in one append", ())
    yield from _figures("the same, while the database takes nothing", DATABASE_LOST)


def _figures(name: str, beside: tuple[str, ...]) -> Iterator[Figure]:
    calls = _calls_of_one_append(beside)
    seen = [_after(fault) for fault in _every_fault(calls, beside)]
    wrong = [one for one in seen if not one.right]
    said = Counter(one.said for one in seen)
    yield Figure(
        name,
        f"{len(seen)} injected, {len(wrong)} wrong",
        "0 wrong",
        f"{len(calls)} system calls: kill -9 at each, EIO and ENOSPC at a file, once and for good; {_counts(said)}",
        not wrong and bool(seen),
    )
    for one in wrong[:20]:
        yield Figure(f"  {one.fault}", f"said {one.said}, {one.canaries} there, sound {one.sound}, on {one.goes_on}")


def _every_fault(calls: Sequence[tuple[str, str]], beside: tuple[str, ...]) -> Iterator[Fault]:
    for fault in _faults_at(calls):
        if not any(f"inject={fault.call}:" in one for one in beside):
            yield replace(fault, beside=beside)


def _faults_at(calls: Sequence[tuple[str, str]]) -> Iterator[Fault]:
    most: dict[str, int] = {}
    for (_, name), times in Counter(calls).items():
        most[name] = max(times, most.get(name, 0))
    for name, times in most.items():
        for nth in range(1, times + 1):
            yield Fault(name, nth, KILL)
            if name not in NO_FILE:
                yield from (Fault(name, nth, how) for how in ERRORS)
            if name in WRITES:
                yield from (Fault(name, nth, how, forever=True) for how in ERRORS)


def _counts(said: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(said.items()))


# ── One append under one fault ───────────────────────────────────────────────────────────────────


def _calls_of_one_append(beside: Sequence[str]) -> list[tuple[str, str]]:
    """Return the system calls made for one entry, in order, each as thread and name."""
    with tempfile.TemporaryDirectory() as name:
        folder = _prepared(Path(name))
        traced = folder / "trace"
        _append_under(folder, ["-o", str(traced), *(part for one in beside for part in ("-e", one))])
        found = (_CALL.match(line) for line in traced.read_text().splitlines())
        return [(match[1], match[2]) for match in found if match and match[2] not in OURS]


def _after(fault: Fault) -> Seen:
    with tempfile.TemporaryDirectory() as name:
        folder = _prepared(Path(name))
        said = _append_under(folder, ["-o", os.devnull, *fault.options])
        canaries, sound, goes_on = _in_a_child(lambda: _what_stands(folder)).split()
        return Seen(fault, said or "died", int(canaries), sound == "sound", goes_on == "on")


def _prepared(folder: Path) -> Path:
    def prepare() -> str:
        engine = open_database(_url(folder))
        upgrade(engine)
        return ""

    (folder / "journal").mkdir(mode=0o700)
    _in_a_child(prepare)
    return folder


def _append_under(folder: Path, options: Sequence[str]) -> str:
    """Append the canary in a process of its own while strace looks on; return what it said, "" when it died."""
    ours, its = socket.socketpair()
    child = os.fork()
    if child == 0:
        ours.close()
        _be_the_appender(folder, its)
    its.close()
    ours.settimeout(_PATIENCE_SECONDS)
    with ours:
        ours.recv(10)  # ready
        tracer = subprocess.Popen(
            ["strace", "-f", "-p", str(child), *options], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        )
        assert tracer.stderr
        tracer.stderr.readline()  # "Process … attached", with all its threads
        try:
            ours.send(b"go")
            said = ours.recv(20).decode()
        except OSError:  # it hangs, or died before it heard
            said = ""
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    tracer.communicate(timeout=_PATIENCE_SECONDS)
    return said


def _be_the_appender(folder: Path, line: socket.socket) -> NoReturn:
    try:
        log = _log(folder)
        log.append(_event("before"))  # everything is open by now, and the writer's thread is there
        line.send(b"ready")
        line.recv(2)
        line.send(_said(lambda: log.append(_event("canary"))).encode())
        line.recv(1)  # whoever reads the answer ends this process, as hard as can be
    finally:
        os._exit(1)


def _said(append: Callable[[], tuple[int, ...]]) -> str:
    try:
        append()
    except LogUnavailable as problem:
        return "maybe" if problem.may_be_written else "surely not"
    return "written"


def _what_stands(folder: Path) -> str:
    """Start again, append once more, and say how often the canary stands in the log, and whether all is well."""
    log = _log(folder)
    goes_on = _said(lambda: log.append(_event("after"))) == "written"
    log.close()  # writes what waits in the journal
    views = [entry.record.view for entry in log.search(Criteria(WholeLog(), limit=100)).entries]
    sound = log.verify().sound and views.count("before") == 1
    return f"{views.count('canary')} {'sound' if sound else 'unsound'} {'on' if goes_on else 'stopped'}"


def _log(folder: Path) -> Log:
    return Log(open_database(_url(folder)), lambda: datetime.now(UTC), journal=Journal(folder / "journal"))


def _url(folder: Path) -> str:
    return f"sqlite:///{folder / 'log.sqlite'}"


def _event(view: str) -> AccessEvent:
    return AccessEvent(Event.RESULTS_SHOWN, datetime.now(UTC), None, "faults", view=view, outcome="shown")


def _in_a_child(do: Callable[[], str]) -> str:
    """Do it in another process, so that this one never holds a thread or a file of the log; return its word."""
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(into, do().encode())
            os._exit(0)
        finally:
            os._exit(1)
    os.close(into)
    with os.fdopen(out) as told:
        word = told.read()
    _, status = os.waitpid(child, 0)
    if status:
        raise RuntimeError("a start of the log did not end well")
    return word


if __name__ == "__main__":
    from bench.figure import show

    show("Faults in one append", faults())
