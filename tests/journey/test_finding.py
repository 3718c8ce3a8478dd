"""Finding with plain values: what the page hides of those who may not be listed, and what the log says all the same."""

from dataclasses import dataclass, replace

import pytest

from connectors.answer import Answer, ByNumber, ByTraits, Outcome
from tests.access.builders import ROTHERHAM, TEACHING
from tests.builders import A_NUMBER, a_patient_resource, all_received, an_answer
from tests.journey.test_results import NOON, RESTRICTED, World
from viewer.access.access_event import AccessEvent, Event
from viewer.audit.entry import Entry, canonical, read_record
from viewer.audit.scope import Scope, within
from viewer.journey import find
from viewer.pages.ledger_words import by_outcome
from viewer.steps import Found, State

BY_NUMBER = ByNumber(A_NUMBER.digits)
BY_TRAITS = ByTraits("Hargreaves", NOON.date().replace(1944, 3, 9), "Walter")
ELSEWHERE = "RHX"  # an organisation that is none of the two trusts
NOBODY = an_answer(TEACHING, Outcome.NOT_KNOWN)


@dataclass
class Finding(World):
    """The two trusts, asked who somebody is."""

    def find(self, query: ByNumber | ByTraits = BY_NUMBER) -> Found:
        return find(self._parts(), self._looking(), query)


def a_restricted_record_at_rotherham() -> Answer:
    return an_answer(ROTHERHAM, sent=all_received(a_patient_resource(meta=RESTRICTED)))


def states(found: Found) -> dict[str, tuple[State, int, Outcome | None]]:
    return {tile.trust.name: (tile.state, tile.count, tile.outcome) for tile in found.tiles}


def said_of(event: AccessEvent) -> dict[str, str]:
    return {at.trust: at.outcome for at in event.trusts}


def test_the_page_of_a_restricted_patient_is_the_page_of_nobody_law_4() -> None:
    hidden = Finding([a_restricted_record_at_rotherham(), NOBODY]).find()
    nobody = Finding([an_answer(ROTHERHAM, Outcome.NOT_KNOWN), NOBODY]).find()

    assert hidden == nobody
    assert states(hidden)[ROTHERHAM.name] == (State.NONE, 0, Outcome.NOT_KNOWN)


def test_the_log_says_of_a_refused_person_what_each_trust_knew_of_them_law_3() -> None:
    world = Finding([a_restricted_record_at_rotherham(), NOBODY])

    world.find()

    refused = world.log[-1]
    assert refused.event is Event.REFUSED
    assert said_of(refused) == {ROTHERHAM.name: "answered", TEACHING.name: "not known"}


def test_of_two_people_found_each_entry_says_who_knew_that_one_law_3() -> None:
    other = a_patient_resource("2", identifier=[])
    world = Finding([a_restricted_record_at_rotherham(), an_answer(TEACHING, sent=all_received(other))])

    found = world.find(BY_TRAITS)

    listed, refused = sorted(world.log[1:], key=lambda event: event.event is Event.REFUSED)
    assert said_of(listed) == {ROTHERHAM.name: "not known", TEACHING.name: "answered"}
    assert said_of(refused) == {ROTHERHAM.name: "answered", TEACHING.name: "not known"}
    assert states(found)[ROTHERHAM.name] == (State.NONE, 0, Outcome.NOT_KNOWN)


def test_a_record_that_could_not_be_read_is_in_the_log_as_it_is_on_the_page_law_1() -> None:
    world = Finding([an_answer(ROTHERHAM, sent=all_received(a_patient_resource(birthDate=1944))), NOBODY])

    found = world.find()

    assert said_of(world.log[-1]) == {ROTHERHAM.name: "partial", TEACHING.name: "not known"}
    assert states(found)[ROTHERHAM.name] == (State.GAP, 0, Outcome.PARTIAL)


@pytest.mark.parametrize(
    ("scope", "read"),
    [
        (Scope(ROTHERHAM.ods, ROTHERHAM.name), ("Rotherham answered",)),
        (Scope(TEACHING.ods, TEACHING.name), ("Sheffield Teaching answered: it holds no record of this patient",)),
        (Scope(ELSEWHERE), ("none",)),
    ],
    ids=["the trust that holds the record", "one that does not", "a practice"],
)
def test_an_officer_reads_their_own_trusts_true_word_on_a_refusal_and_no_others(
    scope: Scope, read: tuple[str, ...]
) -> None:
    world = Finding([a_restricted_record_at_rotherham(), NOBODY])
    world.find()
    assert world.log[-1].who
    staff = replace(world.log[-1].who, organisation=replace(world.log[-1].who.organisation, ods=scope.organisation))
    body = canonical(replace(world.log[-1], who=staff))

    seen = within(Entry(1, body, read_record(body)), scope)

    assert by_outcome(seen.record, (ROTHERHAM, TEACHING)) == read
    assert not seen.whole
