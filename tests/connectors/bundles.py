"""Bundles and resources as a trust would send them, for tests. All of it is made up."""

import json
from typing import Any

Json = dict[str, Any]

NHS_NUMBER = "9990000018"
ANOTHER_NUMBER = "9990000026"
NUMBER_SYSTEM = "https://fhir.nhs.uk/Id/nhs-number"


def a_patient(id_: str = "7", number: str = NHS_NUMBER, **more: Any) -> Json:
    identifier = [{"system": NUMBER_SYSTEM, "value": number}] if number else []
    return {"resourceType": "Patient", "id": id_, "identifier": identifier, "birthDate": "1944-03-09", **more}


def an_observation(id_: str = "1", subject: str = "Patient/7", **more: Any) -> Json:
    about = {"subject": {"reference": subject}} if subject else {}
    return {
        "resourceType": "Observation",
        "id": id_,
        "status": "final",
        "code": {"text": "Haemoglobin"},
        "valueQuantity": {"value": 109, "unit": "g/L"},
        **about,
        **more,
    }


def a_report(id_: str = "1", subject: str = "Patient/7", **more: Any) -> Json:
    about = {"subject": {"reference": subject}} if subject else {}
    code = {"text": "Full blood count"}
    return {"resourceType": "DiagnosticReport", "id": id_, "status": "final", "code": code, **about, **more}


def an_outcome(text: str, severity: str = "warning", code: str = "incomplete") -> Json:
    return {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": severity, "code": code, "details": {"text": text}}],
    }


def an_entry(resource: Json, mode: str = "", base: str = "https://barnsley.example/fhir/R4") -> Json:
    kind = resource.get("resourceType")
    worked_out = "match" if kind in ("DiagnosticReport", "ImagingStudy") else "include"
    full_url = f"{base}/{kind}/{resource.get('id')}"
    return {"fullUrl": full_url, "resource": resource, "search": {"mode": mode or worked_out}}


def a_bundle(*resources: Json, total: int | None = None, next_link: str = "", mode: str = "") -> bytes:
    bundle: Json = {"resourceType": "Bundle", "type": "searchset"}
    if total is not None:
        bundle["total"] = total
    if next_link:
        bundle["link"] = [{"relation": "next", "url": next_link}]
    bundle["entry"] = [an_entry(resource, mode) for resource in resources]
    return json.dumps(bundle).encode()
