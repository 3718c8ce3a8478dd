"""Look at one patient for a trust's own ordering system: found, opened and asked for as on a page, without a browser.

Rule: every law of the journey holds. Who asks is the trust's word; that they may is decided here, and each refusal is
in the log. What is refused about a patient is None, whatever the reason: the caller says the same of all of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from connectors.answer import ByNumber
from viewer import evidence
from viewer.access.clinician import Role
from viewer.access.decide import Decision
from viewer.access.relationship import Claim, Purpose, Relationship
from viewer.clinical.patient import Patient, Person, disagreement
from viewer.clinical.row import Row
from viewer.journey import find, results
from viewer.opening import open_patient
from viewer.parts import Parts
from viewer.steps import Candidate, Looking, NeedsReason, Opened, Step
from viewer.ticks import ticks

BORNE_OUT = Relationship(Purpose.DIRECT_CARE, Claim.UNDER_MY_CARE)  # by an encounter at the trust that asks
REGISTERED = Relationship(Purpose.DIRECT_CARE, Claim.REGISTERED)


def look_for_ordering(
    parts: Parts, looking: Looking, patient: Patient, until: datetime, only: Callable[[Row], bool]
) -> tuple[Opened, Step] | None:
    """Return the patient, opened, and what all trusts have; None when they may not be opened so, which is logged.

    `patient` is the ordering system's own record, `until` when the proof of who calls ends, and `only` picks the rows
    that are shown: the log names no others as shown.
    """
    wait = ticks(parts)
    looked = _look(_without_a_session(parts, until), looking, patient, only)
    wait()  # why nothing is shown does not show in time either
    return looked


def _without_a_session(parts: Parts, until: datetime) -> Parts:
    """Return the same parts, for a look that no sign-in holds: it holds as long as the proof of who calls."""
    return replace(parts, holds=lambda *_: parts.clock() < until, close=lambda *_: None)


def _look(parts: Parts, looking: Looking, patient: Patient, only: Callable[[Row], bool]) -> tuple[Opened, Step] | None:
    if patient.nhs_number is None or not patient.name.family or not patient.born:
        because = "The ordering system gave no valid NHS number, no surname or no birth date"
        _refuse(parts, looking, Person(patient.nhs_number, (patient,)), because)
        return None
    people = find(parts, looking, ByNumber(patient.nhs_number.digits)).people
    candidate = _the_same(people, patient)
    if candidate is None:
        if any(one.decision.allowed for one in people):
            because = "The ordering system’s record agrees with nobody, or with several, whom the trusts know"
            _refuse(parts, looking, Person(patient.nhs_number, (patient,)), because)
        return None
    opened = _open(parts, looking, candidate)
    if opened is None:
        return None
    *_, last = results(parts, looking, opened, waits=True, only=only)
    return None if last.refused else (opened, last)


def _the_same(people: Sequence[Candidate], patient: Patient) -> Candidate | None:
    """Return the one person all of whose records agree with the ordering system's, and who may be listed."""
    agreeing = [
        one
        for one in people
        if one.decision.allowed and not any(disagreement(record, patient) for record in one.person.records)
    ]
    return agreeing[0] if len(agreeing) == 1 else None


def _open(parts: Parts, looking: Looking, candidate: Candidate) -> Opened | None:
    """Open them by what the trust's own record, or the registration, bears out; a claim in words is not enough here."""
    relationship = REGISTERED if looking.who.role is Role.GP else BORNE_OUT
    opened = open_patient(parts, looking, candidate.person, relationship, restricted=candidate.restricted)
    if isinstance(opened, NeedsReason):
        _refuse(parts, looking, candidate.person, opened.because, relationship)
        return None
    return None if isinstance(opened, Decision) else opened


def _refuse(
    parts: Parts, looking: Looking, person: Person, because: str, relationship: Relationship = BORNE_OUT
) -> None:
    refused = Decision(allowed=False, because=because)
    parts.log(parts.rules(), evidence.opening(looking, person, relationship, refused, parts.clock()))
