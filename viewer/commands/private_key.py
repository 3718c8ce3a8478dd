"""Read the private key with which somebody signs for their trust, and put what they signed in its place.

Rule: a key that others on the machine can read is refused, and a file is replaced whole or not at all.
"""

import stat
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from viewer.configuration.config_file import Misconfigured


class CannotSign(Misconfigured):
    """The signature or the key was not made. The message says why."""


def read_private_key(path: Path) -> Ed25519PrivateKey:
    """Return the Ed25519 key in this file."""
    if path.stat().st_mode & stat.S_IRWXO:
        raise CannotSign(f"everybody on this machine can read {path}; run: chmod 600 {path}")
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError):
        raise CannotSign(f"{path} holds no private key in PEM without a password") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise CannotSign(f"{path} holds a key that is not Ed25519")
    return key


def put_in_place(path: Path, text: str) -> None:
    """Put a new text in the old one's place: who reads meanwhile reads the old one or the new one, never half."""
    new = path.with_name(f".{path.name}.new")
    new.write_text(text, encoding="utf-8")
    new.chmod(stat.S_IMODE(path.stat().st_mode))
    new.replace(path)
