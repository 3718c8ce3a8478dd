"""Results join a series only when signed code maps prove that they are one thing; every finding stands once."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.answer import Kind
from tests.builders import ROTHERHAM, SHEFFIELD, a_report, a_result, a_time
from viewer.clinical.analyte import Analyte, Catalogue, CodeMap, Group, Meaning
from viewer.clinical.report import Absent, Amount, Code, NoValue, Report, Result, Specimen, Unreadable, Words
from viewer.clinical.row import Row
from viewer.clinical.series import Gathered, gather

LOCAL = "https://trust.example/code"
CATALOGUE = Catalogue(
    (Group("blood_count", "Full blood count"), Group("u_and_e", "U&E")),
    {
        "potassium": Analyte("potassium", "Potassium", "u_and_e"),
        "haemoglobin": Analyte("haemoglobin", "Haemoglobin", "blood_count"),
    },
)
MAPS = {
    name: CodeMap(
        name,
        {(LOCAL, "K"): Meaning("potassium", "serum"), (LOCAL, "HB"): Meaning("haemoglobin", "whole blood")},
        {"mmol/l": "mmol/L", "g/L": "g/L"},
        {"Serum": "serum", "Blood (SST)": "serum"},
    )
    for name in ("sheffield_teaching", "rotherham")
}


def sent(code: str, number: str, unit: str, **fields: object) -> Result:
    value = Amount(number, unit=unit)
    return replace(a_result(value=value, id_=f"Observation/{code}-{number}"), codes=(Code(LOCAL, code),), **fields)


def row(*results: Result | Unreadable, trust: object = SHEFFIELD, id_: str = "7", **fields: object) -> Row:
    return Row(a_report(trust, id_, results=results, kind=Kind.LABORATORY, **fields))  # type: ignore[arg-type]


def gathered(*rows: Row) -> Gathered:
    return gather(rows, CATALOGUE, MAPS)


def numbers(found: Gathered) -> list[list[str]]:
    return [[point.result.value.number for point in one.points] for one in found.series]  # type: ignore[union-attr]


def test_two_trusts_codes_that_maps_call_one_analyte_stand_in_one_series() -> None:
    older = row(sent("K", "4.4", "mmol/L"), taken=a_time("2026-11-19T08:00:00Z"))
    newer = row(sent("K", "5.9", "mmol/l"), trust=ROTHERHAM, taken=a_time("2026-11-20T08:00:00Z"))

    found = gathered(newer, older)

    assert numbers(found) == [["4.4", "5.9"]]
    assert found.series[0].name == "Potassium"


def test_two_units_of_one_analyte_never_share_a_series() -> None:
    found = gathered(row(sent("HB", "104", "g/L")), row(sent("HB", "10.9", "g/dL"), trust=ROTHERHAM))

    assert sorted(numbers(found)) == [["10.9"], ["104"]]


def test_a_unit_whose_code_says_something_else_stands_alone() -> None:
    odd = replace(sent("HB", "0.39", "g/L"), value=Amount("0.39", unit="g/L", unit_code="%"))

    assert len(gathered(row(sent("HB", "104", "g/L"), odd)).series) == 2


def test_two_specimens_of_one_analyte_never_share_a_series() -> None:
    of_urine = Specimen("Specimen/1", "Urine")
    found = gathered(row(sent("K", "4.4", "mmol/L")), row(sent("K", "30", "mmol/L"), id_="8", specimens=(of_urine,)))

    assert sorted(numbers(found)) == [["30"], ["4.4"]]


def test_two_words_for_one_specimen_share_a_series_when_the_map_says_so() -> None:
    rows = [
        row(sent("K", number, "mmol/L"), id_=number, specimens=(Specimen("Specimen/1", word),))
        for number, word in (("4.4", "Serum"), ("4.5", "Blood (SST)"))
    ]

    assert sorted(numbers(gathered(*rows))[0]) == ["4.4", "4.5"]


def test_two_methods_never_share_a_series() -> None:
    found = gathered(row(sent("K", "4.4", "mmol/L"), sent("K", "4.6", "mmol/L", method="Gas electrode")))

    assert sorted(numbers(found)) == [["4.4"], ["4.6"]]


def test_codes_that_no_map_speaks_of_meet_only_their_own_trust_and_code() -> None:
    mine, theirs = sent("ZZ", "1", "U/L"), sent("ZZ", "2", "U/L")
    found = gathered(row(mine), row(replace(mine, id="Observation/later"), id_="8"), row(theirs, trust=ROTHERHAM))

    assert sorted(numbers(found)) == [["1", "1"], ["2"]]
    assert {one.analyte for one in found.series} == {None}


def test_two_codes_that_mean_different_things_mean_nothing() -> None:
    both = replace(sent("K", "4.4", "mmol/L"), codes=(Code(LOCAL, "K"), Code(LOCAL, "HB")))

    assert gathered(row(both)).series[0].analyte is None


def test_a_value_that_is_absent_stands_where_its_trusts_values_stand() -> None:
    absent = replace(sent("K", "0", ""), value=Absent("Haemolysed"), id="Observation/absent")

    found = gathered(row(sent("K", "4.4", "mmol/L")), row(absent, id_="8", taken=a_time("2026-11-22T08:00:00Z")))

    assert [type(point.result.value).__name__ for point in found.series[0].points] == ["Amount", "Absent"]


def test_series_stand_in_the_catalogues_order_and_what_is_not_mapped_stands_last() -> None:
    found = gathered(row(sent("K", "4.4", "mmol/L"), sent("A1", "1", "g"), sent("HB", "104", "g/L")))

    assert [one.name for one in found.series] == ["Haemoglobin", "Potassium", a_result().name]


def test_what_has_no_time_stands_last_for_it_may_be_the_newest() -> None:
    timeless = row(sent("K", "9.9", "mmol/L"), id_="8", taken=None)

    assert numbers(gathered(timeless, row(sent("K", "4.4", "mmol/L")))) == [["4.4", "9.9"]]


def test_a_finding_that_two_groups_name_stands_once() -> None:
    shared = sent("K", "4.4", "mmol/L")
    groups = [replace(a_result(value=NoValue(), id_=name), members=(shared,)) for name in ("a", "b")]

    assert numbers(gathered(row(*groups))) == [["4.4"]]


def test_one_test_at_several_times_in_one_report_stands_at_each_of_them() -> None:
    times = [a_time(f"2026-11-20T{clock}:00Z") for clock in ("08:00", "09:00", "10:00")]
    timed = [
        sent("K", number, "mmol/L", effective=time) for number, time in zip(("5.1", "9.8", "7.2"), times, strict=True)
    ]

    (series,) = gathered(row(*reversed(timed))).series

    assert [point.taken for point in series.points] == times


def test_reports_that_give_no_point_are_named() -> None:
    picture = Row(a_report(SHEFFIELD, "9", kind=Kind.RADIOLOGY))
    words = row(replace(sent("MC", "0", ""), value=Words("No growth")), id_="10")

    found = gathered(picture, words)

    assert found.rows == (words, picture)
    assert [result.name for _, result in found.left] == [a_result().name]


def leaves(report: Report) -> list[str]:
    waiting, found = list(report.results), []
    for one in waiting:
        if isinstance(one, Unreadable):
            found.append(one.id)
        else:
            found.extend([one.id] if not isinstance(one.value, NoValue) else [])
            waiting.extend(one.members)
    return found


VALUES = st.sampled_from([Amount("4.4", unit="mmol/L"), Amount("1", "<", "g/L"), Words("Seen"), Absent(""), NoValue()])
CODES = st.sampled_from([(), (Code(LOCAL, "K"),), (Code(LOCAL, "HB"),), (Code(LOCAL, "?"),)])


@st.composite
def rows_of_any_kind(draw: st.DrawFn) -> list[Row]:
    def result(number: int, members: tuple[Result | Unreadable, ...] = ()) -> Result:
        return replace(a_result(id_=str(number)), value=draw(VALUES), codes=draw(CODES), members=members)

    made = []
    for place in range(draw(st.integers(0, 5))):
        broken = Unreadable(SHEFFIELD, "Observation", f"broken{place}", "it is torn")
        members = (result(1), broken) if draw(st.booleans()) else ()
        made.append(
            row(result(2, members), result(3), id_=str(place), trust=draw(st.sampled_from([SHEFFIELD, ROTHERHAM])))
        )
    return made


@given(rows_of_any_kind(), st.randoms())
def test_every_finding_stands_in_one_series_once_or_is_left_by_name_whatever_the_order_law_2(
    rows: list[Row], chance: object
) -> None:
    found = gathered(*rows)

    placed = [(p.row.key, p.result.id) for one in found.series for p in one.points]
    placed += [(row.key, one.id) for row, one in found.left]
    assert sorted(placed) == sorted((row.key, leaf) for row in rows for leaf in leaves(row.report))
    chance.shuffle(rows)  # type: ignore[attr-defined]
    assert gathered(*rows) == found


@pytest.mark.parametrize("unit", ["mmol/L", "g/dL", "", "µg/L"])
def test_the_unit_of_a_series_is_in_the_senders_own_characters(unit: str) -> None:
    assert gathered(row(sent("K", "4.4", unit))).series[0].unit == unit
