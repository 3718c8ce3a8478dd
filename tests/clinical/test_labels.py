"""A report's labels follow its findings, so that what is withheld in one place is not seen in another."""

import pytest

from tests.builders import (
    SHEFFIELD,
    Json,
    a_concept,
    a_laboratory_report,
    a_reference,
    a_request,
    a_specimen,
    all_received,
    an_observation,
    broken,
)
from viewer.clinical.normalise import normalise
from viewer.clinical.report import Code, Unreadable

STD = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "STD"}
LABEL = Code(STD["system"], "STD")
SECRET: Json = {"meta": {"security": [STD]}}


def labels(*resources: Json) -> dict[str, set[Code]]:
    reports = normalise(SHEFFIELD, all_received(*resources)).reports
    return {report.id: set(report.security) for report in reports}


@pytest.mark.parametrize(
    "resources",
    [
        [a_laboratory_report("7", "Observation/1", **SECRET), an_observation("1")],
        [a_laboratory_report("7", "Observation/1"), an_observation("1", **SECRET)],
        [a_laboratory_report("7", specimen=[a_reference("Specimen/1")]), a_specimen("1", **SECRET)],
        [a_laboratory_report("7", basedOn=[a_reference("ServiceRequest/1")]), a_request("1", **SECRET)],
    ],
)
def test_a_label_on_any_part_of_a_report_is_a_label_of_the_report(resources: list[Json]) -> None:
    assert LABEL in labels(*resources)["DiagnosticReport/7"]


def test_what_was_requested_is_looked_at_as_well() -> None:
    request = a_request("1", code=a_concept(code="GUMPCR", system="urn:rotherham"))

    assert (
        Code("urn:rotherham", "GUMPCR")
        in labels(a_laboratory_report("7", basedOn=[a_reference("ServiceRequest/1")]), request)["DiagnosticReport/7"]
    )


def test_a_finding_that_stands_in_two_reports_takes_the_labels_of_one_to_the_other() -> None:
    found = labels(
        a_laboratory_report("7", "Observation/1", **SECRET),
        a_laboratory_report("8", "Observation/1"),
        an_observation("1"),
    )

    assert LABEL in found["DiagnosticReport/8"]


def test_a_specimen_that_two_reports_share_takes_no_label_with_it() -> None:
    specimen = {"specimen": [a_reference("Specimen/1")]}

    found = labels(
        a_laboratory_report("7", **specimen, **SECRET), a_laboratory_report("8", **specimen), a_specimen("1")
    )

    assert found["DiagnosticReport/8"] == set()


def test_the_labels_of_a_report_that_cannot_be_read_follow_the_results_it_names() -> None:
    found = labels(broken(a_laboratory_report("7", "Observation/1", **SECRET)), an_observation("1"))

    assert LABEL in found["Observation/1"]


def test_what_cannot_be_read_still_says_its_codes() -> None:
    (report,) = normalise(
        SHEFFIELD, all_received(a_laboratory_report("7", "Observation/1"), broken(an_observation("1", **SECRET)))
    ).reports

    (unreadable,) = report.results
    assert isinstance(unreadable, Unreadable)
    assert LABEL in unreadable.codes
