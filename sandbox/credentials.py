"""Make the secrets of a demo: one side for the viewer, the other for the sandbox. What is there is left alone."""

import secrets
from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from joserfc.jwk import KeySet, RSAKey

from sandbox.exact import read_json, write_json
from sandbox.tokens import Client

CLIENT_ID = "trustline"
SIGN_IN = "sign_in"
LOG_ORIGIN = "trustline.example/working-together"
PDS = "pds"
EPR = "epr"


def prepare(folder: Path, by_secret: Iterable[str], by_key: Iterable[str]) -> None:
    """Generate every credential that is missing under `folder`/secrets and `folder`/sandbox."""
    ours, theirs = folder / "sandbox", folder / "secrets"
    for place in (ours, theirs):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in by_secret:
        _make_secret(ours, theirs, name)
    _make_log_keys(folder, theirs, (*by_secret, *by_key))
    for name in (*by_key, SIGN_IN, PDS, EPR):
        _make_key(ours, theirs, name)


def witness_folder(folder: Path, trust: str) -> Path:
    """Return where the witness of a trust has its key and its record."""
    return folder / "witnesses" / trust


def witness_key_file(folder: Path, trust: str) -> Path:
    """Return where the key of a witness waits until it begins, and takes the key with it."""
    return folder / "witnesses" / f"{trust}.pem"


def witness_name(trust: str) -> str:
    """Return what the witness of a trust is called."""
    return f"{trust}.example/witness"


def log_key_of(folder: Path) -> str:
    """Return the public half of the log's own key, as its witnesses are told it."""
    return _spelt(LOG_ORIGIN, 1, (folder / "secrets" / "log.pem").read_bytes())


def client_of(folder: Path, name: str) -> Client:
    """Return how the sandbox knows the viewer at `name`, from its own side of the credentials."""
    keys = folder / "sandbox" / f"{name}.jwks.json"
    if keys.exists():
        return Client(keys=KeySet.import_key_set(read_json(keys.read_bytes())))
    return Client(secret=(folder / "sandbox" / f"{name}.secret").read_text().strip())


def public_key_of(folder: Path, name: str) -> str:
    """Return the public half of the viewer's key at `name`, in PEM."""
    keys = KeySet.import_key_set(read_json((folder / "sandbox" / f"{name}.jwks.json").read_bytes())).keys
    key = RSAKey.import_key(keys[0].as_dict(private=False))
    return key.as_pem(private=False).decode()


def _make_log_keys(folder: Path, theirs: Path, trusts: Iterable[str]) -> None:
    """Make the key the log signs with, and for each trust the key its witness cosigns with."""
    _make_signing_key(theirs / "log.pem")
    for trust in trusts:
        begun, waits = witness_folder(folder, trust) / "key.pem", witness_key_file(folder, trust)
        if not begun.exists():
            waits.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _make_signing_key(waits)
        private = begun if begun.exists() else waits
        public, spelt = theirs / f"{trust}.witness", _spelt(witness_name(trust), 4, private.read_bytes())
        if not public.exists() or public.read_text() != spelt:
            _write(public, spelt)


def _make_signing_key(path: Path) -> None:
    if not path.exists():
        key = Ed25519PrivateKey.generate()
        _write(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())


def _spelt(name: str, kind: int, pem: bytes) -> str:
    """Return a public key as c2sp.org/signed-note spells it: name, key id, and kind with key."""
    private = load_pem_private_key(pem, password=None)
    if not isinstance(private, Ed25519PrivateKey):
        raise TypeError(f"the key of {name} is not an Ed25519 key")
    key = bytes([kind]) + private.public_key().public_bytes_raw()
    return f"{name}+{sha256(name.encode() + bytes([10]) + key).hexdigest()[:8]}+{b64encode(key).decode()}"


def _make_secret(ours: Path, theirs: Path, name: str) -> None:
    if not (ours / f"{name}.secret").exists() or not (theirs / f"{name}.secret").exists():
        secret = secrets.token_urlsafe(32)
        _write(ours / f"{name}.secret", secret)
        _write(theirs / f"{name}.secret", secret)


def _make_key(ours: Path, theirs: Path, name: str) -> None:
    if not (ours / f"{name}.jwks.json").exists() or not (theirs / f"{name}.pem").exists():
        kid = f"{name}-{secrets.token_hex(4)}"
        key = RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})
        _write(theirs / f"{name}.pem", key.as_pem(private=True).decode())
        _write(theirs / f"{name}.kid", kid)
        _write(ours / f"{name}.jwks.json", write_json(KeySet([key]).as_dict(private=False)).decode())


def _write(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)
