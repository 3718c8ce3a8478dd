import pytest

from connectors.answer import Outcome
from connectors.breaker import UNWELL, Breaker, Breaking


class Timer:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def failed(times: int, timer: Timer) -> Breaker:
    breaker = Breaker(timer, most=3, rest=10)
    for _ in range(times):
        breaker.heard(Outcome.LATE, timer.now)
    return breaker


def test_a_trust_is_asked_until_it_fails_so_many_times_in_a_row():
    assert failed(2, Timer()).lets_through()
    assert not failed(3, Timer()).lets_through()


def test_one_answer_in_between_begins_the_count_anew():
    breaker = failed(2, Timer())
    breaker.heard(Outcome.NOT_KNOWN, 100)
    breaker.heard(Outcome.LATE, 100)

    assert breaker.lets_through()


def test_sixty_readers_who_wait_for_one_slow_moment_have_seen_one_failure():
    timer = Timer()
    breaker = Breaker(timer, most=2)
    began, timer.now = timer.now, timer.now + 3
    for _ in range(60):
        breaker.heard(Outcome.LATE, began)
        timer.now += 0.001

    assert (breaker.failures, breaker.lets_through()) == (1, True)


def test_after_its_rest_one_question_tries_it_for_the_others():
    timer = Timer()
    breaker = failed(3, timer)
    timer.now += 10

    assert [breaker.lets_through() for _ in range(3)] == [True, False, False]
    assert breaker.state is Breaking.TRIED


def test_a_trial_that_fails_begins_another_rest_and_one_that_succeeds_ends_it():
    timer = Timer()
    breaker = failed(3, timer)
    timer.now += 10
    breaker.lets_through()
    breaker.heard(Outcome.UNREACHABLE, timer.now)

    assert (breaker.state, breaker.seconds_left()) == (Breaking.RESTING, 10)
    breaker.heard(Outcome.ANSWERED, timer.now)
    assert (breaker.lets_through(), breaker.failures) == (True, 0)


@pytest.mark.parametrize(
    ("later", "now"),
    [
        (0, "is left alone for 10 s more"),
        (9.4, "is left alone for 1 s more"),
        (9.6, "may be asked again now"),
        (12, "may be asked again now"),
    ],
)
def test_a_rest_that_is_all_but_over_is_not_said_to_last_for_no_time(later, now):
    timer = Timer()
    breaker = failed(3, timer)
    timer.now += later

    assert breaker.in_words() == f"it failed 3 times in a row and {now}"


def test_a_trust_that_is_tried_for_all_is_said_to_be():
    timer = Timer()
    breaker = failed(3, timer)
    timer.now += 10
    breaker.lets_through()

    assert breaker.in_words() == "it failed 3 times in a row and is being tried again now"


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - UNWELL))
def test_what_may_be_about_one_patient_never_rests_a_trust(outcome):
    breaker = Breaker(Timer(), most=1)
    breaker.heard(outcome, 100)

    assert breaker.lets_through()
