"""A graph shows every point once or says why not: in proportion, bounds apart, and nothing joined over a gap."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.answer import Trust
from tests.builders import CHESTERFIELD, ROTHERHAM, SHEFFIELD, a_report, a_result, a_time
from tests.clinical.points import NOON, SENT_RANGE, point, series
from viewer.clinical.analyte import Catalogue
from viewer.clinical.conversion import Converted
from viewer.clinical.report import Absent, Amount, Precision, Range, Result, Status, Value, When, Words
from viewer.clinical.row import Row
from viewer.clinical.series import Point, gather
from viewer.clinical.trend import Bound, Bracket, Trend, Why, empty_rows, trend


def drawn(*points: Point) -> Trend:
    return trend([series(*points)])


def joined(found: Trend) -> list[tuple[str, str]]:
    return [(said(one.first.point), said(one.second.point)) for one in found.plots[0].segments]


def said(of: Point) -> str:
    assert isinstance(of.result.value, Amount)
    return of.result.value.comparator + of.result.value.number


# ── Everything, once ─────────────────────────────────────────────────────────────────────────────

NUMBERS = st.from_regex(r"-?(0|[1-9][0-9]{0,8})(\.[0-9]{1,4})?", fullmatch=True)
AMOUNTS = st.builds(Amount, NUMBERS, st.sampled_from(["", "", "", "<", "<=", ">", ">=", "ad"]), st.just("umol/L"))
VALUES: st.SearchStrategy[Value] = st.one_of(
    *[AMOUNTS] * 6,
    st.just(Amount("1e999999999")),
    st.builds(Absent, st.just("Haemolysed")),
    st.builds(Words, st.just("Trace")),
)
TIMES = st.one_of(
    st.integers(-30_000_000, 10_000_000).map(lambda minutes: a_time((NOON + timedelta(minutes=minutes)).isoformat())),
    st.integers(0, 60).map(lambda minutes: a_time((NOON + timedelta(minutes=minutes)).isoformat())),
    st.sampled_from([
        When("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC), Precision.DAY),
        When("2026-11", datetime(2026, 11, 1, tzinfo=UTC), Precision.MONTH),
        None,
    ]),
)  # fmt: skip
POINTS = st.builds(
    point,
    VALUES,
    trust=st.sampled_from([SHEFFIELD, CHESTERFIELD]),
    taken=TIMES,
    status=st.sampled_from([*[Status.FINAL] * 8, Status.ENTERED_IN_ERROR, Status.CANCELLED]),
    ranges=st.sampled_from([(), (SENT_RANGE,), (SENT_RANGE, SENT_RANGE)]),
)


@given(st.lists(POINTS, max_size=12))
def test_every_point_is_drawn_once_or_listed_once(points: list[Point]) -> None:
    plot = drawn(*points).plots[0]

    shown = [id(one.point) for one in (*plot.marks, *plot.undrawn)]
    assert sorted(shown) == sorted(map(id, points))


@given(st.lists(POINTS, max_size=12))
def test_places_along_are_in_proportion_to_real_time(points: list[Point]) -> None:
    found = drawn(*points)
    marks = found.plots[0].marks
    if found.whole is None:
        assert marks == ()
        return

    places = [found.whole.place(mark.at) for mark in marks]
    length = found.whole.end - found.whole.start
    assert places == sorted(places)
    assert all(0 <= place <= 1 for place in places)
    for (one, here), (other, there) in pairwise(zip(marks, places, strict=True)):
        assert (there - here) * (length // timedelta(microseconds=1)) == (other.at - one.at) // timedelta(
            microseconds=1
        )


@given(st.lists(POINTS, max_size=12))
def test_places_up_rise_with_the_number_and_stay_on_the_axis(points: list[Point]) -> None:
    plot = drawn(*points).plots[0]
    if plot.axis is None:
        assert plot.marks == ()
        return

    by_value = sorted(plot.marks, key=lambda mark: mark.value)
    heights = [plot.axis.height(mark.value) for mark in by_value]
    assert all(0 <= height <= 1 for height in heights)
    for (one, low), (other, high) in pairwise(zip(by_value, heights, strict=True)):
        assert low < high if one.value < other.value else low == high
    ends = [end for mark in plot.marks if mark.bracket for end in (mark.bracket.low, mark.bracket.high) if end]
    assert all(0 <= plot.axis.height(end) <= 1 for end in ends)


@given(st.lists(POINTS, max_size=12))
def test_no_line_touches_a_bound_or_passes_what_is_not_drawn(points: list[Point]) -> None:
    plot = drawn(*points).plots[0]

    for one in plot.segments:
        assert one.first.bound is one.second.bound is Bound.NONE
        assert one.first.until <= one.second.at
        assert [mark for mark in plot.marks if one.first.at < mark.at < one.second.at] == []
        assert [gap for gap in plot.undrawn if gap.at and one.first.at < gap.at < one.second.at] == []


@given(st.lists(POINTS, max_size=8), st.lists(POINTS, max_size=8))
def test_two_series_never_share_an_axis_of_values(mine: list[Point], theirs: list[Point]) -> None:
    far = [replace(one, result=replace(one.result, value=Amount("123456789"))) for one in theirs]
    found = trend([series(*mine), series(*far, analyte="urea")])

    assert [plot.series.key.analyte for plot in found.plots] == ["creatinine", "urea"]
    assert found.plots[0].axis == drawn(*mine).plots[0].axis


# ── Points ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("sent", "bound"),
    [("5", Bound.NONE), ("<5", Bound.BELOW), ("<=5", Bound.BELOW), (">60", Bound.ABOVE), (">=60", Bound.ABOVE)],
)
def test_a_comparator_makes_a_number_a_bound(sent: str, bound: Bound) -> None:
    (mark,) = drawn(point(sent)).plots[0].marks

    assert (mark.bound, mark.value) == (bound, Decimal(sent.lstrip("<>=")))


def test_a_number_is_placed_as_exactly_as_it_was_sent() -> None:
    found = drawn(point("5.40000000000000000001"), point("5.4", 1), point("5.5", 2)).plots[0]

    assert found.axis is not None
    first, second, _ = (found.axis.height(mark.value) for mark in found.marks)
    assert first - second == Fraction(1, 10**20) / Fraction(found.axis.ticks[-1] - found.axis.ticks[0])


@pytest.mark.parametrize(
    ("of", "why"),
    [
        (point(status=Status.ENTERED_IN_ERROR), Why.ENTERED_IN_ERROR),
        (point(report=Status.ENTERED_IN_ERROR), Why.ENTERED_IN_ERROR),
        (point(report=Status.CANCELLED), Why.CANCELLED),
        (point(status=Status.CANCELLED), Why.CANCELLED),
        (point(Absent("Haemolysed")), Why.ABSENT),
        (point(Words("Trace")), Why.NOT_A_NUMBER),
        (point(Amount("5", "about")), Why.COMPARATOR),
        (point(Amount("1e999999999")), Why.TOO_FAR),
        (point(taken=None), Why.NO_TIME),
        (point(taken=When("2026", NOON, Precision.YEAR)), Why.MONTH_ONLY),
        (point(taken=When("2026-11", NOON, Precision.MONTH)), Why.MONTH_ONLY),
    ],
    ids=lambda one: one.value if isinstance(one, Why) else "",
)
def test_what_cannot_be_drawn_is_listed_with_its_reason(of: Point, why: Why) -> None:
    found = drawn(of).plots[0]

    assert [one.why for one in found.undrawn] == [why]
    assert found.axis is None


def test_a_point_of_which_only_the_day_was_sent_may_be_anywhere_in_that_day() -> None:
    summer = When("2026-10-25", datetime(2026, 10, 24, 23, tzinfo=UTC), Precision.DAY)

    (mark,) = drawn(point(taken=summer)).plots[0].marks

    assert mark.until - mark.at == timedelta(hours=25)  # the day on which the clocks went back


# ── Lines ────────────────────────────────────────────────────────────────────────────────────────


def test_neighbours_are_joined_and_a_line_between_laboratories_says_so() -> None:
    found = drawn(point("96"), point("98", 1), point("104", 2, CHESTERFIELD))

    assert joined(found) == [("96", "98"), ("98", "104")]
    assert [one.crosses for one in found.plots[0].segments] == [False, True]


@pytest.mark.parametrize(
    "between",
    [
        point("<5", 1),
        point(Absent("Insufficient sample."), 1),
        point("64", 1, status=Status.ENTERED_IN_ERROR),
        point(Words("Trace"), 1),
        point("64", 1, report=Status.CANCELLED),
    ],
    ids=["bound", "absent", "entered in error", "words", "cancelled"],
)
def test_a_line_is_broken_by_what_stands_between(between: Point) -> None:
    assert joined(drawn(point("96"), point("98", 2))) == [("96", "98")]
    assert joined(drawn(point("96"), between, point("98", 2))) == []


def test_two_bounds_are_not_joined() -> None:
    assert joined(drawn(point("<5"), point("<5", 1), point(">60", 2), point(">60", 3))) == []


def test_points_taken_at_one_time_are_not_joined_for_nobody_knows_which_was_first() -> None:
    found = drawn(point("96"), point("98", 1), point("99", 1), point("104", 2), point("105", 3))

    assert joined(found) == [("104", "105")]


def test_a_point_of_a_whole_day_is_not_joined_to_one_within_that_day() -> None:
    that_day = When("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC), Precision.DAY)

    found = drawn(point("96", -48), point("97", taken=that_day), point("98", 1), point("99", 48), point("100", 49))

    assert joined(found) == [("99", "100")]


def test_a_line_into_the_last_days_is_the_same_straight_line() -> None:
    found = drawn(point("100"), point("200", 1000), point("200", 1001), point("200", 1002))
    assert found.last
    axis, segment = found.plots[0].axis, found.plots[0].segments[0]
    assert axis

    cut = segment.within(found.last, axis)

    assert cut
    (along, up), end = cut
    whole_way = Fraction((found.last.start - NOON) // timedelta(seconds=1), 1000 * 3600)
    assert (along, up) == (0, axis.height(100 + whole_way * 100))
    assert end == (found.last.place(NOON + timedelta(hours=1000)), axis.height(Decimal(200)))


# ── Ranges ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("ranges", "bracket"),
    [
        ((SENT_RANGE,), Bracket(Decimal(59), Decimal(104))),
        ((Range(high=Amount("5")),), Bracket(None, Decimal(5))),
        ((Range(text="Negative"),), None),
        ((SENT_RANGE, Range(Amount("50"), Amount("90"))), None),
        ((Range(Amount("0.6", unit="mg/dL"), Amount("1.2", unit="mg/dL")),), None),
        ((Range(Amount("5"), Amount("3")),), None),
        ((Range(Amount("0"), Amount("99999")),), Bracket(Decimal(0), None)),
        ((), None),
    ],
    ids=["both ends", "one end", "words", "two ranges", "another unit", "upside down", "no real end", "none"],
)
def test_a_point_has_its_own_range_beside_it_when_it_is_one_range_in_its_own_unit(
    ranges: tuple[Range, ...], bracket: Bracket | None
) -> None:
    (mark,) = drawn(point("97", ranges=ranges)).plots[0].marks

    assert mark.bracket == bracket


def test_a_converted_number_stands_at_its_place_in_the_axis_own_unit_and_its_range_does_not() -> None:
    sent = point(Amount("10.9", unit="g/dL"), ranges=(Range(Amount("13.0"), Amount("18.0")),))
    of = replace(sent, converted=Converted(Amount("109", unit="g/L", unit_code="g/L"), "cl. 2", "Dr Holroyd"))

    (mark,) = drawn(of).plots[0].marks

    assert (mark.value, mark.bracket) == (Decimal(109), None)


def test_a_converted_bound_stays_a_bound() -> None:
    sent = point(Amount("0.5", "<", unit="g/dL"))
    of = replace(sent, converted=Converted(Amount("5", "<", "g/L", "g/L"), "cl. 2", "Dr Holroyd"))

    (mark,) = drawn(of).plots[0].marks

    assert (mark.value, mark.bound) == (Decimal(5), Bound.BELOW)


def test_each_point_keeps_its_own_laboratorys_range() -> None:
    theirs = Range(Amount("64"), Amount("104"))
    marks = drawn(point(ranges=(SENT_RANGE,)), point(hours=1, trust=ROTHERHAM, ranges=(theirs,))).plots[0].marks

    assert [mark.bracket and mark.bracket.low for mark in marks] == [Decimal(59), Decimal(64)]


def test_a_result_is_drawn_from_what_was_sent_and_nothing_is_rewritten() -> None:
    sent: Result = point("5.40").result

    (mark,) = drawn(point("5.40")).plots[0].marks

    assert mark.point.result == sent


# ── Reports of which nothing was measured ────────────────────────────────────────────────────────


def a_cancelled(title: str, hours: float = 1, trust: Trust = SHEFFIELD) -> Row:
    taken = a_time((NOON + timedelta(hours=hours)).isoformat())
    return Row(a_report(trust, "cancelled", title=title, status=Status.CANCELLED, results=(), taken=taken))


@pytest.mark.parametrize(
    ("empty", "breaks"),
    [
        (a_cancelled("Potassium"), True),
        (a_cancelled("Urine culture"), False),
        (a_cancelled("Potassium", trust=CHESTERFIELD), False),
        (a_cancelled("Potassium", hours=5), False),
    ],
    ids=["its own panel", "another panel", "another trust's", "at another time"],
)
def test_a_cancelled_report_that_may_have_held_the_test_breaks_the_line(empty: Row, breaks: bool) -> None:
    sent = series(point("96"), point("98", 2))  # in reports titled "Potassium"

    plot = trend([sent], [empty]).plots[0]

    assert (plot.segments == ()) is breaks


def test_empty_reports_are_those_cancelled_and_those_without_a_value() -> None:
    absent = replace(a_result("U&E", Absent("Insufficient sample.")), id="Observation/absent")
    without = Row(a_report(SHEFFIELD, "absent", results=(absent,)))
    cancelled, measured = a_cancelled("U&E"), Row(a_report(SHEFFIELD, "measured"))

    assert set(empty_rows(gather([without, cancelled, measured], Catalogue(), {}))) == {without, cancelled}
