"""Say why a page of a patient has gone blank.

Rule: nothing of the patient is in it.
"""

from viewer.pages.launch_words import GONE_ON
from viewer.still_open import Closed, StillOpen


def why_closed(still: StillOpen) -> str:
    """Return the reason, as a sentence."""
    match still.closed:
        case Closed.SIGNED_OUT:
            return "Your sign-in has ended."
        case Closed.HERE:
            return "This patient was closed in this sign-in."
        case Closed.SEARCH:
            return "This search was closed in this sign-in."
        case Closed.LIST:
            return "This list was closed in this sign-in."
        case Closed.GLASS:
            return "The emergency access has ended."
        case Closed.REFUSED:
            return f"{still.because.rstrip('.')}. The refusal is in the access log."
        case Closed.CONTEXT:
            return f"{GONE_ON}."
        case None:
            return ""
