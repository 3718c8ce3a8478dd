"""The words of the page of dissents.

Rule: to an officer of another organisation nothing is said of who recorded a dissent, or on what form.
"""

from collections.abc import Sequence

from viewer.access.clinician import Organisation
from viewer.dissents import Dissent
from viewer.pages import words


def one(of: Dissent, own: Organisation) -> str:
    """Say when a dissent was recorded and ended, and to its own organisation by whom and on what form."""
    is_own = of.organisation.ods == own.ods
    by = f"by {of.recorded_by}, reference {of.reference}" if is_own else f"by an officer of {_whose(of)}"
    began = f"Recorded {words.day_and_clock(of.recorded_at)} {by}"
    if of.ended_at is None:
        return f"{began}. It holds."
    ended = f" by {of.ended_by}, reference {of.ended_reference}" if is_own else ""
    return f"{began}; ended {words.day_and_clock(of.ended_at)}{ended}."


def done(what: str, history: Sequence[Dissent]) -> str:
    """Say what has just become of a patient's dissent, or how it stands."""
    held = next((one for one in history if one.ended_at is None), None)
    match what:
        case "recorded":
            return "The dissent is recorded and holds from now on."
        case "ended":
            return "The dissent is ended. The results may be seen again by those whom the agreements let."
        case "recorded already":
            return "A dissent holds already. Nothing was changed."
        case "none to end":
            return "No dissent holds. Nothing was changed."
        case "recorded by another organisation" if held:
            return f"Nothing was changed: only {_whose(held)} can end this dissent. Ask {_whose(held)}."
        case "held by somebody with a clinical role" if held:
            return (
                "Nothing was changed: you also hold a clinical role, and could open the patient once it is ended. "
                f"Another officer of {_whose(held)} must end it."
            )
        case _:
            return "A dissent holds." if held else "No dissent holds."


def _whose(of: Dissent) -> str:
    return of.organisation.name or of.organisation.ods
