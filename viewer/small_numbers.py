"""Say counts so that no small number can be read, nor worked out from the others beside it.

Rule: from 1 to 4 is "fewer than 5"; and where one such number stands alone among those that add up to a known sum, the
next smallest is not shown either.
"""

from collections.abc import Sequence

SMALLEST = 5
FEWER = f"fewer than {SMALLEST}"
NOT_SHOWN = "not shown"


def said(counts: Sequence[int]) -> tuple[str, ...]:
    """Return what is said of these counts, which may be known to add up to a sum."""
    small = [place for place, count in enumerate(counts) if 0 < count < SMALLEST]
    hidden = set[int]()
    if len(small) == 1:
        others = [(count, place) for place, count in enumerate(counts) if count >= SMALLEST]
        hidden = {place for _, place in sorted(others)[:1]}
    return tuple(NOT_SHOWN if place in hidden else _said(count) for place, count in enumerate(counts))


def said_of(parts: Sequence[int], wholes: Sequence[int]) -> tuple[str, ...]:
    """Return what is said of parts that stand beside their wholes: what is left of a whole may be small, too.

    Of a small whole any part is "fewer than 5", none and all of it alike.
    """
    return tuple(map(_said_of, parts, wholes, said(parts)))


def _said_of(part: int, whole: int, text: str) -> str:
    if 0 < whole < SMALLEST:
        return FEWER
    return NOT_SHOWN if 0 < whole - part < SMALLEST else text


def _said(count: int) -> str:
    return FEWER if 0 < count < SMALLEST else f"{count:,}"
