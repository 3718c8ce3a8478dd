"""Data written by others goes through the clinical wing: every result in it is shown, or unreadable with its reason."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from connectors.answer import Received
from connectors.read_resource import read_resource
from tests.builders import SHEFFIELD, a_person, an_answer
from viewer.clinical.merge import merge
from viewer.clinical.normalise import normalise
from viewer.clinical.patient import Patient, read_patient
from viewer.clinical.report import Amount, Report, Result, Unreadable
from viewer.clinical.timeline import Timeline, lay_out

pytestmark = pytest.mark.real_data


class Entry(msgspec.Struct, rename="camel"):
    resource: msgspec.Raw
    full_url: str = ""


class Bundle(msgspec.Struct):
    entry: tuple[Entry, ...]


class Stub(msgspec.Struct, rename="camel"):
    resource_type: str
    id: str = ""


def everything_in(file: Path) -> list[Received]:
    raw = file.read_bytes()
    is_bundle = msgspec.json.decode(raw, type=Stub).resource_type == "Bundle"
    entries = msgspec.json.decode(raw, type=Bundle).entry if is_bundle else (Entry(msgspec.Raw(raw)),)
    return [_received(bytes(entry.resource), entry.full_url) for entry in entries]


def _received(raw: bytes, full_url: str) -> Received:
    stub, read = msgspec.json.decode(raw, type=Stub), read_resource(raw)
    body, problem = (None, read) if isinstance(read, str) else (read, "")
    return Received(stub.resource_type, stub.id, "", body, problem, raw, full_url)


def laid_out(*files: Path) -> Timeline:
    sent = [one for file in files for one in everything_in(file)]
    return lay_out(a_person(), merge([normalise(SHEFFIELD, sent)]), [an_answer(SHEFFIELD)])


def results_in(report: Report) -> Iterator[Result | Unreadable]:
    waiting = list(report.results)
    while waiting:
        one = waiting.pop(0)
        yield one
        waiting[:0] = one.members if isinstance(one, Result) else ()


NHS = "nhs-pathology-r4/Pathology-Bundle"


@pytest.mark.parametrize(
    ("file", "title", "results"),
    [
        (f"{NHS}-FBC-Report-Example.json", "Full blood count", 14),
        (f"{NHS}-HBsAg-Report-Example.json", "Hepatitis B surface antigen level", 1),
        (f"{NHS}-LFT-UandE-Report-Example.json", "Hepatic function panel, Urea and electrolytes", 11),
        ("hl7-r4/Bundle-101.json", "Complete Blood Count", 17),
        ("hl7-r4/Bundle-ghp.json", "General Health Profile", 51),
        ("hl7-r4/Bundle-lipids.json", "Lipid Panel", 4),
        ("hl7-r4/Bundle-micro.json", "Culture, MRSA", 25),
        ("hl7-r4/Bundle-report.json", "comprehensive bone marrow report", 13),
    ],
)
def test_a_report_by_others_is_one_row_with_every_result(real_data: Path, file: str, title: str, results: int) -> None:
    timeline = laid_out(real_data / file)

    (row,) = timeline.rows
    found = list(results_in(row.report))
    assert (row.report.title, len(found)) == (title, results)
    assert not any(isinstance(one, Unreadable) for one in found)


def test_a_haematocrit_whose_code_contradicts_its_unit_is_shown_in_the_unit_that_was_written(real_data: Path) -> None:
    timeline = laid_out(real_data / f"{NHS}-FBC-Report-Example.json")

    values = {one.name: one.value for one in results_in(timeline.rows[0].report) if isinstance(one, Result)}
    assert values["Haematocrit"] == Amount("0.352", unit="l/l", unit_code="%")


def test_a_ct_without_a_word_is_a_report_with_its_study(real_data: Path) -> None:
    kinds = ("DiagnosticReport", "ImagingStudy", "ServiceRequest")
    ct = [real_data / f"ukcore-r4/UKCore-{kind}-CTChestScan-Example.json" for kind in kinds]

    (row,) = laid_out(*ct).rows

    assert (row.report.title, row.report.conclusion, len(row.report.studies)) == ("Computed tomography of chest", "", 1)


def test_every_resource_of_every_r4_file_is_shown_or_unreadable_with_a_reason(real_data: Path) -> None:
    for file in sorted(real_data.glob("*-r4/*.json")):
        sent = everything_in(file)

        pile = normalise(SHEFFIELD, sent)

        found = {name for report in pile.reports for name in (*report.parts, *report.older_parts)}
        found |= {f"{one.kind}/{one.id}" for one in pile.unreadable}
        results = [one for one in sent if one.kind in ("DiagnosticReport", "Observation", "ImagingStudy")]
        assert {f"{one.kind}/{one.id}" for one in results} <= found, file.name
        assert all(one.problem for one in pile.unreadable)


def test_synthea_volume_is_all_there_with_its_digits(real_data: Path) -> None:
    sent = everything_in(real_data / "synthea-r4/Buddy_MacGyver.json")

    timeline = laid_out(real_data / "synthea-r4/Buddy_MacGyver.json")

    kinds = Counter(row.report.id.partition("/")[0] for row in timeline.rows)
    assert kinds == {"DiagnosticReport": 23, "Observation": 84, "ImagingStudy": 10}
    values = [one.value for row in timeline.rows for one in results_in(row.report) if isinstance(one, Result)]
    numbers = {value.number for value in values if isinstance(value, Amount)}
    raw = b"".join(one.raw for one in sent).decode()
    assert all(number in raw for number in numbers)


def test_stu3_is_not_taken_for_r4_and_says_why(real_data: Path) -> None:
    (account,) = laid_out(*real_data.glob("gpconnect-stu3/*.json")).accounts

    assert account.unreadable >= 20
    assert account.received == account.shown + account.unreadable


def test_demographics_of_the_personal_demographics_service_read(real_data: Path) -> None:
    files = sorted(real_data.glob("pds/patientResponses/*.json"))
    records = [read_patient(one, SHEFFIELD, "") for file in files for one in everything_in(file)]

    assert records
    assert all(isinstance(one, Patient) and one.nhs_number for one in records)
