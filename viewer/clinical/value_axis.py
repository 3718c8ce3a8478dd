"""Choose an axis of values: from its lowest tick to its highest, every tick a plain decimal.

Rule: a place on the axis is an exact fraction of it, whatever number was sent; a number that no axis can hold is
said to be one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal, localcontext
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis of values."""

    ticks: tuple[Decimal, ...]

    def height(self, value: Decimal | Fraction) -> Fraction:
        """Return how far up a value stands: 0 at the lowest tick, 1 at the highest."""
        low, high = Fraction(self.ticks[0]), Fraction(self.ticks[-1])
        return (Fraction(value) - low) / (high - low)


_LONGEST, _FARTHEST = 40, 30  # characters of a number; powers of ten
_MOST_STEPS = 5


def fits(number: str) -> bool:
    """Say whether an axis can hold a number: JSON allows 1e999999999."""
    value = Decimal(number)
    return len(number) <= _LONGEST and (not value or abs(value.adjusted()) <= _FARTHEST)


def value_axis(numbers: Sequence[Decimal]) -> Axis:
    """Return an axis that holds these numbers, which all fit; from zero when that is near."""
    with localcontext(Context(prec=2 * _LONGEST + 2 * _FARTHEST)):
        low, high = min(numbers), max(numbers)
        if low == high:
            low, high = low - (abs(low) / 4 or 1), high + (abs(high) / 4 or 1)
        if 0 < low <= high / 3:
            low = Decimal(0)
        step = next(one for one in _steps((high - low) / _MOST_STEPS) if one * _MOST_STEPS >= high - low)
        first = int((low / step).to_integral_value(ROUND_FLOOR))
        last = int((high / step).to_integral_value(ROUND_CEILING))
        return Axis(tuple(place * step for place in range(first, last + 1)))


def _steps(about: Decimal) -> Iterator[Decimal]:
    """Yield 1, 2, 5, 10, … times the power of ten below `about`."""
    for power in (about.adjusted(), about.adjusted() + 1):
        for times in (1, 2, 5):
            yield Decimal(times).scaleb(power)
