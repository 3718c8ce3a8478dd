"""How entries stand in a journal file: one line each, with its length and its SHA-256 before it.

Rule: an entry is taken only when its bytes are exactly those that were written. What lies between is
damage, is counted, and costs no entry after it. Bytes that end in the middle of a frame are a write that
was cut short, which nobody was told had succeeded.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

import msgspec

from viewer.audit.entry import read_record

# An entry is JSON, which has no raw line break: each line is one frame, and reading starts anew at any of them.
_HEADER = re.compile(rb"journal1 (\d{8}) ([0-9a-f]{64}) ")


@dataclass(frozen=True, slots=True)
class Frames:
    """What a journal file holds: its entries in order, and what cannot be read."""

    bodies: tuple[bytes, ...] = ()
    damaged: int = 0  # places that are not what was written
    end: int = 0  # where the last whole frame ends
    torn: bool = False  # whether a write that was cut short stands after it


def as_frame(body: bytes) -> bytes:
    """Return an entry as it is written."""
    return b"journal1 %08d %s %s\n" % (len(body), sha256(body).hexdigest().encode(), body)


def read_frames(content: bytes) -> Frames:
    """Read a journal file from its first byte to its last."""
    found = list(_frames(content))
    end = found[-1][1] if found else 0
    starts = [start for start, _, _ in found]
    ends = [0, *(end for _, end, _ in found)]
    between = sum(start > before for before, start in zip(ends, starts, strict=False))
    rest = content[end:]
    torn = bool(rest) and _is_cut_short(rest)
    return Frames(tuple(body for *_, body in found), between + bool(rest and not torn), end, torn)


def _frames(content: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield start, end and entry of every whole frame; after a broken one, look on from its second byte."""
    at = 0
    while header := _HEADER.search(content, at):
        at = header.end() + int(header[1])
        body = content[header.end() : at]
        if sha256(body).hexdigest().encode() == header[2] and _is_entry(body):
            at += content[at : at + 1] == b"\n"
            yield header.start(), at, body
        else:
            at = header.start() + 1


def _is_entry(body: bytes) -> bool:
    """A reason in somebody's own words may look like a frame; inside a broken one it would be found."""
    try:
        read_record(body)
    except msgspec.DecodeError:
        return False
    return True


def _is_cut_short(rest: bytes) -> bool:
    """Say whether these bytes are the beginning of one frame, with or without zeros that a disk left after it.

    Only its last byte is a line break, so bytes that have one were a whole frame, and something altered it.
    """
    begun = rest.rstrip(b"\0")
    return b"\n" not in rest and bool(_HEADER.match(begun) or _BEGINNING.fullmatch(begun))


_BEGINNING = re.compile(rb"(j(o(u(r(n(a(l(1( \d{0,8}( [0-9a-f]{0,64} ?)?)?)?)?)?)?)?)?)?)?")


def bytes_of(bodies: Sequence[bytes]) -> bytes:
    """Return entries as they are written together."""
    return b"".join(map(as_frame, bodies))
