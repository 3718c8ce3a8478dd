"""A folder of FHIR files, served as a trust: nothing of it is lost, nothing of it is rounded."""

from pathlib import Path

import httpx
import pytest

from sandbox.folder import FolderTrust, read_folder
from sandbox.numbers import is_test_number
from sandbox.town import Town

BUNDLE = """{"resourceType": "Bundle", "type": "message", "entry": [
  {"fullUrl": "urn:uuid:p", "resource": {"resourceType": "Patient", "id": "p", "birthDate": "1972-08-23",
    "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "1234567890"}]}},
  {"fullUrl": "urn:uuid:r", "resource": {"resourceType": "DiagnosticReport", "id": "r", "status": "final",
    "subject": {"reference": "urn:uuid:p"}, "result": [{"reference": "urn:uuid:o"}]}},
  {"fullUrl": "urn:uuid:o", "resource": {"resourceType": "Observation", "id": "o", "status": "final",
    "valueQuantity": {"value": 4.10}}}
]}"""
LOOSE = '{"resourceType": "Observation", "id": "o", "status": "final", "valueQuantity": {"value": 1.00}}'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.json").write_text(BUNDLE)
    (tmp_path / "b.json").write_text(LOOSE)
    (tmp_path / "notes.json").write_text("[1, 2]")
    return tmp_path


def test_everything_in_a_folder_is_counted(folder: Path) -> None:
    served = read_folder(folder)

    assert dict(served.counts) == {"Patient": 1, "DiagnosticReport": 1, "Observation": 2}
    assert served.passed_over == ("notes.json",)


def test_a_foreign_nhs_number_is_replaced_by_one_for_tests(folder: Path) -> None:
    served = read_folder(folder)

    assert len(served.numbers) == 1
    assert is_test_number(served.numbers[0])
    assert "1234567890" not in str(served.files[0].patient)


def test_references_inside_a_bundle_lead_to_what_is_served(town: Town, folder: Path) -> None:
    served = town.serve_folder(folder)

    answer = ask(served, "DiagnosticReport", patient="p", _include="DiagnosticReport:result")

    assert [entry["resource"]["id"] for entry in answer.json()["entry"]] == ["r", "o"]


def test_what_belongs_to_nobody_is_the_folders_patients(town: Town, folder: Path) -> None:
    served = town.serve_folder(folder)

    answer = ask(served, "Observation", patient="p")

    assert [entry["resource"]["id"] for entry in answer.json()["entry"]] == ["o", "o-2"]
    assert all(entry["resource"]["subject"] == {"reference": "Patient/p"} for entry in answer.json()["entry"])


def test_decimals_are_served_as_they_were_written(town: Town, folder: Path) -> None:
    served = town.serve_folder(folder)

    text = ask(served, "Observation", patient="p").text

    assert '"value":4.10' in text
    assert '"value":1.00' in text


def test_the_patient_is_found_by_the_number_that_was_given(town: Town, folder: Path) -> None:
    served = town.serve_folder(folder)

    answer = ask(
        served, "Patient", identifier=f"https://fhir.nhs.uk/Id/nhs-number|{served.numbers[0].replace(' ', '')}"
    )

    assert answer.json()["total"] == 1


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["nhs-pathology-r4", "ukcore-r4", "hl7-r4", "synthea-r4", "gpconnect-stu3"])
def test_every_report_of_the_real_files_can_be_searched_for(town: Town, real_data: Path, name: str) -> None:
    served = town.serve_folder(real_data / name, name)

    for kind in ("DiagnosticReport", "Observation", "ImagingStudy"):
        ids = ",".join(file.patient["id"] for file in served.files)
        bundle = ask(served, kind, patient=ids).json()
        found = bundle["total"]
        assert found == served.counts.get(kind, 0)


def ask(served: FolderTrust, kind: str, **parameters: str) -> httpx.Response:
    with httpx.Client(trust_env=False) as client:
        answer = client.post(f"{served.address}/{kind}/_search", data=parameters)
    assert answer.status_code == 200
    return answer
