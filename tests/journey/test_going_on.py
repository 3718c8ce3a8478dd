"""Revocation bites inside one look: what is said, recorded, ended or changed meanwhile lets nothing more leave."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from connectors.answer import Answer, Kind, Outcome, Question
from tests.access.builders import A_DAY, GLASS, PRACTICE, REGISTERED, ROTHERHAM, TEACHING, a_gp, signed_by_all_but
from tests.builders import A_NUMBER, a_laboratory_report, a_patient, an_answer
from tests.journey.test_results import NOON, POTASSIUM, World, holding_a_report, says
from viewer.access.access_event import Event
from viewer.access.agreement import Narrowing
from viewer.access.standing import PdsWord
from viewer.clinical.patient import Person
from viewer.journey import results, show_again
from viewer.ordering import look_for_ordering
from viewer.steps import State, Step


@dataclass
class Between(World):
    """A world in which something happens after the first trust has answered, or while nobody does."""

    happens: Callable[["Between"], None] = lambda _: None
    silent: bool = False  # after it, no trust answers any more: only the pulse is left

    def _ask(self, questions: Sequence[Question]) -> Iterator[tuple[Answer, ...]]:
        first, *rest = super()._ask(questions)
        yield first
        self.happens(self)
        if self.silent:
            yield ()
        yield from rest


def dissents(world: Between) -> None:
    world.dissents = True


def signs_out(world: Between) -> None:
    world.holds = False


def is_revoked(world: Between) -> None:
    world.agreement = replace(world.agreement, ends=A_DAY - timedelta(days=1))


def closes(world: Between) -> None:
    world.now = NOON + timedelta(minutes=15)


def narrows(world: Between) -> None:
    world.narrowings = (Narrowing(ROTHERHAM.name, shares=frozenset({Kind.DEMOGRAPHICS})),)


HAPPENINGS = {
    "the patient dissents": (dissents, "results are not shared here"),
    "the sign-in ends": (signs_out, "This sign-in has ended"),
    "the agreement ends": (is_revoked, "ended on 20 November 2026"),
}


@pytest.mark.parametrize("silent", [False, True], ids=["before the next answer", "while nobody answers"])
@pytest.mark.parametrize("name", HAPPENINGS)
def test_what_happens_meanwhile_ends_the_look_at_once_law_4(name: str, silent: bool) -> None:
    happens, words = HAPPENINGS[name]
    answers = [holding_a_report(TEACHING), holding_a_report(ROTHERHAM, "8")]
    world = Between(answers, happens=happens, silent=silent)

    first, shown, last = world.look()

    assert (first.refused, shown.refused) == ("", "")
    assert [row.key for row in shown.timeline.rows] == [f"{TEACHING.name}/DiagnosticReport/7"]
    assert words in last.refused
    assert last.timeline.rows == ()
    assert world.closed == ["handle"]
    assert [event.event for event in world.log][-2:] == [Event.RESULTS_SHOWN, Event.REFUSED]


@pytest.mark.parametrize("name", HAPPENINGS)
def test_what_happens_while_a_long_step_is_sent_ends_the_look_before_more_of_it_leaves_law_4(name: str) -> None:
    happens, words = HAPPENINGS[name]
    world = Between([holding_a_report(TEACHING)])
    looking = world.look_at_each()
    _, step = next(looking), next(looking)
    before = step.is_overtaken()

    happens(world)

    assert (before, step.is_overtaken()) == (False, True)
    (last,) = looking
    assert words in last.refused
    assert world.closed == ["handle"]
    assert world.log[-1].event is Event.REFUSED


@pytest.mark.parametrize("name", HAPPENINGS)
def test_what_happens_before_everything_came_leaves_nothing_on_a_page_that_waits_law_4(name: str) -> None:
    world = Between([holding_a_report(TEACHING), holding_a_report(ROTHERHAM, "8")], happens=HAPPENINGS[name][0])

    *_, last = world.look(waits=True)

    assert last.refused
    assert last.timeline.rows == ()
    assert Event.RESULTS_SHOWN not in [event.event for event in world.log]


@pytest.mark.parametrize("name", ["the patient dissents", "the agreement ends"])
def test_what_happened_before_a_look_lets_it_ask_nobody_law_4(name: str) -> None:
    world = Between([holding_a_report(TEACHING)])
    HAPPENINGS[name][0](world)

    (only,) = world.look()

    assert only.refused
    assert world.closed == ["handle"]


def test_a_broken_glass_shows_nothing_from_the_moment_it_closes_law_4() -> None:
    answers = [holding_a_report(TEACHING), holding_a_report(ROTHERHAM, "8")]
    world = Between(answers, relationship=GLASS, happens=closes, silent=True)

    *_, shown, last = world.look()

    assert shown.timeline.rows
    assert last.refused == "The emergency access has ended"
    assert last.timeline.rows == ()


def test_a_trust_that_narrows_meanwhile_is_withheld_by_name_and_never_looks_like_none_law_1() -> None:
    world = Between([holding_a_report(ROTHERHAM, "8"), holding_a_report(TEACHING)], happens=narrows)

    *_, before, last = world.look()

    assert state_of(before, ROTHERHAM.name) is State.ANSWERED
    assert state_of(last, ROTHERHAM.name) is State.NOT_AGREED
    assert [row.report.trust for row in last.timeline.rows] == [TEACHING]
    assert last.complete


def test_what_a_trust_narrows_while_a_long_step_is_sent_is_withheld_by_the_next_step_law_4() -> None:
    world = Between([holding_a_report(TEACHING), holding_a_report(ROTHERHAM, "8")])
    looking = world.look_at_each()
    _, _, long = next(looking), next(looking), next(looking)

    narrows(world)

    assert long.is_overtaken()
    (narrowed,) = looking
    assert [row.report.trust for row in narrowed.timeline.rows] == [TEACHING]
    assert (state_of(narrowed, ROTHERHAM.name), narrowed.refused) == (State.NOT_AGREED, "")
    assert narrowed.entry > long.entry


def test_what_a_trust_narrows_while_nobody_answers_is_withheld_at_the_next_tick_law_4() -> None:
    world = Between([holding_a_report(ROTHERHAM, "8"), holding_a_report(TEACHING)], happens=narrows, silent=True)

    _, shown, narrowed, last = world.look()

    assert [row.report.trust for row in shown.timeline.rows] == [ROTHERHAM]
    assert narrowed.timeline.rows == ()
    assert [state_of(narrowed, trust.name) for trust in (ROTHERHAM, TEACHING)] == [State.NOT_AGREED, State.WAITING]
    assert [row.report.trust for row in last.timeline.rows] == [TEACHING]


@pytest.mark.parametrize("kind", [Kind.LABORATORY, Kind.RADIOLOGY])
def test_a_trust_that_shares_one_kind_is_never_said_to_have_sent_everything_law_1(kind: Kind) -> None:
    shares = frozenset({Kind.DEMOGRAPHICS, kind})
    (other,) = {Kind.LABORATORY, Kind.RADIOLOGY} - {kind}
    world = World([holding_a_report(TEACHING)], narrowings=(Narrowing(TEACHING.name, shares=shares),))

    *_, last = world.look()

    (tile,) = [one for one in last.tiles if one.trust == TEACHING]
    assert (tile.state, tile.outcome) == (State.GAP, Outcome.PARTIAL)
    assert tile.reason == f"{other} withheld by agreement"
    assert tile.count == (kind is Kind.LABORATORY)


def test_a_doubt_who_somebody_is_weighs_more_than_a_kind_that_is_not_shared_law_1() -> None:
    shares = frozenset({Kind.DEMOGRAPHICS, Kind.LABORATORY})
    another = says(TEACHING, birthDate="1950-01-01")

    *_, last = World([another], narrowings=(Narrowing(TEACHING.name, shares=shares),)).look()

    (tile,) = [one for one in last.tiles if one.trust == TEACHING]
    assert tile.doubt
    assert (tile.state, "withheld by agreement" in tile.reason) == (State.GAP, False)


def test_who_is_not_known_there_has_nothing_of_any_kind_there() -> None:
    shares = frozenset({Kind.DEMOGRAPHICS, Kind.LABORATORY})
    nobody = an_answer(TEACHING, Outcome.NOT_KNOWN)

    *_, last = World([nobody], narrowings=(Narrowing(TEACHING.name, shares=shares),)).look()

    assert state_of(last, TEACHING.name) is State.NONE


def test_a_step_that_holds_is_not_said_again() -> None:
    world = Between([holding_a_report(TEACHING), holding_a_report(ROTHERHAM, "8")], silent=True)
    looking = world.look_at_each()

    overtaken = [step.is_overtaken() for step in looking]

    assert overtaken == [False, False, False]


def test_a_trust_that_withdraws_its_signature_meanwhile_shows_nothing_more_law_4() -> None:
    def withdraws(world: Between) -> None:
        world.agreement = replace(world.agreement, signatures=signed_by_all_but(ROTHERHAM))

    world = Between([holding_a_report(ROTHERHAM, "8"), holding_a_report(TEACHING)], happens=withdraws)

    *_, last = world.look()

    assert [row.report.trust for row in last.timeline.rows] == [TEACHING]
    assert state_of(last, ROTHERHAM.name) is State.NOT_AGREED


def state_of(step: Step, trust: str) -> State:
    return next(tile.state for tile in step.tiles if tile.trust.name == trust)


def test_a_report_is_not_shown_when_the_patient_dissented_while_it_was_fetched_law_4() -> None:
    world = Between([holding_a_report(TEACHING), holding_a_report(ROTHERHAM, "8")], happens=dissents)

    found = world.report(f"{TEACHING.name}/DiagnosticReport/7")

    assert getattr(found, "allowed", None) is False
    assert world.log[-1].event is Event.REFUSED


def test_who_the_patient_is_stands_on_no_page_again_after_a_dissent_law_4() -> None:
    world = World([], dissents=True)

    decision = show_again(world._parts(), world._looking(), world._opened())

    assert not decision.allowed
    assert (world.log[-1].event, world.closed) == (Event.REFUSED, ["handle"])


# ── PDS ──────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Said:
    """What PDS says, and whether it has said so already."""

    word: PdsWord | None
    there: bool = True
    waited: int = 0

    def done(self) -> bool:
        return self.there

    def result(self) -> PdsWord | None:
        self.waited += not self.there
        return self.word

    def silent(self) -> bool:
        return self.word is None


def test_pds_calling_a_patient_restricted_ends_the_look_law_4() -> None:
    world = World([holding_a_report(TEACHING)], pds=Said(PdsWord(PRACTICE, restricted=True)))

    *_, last = world.look()

    assert "restricted" in last.refused


@pytest.mark.parametrize(
    ("word", "shown"),
    [(PdsWord(PRACTICE), 1), (PdsWord("Y99009"), 0), (PdsWord(""), 0), (None, 0)],
    ids=["names the practice", "names another", "names none", "no answer"],
)
@pytest.mark.parametrize("there", [True, False], ids=["there", "on its way"])
def test_to_a_gp_nothing_is_shown_before_pds_has_named_their_practice_law_4(
    word: PdsWord | None, shown: int, there: bool
) -> None:
    world = World([holding_a_report(TEACHING)], pds=Said(word, there), who=a_gp(), relationship=REGISTERED)
    opened = replace(world._opened(), pds=PdsWord(PRACTICE))

    *_, last = results(world._parts(), world._looking(), opened)

    assert len(last.timeline.rows) == shown
    assert bool(last.refused) is not bool(shown)


@pytest.mark.parametrize("word", [PdsWord(PRACTICE), None], ids=["its word", "no word"])
def test_nobody_but_a_gp_waits_for_pds_before_they_see_anything(word: PdsWord | None) -> None:
    said = Said(word, there=False)
    world = World([holding_a_report(TEACHING)], pds=said)

    waited = [(bool(step.timeline.rows), said.waited) for step in world.look_at_each()]

    assert waited == [(False, 0), (True, 0)]


def test_a_page_that_is_shown_once_waits_for_pds_for_nobody_but_a_gp() -> None:
    said = Said(PdsWord(PRACTICE), there=False)

    *_, last = World([holding_a_report(TEACHING), holding_a_report(ROTHERHAM, "8")], pds=said).look(waits=True)

    assert last.timeline.rows
    assert said.waited == 0


def test_the_word_of_pds_ends_the_look_even_when_it_comes_after_every_trust_law_4() -> None:
    world = World([holding_a_report(TEACHING)], pds=Said(PdsWord("", restricted=True), there=False))

    *_, shown, last = world.look()

    assert shown.timeline.rows
    assert "restricted" in last.refused
    assert last.timeline.rows == ()
    assert world.closed == ["handle"]


# ── Before anybody is asked ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["the patient dissents", "the agreement ends"])
@pytest.mark.parametrize("page", ["the timeline", "a report"])
def test_what_forbids_a_look_from_the_start_asks_nobody_and_is_logged_as_a_refusal_law_3(name: str, page: str) -> None:
    world = Between([holding_a_report(TEACHING)])
    HAPPENINGS[name][0](world)

    found = world.report(f"{TEACHING.name}/DiagnosticReport/7") if page == "a report" else world.look()

    assert found
    assert world.asked == []
    assert [event.event for event in world.log] == [Event.REFUSED]
    assert world.closed == ["handle"]


# ── A patient without a number ───────────────────────────────────────────────────────────────────


@dataclass
class WithoutANumber(World):
    """A patient who was opened by name, whose record has a number by now; somebody of that number has dissented."""

    def look_for_one(self) -> list[Step]:
        of_that_number = replace(self._parts(), dissents=lambda number: number == A_NUMBER.digits)
        person = Person(None, (a_patient(TEACHING, nhs_number=None),))
        return list(results(of_that_number, self._looking(), replace(self._opened(), person=person)))


def test_a_dissent_of_the_number_that_comes_with_the_results_ends_the_look_at_once_law_4() -> None:
    world = WithoutANumber([holding_a_report(TEACHING), holding_a_report(ROTHERHAM, "8")])

    _, last = world.look_for_one()

    assert "results are not shared here" in last.refused
    assert world.log[-1].event is Event.REFUSED


def test_pds_is_asked_about_the_number_that_comes_with_the_results_law_4() -> None:
    world = WithoutANumber([holding_a_report(TEACHING)], pds=Said(PdsWord("", restricted=True)))
    parts, looking = replace(world._parts(), dissents=lambda _: False), world._looking()
    person = Person(None, (a_patient(TEACHING, nhs_number=None),))

    *_, last = results(parts, looking, replace(world._opened(), person=person))

    assert "restricted" in last.refused


def test_a_number_of_somebody_who_differs_in_more_ends_nothing() -> None:
    world = WithoutANumber(
        [says(TEACHING, a_laboratory_report("7", "Observation/1"), POTASSIUM, birthDate="1950-01-01")]
    )

    *_, last = world.look_for_one()

    assert last.refused == ""


# ── An ordering system ───────────────────────────────────────────────────────────────────────────


@dataclass
class Ordering(World):
    """A world in which an ordering system asks for a GP, and each question takes its time."""

    takes: timedelta = timedelta()

    def _ask(self, questions: Sequence[Question]) -> Iterator[tuple[Answer, ...]]:
        self.now += self.takes
        yield from super()._ask(questions)


@pytest.mark.parametrize(("takes", "event"), [(1, Event.RESULTS_SHOWN), (3, Event.REFUSED)])
def test_an_ordering_system_is_shown_nothing_once_the_proof_of_who_calls_has_ended(takes: int, event: Event) -> None:
    world = Ordering(
        [holding_a_report(TEACHING), says(ROTHERHAM)],
        pds=Said(PdsWord(PRACTICE)), who=a_gp(), takes=timedelta(minutes=takes),
    )  # fmt: skip

    found = look_for_ordering(
        world._parts(), world._looking(), a_patient(TEACHING), NOON + timedelta(minutes=5), lambda _: True
    )

    assert (found is not None) is (event is Event.RESULTS_SHOWN)
    assert world.log[-1].event is event


def test_where_several_agree_an_ordering_system_is_shown_nobody() -> None:
    """Two people under one number, whom only the sex tells apart, which the ordering system did not send."""
    world = Ordering(
        [holding_a_report(TEACHING), says(ROTHERHAM, gender="female")], pds=Said(PdsWord(PRACTICE)), who=a_gp()
    )
    nobody_in_particular = a_patient(TEACHING, gender="")

    found = look_for_ordering(
        world._parts(), world._looking(), nobody_in_particular, NOON + timedelta(minutes=5), lambda _: True
    )

    assert found is None
    assert "with several, whom the trusts know" in world.log[-1].because
