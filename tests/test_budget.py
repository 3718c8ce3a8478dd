"""A budget slows somebody who searches much faster than care needs, and never locks them out."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.clock import Clock
from viewer.budget import FREE, LONGEST, WINDOW, Budget, wait_for

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_a_busy_departments_searches_cost_nothing() -> None:
    waited: list[float] = []
    budget = Budget(Clock(), waited.append)

    spent = [budget.spend("u-amina") for _ in range(FREE)]

    assert (set(spent), waited) == ({timedelta(0)}, [])


def test_more_than_that_waits_a_little_longer_each_time() -> None:
    waited: list[float] = []
    budget = Budget(Clock(), waited.append)

    for _ in range(FREE + 4):
        budget.spend("u-amina")

    assert waited == sorted(set(waited))
    assert waited[0] > 0


def test_somebody_elses_searches_slow_nobody() -> None:
    budget = Budget(Clock(), lambda _: None)
    for _ in range(FREE * 3):
        budget.spend("u-amina")

    assert budget.spend("u-kofi") == timedelta(0)


def test_after_the_window_it_is_free_again() -> None:
    clock = Clock()
    budget = Budget(clock, lambda _: None)
    for _ in range(FREE * 3):
        budget.spend("u-amina")

    clock.now += WINDOW

    assert budget.spend("u-amina") == timedelta(0)


@given(st.integers(0, 100_000))
def test_nobody_is_ever_locked_out(recent: int) -> None:
    assert timedelta(0) <= wait_for(recent) <= LONGEST
