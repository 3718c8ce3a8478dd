"""Read an ImagingStudy: what was imaged and when, with or without a report yet."""

from collections.abc import Iterable

from connectors import resource as fhir
from viewer.clinical.concept import codes_of_all, name_of, texts_of
from viewer.clinical.part import Part
from viewer.clinical.problem import Problem
from viewer.clinical.reading import Reading, notes_of
from viewer.clinical.report import Status, Study, Unreadable

# ImagingStudy has a word of its own: "available" says that images are there, and nothing of a report.
_STATUSES = {
    "registered": Status.REGISTERED,
    "available": Status.REGISTERED,
    "cancelled": Status.CANCELLED,
    "entered-in-error": Status.ENTERED_IN_ERROR,
}


def read_study(reading: Reading, part: Part) -> tuple[Study | Unreadable, ...]:
    """Return the study, and what of it could not be read."""
    body = part.body
    if not isinstance(body, fhir.ImagingStudy):
        return (reading.unreadable(part, part.problem),)
    description = body.description or ", ".join(texts_of(body.procedure_code))
    if body.modifier_extension:
        return (reading.unreadable(part, "it carries a modifierExtension that is not known here", name=description),)
    started = reading.either(body.started, None)
    study = Study(
        part.name,
        description,
        _STATUSES.get(body.status, Status.UNKNOWN),
        None if isinstance(started, Problem) else started,
        _names([*body.modality, *(series.modality for series in body.series if series.modality)]),
        _names(series.body_site for series in body.series if series.body_site),
        len(body.series),
        (*notes_of(body.note), *(series.description for series in body.series if series.description)),
        body.status,
        codes_of_all(body.procedure_code),
        _uid(body.identifier),
        _accession(body.identifier),
    )
    if isinstance(started, Problem):
        return study, reading.unreadable(part, f"started: {started.reason}", field="started", name=description)
    return (study,)


def _uid(identifiers: Iterable[fhir.Identifier]) -> str:
    """Return the Study Instance UID: "urn:oid:1.2.3" under the system of DICOM (FHIR R4, ImagingStudy.identifier)."""
    found = (one.value for one in identifiers if one.system == "urn:dicom:uid")
    return next((value.removeprefix("urn:oid:") for value in found if value), "")


def _accession(identifiers: Iterable[fhir.Identifier]) -> str:
    """Return the accession number: the identifier of type ACSN (HL7 v2 table 0203)."""
    return next((one.value for one in identifiers if one.value and _is_accession(one)), "")


def _is_accession(identifier: fhir.Identifier) -> bool:
    return identifier.type is not None and any(coding.code == "ACSN" for coding in identifier.type.coding)


def _names(codings: Iterable[fhir.Coding]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for coding in codings if (name := name_of([coding]))))
