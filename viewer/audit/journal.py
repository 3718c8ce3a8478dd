"""The second sink: entries that the database did not take wait here, on this machine's disk, until it does.

Rule: an entry is said to be here only when it is on the disk, and it leaves only after the database has
committed it. Each worker appends to a file of its own, which it holds by a lock; a file that nobody holds,
because its worker died, is handed over by whoever comes first.
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from threading import Lock

from viewer.audit.frames import bytes_of, read_frames

# Commit these entries, leaving out those that the database has already; raise if it does not take them.
Take = Callable[[Sequence[bytes]], None]

_AT_ONCE = 1000  # entries handed over in one transaction


@dataclass(frozen=True, slots=True)
class Waiting:
    """What stands in all the journal files of a folder."""

    entries: int = 0
    damaged: int = 0  # places that cannot be read, copies kept aside included


def waiting_in(folder: Path) -> Waiting:
    """Read every journal file of a folder, whoever holds it."""
    found = [read_frames(path.read_bytes()) for path in sorted(folder.glob("*.journal"))]
    kept = [read_frames(path.read_bytes()) for path in sorted(folder.glob("*.damaged"))]
    return Waiting(sum(len(one.bodies) for one in found), sum(one.damaged for one in (*found, *kept)))


class Journal:
    """One per worker process. Its file is chosen and locked at first use, after any fork."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = Lock()
        self._file: int | None = None
        self._handed_over = 0  # bytes at the start of the own file that the database has

    def write(self, bodies: Sequence[bytes]) -> None:
        """Put entries on the disk, all of them or none; OSError when that cannot be done."""
        with self._lock:
            file = self._own()
            size = os.fstat(file).st_size
            try:
                _write_all(file, bytes_of(bodies))
                os.fsync(file)
            except OSError:
                os.ftruncate(file, size)
                raise

    def probe(self) -> None:
        """Show that an entry could be put on the disk here, without writing one; OSError when it could not."""
        with self._lock:
            self._make_folder()
            probe = self.folder / f"{os.getpid()}.probe"
            file = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            try:
                _write_all(file, bytes(4096))
                os.fsync(file)
            finally:
                os.close(file)
                probe.unlink()

    def holds_any(self) -> bool:
        """Say whether anything waits: in the own file, or in one that may be nobody's."""
        return any(path.stat().st_size > 0 for path in self.folder.glob("*.journal"))

    def holds_own(self) -> bool:
        """Say whether anything waits in the own file."""
        with self._lock:
            return self._file is not None and os.fstat(self._file).st_size > 0

    def hand_over(self, take: Take) -> None:
        """Give every entry that waits to `take`, in order, and empty the files; whatever `take` raises ends it."""
        while self._hand_over_own(take):
            pass
        for path in sorted(self.folder.glob("*.journal")):
            with _orphan(path) as file:
                if file is not None:
                    _give(_read(file), take)
                    _keep_damage(path, file)
                    _empty(file)

    def close(self) -> None:
        """Let go of the own file, so that whoever comes first may hand over what is left in it."""
        with self._lock:
            if self._file is not None:
                os.close(self._file)
                self._file = None

    def _hand_over_own(self, take: Take) -> bool:
        """Hand over what the own file holds now; say whether more was written meanwhile."""
        with self._lock:
            file = self._own()
            content = _read(file)
        if not content:
            return False
        _give(content[self._handed_over :], take)
        with self._lock:
            if os.fstat(file).st_size > len(content):
                self._handed_over = len(content)
                return True
            _keep_damage(self._path, file)
            _empty(file)
            self._handed_over = 0
            return False

    def _own(self) -> int:
        """Return the own file, open and locked: the first that nobody holds."""
        if self._file is None:
            self._make_folder()
            for number in count(1):
                self._path = self.folder / f"{number}.journal"
                file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
                if _take_lock(file):
                    break
                os.close(file)
            _sync_folder(self.folder)
            _cut_torn_end(file)
            self._file, self._handed_over = file, 0
        return self._file

    def _make_folder(self) -> None:
        if not self.folder.is_dir():
            self.folder.mkdir(mode=0o700)
            _sync_folder(self.folder.parent)


def _give(content: bytes, take: Take) -> None:
    bodies = read_frames(content).bodies
    for start in range(0, len(bodies), _AT_ONCE):
        take(bodies[start : start + _AT_ONCE])


@contextmanager
def _orphan(path: Path) -> Iterator[int | None]:
    """Hold a file that is not empty and that nobody holds; None for any other."""
    file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
    try:
        yield file if os.fstat(file).st_size > 0 and _take_lock(file) else None
    finally:
        os.close(file)


# ── The file itself ──────────────────────────────────────────────────────────────────────────────


def _take_lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(file: int) -> bytes:
    return os.pread(file, os.fstat(file).st_size, 0)


def _write_all(file: int, content: bytes) -> None:
    while content:
        content = content[os.write(file, content) :]


def _empty(file: int) -> None:
    os.ftruncate(file, 0)
    os.fsync(file)


def _cut_torn_end(file: int) -> None:
    frames = read_frames(_read(file))
    if frames.torn:
        os.ftruncate(file, frames.end)
        os.fsync(file)


def _keep_damage(path: Path, file: int) -> None:
    """Keep a copy of a file in which something cannot be read, for a person to look at: it was an entry."""
    if read_frames(_read(file)).damaged:
        for number in count(1):
            aside = path.with_name(f"{path.name}.{number}.damaged")
            if not aside.exists():
                break
        shutil.copy(path, aside)
        _sync_file(aside)
        _sync_folder(path.parent)


def _sync_file(path: Path) -> None:
    _sync(path, os.O_RDONLY)


def _sync_folder(folder: Path) -> None:
    _sync(folder, os.O_RDONLY | os.O_DIRECTORY)


def _sync(path: Path, flags: int) -> None:
    file = os.open(path, flags)
    try:
        os.fsync(file)
    finally:
        os.close(file)
