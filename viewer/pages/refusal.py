"""A patient may not be opened, or no longer: why, whom to telephone, and what there is in an emergency.

Rule: every refusal offers to break the glass in the same words, so that the offer says nothing of the patient. Only a
dissent offers nothing: not even an emergency lifts it, and nobody is sent the long way round to be told so.
"""

from dataclasses import dataclass

from viewer.clinical.patient import Person
from viewer.handles import Handles
from viewer.pages import words
from viewer.pages.page import looking, page
from viewer.pages.route import Asking
from viewer.pages.search_form import Wanted
from viewer.parts import Parts
from viewer.steps import number_of


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why, and the search that breaking the glass repeats: "" where that is not offered."""

    because: str
    search: str


def refusal(parts: Parts, handles: Handles, asking: Asking, person: Person, search: str, because: str) -> Refusal:
    """Return what is said of a person, who was found by this search, and may not be opened."""
    if parts.dissents(number_of(person)):
        return Refusal(words.DISSENTED, "")
    kept = handles.fetch(looking(asking).sign_in, Wanted, search) if search else None
    return Refusal(because.rstrip("."), search if kept else "")


def refused_page(parts: Parts, handles: Handles, asking: Asking, person: Person, search: str, because: str) -> str:
    """Return the page that says so. Nothing of the patient stands on it."""
    said = refusal(parts, handles, asking, person, search, because)
    return page("refused_opening.html", asking, refusal=said, trusts=parts.trusts, mistakes={})
