"""Verify an exported log alone: Python 3.11, its standard library and `cryptography`, nothing of the viewer.

    python standalone.py --log log.txt --checkpoints checkpoints.txt [more.txt …] --keys keys.txt

What it is given:
  log.txt          `trustline log export`: a line an entry: its number, its hash, its bytes (JSON)
  checkpoints.txt  `trustline log checkpoints`; and whatever checkpoints the trusts' witnesses kept for themselves,
                   each in a file of its own: they are what shows a roll-back
  keys.txt         lines `log KEY` and `witness TRUST KEY`, as the trusts themselves gave them: not from the log's
                   operator. A trust that replaced its witness has a line for each of its keys, and counts once

What it does: works every hash out again from the bytes, grows the tree (RFC 6962 §2.1) entry by entry, and holds it
against every checkpoint: is it signed by the log's key, cosigned by whom, and is its root the root of these entries?
It says "consistent", how far more than 75 % of the trusts confirm it, or the first thing that is wrong and where.

What it cannot show: that an entry was true when it was written; that a look was written at all; and, of the entries
after the last cosigned checkpoint, anything that whoever holds the log's key did not want it to show.
Rule: written apart from the viewer, so that a mistake in one is not a mistake in the other. See docs/evidence.md.
"""

import argparse
import binascii
import sys
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

NOTE, COSIGNATURE = 1, 4
DASH = "— "

Verifies = Callable[[bytes, bytes, bytes], bool]  # key, signature, message


@dataclass(frozen=True)
class Fault:
    """Something that is wrong, and where: in these entries, from the first to the last that it may be, or in a file."""

    where: str
    what: str
    first: int = 0
    last: int = 0

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(frozen=True)
class Key:
    """A public key: its name, what it signs, its 32 bytes, and the trust whose witness cosigns with it."""

    name: str
    kind: int
    key: bytes
    trust: str = ""

    @property
    def id(self) -> bytes:
        """Return the four bytes by which a signature names it."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.key).digest()[:4]


@dataclass(frozen=True)
class Keys:
    """The keys that are believed: the log's, and each trust's, former ones among them."""

    log: Key
    witnesses: tuple[Key, ...]


@dataclass(frozen=True)
class Checked:
    """A checkpoint whose signatures hold."""

    where: str
    size: int
    root: bytes
    cosigned: tuple[Key, ...]


@dataclass(frozen=True)
class Verdict:
    """What was found."""

    entries: int
    fault: Fault | None
    confirmed: int = 0  # entries that more than 75 % of the trusts confirm
    signed: int = 0  # entries under the largest checkpoint
    largest: Mapping[str, int] = field(default_factory=dict)  # by trust, the largest size its witness cosigned

    @property
    def consistent(self) -> bool:
        """Say whether nothing is wrong."""
        return self.fault is None


class Unreadable(Exception):  # noqa: N818  an answer
    """A line, a note or a key is not what it should be."""


def holds(key: bytes, signature: bytes, message: bytes) -> bool:
    """Say whether this is the key's signature of the message."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


# ── The whole of it ──────────────────────────────────────────────────────────────────────────────


def verify(log: bytes, checkpoints: Mapping[str, bytes], keys: Keys, verifies: Verifies = holds) -> Verdict:
    """Verify a log against checkpoints, given by the name of the file they came in."""
    leaves: list[bytes] = []
    for found in read_log(log):
        if isinstance(found, Fault):
            return Verdict(len(leaves), found)
        leaves.append(found)
    read: list[Checked] = []
    for name, content in checkpoints.items():
        for one in read_checkpoints(name, content, keys, verifies):
            if isinstance(one, Fault):
                return Verdict(len(leaves), one)
            read.append(one)
    return compare(leaves, read, keys)


def compare(leaves: Sequence[bytes], checkpoints: Iterable[Checked], keys: Keys) -> Verdict:
    """Hold the entries against every checkpoint, the smallest first."""
    ordered = sorted(checkpoints, key=lambda one: one.size)
    largest: dict[str, int] = {key.trust: 0 for key in keys.witnesses}
    tree = Tree()
    agreed: list[Checked] = []
    for one in ordered:
        if one.size > len(leaves):
            what = f"speaks of {one.size} entries{_by(one)} and there are {len(leaves)}: {_CUT_OR_LATE}"
            return Verdict(len(leaves), Fault(one.where, what, _sound_before(one, agreed) + 1, one.size))
        while tree.size < one.size:
            tree.append(leaves[tree.size])
        if tree.root() != one.root:
            good = _sound_before(one, agreed)
            what = f"its root{_by(one)} is not that of the {one.size} entries: one of {good + 1} to {one.size} is not"
            fault = Fault(one.where, f"{what} what it was when this was signed", good + 1, one.size)
            return Verdict(len(leaves), fault)
        agreed.append(one)
        for key in one.cosigned:
            largest[key.trust] = max(largest[key.trust], one.size)
    signed = agreed[-1].size if agreed else 0
    return Verdict(len(leaves), None, confirmed_by(largest.values()), signed, largest)


_CUT_OR_LATE = (
    "at least the rest was cut out, or was written after the log was exported. Export the log again, after every "
    "checkpoint was taken, and verify again: if it still says so, entries were cut out"
)


def _sound_before(bad: Checked, agreed: Iterable[Checked]) -> int:
    """Return how many entries are what whoever signed the bad checkpoint saw.

    What the log alone signed says nothing against a witness: its key may be in the wrong hands. A witness that
    cosigned a smaller checkpoint as well was shown that the larger one begins with it.
    """
    sizes = [one.size for one in agreed if not bad.cosigned or set(one.cosigned) & set(bad.cosigned)]
    return max(sizes, default=0)


def confirmed_by(sizes: Iterable[int]) -> int:
    """Return the largest size that more than 75 % of the trusts have cosigned or gone beyond."""
    known = list(sizes)
    return max((size for size in known if 4 * sum(one >= size for one in known) > 3 * len(known)), default=0)


def _by(one: Checked) -> str:
    return f", cosigned by {', '.join(key.name for key in one.cosigned)}," if one.cosigned else ""


class Tree:
    """The root over so many leaves, grown one by one: a stack of complete subtrees, each with its count of leaves."""

    def __init__(self) -> None:
        self.size = 0
        self._stack: list[tuple[int, bytes]] = []

    def append(self, leaf: bytes) -> None:
        """Take one more leaf hash, and join every two subtrees of one size."""
        self.size += 1
        self._stack.append((1, leaf))
        while len(self._stack) > 1 and self._stack[-1][0] == self._stack[-2][0]:
            count, right = self._stack.pop()
            _, left = self._stack.pop()
            self._stack.append((2 * count, _node(left, right)))

    def root(self) -> bytes:
        """Return the root over all the leaves."""
        if not self._stack:
            return sha256(b"").digest()
        _, found = self._stack[-1]
        for _, left in reversed(self._stack[:-1]):
            found = _node(left, found)
        return found


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


# ── The log ──────────────────────────────────────────────────────────────────────────────────────


def read_log(content: bytes) -> Iterator[bytes | Fault]:
    """Yield each entry's leaf hash, or the first fault and nothing more."""
    if not content:
        return
    lines = content.split(b"\n")
    last = lines.pop()
    for number, line in enumerate(lines, start=1):
        found = read_line(number, line)
        yield found
        if isinstance(found, Fault):
            return
    if last:
        number = len(lines) + 1
        yield Fault(f"entry {number}", "its line has no end", number, number)


def read_line(number: int, line: bytes) -> bytes | Fault:
    """Return the hash of the entry in this line, worked out from its bytes; a Fault when the line says otherwise."""
    said, _, rest = line.partition(b" ")
    if said != b"%d" % number:
        known = said.decode("ascii", "replace")[:20]
        what = f'the line in its place begins with "{known}": an entry is missing, moved or too many'
        return Fault(f"entry {number}", what, number, number)
    leaf = sha256(b"\x00" + rest[65:]).digest()
    if rest[:65] != leaf.hex().encode() + b" ":
        what = "its bytes do not have the hash that stands beside them"
        return Fault(f"entry {number}", what, number, number)
    return leaf


# ── Checkpoints ──────────────────────────────────────────────────────────────────────────────────


def read_checkpoints(name: str, content: bytes, keys: Keys, verifies: Verifies = holds) -> Iterator[Checked | Fault]:
    """Yield the checkpoints of a file, each larger than the one before it; or the first fault and nothing more."""
    if not content:
        return
    size = -1
    for number, note in enumerate(split_notes(content), start=1):
        where = f"{name}, checkpoint {number}"
        try:
            checked = read_checkpoint(where, note, keys, verifies)
        except Unreadable as problem:
            yield Fault(where, str(problem))
            return
        if checked.size <= size:
            yield Fault(where, f"speaks of {checked.size} entries, and stands after one that speaks of {size}")
            return
        size = checked.size
        yield checked


def split_notes(content: bytes) -> list[bytes]:
    """Return the notes of a file. In each one empty line stands before its signatures; one more divides two notes."""
    blocks = content.split(b"\n\n")
    pairs = [blocks[place : place + 2] for place in range(0, len(blocks), 2)]
    ended = [pair if place == len(pairs) - 1 else [*pair[:-1], pair[-1] + b"\n"] for place, pair in enumerate(pairs)]
    return [b"\n\n".join(pair) for pair in ended]


def read_checkpoint(where: str, note: bytes, keys: Keys, verifies: Verifies = holds) -> Checked:
    """Return a checkpoint that the log's key signed and that nobody unknown did."""
    text, lines = _split(note)
    cosigned: dict[Key, None] = {}
    by_log = False
    for line in lines:
        name, key_id, signature = _read_signature(line)
        key = next((one for one in (keys.log, *keys.witnesses) if (one.name, one.id) == (name, key_id)), None)
        if key is None:
            raise Unreadable(f'is signed by "{name}" with a key that was not given')
        if not verifies(key.key, *_signed(key, signature, text)):
            raise Unreadable(f'the signature by "{name}" does not hold')
        by_log = by_log or key is keys.log
        if key is not keys.log:
            cosigned[key] = None
    if not by_log:
        raise Unreadable("is not signed by the log")
    size, root = _read_text(text, keys.log.name)
    return Checked(where, size, root, tuple(cosigned))


def _split(note: bytes) -> tuple[str, list[str]]:
    try:
        whole = note.decode()
    except UnicodeDecodeError:
        raise Unreadable("is not UTF-8") from None
    text, blank, signatures = whole.partition("\n\n")
    if not blank or not signatures.endswith("\n") or any(letter < " " and letter != "\n" for letter in whole):
        raise Unreadable("is not a signed note")
    return f"{text}\n", signatures[:-1].split("\n")


def _read_signature(line: str) -> tuple[str, bytes, bytes]:
    name, _, spelt = line.removeprefix(DASH).partition(" ")
    decoded = _base64(spelt)
    if not line.startswith(DASH) or not name or decoded is None or len(decoded) < 5:
        raise Unreadable("has a line that is no signature")
    return name, decoded[:4], decoded[4:]


def _signed(key: Key, signature: bytes, text: str) -> tuple[bytes, bytes]:
    """Return the signature and the message it is over: a cosignature has its time in front, and signs it as well."""
    if key.kind == NOTE:
        return signature, text.encode()
    seconds = int.from_bytes(signature[:8])
    return signature[8:], f"cosignature/v1\ntime {seconds}\n{text}".encode()


def _read_text(text: str, origin: str) -> tuple[int, bytes]:
    lines = text[:-1].split("\n")
    if len(lines) < 3 or lines[0] != origin:
        raise Unreadable("is not a checkpoint of this log")
    root = _base64(lines[2])
    is_number = lines[1].isascii() and lines[1].isdigit() and len(lines[1]) < 20
    if not is_number or str(int(lines[1])) != lines[1] or root is None or len(root) != 32 or "" in lines:
        raise Unreadable("has no size and root")
    return int(lines[1]), root


def _base64(text: str) -> bytes | None:
    """Return the bytes; None when they are not spelt in the one way, which hides an altered bit."""
    try:
        decoded = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return decoded if b64encode(decoded).decode() == text else None


# ── Keys ─────────────────────────────────────────────────────────────────────────────────────────


def read_keys(content: str) -> Keys:
    """Read the lines `log KEY` and `witness TRUST KEY`."""
    logs, witnesses = [], []
    for line in filter(None, map(str.strip, content.splitlines())):
        match line.split():
            case ["log", spelt]:
                logs.append(read_key(spelt, NOTE))
            case ["witness", trust, spelt]:
                witnesses.append(read_key(spelt, COSIGNATURE, trust))
            case [first, *_] if not first.startswith("#"):
                raise Unreadable(f'keys: "{line[:40]}" is neither "log KEY" nor "witness TRUST KEY"')
    if len(logs) != 1:
        raise Unreadable("keys: there must be one line that begins with log")
    if len({key.key for key in witnesses}) < len(witnesses):
        raise Unreadable("keys: two lines have one key")
    if len({(key.name, key.trust) for key in witnesses}) > len({key.name for key in witnesses}):
        raise Unreadable("keys: the witnesses of two trusts have one name")
    return Keys(logs[0], tuple(witnesses))


def read_key(text: str, kind: int, trust: str = "") -> Key:
    """Read `name+id+key`."""
    name, _, rest = text.strip().partition("+")
    key_id, _, spelt = rest.partition("+")
    decoded = _base64(spelt) or b""
    key = Key(name, kind, decoded[1:], trust)
    if len(decoded) != 33 or decoded[0] != kind or key.id.hex() != key_id:
        raise Unreadable(f'keys: "{text[:60]}" is no such key, or was mistyped')
    return key


# ── The program ──────────────────────────────────────────────────────────────────────────────────


def main(arguments: list[str] | None = None) -> int:
    """Verify, and say what was found: 0 when it is consistent, 1 when it is not, 2 when it cannot be read."""
    asked = _parser().parse_args(arguments)
    try:
        keys = read_keys(asked.keys.read_text(encoding="utf-8"))
        checkpoints = {str(path): path.read_bytes() for path in asked.checkpoints}
        verdict = verify(asked.log.read_bytes(), checkpoints, keys)
    except (OSError, Unreadable, UnicodeDecodeError) as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    sys.stdout.write("".join(f"{line}\n" for line in in_words(verdict)))
    return 0 if verdict.consistent else 1


def in_words(verdict: Verdict) -> Iterator[str]:
    """Say what was found, for people."""
    if verdict.fault is not None:
        yield f"NOT CONSISTENT. {verdict.fault}"
        if verdict.fault.first:
            yield f"First entry in doubt: {verdict.fault.first} (the fault lies in {_range(verdict.fault)})."
        return
    total, by = len(verdict.largest), sum(size >= verdict.confirmed > 0 for size in verdict.largest.values())
    yield f"Consistent: {verdict.entries} entries, {verdict.signed} of them under a checkpoint that the log signed."
    if verdict.confirmed:
        yield f"Confirmed to entry {verdict.confirmed} by {by} of {total} trusts (more than 75 % are needed)."
    else:
        yield f"NOT CONFIRMED: no entry is, by more than 75 % of {total} trusts."
    for name, size in verdict.largest.items():
        yield f"  {name}: {f'to entry {size}' if size else 'nothing'}"
    if verdict.confirmed < verdict.entries:
        yield f"Entries {verdict.confirmed + 1} to {verdict.entries} rest on the word of whoever holds the log's key."
    yield "Not shown: that what was written was true, or that everything that happened was written."


def _range(fault: Fault) -> str:
    return f"entry {fault.first}" if fault.first == fault.last else f"entries {fault.first} to {fault.last}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="standalone", description="Verify an exported log.")
    parser.add_argument("--log", type=Path, required=True, help="the exported entries")
    parser.add_argument("--checkpoints", type=Path, nargs="+", required=True, help="files of checkpoints")
    parser.add_argument("--keys", type=Path, required=True, help="the keys that are believed")
    return parser


if __name__ == "__main__":
    sys.exit(main())
