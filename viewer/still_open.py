"""May a patient who stands on a page go on standing there? Asked by the page itself, every few seconds.

Rule: asking is no use of the sign-in, and shows nothing; so a yes is not written down. A no is, and closes the patient.
"""

from dataclasses import dataclass
from enum import StrEnum

from viewer import evidence
from viewer.access.decide import Decision, may_open
from viewer.access.glass import breaks_glass, why_glass_does_not_hold
from viewer.parts import Parts
from viewer.steps import Looking, Opened


class Closed(StrEnum):
    """Why nothing of a patient may stand on the page any more."""

    SIGNED_OUT = "signed out"
    HERE = "closed here"  # in this sign-in: by a refusal, or by a change of role
    SEARCH = "search closed"  # likewise, of whoever was found and not opened
    LIST = "list closed"  # likewise, of those whom a list names
    GLASS = "glass closed"
    REFUSED = "refused"
    CONTEXT = "context changed"


@dataclass(frozen=True, slots=True)
class ShownList:
    """That this sign-in was shown a list of patients: kept under the list's name, and gone with the role it was in."""


@dataclass(frozen=True, slots=True)
class StillOpen:
    """Whether the patient is open still and, when not, why."""

    closed: Closed | None = None
    because: str = ""  # of a refusal


def still_open(parts: Parts, looking: Looking, opened: Opened | None) -> StillOpen:
    """Decide anew on a patient who is open, by what holds now. No trust is asked for it, nor PDS."""
    if opened is None:
        return StillOpen(Closed.HERE)
    if breaks_glass(opened.relationship) and why_glass_does_not_hold(opened.relationship, parts.clock()):
        return StillOpen(Closed.GLASS)  # the page that is asked for next writes it down
    standing = parts.standing(opened.person, opened.pds)
    decision = may_open(looking.who, opened.person, opened.relationship, parts.rules(), standing)
    if decision.allowed:
        return StillOpen()
    close_it(parts, looking, opened, decision)
    return StillOpen(Closed.REFUSED, decision.because)


def close_it(parts: Parts, looking: Looking, opened: Opened, decision: Decision) -> None:
    """Write down why a patient is closed, and close them in this sign-in."""
    parts.append(evidence.look_ended(looking, opened, decision, parts.clock()))
    parts.close(looking.sign_in, opened.handle)
