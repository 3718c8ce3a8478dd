"""The cumulative table: every result in one cell, or hidden by name; no cell ever holds two."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.answer import Kind, Trust
from tests.builders import BARNSLEY, ROTHERHAM, SHEFFIELD, a_report, a_result, a_time
from viewer.clinical.analyte import Analyte, Catalogue, CodeMap, Group, Meaning
from viewer.clinical.cumulative import NOT_MAPPED, Cell, Chosen, Table, lay_out_cumulative
from viewer.clinical.report import (
    Absent,
    Amount,
    Code,
    NoValue,
    Precision,
    Result,
    Status,
    Unreadable,
    When,
    Words,
)
from viewer.clinical.row import Row
from viewer.clinical.series import gather

LOCAL = "https://trust.example/code"
CATALOGUE = Catalogue(
    (Group("blood_count", "Full blood count"), Group("u_and_e", "U&E")),
    {
        "sodium": Analyte("sodium", "Sodium", "u_and_e"),
        "potassium": Analyte("potassium", "Potassium", "u_and_e"),
        "haemoglobin": Analyte("haemoglobin", "Haemoglobin", "blood_count"),
    },
)
CODES = {
    (LOCAL, "NA"): Meaning("sodium", "serum"),
    (LOCAL, "K"): Meaning("potassium", "serum"),
    (LOCAL, "HB"): Meaning("haemoglobin", "whole blood"),
}
TRUSTS = (BARNSLEY, ROTHERHAM, SHEFFIELD)
MAPS = {trust.name: CodeMap(trust.name, CODES, {"mmol/l": "mmol/L", "mmol/L": "mmol/L"}) for trust in TRUSTS}
MONDAY, TUESDAY = a_time("2026-11-16T08:00:00Z"), a_time("2026-11-17T08:00:00Z")


def sent(code: str, number: str, unit: str = "mmol/L", **fields: object) -> Result:
    made = a_result(value=Amount(number, unit=unit), id_=f"{code}-{number}", codes=(Code(LOCAL, code),))
    return replace(made, **fields)


def row(*results: Result | Unreadable, taken: When | None = MONDAY, trust: Trust = SHEFFIELD, **fields: object) -> Row:
    given = {"id_": "7", "kind": Kind.LABORATORY, **fields}
    return Row(a_report(trust, given.pop("id_"), results=results, taken=taken, **given))  # type: ignore[arg-type]


def laid_out(*rows: Row, chosen: Chosen = Chosen()) -> Table:  # noqa: B008  it is frozen
    return lay_out_cumulative(gather(rows, CATALOGUE, MAPS), CATALOGUE, chosen)


def numbers(table: Table) -> dict[str, dict[int, str]]:
    return {
        line.series.name: {place: cell.point.result.value.number for place, cell in line.cells.items()}  # type: ignore[union-attr]
        for block in table.blocks
        for line in block.lines
    }


def changes(table: Table) -> list[str]:
    cells: list[Cell] = [cell for block in table.blocks for line in block.lines for cell in line.cells.values()]
    return [f"{cell.change.by:+f}{' elsewhere' * cell.change.elsewhere}" if cell.change else "" for cell in cells]


# ── Columns ──


def test_the_newest_time_is_the_last_column_and_what_has_no_time_stands_after_it() -> None:
    timeless = row(sent("K", "4.3"), taken=None, id_="9")
    table = laid_out(row(sent("K", "4.2"), taken=TUESDAY, id_="8"), timeless, row(sent("K", "4.1")))

    assert [column.taken for column in table.columns] == [MONDAY, TUESDAY, None]
    assert numbers(table) == {"Potassium": {0: "4.1", 1: "4.2", 2: "4.3"}}


def test_one_time_at_two_trusts_is_two_columns() -> None:
    table = laid_out(row(sent("K", "4.1")), row(sent("K", "4.2"), trust=ROTHERHAM))

    assert [column.trust for column in table.columns] == [ROTHERHAM, SHEFFIELD]


def test_reports_of_one_specimen_share_a_column_however_its_time_was_written() -> None:
    utc = When("2026-11-16T08:00:00+00:00", MONDAY.instant, Precision.SECOND)
    table = laid_out(row(sent("K", "4.1")), row(sent("HB", "120", "g/L"), id_="8", taken=utc))

    assert len(table.columns) == 1
    assert numbers(table) == {"Haemoglobin": {0: "120"}, "Potassium": {0: "4.1"}}


def test_a_day_without_a_clock_is_not_midnight() -> None:
    midnight = datetime(2026, 11, 16, tzinfo=UTC)
    times = (When("2026-11-16", midnight, Precision.DAY), When("2026-11-16T00:00:00Z", midnight, Precision.SECOND))
    table = laid_out(*(row(sent("K", "4.1"), taken=time, id_=str(place)) for place, time in enumerate(times)))

    assert len(table.columns) == 2


def test_two_values_of_one_series_at_one_time_have_two_columns_and_neither_is_chosen() -> None:
    table = laid_out(row(sent("K", "4.1"), sent("NA", "140")), row(sent("K", "4.9"), sent("HB", "120", "g/L"), id_="8"))

    assert [(column.turn, column.turns) for column in table.columns] == [(1, 2), (2, 2)]
    assert numbers(table) == {"Haemoglobin": {1: "120"}, "Sodium": {0: "140"}, "Potassium": {0: "4.1", 1: "4.9"}}


def test_three_identical_codes_in_one_report_have_three_columns() -> None:
    table = laid_out(row(sent("K", "4.1"), sent("K", "4.2"), sent("K", "4.3")))

    assert [column.turn for column in table.columns] == [1, 2, 3]


# ── Lines and blocks ──


def test_blocks_stand_in_the_catalogues_order_and_what_nobody_signed_for_stands_last() -> None:
    table = laid_out(row(sent("??", "1"), sent("K", "4.1"), sent("HB", "120", "g/L")))

    assert [block.group.name if block.group else NOT_MAPPED for block in table.blocks] == [
        "Full blood count",
        "U&E",
        NOT_MAPPED,
    ]


def test_a_block_names_the_reports_that_its_cells_come_from_by_column() -> None:
    first, second = row(sent("K", "4.1")), row(sent("NA", "140"), id_="8")
    (block,) = laid_out(first, second).blocks

    assert block.reports == {0: (first, second)}


def test_what_was_cancelled_stands_at_its_time_with_its_reason() -> None:
    reason = replace(sent("U&E", "0"), value=Absent("Insufficient sample."))
    cancelled = row(reason, id_="8", taken=TUESDAY, status=Status.CANCELLED)
    table = laid_out(row(sent("K", "4.1")), cancelled)

    assert {place: [one.row for one in its] for place, its in table.not_given.items()} == {1: [cancelled]}
    assert table.left == table.rows == ()


def test_a_cancelled_report_without_any_result_is_not_lost() -> None:
    cancelled = row(status=Status.CANCELLED)
    table = laid_out(cancelled)

    assert [one.row for one in table.not_given[0]] == [cancelled]
    assert table.rows == ()


# ── Change ──


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ("4.1", "4.9", "+0.8"),
        ("4.9", "4.1", "-0.8"),
        ("4.10", "4.1", "+0.00"),
        ("0.1", "0.30", "+0.20"),
        ("12345678901234567890.1", "0.0000000000000000000001", "-12345678901234567890.0999999999999999999999"),
    ],
)
def test_a_change_is_the_exact_difference(before: str, now: str, said: str) -> None:
    table = laid_out(row(sent("K", before)), row(sent("K", now), taken=TUESDAY, id_="8"))

    assert changes(table) == ["", said]


def test_a_change_that_crosses_laboratories_says_so() -> None:
    table = laid_out(row(sent("K", "4.1")), row(sent("K", "4.9"), taken=TUESDAY, trust=ROTHERHAM))

    assert changes(table) == ["", "+0.8 elsewhere"]


@pytest.mark.parametrize("bound", [Amount("4.1", "<", "mmol/L"), Amount("4e1", unit="mmol/L"), Words("4.1")])
def test_a_bound_or_words_has_no_change_nor_has_the_value_after_it(bound: Amount | Words) -> None:
    rows = [row(sent("K", "3.9"), id_="1", taken=a_time("2026-11-15T08:00:00Z")), row(sent("K", "4.9"), taken=TUESDAY)]
    between = row(replace(sent("K", "4.1"), value=bound), id_="8")

    with_it = [cell for cell in changes(laid_out(*rows, between)) if cell]

    assert with_it == ([] if isinstance(bound, Amount) else ["+1.0"])  # words stand in a row of their own


@pytest.mark.parametrize("status", [Status.ENTERED_IN_ERROR, Status.CANCELLED])
def test_what_was_withdrawn_is_no_value_to_change_from(status: Status) -> None:
    older = row(sent("K", "4.0"), id_="1", taken=a_time("2026-11-15T08:00:00Z"))
    withdrawn = row(sent("K", "9.9"), id_="2", status=status)
    table = laid_out(older, withdrawn, row(sent("K", "4.5"), taken=TUESDAY))

    assert changes(table) == ["", "", "+0.5"]


def test_no_change_is_said_where_the_order_is_not_known() -> None:
    day = When("2026-11-16", datetime(2026, 11, 16, tzinfo=UTC), Precision.DAY)
    same_day = laid_out(row(sent("K", "4.0"), taken=day), row(sent("K", "4.5"), id_="8"))
    same_time = laid_out(row(sent("K", "4.0")), row(sent("K", "4.5"), id_="8"))
    no_time = laid_out(row(sent("K", "4.0")), row(sent("K", "4.5"), id_="8", taken=None))

    assert [changes(table) for table in (same_day, same_time, no_time)] == [["", ""]] * 3


def test_no_change_is_said_without_a_unit() -> None:
    table = laid_out(row(sent("K", "4.0", "")), row(sent("K", "4.5", ""), taken=TUESDAY, id_="8"))

    assert changes(table) == ["", ""]


# ── What is chosen ──


def test_groups_that_are_not_chosen_are_named_as_hidden() -> None:
    table = laid_out(row(sent("K", "4.1"), sent("HB", "120", "g/L")), chosen=Chosen(frozenset({"u_and_e"})))

    assert numbers(table) == {"Potassium": {0: "4.1"}}
    assert [point.result.id for point in table.hidden.groups] == ["Observation/HB-120"]


def test_columns_before_the_newest_are_named_as_hidden_with_all_that_stands_in_them() -> None:
    absent = replace(sent("U&E", "0"), value=Absent("Haemolysed"))
    older = row(sent("K", "4.1"), absent)
    table = laid_out(older, row(sent("K", "4.2"), taken=TUESDAY, id_="8"), chosen=Chosen(most=1))

    assert numbers(table) == {"Potassium": {0: "4.2"}}
    assert (table.hidden.columns, len(table.hidden.earlier)) == (1, 2)


def test_what_is_older_than_chosen_is_named_as_hidden() -> None:
    table = laid_out(
        row(sent("K", "4.1")),
        row(sent("K", "4.2"), taken=None, id_="8"),
        chosen=Chosen(is_older=lambda taken: taken is not None),
    )

    assert numbers(table) == {"Potassium": {0: "4.2"}}
    assert len(table.hidden.older) == 1


# ── Law 2 ──

VALUES = st.sampled_from(
    [Amount("4.4", unit="mmol/L"), Amount("1", "<", "g/L"), Words("Seen"), Absent("Haemolysed"), NoValue()]
)
SENT_CODES = st.sampled_from([(), *[(Code(LOCAL, code),) for code in ("K", "NA", "HB", "??")]])
TIMES = st.sampled_from([None, MONDAY, TUESDAY, When("2026-11", datetime(2026, 11, 1, tzinfo=UTC), Precision.MONTH)])


@st.composite
def rows_of_any_kind(draw: st.DrawFn) -> list[Row]:
    def result(number: int, members: tuple[Result | Unreadable, ...] = ()) -> Result:
        value, codes = draw(VALUES), draw(SENT_CODES)
        return replace(a_result(id_=str(number)), value=value, codes=codes, members=members, taken=draw(TIMES))

    made = []
    for place in range(draw(st.integers(0, 5))):
        broken = Unreadable(SHEFFIELD, "Observation", f"broken{place}", "it is torn")
        members = (result(1), broken) if draw(st.booleans()) else ()
        results = (result(2, members), result(3), result(4)) if draw(st.booleans()) else ()
        fields = {"kind": draw(st.sampled_from([Kind.LABORATORY, Kind.RADIOLOGY])), "status": draw(STATUSES)}
        trust = draw(st.sampled_from(TRUSTS))
        made.append(row(*results, id_=str(place), taken=draw(TIMES), trust=trust, **fields))
    return made


STATUSES = st.sampled_from([Status.FINAL, Status.CANCELLED, Status.ENTERED_IN_ERROR])
CHOICES = st.builds(
    Chosen,
    st.sets(st.sampled_from(["u_and_e", "blood_count", NOT_MAPPED])).map(frozenset),
    st.sampled_from([None, lambda taken: taken == MONDAY]),
    st.integers(0, 3),
)


def leaves(of: Row) -> list[tuple[str, str]]:
    waiting, found = list(of.report.results), []
    for one in waiting:
        if isinstance(one, Unreadable):
            found.append((of.key, one.id))
        else:
            found.extend([(of.key, one.id)] if not isinstance(one.value, NoValue) else [])
            waiting.extend(one.members)
    return found


def everything_in(table: Table) -> Counter[tuple[str, str]]:
    cells = [cell.point for block in table.blocks for line in block.lines for cell in line.cells.values()]
    hidden = (*table.hidden.groups, *table.hidden.older, *table.hidden.earlier)
    not_given = [one for its in table.not_given.values() for one in its]
    named = [(one.row.key, one.result.id) for one in (*cells, *hidden, *not_given) if one.result]
    return Counter([*named, *((row.key, one.id) for row, one in table.left)])


@given(rows_of_any_kind(), CHOICES)
def test_every_result_is_in_one_cell_or_listed_or_hidden_by_name_law_2(rows: list[Row], chosen: Chosen) -> None:
    table = laid_out(*rows, chosen=chosen)

    laboratory = [one for one in rows if one.report.kind is Kind.LABORATORY]
    assert everything_in(table) == Counter(leaf for one in laboratory for leaf in leaves(one))
    not_given = [one for its in table.not_given.values() for one in its]
    hidden = (*table.hidden.groups, *table.hidden.older, *table.hidden.earlier)
    reports = {key for key, _ in everything_in(table)} | {one.row.key for one in (*not_given, *hidden)}
    assert reports | {one.key for one in table.rows} == {one.key for one in rows}


@given(rows_of_any_kind(), CHOICES, st.randoms())
def test_the_table_is_the_same_whatever_order_the_rows_come_in(rows: list[Row], chosen: Chosen, chance: object) -> None:
    table = laid_out(*rows, chosen=chosen)

    chance.shuffle(rows)  # type: ignore[attr-defined]

    assert laid_out(*rows, chosen=chosen) == table
