"""The keys with which the sandbox's record systems sign which patient is in front of whom.

Rule: they are made out of the trusts' names, so that anybody can make them again. They prove nothing, and no real
record system has one.
"""

from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, derive_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256


def key_id(trust: str) -> str:
    """Return the id under which a trust's file names the key."""
    return f"{trust.replace('_', '-')}-epr-1"


def record_key(trust: str) -> EllipticCurvePrivateKey:
    """Return the key of a trust's record system."""
    digest = sha256(f"the sandbox's record system at {trust}".encode()).digest()
    return derive_private_key(int.from_bytes(digest, "big") % (_ORDER - 1) + 1, SECP256R1())


def private_pem(trust: str) -> str:
    """Return it in PEM."""
    return record_key(trust).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_pem(trust: str) -> str:
    """Return its public half, as it stands in the trust's file."""
    half = record_key(trust).public_key()
    return half.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
