"""A checkpoint: how large the log is and the root over it, in the spelling that logs and witnesses share.

Source: c2sp.org/tlog-checkpoint and c2sp.org/tlog-witness.
Rule: a checkpoint is confirmed when more than 75 % of the trusts have cosigned it or a later one, in whole numbers.
"""

from base64 import b64encode
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from viewer.audit.note import (
    Cosigned,
    NotANote,
    Note,
    VerifierKey,
    cosigned_by,
    read_base64,
    read_signatures,
)
from viewer.audit.tree import HASH_SIZE

MOST_DIGITS = 19  # of a size: what 64 bits hold
MOST_STEPS = 63  # of a consistency proof
_FIVE_MINUTES = 300  # that a witness's clock may be ahead of ours


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What the log says of itself at one size. Extension lines are carried and mean nothing."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Return the text that is signed."""
        lines = (self.origin, str(self.size), b64encode(self.root).decode(), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


def read_checkpoint(text: str) -> Checkpoint | NotANote:
    """Read a note's text as a checkpoint."""
    origin, *lines = text.removesuffix("\n").split("\n")
    if not text.endswith("\n") or len(lines) < 2 or not all((origin, *lines)):
        return NotANote("has not the three lines of a checkpoint: origin, size, root")
    size, root = read_size(lines[0]), read_base64(lines[1])
    if size is None:
        return NotANote("has no size in its second line")
    if root is None or len(root) != HASH_SIZE:
        return NotANote("has no root in its third line")
    return Checkpoint(origin, size, root, tuple(lines[2:]))


def read_size(text: str) -> int | None:
    """Return a size spelt without leading noughts, or None."""
    if not (text.isascii() and text.isdigit()) or len(text) > MOST_DIGITS or (text != "0" and text[0] == "0"):
        return None
    return int(text)


# ── Asking a witness ─────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Behind:
    """The witness has last cosigned another size than we thought."""

    size: int


@dataclass(frozen=True, slots=True)
class Disputed:
    """The witness says that what it saw before was another log. Somebody must find out why."""

    reason: str


@dataclass(frozen=True, slots=True)
class NoCosignature:
    """There is no cosignature, and why."""

    reason: str


Reply = Cosigned | Behind | Disputed | NoCosignature


def add_checkpoint(old: int, proof: Sequence[bytes], note: Note) -> bytes:
    """Return the body of a request to a witness."""
    steps = "".join(f"{b64encode(step).decode()}\n" for step in proof)
    return f"old {old}\n{steps}\n{note}".encode()


def read_reply(
    status: int, kind: str, body: bytes, key: VerifierKey, note: Note, asked: tuple[int, int], now: datetime
) -> Reply:
    """Read what a witness answered when asked to go from one size to another; nothing it says is taken on trust."""
    old, size = asked
    if status == 409:
        known = read_size(body.decode("ascii", "replace").removesuffix("\n")) if kind == "text/x.tlog.size" else None
        return _conflict(known, old, size)
    if status == 422:
        return Disputed(f"it does not find the {old:,} entries it knows at the beginning of this log")
    if status != 200:
        return NoCosignature(_REFUSALS.get(status, f"it answered HTTP {status}"))
    return _read_cosignature(body, key, note, now)


_REFUSALS: Mapping[int, str] = {
    400: "it could not read the request",
    403: "it does not know the log's key",
    404: "it does not know this log",
}


def _conflict(known: int | None, old: int, size: int) -> Reply:
    if old == size and known in {None, size}:
        return Disputed(f"it has seen another root at {size:,} entries")
    if known is None or known == old:
        return NoCosignature("what it says of the size it knows makes no sense")
    if known > size:
        return Disputed(f"it has seen {known:,} entries, and this log has only {size:,}")
    return Behind(known)


def _read_cosignature(body: bytes, key: VerifierKey, note: Note, now: datetime) -> Cosigned | NoCosignature:
    signatures = read_signatures(body.decode("utf-8", "replace"))
    if isinstance(signatures, NotANote):
        return NoCosignature("its answer is no cosignature")
    cosigned = cosigned_by(key, Note(note.text, signatures))
    if cosigned is None:
        return NoCosignature("its answer holds no good cosignature by its key")
    if cosigned.seconds > now.timestamp() + _FIVE_MINUTES:
        return NoCosignature("its cosignature is dated in the future")
    return cosigned


# ── Confirmation ─────────────────────────────────────────────────────────────────────────────────


def is_quorum(cosigned: int, eligible: int) -> bool:
    """Say whether these are more than 75 % of the trusts; of none there is no quorum."""
    return 4 * cosigned > 3 * eligible and eligible > 0


def confirmed_size(largest: Collection[int]) -> int:
    """Return how many entries a quorum confirms, out of the largest size each trust has cosigned (0: none yet).

    Whoever cosigned a larger log was shown that the smaller one stands at its beginning.
    """
    ordered = sorted(largest, reverse=True)
    needed = next((count for count in range(1, len(ordered) + 1) if is_quorum(count, len(ordered))), 0)
    return ordered[needed - 1] if needed else 0


@dataclass(frozen=True, slots=True)
class Missing:
    """A trust whose witness has not cosigned the newest checkpoint."""

    trust: str
    size: int  # the largest it has cosigned
    because: str  # "" when it was not asked yet
    disputed: bool  # it says that it was shown another log


@dataclass(frozen=True, slots=True)
class Confirmation:
    """How far the log is confirmed by the trusts, and since when it has not been further."""

    is_signed: bool = False  # without a key of its own the log is signed by nobody
    entries: int = 0  # in the log now
    checkpoint: int = 0  # entries under the newest checkpoint
    size: int = 0  # entries that are confirmed
    root: bytes = b""  # over those
    confirmed_at: datetime | None = None  # when the last of a quorum cosigned them
    since: datetime | None = None  # when the oldest entry was written that has waited too long; None: none has
    eligible: int = 0  # trusts with a witness
    cosigned: int = 0  # of them, by how many the newest checkpoint is cosigned
    missing: tuple[Missing, ...] = ()
    unreadable: bool = False  # nobody can say just now

    @property
    def disputed(self) -> tuple[Missing, ...]:
        """Return those who say that they were shown another log."""
        return tuple(one for one in self.missing if one.disputed)
