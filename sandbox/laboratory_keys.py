"""The keys with which the sandbox's laboratories sign their code maps.

Rule: they are made out of the laboratories' names, so that anybody can make them again and sign what the sandbox's
tests need. They prove nothing, and no real laboratory has one.
"""

import os
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


def laboratory_key(trust: str) -> Ed25519PrivateKey:
    """Return the key of a trust's laboratory."""
    return Ed25519PrivateKey.from_private_bytes(sha256(f"the sandbox's laboratory at {trust}".encode()).digest())


def write_laboratory_key(trust: str, path: Path) -> None:
    """Write the private half to a file that is not there yet, for `trustline codes sign`."""
    pem = laboratory_key(trust).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
