"""Agree on the patient: of what a trust sent, keep what is about a record that agrees with the person opened.

Rule: a record that disagrees is not merged in, and that is said; its results are another Person's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.answer import Answer, Received
from viewer.clinical.patient import (
    Disagreement,
    Name,
    Patient,
    Person,
    Verification,
    disagreement,
    is_restricted,
    read_patient,
)
from viewer.clinical.report import Unreadable

UNREAD = "demographics could not be read"  # stands in a Disagreement in the place of the fields that differ


@dataclass(frozen=True, slots=True)
class Agreed:
    """What of an Answer is about this person, and what stands in the way of the rest."""

    received: tuple[Received, ...]
    doubt: Disagreement | None = None
    verification: Verification = Verification.VERIFIED  # the weakest of the records that agree
    records: tuple[Patient, ...] = ()  # those that agree, as they came now
    others: tuple[Patient, ...] = ()  # those that disagree: another person's


def agree_on_patient(person: Person, answer: Answer, hospital_number_system: str) -> Agreed:
    """Return what `answer` holds about records that agree with every record of `person`."""
    records, unreadable = read_patients(answer, hospital_number_system)
    differing = {record.id: fields for record in records if (fields := _differences(person, record))}
    results = tuple(got for got in answer.received if got.kind != "Patient")
    marked = marked_restricted(unreadable)
    if (unreadable or results) and not records:
        # Without a record nobody can say whose results these are.
        return Agreed((), Disagreement(answer.trust, (UNREAD,)), records=marked)
    agreeing = [*(record for record in records if record.id not in differing), *marked]
    weakest = next(
        (record.verification for record in agreeing if record.verification is not Verification.VERIFIED),
        Verification.VERIFIED,
    )
    if not differing and not unreadable:
        return Agreed(results, verification=weakest, records=tuple(agreeing))
    fields = tuple(dict.fromkeys(field for found in differing.values() for field in found))
    doubt = Disagreement(answer.trust, fields or (UNREAD,))
    known = {record.id for record in agreeing}
    mine = tuple(got for got in results if _subject_id(got) in known)
    others = tuple(record for record in records if record.id in differing)
    return Agreed(mine, doubt, weakest, tuple(agreeing), others)


def read_patients(answer: Answer, hospital_number_system: str) -> tuple[list[Patient], list[Unreadable]]:
    """Return the Patient records in an Answer, and those that could not be read."""
    read = [read_patient(got, answer.trust, hospital_number_system) for got in answer.received if got.kind == "Patient"]
    return (
        [record for record in read if isinstance(record, Patient)],
        [record for record in read if isinstance(record, Unreadable)],
    )


def marked_restricted(unreadable: Sequence[Unreadable]) -> tuple[Patient, ...]:
    """Return, of records that could not be read, those marked as restricted: all that is known of them is that."""
    return tuple(
        Patient(record.trust, record.id, None, Verification.VERIFIED, Name(""), "", restricted=True)
        for record in unreadable
        if is_restricted(record)
    )


def _differences(person: Person, record: Patient) -> tuple[str, ...]:
    found: Sequence[str] = [field for known in person.records for field in disagreement(known, record)]
    return tuple(dict.fromkeys(found))


def _subject_id(got: Received) -> str:
    subject = getattr(got.body, "subject", None)
    return subject.reference.rpartition("/")[2] if subject is not None else ""
