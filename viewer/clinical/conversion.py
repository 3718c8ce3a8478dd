"""Say a number in another unit, where its laboratory has signed that it may be and by which factor.

Rule: the exact product, every digit of it and none more; what cannot be said exactly is not converted. What was sent
stays beside it, because it is what the laboratory reported.
"""

import re
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact

from viewer.clinical.analyte import Conversion
from viewer.clinical.report import Amount

_PLAIN = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")
_BOUNDS = frozenset({"", "<", "<=", ">=", ">"})  # a factor above nought leaves them as they are
_EXACT = 60  # digits: more than any product of two plain numbers has


@dataclass(frozen=True, slots=True)
class Converted:
    """A number in the unit of its series, the clause that allows it, and who signed that. Ranges stay as sent."""

    amount: Amount
    clause: str
    signed_by: str


def convert(sent: Amount, conversion: Conversion) -> Amount | None:
    """Return the number in the other unit; None when it is not a plain number or bound, and so stays as it is."""
    if not _PLAIN.fullmatch(sent.number) or sent.comparator not in _BOUNDS or conversion.factor <= 0:
        return None
    exact = Context(prec=_EXACT, traps=[Inexact])
    # A factor of 10 moves the point and adds no digit: 10.9 g/dL is 109 g/L, and not 109.0.
    product = exact.multiply(Decimal(sent.number), exact.normalize(conversion.factor))
    return Amount(f"{product:f}", sent.comparator, conversion.to, conversion.to)
