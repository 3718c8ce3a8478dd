"""The axis of time is real time, and its ticks stand where London's calendar turns."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.clinical.time_axis import Calendar, Window, last_window, next_midnight, time_ticks, whole_window

LONG_AGO, FAR_OFF = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def ticks(start: str, end: str, most: int = 6) -> list[str]:
    return [tick.at.isoformat()[:16] for tick in time_ticks(Window(at(start), at(end)), most)]


def test_days_begin_at_midnight_in_london_in_summer_and_in_winter() -> None:
    assert ticks("2026-10-24T00:00+01:00", "2026-10-27T00:00Z") == [
        "2026-10-23T23:00", "2026-10-24T23:00", "2026-10-26T00:00", "2026-10-27T00:00",
    ]  # fmt: skip


def test_the_hour_that_comes_twice_has_two_ticks() -> None:
    assert ticks("2026-10-25T00:00Z", "2026-10-25T02:00Z") == [
        "2026-10-25T00:00", "2026-10-25T01:00", "2026-10-25T02:00",
    ]  # fmt: skip


def test_the_hour_that_never_was_has_none() -> None:
    found = ticks("2026-03-29T00:00Z", "2026-03-29T12:00Z", 5)

    assert found == ["2026-03-29T00:00", "2026-03-29T02:00", "2026-03-29T05:00", "2026-03-29T08:00", "2026-03-29T11:00"]


@pytest.mark.parametrize(
    ("end", "step"),
    [
        ("2026-01-01T05:30Z", Calendar.HOUR),
        ("2026-01-05T00:30Z", Calendar.DAY),
        ("2026-05-05T00:30Z", Calendar.MONTH),
        ("2036-05-05T00:30Z", Calendar.YEAR),
    ],
)
def test_ticks_are_as_close_as_fit(end: str, step: Calendar) -> None:
    found = time_ticks(Window(at("2026-01-01T00:00Z"), at(end)), 6)

    assert {tick.step for tick in found} == {step}
    assert 2 <= len(found) <= 6


@given(st.datetimes(LONG_AGO.replace(tzinfo=None), FAR_OFF.replace(tzinfo=None)), st.timedeltas(timedelta(minutes=1)))
def test_ticks_are_few_ascend_and_stand_on_the_stretch(start: datetime, length: timedelta) -> None:
    begins = start.replace(tzinfo=UTC)
    window = Window(begins, min(begins + min(length, FAR_OFF - begins), FAR_OFF) + timedelta(minutes=1))

    found = [tick.at for tick in time_ticks(window, 6)]

    assert len(found) <= 6
    assert all(window.holds(one) for one in found)
    assert all(earlier < later for earlier, later in pairwise(found))


def test_one_instant_stands_in_the_middle_of_a_day() -> None:
    noon = at("2026-11-20T12:00Z")
    window = whole_window(noon, noon)

    assert window.place(noon) * 2 == 1
    assert window.end - window.start == timedelta(days=1)


def test_one_instant_at_the_edge_of_the_calendar_still_has_a_stretch() -> None:
    last = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)

    assert whole_window(last, last).end == last
    assert next_midnight(last) == last


def days_ago(*days: float) -> list[datetime]:
    now = at("2026-11-21T02:40Z")
    return sorted(now - timedelta(days=one) for one in days)


def last_days(*days: float) -> float | None:
    times = days_ago(*days)
    found = last_window(times, whole_window(times[0], times[-1]))
    return found and (found.end - found.start) / timedelta(days=1)


def test_the_last_days_are_shown_apart_when_points_crowd_there() -> None:
    assert last_days(191, 142, 79, 19, 2.74, 1.72, 0.17, 0) == 3


def test_evenly_spread_points_need_no_second_view() -> None:
    assert last_days(60, 50, 40, 30, 20, 10, 0) is None


def test_two_points_need_no_second_view() -> None:
    assert last_days(100, 0) is None


def test_of_a_point_every_day_for_years_the_last_twelve_are_shown_apart() -> None:
    assert last_days(*range(700)) == 14


def test_points_that_crowd_long_ago_leave_the_last_days_as_they_are() -> None:
    assert last_days(400, 399.9, 300, 200, 100, 0) is None
