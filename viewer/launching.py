"""From a patient whom a record system names to the one person found here who agrees; and back to nobody.

Rule: what a record system says finds nobody by itself. The trusts are asked as in any search, it is in the log as any
search is, and who is found must agree in number, name and date of birth. When the record goes on to another patient,
whoever was opened from it is closed, and so is the search that found them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from connectors.answer import ByNumber, Trouble, Trust
from connectors.page import read_alone
from connectors.trust_config import Caps
from viewer.clinical.nhs_number import NHSNumber
from viewer.clinical.patient import Name, Patient, Person, Verification, disagreement, read_patient
from viewer.handles import Handles
from viewer.identity.context_token import InFront, read_in_front
from viewer.identity.signed_token import BadToken
from viewer.journey import find
from viewer.launches import Ended
from viewer.parts import Parts
from viewer.steps import Found, Looking, Opened
from viewer.ticks import ticks


@dataclass(frozen=True, slots=True)
class InContext:
    """A search that a record system began: which context of it, and under which handle the search is kept."""

    link: str
    trust: str
    search: str


@dataclass(frozen=True, slots=True)
class GoneOn:
    """A patient, or a search, that was closed because the record went on: kept under its handle, to say so."""

    trust: str


def find_in_front(
    parts: Parts, looking: Looking, trust: Trust, patient: InFront, find: Callable[..., Found] = find
) -> list[Person]:
    """Search as anybody would by this number, and return who agrees with the record in all that it names."""
    wait = ticks(parts)
    found = find(parts, looking, ByNumber(patient.nhs_number))
    wait()  # that somebody is known who may not be listed does not show in time either
    named = as_record(trust, patient)
    people = [candidate.person for candidate in found.people if candidate.decision.allowed]
    return [person for person in people if not any(disagreement(named, record) for record in person.records)]


def as_record(trust: Trust, patient: InFront) -> Patient:
    """Return what the record system named as a record that others can be compared with."""
    return Patient(
        trust,
        "",
        NHSNumber(patient.nhs_number),
        Verification.UNSTATED,
        Name(patient.family, (patient.given,)),
        patient.born,
        patient.gender,
    )


def read_record(sent: bytes, trust: Trust) -> InFront | BadToken:
    """Return the patient of a record that came by itself, read as carefully as one that was searched for."""
    received = read_alone(sent, Caps())
    patient = None if isinstance(received, Trouble) else read_patient(received, trust, "")
    if not isinstance(patient, Patient):
        return BadToken("it cannot be read")
    given = patient.name.given[0] if patient.name.given else ""
    number = patient.nhs_number.digits if patient.nhs_number else ""
    named = {"nhs_number": number, "family": patient.name.family, "given": given, "born": patient.born}
    return read_in_front({**named, "gender": patient.gender})


def close_all(handles: Handles, wanted: type[object], ended: Sequence[Ended]) -> None:
    """Close every patient opened from these contexts, in whatever sign-in, and forget the searches that found them."""
    for one in ended:
        for context in handles.all(one.sign_in, InContext):
            if context.link == one.link:
                handles.keep(one.sign_in, GoneOn(context.trust), context.search)
                handles.forget(one.sign_in, wanted, context.search)
                close_those_of(handles, one.sign_in, context)


def close_those_of(handles: Handles, sign_in: str, context: InContext) -> None:
    """Close whoever was opened from this context in this sign-in, and keep why."""
    for opened in handles.all(sign_in, Opened):
        if opened.search == context.search:
            handles.keep(sign_in, GoneOn(context.trust), opened.handle)
            handles.forget(sign_in, Opened, opened.handle)
