"""Encounters stand beside the results, are told from today, and change no result."""

from datetime import date, timedelta
from typing import Any

import pytest

from sandbox.encounters import VISITS, encounters_of
from sandbox.patients import NAMED
from sandbox.trusts.all import TRUSTS
from tests.sandbox.asking import Asker, resources

TODAY = date(2026, 11, 21)


def told(today: date = TODAY) -> list[dict[str, Any]]:
    return [
        encounter
        for key in VISITS
        for trust in TRUSTS
        for encounter in encounters_of(key, f"{key}-at-{trust.name}", trust, today)
    ]


def test_every_visit_is_of_a_patient_whom_its_trust_knows() -> None:
    known = {named.person.key: named.known_at for named in NAMED}

    assert [key for key, visits in VISITS.items() for visit in visits if visit.trust not in known[key]] == []
    assert {visit.trust for visits in VISITS.values() for visit in visits} == {trust.name for trust in TRUSTS}


def test_they_are_the_same_every_time_and_move_with_the_day() -> None:
    assert told() == told()
    assert told(TODAY + timedelta(days=1)) != told()


def test_one_man_alone_is_in_an_emergency_department_now() -> None:
    now = [one for one in told() if one["status"] == "in-progress" and one["class"]["code"] == "EMER"]

    assert [one["subject"]["reference"] for one in now] == ["Patient/walter_hargreaves-at-sheffield_teaching"]
    assert now[0]["period"] == {"start": "2026-11-21T02:12:00+00:00"}


def searched(asker: Asker, trust: str, kind: str, *parameters: tuple[str, str]) -> list[dict[str, Any]]:
    about = ("patient", asker.patient(trust)["id"])
    return [one for page in asker.pages(trust, kind, about, *parameters) for one in resources(page)]


def test_a_trust_answers_a_search_for_what_is_not_over(asker: Asker) -> None:
    assert [one["status"] for one in searched(asker, "rotherham", "Encounter")] == ["finished"]
    assert searched(asker, "rotherham", "Encounter", ("status", "in-progress,planned")) == []


@pytest.mark.parametrize("kind", ["DiagnosticReport", "Observation", "ImagingStudy", "Specimen", "ServiceRequest"])
def test_no_search_for_results_brings_one(asker: Asker, kind: str) -> None:
    brought = searched(asker, "sheffield_teaching", kind)

    assert {one["resourceType"] for one in brought} == {kind}
