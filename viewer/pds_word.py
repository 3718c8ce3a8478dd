"""Ask PDS about a patient, and take its word for what it answered.

Rule: only an answer is PDS’s word. Late, refused or unreachable is no word at all, and proves nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass

from connectors.answer import GAPS, Outcome
from connectors.pds import Asked, Pds
from viewer.access.standing import PdsWord


@dataclass(frozen=True, slots=True)
class Heard:
    """A question to PDS under way."""

    asked: Asked

    def done(self) -> bool:
        """Say whether PDS has answered, or will not."""
        return self.asked.done()

    def result(self) -> PdsWord | None:
        """Wait for the answer, at most as long as PDS may take, and return its word; None when it gave none."""
        answer = self.asked()
        return PdsWord(answer.practice, answer.restricted) if answer.outcome is Outcome.ANSWERED else None

    def silent(self) -> bool:
        """Say whether PDS gave no answer: not even that it knows of nobody with this number."""
        return self.asked().outcome in GAPS


def asking(pds: Pds) -> Callable[[str, str], Heard]:
    """Return the function that begins to ask about a number for a sign-in."""
    return lambda nhs_number, sign_in: Heard(pds.ask(nhs_number, sign_in))
