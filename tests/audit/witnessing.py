"""What the tests of checkpoints share: keys, small logs, and witnesses as the programs they are."""

import atexit
import os
import shutil
import subprocess
import sys
from base64 import b64encode
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from viewer.audit.checkpoint import Checkpoint, add_checkpoint
from viewer.audit.note import COSIGNATURE, SigningKey, VerifierKey, read_key
from viewer.audit.tree import Tree, consistency_proof, leaf_hash

ROOT = Path(__file__).resolve().parents[2]
ORIGIN = "trustline.example/test"
PROGRAM = (sys.executable, "-m", "viewer.audit.witness")


def a_pem(seed: str) -> str:
    """Return the private key that belongs to this word: the same one every time."""
    key = Ed25519PrivateKey.from_private_bytes(sha256(seed.encode()).digest())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def a_signing_key(seed: str = "log", name: str = ORIGIN) -> SigningKey:
    return SigningKey(name, a_pem(seed))


def a_witness_key(trust: str) -> VerifierKey:
    """Return the public key of a trust's witness."""
    return VerifierKey(f"{trust}.example/witness", COSIGNATURE, a_signing_key(trust, trust).verifier.key)


def a_cosignature(trust: str, text: str, seconds: int) -> str:
    """Return the line by which a trust's witness cosigns a text."""
    key = Ed25519PrivateKey.from_private_bytes(sha256(trust.encode()).digest())
    signed = key.sign(f"cosignature/v1\ntime {seconds}\n{text}".encode())
    spelt = b64encode(a_witness_key(trust).id + seconds.to_bytes(8) + signed).decode()
    return f"— {trust}.example/witness {spelt}\n"


class ALog:
    """A log of `size` entries that can be asked for its checkpoint at any size and the proof between two."""

    def __init__(self, size, entry=lambda number: b"entry %d" % number, key=None):
        self.key = key or a_signing_key()
        self.roots, tree, self._closed = [Tree().root], Tree(), {}
        for index in range(size):
            tree, closed = tree.append(leaf_hash(entry(index + 1)))
            self.roots.append(tree.root)
            self._closed.update({(level, index >> level): it for level, it in enumerate(closed)})

    def subtree(self, level, index):
        return self._closed[level, index]

    def note(self, size):
        return self.key.sign(Checkpoint(self.key.verifier.name, size, self.roots[size]).text)

    def request(self, old, new):
        proof = consistency_proof(old, new, self.subtree) if old else ()
        return add_checkpoint(old, proof, self.note(new))


@dataclass
class Program:
    """A witness that is running."""

    process: subprocess.Popen
    port: int
    key: VerifierKey

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}"

    def post(self, body, path="/add-checkpoint", headers=None):
        return self._ask("POST", path, body, headers or {})

    def get(self, path="/"):
        return self._ask("GET", path, None, {})

    def _ask(self, method, path, body, headers):
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.getheader("Content-Type"), answer.read()
        finally:
            connection.close()


def begin(folder, trust="barnsley", seed=None):
    """Make a witness's folder; with a key that the test knows when `seed` is given.

    The program that does so is run once for each, and what it made is copied from then on.
    """
    begun, key = _begun(trust, seed)
    shutil.copytree(begun, folder)
    return key


@cache
def _begun(trust, seed):
    kept = TemporaryDirectory(prefix="witness-")
    atexit.register(kept.cleanup)
    folder, made = Path(kept.name) / trust, Path(kept.name) / "made.pem"
    if seed is not None:
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(a_pem(seed))
    with_key = () if seed is None else ("--key", str(made))
    done = run("--folder", str(folder), "--name", f"{trust}.example/witness", "--begin", *with_key)
    assert done.returncode == 0, done.stderr
    key = read_key(done.stdout)
    assert isinstance(key, VerifierKey)
    return folder, key


def run(*arguments):
    """Run the witness's program to its end."""
    return subprocess.run([*PROGRAM, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)


def start(folder, key, log_key=None, origin=ORIGIN):
    """Start a witness on a free port and wait until it says that it watches."""
    log_key = log_key or a_signing_key().verifier
    process = subprocess.Popen(
        [
            *(*PROGRAM, "--folder", str(folder), "--port", "0"),
            *("--origin", origin, "--log-key", str(log_key)),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    said = process.stdout.readline()
    assert "watches" in said, said
    return Program(process, int(said.rpartition(":")[2]), key)


def stop(program):
    program.process.terminate()
    program.process.communicate(timeout=20)


@contextmanager
def a_witness(folder, trust="barnsley", **how):
    program = start(folder, begin(folder, trust), **how)
    try:
        yield program
    finally:
        stop(program)
