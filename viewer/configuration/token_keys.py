"""Read the [[key]] tables of one of a trust's systems: the public keys by which what it signs is checked.

Rule: a key too weak for its algorithm is refused at the start, and so is a second key of one name.
"""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    SECP384R1,
    EllipticCurve,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from joserfc.jwk import ECKey, RSAKey

from viewer.configuration.config_file import Table
from viewer.identity.signed_token import Key

SHORTEST_RSA = 2048  # bits
CURVES: dict[str, type[EllipticCurve]] = {"P-256": SECP256R1, "P-384": SECP384R1}


def read_token_keys(table: Table, curve: str) -> dict[str, Key]:
    """Return the keys by their ids: RSA, or of this one curve."""
    keys: dict[str, Key] = {}
    for inner in table.tables("key"):
        name = inner.text("id")
        if name in keys:
            raise inner.wrong("id", f'"{name}" stands there twice')
        keys[name] = _read_key(inner, curve)
    return keys


def _read_key(table: Table, curve: str) -> Key:
    pem = table.text("public_key")
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise table.wrong("public_key", "is no public key in PEM") from None
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, CURVES[curve]):
        return ECKey.import_key(pem)
    if isinstance(key, RSAPublicKey) and key.key_size >= SHORTEST_RSA:
        return RSAKey.import_key(pem)
    raise table.wrong("public_key", f"must be of the curve {curve}, or RSA of {SHORTEST_RSA} bits at least")
