"""PDS's silence marks nobody and shows no place; how long a search took tells nobody who was found and not listed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from connectors.answer import Answer, ByNumber, ByTraits, Outcome, Question
from tests.access.builders import GLASS, PRACTICE, ROTHERHAM, TEACHING
from tests.builders import A_NUMBER, a_patient_resource, all_received, an_answer
from tests.journey.test_results import NOON, RESTRICTED, World
from viewer.access.relationship import FINDING, Relationship
from viewer.access.standing import PdsWord
from viewer.journey import find
from viewer.parts import Parts
from viewer.steps import Found, State

BY_NUMBER = ByNumber(A_NUMBER.digits)
BY_TRAITS = ByTraits("Hargreaves", NOON.date().replace(1944, 3, 9), "Walter")
NOBODY = an_answer(ROTHERHAM, Outcome.NOT_KNOWN)
AT_MOST = timedelta(seconds=1.5)
TRUSTS_TAKE = timedelta(seconds=0.4)


@dataclass
class Register:
    """PDS, which takes its time: the world's clock goes on when somebody waits for it."""

    world: "Searching"
    word: PdsWord | None
    takes: timedelta

    def done(self) -> bool:
        return self.world.now >= self.world.asked_pds_at + self.takes

    def result(self) -> PdsWord | None:
        self.world.now = max(self.world.now, self.world.asked_pds_at + min(self.takes, AT_MOST))
        return self.word if self.takes <= AT_MOST else None

    def silent(self) -> bool:
        return self.takes > AT_MOST


@dataclass
class Searching(World):
    """The two trusts and PDS, asked who somebody is; every wait moves the clock."""

    word: PdsWord | None = None
    takes: timedelta = timedelta(seconds=0.2)
    asked_pds_at: datetime = NOON
    asked_pds: list[str] = field(default_factory=list)

    def find(self, query: ByNumber | ByTraits, relationship: Relationship = FINDING) -> Found:
        return find(self._parts(), self._looking(), query, relationship)

    def _parts(self) -> Parts:
        self.pds = Register(self, self.word, self.takes)
        return replace(super()._parts(), ask_pds=self._ask_pds, pause=self._pause, pds_lasts=AT_MOST)

    def _ask_pds(self, number: str, _: str) -> Register:
        self.asked_pds.append(number)
        self.asked_pds_at = self.now
        return Register(self, self.word, self.takes)

    def _pause(self, span: timedelta) -> None:
        self.now += span

    def _ask(self, questions: Sequence[Question]) -> Iterator[tuple[Answer, ...]]:
        self.now = NOON + TRUSTS_TAKE
        yield from super()._ask(questions)


def known(**patient: object) -> Answer:
    return an_answer(TEACHING, sent=all_received(a_patient_resource(**patient)))


def took(world: Searching, query: ByNumber | ByTraits) -> timedelta:
    world.find(query)
    return world.now - NOON


# ── The place ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("query", [BY_NUMBER, BY_TRAITS], ids=["by number", "by traits"])
@pytest.mark.parametrize("relationship", [FINDING, GLASS], ids=["ordinary", "glass"])
@pytest.mark.parametrize(
    ("word", "place"), [(PdsWord(PRACTICE), True), (PdsWord(""), True), (None, False)], ids=["word", "empty", "silence"]
)
def test_without_the_word_of_pds_somebody_is_listed_and_their_place_is_not_shown_law_4(
    query: ByNumber | ByTraits, relationship: Relationship, word: PdsWord | None, place: bool
) -> None:
    found = Searching([NOBODY, known()], word=word).find(query, relationship)

    assert [(one.decision.allowed, one.restricted, one.place) for one in found.people] == [(True, False, place)]


def test_of_whom_pds_cannot_be_asked_about_no_place_is_shown_either_law_4() -> None:
    found = Searching([NOBODY, known(identifier=[])], word=PdsWord(PRACTICE)).find(BY_TRAITS)

    assert [one.place for one in found.people] == [False]


def test_without_pds_the_trusts_own_marks_alone_hide_the_place() -> None:
    by_number = find(World([NOBODY, known()])._parts(), World([])._looking(), BY_NUMBER)
    by_glass = find(World([NOBODY, known(meta=RESTRICTED)])._parts(), World([])._looking(), BY_NUMBER, GLASS)

    assert [one.place for one in (*by_number.people, *by_glass.people)] == [True, False]


# ── The time ─────────────────────────────────────────────────────────────────────────────────────

HIDDEN = {
    "marked by a trust": (known(meta=RESTRICTED), PdsWord("", restricted=True)),
    "marked by PDS alone": (known(), PdsWord("", restricted=True)),
    "marked on a record that cannot be read": (known(meta=RESTRICTED, birthDate=1944), PdsWord("", restricted=True)),
}


@pytest.mark.parametrize("takes", [0.1, 0.9, 60], ids=["soon", "slowly", "not in time"])
@pytest.mark.parametrize("query", [BY_NUMBER, BY_TRAITS], ids=["by number", "by traits"])
@pytest.mark.parametrize("name", HIDDEN)
def test_a_search_that_hides_somebody_takes_as_long_as_one_that_finds_nobody_law_4(
    name: str, query: ByNumber | ByTraits, takes: float
) -> None:
    sent, word = HIDDEN[name]
    span = timedelta(seconds=takes)

    hidden = Searching([NOBODY, sent], word=word, takes=span)
    nobody = Searching([NOBODY, an_answer(TEACHING, Outcome.NOT_KNOWN)], word=word, takes=span)

    assert took(hidden, query) == took(nobody, query)


def test_a_search_by_number_waits_for_pds_no_longer_than_it_takes() -> None:
    assert took(Searching([NOBODY, known()], takes=timedelta(seconds=0.1)), BY_NUMBER) == TRUSTS_TAKE
    assert took(Searching([NOBODY, known()], takes=timedelta(seconds=0.9)), BY_NUMBER) == timedelta(seconds=0.9)
    assert took(Searching([NOBODY, known()], takes=timedelta(seconds=60)), BY_NUMBER) == AT_MOST


def test_pds_is_not_asked_about_somebody_whom_a_trust_marks_already() -> None:
    world = Searching([known(meta=RESTRICTED), NOBODY])

    world.find(BY_TRAITS)

    assert world.asked_pds == []


# ── The strip ────────────────────────────────────────────────────────────────────────────────────


def strip(found: Found) -> list[tuple[State, int, Outcome | None, str]]:
    return [(tile.state, tile.count, tile.outcome, tile.reason) for tile in found.tiles]


@pytest.mark.parametrize("query", [BY_NUMBER, BY_TRAITS], ids=["by number", "by traits"])
def test_a_restricted_record_that_cannot_be_read_does_not_tell_where_it_is_law_4(query: ByNumber | ByTraits) -> None:
    unread = known(meta=RESTRICTED, birthDate=1944)

    hidden = World([NOBODY, unread])
    nobody = World([NOBODY, an_answer(TEACHING, Outcome.NOT_KNOWN)])
    pages = [strip(find(one._parts(), one._looking(), query)) for one in (hidden, nobody)]

    assert pages[0] == pages[1]
    assert {at.trust: at.outcome for at in hidden.log[-1].trusts}[TEACHING.name] == Outcome.PARTIAL


def test_beside_a_restricted_record_another_that_cannot_be_read_is_said_law_1() -> None:
    sent = all_received(a_patient_resource(meta=RESTRICTED, birthDate=1944), a_patient_resource("2", birthDate=1944))
    world = World([NOBODY, an_answer(TEACHING, sent=sent)])

    found = find(world._parts(), world._looking(), BY_NUMBER)

    assert [tile.state for tile in found.tiles] == [State.NONE, State.GAP]


def test_in_an_emergency_a_restricted_record_that_cannot_be_read_is_said_law_1() -> None:
    world = World([NOBODY, known(meta=RESTRICTED, birthDate=1944)])

    found = find(world._parts(), world._looking(), BY_NUMBER, GLASS)

    assert [tile.state for tile in found.tiles] == [State.NONE, State.GAP]
