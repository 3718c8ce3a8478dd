"""What a worker does every so often begins when it is told to, ends when it is told to, and is not begun again."""

from datetime import timedelta
from queue import SimpleQueue
from threading import Event, current_thread, main_thread

import pytest

from viewer.repeating import Repeating

SOON = timedelta(milliseconds=1)


def test_its_turns_come_again_and_again_on_a_thread_of_their_own() -> None:
    turns: SimpleQueue[object] = SimpleQueue()
    repeating = Repeating("turns", lambda: turns.put(current_thread()), SOON)

    repeating.start()
    repeating.start()
    ran_on = {turns.get(timeout=10) for _ in range(3)}
    repeating.close()

    assert len(ran_on) == 1
    assert main_thread() not in ran_on


def test_its_start_comes_before_any_turn_and_its_end_after_all() -> None:
    done: list[str] = []
    turned = Event()

    def turn() -> None:
        done.append("turn")
        turned.set()

    repeating = Repeating("turns", turn, SOON, lambda: done.append("start"), lambda: done.append("end"))
    repeating.start()
    assert turned.wait(10)
    repeating.close()

    assert (done[0], done[-1]) == ("start", "end")
    assert set(done[1:-1]) == {"turn"}


def test_what_was_closed_is_started_no_more() -> None:
    called = Event()
    repeating = Repeating("turns", called.set, SOON, at_start=called.set, at_end=called.set)

    repeating.close()
    repeating.start()

    assert not repeating.runs()
    assert not called.is_set()


def test_a_rest_ends_when_it_is_told_to_end() -> None:
    resting = Event()
    told = SimpleQueue[bool]()

    def turn() -> None:
        resting.set()
        repeating.rest(3600)
        told.put(repeating.is_ending())

    repeating = Repeating("turns", turn, SOON)
    repeating.start()
    assert resting.wait(10)
    repeating.close()

    assert told.get(timeout=10)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # the trouble is meant
def test_a_thread_that_broke_down_is_begun_again_when_it_is_next_told_to_start() -> None:
    began: SimpleQueue[bool] = SimpleQueue()

    def break_down() -> None:
        began.put(True)
        raise ArithmeticError

    repeating = Repeating("turns", break_down, SOON)
    repeating.start()
    began.get(timeout=10)
    while repeating.runs():
        repeating.rest(0.01)
    repeating.start()

    assert began.get(timeout=10)
    repeating.close()
