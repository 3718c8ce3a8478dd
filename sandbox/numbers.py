"""NHS numbers of the 999 test range, with their check digit (modulus 11, NHS Data Dictionary)."""

from collections.abc import Iterator


def check_digit(nine: str) -> int | None:
    """Return the tenth digit, or None when these nine can have none."""
    weighted = sum(int(digit) * weight for digit, weight in zip(nine, range(10, 1, -1), strict=True))
    digit = (11 - weighted % 11) % 11
    return None if digit == 10 else digit


def is_test_number(text: str) -> bool:
    """Say whether this is a valid NHS number of the 999 range."""
    digits = text.replace(" ", "")
    return len(digits) == 10 and digits.startswith("999") and check_digit(digits[:9]) == int(digits[9])


def test_numbers(start: int) -> Iterator[str]:
    """Yield valid numbers from 999 followed by these six digits on."""
    for six in range(start, 1_000_000):
        nine = f"999{six:06d}"
        digit = check_digit(nine)
        if digit is not None:
            yield f"{nine}{digit}"


def spaced(digits: str) -> str:
    """Return it as people read it: 999 123 4567."""
    return f"{digits[:3]} {digits[3:6]} {digits[6:]}"
