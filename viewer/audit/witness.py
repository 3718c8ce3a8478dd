"""A trust's witness: it cosigns the log's checkpoints, and never two that do not agree.

One file for each trust to run on a machine of its own: Python 3.11, its standard library and `cryptography`,
nothing of the viewer. It keeps of the log only how long it was and the root over it: nothing about any patient.

    python witness.py --folder DIR --name barnsley.example/witness --begin      once: makes DIR, a key, an empty record
    python witness.py --folder DIR --port 8121 --origin ORIGIN --log-key KEY    from then on

Source: c2sp.org/tlog-witness, c2sp.org/tlog-cosignature (cosignature/v1), c2sp.org/tlog-checkpoint, RFC 6962 §2.1.2.
Rule: what is cosigned is on the disk before the cosignature leaves, checked and written in one transaction. Who has
lost the record must not go on with the key: the witness starts with both or not at all.
"""

import argparse
import binascii
import json
import os
import shutil
import signal
import sqlite3
import sys
import tempfile
import threading
import time
from base64 import b64decode, b64encode
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

MOST_BYTES = 64 * 1024  # of a request
MOST_STEPS = 63  # of a proof
MOST_KEPT = 1_000  # refused checkpoints that the log's key had signed: evidence, if it comes to that
PATIENCE = 10  # seconds for a connection to say something, and for the record to be free
EMPTY_ROOT = sha256().digest()
SIGNATURE, COSIGNATURE = 1, 4
DASH = "— "

_TABLES = """
CREATE TABLE IF NOT EXISTS me (name TEXT NOT NULL, began INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS seen (
  origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL, at INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS refused (
  number INTEGER PRIMARY KEY, at INTEGER NOT NULL, why TEXT NOT NULL, request BLOB NOT NULL
) STRICT;
"""


class CannotStart(Exception):  # noqa: N818  an answer to whoever starts it
    """The witness will not start. Says why and what to do."""


# ── Notes, checkpoints, proofs ───────────────────────────────────────────────────────────────────


class Refused(Exception):  # noqa: N818  an answer
    """The request is answered with this status and body, and nothing is cosigned."""

    def __init__(self, status: int, why: str, kind: str = "text/plain; charset=utf-8") -> None:
        super().__init__(why)
        self.status = status
        self.kind = kind


@dataclass(frozen=True)
class Key:
    """A public key: its name, what it signs (1 notes, 4 cosignatures) and its 32 bytes."""

    name: str
    kind: int
    key: bytes

    @property
    def id(self) -> bytes:
        """Return the four bytes by which a signature names it."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.key).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{b64encode(bytes([self.kind]) + self.key).decode()}"


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint as it was sent: what is signed, and what it says."""

    text: str
    signatures: tuple[tuple[str, bytes], ...]  # the name, and key id with signature
    origin: str
    size: int
    root: bytes


@dataclass(frozen=True)
class Request:
    """An add-checkpoint request, read."""

    old: int
    proof: tuple[bytes, ...]
    checkpoint: Checkpoint
    body: bytes


def read_key(text: str, kind: int) -> Key:
    """Read `name+id+key`, or say that it is none."""
    name, _, rest = text.strip().partition("+")
    key_id, _, spelt = rest.partition("+")
    decoded = _base64(spelt) or b""
    key = Key(name, kind, decoded[1:])
    if len(decoded) != 33 or decoded[0] != kind or key.id.hex() != key_id or not may_be_name(name):
        raise CannotStart(f"{text}: is not a public key like example.org/log+1a2b3c4d+AQ…= (or was mistyped)")
    return key


def read_request(body: bytes) -> Request:
    """Read `old N`, the proof, a blank line and the checkpoint."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise Refused(400, "not UTF-8") from None
    head, blank, note = text.partition("\n\n")
    first, *lines = head.split("\n")
    old = _size(first.removeprefix("old "))
    if not blank or not first.startswith("old ") or old is None:
        raise Refused(400, 'the request begins with "old", a size, the proof and an empty line')
    steps = tuple(_base64(line) for line in lines)
    if len(steps) > MOST_STEPS or any(step is None or len(step) != 32 for step in steps):
        raise Refused(400, "a line of the proof is no hash, or there are too many")
    return Request(old, tuple(step for step in steps if step is not None), read_checkpoint(note), body)


def read_checkpoint(note: str) -> Checkpoint:
    """Read a signed note as a checkpoint; its signatures are not checked here."""
    text, blank, lines = note.rpartition("\n\n")
    if not blank or not lines.endswith("\n") or any(letter < " " and letter != "\n" for letter in note):
        raise Refused(400, "no signed note")
    fields = text.split("\n")
    size = _size(fields[1]) if len(fields) > 2 else None
    root = _base64(fields[2]) if len(fields) > 2 else None
    if size is None or root is None or len(root) != 32 or not all(fields):
        raise Refused(400, "no checkpoint: origin, size, root")
    signatures = tuple(_signature(line) for line in lines[:-1].split("\n"))
    return Checkpoint(f"{text}\n", signatures, fields[0], size, root)


def is_signed(checkpoint: Checkpoint, key: Key) -> bool:
    """Say whether this key signed it. Signatures by others mean nothing here; a wrong one by this key spoils all."""
    ours = [found[4:] for name, found in checkpoint.signatures if (name, found[:4]) == (key.name, key.id)]
    try:
        for signature in ours:
            Ed25519PublicKey.from_public_bytes(key.key).verify(signature, checkpoint.text.encode())
    except InvalidSignature:
        return False
    return bool(ours)


def is_continued(old: int, old_root: bytes, new: int, new_root: bytes, proof: tuple[bytes, ...]) -> bool:
    """Say whether the proof shows that the first `old` of `new` entries are still what they were (RFC 6962 §2.1.2)."""
    if old == 0:
        return not proof and (new > 0 or new_root == EMPTY_ROOT)
    if old == new:
        return not proof and old_root == new_root
    steps = list(proof) if old & (old - 1) else [old_root, *proof]
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    if not steps:
        return False
    was = now = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            was, now = _node(step, was), _node(step, now)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            now = _node(now, step)
        node, last = node >> 1, last >> 1
    return last == 0 and was == old_root and now == new_root


def may_be_name(name: str) -> bool:
    """Say whether a key may be called so."""
    return bool(name) and "+" not in name and not any(letter.isspace() for letter in name)


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def _size(text: str) -> int | None:
    good = text.isascii() and text.isdigit() and len(text) <= 18 and (text == "0" or text[0] != "0")
    return int(text) if good else None


def _base64(text: str) -> bytes | None:
    """Return the bytes; None when it is not spelt in the one way."""
    try:
        decoded = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return decoded if b64encode(decoded).decode() == text else None


def _signature(line: str) -> tuple[str, bytes]:
    name, _, spelt = line.removeprefix(DASH).partition(" ")
    decoded = _base64(spelt)
    if not line.startswith(DASH) or not may_be_name(name) or decoded is None or len(decoded) < 5:
        raise Refused(400, "a line after the blank one is no signature")
    return name, decoded


# ── The witness ──────────────────────────────────────────────────────────────────────────────────


class Witness:
    """Its key, its record, and the one log it watches."""

    def __init__(self, folder: Path, origin: str, log_key: Key) -> None:
        self._record = folder / "record.sqlite"
        if not (folder / "key.pem").exists():
            raise CannotStart(f"{folder}: there is no key.pem; make a new witness, in a new folder, with --begin")
        if not self._record.exists():
            raise CannotStart(f"{folder}: record.sqlite is gone. {_LOST}")
        self._key = _load_key(folder / "key.pem")
        with closing(_open(self._record)) as record:
            (self.name,) = record.execute("SELECT name FROM me").fetchone()
        self.key = Key(self.name, COSIGNATURE, self._key.public_key().public_bytes_raw())
        self.origin = origin
        self.log_key = log_key
        self._one_at_a_time = threading.Lock()

    def add_checkpoint(self, request: Request) -> str:
        """Return the cosignature line, once what it says is on the disk; or refuse."""
        checkpoint = request.checkpoint
        if checkpoint.origin != self.origin:
            raise Refused(404, "this witness does not watch that log")
        if not is_signed(checkpoint, self.log_key):
            raise Refused(403, "not signed by the log's key")
        if request.old > checkpoint.size:
            raise Refused(400, "the old size is larger than the checkpoint's")
        with self._one_at_a_time, closing(_open(self._record)) as record:
            try:
                return self._check_and_keep(record, request)
            except Refused as refusal:
                _keep_refused(record, refusal, request)
                raise

    def last(self) -> tuple[int, str]:
        """Return the size of the last checkpoint cosigned, and that checkpoint as a note."""
        with closing(_open(self._record)) as record:
            row = record.execute("SELECT size, note FROM seen WHERE origin = ?", (self.origin,)).fetchone()
        return row or (0, "")

    def _check_and_keep(self, record: sqlite3.Connection, request: Request) -> str:
        new = request.checkpoint
        record.execute("BEGIN IMMEDIATE")
        try:
            row = record.execute("SELECT size, root FROM seen WHERE origin = ?", (new.origin,)).fetchone()
            size, root = row or (0, EMPTY_ROOT)
            if request.old != size:
                raise Refused(409, f"{size}\n", "text/x.tlog.size")
            if new.size == size and new.root != root:
                raise Refused(409, f"{size}\n", "text/x.tlog.size")
            if not is_continued(size, root, new.size, new.root, request.proof):
                raise Refused(422, "the proof does not show that the log only grew")
            at = int(time.time())
            line = self._cosign(new.text, at)
            note = request.body.decode().partition("\n\n")[2]
            record.execute(
                "INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?)", (new.origin, new.size, new.root, note + line, at)
            )
            record.execute("COMMIT")  # with synchronous=FULL this is on the disk, and only now may the line leave
        except BaseException:
            if record.in_transaction:
                record.execute("ROLLBACK")
            raise
        return line

    def _cosign(self, text: str, at: int) -> str:
        signed = self._key.sign(f"cosignature/v1\ntime {at}\n{text}".encode())
        return f"{DASH}{self.name} {b64encode(self.key.id + at.to_bytes(8) + signed).decode()}\n"


_LOST = (
    "What its key has cosigned nobody remembers, so the key must not be used again: make another witness, in another "
    "folder, with --begin, and tell the partnership its new key"
)


def begin(folder: Path, name: str, made: Path | None = None) -> Key:
    """Make the folder with a key and an empty record: both, or nothing at all. `made` is a key made elsewhere.

    A key that was here before has cosigned, for all anybody knows; with an empty record it would cosign another log.
    """
    if not may_be_name(name):
        raise CannotStart(f'"{name}": a witness needs a name without spaces, like barnsley.example/witness')
    if folder.exists() and any(folder.iterdir()):
        raise CannotStart(f"{folder}: {_why_not_here(folder)}")
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        key = Key(name, COSIGNATURE, _make_key(new / "key.pem", made).public_key().public_bytes_raw())
        _make_record(new / "record.sqlite", name)
        _sync(new)
        new.rename(folder)  # over an empty folder or none; one that another has begun meanwhile is not empty
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
    _sync(folder.parent)
    if made is not None:
        made.unlink()  # nobody begins a second witness with it
    return key


def _why_not_here(folder: Path) -> str:
    if (folder / "key.pem").exists() and not (folder / "record.sqlite").exists():
        return f"has a key, and its record is gone. {_LOST}"
    if (folder / "record.sqlite").exists():
        return "has a record already; a witness begins once. Start it, and it says its key"
    return "is not empty; a witness begins in a new folder"


def _make_key(path: Path, made: Path | None) -> Ed25519PrivateKey:
    key = _load_key(made) if made is not None else Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    return key


def _make_record(path: Path, name: str) -> None:
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(_open(path)) as record:
        record.executescript(_TABLES)
        record.execute("INSERT INTO me VALUES (?, ?)", (name, int(time.time())))


def _sync(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _load_key(path: Path) -> Ed25519PrivateKey:
    if path.stat().st_mode & 0o077:
        raise CannotStart(f"{path}: others on this machine can read it; run: chmod 600 {path}")
    try:
        loaded = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError) as problem:
        raise CannotStart(f"{path}: is no private key in PEM without a password: {problem}") from None
    if not isinstance(loaded, Ed25519PrivateKey):
        raise CannotStart(f"{path}: is not an Ed25519 key")
    return loaded


def _open(path: Path) -> sqlite3.Connection:
    """Open the record: nothing is committed before it is on the disk, and no empty file stands in for a lost one."""
    record = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=PATIENCE, isolation_level=None)
    record.execute("PRAGMA journal_mode = DELETE")
    record.execute("PRAGMA synchronous = EXTRA")  # FULL, and the removal of the journal is on the disk as well
    return record


def _keep_refused(record: sqlite3.Connection, refusal: Refused, request: Request) -> None:
    """Keep what the log's own key signed and this witness refused, unless it only mistook the size."""
    mistook = refusal.status == 409 and request.old != int(str(refusal))
    (kept,) = record.execute("SELECT count(*) FROM refused").fetchone()
    if not mistook and kept < MOST_KEPT:
        row = (int(time.time()), f"{refusal.status} {refusal}".strip(), request.body)
        record.execute("INSERT INTO refused (at, why, request) VALUES (?, ?, ?)", row)


# ── Serving ──────────────────────────────────────────────────────────────────────────────────────


class Door(BaseHTTPRequestHandler):
    """Answers over HTTP. What it is not asked for in the one right way it does not answer."""

    protocol_version = "HTTP/1.1"
    server_version = "trustline-witness"
    sys_version = ""
    timeout = PATIENCE
    witness: Witness

    def do_GET(self) -> None:
        """Say who this is and what it last cosigned."""
        size, note = self.witness.last()
        if self.path == "/checkpoint":
            self._answer(200 if note else 404, note or "nothing is cosigned yet\n", "text/plain; charset=utf-8")
        elif self.path == "/":
            me = {
                "name": self.witness.name,
                "key": str(self.witness.key),
                "origin": self.witness.origin,
                "log_key": str(self.witness.log_key),
                "size": size,
            }
            self._answer(200, json.dumps(me, indent=2) + "\n", "application/json")
        else:
            self._answer(404, "no such page\n", "text/plain; charset=utf-8")

    def do_POST(self) -> None:
        """Cosign a checkpoint, or say why not."""
        try:
            body = self._body()
            if self.path != "/add-checkpoint":
                raise Refused(404, "no such page")
            self._answer(200, self.witness.add_checkpoint(read_request(body)), "text/plain; charset=utf-8")
        except Refused as refusal:
            said = f"{str(refusal).removesuffix(chr(10))}\n"
            self._answer(refusal.status, said, refusal.kind)
        except sqlite3.Error as problem:  # a full disk, say: nothing was cosigned
            self._answer(503, f"the record cannot be written: {type(problem).__name__}\n", "text/plain; charset=utf-8")

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()) or self.headers.get("Transfer-Encoding"):
            self.close_connection = True
            raise Refused(411, "say how long the request is")
        if len(length) > 9 or int(length) > MOST_BYTES:
            self.close_connection = True
            raise Refused(413, "too long")
        body = self.rfile.read(int(length))
        if len(body) != int(length):
            self.close_connection = True
            raise Refused(400, "cut short")
        return body

    def _answer(self, status: int, said: str, kind: str) -> None:
        body = said.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *values: object) -> None:  # noqa: A002  http.server's own name
        """Say nothing of ordinary requests."""


def main(arguments: list[str] | None = None) -> int:
    """Begin a witness, or serve one until it is ended."""
    asked = _parser().parse_args(arguments)
    try:
        if asked.begin:
            sys.stdout.write(f"{begin(asked.folder, asked.name, asked.key)}\n")
            return 0
        if asked.port is None or not asked.origin or not asked.log_key:
            raise CannotStart("--port, --origin and --log-key are needed")
        witness = Witness(asked.folder, asked.origin, read_key(asked.log_key, SIGNATURE))
        serve(witness, asked.host, asked.port)
    except (CannotStart, OSError, sqlite3.Error) as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    return 0


def serve(witness: Witness, host: str, port: int) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    server = ThreadingHTTPServer((host, port), type("ThisDoor", (Door,), {"witness": witness}))
    server.daemon_threads = True

    def end(*_: object) -> None:
        threading.Thread(target=server.shutdown).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    sys.stdout.write(f"{witness.name} watches {witness.origin} at http://{host}:{server.server_port}\n")
    sys.stdout.flush()
    with server:
        server.serve_forever()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="witness", description="Cosign the checkpoints of one log.")
    parser.add_argument("--folder", type=Path, required=True, help="where its key and its record are")
    parser.add_argument("--begin", action="store_true", help="make key and record in a new folder, print the key, end")
    parser.add_argument("--key", type=Path, help="with --begin: a key made elsewhere and never used; it is moved there")
    parser.add_argument("--name", default="", help="with --begin: what it is called, like barnsley.example/witness")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (this machine alone)")
    parser.add_argument("--port", type=int, help="the port to listen on; 0 takes any that is free")
    parser.add_argument("--origin", help="the log's name, as its checkpoints say it")
    parser.add_argument("--log-key", help="the log's public key, name+id+key")
    return parser


if __name__ == "__main__":
    sys.exit(main())
