"""Text signed by one or more keys, spelt so that any other program can check it, and a witness's dated cosignature.

Source: c2sp.org/signed-note (Ed25519, type 0x01) and c2sp.org/tlog-cosignature (cosignature/v1, type 0x04).
Rule: a note is read strictly. Base64 that is not spelt as we would spell it is no signature.
"""

import binascii
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from unicodedata import category

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

SIGNATURE = 0x01
COSIGNATURE = 0x04
MOST_SIGNATURES = 64  # the specification wants 16 at least
_DASH = "— "
_LAST_SECOND = 2**63 - 1  # the most a cosignature's time may be


@dataclass(frozen=True, slots=True)
class NotANote:
    """Why something is not a note, a key or a checkpoint."""

    reason: str


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with its name and what it signs, as everybody may know it."""

    name: str
    kind: int  # SIGNATURE or COSIGNATURE
    key: bytes

    @property
    def id(self) -> bytes:
        """Return the four bytes by which a signature names this key."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.key).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{b64encode(bytes([self.kind]) + self.key).decode()}"


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line of a note: whose it says it is, and its bytes."""

    name: str
    key_id: bytes
    data: bytes

    def __str__(self) -> str:
        return f"{_DASH}{self.name} {b64encode(self.key_id + self.data).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text, ending in a newline, and the signatures under it. None of them has been checked."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return f"{self.text}\n{''.join(map(str, self.signatures))}"

    def by(self, key: VerifierKey) -> tuple[Signature, ...]:
        """Return the signatures that say they are by this key."""
        return tuple(one for one in self.signatures if (one.name, one.key_id) == (key.name, key.id))


class SigningKey:
    """A private key with its name. It signs notes; what it cosigns carries the time in the signature."""

    def __init__(self, name: str, pem: str) -> None:
        loaded = load_pem_private_key(pem.encode(), password=None)
        if not isinstance(loaded, Ed25519PrivateKey):
            raise TypeError("not an Ed25519 key")
        self._key = loaded
        self.verifier = VerifierKey(name, SIGNATURE, loaded.public_key().public_bytes_raw())

    def sign(self, text: str) -> Note:
        """Return the text as a note with this key's signature."""
        signature = Signature(self.verifier.name, self.verifier.id, self._key.sign(text.encode()))
        return Note(text, (signature,))


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A cosignature that was checked: who says so, and when they said it."""

    key: VerifierKey
    seconds: int  # since 1970, by the witness's own clock
    signature: Signature = field(repr=False)


def is_signed_by(key: VerifierKey, note: Note) -> bool:
    """Say whether the key signed the note: once at least, and with no signature that is wrong."""
    signatures = note.by(key)
    return bool(signatures) and all(_holds(key.key, one.data, note.text.encode()) for one in signatures)


def cosigned_by(key: VerifierKey, note: Note) -> Cosigned | None:
    """Return the newest cosignature by this key; None when there is none, or one that is wrong."""
    checked = [_check_cosignature(key, note.text, one) for one in note.by(key)]
    good = [one for one in checked if one is not None]
    if not good or len(good) < len(checked):
        return None
    return max(good, key=lambda one: one.seconds)


def cosigned_message(seconds: int, text: str) -> bytes:
    """Return what a witness signs: that it saw this text, and when."""
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def _check_cosignature(key: VerifierKey, text: str, signature: Signature) -> Cosigned | None:
    if len(signature.data) != 8 + 64:
        return None
    seconds = int.from_bytes(signature.data[:8])
    if seconds > _LAST_SECOND or not _holds(key.key, signature.data[8:], cosigned_message(seconds, text)):
        return None
    return Cosigned(key, seconds, signature)


def _holds(key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────


def read_key(text: str) -> VerifierKey | NotANote:
    """Read `name+id+key`: an id that is not the key's own is a slip of the pen, and is refused."""
    name, _, rest = text.strip().partition("+")
    key_id, _, spelt = rest.partition("+")
    decoded = read_base64(spelt)
    if not may_be_name(name) or decoded is None or len(decoded) != 33:
        return NotANote("is not a key like barnsley.example/witness+1a2b3c4d+BE…=")
    key = VerifierKey(name, decoded[0], decoded[1:])
    if key.kind not in {SIGNATURE, COSIGNATURE}:
        return NotANote("is neither an Ed25519 key (type 1) nor a cosignature key (type 4)")
    if key.id.hex() != key_id:
        return NotANote(f'says its id is "{key_id}", but it is {key.id.hex()}: part of it was mistyped')
    try:
        Ed25519PublicKey.from_public_bytes(key.key)
    except ValueError:
        return NotANote("is no Ed25519 public key")
    return key


def read_note(sent: bytes) -> Note | NotANote:
    """Read a note; its signatures are taken apart, not checked."""
    try:
        whole = sent.decode()
    except UnicodeDecodeError:
        return NotANote("is not UTF-8")
    if any(letter < " " and letter != "\n" for letter in whole):
        return NotANote("holds a control character")
    text, _, lines = whole.rpartition("\n\n")
    if not text or not lines.endswith("\n"):
        return NotANote("has no blank line between its text and its signatures")
    signatures = read_signatures(lines)
    return signatures if isinstance(signatures, NotANote) else Note(f"{text}\n", signatures)


def read_signatures(lines: str) -> tuple[Signature, ...] | NotANote:
    """Read signature lines, one at least."""
    read = [_read_signature(line) for line in lines.removesuffix("\n").split("\n")]
    good = tuple(one for one in read if one is not None)
    if len(good) < len(read):
        return NotANote("has a line that is no signature")
    if len(good) > MOST_SIGNATURES:
        return NotANote("has too many signatures")
    return good


def read_base64(text: str) -> bytes | None:
    """Return the bytes, or None when the text is not the one spelling of any."""
    try:
        decoded = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return decoded if b64encode(decoded).decode() == text else None


def _read_signature(line: str) -> Signature | None:
    name, _, spelt = line.removeprefix(_DASH).partition(" ")
    decoded = read_base64(spelt)
    if not line.startswith(_DASH) or not may_be_name(name) or decoded is None or len(decoded) < 5:
        return None
    return Signature(name, decoded[:4], decoded[4:])


def may_be_name(name: str) -> bool:
    """Say whether a key may be called so."""
    return bool(name) and "+" not in name and not any(letter.isspace() or category(letter) == "Zs" for letter in name)
