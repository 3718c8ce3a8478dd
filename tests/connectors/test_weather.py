"""Every weather of the sandbox: the right Outcome for its trust, whole answers from the others, no residue."""

import json
import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors.answer import Answer, ByNumber, Kind, Outcome, Question, Results
from connectors.fanout import Fanout
from connectors.registry import make_fanout
from connectors.trust_config import Caps
from sandbox.town import Town
from sandbox.weather import WEATHERS
from tests.connectors.loopback import PATIENT
from tests.connectors.towns import WALTER, configs_of

UNDER_WEATHER = "sheffield_teaching"
BOTH = frozenset({Kind.LABORATORY, Kind.RADIOLOGY})
SMALL = Caps(bytes=4 * 1024 * 1024)
WELL = frozenset({Outcome.ANSWERED, Outcome.NOT_KNOWN})


@dataclass(frozen=True)
class Expected:
    """How a question under a weather ends."""

    outcome: Outcome
    reason: str = ""  # part of it
    number: float | None = None
    seconds: float = PATIENT
    holds_results: bool = False


EXPECTED: Mapping[str, Expected] = {
    "fine": Expected(Outcome.ANSWERED, holds_results=True),
    "quick": Expected(Outcome.ANSWERED, holds_results=True),
    "late": Expected(Outcome.LATE, "its reports did not come in 2.0 s", number=60, seconds=2.0),
    "held": Expected(Outcome.LATE, "its reports did not come in 2.0 s", seconds=2.0),
    "hanging": Expected(Outcome.LATE, "its reports did not come in 2.0 s", seconds=2.0),
    "dripping": Expected(Outcome.LATE, "its reports did not come in 2.0 s", seconds=2.0),
    "refused": Expected(Outcome.REFUSED, "HTTP 403"),
    "unauthorised": Expected(Outcome.SIGN_IN_FAILED, "HTTP 401"),
    "token_refused": Expected(Outcome.SIGN_IN_FAILED, "its token endpoint said HTTP 401"),
    "too_many": Expected(Outcome.BUSY, "HTTP 429"),
    "error": Expected(Outcome.FAILED, "HTTP 500"),
    "garbled": Expected(Outcome.GARBLED, "not whole JSON: broken or cut short"),
    "html": Expected(Outcome.GARBLED, "text/html instead of FHIR JSON"),
    "redirect": Expected(Outcome.FAILED, "HTTP 302: it sent us elsewhere, and we did not go"),
    "disconnect": Expected(Outcome.UNREACHABLE, "the connection was closed before an answer began"),
    "dead": Expected(Outcome.UNREACHABLE, "no connection could be made"),
    "long_headers": Expected(Outcome.OVERSIZE, "more headers than the cap allows"),
    "bomb": Expected(Outcome.OVERSIZE, "more bytes than the cap allows", number=20),
    "huge": Expected(Outcome.OVERSIZE, "more bytes than the cap allows", number=20),
    "deep": Expected(Outcome.OVERSIZE, "nested more than 64 deep"),
    "half_page": Expected(Outcome.PARTIAL, "a further page did not come: HTTP 500", holds_results=True),
    "loop": Expected(Outcome.PARTIAL, "its pages lead round in a circle", holds_results=True),
    "foreign_next": Expected(Outcome.PARTIAL, "leads somewhere else and was not followed", holds_results=True),
    "wrong_patient": Expected(Outcome.PARTIAL, "about somebody else", holds_results=True),
    "everybody": Expected(Outcome.PARTIAL, "about somebody else", holds_results=True),
    "unknown_fields": Expected(Outcome.ANSWERED, holds_results=True),
    "one_broken": Expected(Outcome.ANSWERED, holds_results=True),
    "outcome_entry": Expected(Outcome.PARTIAL, "sent a warning with its answer (incomplete)", holds_results=True),
    "miscounted": Expected(Outcome.PARTIAL, "not all of its reports came", holds_results=True),
}


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with Town(quick=True, identity_provider=False) as town:
        yield town


@pytest.fixture(scope="module")
def known(town: Town) -> Mapping[str, tuple[str, ...]]:
    """Walter's ids at each trust, learnt in fine weather."""
    configs = configs_of(town)
    with closing(make_fanout(list(configs.values()), lambda: datetime.now(UTC))) as fanout:
        answers = fanout.ask([Question(c.trust, ByNumber(WALTER), "reader") for c in configs.values()])
        return {answer.trust.name: tuple(one.id for one in answer.received) for answer in answers}


@contextmanager
def weather(town: Town, name: str, number: float | None = None) -> Iterator[None]:
    town.forget_requests()
    town.weather(UNDER_WEATHER, name, number)
    try:
        yield
    finally:
        town.fine()


def fanning_out(town: Town, seconds: float) -> "closing[Fanout]":
    configs = configs_of(town)
    under = replace(configs[UNDER_WEATHER], deadline=timedelta(seconds=seconds), caps=SMALL)
    return closing(make_fanout([*(configs | {UNDER_WEATHER: under}).values()], lambda: datetime.now(UTC)))


def ask(fanout: Fanout, town: Town, known: Mapping[str, tuple[str, ...]], again: bool = False) -> dict[str, Answer]:
    configs = configs_of(town)
    questions = [
        Question(config.trust, Results(WALTER, BOTH, known[name]), "reader", again) for name, config in configs.items()
    ]
    return {answer.trust.name: answer for answer in fanout.ask(questions)}


def test_every_weather_there_is_is_expected():
    assert set(EXPECTED) == set(WEATHERS)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_weather_ends_as_it_should_and_leaves_nothing_behind(name, town, known, caplog):
    expected = EXPECTED[name]
    with caplog.at_level(logging.DEBUG), fanning_out(town, expected.seconds) as fanout:
        with weather(town, name, expected.number):
            answers = ask(fanout, town, known)
        afterwards = ask(fanout, town, known, again=True)

    under = answers.pop(UNDER_WEATHER)
    assert (under.outcome, expected.reason in under.reason) == (expected.outcome, True), under.reason
    assert bool(under.received) == expected.holds_results
    assert under.took < timedelta(seconds=PATIENT)  # what drips would take hours
    assert {answer.outcome for answer in answers.values()} <= WELL
    assert {answer.outcome for answer in afterwards.values()} <= WELL
    assert town.strayed == ()
    assert_about_walter(under, known)
    log = json.dumps([record.getMessage() for record in caplog.records])
    assert WALTER not in log
    assert "Hargreaves" not in log


def assert_about_walter(answer: Answer, known: Mapping[str, tuple[str, ...]]) -> None:
    ids = known[answer.trust.name]
    subjects = {one.body.subject.reference for one in answer.received if getattr(one.body, "subject", None)}
    assert subjects <= {f"Patient/{id_}" for id_ in ids}


def test_a_broken_resource_among_good_ones_is_the_only_one_that_is_not_read(town, known):
    with fanning_out(town, PATIENT) as fanout:
        whole = ask(fanout, town, known)[UNDER_WEATHER]
        with weather(town, "one_broken"):
            answer = ask(fanout, town, known, again=True)[UNDER_WEATHER]

    broken = [one for one in answer.received if one.body is None]
    assert Counter(one.kind for one in answer.received) == Counter(one.kind for one in whole.received)
    assert {one.kind for one in broken} <= {"DiagnosticReport", "ImagingStudy"}
    assert all(one.problem and one.id for one in broken)


def test_half_a_page_cut_off_leaves_the_pages_before_it(town, known):
    with fanning_out(town, PATIENT) as fanout, weather(town, "half_page", 0):
        answer = ask(fanout, town, known)[UNDER_WEATHER]

    assert answer.outcome is Outcome.PARTIAL
    assert "a further page did not come: cut short" in answer.reason
    assert answer.received


def test_pages_of_any_size_bring_the_same_results(town, known):
    def resources(page_size: int) -> Counter[tuple[str, str, str]]:
        configs = [replace(config, page_size=page_size) for config in configs_of(town).values()]
        with closing(make_fanout(configs, lambda: datetime.now(UTC))) as fanout:
            answers = ask(fanout, town, known).values()
        assert {answer.outcome for answer in answers} <= WELL
        return Counter((a.trust.name, one.kind, one.id) for a in answers for one in a.received)

    assert resources(3) == resources(100)


def test_a_token_that_expires_between_two_questions_is_renewed_unseen(town, known):
    with fanning_out(town, PATIENT) as fanout:
        ask(fanout, town, known)
        town.expire_tokens(UNDER_WEATHER)

        assert ask(fanout, town, known, again=True)[UNDER_WEATHER].outcome is Outcome.ANSWERED


def test_no_number_of_a_patient_stands_in_any_url_and_only_the_listed_searches_are_sent(town, known):
    town.forget_requests()
    with fanning_out(town, PATIENT) as fanout:
        ask(fanout, town, dict.fromkeys(known, ()))

    sent = [request for requests in town.requests.values() for request in requests]
    assert all(WALTER not in request.path for request in sent)
    assert {request.method for request in sent if "_search" in request.path} == {"POST"}
    assert {name for request in sent if "_search" in request.path for name, _ in request.parameters} == {
        "identifier",
        "patient",
        "category",
        "_include",
        "_include:iterate",
        "_count",
    }
