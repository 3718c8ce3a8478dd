"""Work the whole log out again from its entries' bytes, and say whether every stored part agrees.

What this proves: that no entry, index, head or order was altered since it was written, as long as
whoever altered it did not also work out every later hash and head again. What it cannot prove,
alone: that the newest entries were not cut off together with their heads, or that the log was not
rewritten whole. Only somebody outside who kept an earlier head (a checkpoint) can show that.
"""

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy import Connection, Row, Select, select
from sqlalchemy.exc import DatabaseError

from viewer.audit.entry import index_columns, read_record, trust_rows
from viewer.audit.rows import EMPTY, Head, seal
from viewer.audit.search import find_trusts
from viewer.audit.tree import Tree, leaf_hash
from viewer.store.tables import log_entries, log_heads, log_people, log_trusts

_AT_ONCE = 1000

T = TypeVar("T")

_About = tuple[str, ...]  # a row of the index of trusts, without the entry's number
_Person = tuple[str, str]  # a name as it was at the time, and a user id


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification found: how far the log is sound, and the first thing that is not."""

    size: int  # entries under the last head that agrees with everything before it
    root: bytes  # that head's root
    at: datetime
    problem: str = ""  # "" when everything agrees
    entry: int | None = None  # the first entry at fault, or the first of those under a head at fault

    @property
    def sound(self) -> bool:
        """Say whether everything agrees."""
        return not self.problem


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that does not agree, and the first entry it puts in doubt."""

    entry: int
    problem: str


def check(connection: Connection, at: datetime) -> Verified:
    """Read the log from its first entry to its last, and stop at the first fault."""
    reading = _Reading(connection)
    fault = next(reading.faults(), None)
    return Verified(
        reading.head.size, reading.head.root, at, fault.problem if fault else "", fault.entry if fault else None
    )


class _Reading:
    """Goes once through entries, trusts and heads side by side, growing the tree anew."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.tree = Tree()
        self.head = EMPTY
        self._met: set[_Person] = set()

    def faults(self) -> Iterator[Fault]:
        """Yield what does not agree, in order; only the first is worth anything."""
        try:
            self._heads = _Ahead(_heads(self._connection))
            self._trusts = _Ahead(_trusts(self._connection))
            self._people = _Ahead(_people(self._connection))
            for row in _rows(self._connection, select(log_entries).order_by(log_entries.c.seq)):
                yield from self._entry(row)
                record = read_record(row.body)
                yield from self._trusts_of(row.seq, tuple(map(_in_order, trust_rows(record))))
                yield from self._person_of(row.seq, (row.user_name, row.user_id))
                yield from self._head_at(row.seq)
            yield from self._end()
            yield from self._database()
        except DatabaseError as problem:
            first = self.tree.size + 1
            yield Fault(first, f"entry {first}, or one of the {_AT_ONCE} after it, cannot be read: {problem.orig}")

    def _entry(self, row: Row[Any]) -> Iterator[Fault]:
        seq = self.tree.size + 1
        if row.seq != seq:
            yield Fault(min(seq, row.seq), f"entry {seq} is missing: entry {row.seq} stands in its place")
        self.tree, closed = self.tree.append(leaf_hash(row.body))
        if row.subtrees != b"".join(closed):
            yield Fault(seq, f"entry {seq} does not have the hashes stored with it")
        try:
            expected = index_columns(read_record(row.body))
        except msgspec.DecodeError:
            yield Fault(seq, f"entry {seq} is not an entry of the log")
            return
        wrong = [column for column, value in expected.items() if row._mapping[column] != value]
        if wrong:
            yield Fault(seq, f"entry {seq} says something else than its column {wrong[0]}")

    def _trusts_of(self, seq: int, expected: tuple[_About, ...]) -> Iterator[Fault]:
        found = self._trusts.take_up_to(seq)
        if found is None and not expected:
            return
        if found is None or found != (seq, expected):
            yield Fault(seq, f"entry {seq} says something else than the index of trusts")

    def _person_of(self, seq: int, person: _Person) -> Iterator[Fault]:
        found = self._people.take_up_to(seq)
        expected = None if person in self._met else (seq, person)
        self._met.add(person)
        if found != expected:
            yield Fault(seq, f"entry {seq} is by somebody else than the index of people says")

    def _head_at(self, seq: int) -> Iterator[Fault]:
        found = self._heads.take_up_to(seq)
        if found is None:
            return
        head = found[1]
        first = self.head.size + 1
        if head.size != seq or head.root != self.tree.root:
            yield Fault(first, f"the head at {head.size} entries is not the root of those entries")
        if head.seal != seal(self.head.seal, head.size, head.root, head.at):
            yield Fault(first, f"the head at {head.size} entries, or one before it, was altered or left out")
        self.head = head

    def _end(self) -> Iterator[Fault]:
        size = self.tree.size
        if later := self._heads.take_up_to(None):
            yield Fault(size + 1, f"entry {size + 1} is missing: a head speaks of {later[0]} entries")
        if self.head.size != size:
            yield Fault(self.head.size + 1, f"the log has {size} entries, but no head after {self.head.size}")
        if stray := self._trusts.take_up_to(None):
            yield Fault(size + 1, f"the index of trusts speaks of entry {stray[0]}, which is not there")
        if extra := self._people.take_up_to(None):
            yield Fault(size + 1, f"the index of people speaks of entry {extra[0]}, which is not there")

    def _database(self) -> Iterator[Fault]:
        """Have SQLite compare its indexes with its tables: an officer's search reads the indexes."""
        if self._connection.dialect.name == "sqlite":
            said = self._connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one()
            if said != "ok":
                yield Fault(1, f"SQLite finds its file damaged: {said}")


class _Ahead(Generic[T]):
    """A stream of numbered things in order, taken only as far as asked."""

    def __init__(self, stream: Iterator[tuple[int, T]]) -> None:
        self._stream = stream
        self._next = next(stream, None)

    def take_up_to(self, number: int | None) -> tuple[int, T] | None:
        """Return the next thing if its number is no higher than `number` (None: whatever it is), else None."""
        if self._next is None or (number is not None and self._next[0] > number):
            return None
        taken, self._next = self._next, next(self._stream, None)
        return taken


def _rows(connection: Connection, rows: Select[*tuple[Any, ...]]) -> Iterator[Row[*tuple[Any, ...]]]:
    return iter(connection.execute(rows.execution_options(yield_per=_AT_ONCE)))


def _heads(connection: Connection) -> Iterator[tuple[int, Head]]:
    for row in _rows(connection, select(log_heads).order_by(log_heads.c.size)):
        yield row.size, Head(row.size, row.root, row.at, row.seal)


def _trusts(connection: Connection) -> Iterator[tuple[int, tuple[_About, ...]]]:
    """Yield each entry's trusts, in order of entry: one ordered stream a trust, merged."""
    one_each = [_of_one_trust(connection, name) for name in sorted(find_trusts(connection))]
    for seq, rows in groupby(heapq.merge(*one_each), key=itemgetter(0)):
        yield seq, tuple(about for _, about in rows)


def _of_one_trust(connection: Connection, name: str) -> Iterator[tuple[int, _About]]:
    rows = select(log_trusts).where(log_trusts.c.trust == name).order_by(log_trusts.c.seq)
    return ((row.seq, _in_order(row._asdict())) for row in _rows(connection, rows))


_IN_A_ROW = tuple(column.name for column in log_trusts.columns if column.name != "seq")


def _in_order(row: Mapping[str, str]) -> _About:
    return tuple(row[column] for column in _IN_A_ROW)


def _people(connection: Connection) -> Iterator[tuple[int, _Person]]:
    """Yield each person's first entry under each name, in order of entry."""
    for row in _rows(connection, select(log_people).order_by(log_people.c.seq)):
        yield row.seq, (row.user_name, row.user_id)
