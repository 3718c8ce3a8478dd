"""What hangs is waited for no longer than was said, and a surprise stays a surprise."""

from collections.abc import Iterator
from threading import Event

import pytest

from viewer.identity.in_time import InTime


@pytest.fixture
def hanging() -> Iterator[Event]:
    """Return what the hanging work waits for; it is let go at the end."""
    event = Event()
    yield event
    event.set()


def test_what_comes_in_time_is_returned() -> None:
    assert InTime(10).do(lambda: "came", "late") == "came"


def test_what_hangs_is_late(hanging: Event) -> None:
    assert InTime(0.01).do(hanging.wait, "late") == "late"


def test_a_surprise_is_the_callers(hanging: Event) -> None:
    with pytest.raises(ZeroDivisionError):
        InTime(10).do(lambda: 1 // 0, "late")


def test_work_that_itself_ran_out_of_time_is_a_surprise_too() -> None:
    def gives_up() -> None:
        raise TimeoutError("its own")

    with pytest.raises(TimeoutError, match="its own"):
        InTime(10).do(gives_up, "late")


def test_when_too_much_hangs_already_nothing_more_is_begun(hanging: Event) -> None:
    in_time = InTime(0.01, at_once=2)
    begun: list[str] = []
    for _ in range(2):
        in_time.do(hanging.wait, "late")

    said = in_time.do(lambda: begun.append("another"), "late")

    assert (said, begun) == ("late", [])
