"""The sentence with plain values: what a look does with answers that surprise, forbid, or are about nobody."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from connectors.answer import Answer, Outcome, Question, Trust
from tests.access.builders import A_DAY, EMERGENCY, ROTHERHAM, SEXUAL_HEALTH, TEACHING, an_agreement
from tests.builders import (
    a_laboratory_report,
    a_patient,
    a_patient_resource,
    a_person,
    a_quantity,
    all_received,
    an_answer,
    an_observation,
    broken,
)
from viewer.access.access_event import AccessEvent, Event
from viewer.access.agreement import Agreement, Narrowing
from viewer.access.clinician import Clinician, Organisation, Role
from viewer.access.decide import Decision
from viewer.access.relationship import Relationship
from viewer.access.rules import Rules
from viewer.clinical.timeline import Row
from viewer.journey import one_report, results
from viewer.parts import Heard, Parts
from viewer.steps import Looking, Opened, State, Step

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
AMINA = Clinician("u-1", "Dr Amina Farrell", Role.CONSULTANT, "Consultant", "S8000:G8000:R0050", "rp-1",
                  Organisation(TEACHING.ods, TEACHING.full_title))  # fmt: skip
RESTRICTED = {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]}
POTASSIUM = an_observation("1", valueQuantity=a_quantity("5.10", "mmol/L"))


@dataclass
class World:
    """Two trusts that have their answers ready, a log that is a list, and the handles that were closed."""

    answers: Sequence[Answer]
    log: list[AccessEvent] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    agreement: Agreement = field(default_factory=an_agreement)
    narrowings: tuple[Narrowing, ...] = ()
    dissents: bool = False
    holds: bool = True
    pds: Heard | None = None
    now: datetime = NOON
    who: Clinician = AMINA
    relationship: Relationship = EMERGENCY

    asked: list[str] = field(default_factory=list)  # the trusts that were asked

    def look(self, *, waits: bool = False) -> list[Step]:
        return list(self.look_at_each(waits=waits))

    def look_at_each(self, *, waits: bool = False) -> Iterator[Step]:
        return results(self._parts(), self._looking(), self._opened(), waits=waits)

    def report(self, key: str) -> object:
        return one_report(self._parts(), self._looking(), self._opened(), key.__eq__, key.partition("/")[0])

    def _parts(self) -> Parts:
        return Parts(
            trusts=(ROTHERHAM, TEACHING),
            hospital_numbers={ROTHERHAM.name: "urn:rotherham", TEACHING.name: "urn:teaching"},
            rules=lambda: Rules((self.agreement,), self.narrowings, A_DAY, self.now, pds=self.pds is not None),
            ask=self._ask,
            append=self._append,
            close=lambda _, handle: self.closed.append(handle),
            clock=lambda: self.now,
            new_id=lambda: "an-id",
            dissents=lambda _: self.dissents,
            holds=lambda _, __: self.holds,
            ask_pds=(lambda _, __: self.pds) if self.pds else None,
        )

    def _ask(self, questions: Sequence[Question]) -> Iterator[tuple[Answer, ...]]:
        wanted = {question.trust.name for question in questions}
        self.asked += sorted(wanted)
        yield from ((answer,) for answer in self.answers if answer.trust.name in wanted)

    def _append(self, *events: AccessEvent) -> tuple[int, ...]:
        self.log.extend(events)
        return tuple(range(len(self.log) - len(events) + 1, len(self.log) + 1))

    def _looking(self) -> Looking:
        return Looking(self.who, "sign-in", "a browser", "view")

    def _opened(self) -> Opened:
        return Opened("handle", a_person(a_patient(TEACHING)), self.relationship, {TEACHING.name: ("1",)}, NOON)


def says(trust: Trust, *sent: dict[str, Any], **patient: Any) -> Answer:
    return an_answer(trust, sent=all_received(a_patient_resource(**patient), *sent))


def holding_a_report(trust: Trust, id_: str = "7") -> Answer:
    return says(trust, a_laboratory_report(id_, "Observation/1"), POTASSIUM)


def states(step: Step) -> dict[str, State]:
    return {tile.trust.name: tile.state for tile in step.tiles}


def test_a_trust_that_only_now_says_restricted_ends_the_look_law_4() -> None:
    world = World([holding_a_report(TEACHING), says(ROTHERHAM, meta=RESTRICTED)])

    *_, last = world.look()

    assert "restricted" in last.refused
    assert last.timeline.rows == ()
    assert world.closed == ["handle"]
    assert (world.log[-1].event, world.log[-1].outcome) == (Event.REFUSED, "refused")


def test_a_refused_look_is_no_way_round_by_a_reports_own_page_law_4() -> None:
    world = World([holding_a_report(TEACHING), says(ROTHERHAM, meta=RESTRICTED)])

    found = world.report(f"{TEACHING.name}/DiagnosticReport/7")

    assert isinstance(found, Decision)
    assert not found.allowed
    assert world.closed == ["handle"]


def test_an_answer_our_code_cannot_deal_with_costs_that_trust_alone_law_1() -> None:
    unforeseen = object()  # in the place of a resource
    bad = an_answer(ROTHERHAM, sent=(*all_received(a_patient_resource()), unforeseen))  # type: ignore[arg-type]
    world = World([bad, holding_a_report(TEACHING)])

    *_, last = world.look()

    assert [row.key for row in last.timeline.rows] == [f"{TEACHING.name}/DiagnosticReport/7"]
    assert states(last) == {ROTHERHAM.name: State.GAP, TEACHING.name: State.ANSWERED}
    assert [gap.outcome for gap in last.timeline.gaps] == [Outcome.FAILED]


def test_a_trust_of_which_nothing_could_be_read_never_looks_like_none_law_1() -> None:
    world = World([says(ROTHERHAM, broken(a_laboratory_report("9"))), holding_a_report(TEACHING)])

    *_, last = world.look()

    assert states(last)[ROTHERHAM.name] is State.GAP


def test_results_without_a_record_of_whose_they_are_are_not_shown_law_1() -> None:
    nobodys = an_answer(ROTHERHAM, sent=all_received(a_laboratory_report("9", "Observation/1"), POTASSIUM))
    world = World([nobodys, holding_a_report(TEACHING)])

    *_, last = world.look()

    assert states(last)[ROTHERHAM.name] is State.GAP
    assert [row.report.trust for row in last.timeline.rows] == [TEACHING]


def test_another_person_with_this_number_who_may_not_be_listed_is_not_spoken_of_law_4() -> None:
    other = says(ROTHERHAM, birthDate="1979-02-14", meta=RESTRICTED)
    world = World([other, holding_a_report(TEACHING)])

    *_, last = world.look()

    assert states(last)[ROTHERHAM.name] is State.NONE
    assert last.timeline.gaps == ()


def test_every_step_is_in_the_log_before_it_is_yielded_law_3() -> None:
    world = World([holding_a_report(TEACHING), holding_a_report(ROTHERHAM, "8")])

    seen = [(step.entry, len(world.log)) for step in results(world._parts(), world._looking(), world._opened())]

    assert seen == [(1, 1), (2, 2), (3, 3)]
    assert [event.event for event in world.log] == [Event.RESULTS_ASKED, Event.RESULTS_SHOWN, Event.RESULTS_SHOWN]
    assert world.log[2].reports == (f"{ROTHERHAM.name}/DiagnosticReport/8",)


def test_a_report_is_shown_with_the_row_it_stands_in_and_logged_alone_law_3() -> None:
    world = World([holding_a_report(TEACHING), holding_a_report(ROTHERHAM, "8")])

    found = world.report(f"{TEACHING.name}/DiagnosticReport/7")

    assert isinstance(found, Row)
    assert world.log[-1].event is Event.REPORT_SHOWN
    assert world.log[-1].reports == (f"{TEACHING.name}/DiagnosticReport/7",)


def test_a_record_that_cannot_be_read_but_is_marked_restricted_ends_the_look_law_4() -> None:
    world = World([holding_a_report(TEACHING), says(ROTHERHAM, meta=RESTRICTED, birthDate=1944)])

    *_, last = world.look()

    assert "restricted" in last.refused
    assert last.timeline.rows == ()


def test_what_could_not_be_read_but_is_never_shared_is_not_named_law_4() -> None:
    label = {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "STD"}]}
    world = World([says(ROTHERHAM, broken(a_laboratory_report("9", meta=label))), holding_a_report(TEACHING)])
    world.agreement = an_agreement(never_shared=(SEXUAL_HEALTH,))

    *_, last = world.look()

    assert last.timeline.unreadable == ()
    assert states(last)[ROTHERHAM.name] is State.NONE
