"""A handle means nothing outside the sign-in that was given it, and brings back exactly what was kept."""

import pytest

from tests.builders import a_patient, a_person
from viewer.access.relationship import Claim, Purpose, Relationship
from viewer.clinical.patient import Person
from viewer.handles import Handles
from viewer.steps import Opened


class Kept:
    """Values of sign-ins, newest first: the promise of Sessions, held in memory."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, str], bytes] = {}

    def keep(self, reference: str, name: str, value: bytes) -> None:
        self.values[reference, name] = value

    def kept(self, reference: str, name: str) -> bytes | None:
        return self.values.get((reference, name))

    def kept_names(self, reference: str, prefix: str) -> tuple[str, ...]:
        names = [name for whose, name in self.values if whose == reference and name.startswith(prefix)]
        return tuple(reversed(names))


@pytest.fixture
def handles() -> Handles:
    numbers = iter(range(1, 100))
    return Handles(Kept(), lambda: f"handle-{next(numbers)}")


def test_what_was_kept_comes_back_as_it_was(handles: Handles) -> None:
    person = a_person(a_patient())

    handle = handles.keep("amina", person)

    assert handles.fetch("amina", Person, handle) == person


def test_another_sign_in_finds_nothing_under_a_handle(handles: Handles) -> None:
    handle = handles.keep("amina", a_person(a_patient()))

    assert handles.fetch("kofi", Person, handle) is None


def test_a_handle_of_one_kind_opens_nothing_of_another(handles: Handles) -> None:
    handle = handles.keep("amina", a_person(a_patient()))

    assert handles.fetch("amina", Relationship, handle) is None


def test_all_of_a_kind_come_newest_first(handles: Handles) -> None:
    first = Relationship(Purpose.DIRECT_CARE, Claim.REGISTERED)
    second = Relationship(Purpose.EMERGENCY_CARE, Claim.IN_DEPARTMENT, "brought in by ambulance")
    handles.keep("amina", first)
    handles.keep("amina", second)

    assert handles.all("amina", Relationship) == (second, first)
    assert handles.all("amina", Opened) == ()
