"""Read an NHS number: ten digits, modulus 11, shown 3-3-4, masked everywhere else.

Source: NHS Data Dictionary, NHS NUMBER; NHS Common User Interface NHS-0001 and following.
"""

import re
from dataclasses import dataclass

# What stands between digits when a number is pasted: spaces (also those that do not show), hyphens of every kind, dots.
_SEPARATORS = re.compile(r"[\s\-.\u00ad\u200b-\u200f\u2010-\u2015\u2060\u2212\ufeff]+")


@dataclass(frozen=True, slots=True, eq=True)
class NHSNumber:
    """A checked NHS number. Ask for `.digits` only to send it, `.spaced` only to show it."""

    digits: str

    @property
    def spaced(self) -> str:
        """Return it as people read it: 999 123 4567."""
        return f"{self.digits[:3]} {self.digits[3:6]} {self.digits[6:]}"

    def __repr__(self) -> str:
        return "NHSNumber(…)"

    __str__ = __repr__

    def __format__(self, _: str) -> str:
        return repr(self)


@dataclass(frozen=True, slots=True)
class NotAnNHSNumber:
    """Why a text is not an NHS number, in words for the person who typed it."""

    reason: str


def read_nhs_number(text: str) -> NHSNumber | NotAnNHSNumber:
    """Return the NHS number in `text`, pasted in any shape, or the reason it is none."""
    digits = _SEPARATORS.sub("", text)
    if not digits:
        return NotAnNHSNumber("Enter an NHS number")
    if not (digits.isascii() and digits.isdigit()):
        return NotAnNHSNumber("An NHS number has digits only, like 999 123 4567")
    if len(digits) != 10:
        return NotAnNHSNumber(f"An NHS number has 10 digits; this has {len(digits)}")
    if not _check_digit_agrees(digits):
        return NotAnNHSNumber("This is not an NHS number: its check digit does not agree. Was a digit mistyped?")
    return NHSNumber(digits)


def _check_digit_agrees(digits: str) -> bool:
    weighted = sum(int(digit) * weight for digit, weight in zip(digits[:9], range(10, 1, -1), strict=True))
    return (11 - weighted % 11) % 11 == int(digits[9])
