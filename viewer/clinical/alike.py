"""Link rows that look alike, or that name each other, without proof that they are one.

Rule: only rows that are on the page are linked, so that what is withheld leaves no trace. A few are linked each with
each; many, each with the next, so that an identifier a trust puts on everything stays harmless.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations, pairwise

from viewer.clinical.content import values_of
from viewer.clinical.names import FEW, Names, names_of
from viewer.clinical.row import Row

Pair = tuple[int, int]


def with_links(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Return the rows, each with the keys of those that look like it, in the order of the rows."""
    names = names_of([(row.report, *row.copies) for row in rows])
    linked: dict[int, set[int]] = {}
    for one, other in (*_by_name(names), *_by_mention(rows, names), *_by_likeness(rows)):
        if one != other:
            linked.setdefault(one, set()).add(other)
            linked.setdefault(other, set()).add(one)
    return tuple([_with(row, rows, linked.get(position)) for position, row in enumerate(rows)])


def _by_name(names: Names) -> Iterator[Pair]:
    """One issuer's identifier, or one id at one trust."""
    for same in (*names.by_identifier.values(), *names.by_id.values()):
        if len(same) > 1:
            yield from _pairs(same)


def _by_mention(rows: Sequence[Row], names: Names) -> Iterator[Pair]:
    """A report that adds to another, or claims to replace one in vain."""
    for position, row in enumerate(rows):
        for report in (row.report, *row.copies):
            for name in (*report.related, *report.replaces):
                yield from ((position, other) for other in names.meant(report, name))


def _by_likeness(rows: Sequence[Row]) -> Iterator[Pair]:
    """The same title and values at the same time."""
    for same in _alike(rows, range(len(rows)), _title_and_time):
        for really in _alike(rows, same, _values):
            yield from _pairs(really)


def _alike(
    rows: Sequence[Row], positions: Iterable[int], likeness: Callable[[Row], Hashable]
) -> Iterator[Sequence[int]]:
    found: dict[Hashable, list[int]] = {}
    for position in positions:
        found.setdefault(likeness(rows[position]), []).append(position)
    found.pop(None, None)
    yield from (same for same in found.values() if len(same) > 1)


def _title_and_time(row: Row) -> Hashable:
    taken = row.report.taken
    return (row.report.title.casefold(), taken.instant) if taken else None


def _values(row: Row) -> Hashable:
    return values_of(row.report) or None


def _pairs(same: Sequence[int]) -> Iterator[Pair]:
    yield from combinations(same, 2) if len(same) <= FEW else pairwise(same)


def _with(row: Row, rows: Sequence[Row], others: set[int] | None) -> Row:
    alike = tuple([rows[other].key for other in sorted(others)]) if others else ()
    return row if row.alike == alike else replace(row, alike=alike)
