"""An encounter bears a claim out only when it says so plainly; anything less is the clinician's word."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from connectors.answer import Answer, Outcome, Received
from connectors.resource import Encounter
from tests.access.builders import TEACHING
from viewer.access.relationship import Claim
from viewer.attendance import Attendance, attendance

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


def an_encounter(code: str, status: str, start: str = "2026-11-21T02:10:00Z", system: str = ACT) -> Encounter:
    return msgspec.convert(
        {"resourceType": "Encounter", "status": status, "class": {"system": system, "code": code},
         "period": {"start": start}},
        Encounter,
    )  # fmt: skip


def answered(*encounters: Encounter, outcome: Outcome = Outcome.ANSWERED) -> Answer:
    received = tuple(Received("Encounter", "1", "", one, "", b"") for one in encounters)
    return Answer(TEACHING, outcome, NOON, timedelta(0), received=received)


@pytest.mark.parametrize(
    ("claim", "encounter", "proof"),
    [
        (Claim.IN_DEPARTMENT, an_encounter("EMER", "in-progress"), "an encounter at Sheffield Teaching since 02:10"),
        (Claim.IN_DEPARTMENT, an_encounter("EMER", "triaged", "2026-11-20T23:10:00Z"),
         "an encounter at Sheffield Teaching since 20 November 2026 23:10"),
        (Claim.UNDER_MY_CARE, an_encounter("IMP", "in-progress", "2026-11-19"),
         "an encounter at Sheffield Teaching since 19 November 2026"),
        (Claim.UNDER_MY_CARE, an_encounter("AMB", "planned", "2026-11-27T10:20:00Z"),
         "a planned encounter at Sheffield Teaching for 27 November 2026 10:20"),
        (Claim.UNDER_MY_CARE, an_encounter("IMP", "in-progress", ""), "an encounter at Sheffield Teaching"),
    ],
)  # fmt: skip
def test_an_encounter_that_says_so_proves_the_claim(claim: Claim, encounter: Encounter, proof: str) -> None:
    assert attendance(answered(encounter), claim, TEACHING, NOON) == Attendance(proof=proof)


@pytest.mark.parametrize(
    ("claim", "encounter"),
    [
        (Claim.IN_DEPARTMENT, an_encounter("EMER", "finished")),
        (Claim.IN_DEPARTMENT, an_encounter("EMER", "planned")),
        (Claim.IN_DEPARTMENT, an_encounter("IMP", "in-progress")),
        (Claim.IN_DEPARTMENT, an_encounter("EMER", "in-progress", system="urn:local")),
        (Claim.UNDER_MY_CARE, an_encounter("EMER", "in-progress")),
        (Claim.UNDER_MY_CARE, an_encounter("IMP", "cancelled")),
        (Claim.UNDER_MY_CARE, an_encounter("AMB", "planned", "2026-11-01")),
        (Claim.UNDER_MY_CARE, an_encounter("AMB", "planned", "")),
        (Claim.UNDER_MY_CARE, an_encounter("", "in-progress")),
        (Claim.UNDER_MY_CARE, an_encounter("WARD", "in-progress")),
        (Claim.REGISTERED, an_encounter("IMP", "in-progress")),
    ],
)
def test_anything_less_proves_nothing_and_says_why(claim: Claim, encounter: Encounter) -> None:
    said = attendance(answered(encounter), claim, TEACHING, NOON)

    assert said.proof == ""
    assert said.why_not.startswith("Sheffield Teaching’s own record shows no ")


@pytest.mark.parametrize("answer", [None, answered(outcome=Outcome.LATE), answered(outcome=Outcome.REFUSED)])
def test_a_trust_that_did_not_say_is_not_said_to_have_no_record(answer: Answer | None) -> None:
    said = attendance(answer, Claim.IN_DEPARTMENT, TEACHING, NOON)

    assert said == Attendance(why_not="Sheffield Teaching did not say whether the patient is there")


def test_half_an_answer_that_shows_the_attendance_proves_it() -> None:
    half = answered(an_encounter("EMER", "arrived"), outcome=Outcome.PARTIAL)

    assert attendance(half, Claim.IN_DEPARTMENT, TEACHING, NOON).proof


def test_an_encounter_without_a_class_proves_nothing() -> None:
    bare = msgspec.convert({"resourceType": "Encounter", "status": "in-progress"}, Encounter)

    assert attendance(answered(bare), Claim.UNDER_MY_CARE, TEACHING, NOON).proof == ""
