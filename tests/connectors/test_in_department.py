"""Who is in the emergency department is asked like everything else: from a fixed list, checked, capped, one Answer."""

from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.answer import Answer, InDepartment, Outcome, Question, Received
from connectors.registry import make_fanout
from connectors.trust_config import Caps, TrustConfig
from sandbox.town import Town
from tests.connectors.bundles import Json, a_bundle, a_patient, an_observation
from tests.connectors.loopback import Loopback, a_config, says
from tests.connectors.test_presence import an_encounter
from tests.connectors.towns import config_of

SHEFFIELD = "sheffield_teaching"


def now() -> datetime:
    return datetime.now(UTC)


def ask(config: TrustConfig, **more: Any) -> Answer:
    with closing(make_fanout([config], now)) as fanout:
        (answer,) = fanout.ask([Question(config.trust, InDepartment(), "a sign-in", **more)])
    return answer


def names(answer: Answer) -> set[str]:
    return {one.body.name[0].family.upper() for one in answer.received if one.kind == "Patient"}


def kinds(received: tuple[Received, ...]) -> list[str]:
    return sorted(f"{one.kind}/{one.id}" for one in received)


# The sandbox


@pytest.mark.parametrize(
    ("trust", "there"),
    [
        (SHEFFIELD, {"HARGREAVES", "SMITH", "FENWICK"}),
        ("doncaster_and_bassetlaw", {"LARGE", "NOWAK"}),
        ("rotherham", {"IQBAL"}),  # its own word for the department
        ("mid_yorkshire", {"LARGE"}),
        ("barnsley", {"DAWSON"}),
        ("sheffield_childrens", {"MARSH"}),
        ("chesterfield", set()),
    ],
)
def test_each_trust_says_who_is_in_its_department(town: Town, trust: str, there: set[str]) -> None:
    answer = ask(config_of(town, trust))

    assert answer.outcome is Outcome.ANSWERED, answer.reason
    assert names(answer) == there
    assert {one.kind for one in answer.received} <= {"Encounter", "Patient"}


def test_everybodys_encounters_of_every_sort_bring_only_those_in_the_department(town: Town) -> None:
    town.weather("doncaster_and_bassetlaw", "everybody")

    answer = ask(config_of(town, "doncaster_and_bassetlaw"))

    assert "ELLIS" not in names(answer)  # on a ward


def test_a_trust_that_fails_is_a_gap_and_never_an_empty_department(town: Town) -> None:
    town.weather(SHEFFIELD, "error", 500)

    assert ask(config_of(town, SHEFFIELD)).outcome is Outcome.FAILED


# What exactly is asked, and lies


def the_patient(id_: str = "7", **more: Any) -> Json:
    return {**a_patient(id_), **more}


def test_one_post_asks_for_what_goes_on_in_the_department_and_nothing_else() -> None:
    with Loopback(says(a_bundle(an_encounter(), the_patient()))) as trust:
        answer = ask(a_config(trust.address))

    assert answer.outcome is Outcome.ANSWERED
    (asked,) = trust.asked
    assert (asked.method, asked.path, asked.query) == ("POST", "/fhir/R4/Encounter/_search", {})
    assert asked.form == [
        ("status", "arrived,triaged,in-progress"),
        ("class", "http://terminology.hl7.org/CodeSystem/v3-ActCode|EMER"),
        ("_include", "Encounter:patient"),
        ("_count", "100"),
    ]


WARD = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"}


@pytest.mark.parametrize(
    "other",
    [
        an_encounter("e2", "Patient/8", status="finished"),
        an_encounter("e2", "Patient/8", status="planned"),
        an_encounter("e2", "Patient/8", status="entered-in-error"),
        an_encounter("e2", "Patient/8", **{"class": WARD}),
        an_encounter("e2", "Patient/8", **{"class": {"system": "https://example.org/own", "code": "EMER"}}),
        an_observation("o1"),
    ],
    ids=["over", "planned", "a mistake", "on a ward", "a class of its own", "another resource"],
)
def test_what_was_not_asked_for_goes_no_further_and_is_counted(other: Json) -> None:
    with Loopback(says(a_bundle(an_encounter(), the_patient(), other, the_patient("8")))) as trust:
        answer = ask(a_config(trust.address))

    assert kinds(answer.received) == ["Encounter/e1", "Patient/7"]
    assert (answer.outcome, answer.foreign) == (Outcome.PARTIAL, 2)


@pytest.mark.parametrize("subject", ["Patient/7", "Patient/7/_history/3"])
def test_a_record_is_whose_the_attendance_says_however_it_says_it(subject: str) -> None:
    with Loopback(says(a_bundle(an_encounter(subject=subject), the_patient()))) as trust:
        answer = ask(a_config(trust.address))

    assert kinds(answer.received) == ["Encounter/e1", "Patient/7"]


@pytest.mark.parametrize(
    "attendance", [an_encounter(subject={}), an_encounter(period=7)], ids=["of nobody", "unreadable"]
)
def test_an_attendance_that_cannot_be_read_is_said(attendance: Json) -> None:
    with Loopback(says(a_bundle(attendance))) as trust:
        answer = ask(a_config(trust.address))

    assert answer.outcome is Outcome.PARTIAL
    assert "an attendance came that could not be read" in answer.reason


def test_pages_are_capped() -> None:
    page = a_bundle(an_encounter(), the_patient(), total=9, next_link="Encounter?page=2")
    with Loopback(says(page)) as trust:
        answer = ask(a_config(trust.address, caps=Caps(pages=1)))

    assert answer.outcome is Outcome.PARTIAL
    assert "more than 1 pages" in answer.reason


def test_an_empty_department_is_an_answer_and_is_kept_a_minute() -> None:
    with Loopback(says(a_bundle(total=0))) as trust:
        config = a_config(trust.address)
        with closing(make_fanout([config], now)) as fanout:
            asked = [Question(config.trust, InDepartment(), reader) for reader in ("one", "one", "another")]
            answers = [answer for question in asked for answer in fanout.ask([question])]

    assert [(one.outcome, one.kept) for one in answers] == [
        (Outcome.ANSWERED, False),
        (Outcome.ANSWERED, True),
        (Outcome.ANSWERED, False),  # each trust's log names each reader
    ]
