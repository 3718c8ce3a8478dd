"""A graph is written whole: every point once, in its place, by its laboratory's shape; nothing sent is markup."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest

from tests.builders import CHESTERFIELD, ROTHERHAM, SHEFFIELD, a_time
from tests.clinical.points import SENT_RANGE, point, series
from tests.reading import NHS_NUMBER
from viewer.clinical.conversion import Converted
from viewer.clinical.report import Absent, Amount, Flag, Precision, Range, SentFlag, Status, When
from viewer.clinical.series import Point
from viewer.clinical.trend import Mark, trend
from viewer.pages.trend_svg import NARROW, SHAPES, WIDE, Graph, Size, graph_svg, legend_svgs, shape_svg

HIGH = (SentFlag(Flag.HIGH, "HI"),)
SHAPE_OF = {"chesterfield": 1, "rotherham": 4, "sheffield_teaching": 6}


def drawn(
    points: Sequence[Point], size: Size = WIDE, lanes: Iterable[str] = (), **fields: object
) -> ElementTree.Element:
    """Return the graph of these points, read as XML: what is not well formed fails here."""
    return ElementTree.fromstring(written(points, size, lanes, **fields))


def written(points: Sequence[Point], size: Size = WIDE, lanes: Iterable[str] = (), **fields: object) -> str:
    found = trend([series(*points)])
    assert found.whole
    graph = Graph(found.plots[0], found.whole, "all of it", tuple(lanes), SHAPE_OF, lambda _: "#row", "graph-1")
    return graph_svg(replace(graph, **fields), size)  # type: ignore[arg-type]


def of_class(svg: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [one for one in svg.iter() if name in one.attrib.get("class", "").split()]


def names(svg: ElementTree.Element) -> list[str]:
    return [one.attrib["aria-label"] for one in of_class(svg, "point")]


def texts(svg: ElementTree.Element) -> list[str]:
    return [one.text or "" for one in svg.iter("text")]


def place(of: ElementTree.Element) -> tuple[float, float]:
    moved = re.search(r"translate\(([\d.]+) ([\d.]+)\)", ElementTree.tostring(of, encoding="unicode"))
    assert moved
    return float(moved[1]), float(moved[2])


# ── Points ───────────────────────────────────────────────────────────────────────────────────────


def test_a_point_says_its_value_unit_flag_range_laboratory_and_time() -> None:
    svg = drawn([point("212", flags=HIGH, ranges=(SENT_RANGE,))])

    assert names(svg) == ["Creatinine 212 umol/L, HI, range 59–104, Sheffield Teaching, 20-Nov-2026 12:00"]


def test_a_point_without_flag_and_range_says_that_it_has_none() -> None:
    assert "no flag, no range" in names(drawn([point()]))[0]


def test_a_bound_says_that_it_is_one_and_is_open_with_an_arrow_away_from_every_line() -> None:
    svg = drawn([point("22"), point("<5", 1), point("31", 2), point("40", 3)])

    below = of_class(svg, "point")[1]
    assert names(svg)[1].startswith("Creatinine <5 umol/L")
    assert names(svg)[1].endswith("a limit: the value is below it")
    assert len(of_class(svg, "open")) == len(of_class(svg, "arrow")) == 1
    x, _ = place(below)
    ends = [
        float(number) for line in of_class(svg, "line") for number in re.findall(r"[ML]([\d.]+) ", line.attrib["d"])
    ]
    assert len(ends) == 2
    assert all(end > x for end in ends)


def test_every_point_is_drawn_once_in_the_order_of_time_and_of_value() -> None:
    svg = drawn([point(str(60 + number), number * number) for number in range(9)])

    places = [place(one) for one in of_class(svg, "point")]
    assert len(places) == 9
    assert all(x < later and y > higher for (x, y), (later, higher) in pairwise(places))


def test_equal_times_apart_are_equal_lengths_apart() -> None:
    xs = [
        place(one)[0]
        for one in of_class(drawn([point("96"), point("97", 10), point("98", 20), point("99", 60)]), "point")
    ]

    assert xs[1] - xs[0] == pytest.approx(xs[2] - xs[1], abs=0.11)
    assert xs[3] - xs[2] == pytest.approx(4 * (xs[1] - xs[0]), abs=0.21)


def test_a_converted_value_says_what_was_sent() -> None:
    sent = point(Amount("10.9", unit="g/dL"), ranges=(Range(Amount("13.0"), Amount("18.0")),))
    svg = drawn([replace(sent, converted=Converted(Amount("109", "", "g/L", "g/L"), "cl. 2", "Dr Holroyd"))])

    assert names(svg)[0].startswith(
        "Creatinine 109 g/L, converted, sent as 10.9 g/dL, no flag, range 13.0–18.0 (as sent, in g/dL), "
    )
    assert "109, sent as 10.9 g/dL" in texts(svg)
    assert of_class(svg, "bracket") == []


def test_what_may_still_change_has_a_ring() -> None:
    assert len(of_class(drawn([point(), point("98", 1, status=Status.PRELIMINARY)]), "unsettled")) == 1


def test_a_point_of_a_whole_day_says_so_and_spans_it() -> None:
    day = When("2026-11-20", a_time("2026-11-20T00:00:00+00:00").instant, Precision.DAY)
    svg = drawn([point(taken=day), point("98", 99)])

    assert "20-Nov-2026, at any time of that day" in names(svg)[0]
    assert len(of_class(svg, "whole-day")) == 1


# ── Laboratories ─────────────────────────────────────────────────────────────────────────────────


def test_laboratories_differ_by_shape_and_a_line_between_them_is_dashed() -> None:
    svg = drawn([point("96"), point("98", 1, CHESTERFIELD), point("99", 2, CHESTERFIELD), point("187", 3, ROTHERHAM)])

    shapes = [one.attrib["d"] for one in svg.iter() if re.fullmatch(r"lab\d", one.attrib.get("class", ""))]
    assert shapes == [SHAPES[6], SHAPES[1], SHAPES[1], SHAPES[4]]
    assert ["crosses" in one.attrib["class"] for one in of_class(svg, "line")] == [True, False, True]


def test_no_two_shapes_are_alike() -> None:
    assert len(set(SHAPES)) == len(SHAPES) == 7


def test_each_point_has_its_own_range_and_no_two_become_one() -> None:
    theirs = Range(Amount("64"), Amount("104"))
    svg = drawn([point(ranges=(SENT_RANGE,)), point("98", 1, CHESTERFIELD, ranges=(theirs,)), point("99", 2)])

    assert len(of_class(svg, "bracket")) == 2
    bands = [of_class(one, "band") for one in of_class(svg, "point")]
    assert [len(band) for band in bands] == [1, 1, 0]
    assert bands[0][0].attrib["height"] != bands[1][0].attrib["height"]


# ── Gaps and missing trusts ──────────────────────────────────────────────────────────────────────


def test_a_gap_is_hatched_and_said() -> None:
    svg = drawn([point("96"), point(Absent("Insufficient sample."), 5), point("98", 10)])

    assert len(of_class(svg, "gap")) == 1
    assert "gap: no value" in texts(svg)
    assert of_class(svg, "line") == []


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_missing_trust_has_a_lane_with_its_reason_whole(size: Size) -> None:
    lane = "Barnsley: not obtained: did not answer in 3.0 s at 03:12; its results would be on this graph"

    svg = drawn([point()], size, [lane, "Rotherham asked, waiting: its results would be on this graph"])

    assert len(of_class(svg, "lane")) == 2
    assert lane in " ".join(one.text or "" for one in of_class(svg, "lane-words"))


# ── Words on the graph ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_every_value_is_beside_its_point_or_counted(size: Size) -> None:
    points = [point(str(90 + number % 7), number, flags=HIGH) for number in range(60)]

    svg = drawn(points, size)

    beside = [one for group in of_class(svg, "values") for one in group.iter("text")]
    said = next(one for one in texts(svg) if one.startswith("No room for"))
    assert len(beside) + int(said.split()[3]) == 60
    assert 5 < len(beside) < 60


def test_the_newest_value_has_the_first_choice_of_room() -> None:
    svg = drawn([point(str(100 + number), number / 60) for number in range(50)])

    assert "149" in texts(svg)


@pytest.mark.parametrize("count", [30, 33, 36, 39])
def test_no_two_values_stand_so_close_that_they_read_as_one(count: int) -> None:
    svg = drawn([point("95", number) for number in range(count)])

    boxes = [
        (float(one.attrib["y"]), float(one.attrib["x"]), len(one.text or "") * 6.7 / 2)
        for group in of_class(svg, "values")
        for one in group.iter("text")
    ]
    apart = [
        abs(x - other_x) - half - other_half
        for (y, x, half), (other_y, other_x, other_half) in combinations(boxes, 2)
        if abs(y - other_y) < 13.8
    ]
    assert apart
    assert min(apart) >= 4 - 0.11


def test_the_series_and_its_unit_stand_on_the_graph_however_long() -> None:
    long = series(point())
    long = replace(long, name="Antibody to a thing with a very long name that nobody can shorten, measured twice")
    found = trend([long])
    assert found.whole

    svg = ElementTree.fromstring(
        graph_svg(Graph(found.plots[0], found.whole, "all of it", (), SHAPE_OF, lambda _: "", "graph-1"), NARROW)
    )

    assert " ".join(one.text or "" for one in of_class(svg, "name")) == f"{long.name}, serum, umol/L"


# ── Safe, and for everybody ──────────────────────────────────────────────────────────────────────


def test_nothing_that_was_sent_becomes_markup() -> None:
    bad = '<script>alert("&")</script>'
    of = point("5", flags=(SentFlag(Flag.OTHER, bad),), ranges=(Range(text=bad),), notes=(bad,))
    svg = drawn([of], lanes=[bad])

    assert not [one for one in svg.iter() if one.tag.endswith("script")]
    assert f"“{bad}”" in names(svg)[0]


def test_there_is_no_style_and_no_script_and_no_number_of_a_patient() -> None:
    source = written([point(str(100 + number), number * 7) for number in range(20)], lanes=["Barnsley: not obtained"])

    assert "style=" not in source
    assert "<script" not in source
    assert not NHS_NUMBER.search(source)


def test_a_graph_has_a_title_and_a_description_and_its_points_can_be_reached() -> None:
    svg = drawn([point()], lanes=["Barnsley: not obtained"])

    title, description = next(svg.iter("title")), next(svg.iter("desc"))
    assert (svg.attrib["aria-labelledby"], svg.attrib["aria-describedby"]) == (
        title.attrib["id"],
        description.attrib["id"],
    )
    assert title.text == "Creatinine, serum, umol/L: all of it"
    assert "1 result, all drawn" in (description.text or "")
    assert "Barnsley: not obtained" in (description.text or "")
    assert [one.tag for one in of_class(svg, "point")] == ["a"]


def test_a_point_that_is_pressed_in_another_view_is_a_picture_here() -> None:
    def nowhere(_: Mark) -> str:
        return ""

    svg = drawn([point()], address=nowhere)

    assert [one.tag for one in of_class(svg, "point")] == ["g"]
    assert of_class(svg, "band") == []


def test_everything_stands_within_the_picture() -> None:
    values = ["-123456.5", "99999999.25", "3"]
    svg = drawn([point(value, number * 40, SHEFFIELD) for number, value in enumerate(values)], NARROW)

    width, height = map(float, svg.attrib["viewBox"].split()[2:])
    xs = [float(one.attrib["x"]) for one in svg.iter() if "x" in one.attrib]
    ys = [float(one.attrib["y"]) for one in svg.iter() if "y" in one.attrib]
    assert 0 <= min(xs) <= max(xs) <= width
    assert 0 <= min(ys) <= max(ys) <= height


def test_samples_are_well_formed() -> None:
    for sample in (*legend_svgs().values(), *(shape_svg(number) for number in range(9))):
        assert ElementTree.fromstring(sample).attrib["aria-hidden"] == "true"
