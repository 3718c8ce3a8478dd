"""A number is converted exactly, in the open and only as its laboratory signed; two units never meet otherwise."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.answer import Kind, Trust
from tests.builders import ROTHERHAM, SHEFFIELD, a_report, a_result
from viewer.clinical.analyte import Analyte, Catalogue, CodeMap, Conversion, Group, Meaning
from viewer.clinical.conversion import convert
from viewer.clinical.report import Amount, Code, Result
from viewer.clinical.row import Row
from viewer.clinical.series import Gathered, gather
from viewer.configuration.catalogue_file import read_catalogue

SHIPPED = read_catalogue(Path(__file__).resolve().parents[2] / "config")
LOCAL = "https://trust.example/code"
CATALOGUE = Catalogue(
    (Group("blood_count", "Full blood count"),),
    {key: Analyte(key, key, "blood_count") for key in ("haemoglobin", "globulin")},
)
CODES = {
    (LOCAL, "HB"): Meaning("haemoglobin"),
    (LOCAL, "GLOB"): Meaning("globulin"),
    (LOCAL, "W"): Meaning("haemoglobin", unit="g/dL"),  # where it sends none
}
TENFOLD = Conversion("haemoglobin", "g/dL", "g/L", Decimal(10), "7.1")
IN_THEIR_OWN_UNITS = CodeMap("sheffield_teaching", CODES)
SIGNED = {"signed_by": "Dr Jane Holroyd", "signed_on": date(2026, 6, 30)}
CONVERTING = CodeMap("rotherham", CODES, {"g/dl": "g/dL"}, conversions=(TENFOLD,), **SIGNED)  # type: ignore[arg-type]


def sent(number: str, unit: str, code: str = "HB", comparator: str = "") -> Result:
    value = Amount(number, comparator, unit)
    return replace(a_result(value=value, id_=f"Observation/{code}-{number}-{unit}"), codes=(Code(LOCAL, code),))


def row(result: Result, trust: Trust = SHEFFIELD) -> Row:
    return Row(a_report(trust, result.id, results=(result,), kind=Kind.LABORATORY))


def gathered(theirs: Result, ours: Result, converting: CodeMap = CONVERTING) -> Gathered:
    """Rotherham sends theirs, Sheffield ours."""
    maps: Mapping[str, CodeMap] = {"rotherham": converting, "sheffield_teaching": IN_THEIR_OWN_UNITS}
    return gather([row(theirs, ROTHERHAM), row(ours)], CATALOGUE, maps)


# ── In the open ──────────────────────────────────────────────────────────────────────────────────


def test_a_converted_number_stands_in_the_other_units_series_beside_what_was_sent() -> None:
    (one,) = gathered(sent("10.9", "g/dl"), sent("104", "g/L")).series

    theirs, ours = sorted(one.points, key=lambda point: point.trust)
    assert theirs.amount == Amount("109", unit="g/L", unit_code="g/L")
    assert theirs.result.value == Amount("10.9", unit="g/dl")
    assert theirs.converted
    assert (theirs.converted.clause, theirs.converted.signed_by) == ("7.1", "Dr Jane Holroyd")
    assert ours.converted is None
    assert ours.amount == ours.result.value


def test_a_series_is_headed_by_a_unit_that_its_numbers_stand_in() -> None:
    (one,) = gathered(sent("10.9", "g/dL"), sent("104", "g/L")).series
    alone = gather([row(sent("10.9", "g/dL"), ROTHERHAM)], CATALOGUE, {"rotherham": CONVERTING}).series[0]

    assert (one.unit, alone.unit) == ("g/L", "g/L")


def test_without_a_signed_conversion_nothing_is_converted() -> None:
    found = gathered(sent("10.9", "g/dl"), sent("104", "g/L"), replace(CONVERTING, conversions=()))

    assert sorted((one.unit, one.points[0].converted) for one in found.series) == [("g/L", None), ("g/dl", None)]


def test_a_conversion_is_of_one_analyte_alone() -> None:
    found = gathered(sent("2.9", "g/dL", "GLOB"), sent("29", "g/L", "GLOB"))

    assert {one.unit for one in found.series} == {"g/L", "g/dL"}


def test_one_trusts_conversion_is_not_anothers() -> None:
    found = gathered(sent("109", "g/L"), sent("10.4", "g/dL"))

    assert {one.unit for one in found.series} == {"g/L", "g/dL"}


def test_a_number_that_came_without_its_unit_is_not_converted() -> None:
    found = gathered(sent("10.9", "", "W"), sent("104", "g/L"))

    assert {(one.key.unit, one.points[0].converted) for one in found.series} == {("g/dL", None), ("g/L", None)}


def test_nothing_is_converted_twice() -> None:
    back = Conversion("haemoglobin", "g/L", "g/dL", Decimal("0.1"), "7.2")
    (one,) = gather(
        [row(sent("10.9", "g/dL"), ROTHERHAM)],
        CATALOGUE,
        {"rotherham": replace(CONVERTING, conversions=(TENFOLD, back))},
    ).series

    assert [point.amount and point.amount.number for point in one.points] == ["109"]


@pytest.mark.parametrize(
    ("number", "comparator"), [("1e3", ""), ("about 10", ""), ("", ""), ("10.9", "ad"), ("1" * 40, "")]
)
def test_what_is_no_plain_number_or_bound_stays_in_a_series_of_its_own_unit(number: str, comparator: str) -> None:
    found = gathered(sent(number, "g/dL", comparator=comparator), sent("104", "g/L"))

    assert {one.unit for one in found.series} == {"g/L", "g/dL"}
    assert all(point.converted is None for one in found.series for point in one.points)


# ── Exactly ──────────────────────────────────────────────────────────────────────────────────────

NUMBERS = st.from_regex(r"\A-?(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,8})?\Z")
FACTORS = st.from_regex(r"\A(?:[1-9][0-9]{0,8}(?:\.[0-9]{1,9})?|0\.[0-9]{0,8}[1-9])\Z")


@given(NUMBERS, FACTORS, st.sampled_from(["", "<", "<=", ">=", ">"]))
def test_the_product_is_exact_and_its_bound_points_the_same_way(number: str, factor: str, comparator: str) -> None:
    made = convert(Amount(number, comparator, "a"), Conversion("x", "a", "b", Decimal(factor)))

    assert made is not None
    assert Fraction(made.number) == Fraction(number) * Fraction(factor)
    assert (made.comparator, made.unit) == (comparator, "b")
    assert "e" not in made.number.lower()


@given(NUMBERS, st.integers(-6, 6))
def test_a_factor_that_is_a_power_of_ten_moves_the_point_and_keeps_the_digits(number: str, power: int) -> None:
    made = convert(Amount(number, unit="a"), Conversion("x", "a", "b", Decimal(10) ** power))

    assert made is not None
    digits = number.lstrip("-").replace(".", "").lstrip("0")
    padded = made.number.lstrip("-").replace(".", "").lstrip("0")
    places = len(number.partition(".")[2])
    assert padded == digits + "0" * max(0, power - places) if digits else not padded.strip("0")


@pytest.mark.parametrize("factor", ["0", "-1"])
def test_a_factor_that_would_turn_a_bound_round_converts_nothing(factor: str) -> None:
    assert convert(Amount("5", "<", "a"), Conversion("x", "a", "b", Decimal(factor))) is None


# ── Two units never meet ─────────────────────────────────────────────────────────────────────────


def units_of(found: Gathered) -> list[set[str]]:
    return [
        {point.result.value.unit for point in one.points if isinstance(point.result.value, Amount)}
        for one in found.series
    ]


def test_every_ordered_pair_of_units_of_an_analyte_keeps_apart() -> None:
    """Of every unit that the shipped catalogue knows, and of none."""
    pairs = list(permutations(("", *SHIPPED.units), 2))
    assert len(pairs) > 2000

    for one, other in pairs:
        found = gathered(sent("10.9", one), sent("10.9", other), replace(CONVERTING, conversions=()))
        assert sorted(map(sorted, units_of(found))) == sorted([[one], [other]])


SPELLINGS = ("g/L", "G/L", "g/l", "g/dL", "g/dl", "gm/L", "mmol/L", "mmol/l", "")
UNITS = st.dictionaries(st.sampled_from(SPELLINGS[1:-1]), st.sampled_from(["g/L", "g/dL", "mmol/L"]), max_size=4)


@given(UNITS, UNITS, st.sampled_from(SPELLINGS), st.sampled_from(SPELLINGS), st.booleans())
def test_two_spellings_meet_only_where_signed_maps_make_them_one_unit_or_convert(
    theirs: dict[str, str], ours: dict[str, str], one: str, other: str, converts: bool
) -> None:
    conversions = (TENFOLD,) if converts else ()
    maps = {
        "rotherham": CodeMap("rotherham", CODES, theirs, conversions=conversions),
        "sheffield_teaching": CodeMap("sheffield_teaching", CODES, ours),
    }

    found = gather([row(sent("10.9", one), ROTHERHAM), row(sent("10.9", other))], CATALOGUE, maps)

    means, compares = theirs.get(one, one), ours.get(other, other)
    converted = converts and means == "g/dL"
    assert (len(found.series) == 1) == (("g/L" if converted else means) == compares)


VALUES = st.builds(
    lambda number, unit, bound: Amount(number, bound, unit),
    st.sampled_from(["10.9", "104", "<", "1e2", "-0.0"]),
    st.sampled_from(SPELLINGS),
    st.sampled_from(["", "<", ">=", "ad"]),
)


@given(st.lists(st.tuples(VALUES, st.sampled_from([ROTHERHAM, SHEFFIELD])), max_size=8))
def test_every_finding_stands_once_in_the_series_of_the_unit_it_is_read_in(sent_by: list[tuple[Amount, Trust]]) -> None:
    rows = []
    for number, (value, trust) in enumerate(sent_by):
        result = replace(a_result(value=value, id_=f"Observation/{number}"), codes=(Code(LOCAL, "HB"),))
        rows.append(row(result, trust))
    maps = {"rotherham": CONVERTING, "sheffield_teaching": IN_THEIR_OWN_UNITS}

    found = gather(rows, CATALOGUE, maps)

    points = [(point, one) for one in found.series for point in one.points]
    assert sorted(point.result.id for point, _ in points) == sorted(one.report.results[0].id for one in rows)
    for point, one in points:
        read = maps[point.trust].unit(point.result.value)  # type: ignore[arg-type]  # they are all numbers
        assert one.key.unit == (point.converted.amount.unit if point.converted else read)
        assert bool(point.converted) <= (point.trust == "rotherham" and read == "g/dL")
