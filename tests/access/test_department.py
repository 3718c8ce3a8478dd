"""Who is in the department is read from what the trust sent, and nothing is made of what it did not say."""

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors import resource
from tests.builders import received
from viewer.access.department import Attending, attendances

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
EMER = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "EMER"}


def read(**more: Any) -> Attending:
    sent = {
        "resourceType": "Encounter",
        "id": "e1",
        "status": "in-progress",
        "class": EMER,
        "subject": {"reference": "Patient/7"},
        "period": {"start": "2026-11-22T02:12:00+00:00"},
        "serviceProvider": {"display": "Northern  General Hospital"},
    }
    got = received({**sent, **more})
    assert isinstance(got.body, resource.Encounter), got.problem
    (one,) = attendances([got], NOW)
    return one


def test_an_attendance_says_whose_since_when_and_where() -> None:
    one = read()

    assert (one.patient_id, one.since) == ("7", "2026-11-22T02:12:00+00:00")
    assert one.department == "Northern General Hospital"
    assert one.goes_on


@pytest.mark.parametrize(
    ("locations", "department"),
    [
        ([{"location": {"display": "Resus"}, "status": "active"}], "Resus"),
        ([{"location": {"display": "Resus"}}], "Resus"),
        (
            [
                {"location": {"display": "Triage"}, "status": "completed"},
                {"location": {"display": "Majors"}, "status": "active"},
            ],
            "Majors",
        ),
        ([{"location": {"reference": "Location/7"}, "status": "active"}], "Northern General Hospital"),
        ([{"location": {"display": "Ward 7"}, "status": "planned"}], "Northern General Hospital"),
    ],
    ids=["active", "no status", "has moved", "no name", "planned"],
)
def test_where_somebody_is_is_where_they_are_now(locations: Any, department: str) -> None:
    assert read(location=locations).department == department


def test_a_department_that_is_not_named_stays_without_a_name() -> None:
    assert read(serviceProvider={"reference": "Organization/7"}).department == ""


@pytest.mark.parametrize(
    ("period", "goes_on", "never_closed"),
    [
        ({"start": "2026-11-21T23:00:00+00:00"}, True, False),
        ({"start": "2026-11-13T14:00:00+00:00"}, False, True),
        ({"start": "2026-11-23T02:00:00+00:00"}, False, False),  # it lies ahead
        ({"start": "31 November"}, False, False),
        ({"start": "2026-11-22T02:00:00Z", "end": "2026-11-22T03:00:00Z"}, False, False),
        ({}, True, False),  # the trust says that it goes on, and not since when
    ],
    ids=["since last night", "since nine days ago", "tomorrow", "unreadable", "over", "no time"],
)
def test_only_what_can_go_on_now_does(period: Any, goes_on: bool, never_closed: bool) -> None:
    one = read(period=period)

    assert (one.goes_on, one.never_closed) == (goes_on, never_closed)


@pytest.mark.parametrize("subject", ["Patient/7", "https://trust.example/fhir/Patient/7", "Patient/7/_history/2"])
def test_whose_it_is_is_read_however_it_is_named(subject: str) -> None:
    assert read(subject={"reference": subject}).patient_id == "7"
