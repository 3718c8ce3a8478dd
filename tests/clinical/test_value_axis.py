"""An axis of values holds every number it was made for, at ticks that are plain decimals."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.clinical.value_axis import fits, value_axis

NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12)


def ticks(*numbers: str) -> list[str]:
    return [format(tick, "f") for tick in value_axis([Decimal(one) for one in numbers]).ticks]


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        (("96", "212", "59"), ["0", "50", "100", "150", "200", "250"]),
        (("3.5", "6.9"), ["3", "4", "5", "6", "7"]),
        (("0.12", "0.4"), ["0.0", "0.1", "0.2", "0.3", "0.4"]),
        (("5", "86"), ["0", "20", "40", "60", "80", "100"]),
        (("-3", "2"), ["-3", "-2", "-1", "0", "1", "2"]),
        (("0", "0"), ["-1.0", "-0.5", "0.0", "0.5", "1.0"]),
        (("140", "140"), ["100", "120", "140", "160", "180"]),
    ],
)
def test_ticks_are_plain_decimals(numbers: tuple[str, ...], expected: list[str]) -> None:
    assert ticks(*numbers) == expected


@given(st.lists(NUMBERS, min_size=1, max_size=20))
def test_an_axis_holds_its_numbers_with_few_even_ticks(numbers: list[Decimal]) -> None:
    axis = value_axis(numbers)

    assert axis.ticks[0] <= min(numbers)
    assert max(numbers) <= axis.ticks[-1]
    assert 2 <= len(axis.ticks) <= 8
    assert len({axis.height(later) - axis.height(earlier) for earlier, later in pairwise(axis.ticks)}) == 1


@pytest.mark.parametrize(
    ("number", "does"),
    [("5.40", True), ("0", True), ("-1e30", True), ("1e-30", True), ("1e31", False), ("1e999999999", False)],
)
def test_a_number_that_no_axis_can_hold_is_known_before_one_is_made(number: str, does: bool) -> None:
    assert fits(number) is does
