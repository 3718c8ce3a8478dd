"""The server is FHIR R4: what it serves is valid, paging loses nothing, and strange questions are refused."""

import re
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class
from fhir.resources.R4B.bundle import Bundle

from sandbox.trusts.all import TRUSTS
from tests.sandbox.asking import EVERYTHING, WALTER, Asker, next_link, of_kind, resources

WHO_IS_WHERE = [
    ("barnsley", "999 061 7058"),
    ("chesterfield", WALTER),
    ("doncaster_and_bassetlaw", "999 802 3319"),
    ("mid_yorkshire", "999 061 7058"),
    ("rotherham", WALTER),
    ("sheffield_childrens", "999 247 5145"),
    ("sheffield_teaching", WALTER),
]
PAGED = [("barnsley", "999 972 5287"), ("sheffield_childrens", "999 972 5287"), ("sheffield_teaching", "999 026 8851")]


@pytest.mark.parametrize(("trust", "number"), WHO_IS_WHERE)
def test_every_resource_is_valid_r4(asker: Asker, trust: str, number: str) -> None:
    patient = ("patient", asker.patient(trust, number)["id"])
    studies = resources(asker.search(trust, "ImagingStudy", patient))
    served = [asker.patient(trust, number), *asker.reports(trust, number), *studies]

    for resource in served:
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)


@pytest.mark.parametrize("trust", [trust.name for trust in TRUSTS])
def test_a_page_is_a_valid_searchset(asker: Asker, trust: str) -> None:
    response = asker.post(trust, "Patient", (("family", "Large"), ("birthdate", "1950-01-01")))

    bundle = Bundle.model_validate_json(response.content)

    assert response.headers["Content-Type"] == "application/fhir+json"
    assert bundle.type == "searchset"
    assert bundle.total == 3
    first = response.json()["entry"][0]
    assert first["fullUrl"] == f"{asker.town.addresses[trust]}/Patient/{first['resource']['id']}"


@pytest.mark.parametrize(("trust", "number"), PAGED)
def test_paging_gives_every_match_exactly_once(asker: Asker, trust: str, number: str) -> None:
    patient = ("patient", asker.patient(trust, number)["id"])

    pages = asker.pages(trust, "DiagnosticReport", patient, *EVERYTHING)

    ids = [report["id"] for page in pages for report in resources(page, "match")]
    assert len(pages) > 1
    assert len(ids) == len(set(ids)) == pages[0]["total"]


@pytest.mark.parametrize(("trust", "number"), PAGED)
def test_no_entry_stands_twice_on_a_page(asker: Asker, trust: str, number: str) -> None:
    patient = ("patient", asker.patient(trust, number)["id"])

    for page in asker.pages(trust, "DiagnosticReport", patient, *EVERYTHING):
        urls = [entry["fullUrl"] for entry in page["entry"]]
        assert len(urls) == len(set(urls))


def test_a_next_link_holds_nobodys_number(asker: Asker) -> None:
    page = asker.search("barnsley", "DiagnosticReport", ("patient", asker.patient("barnsley", "999 061 7058")["id"]))

    assert re.fullmatch(
        re.escape(asker.town.addresses["barnsley"]) + r"/DiagnosticReport\?_page=[\w-]+", next_link(page)
    )
    assert not re.search(r"\d{10}", next_link(page))


def test_barnsley_gives_ten_a_page_however_many_are_asked_for(asker: Asker) -> None:
    patient = ("patient", asker.patient("barnsley", "999 061 7058")["id"])

    page = asker.search("barnsley", "DiagnosticReport", patient, ("_count", "500"))

    assert len(resources(page, "match")) == 10


def test_an_include_alone_brings_only_the_headings_of_panels(asker: Asker) -> None:
    patient = ("patient", asker.patient("chesterfield")["id"])

    alone = resources(
        asker.search("chesterfield", "DiagnosticReport", patient, ("_include", "DiagnosticReport:result"))
    )
    iterated = asker.reports("chesterfield")

    assert len(of_kind(alone, "Observation")) < len(of_kind(iterated, "Observation"))


def test_every_reference_of_a_report_comes_along(asker: Asker) -> None:
    came = asker.reports("sheffield_teaching")

    names = {f"{resource['resourceType']}/{resource['id']}" for resource in came}
    wanted = {reference for report in came for reference in references_of(report)}
    assert wanted <= names


def test_get_and_post_answer_alike(asker: Asker) -> None:
    identifier = {"identifier": "https://fhir.nhs.uk/Id/nhs-number|9994127039"}
    address = f"{asker.town.addresses['rotherham']}/Patient"

    got = asker.http.get(address, params=identifier, headers=asker.headers("rotherham"))

    assert got.content == asker.post("rotherham", "Patient", tuple(identifier.items())).content


def test_a_category_narrows_a_search(asker: Asker) -> None:
    patient = ("patient", asker.patient("sheffield_teaching")["id"])
    system = "http://terminology.hl7.org/CodeSystem/v2-0074"

    by_code = asker.search("sheffield_teaching", "DiagnosticReport", patient, ("category", "RAD"))
    by_both = asker.search("sheffield_teaching", "DiagnosticReport", patient, ("category", f"{system}|RAD,{system}|SP"))

    assert 0 < by_code["total"] < by_both["total"]


def test_reports_can_be_sorted_newest_first(asker: Asker) -> None:
    patient = ("patient", asker.patient("barnsley", "999 061 7058")["id"])

    pages = asker.pages("barnsley", "DiagnosticReport", patient, ("_sort", "-date,_id"))

    times = [report["effectiveDateTime"] for page in pages for report in resources(page)]
    assert times == sorted(times, reverse=True)


def test_a_search_without_a_patient_gives_nothing(asker: Asker) -> None:
    assert asker.search("rotherham", "DiagnosticReport", ("category", "LAB"))["total"] == 0


def test_an_unknown_parameter_is_refused_when_handling_is_strict(asker: Asker) -> None:
    asked = (("patient", "x"), ("moon", "full"))

    strict = asker.post("rotherham", "DiagnosticReport", asked, Prefer="handling=strict")
    lenient = asker.post("rotherham", "DiagnosticReport", asked)

    assert (strict.status_code, lenient.status_code) == (400, 200)
    assert strict.json()["resourceType"] == "OperationOutcome"


def test_a_resource_can_be_read_by_its_id(asker: Asker) -> None:
    report = of_kind(asker.reports("mid_yorkshire"), "DiagnosticReport")[0]

    read = asker.read("mid_yorkshire", f"DiagnosticReport/{report['id']}")

    assert read.json() == report


def test_what_is_not_there_is_not_found(asker: Asker) -> None:
    answers = [asker.read("rotherham", path) for path in ("Patient/x", "Moon?x=1")]

    assert [answer.status_code for answer in answers] == [404, 404]


def test_a_server_says_what_it_can_do_to_anybody(asker: Asker) -> None:
    statement = asker.http.get(f"{asker.town.addresses['barnsley']}/metadata").json()

    assert statement["fhirVersion"] == "4.0.1"
    get_fhir_model_class("CapabilityStatement").model_validate(statement)


def references_of(report: dict[str, Any]) -> list[str]:
    several = [*report.get("result", ()), *report.get("hasMember", ())]
    if report["resourceType"] == "DiagnosticReport":
        several += [*report.get("specimen", ()), *report.get("basedOn", ()), report["subject"]]
    return [one["reference"] for one in several]
