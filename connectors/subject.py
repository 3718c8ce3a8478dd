"""Whose is it? Check every entry's subject before it goes any further.

Rule: a trust's search is never believed. A resource about somebody else is foreign
and dropped; one that does not say whose it is is kept, but as unreadable.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from connectors.answer import ByTraits, Received
from connectors.resource import HumanName, Identifier, Patient, Reference

NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"

# R4: these two are about people and places that work for the patient, not about the patient.
_ABOUT_NOBODY = frozenset({"Practitioner", "Organization"})


class Standing(StrEnum):
    """Where a resource stands towards the patient asked about."""

    OURS = "ours"
    FOREIGN = "foreign"
    NOBODYS = "nobody's"  # its kind carries no subject
    UNTOLD = "untold"  # it should say whose it is, and does not


@dataclass(frozen=True, slots=True)
class Whose:
    """The patient asked about, in every way a trust may refer to them."""

    nhs_number: str = field(repr=False)
    references: frozenset[str] = field(repr=False)  # "Patient/7", "https://…/Patient/7", "urn:uuid:…"


def whose(nhs_number: str, ids: Iterable[str], address: str, patients: Iterable[Received] = ()) -> Whose:
    """Return the patient with these ids at this address; `patients` are their records as they came, with their URLs."""
    references = {f"{base}Patient/{id_}" for id_ in ids for base in ("", f"{address}/")}
    references.update(patient.full_url for patient in patients if patient.full_url)
    return Whose(nhs_number, frozenset(references))


def standing(received: Received, patient: Whose) -> Standing:
    """Say whose a resource is. A Patient is ours by NHS number; everything else by its subject."""
    if received.kind in _ABOUT_NOBODY:
        return Standing.NOBODYS
    if received.kind == "Patient":
        return has_number(received, patient.nhs_number)
    subject = _subject(received)
    if subject is None:
        return Standing.UNTOLD
    return _subject_standing(subject, patient, received)


def has_number(received: Received, nhs_number: str) -> Standing:
    """Say whether a Patient carries the NHS number; one that carries none is not the patient asked for."""
    identifiers = received.body.identifier if received.body else _identifiers(received.raw)
    if identifiers is None:
        return Standing.UNTOLD
    numbers = {number for number in map(_nhs_number, identifiers) if number}
    return Standing.OURS if numbers == {nhs_number} else Standing.FOREIGN


def has_traits(received: Received, traits: ByTraits) -> Standing:
    """Say whether a Patient has the surname and date of birth asked for, and contradicts none of the rest."""
    patient = received.body
    if not isinstance(patient, Patient):
        return Standing.UNTOLD
    agrees = (
        patient.birth_date == traits.born.isoformat()
        and _begins(traits.family, (family for name in patient.name for family in _families(name)))
        and (not traits.given or _begins(traits.given, (given for name in patient.name for given in _givens(name))))
        and (not traits.gender or patient.gender in ("", traits.gender))
        and (not traits.postcode or _begins_anywhere(traits.postcode, patient))
    )
    return Standing.OURS if agrees else Standing.FOREIGN


class _Stub(msgspec.Struct, gc=False):
    subject: Reference | None = None
    patient: Reference | None = None


class _Holder(msgspec.Struct, gc=False):
    contained: tuple[msgspec.Raw, ...] = ()


class _Identified(msgspec.Struct, gc=False):
    id: str = ""
    identifier: tuple[Identifier, ...] = ()


_NOT_READ = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)


def _subject(received: Received) -> Reference | None:
    """Return what a resource says it is about, also of one that could not be read as a whole."""
    if received.body is not None:
        subject: Reference | None = getattr(received.body, "subject", None)
        return subject
    try:
        stub = msgspec.json.decode(received.raw, type=_Stub)
    except _NOT_READ:
        return None
    return stub.subject or stub.patient


def _subject_standing(subject: Reference, patient: Whose, received: Received) -> Standing:
    # Without a number to compare it with, one that is named proves nothing.
    named = _nhs_number(subject.identifier) if subject.identifier and patient.nhs_number else ""
    if named and named != patient.nhs_number:
        return Standing.FOREIGN
    reference = subject.reference.split("/_history/", 1)[0]
    if reference in patient.references or named:
        return Standing.OURS
    if reference.startswith("#"):
        return _contained_standing(reference[1:], patient, received)
    return Standing.FOREIGN if reference or subject.identifier else Standing.UNTOLD


def _contained_standing(id_: str, patient: Whose, received: Received) -> Standing:
    try:
        contained = msgspec.json.decode(received.raw, type=_Holder).contained
        people = [msgspec.json.decode(raw, type=_Identified) for raw in contained]
    except _NOT_READ:
        return Standing.UNTOLD
    numbers = {_nhs_number(identifier) for person in people if person.id == id_ for identifier in person.identifier}
    numbers.discard("")
    if not numbers:
        return Standing.UNTOLD
    return Standing.OURS if numbers == {patient.nhs_number} else Standing.FOREIGN


def _identifiers(raw: bytes) -> tuple[Identifier, ...] | None:
    try:
        return msgspec.json.decode(raw, type=_Identified).identifier
    except _NOT_READ:
        return None


def _nhs_number(identifier: Identifier) -> str:
    if identifier.system != NHS_NUMBER or identifier.use == "old":
        return ""
    return identifier.value.replace(" ", "").replace("-", "")


def _families(name: HumanName) -> tuple[str, ...]:
    return (name.family,) if name.family else tuple(name.text.replace(",", " ").split())


def _givens(name: HumanName) -> tuple[str, ...]:
    return name.given or tuple(name.text.replace(",", " ").split())


def _begins_anywhere(postcode: str, patient: Patient) -> bool:
    postcodes = [address.postal_code for address in patient.address if address.postal_code]
    return not postcodes or _begins(postcode, postcodes)


def _begins(asked: str, held: Iterable[str]) -> bool:
    """Say whether one of the held texts begins with what was asked, as FHIR string search compares (R4 §3.1.1.5.4)."""
    wanted = _folded(asked)
    return any(_folded(text).startswith(wanted) for text in held)


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if letter.isalnum())
