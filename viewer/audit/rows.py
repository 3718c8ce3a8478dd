"""Write a group of entries as rows, under one new head, inside a transaction somebody else opened.

Rule: sequence numbers, tree and head are worked out inside that transaction from what is
committed, so they have no gap whatever happens to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from viewer.audit.entry import index_columns, read_record, trust_rows
from viewer.audit.tree import EMPTY_ROOT, HASH_SIZE, Subtree, Tree, leaf_hash, load
from viewer.store.database import is_postgresql
from viewer.store.tables import log_entries, log_heads, log_people, log_trusts

FIRST_SEAL = bytes(HASH_SIZE)

# Every group of entries asks these: made once.
_LAST_HEAD = select(log_heads).order_by(log_heads.c.size.desc()).limit(1)
_ENTRIES, _TRUSTS, _HEADS = insert(log_entries), insert(log_trusts), insert(log_heads)
_NEW_IN_POSTGRESQL = postgresql.insert(log_people).on_conflict_do_nothing()
_NEW_IN_SQLITE = sqlite.insert(log_people).on_conflict_do_nothing()


@dataclass(frozen=True, slots=True)
class Head:
    """What the log said of itself at one commit. Each seal covers its head and the seal before it."""

    size: int
    root: bytes
    at: str
    seal: bytes


EMPTY = Head(0, EMPTY_ROOT, "", FIRST_SEAL)


@dataclass(frozen=True, slots=True)
class Tip:
    """Where the log ends: its last head, and the tree to grow from there."""

    head: Head
    tree: Tree


class DamagedLogError(Exception):
    """The log's stored parts do not agree with each other, so nothing is appended to it."""


def seal(before: bytes, size: int, root: bytes, at: str) -> bytes:
    """Return the seal of a head."""
    return sha256(before + size.to_bytes(8) + root + at.encode()).digest()


def read_head(connection: Connection) -> Head:
    """Return the last head committed."""
    row = connection.execute(_LAST_HEAD).one_or_none()
    return EMPTY if row is None else Head(row.size, row.root, row.at, row.seal)


def read_tip(connection: Connection, head: Head) -> Tip:
    """Return the log's end from its rows, after checking that they agree."""
    entries = connection.execute(select(func.coalesce(func.max(log_entries.c.seq), 0))).scalar_one()
    if entries != head.size:
        raise DamagedLogError(f"the log has {entries} entries, but its last head speaks of {head.size}")
    tree = load(head.size, subtrees(connection))
    if tree.root != head.root:
        raise DamagedLogError(f"the last head of the log, at {head.size} entries, is not the root of its entries")
    return Tip(head, tree)


def subtrees(connection: Connection) -> Subtree:
    """Return the stored tree: each entry's row holds the complete subtrees that end at it."""

    def subtree(level: int, index: int) -> bytes:
        seq = (index + 1) << level
        stored = connection.execute(select(log_entries.c.subtrees).where(log_entries.c.seq == seq)).scalar_one_or_none()
        found = bytes(stored or b"")[level * HASH_SIZE : (level + 1) * HASH_SIZE]
        if len(found) != HASH_SIZE:
            raise DamagedLogError(f"entry {seq} does not hold the subtree of {1 << level} entries that ends at it")
        return found

    return subtree


def add(connection: Connection, tip: Tip, bodies: Sequence[bytes], at: datetime) -> Tip:
    """Write one row an entry, and one head for them all; return where the log now ends."""
    tree = tip.tree
    entries: list[dict[str, object]] = []
    trusts: list[dict[str, object]] = []
    people: dict[tuple[object, object], dict[str, object]] = {}
    for body in bodies:
        tree, closed = tree.append(leaf_hash(body))
        record = read_record(body)
        columns = index_columns(record)
        entries.append({"seq": tree.size, "body": body, "subtrees": b"".join(closed), **columns})
        trusts.extend({"seq": tree.size, **row} for row in trust_rows(record))
        person = {"user_name": columns["user_name"], "user_id": columns["user_id"], "seq": tree.size}
        people.setdefault((person["user_name"], person["user_id"]), person)
    head = _next_head(tip.head, tree, at.astimezone(UTC).isoformat(timespec="microseconds"))
    connection.execute(_ENTRIES, entries)
    if trusts:
        connection.execute(_TRUSTS, trusts)
    _add_people(connection, list(people.values()))
    connection.execute(_HEADS, [{"size": head.size, "root": head.root, "at": head.at, "seal": head.seal}])
    return Tip(head, tree)


def _add_people(connection: Connection, people: Sequence[dict[str, object]]) -> None:
    """Write down who was not there under that name before."""
    connection.execute(_NEW_IN_POSTGRESQL if is_postgresql(connection) else _NEW_IN_SQLITE, people)


def missing(connection: Connection, bodies: Sequence[bytes]) -> list[bytes]:
    """Return those entries that are not in the log yet, each once, in their order.

    No two entries have the same bytes: each has an id of its own. The index over `at` finds those of a moment.
    """
    moments = {read_record(body).at for body in bodies}
    found = connection.execute(select(log_entries.c.body).where(log_entries.c.at.in_(moments))).scalars()
    there = set(map(bytes, found))
    return [body for body in dict.fromkeys(bodies) if body not in there]


def _next_head(before: Head, tree: Tree, at: str) -> Head:
    return Head(tree.size, tree.root, at, seal(before.seal, tree.size, tree.root, at))
