"""Read [ordering] of a trust's file: how its ordering system proves who it is, and what its order codes mean.

Rule: the keys stand here, in the trust's own file. An address from which a token would have its key fetched is never
followed, and a key too weak for its algorithm is refused at the start.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from joserfc.jwk import ECKey, RSAKey

from viewer.configuration.config_file import Table
from viewer.identity.signed_token import Key

SHORTEST_RSA = 2048  # bits


@dataclass(frozen=True, slots=True)
class OrderingSystem:
    """One trust's ordering system, as it may ask here."""

    trust: str
    issuer: str
    keys: Mapping[str, Key] = field(repr=False)  # by key id
    practices: frozenset[str] = frozenset()  # ODS codes of GP practices that order through it
    tests: Mapping[tuple[str, str], str] = field(default_factory=dict)  # (system, code) of an order → key of a test


def read_ordering(file: Table, trust: str) -> OrderingSystem | None:
    """Return the trust's ordering system; None where the file names none."""
    if "ordering" not in file:
        return None
    table = file.table("ordering")
    keys: dict[str, Key] = {}
    for inner in table.tables("key"):
        name = inner.text("id")
        if name in keys:
            raise inner.wrong("id", f'"{name}" stands there twice')
        keys[name] = _read_key(inner)
    if not keys:
        raise table.wrong("key", "is missing: without a key nobody could prove to be this system")
    return OrderingSystem(
        trust, table.text("issuer"), keys, frozenset(table.texts("practices", ())), dict(map(_read_test, _tests(table)))
    )


def _tests(table: Table) -> tuple[Table, ...]:
    return table.tables("test")


def _read_test(table: Table) -> tuple[tuple[str, str], str]:
    return (table.text("system"), table.text("code")), table.text("test")


def _read_key(table: Table) -> Key:
    pem = table.text("public_key")
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise table.wrong("public_key", "is no public key in PEM") from None
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP384R1):
        return ECKey.import_key(pem)
    if isinstance(key, RSAPublicKey) and key.key_size >= SHORTEST_RSA:
        return RSAKey.import_key(pem)
    raise table.wrong("public_key", f"must be of the curve P-384, or RSA of {SHORTEST_RSA} bits at least")
