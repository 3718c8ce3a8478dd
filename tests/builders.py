"""Plain values for any test: trusts, patients, answers and reports, and the FHIR a trust would send of them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from connectors.answer import Answer, Kind, Outcome, Received, Trust
from connectors.read_resource import read_resource
from viewer.clinical.nhs_number import NHSNumber
from viewer.clinical.normalise import Normalised
from viewer.clinical.patient import Name, Patient, Person, Verification
from viewer.clinical.report import (
    Amount,
    BusinessId,
    Precision,
    Report,
    Result,
    Status,
    TakenFrom,
    Unreadable,
    Value,
    When,
)

Json = dict[str, Any]

BARNSLEY = Trust("barnsley", "RFF", "Barnsley", "Barnsley Hospital NHS Foundation Trust", "01632 960 101")
CHESTERFIELD = Trust("chesterfield", "RFS", "Chesterfield", "Chesterfield Royal Hospital", "01632 960 102")
ROTHERHAM = Trust("rotherham", "RFR", "Rotherham", "The Rotherham NHS Foundation Trust", "01632 960 105")
SHEFFIELD = Trust("sheffield_teaching", "RHQ", "Sheffield Teaching", "Sheffield Teaching Hospitals", "01632 960 107")

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
A_NUMBER = NHSNumber("9991234578")
ANOTHER_NUMBER = NHSNumber("9997654323")
NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
VERIFICATION = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus"
SNOMED = "http://snomed.info/sct"
ISSUER = "https://fhir.sandbox.example/sheffield_teaching/report-id"


# ── What a trust sends ───────────────────────────────────────────────────────────────────────────


def number(characters: str) -> msgspec.Raw:
    """A JSON number with exactly these characters."""
    return msgspec.Raw(characters.encode())


def a_reference(target: Json | str) -> Json:
    return {"reference": target if isinstance(target, str) else f"{target['resourceType']}/{target['id']}"}


def a_concept(text: str = "", code: str = "", system: str = SNOMED, display: str = "") -> Json:
    coding = {"coding": [{"system": system, "code": code, "display": display}]} if code else {}
    return coding | ({"text": text} if text else {})


def an_observation(id_: str = "1", name: str = "Potassium", **fields: Any) -> Json:
    """A laboratory result as UK Core sends it, 4.2 mmol/L unless another value is named."""
    has_value = any(field.startswith(("value", "dataAbsent", "hasMember", "component")) for field in fields)
    value = {} if has_value else {"valueQuantity": a_quantity("4.2", "mmol/L")}
    return {
        "resourceType": "Observation",
        "id": id_,
        "status": "final",
        "category": [a_concept(code="laboratory", system="http://terminology.hl7.org/CodeSystem/observation-category")],
        "code": a_concept(name),
        **value,
        **fields,
    }


def a_quantity(characters: str, unit: str = "", **fields: Any) -> Json:
    return {"value": number(characters)} | ({"unit": unit} if unit else {}) | fields


def a_group(id_: str, name: str, *members: Json | str, **fields: Any) -> Json:
    return an_observation(id_, name, hasMember=[a_reference(member) for member in members], **fields)


def a_laboratory_report(id_: str = "7", *results: Json | str, **fields: Any) -> Json:
    """A DiagnosticReport with the code that UK Core fixes, so that its title cannot come from there."""
    return {
        "resourceType": "DiagnosticReport",
        "id": id_,
        "status": "final",
        "category": [a_concept(code="LAB", system="http://terminology.hl7.org/CodeSystem/v2-0074")],
        "code": a_concept(code="721981007", display="Diagnostic studies report"),
        "issued": "2026-11-20T10:00:00+00:00",
        "result": [a_reference(result) for result in results],
        **fields,
    }


def a_radiology_report(id_: str = "7", **fields: Any) -> Json:
    imaging = {
        "category": [a_concept(code="RAD", system="http://terminology.hl7.org/CodeSystem/v2-0074")],
        "code": a_concept(code="722124004", display="Radiology studies report"),
    }
    return a_laboratory_report(id_) | imaging | fields


def a_study(id_: str = "1", **fields: Any) -> Json:
    return {
        "resourceType": "ImagingStudy",
        "id": id_,
        "status": "available",
        "started": "2026-11-19T09:00:00+00:00",
        "description": "CT chest",
        **fields,
    }


def a_specimen(id_: str = "1", collected: str = "2026-11-20T08:30:00+00:00", **fields: Any) -> Json:
    collection = {"collection": {"collectedDateTime": collected}} if collected else {}
    return {"resourceType": "Specimen", "id": id_, "type": a_concept("Venous blood")} | collection | fields


def a_request(id_: str = "1", name: str = "Urea and electrolytes", **fields: Any) -> Json:
    return {"resourceType": "ServiceRequest", "id": id_, "status": "completed", "code": a_concept(name), **fields}


def a_patient_resource(id_: str = "1", **fields: Any) -> Json:
    """A UK Core Patient with a verified NHS number."""
    verified = {"url": VERIFICATION, "valueCodeableConcept": a_concept(code="01", system="urn:status")}
    return {
        "resourceType": "Patient",
        "id": id_,
        "identifier": [{"system": NHS_NUMBER, "value": A_NUMBER.digits, "extension": [verified]}],
        "name": [{"use": "official", "family": "Hargreaves", "given": ["Walter"], "prefix": ["Mr"]}],
        "gender": "male",
        "birthDate": "1944-03-09",
        **fields,
    }


def received(resource: Json, base: str = "https://trust.example/fhir/") -> Received:
    """The resource as the door would hand it on: read, or with the reason why it could not be."""
    raw = msgspec.json.encode(resource)
    read = read_resource(raw)
    kind, id_ = resource.get("resourceType", ""), resource.get("id", "")
    body, problem = (None, read) if isinstance(read, str) else (read, "")
    version = resource.get("meta", {}).get("versionId", "")
    return Received(kind, id_, version, body, problem, raw, f"{base}{kind}/{id_}" if base else "")


def all_received(*resources: Json) -> tuple[Received, ...]:
    return tuple(received(resource) for resource in resources)


def broken(resource: Json) -> Json:
    """The same resource, with a status that is a number: it cannot be read."""
    return resource | {"status": 1}


def an_answer(
    trust: Trust = BARNSLEY,
    outcome: Outcome = Outcome.ANSWERED,
    sent: Iterable[Received] = (),
    reason: str = "",
) -> Answer:
    return Answer(trust, outcome, NOON, timedelta(seconds=1), reason, tuple(sent))


# ── What the clinical wing makes of it ───────────────────────────────────────────────────────────


def a_patient(trust: Trust = BARNSLEY, **fields: Any) -> Patient:
    record: dict[str, Any] = {
        "trust": trust,
        "id": "1",
        "nhs_number": A_NUMBER,
        "verification": Verification.VERIFIED,
        "name": Name("Hargreaves", ("Walter",), "Mr"),
        "born": "1944-03-09",
        "gender": "male",
    }
    return Patient(**(record | fields))


def a_person(*records: Patient, **fields: Any) -> Person:
    return Person(A_NUMBER, records or (a_patient(),), **fields)


def a_time(text: str = "2026-11-20T08:30:00+00:00") -> When:
    return When(text, datetime.fromisoformat(text).astimezone(UTC), Precision.SECOND)


def a_result(name: str = "Potassium", value: Value | None = None, *, id_: str = "1", **fields: Any) -> Result:
    return Result(
        f"Observation/{id_}",
        name,
        value or Amount("4.2", unit="mmol/L"),
        Status.FINAL,
        status_as_sent="final",
        **fields,
    )


def a_report(trust: Trust = SHEFFIELD, id_: str = "7", **fields: Any) -> Report:
    """A laboratory report with one potassium, under its issuer's own number."""
    report: dict[str, Any] = {
        "trust": trust,
        "id": f"DiagnosticReport/{id_}",
        "kind": Kind.LABORATORY,
        "title": "Potassium",
        "status": Status.FINAL,
        "status_as_sent": "final",
        "taken": a_time(),
        "taken_from": TakenFrom.SPECIMEN,
        "issued": a_time("2026-11-20T10:00:00+00:00"),
        "identifiers": (BusinessId(ISSUER, "26B100"),),
        "results": (a_result(),),
        "parts": (f"DiagnosticReport/{id_}", "Observation/1"),
    }
    return Report(**(report | fields))


def a_pile(*reports: Report, unreadable: Sequence[Unreadable] = (), trust: Trust | None = None) -> Normalised:
    """One trust's reports as `normalise` would hand them on."""
    owner = trust or (reports[0].trust if reports else BARNSLEY)
    return Normalised(owner, reports, tuple(unreadable), len(reports) + len(unreadable))
