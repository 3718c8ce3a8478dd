"""Sign the text of an agreement with a trust's own Ed25519 key, and verify that it was signed.

Rule (6.1 of docs/access-rules.md): a signature is over exactly one agreement, one text, one trust and one day,
and over nothing that anybody could mistake for something else. Source: RFC 8032.
"""

import hashlib
from base64 import b64decode, b64encode
from datetime import date

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

# The first line of what is signed: no other message of ours, or of anybody's, begins so.
DOMAIN = "trustline: a trust signs a data-sharing agreement, version 1"


def signed_message(agreement: str, text: str, trust: str, on: date) -> bytes:
    """Return what a trust signs: five lines, none of which can hold a line break of its own."""
    return "".join(f"{line}\n" for line in (DOMAIN, agreement, text, trust, on.isoformat())).encode()


def sign(key: Ed25519PrivateKey, agreement: str, text: str, trust: str, on: date) -> str:
    """Return the signature in base64."""
    return b64encode(key.sign(signed_message(agreement, text, trust, on))).decode()


def why_not_verified(key: bytes | None, signature: str, message: bytes) -> str:
    """Return why this is no signature of the key's owner over the message, or ""."""
    if key is None:
        return "the trust’s own file holds no signing_key to verify it with"
    try:
        sent = b64decode(signature, validate=True)
    except ValueError:
        return "it is not written in base64"
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(sent, message)
    except InvalidSignature:
        return "it does not verify with the trust’s signing_key"
    return ""


def read_public_key(written: str) -> bytes | None:
    """Return the 32 bytes of a public key written in base64, or None when it is none."""
    try:
        key = b64decode(written, validate=True)
        Ed25519PublicKey.from_public_bytes(key)
    except ValueError:  # of base64, and of a key that is not 32 bytes
        return None
    return key


def written_public_key(key: Ed25519PrivateKey) -> str:
    """Return the public key of this private key as a trust's file holds it."""
    return b64encode(key.public_key().public_bytes_raw()).decode()


def fingerprint(key: bytes) -> str:
    """Return a short name of a public key, to read out over the telephone: the start of its SHA-256 in fours."""
    digest = hashlib.sha256(key).hexdigest()[:16]
    return " ".join(digest[start : start + 4] for start in range(0, 16, 4))
