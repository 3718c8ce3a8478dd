"""The keys with which the sandbox's record systems sign which patient is in front of whom, and what they ask about.

Rule: they are made out of the trusts' names, so that anybody can make them again. They prove nothing, and no real
record system has one.
"""

from hashlib import sha256, sha384

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    SECP384R1,
    EllipticCurvePrivateKey,
    derive_private_key,
)
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256
_ORDER_384 = (2**192 - 1 << 192) | 0xC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973  # of P-384


def key_id(trust: str) -> str:
    """Return the id under which a trust's file names the key."""
    return f"{trust.replace('_', '-')}-epr-1"


def record_key(trust: str) -> EllipticCurvePrivateKey:
    """Return the key of a trust's record system."""
    digest = sha256(f"the sandbox's record system at {trust}".encode()).digest()
    return derive_private_key(int.from_bytes(digest, "big") % (_ORDER - 1) + 1, SECP256R1())


def private_pem(trust: str) -> str:
    """Return it in PEM."""
    return _private(record_key(trust))


def public_pem(trust: str) -> str:
    """Return its public half, as it stands in the trust's file."""
    return _public(record_key(trust))


def ordering_key_id(trust: str) -> str:
    """Return the id under which a trust's file names the key of its ordering."""
    return f"{trust.replace('_', '-')}-ordering-1"


def ordering_key(trust: str) -> EllipticCurvePrivateKey:
    """Return the key with which a trust's ordering asks (CDS Hooks wants ES384)."""
    digest = sha384(f"the sandbox's ordering at {trust}".encode()).digest()
    return derive_private_key(int.from_bytes(digest, "big") % (_ORDER_384 - 1) + 1, SECP384R1())


def ordering_pem(trust: str) -> str:
    """Return it in PEM."""
    return _private(ordering_key(trust))


def ordering_public_pem(trust: str) -> str:
    """Return its public half, as it stands in the trust's file."""
    return _public(ordering_key(trust))


def _private(key: EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _public(key: EllipticCurvePrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
