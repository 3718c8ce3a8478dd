"""Say counts so that no small number can be read, nor worked out from all that is said beside it.

Rule: every number that is hidden could be another one, and all that is said would be true. Each table is taken to be
read beside the sum of its lines, because another table may tell it.

From 1 to 4 is "fewer than 5". Where such numbers could be worked out, the lines at the end of their table are hidden
with them, whatever these hold, as many as it takes: which they are tells nothing of how large they are. Where a whole
table is too little to hide them in, no table says anything of the kind.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

SMALLEST = 5
FEWER = f"fewer than {SMALLEST}"
NOT_SHOWN = "not shown"
_ROOM = SMALLEST - 2  # so that a small number may be any of them, from the least to the most


class Count(NamedTuple):
    """How often something was counted, at least once, and how often with what a part of the counts has."""

    whole: int
    part: int


class Said(NamedTuple):
    """What is said of a count."""

    whole: str
    part: str


Hidden = frozenset[int]  # lines of a table


def said(tables: Sequence[Sequence[Count]]) -> tuple[tuple[Said, ...], ...]:
    """Return what is said of each line of tables that all divide the same counts."""
    wholes = [_with_others(table, _small(table), _hide_wholes) for table in tables]
    if None in wholes:
        return tuple((Said(NOT_SHOWN, NOT_SHOWN),) * len(table) for table in tables)
    hidden = [one or Hidden() for one in wholes]
    parts = [_with_others(table, one | _telling(table), _hide_parts) for table, one in zip(tables, hidden, strict=True)]
    silent = None in parts
    return tuple(
        tuple(
            Said(_whole(count, line in whole), _part(count, silent or line in (part or ())))
            for line, count in enumerate(table)
        )
        for table, whole, part in zip(tables, hidden, parts, strict=True)
    )


def _small(table: Sequence[Count]) -> Hidden:
    return Hidden(line for line, count in enumerate(table) if count.whole < SMALLEST)


def _telling(table: Sequence[Count]) -> Hidden:
    """Return the lines of which a part is small, or what is left beside it."""
    return Hidden(
        line for line, (whole, part) in enumerate(table) if 0 < part < SMALLEST or 0 < whole - part < SMALLEST
    )


def _with_others(
    table: Sequence[Count], first: Hidden, hide: Callable[[Sequence[Count], Hidden], bool]
) -> Hidden | None:
    """Return these lines, and as many others from the end as hide them; None when all of them do not."""
    others = [line for line in reversed(range(len(table))) if line not in first]
    tried = (first.union(others[:number]) for number in range(len(others) + 1))
    return next((hidden for hidden in tried if not hidden or hide(table, hidden)), None)


def _hide_wholes(table: Sequence[Count], hidden: Hidden) -> bool:
    """Say whether each small one among these may be any small number, whoever knows what they add up to."""
    small = len(hidden & _small(table))
    others = len(hidden) - small
    together = sum(table[line].whole for line in hidden)
    most = together if others else small * (SMALLEST - 1) - _ROOM  # another may be as large as one likes
    return small + others * SMALLEST + _ROOM <= together <= most


def _hide_parts(table: Sequence[Count], hidden: Hidden) -> bool:
    """Say whether the parts of these lines could be dealt out otherwise, and are not small together."""
    parts = sum(table[line].part for line in hidden)
    wholes = sum(table[line].whole for line in hidden)
    return len(hidden) > 1 and parts >= SMALLEST and wholes - parts >= SMALLEST


def _whole(count: Count, is_hidden: bool) -> str:
    if count.whole < SMALLEST:
        return FEWER
    return NOT_SHOWN if is_hidden else f"{count.whole:,}"


def _part(count: Count, is_hidden: bool) -> str:
    """Say a part: of a small whole none, some and all of it alike."""
    if count.whole < SMALLEST:
        return FEWER
    return NOT_SHOWN if is_hidden else f"{count.part:,}"
