"""Say why a launch from a record system opened nothing.

Rule: nothing of the patient is in it.
"""

NOBODY = "Nobody was found here who agrees with the NHS number, name and date of birth in the record"
GONE_ON = "The record this was opened from now shows another patient, or has been closed"
SEVERAL = "More than one person here agrees with what stands in the record"
ELSEWHERE = "You act for another organisation than the record you come from"


def nobody(found: int) -> str:
    """Return why nobody could be chosen of so many who agree."""
    return SEVERAL if found else NOBODY


def of(trust: str) -> str:
    """Return how the log names a record system."""
    return f"the record system of {trust}"
