"""Say why there is nothing to see: an error, or a dissent."""

from dataclasses import dataclass

# ── Errors ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class ErrorWords:
    """What an error page says: what happened, and what can be done."""

    heading: str
    text: str


_ERRORS = {
    400: ErrorWords(
        "That could not be understood",
        "What was sent is not complete, or not from a page of ours. Go back and try again.",
    ),
    403: ErrorWords("You may not see this", "Your role, or the agreements between the trusts, do not allow it."),
    404: ErrorWords(
        "There is nothing here",
        "The address is wrong, or the patient was opened in another sign-in. Find the patient again.",
    ),
    405: ErrorWords("That cannot be done here", "The address exists, and does not do what was asked of it."),
    413: ErrorWords("That is too large", "More was sent than a form of ours can hold."),
    429: ErrorWords("That is too fast", "Wait a moment and try again. You are not locked out."),
    500: ErrorWords(
        "Trustline has failed", "This is our mistake. Nothing is known about the patient’s results from this page."
    ),
    503: ErrorWords(
        "Results cannot be shown now",
        "The access log cannot be written, and without it nothing may be shown. This is our fault, not the trusts’.",
    ),
}


def error(status_code: int) -> ErrorWords:
    """Say what an HTTP status means to the person who met it."""
    if status_code in _ERRORS:
        return _ERRORS[status_code]
    return _ERRORS[500] if status_code >= 500 else _ERRORS[400]


def broken_off(status_code: int) -> str:
    """Say why a timeline that has begun cannot go on."""
    why = "the access log cannot be written" if status_code == 503 else "this is our mistake"
    return f"{error(status_code).heading}: {why}. What is shown is not complete. Telephone the laboratories."
