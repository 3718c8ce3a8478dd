from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.answer import ByTraits, Received
from connectors.page import Page, read_page
from connectors.subject import Standing, has_number, has_traits, standing, whose
from connectors.trust_config import Caps
from tests.connectors.bundles import (
    ANOTHER_NUMBER,
    NHS_NUMBER,
    NUMBER_SYSTEM,
    a_bundle,
    a_patient,
    a_report,
    an_observation,
)

ADDRESS = "https://barnsley.example/fhir/R4"


def received(resource: dict[str, Any]) -> Received:
    page = read_page(a_bundle(resource), Caps())
    assert isinstance(page, Page)
    return page.entries[0]


OURS = whose(NHS_NUMBER, ["7"], ADDRESS)


def about(**subject: Any) -> Standing:
    observation = an_observation(subject="")
    return standing(received(observation | ({"subject": subject} if subject else {})), OURS)


def number(value: str) -> dict[str, str]:
    return {"system": NUMBER_SYSTEM, "value": value}


@pytest.mark.parametrize(
    ("subject", "stands"),
    [
        ({"reference": "Patient/7"}, Standing.OURS),
        ({"reference": "Patient/7/_history/3"}, Standing.OURS),
        ({"reference": f"{ADDRESS}/Patient/7"}, Standing.OURS),
        ({"identifier": number(NHS_NUMBER)}, Standing.OURS),
        ({"identifier": number("999 000 0018")}, Standing.OURS),
        ({"reference": "Patient/8", "identifier": number(NHS_NUMBER)}, Standing.OURS),
        ({"reference": "Patient/77"}, Standing.FOREIGN),
        ({"reference": "Patient/8"}, Standing.FOREIGN),
        ({"reference": "https://rotherham.example/fhir/R4/Patient/7"}, Standing.FOREIGN),
        ({"reference": "Device/7"}, Standing.FOREIGN),
        ({"identifier": number(ANOTHER_NUMBER)}, Standing.FOREIGN),
        ({"reference": "Patient/7", "identifier": number(ANOTHER_NUMBER)}, Standing.FOREIGN),
        ({"identifier": {"system": "https://example/other", "value": NHS_NUMBER}}, Standing.FOREIGN),
        ({"display": "Walter Hargreaves"}, Standing.UNTOLD),
        ({}, Standing.UNTOLD),
    ],
)
def test_whose_a_result_is(subject, stands):
    assert about(**subject) is stands


def test_a_urn_is_the_patients_when_their_record_came_under_it():
    urn = "urn:uuid:1a6d3f0e-0c4f-4a39-8f1a-0f6d3f0e0c4f"
    patient = Received("Patient", "", "", None, "", b"", full_url=urn)

    stands = standing(received(an_observation(subject=urn)), whose(NHS_NUMBER, [], ADDRESS, [patient]))

    assert stands is Standing.OURS
    assert standing(received(an_observation(subject="urn:uuid:other")), OURS) is Standing.FOREIGN


@pytest.mark.parametrize(
    ("carried", "stands"),
    [(NHS_NUMBER, Standing.OURS), (ANOTHER_NUMBER, Standing.FOREIGN), ("", Standing.UNTOLD)],
)
def test_a_contained_patient_is_known_by_their_number(carried, stands):
    report = a_report(subject="#p", contained=[a_patient("p", carried)])

    assert standing(received(report), OURS) is stands


def test_a_result_that_cannot_be_read_is_still_somebodys():
    assert standing(received(an_observation(status=7)), OURS) is Standing.OURS
    assert standing(received(an_observation(status=7, subject="Patient/8")), OURS) is Standing.FOREIGN
    assert standing(received(an_observation(status=7, subject="")), OURS) is Standing.UNTOLD


def test_people_and_places_that_work_for_the_patient_are_nobodys():
    assert standing(received({"resourceType": "Practitioner", "id": "1"}), OURS) is Standing.NOBODYS
    assert standing(received({"resourceType": "Organization", "id": "1"}), OURS) is Standing.NOBODYS


def test_a_kind_that_is_not_read_is_somebodys_when_it_says_so():
    allergy = {"resourceType": "AllergyIntolerance", "id": "1", "patient": {"reference": "Patient/8"}}

    assert standing(received(allergy), OURS) is Standing.FOREIGN


@pytest.mark.parametrize(
    ("identifiers", "stands"),
    [
        ([number(NHS_NUMBER)], Standing.OURS),
        ([number("999 000 0018")], Standing.OURS),
        ([number(NHS_NUMBER), {**number(ANOTHER_NUMBER), "use": "old"}], Standing.OURS),
        ([number(NHS_NUMBER), number(ANOTHER_NUMBER)], Standing.FOREIGN),
        ([number(ANOTHER_NUMBER)], Standing.FOREIGN),
        ([], Standing.FOREIGN),
    ],
)
def test_a_record_is_the_patients_by_its_nhs_number(identifiers, stands):
    assert has_number(received({"resourceType": "Patient", "id": "7", "identifier": identifiers}), NHS_NUMBER) is stands


WALTER = {
    **a_patient(),
    "name": [{"family": "O'Hargreaves-Noël", "given": ["Walter", "John"]}],
    "gender": "male",
    "address": [{"postalCode": "S10 2JF"}],
}


@pytest.mark.parametrize(
    ("asked", "stands"),
    [
        ({"family": "ohargreaves noel", "given": "Wal"}, Standing.OURS),
        ({"family": "O'Har", "gender": "male"}, Standing.OURS),
        ({"family": "O'Hargreaves", "postcode": "s102jf"}, Standing.OURS),
        ({"family": "Smith", "given": "Walter"}, Standing.FOREIGN),
        ({"family": "O'Hargreaves", "given": "Peter"}, Standing.FOREIGN),
        ({"family": "O'Hargreaves", "gender": "female"}, Standing.FOREIGN),
        ({"family": "O'Hargreaves", "postcode": "S11"}, Standing.FOREIGN),
        ({"family": "O'Hargreaves", "born": date(1944, 3, 10), "gender": "male"}, Standing.FOREIGN),
    ],
)
def test_a_record_is_one_of_those_asked_for_by_its_traits(asked, stands):
    traits = ByTraits(**{"born": date(1944, 3, 9), **asked})

    assert has_traits(received(WALTER), traits) is stands


@settings(max_examples=200)
@given(
    st.text(alphabet="Patient/7#:urnhtps.", max_size=24)
    | st.sampled_from(["Patient/7", "patient/7", "Patient/7/", "/Patient/7", "Patient/7#x"])
)
def test_only_the_references_that_are_the_patients_are_ours(reference):
    stands = standing(received(an_observation(subject=reference)), OURS)

    is_ours = reference.split("/_history/")[0] in ("Patient/7", f"{ADDRESS}/Patient/7")
    assert (stands is Standing.OURS) == is_ours
