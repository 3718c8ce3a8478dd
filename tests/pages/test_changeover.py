"""On the days on which the clocks change every minute is said once: the hour that comes twice names its zone."""

from datetime import UTC, datetime, timedelta

import pytest

from viewer.clinical.report import When
from viewer.clinical.time_axis import Calendar, TimeTick
from viewer.clinical.when import read_when
from viewer.pages import trend_words, words


def read(sent: str) -> When:
    when = read_when(sent)
    assert isinstance(when, When)
    return when


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("2026-10-25T00:30:00Z", "25-Oct-2026 01:30 BST"),
        ("2026-10-25T01:30:00+01:00", "25-Oct-2026 01:30 BST"),
        ("2026-10-25T01:30:00Z", "25-Oct-2026 01:30 GMT"),
        ("2026-10-25T01:30:20Z", "25-Oct-2026 01:30:20 GMT"),
        ("2026-10-24T23:59:00Z", "25-Oct-2026 00:59"),
        ("2026-10-25T02:00:00Z", "25-Oct-2026 02:00"),
        ("2026-03-29T00:59:00Z", "29-Mar-2026 00:59"),
        ("2026-03-29T01:00:00Z", "29-Mar-2026 02:00"),
        ("2026-10-25T01:30:00", "25-Oct-2026 01:30, no time zone sent"),
        ("2026-10-25", "25-Oct-2026"),
    ],
)
def test_a_time_that_clocks_showed_twice_names_its_zone_when_it_was_sent(sent: str, said: str) -> None:
    assert words.when(read(sent)) == said


def test_the_clock_beside_a_day_names_it_too() -> None:
    assert words.time_of_day(read("2026-10-25T01:30:00Z")) == "01:30 GMT"
    assert words.time_of_day(read("2026-10-25T01:30:00")) == "01:30"
    assert words.sent_time("2026-10-25T01:30:00Z") == "25-Oct-2026 01:30 GMT"
    assert words.clock_and_zone(datetime(2026, 10, 25, 0, 30, tzinfo=UTC)) == "01:30 BST"


def test_every_minute_of_a_day_with_25_hours_is_said_differently() -> None:
    midnight = datetime(2026, 10, 24, 23, tzinfo=UTC)
    sent = [(midnight + timedelta(minutes=minute)).isoformat() for minute in range(25 * 60)]

    assert len({words.when(read(one)) for one in sent}) == 1500


@pytest.mark.parametrize(
    ("at", "step", "first", "said"),
    [
        (datetime(2026, 1, 1, tzinfo=UTC), Calendar.YEAR, False, "2026"),
        (datetime(2026, 6, 30, 23, tzinfo=UTC), Calendar.MONTH, False, "Jul-2026"),
        (datetime(2026, 10, 24, 23, tzinfo=UTC), Calendar.DAY, False, "25-Oct"),
        (datetime(2026, 10, 25, 6, tzinfo=UTC), Calendar.HOUR, False, "06:00"),
        (datetime(2026, 10, 25, 6, tzinfo=UTC), Calendar.HOUR, True, "25-Oct 06:00"),
        (datetime(2026, 10, 24, 23, tzinfo=UTC), Calendar.HOUR, False, "25-Oct 00:00"),
        (datetime(2026, 10, 25, 0, tzinfo=UTC), Calendar.HOUR, False, "01:00 BST"),
        (datetime(2026, 10, 25, 1, tzinfo=UTC), Calendar.HOUR, False, "01:00 GMT"),
    ],
)
def test_a_tick_is_said_as_london_called_it(at: datetime, step: Calendar, first: bool, said: str) -> None:
    assert trend_words.tick(TimeTick(at, step), first=first) == said
