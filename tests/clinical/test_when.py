"""A time is kept as it was sent, and sorts by the earliest it can mean."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.resource import Period
from tests.builders import BARNSLEY, a_laboratory_report, all_received
from viewer.clinical.normalise import normalise
from viewer.clinical.problem import Problem
from viewer.clinical.report import Precision, When
from viewer.clinical.when import read_period, read_when


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]  # year, month, day and what follows


@pytest.mark.parametrize(
    ("sent", "instant", "precision", "zoned"),
    [
        ("2026-11-20T08:30:00+00:00", utc(2026, 11, 20, 8, 30), Precision.SECOND, True),
        ("2026-11-20T08:30:00Z", utc(2026, 11, 20, 8, 30), Precision.SECOND, True),
        ("2026-07-20T08:30:00+01:00", utc(2026, 7, 20, 7, 30), Precision.SECOND, True),
        ("2011-03-04T08:30:00+11:00", utc(2011, 3, 3, 21, 30), Precision.SECOND, True),
        ("2026-11-20T08:30:15.1234567Z", utc(2026, 11, 20, 8, 30, 15, 123456), Precision.SECOND, True),
        ("2026-11-20T08:30Z", utc(2026, 11, 20, 8, 30), Precision.MINUTE, True),
        ("2016-12-31T23:59:60Z", utc(2016, 12, 31, 23, 59, 59), Precision.SECOND, True),
        ("2026-11-20", utc(2026, 11, 20), Precision.DAY, True),
        ("2026-07-20", utc(2026, 7, 19, 23), Precision.DAY, True),  # midnight in London, in summer
        ("2026-07", utc(2026, 6, 30, 23), Precision.MONTH, True),
        ("2026", utc(2026, 1, 1), Precision.YEAR, True),
        ("2028-02-29", utc(2028, 2, 29), Precision.DAY, True),
    ],
)
def test_a_time_reads(sent: str, instant: datetime, precision: Precision, zoned: bool) -> None:
    assert read_when(sent) == When(sent, instant, precision, zoned)


@pytest.mark.parametrize(
    ("sent", "instant"),
    [
        ("2026-01-20T08:30:00", utc(2026, 1, 20, 8, 30)),
        ("2026-07-20T08:30:00", utc(2026, 7, 20, 7, 30)),
        ("2026-03-29T00:59:59", utc(2026, 3, 29, 0, 59, 59)),
        ("2026-03-29T02:00:00", utc(2026, 3, 29, 1, 0)),
        ("2026-10-25T01:30:00", utc(2026, 10, 25, 0, 30)),  # it comes twice that night: the earlier is meant
    ],
)
def test_a_clock_time_without_its_zone_is_read_as_london_and_says_so(sent: str, instant: datetime) -> None:
    when = read_when(sent)

    assert isinstance(when, When)
    assert (when.instant, when.zoned) == (instant, False)


@pytest.mark.parametrize(
    "sent",
    [
        "2026-02-31",
        "2026-02-31T10:00:00Z",
        "2027-02-29",
        "2026-13",
        "2026-00-01",
        "0000",
        "2026-11-20T24:00:00Z",
        "2026-11-20T08:61:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-11-20T08:30:00+25:00",
        "20/11/2026",
        "20261120",
        "2026-1-2",
        "2026-11-20 08:30",
        " 2026-11-20",
        "2026-11-20\n",
        "٢٠٢٦",
        "yesterday",
        "",
    ],
)
def test_what_is_no_time_is_a_problem_and_nothing_nearby_is_guessed(sent: str) -> None:
    assert isinstance(read_when(sent), Problem)


LONDON = ZoneInfo("Europe/London")

edges = st.builds(
    lambda day, clock, zone: f"{day}T{clock}{zone}",
    st.sampled_from(["0001-01-01", "0001-01-02", "9999-12-30", "9999-12-31"]),
    st.sampled_from(["00:00:00", "00:01:14", "00:01:15", "12:00", "23:59:59"]),
    st.sampled_from(["", "Z", "+00:00", "+14:00", "-14:00", "+23:59", "-23:59"]),
)


@given(edges | st.sampled_from(["0001", "0001-01", "0001-01-01", "9999", "9999-12", "9999-12-31"]))
def test_whatever_is_read_as_a_time_can_be_said_in_london(sent: str) -> None:
    when = read_when(sent)

    assert isinstance(when, Problem) or when.instant.astimezone(LONDON)


@pytest.mark.parametrize("sent", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59-05:00"])
def test_a_report_whose_times_london_cannot_say_is_shown_with_that_said(sent: str) -> None:
    report = a_laboratory_report("7", effectiveDateTime=sent, issued=sent, meta={"lastUpdated": sent})

    pile = normalise(BARNSLEY, all_received(report))

    (shown,) = pile.reports
    assert (shown.taken, shown.issued, len(shown.results)) == (None, None, 2)


def test_a_long_text_is_not_repeated_whole_in_the_problem() -> None:
    assert read_when("x" * 5000) == Problem(f"“{'x' * 40}” is not a date or time")


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_a_problem(text: str) -> None:
    assert isinstance(read_when(text), When | Problem)


FIRST, LAST = (utc(year, 1, 1).replace(tzinfo=None) for year in (1900, 2100))


@given(st.datetimes(timezones=st.just(UTC), min_value=FIRST, max_value=LAST))
def test_every_instant_survives_being_written_and_read(instant: datetime) -> None:
    when = read_when(instant.isoformat())

    assert isinstance(when, When)
    assert (when.as_sent, when.instant) == (instant.isoformat(), instant)


def test_a_period_starts_when_it_starts_and_keeps_its_end() -> None:
    when = read_period(Period(start="2026-11-19T08:00:00Z", end="2026-11-20T08:00:00Z"))

    assert when == When("2026-11-19T08:00:00Z", utc(2026, 11, 19, 8), Precision.SECOND, True, "2026-11-20T08:00:00Z")


def test_a_period_with_an_end_only_sorts_by_its_end() -> None:
    assert read_period(Period(end="2026-11-20")) == When(
        "2026-11-20", utc(2026, 11, 20), Precision.DAY, True, "2026-11-20"
    )


def test_a_period_of_which_either_end_lacks_its_zone_says_so() -> None:
    zoned, bare = "2026-11-19T08:00:00Z", "2026-11-20T08:00:00"

    for start, end in ((zoned, bare), (bare, zoned)):
        when = read_period(Period(start=start, end=end))
        assert isinstance(when, When)
        assert when.zoned is False


def test_a_period_that_ends_on_no_day_is_a_problem() -> None:
    assert isinstance(read_period(Period(start="2026-11-19", end="2026-11-31")), Problem)
