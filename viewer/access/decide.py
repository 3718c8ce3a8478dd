"""May this person ask this trust? May they see this report? Say which clause said yes, or why not.

Rule: no, by default. Nothing here reads a clock or a file; the day and the agreements are handed in.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decision:
    """A yes or a no, with its reason whichever way it went."""

    allowed: bool
    because: str
    clause: str = ""  # "WT-2026 cl. 4.2(a)" when a clause said yes
    agreement: str = ""  # the agreement's name when one said yes
