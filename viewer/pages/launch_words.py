"""Say why a launch from a record system opened nothing.

Rule: nothing of the patient is in it.
"""

NOBODY = "Nobody was found here who agrees with the NHS number, name and date of birth in the record"
GONE_ON = "The record this was opened from now shows another patient, or has been closed"
SEVERAL = "More than one person here agrees with what stands in the record"
STRANGE = "This launch names a record system that is not known here"
NO_LAUNCH = "This launch does not say what was launched"
NOT_BEGUN = "This launch was not begun in this sign-in, or was used already"
SOMEBODY_ELSE = "The record is open for somebody else than is signed in here"
ELSEWHERE = "You act for another organisation than the record you come from"


def nobody(found: int) -> str:
    """Return why nobody could be chosen of so many who agree."""
    return SEVERAL if found else NOBODY


def of(trust: str) -> str:
    """Return how the log names a record system."""
    return f"the record system of {trust}"
