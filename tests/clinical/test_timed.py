"""Findings of one code at several times are told apart by their times, which are as sent; only the minutes are ours."""

from dataclasses import replace
from datetime import timedelta

from tests.builders import (
    SHEFFIELD,
    a_laboratory_report,
    a_report,
    a_result,
    a_specimen,
    a_time,
    an_observation,
    received,
)
from viewer.clinical.normalise import normalise
from viewer.clinical.report import Code, NoValue, Precision, Result
from viewer.clinical.timed import own_time, since_first


def glucose(id_: str, clock: str, **fields: object) -> Result:
    result = replace(
        a_result("Glucose", id_=id_), codes=(Code("local", "GLUC"),), taken=a_time(f"2026-11-20T{clock}+00:00")
    )
    return replace(result, **fields)


def test_each_of_three_glucoses_is_so_long_after_the_first() -> None:
    three = (glucose("2", "10:05:30"), glucose("1", "09:00:00"), glucose("3", "11:00:00"))

    since = since_first(a_report(results=(a_result("OGTT", NoValue(), id_="g", members=three),)))

    assert since == {
        "Observation/1": timedelta(0),
        "Observation/2": timedelta(minutes=65, seconds=30),
        "Observation/3": timedelta(minutes=120),
    }


def test_one_time_is_no_series_and_neither_are_two_analytes() -> None:
    other = glucose("2", "10:00:00", codes=(Code("local", "INS"),))

    assert since_first(a_report(results=(glucose("1", "09:00:00"), glucose("2", "09:00:00")))) == {}
    assert since_first(a_report(results=(glucose("1", "09:00:00"), other))) == {}


def test_a_time_that_is_not_exact_leaves_them_all_without_minutes() -> None:
    a_day = replace(a_time("2026-11-20T00:00:00+00:00"), precision=Precision.DAY)
    unzoned = replace(a_time("2026-11-20T11:00:00+00:00"), zoned=False)

    an_hour = replace(a_time("2026-11-20T11:00:00+00:00"), until="2026-11-20T12:00:00+00:00")

    for inexact in (a_day, unzoned, an_hour):
        assert since_first(a_report(results=(glucose("1", "09:00:00"), glucose("2", "10:00:00", taken=inexact)))) == {}


def test_three_times_under_one_specimen_are_kept_and_none_is_the_specimens_law_2() -> None:
    """The specimen's time would make three glucoses at one time of them."""
    specimen = a_specimen("s", "2026-11-20T09:00:00+00:00")
    at = {"1": "09:00", "2": "10:00", "3": "11:00"}
    sent = [
        an_observation(
            id_, "Glucose", specimen={"reference": "Specimen/s"}, effectiveDateTime=f"2026-11-20T{clock}:00+00:00"
        )
        for id_, clock in at.items()
    ]
    pile = normalise(SHEFFIELD, [received(one) for one in (specimen, *sent, a_laboratory_report("7", *sent))])

    (report,) = pile.reports
    times = [own_time(one) for one in report.results if isinstance(one, Result)]
    assert [time.as_sent[11:16] for time in times if time] == ["09:00", "10:00", "11:00"]
    assert list(since_first(report).values()) == [timedelta(0), timedelta(hours=1), timedelta(hours=2)]


def test_a_day_alone_says_nothing_against_the_specimens_time() -> None:
    specimen = a_specimen("s", "2026-11-20T09:00:00+00:00")
    sodium = an_observation("1", specimen={"reference": "Specimen/s"}, effectiveDateTime="2026-11-20")
    pile = normalise(SHEFFIELD, [received(one) for one in (specimen, sodium, a_laboratory_report("7", sodium))])

    (result,) = pile.reports[0].results
    assert isinstance(result, Result)
    assert result.effective is None
