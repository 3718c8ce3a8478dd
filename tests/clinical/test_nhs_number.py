"""An NHS number reads in any shape people paste it, never with a slip of the finger, and never prints itself."""

import logging

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from viewer.clinical.nhs_number import NHSNumber, NotAnNHSNumber, read_nhs_number


def check_digit(nine: str) -> int:
    return (11 - sum(int(digit) * weight for digit, weight in zip(nine, range(10, 1, -1), strict=True)) % 11) % 11


@st.composite
def valid_numbers(draw: st.DrawFn) -> str:
    nine = "999" + draw(st.text("0123456789", min_size=6, max_size=6))
    last = check_digit(nine)
    assume(last < 10)
    return f"{nine}{last}"


separators = st.sampled_from(
    ["", " ", "  ", "-", " - ", ".", "\t", "\u00a0", "\u2011", "\u2013", "\u200b", "\ufeff", "\r\n"]
)


@given(valid_numbers(), st.lists(separators, min_size=11, max_size=11))
def test_a_valid_number_reads_whatever_stands_between_its_digits(digits: str, between: list[str]) -> None:
    pasted = between[0] + "".join(digit + separator for digit, separator in zip(digits, between[1:], strict=True))

    assert read_nhs_number(pasted) == NHSNumber(digits)


@given(valid_numbers(), st.integers(0, 9), st.integers(1, 9))
def test_one_wrong_digit_is_always_refused(digits: str, place: int, off_by: int) -> None:
    wrong = str((int(digits[place]) + off_by) % 10)

    assert isinstance(read_nhs_number(digits[:place] + wrong + digits[place + 1 :]), NotAnNHSNumber)


@given(valid_numbers(), st.integers(0, 8))
def test_two_neighbouring_digits_the_wrong_way_round_are_always_refused(digits: str, place: int) -> None:
    assume(digits[place] != digits[place + 1])
    swapped = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]

    assert isinstance(read_nhs_number(swapped), NotAnNHSNumber)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "Enter an NHS number"),
        (" -. ", "Enter an NHS number"),
        ("999 123 457", "An NHS number has 10 digits; this has 9"),
        ("999 123 45788", "An NHS number has 10 digits; this has 11"),
        ("999 123 457O", "An NHS number has digits only, like 999 123 4567"),
        ("٩٩٩١٢٣٤٥٧٨", "An NHS number has digits only, like 999 123 4567"),
        ("999/123/4578", "An NHS number has digits only, like 999 123 4567"),
        ("9991234579", "This is not an NHS number: its check digit does not agree. Was a digit mistyped?"),
    ],
)
def test_what_is_none_is_refused_in_words(typed: str, reason: str) -> None:
    assert read_nhs_number(typed) == NotAnNHSNumber(reason)


@pytest.mark.parametrize("last", range(10))
def test_a_number_whose_check_digit_would_be_ten_does_not_exist(last: int) -> None:
    assert check_digit("999123456") == 10

    assert isinstance(read_nhs_number(f"999123456{last}"), NotAnNHSNumber)


def test_it_is_shown_three_three_four() -> None:
    assert NHSNumber("9991234578").spaced == "999 123 4578"


@given(valid_numbers())
def test_however_it_is_printed_no_digit_is_seen(digits: str) -> None:
    number = NHSNumber(digits)
    line = logging.LogRecord("", 0, "", 0, "patient %s %r", (number, number), None).getMessage()

    printed = [
        repr(number),
        str(number),
        f"{number}",
        f"{number:>20}",
        f"{number!r}",
        f"{[number]}",
        line,
    ]

    assert not any(character.isdigit() for text in printed for character in text)
