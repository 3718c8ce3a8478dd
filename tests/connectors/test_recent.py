from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors.answer import Answer, ByNumber, Outcome, Question, Received
from connectors.recent import Look, Recent, weight
from connectors.resource import Patient
from tests.connectors.bundles import ANOTHER_NUMBER, NHS_NUMBER
from tests.connectors.loopback import BARNSLEY, ROTHERHAM

AT = datetime(2025, 11, 3, 9, 0, tzinfo=UTC)
QUESTION = Question(BARNSLEY, ByNumber(NHS_NUMBER), "reader")


class Timer:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def an_answer(outcome: Outcome = Outcome.ANSWERED, size: int = 100, at: datetime = AT) -> Answer:
    received = (Received("Patient", "7", "", Patient(), "", b"x" * size),)
    return Answer(BARNSLEY, outcome, at, timedelta(seconds=1), received=received)


def look(recent: Recent, question: Question = QUESTION) -> tuple[Look, list[Answer]]:
    delivered: list[Answer] = []
    return recent.look(question, delivered.append), delivered


def kept(recent: Recent, question: Question = QUESTION) -> bool:
    return look(recent, question)[0] is Look.DELIVERED


def test_an_answer_is_kept_a_minute_and_says_that_it_was():
    timer = Timer()
    recent = Recent(timer)
    look(recent)
    recent.settle(QUESTION, an_answer())
    timer.now = 59

    (answer,) = look(recent)[1]
    assert answer.kept
    timer.now = 60
    assert not kept(recent)


@pytest.mark.parametrize(
    "other",
    [
        replace(QUESTION, reader="another"),
        replace(QUESTION, trust=ROTHERHAM),
        replace(QUESTION, query=ByNumber(ANOTHER_NUMBER)),
        replace(QUESTION, again=True),
    ],
)
def test_it_is_kept_for_this_reader_trust_and_query_alone(other):
    recent = Recent(Timer())
    recent.settle(QUESTION, an_answer())

    assert not kept(recent, other)


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - {Outcome.ANSWERED, Outcome.NOT_KNOWN}))
def test_only_whole_answers_are_kept(outcome):
    recent = Recent(Timer())
    recent.settle(QUESTION, an_answer(outcome))

    assert not kept(recent)


@pytest.mark.parametrize(("kind", "is_kept"), [("Patient", False), ("Observation", True), ("DiagnosticReport", True)])
def test_an_answer_with_a_patient_that_could_not_be_read_is_not_kept_and_with_a_result_it_is(kind, is_kept):
    """A page says which answers were kept: it must not tell of a result that could not be read and is withheld."""
    recent = Recent(Timer())
    unread = Received(kind, "8", "", None, "it is not written as FHIR says", b"x")
    recent.settle(QUESTION, replace(an_answer(), received=(*an_answer().received, unread)))

    assert bool(kept(recent)) == is_kept


def test_who_asks_the_same_meanwhile_joins_and_all_are_delivered():
    recent = Recent(Timer())
    (first, one), (second, two) = look(recent), look(recent)

    recent.settle(QUESTION, an_answer())

    assert (first, second) == (Look.ASK, Look.JOINED)
    assert one == two == [an_answer()]


def test_asking_again_does_not_join_an_exchange_that_may_hang():
    recent = Recent(Timer())
    look(recent)

    assert look(recent, replace(QUESTION, again=True))[0] is Look.ASK


def test_an_older_answer_that_comes_later_does_not_take_the_place_of_a_newer():
    recent = Recent(Timer())
    recent.settle(replace(QUESTION, again=True), an_answer(at=AT + timedelta(seconds=2), size=7))
    recent.settle(QUESTION, an_answer(at=AT))

    assert len(look(recent)[1][0].received[0].raw) == 7


def test_asking_again_in_vain_takes_away_what_was_kept():
    recent = Recent(Timer())
    recent.settle(QUESTION, an_answer())
    recent.settle(replace(QUESTION, again=True), an_answer(Outcome.LATE, at=AT + timedelta(seconds=2)))

    assert not kept(recent)


def test_what_is_kept_is_bounded_in_bytes():
    recent = Recent(Timer(), most_bytes=weight(an_answer(size=1000)) + 1)
    other = replace(QUESTION, trust=ROTHERHAM)
    recent.settle(QUESTION, an_answer(size=1000))
    recent.settle(other, an_answer(size=1000))

    assert (kept(recent), kept(recent, other)) == (False, True)
    recent.settle(other, an_answer(size=10_000, at=AT + timedelta(seconds=1)))
    assert not kept(recent, other)


def test_nothing_is_kept_for_a_sign_in_that_has_ended():
    recent = Recent(Timer())
    recent.settle(QUESTION, an_answer())
    recent.settle(replace(QUESTION, reader="another"), an_answer())

    recent.forget("reader")

    assert not kept(recent)
    assert kept(recent, replace(QUESTION, reader="another"))
