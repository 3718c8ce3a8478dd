"""No number from 1 to 4 is said, nor can it be worked out from all that is said beside it."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import chain, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from viewer.small_numbers import FEWER, NOT_SHOWN, Count, Said, said

Table = list[Count]


def wholes(counts: list[int]) -> Table:
    """Return a table in which nobody looks at parts."""
    return [Count(count, 0) for count in counts]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([], ()),
        ([5, 1234], ("5", "1,234")),
        ([30, 2, 1, 3], ("30", FEWER, FEWER, FEWER)),  # of 6 in all each may be any from 1 to 4
        ([4, 30, 9], (FEWER, "30", NOT_SHOWN)),
        ([4, 9, 30], (FEWER, "9", NOT_SHOWN)),  # the last one, not the next smallest: that would tell how large it is
        ([20, 5, 1], (NOT_SHOWN, NOT_SHOWN, FEWER)),  # of 6 there is only 5 and 1
        ([20, 1, 1], (NOT_SHOWN, FEWER, FEWER)),  # of 2 there is only 1 and 1
        ([20, 4, 4], (NOT_SHOWN, FEWER, FEWER)),  # of 8 there is only 4 and 4
        ([1, 1, 1], (NOT_SHOWN, NOT_SHOWN, NOT_SHOWN)),
        ([4], (NOT_SHOWN,)),
    ],
)
def test_small_numbers_are_not_said(counts: list[int], expected: tuple[str, ...]) -> None:
    (told,) = said([wholes(counts)])

    assert tuple(one.whole for one in told) == expected


def test_what_one_table_cannot_hide_no_other_tells() -> None:
    nine_once, all_at_one_trust = [Count(1, 0)] * 9, [Count(9, 0)]

    told = said([nine_once, all_at_one_trust])

    assert {text for table in told for line in table for text in line} == {NOT_SHOWN}


def test_what_is_left_of_a_whole_is_not_to_be_worked_out_either() -> None:
    (told,) = said([[Count(10, 10), Count(10, 8), Count(20, 6)]])

    assert told == (Said("10", "10"), Said("10", NOT_SHOWN), Said("20", NOT_SHOWN))


def test_of_a_small_whole_none_some_and_all_are_said_alike() -> None:
    (told,) = said([[Count(4, 0), Count(4, 2), Count(4, 4), Count(90, 30)]])

    assert {line.part for line in told[:3]} == {FEWER}


def test_parts_that_are_small_together_are_said_in_no_table() -> None:
    told = said([[Count(20, 2), Count(20, 1)], [Count(40, 3)]])

    assert told == ((Said("20", NOT_SHOWN), Said("20", NOT_SHOWN)), (Said("40", NOT_SHOWN),))


# ── Whatever was counted ─────────────────────────────────────────────────────────────────────────


@st.composite
def some_tables(draw: st.DrawFn) -> list[Table]:
    """Draw looks, of each its line in each table, how often, and how often with what a part has; and count them."""
    sizes = draw(st.lists(st.integers(1, 5), min_size=1, max_size=3))
    count = st.one_of(st.integers(1, 6), st.integers(1, 40))
    looks = draw(
        st.lists(st.tuples(st.tuples(*(st.integers(0, size - 1) for size in sizes)), count, st.booleans()), max_size=9)
    )
    return [
        [
            Count(sum(times for _, times, _ in mine), sum(times for _, times, is_part in mine if is_part))
            for line in range(size)
            if (mine := [look for look in looks if look[0][number] == line])
        ]
        for number, size in enumerate(sizes)
    ]


@given(some_tables())
def test_what_is_said_is_true_and_never_small(tables: list[Table]) -> None:
    for table, told in zip(tables, said(tables), strict=True):
        for count, texts in zip(table, told, strict=True):
            read = [number for number, text in zip(count, texts, strict=True) if text == f"{number:,}"]
            assert not any(0 < number < 5 for number in read)
            assert len(read) < 2 or not 0 < read[0] - read[1] < 5
            assert all(text in (FEWER, NOT_SHOWN, f"{number:,}") for number, text in zip(count, texts, strict=True))
            assert texts.whole != FEWER or count.whole < 5


@settings(max_examples=500)
@given(some_tables())
def test_every_number_that_is_hidden_could_be_another_and_all_that_is_said_would_be_true(tables: list[Table]) -> None:
    told = said(tables)
    hidden = {place for place in places(tables) if is_hidden(text_at(told, place))}

    for others in otherwise(tables):
        if not hidden:
            break
        if is_true(told, others):
            hidden -= {place for place in hidden if at(others, place) != at(tables, place)}

    assert not hidden


@pytest.mark.parametrize(("lines", "most"), [(1, 30), (2, 20), (3, 12)])
def test_not_even_who_knows_how_it_is_hidden_works_a_number_out(lines: int, most: int) -> None:
    """Of every table so small, beside another one that tells its sums as far as they may be told."""
    alike = defaultdict[tuple[tuple[Said, ...], ...], list[Table]](list)
    for table in every_table(lines, most):
        told = said([table, [Count(sum(whole for whole, _ in table), sum(part for _, part in table))]])
        alike[told].append(table)
    for (texts, _), among in alike.items():
        for line, column in product(range(lines), (0, 1)):
            assert not is_hidden(texts[line][column]) or len({table[line][column] for table in among}) > 1


def every_table(lines: int, most: int) -> Iterator[Table]:
    """Yield every table of so many lines and at most so many looks."""
    for wholes in product(range(1, most + 1), repeat=lines):
        if sum(wholes) <= most:
            for parts in product(*(range(whole + 1) for whole in wholes)):
                yield list(map(Count, wholes, parts))


Place = tuple[int, int, int]


def places(tables: list[Table]) -> Iterator[Place]:
    """Yield where each number stands: its table, line and column."""
    return (
        (number, line, column) for number, table in enumerate(tables) for line in range(len(table)) for column in (0, 1)
    )


def text_at(told: tuple[tuple[Said, ...], ...], place: Place) -> str:
    """Return what is said there."""
    number, line, column = place
    return told[number][line][column]


def at(tables: list[Table], place: Place) -> int:
    """Return the number that stands there."""
    number, line, column = place
    return tables[number][line][column]


def is_hidden(text: str) -> bool:
    """Say whether a number is not said."""
    return text in (FEWER, NOT_SHOWN)


def is_true(told: tuple[tuple[Said, ...], ...], tables: list[Table]) -> bool:
    """Say whether all that is said could be said of these counts."""
    is_silent = {line.whole for table in told for line in table} == {NOT_SHOWN}
    return all(
        count.whole > 0 and 0 <= count.part <= count.whole and _is_true(texts, count, is_silent)
        for texts, count in zip(chain(*told), chain(*tables), strict=True)
    )


def _is_true(texts: Said, count: Count, is_silent: bool) -> bool:
    """Say whether it could be said of this one; "not shown" is a small number only where nothing is said at all."""
    of_whole = {FEWER: count.whole < 5, NOT_SHOWN: is_silent or count.whole >= 5}
    of_part = {FEWER: count.part < 5, NOT_SHOWN: True}
    return of_whole.get(texts.whole, texts.whole == f"{count.whole:,}") and of_part.get(
        texts.part, texts.part == f"{count.part:,}"
    )


def otherwise(tables: list[Table]) -> Iterator[list[Table]]:
    """Yield other counts of one sum: some looks moved to another line, some of another kind, or one more or less."""
    for number, table in enumerate(tables):
        for times, one, other in product(range(1, 9), range(len(table)), range(len(table))):
            for whole, part in ((times, times), (times, 0), (0, times)):
                moved = changed(changed(table, one, -whole, -part), other, whole, part)
                yield [*tables[:number], moved, *tables[number + 1 :]]
    for lines in product(*(range(len(table)) for table in tables)):
        for whole, part in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1)):
            yield [changed(table, line, whole, part) for table, line in zip(tables, lines, strict=True)]


def changed(table: Table, line: int, whole: int, part: int) -> Table:
    """Return a table with more or less in one line."""
    before = table[line]
    return [*table[:line], Count(before.whole + whole, before.part + part), *table[line + 1 :]]
