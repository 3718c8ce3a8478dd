"""Tamper with an exported log in every way we can think of, and see whether the verifier that stands alone notices.

Rule: the attacker holds the database, the export and the log's own key, but no witness's key. What the trusts'
witnesses kept for themselves is beside the log when it is verified. An attack counts as noticed only when the
fault is said to lie where the log was really altered.
"""

import random
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from hashlib import sha256
from time import monotonic

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.figure import Figure
from viewer.access.access_event import AccessEvent, AtTrust, Event
from viewer.audit.entry import canonical
from viewer.audit.standalone import (
    COSIGNATURE,
    NOTE,
    Checked,
    Fault,
    Key,
    Keys,
    Tree,
    Unreadable,
    Verdict,
    holds,
    read_checkpoint,
    read_line,
    split_notes,
    verify,
)

ENTRIES = 256
SIZES = (40, 96, 128, 200, 255, 256)  # of the checkpoints
TRUSTS = ("barnsley", "chesterfield", "doncaster", "mid-yorkshire", "rotherham", "childrens", "sheffield")
ORIGIN = "trustline.example/tampered"
ATTACKS = 10_000
SEED = "tamper"
_BEGAN = datetime(2026, 11, 2, 8, tzinfo=UTC)
_OWN = "checkpoints"


@dataclass(frozen=True)
class World:
    """What lies before the verifier: the log, its own checkpoints, and what each witness kept."""

    bodies: tuple[bytes, ...]
    log: bytes
    notes: tuple[bytes, ...]
    kept: Mapping[str, bytes]
    keys: Keys


@dataclass(frozen=True)
class Attack:
    """What an attacker made of it. `first` is the first entry that is no longer what it was; 0: only checkpoints."""

    log: bytes
    notes: tuple[bytes, ...]
    kept: Mapping[str, bytes]
    first: int = 0
    keys: Keys | None = None


@dataclass
class Tally:
    """How many there were of each kind, and what went unnoticed."""

    tried: Counter[str] = field(default_factory=Counter)
    unnoticed: list[str] = field(default_factory=list)

    def count(self, kind: str, noticed: bool, what: str) -> None:
        """Count one."""
        self.tried[kind] += 1
        if not noticed:
            self.unnoticed.append(f"{kind}: {what}")


def tamper(attacks: int = ATTACKS, entries: int = ENTRIES) -> Iterator[Figure]:
    """Yield what was tried and what was noticed."""
    world = make_world(entries)
    honest = look(world.log, world.notes, world.kept, world.keys)
    yield Figure(
        f"the log of {entries} entries as it is",
        f"consistent, confirmed to entry {honest.confirmed}" if honest.consistent else str(honest.fault),
        goal="consistent and confirmed whole",
        met=honest.consistent and honest.confirmed == entries,
    )
    yield _figure("every single bit of the log flipped", "found at its own entry", flip_log(world))
    yield _figure("every single bit of its checkpoints flipped", "found at its own checkpoint", flip_checkpoints(world))
    began = monotonic()
    tally = strike(world, attacks)
    took = monotonic() - began
    yield _figure(f"structural attacks, seed {SEED!r}", "found where it was made", tally)
    for kind, count in sorted(tally.tried.items()):
        yield Figure(f"  {kind}", f"{count:,}")
    yield Figure(
        "what these attacks do not try",
        "entries after the last cosigned checkpoint; a log written falsely in the first place",
        limit=f"{took / attacks * 1000:.1f} ms an attack; nor do they let a quarter of the trusts, or more, lie",
    )


def _figure(name: str, goal: str, tally: Tally) -> Figure:
    tried = sum(tally.tried.values())
    listed = f": {'; '.join(tally.unnoticed[:10])}" if tally.unnoticed else ""
    return Figure(
        name,
        f"{tried:,} tried, {tried - len(tally.unnoticed):,} found, {len(tally.unnoticed):,} not found{listed}",
        goal=f"all {goal}",
        met=not tally.unnoticed and tried > 0,
    )


# ── The log that is tampered with ────────────────────────────────────────────────────────────────


@cache
def private_key(name: str) -> Ed25519PrivateKey:
    """Return the private key that belongs to this name: the same one at every run."""
    return Ed25519PrivateKey.from_private_bytes(sha256(f"{SEED} {name}".encode()).digest())


def public_key(name: str, kind: int) -> Key:
    """Return its public half."""
    return Key(
        ORIGIN if kind == NOTE else f"{name}.example/witness", kind, private_key(name).public_key().public_bytes_raw()
    )


LOG_KEY = public_key("log", NOTE)
KEYS = Keys(LOG_KEY, tuple(replace(public_key(trust, COSIGNATURE), trust=trust) for trust in TRUSTS))


def make_world(entries: int = ENTRIES) -> World:
    """Return an honest log with checkpoints that every witness cosigned, and what each of them kept."""
    bodies = tuple(entry(number) for number in range(1, entries + 1))
    sizes = [*(size for size in SIZES if size < entries), entries]
    notes = tuple(checkpoint(bodies, size, TRUSTS) for size in sizes)
    kept = {f"kept by {trust}": checkpoint(bodies, entries, (trust,)) for trust in TRUSTS}
    return World(bodies, spelt(bodies), notes, kept, KEYS)


def entry(number: int, said: str = "") -> bytes:
    """Return the canonical bytes of an entry."""
    return canonical(
        AccessEvent(
            Event.RESULTS_SHOWN,
            _BEGAN + timedelta(seconds=97 * number),
            None,
            f"sign-in-{number % 19}",
            view=f"view-{number}",
            user=said or f"clinician {number % 23}",
            nhs_number="9994127039",
            purpose="emergency-care",
            trusts=(AtTrust("rotherham", "answered", "WT-2026 cl. 4.2(a)", number % 7, 1),),
            outcome="shown",
        )
    )


def spelt(bodies: Sequence[bytes], first: int = 1) -> bytes:
    """Return bodies as `trustline log export` writes them."""
    return b"".join(line(number, body) for number, body in enumerate(bodies, first))


def line(number: int, body: bytes) -> bytes:
    """Return one line of an export."""
    return b"%d %s %s\n" % (number, sha256(b"\x00" + body).hexdigest().encode(), body)


@lru_cache(100_000)
def leaf(body: bytes) -> bytes:
    """Return the hash of an entry."""
    return sha256(b"\x00" + body).digest()


def text_of(bodies: Sequence[bytes], size: int) -> str:
    """Return the text of the checkpoint over the first `size` bodies."""
    tree = Tree()
    for body in bodies[:size]:
        tree.append(leaf(body))
    return f"{ORIGIN}\n{size}\n{b64encode(tree.root()).decode()}\n"


def checkpoint(bodies: Sequence[bytes], size: int, by: Sequence[str], log: str = "log") -> bytes:
    """Return a checkpoint that a log signed and these witnesses cosigned."""
    text = text_of(bodies, size)
    return f"{text}\n{signed(text, log)}{''.join(cosigned(text, trust) for trust in by)}".encode()


def signed(text: str, log: str = "log", key: Key | None = None) -> str:
    """Return the signature line of a log's key."""
    key = key or public_key(log, NOTE)
    return f"— {key.name} {b64encode(key.id + private_key(log).sign(text.encode())).decode()}\n"


def cosigned(text: str, trust: str, forger: str = "", seconds: int = 1_790_000_000) -> str:
    """Return a witness's cosignature line; or one in its name that a forger made."""
    key = public_key(trust, COSIGNATURE)
    by = private_key(forger or trust).sign(f"cosignature/v1\ntime {seconds}\n{text}".encode())
    return f"— {key.name} {b64encode(key.id + seconds.to_bytes(8) + by).decode()}\n"


# ── Looking ──────────────────────────────────────────────────────────────────────────────────────


_holds = lru_cache(200_000)(holds)  # exact: the same key, signature and message always say the same


def look(log: bytes, notes: Sequence[bytes], kept: Mapping[str, bytes], keys: Keys) -> Verdict:
    """Verify it all, as whoever was handed these files would."""
    return verify(log, {_OWN: b"\n".join(notes), **kept}, keys, _holds)


def is_noticed(attack: Attack) -> bool:
    """Say whether the verifier finds a fault, and where the log was really altered."""
    fault = look(attack.log, attack.notes, attack.kept, attack.keys or KEYS).fault
    if fault is None:
        return False
    return fault.first <= attack.first <= fault.last if attack.first and fault.first else True


# ── Every bit ────────────────────────────────────────────────────────────────────────────────────


def flip_log(world: World) -> Tally:
    """Flip every bit of the exported log, one at a time.

    A flip that neither takes nor makes a line break leaves every other line as it was, so its own line is read
    alone: that is exact, because lines are read in order and the first fault ends the reading.
    """
    tally, start = Tally(), 0
    for number, whole in enumerate(world.log.split(b"\n")[:-1], start=1):
        for place in range(len(whole) + 1):
            for bit in range(8):
                flipped = _flip(whole + b"\n", place, bit)
                if place == len(whole) or b"\n" in flipped[:-1]:
                    log = world.log[:start] + flipped + world.log[start + len(flipped) :]
                    fault = verify(log, {}, world.keys).fault
                else:
                    read = read_line(number, flipped[:-1])
                    fault = read if isinstance(read, Fault) else None
                found = fault is not None and fault.first == fault.last == number
                tally.count("bit", found, f"entry {number}, byte {place}, bit {bit}")
        start += len(whole) + 1
    return tally


def flip_checkpoints(world: World) -> Tally:
    """Flip every bit of the log's own checkpoints, one at a time; where no line break is involved, its note alone."""
    tally, content, start = Tally(), b"\n".join(world.notes), 0
    for number, note in enumerate(split_notes(content), start=1):
        length = len(note) + (number < len(world.notes))  # with the line break that divides it from the next
        for place in range(length):
            for bit in range(8):
                flipped = _flip(content[start : start + length], place, bit)
                if content[start + place] == 10 or flipped[place] == 10:
                    changed = content[:start] + flipped + content[start + length :]
                    fault = verify(world.log, {_OWN: changed}, world.keys, _holds).fault
                    found = fault is not None and fault.where == f"{_OWN}, checkpoint {number}"
                else:
                    found = not _is_checkpoint(flipped[: len(note)], world)
                tally.count("bit", found, f"checkpoint {number}, byte {place}, bit {bit}")
        start += length
    return tally


def _is_checkpoint(note: bytes, world: World) -> bool:
    try:
        return isinstance(read_checkpoint("", note, world.keys, _holds), Checked)
    except Unreadable:
        return False


def _flip(content: bytes, place: int, bit: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1 << bit]) + content[place + 1 :]


# ── Structural attacks ───────────────────────────────────────────────────────────────────────────


def strike(world: World, attacks: int) -> Tally:
    """Make this many attacks, each kind in its turn, each with places drawn anew."""
    tally, chance = Tally(), random.Random(SEED)
    for number in range(attacks):
        make = KINDS[number % len(KINDS)]
        kind = make.__name__.replace("_", " ")
        tally.count(kind, is_noticed(make(world, chance)), f"attack {number}")
    return tally


def _of(world: World, log: bytes, first: int) -> Attack:
    return Attack(log, world.notes, world.kept, first)


def _somewhere(world: World, chance: random.Random, room: int = 0) -> int:
    return chance.randint(1, len(world.bodies) - room)


def _without(bodies: tuple[bytes, ...], number: int, count: int = 1) -> tuple[bytes, ...]:
    return bodies[: number - 1] + bodies[number - 1 + count :]


def delete_lines(world: World, chance: random.Random) -> Attack:
    count = chance.randint(1, 5)
    number = _somewhere(world, chance, count)  # at the end it is a truncation
    lines = world.log.splitlines(keepends=True)
    return _of(world, b"".join(lines[: number - 1] + lines[number - 1 + count :]), number)


def delete_and_renumber(world: World, chance: random.Random) -> Attack:
    count = chance.randint(1, 5)
    number = _somewhere(world, chance, count)
    return _of(world, spelt(_without(world.bodies, number, count)), number)


def insert(world: World, chance: random.Random) -> Attack:
    number = _somewhere(world, chance)
    forged = entry(number, f"nobody {chance.random()}")
    return _of(world, spelt((*world.bodies[: number - 1], forged, *world.bodies[number - 1 :])), number)


def insert_a_line(world: World, chance: random.Random) -> Attack:
    number = _somewhere(world, chance)
    lines = world.log.splitlines(keepends=True)
    lines.insert(number - 1, line(number, entry(number, f"nobody {chance.random()}")))
    # The first line that is not what it was is the forged one, or the one after it that has its number.
    return _of(world, b"".join(lines), 0)


def swap(world: World, chance: random.Random) -> Attack:
    one, other = sorted(chance.sample(range(1, len(world.bodies) + 1), 2))
    bodies = list(world.bodies)
    bodies[one - 1], bodies[other - 1] = bodies[other - 1], bodies[one - 1]
    return _of(world, spelt(bodies), one)


def swap_lines(world: World, chance: random.Random) -> Attack:
    one, other = sorted(chance.sample(range(len(world.bodies)), 2))
    lines = world.log.splitlines(keepends=True)
    lines[one], lines[other] = lines[other], lines[one]
    return _of(world, b"".join(lines), one + 1)


def duplicate(world: World, chance: random.Random) -> Attack:
    number = _somewhere(world, chance, 1)  # one more after the last is an append, and nothing of the past
    return _of(world, spelt(world.bodies[:number] + world.bodies[number - 1 :]), number + 1)


def truncate(world: World, chance: random.Random) -> Attack:
    number = _somewhere(world, chance)
    return _of(world, spelt(world.bodies[: number - 1]), number)


def truncate_anywhere(world: World, chance: random.Random) -> Attack:
    place = chance.randrange(len(world.log))
    return _of(world, world.log[:place], world.log[:place].count(b"\n") + 1)


def renumber(world: World, chance: random.Random) -> Attack:
    number = _somewhere(world, chance)
    lines = [line(one, body) for one, body in enumerate(world.bodies, 1)]
    by = chance.choice([-2, -1, 1, 2, 1000])
    moved = [line(one + by, body) for one, body in enumerate(world.bodies[number - 1 :], number)]
    return _of(world, b"".join(lines[: number - 1] + moved), number)


def rewrite_one(world: World, chance: random.Random) -> Attack:
    """Another entry with its own hash beside it; checkpoints as they were."""
    number = _somewhere(world, chance)
    return _of(world, spelt(_rewritten(world.bodies, number, number, chance)), number)


def rewrite_from_and_sign_again(world: World, chance: random.Random) -> Attack:
    """Every hash recomputed and every checkpoint signed anew with the log's own key, without cosignatures."""
    number = _somewhere(world, chance)
    bodies = _rewritten(world.bodies, number, len(world.bodies), chance)
    return Attack(spelt(bodies), _signed_again(world, bodies, number, ()), world.kept, number)


def rewrite_one_and_sign_again(world: World, chance: random.Random) -> Attack:
    number = _somewhere(world, chance)
    bodies = _rewritten(world.bodies, number, number, chance)
    return Attack(spelt(bodies), _signed_again(world, bodies, number, ()), world.kept, number)


def rewrite_and_keep_old_cosignatures(world: World, chance: random.Random) -> Attack:
    number = _somewhere(world, chance)
    bodies = _rewritten(world.bodies, number, number, chance)
    notes = []
    for note in world.notes:
        size = int(note.split(b"\n")[1])
        old = note.decode().partition("\n\n")[2].splitlines(keepends=True)[1:]
        text = text_of(bodies, size)
        notes.append(f"{text}\n{signed(text)}{''.join(old)}".encode())
    return Attack(spelt(bodies), tuple(notes), world.kept)  # a checkpoint before the entry may be named first


def roll_back(world: World, chance: random.Random) -> Attack:
    """The log as it was before: entries, checkpoints and all, with a new last checkpoint by the log's own key."""
    size = chance.randint(1, len(world.bodies) - 1)
    notes = tuple(note for note in world.notes if int(note.split(b"\n")[1]) < size)
    last = checkpoint(world.bodies, size, ())
    return Attack(spelt(world.bodies[:size]), (*notes, last), world.kept, size + 1)


def roll_back_to_a_confirmed_checkpoint(world: World, chance: random.Random) -> Attack:
    count = chance.randint(1, len(world.notes) - 1)
    size = int(world.notes[count - 1].split(b"\n")[1])
    return Attack(spelt(world.bodies[:size]), world.notes[:count], world.kept, size + 1)


def roll_back_to_nothing(world: World, chance: random.Random) -> Attack:  # noqa: ARG001  every attack is called alike
    return Attack(b"", (), world.kept, 1)


def roll_back_and_go_on(world: World, chance: random.Random) -> Attack:
    """Rolled back, and grown again beyond what it was, all signed by the log's own key."""
    size = chance.randint(0, len(world.bodies) - 1)
    more = len(world.bodies) - size + chance.randint(1, 40)
    bodies = world.bodies[:size] + tuple(entry(size + at, f"anew {chance.random()}") for at in range(1, more + 1))
    notes = tuple(note for note in world.notes if int(note.split(b"\n")[1]) <= size)
    return Attack(spelt(bodies), (*notes, checkpoint(bodies, len(bodies), ())), world.kept, size + 1)


def split_view(world: World, chance: random.Random) -> Attack:
    """Two logs with one key and one beginning, each shown to some of the witnesses; the verifier is given one."""
    number = _somewhere(world, chance)
    other = _rewritten(world.bodies, number, len(world.bodies), chance)
    shown = frozenset(chance.sample(TRUSTS, chance.randint(1, len(TRUSTS) - 1)))
    kept = {
        f"kept by {trust}": checkpoint(other if trust in shown else world.bodies, len(other), (trust,))
        for trust in TRUSTS
    }
    mine = tuple(trust for trust in TRUSTS if trust not in shown)
    notes = (checkpoint(world.bodies, len(world.bodies), mine),)
    return Attack(world.log, notes, kept, number)


def forge_a_cosignature(world: World, chance: random.Random) -> Attack:
    """A larger log in which witnesses seem to have cosigned what they never saw."""
    bodies = (*world.bodies, entry(len(world.bodies) + 1, f"forged {chance.random()}"))
    text = text_of(bodies, len(bodies))
    forged = "".join(cosigned(text, trust, "forger") for trust in chance.sample(TRUSTS, chance.randint(1, 7)))
    return Attack(spelt(bodies), (*world.notes, f"{text}\n{signed(text)}{forged}".encode()), world.kept)


def cosignature_of_noise(world: World, chance: random.Random) -> Attack:
    trust = public_key(chance.choice(TRUSTS), COSIGNATURE)
    noise = b64encode(trust.id + chance.randbytes(72)).decode()
    return _with_a_note(world, chance, lambda note: note + f"— {trust.name} {noise}\n".encode())


def cosignature_of_a_stranger(world: World, chance: random.Random) -> Attack:
    stranger = f"stranger-{chance.randrange(10)}"

    def add(note: bytes) -> bytes:
        text = note.decode().partition("\n\n")[0] + "\n"
        return note + cosigned(text, stranger).encode()

    return _with_a_note(world, chance, add)


def move_a_cosignature(world: World, chance: random.Random) -> Attack:
    """A true cosignature, under a checkpoint that it is not of."""
    one, other = chance.sample(range(len(world.notes)), 2)
    moved = chance.choice(world.notes[other].decode().splitlines(keepends=True)[5:])
    return _with_a_note(world, chance, lambda note: note + moved.encode(), one)


def redate_a_cosignature(world: World, chance: random.Random) -> Attack:
    def redate(note: bytes) -> bytes:
        lines = note.decode().splitlines(keepends=True)
        at = chance.randrange(5, len(lines))
        dash, name, spelling = lines[at].split()
        decoded = b64decode(spelling)
        moved = (int.from_bytes(decoded[4:12]) + chance.choice([-86400, -1, 1, 86400])).to_bytes(8)
        lines[at] = f"{dash} {name} {b64encode(decoded[:4] + moved + decoded[12:]).decode()}\n"
        return "".join(lines).encode()

    return _with_a_note(world, chance, redate)


def replay_a_checkpoint(world: World, chance: random.Random) -> Attack:
    """An older checkpoint put last, as if it were the newest."""
    return Attack(world.log, (*world.notes, chance.choice(world.notes)), world.kept)


def reorder_checkpoints(world: World, chance: random.Random) -> Attack:
    one, other = chance.sample(range(len(world.notes)), 2)
    notes = list(world.notes)
    notes[one], notes[other] = notes[other], notes[one]
    return Attack(world.log, tuple(notes), world.kept)


def resize_a_checkpoint(world: World, chance: random.Random) -> Attack:
    """Another size over the same root, signed by the log's own key."""
    number = chance.randrange(len(world.notes))
    lines = world.notes[number].decode().split("\n")
    size = int(lines[1]) + chance.choice([-3, -2, -1, 1, 2, 3])
    text = f"{lines[0]}\n{size}\n{lines[2]}\n"
    notes = list(world.notes)
    notes[number] = f"{text}\n{signed(text)}".encode()
    return Attack(world.log, tuple(notes), world.kept)


def swap_the_logs_key(world: World, chance: random.Random) -> Attack:
    """Everything signed again by another key, under the log's name, with or without its id."""
    other, number = f"other-{chance.randrange(10)}", _somewhere(world, chance)
    bodies = _rewritten(world.bodies, number, number, chance)
    posing = chance.choice([None, LOG_KEY])
    notes = []
    for note in world.notes:
        text = text_of(bodies, int(note.split(b"\n")[1]))
        notes.append(f"{text}\n{signed(text, other, posing)}".encode())
    return Attack(spelt(bodies), tuple(notes), world.kept)


def swap_two_witnesses(world: World, chance: random.Random) -> Attack:
    """Two witnesses' signatures under each other's names."""
    one, other = chance.sample(TRUSTS, 2)
    named = {f"— {one}.": f"— {other}.", f"— {other}.": f"— {one}."}

    def exchange(note: bytes) -> bytes:
        lines = note.decode().splitlines(keepends=True)
        whose = [(line, next(filter(line.startswith, named), "")) for line in lines]
        return "".join(line.replace(it, named[it], 1) if it else line for line, it in whose).encode()

    return _with_a_note(world, chance, exchange)


def strip_the_logs_signature(world: World, chance: random.Random) -> Attack:
    def strip(note: bytes) -> bytes:
        lines = note.splitlines(keepends=True)
        return b"".join(lines[:4] + lines[5:])

    return _with_a_note(world, chance, strip)


def another_logs_checkpoint(world: World, chance: random.Random) -> Attack:
    """A checkpoint of another log, signed by the same key."""
    size = chance.choice(SIZES)
    text = text_of(world.bodies, size).replace(ORIGIN, f"{ORIGIN}/{chance.randrange(10)}")
    note = f"{text}\n{signed(text)}".encode()
    return Attack(world.log, (*world.notes[:-1], note), world.kept)


KINDS: tuple[Callable[[World, random.Random], Attack], ...] = (
    delete_lines,
    delete_and_renumber,
    insert,
    insert_a_line,
    swap,
    swap_lines,
    duplicate,
    truncate,
    truncate_anywhere,
    renumber,
    rewrite_one,
    rewrite_from_and_sign_again,
    rewrite_one_and_sign_again,
    rewrite_and_keep_old_cosignatures,
    roll_back,
    roll_back_to_a_confirmed_checkpoint,
    roll_back_to_nothing,
    roll_back_and_go_on,
    split_view,
    forge_a_cosignature,
    cosignature_of_noise,
    cosignature_of_a_stranger,
    move_a_cosignature,
    redate_a_cosignature,
    replay_a_checkpoint,
    reorder_checkpoints,
    resize_a_checkpoint,
    swap_the_logs_key,
    swap_two_witnesses,
    strip_the_logs_signature,
    another_logs_checkpoint,
)


def _rewritten(bodies: tuple[bytes, ...], first: int, last: int, chance: random.Random) -> tuple[bytes, ...]:
    said = f"rewritten {chance.random()}"
    return (
        *bodies[: first - 1],
        *(entry(number, said) for number in range(first, last + 1)),
        *bodies[last:],
    )


def _signed_again(world: World, bodies: Sequence[bytes], number: int, by: Sequence[str]) -> tuple[bytes, ...]:
    """Return the checkpoints that still hold, and those from `number` on signed anew."""
    return tuple(
        note if int(note.split(b"\n")[1]) < number else checkpoint(bodies, int(note.split(b"\n")[1]), by)
        for note in world.notes
    )


def _with_a_note(
    world: World, chance: random.Random, change: Callable[[bytes], bytes], number: int | None = None
) -> Attack:
    number = chance.randrange(len(world.notes)) if number is None else number
    notes = tuple(change(note) if at == number else note for at, note in enumerate(world.notes))
    return Attack(world.log, notes, world.kept)
