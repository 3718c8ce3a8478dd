"""What the clinician's own trust bears out of a claim is its proof; anything less is the clinician's word.

Which encounter bears what out is tests/access/test_presence.py.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from connectors.answer import Answer, Outcome, Question, Received
from connectors.resource import Encounter
from tests.access.builders import EMERGENCY, TEACHING
from tests.builders import a_patient, a_person
from tests.journey.test_results import World
from viewer.access.relationship import Claim
from viewer.attendance import Attendance, ask_attendance, attendance

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


def an_encounter(code: str, status: str = "in-progress", start: str = "2026-11-21T02:10:00Z") -> Encounter:
    return msgspec.convert(
        {"resourceType": "Encounter", "status": status, "class": {"system": ACT, "code": code},
         "period": {"start": start}},
        Encounter,
    )  # fmt: skip


def answered(*encounters: Encounter, outcome: Outcome = Outcome.ANSWERED) -> Answer:
    received = tuple(Received("Encounter", "1", "", one, "", b"") for one in encounters)
    return Answer(TEACHING, outcome, NOON, timedelta(0), received=received)


@pytest.mark.parametrize(
    ("claim", "encounter", "proof"),
    [
        (Claim.IN_DEPARTMENT, an_encounter("EMER"), "an emergency attendance since 21-Nov-2026 02:10"),
        (Claim.UNDER_MY_CARE, an_encounter("EMER"), "an emergency attendance since 21-Nov-2026 02:10"),
        (Claim.UNDER_MY_CARE, an_encounter("IMP", start="2026-11-19"), "an inpatient stay since 19-Nov-2026"),
        (Claim.UNDER_MY_CARE, an_encounter("AMB", "planned", "2026-11-27T10:20:00Z"),
         "an appointment on 27-Nov-2026 10:20"),
    ],
)  # fmt: skip
def test_what_the_own_trusts_record_bears_out_is_the_proof(claim: Claim, encounter: Encounter, proof: str) -> None:
    said = attendance(answered(encounter), claim, TEACHING, NOON)

    assert said == Attendance(proof=f"{proof}, by Sheffield Teaching’s own record")


@pytest.mark.parametrize(
    ("claim", "encounter", "wanted"),
    [
        (Claim.IN_DEPARTMENT, an_encounter("IMP"), "emergency attendance now"),
        (Claim.IN_DEPARTMENT, an_encounter("EMER", "finished"), "emergency attendance now"),
        (Claim.UNDER_MY_CARE, an_encounter("IMP", "finished"), "stay, attendance or appointment"),
    ],
)
def test_a_record_that_bears_nothing_out_is_said_to(claim: Claim, encounter: Encounter, wanted: str) -> None:
    said = attendance(answered(encounter), claim, TEACHING, NOON)

    assert said == Attendance(why_not=f"Sheffield Teaching’s own record shows no {wanted}")


@pytest.mark.parametrize("claim", sorted(set(Claim) - {Claim.IN_DEPARTMENT, Claim.UNDER_MY_CARE}))
def test_an_attendance_proves_no_other_claim(claim: Claim) -> None:
    assert attendance(answered(an_encounter("EMER")), claim, TEACHING, NOON).proof == ""


@pytest.mark.parametrize("answer", [None, answered(outcome=Outcome.LATE), answered(outcome=Outcome.REFUSED)])
def test_a_trust_that_did_not_say_is_not_said_to_have_no_record(answer: Answer | None) -> None:
    said = attendance(answer, Claim.IN_DEPARTMENT, TEACHING, NOON)

    assert said == Attendance(why_not="Sheffield Teaching did not say whether the patient is there")


def test_half_an_answer_that_shows_the_attendance_proves_it() -> None:
    half = answered(an_encounter("EMER", "arrived"), outcome=Outcome.PARTIAL)

    assert attendance(half, Claim.IN_DEPARTMENT, TEACHING, NOON).proof


class Slow(World):
    """A trust that says after three seconds that the patient is there. Its clock goes on half a second a pulse."""

    def _ask(self, questions: Sequence[Question]) -> Iterator[tuple[Answer, ...]]:
        for _ in range(6):
            self.now += timedelta(seconds=0.5)
            yield ()
        yield (answered(an_encounter("EMER")),)

    def ask(self, lasts: float) -> tuple[Attendance, timedelta]:
        parts, person = replace(self._parts(), presence_lasts=timedelta(seconds=lasts)), a_person(a_patient(TEACHING))
        began = self.now
        return ask_attendance(parts, self._looking(), person, EMERGENCY), self.now - began


@pytest.mark.parametrize(("lasts", "waited", "is_proven"), [(0.2, 0.5, False), (1.5, 1.5, False), (4.0, 3.0, True)])
def test_the_own_trust_is_waited_for_as_long_as_the_partnership_says_and_no_longer(
    lasts: float, waited: float, is_proven: bool
) -> None:
    said, took = Slow(()).ask(lasts)

    assert (bool(said.proof), took) == (is_proven, timedelta(seconds=waited))
