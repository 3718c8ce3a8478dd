"""Serve a folder of FHIR files as a trust: bundles and single resources, written by others.

Rule: what a resource says stays as it was written, decimals included. Only what joins resources together is
changed: ids that collide, references inside a bundle, whose they are, and the patient's NHS number (always 999).
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec

from sandbox.exact import Json, read_json
from sandbox.fhir import NHS_NUMBER
from sandbox.numbers import spaced, test_numbers
from sandbox.shelf import PatientFile

_FIRST_NUMBER = 700_000
_OF_A_PATIENT = {"DiagnosticReport", "Observation", "ImagingStudy", "Specimen", "ServiceRequest", "ProcedureRequest"}


@dataclass(frozen=True, slots=True)
class FolderTrust:
    """What a folder holds, and where it is served."""

    files: tuple[PatientFile, ...] = field(repr=False)
    numbers: tuple[str, ...]  # the patients' NHS numbers, 3-3-4
    counts: Mapping[str, int]  # resources by type
    passed_over: tuple[str, ...]  # files that hold no FHIR
    address: str = ""

    def at(self, address: str) -> "FolderTrust":
        return replace(self, address=address)


@dataclass(slots=True)
class _Sheet:
    """One file being read: its resources, and what they are called in it."""

    resources: list[Json]
    names: dict[str, str] = field(default_factory=dict)  # as referred to in the file → as served


def read_folder(folder: Path) -> FolderTrust:
    """Read every JSON file below `folder`."""
    sheets, passed_over = _read_sheets(folder)
    names = _give_ids(sheets)
    patients = _patients(sheets)
    owned: dict[str, list[Json]] = {patient["id"]: [] for patient in patients}
    for sheet in sheets:
        for resource in sheet.resources:
            _resolve(resource, {**names, **sheet.names})
        for resource in sheet.resources:
            if resource["resourceType"] != "Patient":
                owned[_owner(resource, sheet, patients)].append(resource)
    counts = Counter(resource["resourceType"] for sheet in sheets for resource in sheet.resources)
    files = tuple(PatientFile(patient, _filler(owned[patient["id"]])) for patient in patients)
    return FolderTrust(files, tuple(map(_number_of, patients)), counts, tuple(passed_over))


def _filler(resources: list[Json]) -> Any:
    return lambda: resources


def _read_sheets(folder: Path) -> tuple[list[_Sheet], list[str]]:
    sheets, passed_over = [], []
    for path in sorted(folder.rglob("*.json")):
        found = list(_resources(path))
        if found:
            sheets.append(_sheet(found))
        else:
            passed_over.append(path.name)
    return sheets, passed_over


def _resources(path: Path) -> Iterator[tuple[str, Json]]:
    """Yield (fullUrl, resource) of a bundle or of a single resource."""
    try:
        read = read_json(path.read_bytes())
    except msgspec.DecodeError:
        return
    if not isinstance(read, dict) or "resourceType" not in read:
        return
    if read["resourceType"] != "Bundle":
        yield "", read
    for entry in read.get("entry", ()) if read["resourceType"] == "Bundle" else ():
        if "resourceType" in entry.get("resource", {}):
            yield entry.get("fullUrl", ""), entry["resource"]


def _sheet(found: list[tuple[str, Json]]) -> _Sheet:
    sheet = _Sheet([])
    for place, (full_url, resource) in enumerate(found):
        resource.setdefault("id", full_url.rpartition(":")[2] or f"unnamed-{place}")
        sheet.resources.append(resource)
        name = f"{resource['resourceType']}/{resource['id']}"
        for called in filter(None, (full_url, name)):
            sheet.names[called] = name
    return sheet


def _give_ids(sheets: list[_Sheet]) -> dict[str, str]:
    """Give resources of different files different ids. Return the names that the whole folder knows."""
    taken: Counter[str] = Counter()
    for sheet in sheets:
        changed = {}
        for resource in sheet.resources:
            name = f"{resource['resourceType']}/{resource['id']}"
            taken[name] += 1
            if taken[name] > 1:
                resource["id"] = f"{resource['id'][:58]}-{taken[name]}"
            changed[name] = f"{resource['resourceType']}/{resource['id']}"
        sheet.names = {called: changed.get(name, name) for called, name in sheet.names.items()}
    return {called: name for sheet in reversed(sheets) for called, name in sheet.names.items()}


def _patients(sheets: list[_Sheet]) -> list[Json]:
    patients = [r for sheet in sheets for r in sheet.resources if r["resourceType"] == "Patient"] or [_somebody()]
    numbers = test_numbers(_FIRST_NUMBER)
    for patient in patients:
        others = [one for one in patient.get("identifier", ()) if one.get("system") != NHS_NUMBER]
        own = [one for one in patient.get("identifier", ()) if one.get("system") == NHS_NUMBER]
        if not any(str(one.get("value", "")).startswith("999") for one in own):
            own = [{"system": NHS_NUMBER, "value": next(numbers)}]
        patient["identifier"] = [*own, *others]
    return patients


def _owner(resource: Json, sheet: _Sheet, patients: list[Json]) -> str:
    """Return whose this is: its subject's, else the only patient's of its file, else the folder's first."""
    ids = {patient["id"] for patient in patients}
    named = resource.get("subject", resource.get("patient", {}))
    referred = named.get("reference", "") if isinstance(named, dict) else ""
    if referred.removeprefix("Patient/") in ids:
        return referred.removeprefix("Patient/")
    here = [one["id"] for one in sheet.resources if one["resourceType"] == "Patient"]
    owner: str = here[0] if here else patients[0]["id"]
    if resource["resourceType"] in _OF_A_PATIENT:
        resource["subject"] = {"reference": f"Patient/{owner}"}
    return owner


def _resolve(part: Any, names: Mapping[str, str]) -> None:
    """Turn references inside the folder into those of the served resources, in place."""
    if isinstance(part, list):
        for one in part:
            _resolve(one, names)
    elif isinstance(part, dict):
        if isinstance(part.get("reference"), str):
            part["reference"] = names.get(part["reference"], part["reference"])
        for one in part.values():
            _resolve(one, names)


def _number_of(patient: Json) -> str:
    return spaced(next(one["value"] for one in patient["identifier"] if one.get("system") == NHS_NUMBER))


def _somebody() -> Json:
    return {
        "resourceType": "Patient",
        "id": "somebody",
        "name": [{"use": "official", "family": "Folder", "given": ["Somebody"]}],
        "gender": "unknown",
        "birthDate": "1970-01-01",
    }
