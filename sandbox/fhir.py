"""The small parts of FHIR that every resource is made of, and the addresses they are known by."""

from collections.abc import Sequence
from datetime import datetime

from sandbox.exact import Json, number
from sandbox.laboratory.analyte import Interval
from sandbox.laboratory.finding import Dilution, Finding, Measured, Missing, Said

NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
SNOMED = "http://snomed.info/sct"
UCUM = "http://unitsofmeasure.org"
DICOM = "http://dicom.nema.org/resources/ontology/DCM"
DIAGNOSTIC_SERVICE = "http://terminology.hl7.org/CodeSystem/v2-0074"
OBSERVATION_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
ABSENT_REASON = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
VERIFICATION = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus"
VERIFICATION_CODES = "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland"
REPLACES = "http://hl7.org/fhir/StructureDefinition/diagnosticReport-replaces"
UK_CORE = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-"

_NHS_FLAGS = {"HI": "Above reference limit", "LO": "Below reference limit", "OR": "Outside reference limits"}
_NHS_FLAGS |= {"PA": "Potentially abnormal"}


def trust_system(trust: str, what: str) -> str:
    """Return a trust's own identifier or code system: code, hospital-number, report-id…"""
    return f"https://fhir.sandbox.example/{trust}/{what}"


def at(when: datetime) -> str:
    """Return a FHIR instant, with the zone that London had then."""
    return when.isoformat(timespec="seconds")


def coding(system: str, code: str, display: str = "") -> Json:
    """Return a Coding."""
    return {"system": system, "code": code} | ({"display": display} if display else {})


def concept(text: str, *codings: Json) -> Json:
    """Return a CodeableConcept."""
    return ({"coding": list(codings)} if codings else {}) | ({"text": text} if text else {})


def reference(name: str, display: str = "") -> Json:
    """Return a Reference to a resource."""
    return {"reference": name} | ({"display": display} if display else {})


def organisation(ods: str, display: str) -> Json:
    """Return a logical reference to an organisation by its ODS code."""
    return {"identifier": {"system": ODS, "value": ods}, "display": display}


def quantity(measured: Measured) -> Json:
    """Return a Quantity whose number is written as it was printed."""
    said: Json = {"value": number(measured.number)}
    if measured.comparator:
        said["comparator"] = measured.comparator
    if measured.unit:
        said["unit"] = measured.unit
    if measured.ucum:
        said |= {"system": UCUM, "code": measured.ucum}
    return said


def value(finding: Finding) -> Json:
    """Return the value[x] or dataAbsentReason of a finding, or nothing for a group."""
    match finding.value:
        case Measured():
            return {"valueQuantity": quantity(finding.value)}
        case Said(text=text, as_string=True):
            return {"valueString": text}
        case Said(text=text, code=code):
            return {"valueCodeableConcept": concept(text, *([coding(*code)] if code else []))}
        case Missing(reason=reason):
            return {"dataAbsentReason": concept(reason, coding(ABSENT_REASON, "error"))}
        case Dilution(one_in=one_in):
            return {"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": number(one_in)}}}
        case None:
            return {}


def interpretation(flag: str, trust: str) -> Json:
    """Return the laboratory's flag: an NHS one in its own code system, else HL7's."""
    if flag in _NHS_FLAGS:
        return concept(flag, coding(trust_system(trust, "flag"), flag, _NHS_FLAGS[flag]))
    return concept("", coding(INTERPRETATION, flag))


def reference_range(interval: Interval, unit: Measured | None, text: str) -> list[Json]:
    """Return referenceRange, empty when the laboratory gives none."""
    ends = {
        name: quantity(Measured(end, unit.unit if unit else "", unit.ucum if unit else ""))
        for name, end in (("low", interval.low), ("high", interval.high))
        if end
    }
    whole = ends | ({"text": text} if text else {})
    return [whole] if whole else []


def given_only(body: Json) -> Json:
    """Leave out what is empty: FHIR has no empty strings, lists or objects."""
    return {name: part for name, part in body.items() if part not in ("", [], {}, None, ())}


def narrative(paragraphs: Sequence[str]) -> Json:
    """Return a generated Narrative, or nothing."""
    if not paragraphs:
        return {}
    inside = "".join(f"<p>{_escaped(text)}</p>" for text in paragraphs)
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{inside}</div>'}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
