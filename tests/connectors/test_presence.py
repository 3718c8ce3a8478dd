"""Whether a patient is with a trust is asked like everything else: checked, capped, one Answer."""

from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.answer import Answer, ByNumber, Outcome, Presence, Question
from connectors.registry import make_fanout
from connectors.trust_config import Caps, TrustConfig
from sandbox.town import Town
from tests.connectors.bundles import ANOTHER_NUMBER, NHS_NUMBER, NUMBER_SYSTEM, Json, a_bundle, an_observation
from tests.connectors.loopback import Loopback, a_config, says
from tests.connectors.towns import WALTER, config_of
from viewer.access.presence import Present, presence

SHEFFIELD = "sheffield_teaching"


def now() -> datetime:
    return datetime.now(UTC)


def ask(config: TrustConfig, *ids: str, number: str = "") -> Answer:
    with closing(make_fanout([config], now)) as fanout:
        return asked_of(fanout, config, Presence(ids, number))


def asked_of(fanout: Any, config: TrustConfig, query: Any, **more: Any) -> Answer:
    (answer,) = fanout.ask([Question(config.trust, query, "a sign-in", **more)])
    return answer


def an_encounter(id_: str = "e1", subject: Any = "Patient/7", **more: Any) -> Json:
    about = {"reference": subject} if isinstance(subject, str) else subject
    klass = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "EMER"}
    sent = {"resourceType": "Encounter", "id": id_, "status": "in-progress", "class": klass, "subject": about}
    return {**sent, **more}


# The sandbox


def present(town: Town, trust: str, number: str) -> Present:
    """Ask a trust who this is, and then whether they are there."""
    config = config_of(town, trust)
    with closing(make_fanout([config], now)) as fanout:
        ids = tuple(one.id for one in asked_of(fanout, config, ByNumber(number)).received)
        answer = asked_of(fanout, config, Presence(ids, number))
    assert answer.outcome in (Outcome.ANSWERED, Outcome.NOT_KNOWN), answer.reason
    return presence(answer.received, now())


def test_walter_is_in_the_department_at_sheffield_teaching(town: Town) -> None:
    there = present(town, SHEFFIELD, WALTER)

    assert there.in_department.startswith("an emergency attendance since ")
    assert there.under_care == there.in_department


@pytest.mark.parametrize(
    ("trust", "number", "begins"),
    [
        ("doncaster_and_bassetlaw", "9998023319", "an inpatient stay since "),  # Margaret
        ("mid_yorkshire", "9990617058", "an inpatient stay since "),  # Brenda
        ("chesterfield", "9998023319", "an appointment on "),
        ("sheffield_childrens", "9992475145", "an appointment on "),  # Maya
        (SHEFFIELD, "9990207798", "an appointment on "),  # Joseph
        ("rotherham", "9993034320", "an attendance since "),  # Callum; the class is Rotherham's own word
    ],
)
def test_others_are_under_a_trusts_care_and_in_no_department(town: Town, trust: str, number: str, begins: str) -> None:
    there = present(town, trust, number)

    assert there.in_department == ""
    assert there.under_care.startswith(begins)


@pytest.mark.parametrize(
    ("trust", "number"),
    [
        ("rotherham", WALTER),  # he left in the night
        ("chesterfield", WALTER),
        ("barnsley", "9992475145"),
        ("chesterfield", "9994152971"),  # Eileen, sent home weeks ago
        ("doncaster_and_bassetlaw", "9995760894"),  # Amira, cancelled
        (SHEFFIELD, "9995021404"),  # Gareth was never there
        (SHEFFIELD, "9991625003"),  # nobody knows her
    ],
)
def test_who_has_left_or_never_came_is_not_there(town: Town, trust: str, number: str) -> None:
    assert present(town, trust, number) == Present()


@pytest.mark.parametrize("weather", ["wrong_patient", "everybody"])
def test_encounters_of_others_go_no_further(town: Town, weather: str) -> None:
    config = config_of(town, SHEFFIELD)
    with closing(make_fanout([config], now)) as fanout:
        ids = tuple(one.id for one in asked_of(fanout, config, ByNumber("9995021404")).received)
        town.weather(SHEFFIELD, weather)
        answer = asked_of(fanout, config, Presence(ids, "9995021404"))

    assert answer.outcome is Outcome.PARTIAL
    assert answer.foreign > 0
    assert presence(answer.received, now()) == Present()


def test_presence_is_kept_a_minute_like_any_answer_and_asked_again_on_request(town: Town) -> None:
    config = config_of(town, SHEFFIELD)
    with closing(make_fanout([config], now)) as fanout:
        ids = tuple(one.id for one in asked_of(fanout, config, ByNumber(WALTER)).received)
        answers = [asked_of(fanout, config, Presence(ids), again=again) for again in (False, False, True)]

    assert [answer.kept for answer in answers] == [False, True, False]


def test_presence_under_bad_weather_is_a_gap(town: Town) -> None:
    town.weather(SHEFFIELD, "error", 500)

    assert ask(config_of(town, SHEFFIELD), "abc").outcome is Outcome.FAILED


# What exactly is asked, and lies


def test_one_post_asks_for_what_is_not_over_and_no_number_stands_in_it() -> None:
    with Loopback(says(a_bundle(an_encounter(), total=1, mode="match"))) as trust:
        answer = ask(a_config(trust.address), "7", "8", number=NHS_NUMBER)

    assert answer.outcome is Outcome.ANSWERED
    (asked,) = trust.asked
    assert (asked.method, asked.path, asked.query) == ("POST", "/fhir/R4/Encounter/_search", {})
    assert asked.form == [
        ("patient", "7,8"),
        ("status", "planned,arrived,triaged,in-progress,onleave"),
        ("_count", "100"),
    ]


def test_of_a_patient_without_an_id_nothing_is_asked() -> None:
    with Loopback(says(a_bundle())) as trust:
        answers = [ask(a_config(trust.address)), ask(a_config(trust.address), "7,8&x=y", "")]

    assert [answer.outcome for answer in answers] == [Outcome.NOT_KNOWN, Outcome.NOT_KNOWN]
    assert trust.asked == []


NUMBERED = {"identifier": {"system": NUMBER_SYSTEM, "value": NHS_NUMBER}}
OTHERS = {"identifier": {"system": NUMBER_SYSTEM, "value": ANOTHER_NUMBER}}


@pytest.mark.parametrize(
    ("subject", "number", "counts"),
    [
        ("Patient/7", "", True),
        ("Patient/7/_history/2", "", True),
        ("Patient/8", "", False),
        ("Patient/8", NHS_NUMBER, False),
        (NUMBERED, NHS_NUMBER, True),
        (NUMBERED, "", False),  # there is nothing to compare the number with
        (OTHERS, NHS_NUMBER, False),
        ({"reference": "Patient/7", **OTHERS}, NHS_NUMBER, False),
        ({"reference": "Patient/7", **NUMBERED}, "", True),
        ({}, NHS_NUMBER, False),
    ],
)
def test_the_subject_of_every_encounter_is_checked(subject: Any, number: str, counts: bool) -> None:
    with Loopback(says(a_bundle(an_encounter(subject=subject), mode="match"))) as trust:
        answer = ask(a_config(trust.address), "7", number=number)

    assert bool(presence(answer.received, now()).in_department) is counts


def test_another_resource_bears_nothing_out() -> None:
    with Loopback(says(a_bundle(an_observation(), mode="match"))) as trust:
        answer = ask(a_config(trust.address), "7")

    assert presence(answer.received, now()) == Present()


def test_pages_are_capped() -> None:
    page = a_bundle(an_encounter(), total=9, next_link="Encounter?page=2", mode="match")
    with Loopback(says(page)) as trust:
        answer = ask(a_config(trust.address, caps=Caps(pages=1)), "7")

    assert answer.outcome is Outcome.PARTIAL
    assert "more than 1 pages" in answer.reason
