"""What must be shown of the log: `python -m bench prove-audit`, or `make prove-audit`.

Rule: each part yields figures that are met or not, and says itself what it could not show.
"""

from collections.abc import Callable, Iterable, Iterator

from bench.faults import faults
from bench.figure import Figure
from bench.killing import killing
from bench.tamper import tamper

# In the order they are shown. A part is one function; add a line.
PARTS: tuple[Callable[[], Iterable[Figure]], ...] = (tamper, faults, killing)


def prove_audit() -> Iterator[Figure]:
    """Yield the figures of every part."""
    for part in PARTS:
        yield from part()
