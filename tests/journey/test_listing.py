"""Who was listed or opened stands on a page again only by what holds now, and only with what may still be shown."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from connectors.answer import Kind
from tests.access.builders import A_DAY, GLASS, PRACTICE, ROTHERHAM, TEACHING
from tests.builders import a_patient, a_person
from tests.journey.test_going_on import Said
from tests.journey.test_results import NOON, World
from viewer.access.access_event import Event
from viewer.access.agreement import Narrowing
from viewer.access.decide import Decision
from viewer.access.relationship import Relationship
from viewer.access.standing import PdsWord
from viewer.clinical.patient import Disagreement, Person
from viewer.listing import list_again, list_opened_again
from viewer.opening import open_patient
from viewer.steps import Candidate, NeedsReason, Opened

NOTHING = Narrowing(TEACHING.name, shares=frozenset())
RESULTS_ALONE = Narrowing(TEACHING.name, shares=frozenset({Kind.LABORATORY, Kind.RADIOLOGY}))
WALTER = a_person(a_patient(TEACHING, postcode="S10 2JF"), a_patient(ROTHERHAM, id="9", postcode="S6 2XX"))


@dataclass
class Listing(World):
    """Somebody who was listed a while ago, and opened."""

    person: Person = field(default_factory=lambda: WALTER)

    def again(self, *, restricted: bool = False) -> Candidate:
        return list_again(self._parts(), self._looking(), self.person, restricted=restricted)

    def opened_again(self) -> list[tuple[Opened, Person]]:
        opened = replace(self._opened(), person=self.person, pds=self.pds.result() if self.pds else None)
        return list_opened_again(self._parts(), self._looking(), [opened])

    def open(self, relationship: Relationship, *, restricted: bool = False) -> Opened | NeedsReason | Decision:
        return open_patient(self._parts(), self._looking(), self.person, relationship, restricted=restricted)


def trusts(person: Person) -> list[str]:
    return [record.trust.name for record in person.records]


def test_somebody_may_be_shown_again_as_they_were_listed_and_it_is_logged_first_law_3() -> None:
    world = Listing([])

    again = world.again()

    assert (again.person, again.decision.allowed, again.place) == (WALTER, True, True)
    assert [(one.event, one.outcome) for one in world.log] == [(Event.FIND_SHOWN, "listed again")]
    assert world.log[0].agreements


@pytest.mark.parametrize("narrowed", [NOTHING, RESULTS_ALONE], ids=["everything", "demographics"])
def test_the_record_of_a_trust_that_may_not_be_asked_any_more_is_left_out_law_4(narrowed: Narrowing) -> None:
    world = Listing([], narrowings=(narrowed,))
    world.person = replace(WALTER, doubts=(Disagreement(TEACHING, ("date of birth",)),))

    again, opened = world.again(), world.opened_again()

    assert again.decision.allowed
    assert trusts(again.person) == [ROTHERHAM.name]
    assert again.person.doubts == ()
    assert [trusts(person) for _, person in opened] == [[ROTHERHAM.name]]
    assert {one.about.postcode for one in world.log} == {"S6 2XX"}


def test_when_no_trust_may_be_asked_any_more_nobody_is_shown_and_the_refusal_is_logged_law_4() -> None:
    world = Listing([], narrowings=(NOTHING, Narrowing(ROTHERHAM.name, shares=frozenset())))

    again, opened = world.again(), world.opened_again()

    assert not again.decision.allowed
    assert opened == []
    assert [one.event for one in world.log] == [Event.REFUSED, Event.REFUSED]
    assert world.closed == ["handle"]


def test_when_the_agreement_has_ended_nobody_is_shown_law_4() -> None:
    world = Listing([])
    world.agreement = replace(world.agreement, ends=A_DAY - timedelta(days=1))

    assert not world.again().decision.allowed
    assert world.opened_again() == []


def test_after_a_dissent_nobody_stands_among_those_opened_law_4() -> None:
    world = Listing([], dissents=True)

    assert world.opened_again() == []
    assert world.closed == ["handle"]
    assert world.log[-1].event is Event.REFUSED


@pytest.mark.parametrize("where", ["PDS", "an unreadable record", "a record"])
def test_a_restricted_person_is_neither_shown_again_nor_opened_wherever_the_mark_stands_law_4(where: str) -> None:
    world = Listing([])
    if where == "PDS":
        world.pds = Said(PdsWord("", restricted=True))
    if where == "a record":
        world.person = a_person(*(replace(record, restricted=True) for record in WALTER.records))
    unreadable = where == "an unreadable record"

    again, opened = world.again(restricted=unreadable), world.open(World([]).relationship, restricted=unreadable)

    assert (again.decision.allowed, again.restricted, again.place) == (False, True, False)
    assert isinstance(opened, Decision)
    assert not opened.allowed
    refused = [one for one in world.log if one.event is Event.REFUSED]
    assert [(one.about.restricted, one.about.postcode) for one in refused] == [(True, "")] * 2
    assert refused[-1] is world.log[-1]


@pytest.mark.parametrize(("word", "place"), [(PdsWord(PRACTICE), True), (None, False)])
def test_without_the_word_of_pds_somebody_is_shown_again_without_a_place_law_4(
    word: PdsWord | None, place: bool
) -> None:
    again = Listing([], pds=Said(word)).again()

    assert (again.decision.allowed, again.place) == (True, place)


def test_who_was_opened_by_a_broken_glass_is_listed_while_it_holds_and_no_longer_law_4() -> None:
    marked = a_person(*(replace(record, restricted=True) for record in WALTER.records))
    world = Listing([], person=marked, relationship=GLASS)

    before = world.opened_again()
    world.now = NOON + timedelta(minutes=15)
    after = world.opened_again()

    assert [person for _, person in before] == [marked]
    assert after == []


def test_a_patient_of_whom_no_record_may_be_shown_is_not_opened_law_4() -> None:
    world = Listing([], narrowings=(RESULTS_ALONE, replace(RESULTS_ALONE, trust=ROTHERHAM.name)))

    opened = world.open(world.relationship)

    assert isinstance(opened, Decision)
    assert not opened.allowed


@pytest.mark.parametrize("why", ["dissent", "mark"])
def test_nobody_is_asked_whether_a_patient_is_there_who_may_not_be_opened_law_4(why: str) -> None:
    world = Listing([], dissents=why == "dissent")

    opened = world.open(world.relationship, restricted=why == "mark")

    assert isinstance(opened, Decision)
    assert world.asked == []
    assert [one.event for one in world.log] == [Event.REFUSED]
