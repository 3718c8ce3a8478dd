"""The invented people: every NHS number is a test number, and each shows what it says."""

import re
from datetime import date
from typing import Any

from sandbox.generator import GENERATED
from sandbox.laboratory.finding import Finding, Measured
from sandbox.numbers import is_test_number
from sandbox.patients import NAMED, PRACTICES, SMITHS
from sandbox.population import EVERYBODY, files_of, story_of
from sandbox.shelf import PatientFile, Shelf
from sandbox.trusts.all import TRUSTS
from tests.sandbox.asking import NHS_NUMBER, Asker, of_kind

TODAY = date(2026, 11, 21)


def test_every_nhs_number_is_of_the_test_range_and_valid() -> None:
    wrong = [named.person.key for named in EVERYBODY if not is_test_number(named.person.nhs_number)]

    assert wrong == []


def test_only_the_two_people_meant_to_share_a_number() -> None:
    numbers = [named.person.digits for named in EVERYBODY]

    shared = {number for number in numbers if numbers.count(number) > 1}

    assert shared == {"9991081771"}


def test_no_ten_digits_stand_in_any_id() -> None:
    ids = [kept.id for shelf in all_shelves() for patient in shelf.patients() for kept in everything(shelf, patient.id)]

    assert [id_ for id_ in ids if re.search(r"\d{10}", id_)] == []


def test_every_business_number_belongs_to_one_report() -> None:
    told = [told.issued for named in (*NAMED, *SMITHS) for told in story_of(named, TODAY)]

    numbers = [(issued.issuer, issued.number) for issued in told if issued.version == 1]

    assert len(numbers) == len(set(numbers))


def test_the_same_day_gives_the_same_record_to_the_last_byte() -> None:
    first, second = ([kept.raw for shelf in all_shelves() for kept in walter(shelf)] for _ in range(2))

    assert first == second


def test_nothing_was_taken_after_it_was_issued() -> None:
    late = [
        (named.person.key, told.issued.serial)
        for named in (*NAMED, *SMITHS)
        for told in story_of(named, TODAY)
        if not told.issued.times.taken <= told.issued.times.received <= told.issued.times.issued
    ]

    assert late == []


def test_a_generated_patient_has_exactly_so_many_results() -> None:
    counts = [sum(results_in(told.issued) for told in story_of(named, TODAY)) for named in GENERATED]

    assert counts == [200, 2_000, 20_000]


def test_a_generated_patient_is_known_at_every_trust(asker: Asker) -> None:
    held = [of_kind(asker.reports(trust.name, "999 988 7643"), "DiagnosticReport") for trust in TRUSTS]

    assert all(held)


def test_walter_has_results_at_five_trusts(asker: Asker) -> None:
    known = [trust.name for trust in TRUSTS if asker.search(trust.name, "Patient", by_number("999 412 7039"))["total"]]

    assert known == ["chesterfield", "doncaster_and_bassetlaw", "mid_yorkshire", "rotherham", "sheffield_teaching"]


def test_nobody_knows_who_is_known_nowhere(asker: Asker) -> None:
    totals = [asker.search(trust.name, "Patient", by_number("999 162 5003"))["total"] for trust in TRUSTS]

    assert totals == [0] * 7


def test_one_number_is_two_people(asker: Asker) -> None:
    she, he = asker.patient("barnsley", "999 108 1771"), asker.patient("rotherham", "999 108 1771")

    assert (she["birthDate"], he["birthDate"]) == ("1952-11-30", "1979-02-14")


def test_chesterfield_has_a_birth_date_of_its_own(asker: Asker) -> None:
    dates = [asker.patient(trust, "999 415 2971")["birthDate"] for trust in ("chesterfield", "sheffield_teaching")]

    assert dates == ["1957-12-08", "1957-08-12"]


def test_a_restricted_patient_has_no_address_and_no_practice(asker: Asker) -> None:
    patient = asker.patient("sheffield_teaching", "999 094 4768")

    assert patient["meta"]["security"][0]["code"] == "R"
    assert "address" not in patient
    assert "generalPractitioner" not in patient


def test_practices_can_disagree(asker: Asker) -> None:
    patients = [asker.patient(trust, "999 962 5452") for trust in ("sheffield_teaching", "doncaster_and_bassetlaw")]

    practices = [patient["generalPractitioner"][0]["identifier"]["value"] for patient in patients]

    assert practices == ["Y99001", "Y99002"]
    assert set(practices) < set(PRACTICES)


def test_a_number_is_not_verified_at_mid_yorkshire(asker: Asker) -> None:
    statuses = [status_of(asker.patient(trust, "999 839 3353")) for trust in ("sheffield_teaching", "mid_yorkshire")]

    assert statuses == ["01", "02"]


def test_the_dead_are_said_to_be_dead(asker: Asker) -> None:
    assert asker.patient("barnsley", "999 069 7469")["deceasedDateTime"].startswith("2026-10-10")


def test_a_common_name_finds_more_than_one_and_a_given_name_fewer(asker: Asker) -> None:
    born = (("family", "smith"), ("birthdate", "1958-04-02"))

    totals = [
        asker.search("sheffield_teaching", "Patient", *born, *more)["total"]
        for more in ((), (("given", "Joan"),), (("gender", "male"),), (("address-postalcode", "s21xx"),))
    ]

    assert totals == [3, 1, 2, 1]


def by_number(number: str) -> tuple[str, str]:
    return "identifier", f"{NHS_NUMBER}|{number.replace(' ', '')}"


def status_of(patient: dict[str, Any]) -> str:
    identifier = next(one for one in patient["identifier"] if one["system"] == NHS_NUMBER)
    code: str = identifier["extension"][0]["valueCodeableConcept"]["coding"][0]["code"]
    return code


def all_shelves() -> list[Shelf]:
    return [Shelf(file for file in files_of(trust, TODAY) if not is_generated(file)) for trust in TRUSTS]


def is_generated(file: PatientFile) -> bool:
    return bool(file.patient["name"][0]["family"].casefold() == "large")


def everything(shelf: Shelf, patient_id: str) -> list[Any]:
    kinds = ("DiagnosticReport", "Observation", "Specimen", "ServiceRequest", "ImagingStudy")
    return [kept for kind in kinds for kept in shelf.of_patient(patient_id, kind)]


def walter(shelf: Shelf) -> list[Any]:
    him = [patient for patient in shelf.patients() if patient.body["birthDate"] == "1944-03-09"]
    return [*him, *(kept for patient in him for kept in everything(shelf, patient.id))]


def results_in(issued: Any) -> int:
    return sum(map(_measured, issued.findings)) + (1 if issued.study else 0)


def _measured(finding: Finding) -> int:
    return int(isinstance(finding.value, Measured)) + sum(map(_measured, finding.members))
