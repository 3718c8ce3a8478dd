"""Has the partnership agreed? Count who has signed, in whole numbers.

Rule: carried when every eligible trust has signed, or else when strictly more than 75 % of them have;
with nobody eligible, never.
"""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Vote:
    """How many trusts may sign, and how many have."""

    eligible: int
    signed: int

    @property
    def carried(self) -> bool:
        """Say whether that is enough: all, or strictly more than three quarters."""
        return self.eligible > 0 and (self.signed == self.eligible or 4 * self.signed > 3 * self.eligible)

    @property
    def needed(self) -> int:
        """Return how many must sign: the least number that carries it, or 0 when none can."""
        return 3 * self.eligible // 4 + 1 if self.eligible else 0


def count_vote(parties: Collection[str], signed: Collection[str]) -> Vote:
    """Count those that have signed among the parties; a signature of anybody else does not count."""
    eligible = frozenset(parties)
    return Vote(len(eligible), len(eligible.intersection(signed)))
