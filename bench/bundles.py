"""Synthetic FHIR pages: pathology reports as UK Core trusts send them, the same bytes every time.

Rule: numbers are written as a laboratory writes them ("4.10"), so they are texts here until the page is serialised.
"""

import json
import re
from collections.abc import Container, Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from bench.plan import FAIR, NHS_NUMBER, Place, value_ids

Resource = dict[str, Any]
Test = tuple[str, str, str, str, str, tuple[str, ...]]  # code, name, unit, low, high, values in turn

_UNITS = "http://unitsofmeasure.org"
_CODES = "https://bench.example/code"
_FLAGS = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"

# A week between a trust's reports, and no two trusts on one day: their reports are not alike, as most are not.
_ORDER = [place.name for place in FAIR]

_PANELS: tuple[tuple[str, tuple[Test, ...]], ...] = (
    (
        "Urea and electrolytes",
        (
            ("NA", "Sodium", "mmol/L", "133", "146", ("138", "141", "131")),
            ("K", "Potassium", "mmol/L", "3.5", "5.3", ("4.10", "5.6", "3.9")),
            ("UREA", "Urea", "mmol/L", "2.5", "7.8", ("6.0", "11.4", "4.7")),
            ("CREA", "Creatinine", "umol/L", "59", "104", ("88", "142", "71")),
        ),
    ),
    (
        "Full blood count",
        (
            ("HB", "Haemoglobin", "g/L", "130", "180", ("141", "118", "156")),
            ("WBC", "White cell count", "10*9/L", "4.0", "11.0", ("7.20", "13.4", "5.05")),
            ("PLT", "Platelet count", "10*9/L", "150", "400", ("251", "412", "199")),
            ("MCV", "Mean cell volume", "fL", "80", "100", ("90.1", "101.0", "87.6")),
        ),
    ),
)


def pages_of(place: Place, address: str) -> tuple[bytes, ...]:
    """Return the pages a trust answers a search for reports with, serialised, each linking to the next."""
    counted = 0
    pages = []
    for number, ids in enumerate(place.report_ids, start=1):
        entries = [entry_of(patient_of(place), "include", address)] if number == 1 else []
        for turn, id_ in enumerate(ids, start=counted):
            entries += _report_entries(place, id_, turn, address)
        counted += len(ids)
        link = f"{address}/DiagnosticReport?page={number + 1}" if number < len(place.reports) else ""
        pages.append(page_of(entries, total=sum(place.reports), next_link=link))
    return tuple(pages)


def page_of(entries: Iterable[Resource], total: int, next_link: str = "") -> bytes:
    """Return one page of a searchset as bytes."""
    bundle: Resource = {"resourceType": "Bundle", "type": "searchset", "total": total}
    if next_link:
        bundle["link"] = [{"relation": "next", "url": next_link}]
    bundle["entry"] = list(entries)
    # A text like "=4.10" stands for the number 4.10; nothing else in these resources begins with "=".
    return re.sub(r'"=([0-9.]+)"', r"\1", json.dumps(bundle)).encode()


def entry_of(resource: Resource, mode: str, address: str) -> Resource:
    """Return the resource as an entry of a searchset."""
    url = f"{address}/{resource['resourceType']}/{resource['id']}"
    return {"fullUrl": url, "resource": resource, "search": {"mode": mode}}


def patient_of(place: Place) -> Resource:
    """Return the trust's record of the one patient; every trust's demographics agree."""
    return {
        "resourceType": "Patient",
        "id": place.patient_id,
        "meta": {"versionId": "1", "lastUpdated": "2026-01-05T09:00:00+00:00"},
        "identifier": [
            {
                "extension": [
                    {
                        "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus",
                        "valueCodeableConcept": {"coding": [{"code": "01", "display": "verified"}]},
                    }
                ],
                "system": "https://fhir.nhs.uk/Id/nhs-number",
                "value": NHS_NUMBER,
            },
            {"system": hospital_number_system(place.name), "value": f"H{place.patient_id[4:10].upper()}1"},
        ],
        "active": True,
        "name": [{"use": "official", "family": "Bellweather", "given": ["Arthur"], "prefix": ["Mr"]}],
        "gender": "male",
        "birthDate": "1944-03-09",
        "address": [{"line": ["1 Example Road"], "city": "Sheffield", "postalCode": "S1 1AA"}],
    }


def hospital_number_system(name: str) -> str:
    """Return the trust's own identifier system for patients."""
    return f"https://bench.example/{name}/hospital-number"


def _report_entries(place: Place, id_: str, turn: int, address: str) -> Iterator[Resource]:
    report, *brought = report_with_its_parts(place, id_, turn)
    yield entry_of(report, "match", address)
    yield from (entry_of(resource, "include", address) for resource in brought)


def report_with_its_parts(place: Place, id_: str, turn: int) -> list[Resource]:
    """Return a report, its panel, the panel's values and the specimen; `turn` makes it differ from its neighbours."""
    title, tests = _PANELS[turn % len(_PANELS)]
    day = date.fromisoformat(place.starts) + timedelta(days=turn * len(FAIR) + _ORDER.index(place.name))
    subject = {"reference": f"Patient/{place.patient_id}"}
    common = {"subject": subject, "issued": f"{day}T14:05:00+00:00", "performer": [{"display": "Blood Sciences"}]}
    named = zip(value_ids(id_), tests, strict=True)
    values = [
        _value(name, test, place.critical.get(name) or _number(test, turn + place_in), common, place.critical)
        for place_in, (name, test) in enumerate(named)
    ]
    panel = _panel(f"obs-{id_}", title, values, common)
    specimen = {
        "resourceType": "Specimen",
        "id": f"spe-{id_}",
        "meta": _meta(),
        "subject": subject,
        "type": {"coding": [{"system": _CODES, "code": "BLD", "display": "Venous blood"}]},
        "receivedTime": f"{day}T11:20:00+00:00",
        "collection": {"collectedDateTime": f"{day}T09:{turn % 60:02}:00+00:00"},
    }
    report = {
        "resourceType": "DiagnosticReport",
        "id": id_,
        "meta": _meta(),
        "identifier": [{"system": f"https://bench.example/{place.name}/report-id", "value": f"R-{id_}"}],
        "status": "final",
        "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": "LAB"}]}],
        "code": {
            "coding": [
                {"system": "http://snomed.info/sct", "code": "721981007", "display": "Diagnostic studies report"}
            ]
        },
        **common,
        "specimen": [{"reference": f"Specimen/spe-{id_}"}],
        "result": [{"reference": f"Observation/obs-{id_}"}],
    }
    return [report, panel, *values, specimen]


def _panel(id_: str, title: str, values: list[Resource], common: Resource) -> Resource:
    return {
        "resourceType": "Observation",
        "id": id_,
        "meta": _meta(),
        "status": "final",
        "category": [{"coding": [{"system": _CATEGORY, "code": "laboratory"}]}],
        "code": {"coding": [{"system": _CODES, "code": title[:3].upper(), "display": title}], "text": title},
        **common,
        "hasMember": [{"reference": f"Observation/{value['id']}"} for value in values],
    }


def _number(test: Test, turn: int) -> str:
    *_, numbers = test
    return numbers[turn % len(numbers)]


def _value(id_: str, test: Test, number: str, common: Resource, critical: Container[str]) -> Resource:
    code, name, unit, low, high, _ = test
    resource = {
        "resourceType": "Observation",
        "id": id_,
        "meta": _meta(),
        "status": "final",
        "category": [{"coding": [{"system": _CATEGORY, "code": "laboratory"}]}],
        "code": {"coding": [{"system": _CODES, "code": code, "display": name}], "text": name},
        **common,
        "valueQuantity": _amount(number, unit),
        "referenceRange": [{"low": _amount(low, unit), "high": _amount(high, unit)}],
    }
    flag = "L" if float(number) < float(low) else "H" if float(number) > float(high) else ""
    flag *= 2 if id_ in critical else 1
    if flag:
        resource["interpretation"] = [{"coding": [{"system": _FLAGS, "code": flag}]}]
        resource["note"] = [{"text": "Outside the reference range of this laboratory. Repeat if clinically indicated."}]
    return resource


def _amount(number: str, unit: str) -> Resource:
    return {"value": f"={number}", "unit": unit, "system": _UNITS, "code": unit}


def _meta() -> Resource:
    return {"versionId": "1", "lastUpdated": "2026-01-05T09:00:00+00:00"}
