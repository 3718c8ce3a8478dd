"""A cell of the cumulative table says its value, flag, range, status and change as they were sent, and never less."""

from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import a_time
from tests.cumulative_reading import columns, filled, line_of, lines
from tests.pages.builders import CHESTERFIELD, ROTHERHAM, TEACHING, a_report, a_result, changed, opened
from tests.reading import Element, read
from viewer.clinical.analyte import Analyte, Catalogue, CodeMap, Conversion, Group, Meaning
from viewer.clinical.cumulative import Change, Chosen, Table, lay_out_cumulative
from viewer.clinical.report import (
    Absent,
    Amount,
    Code,
    Flag,
    NoValue,
    Range,
    Result,
    SentFlag,
    Specimen,
    Status,
    TakenFrom,
    Words,
)
from viewer.clinical.row import Row
from viewer.clinical.series import gather
from viewer.pages import words
from viewer.pages.cumulative import NEWEST, Choice, is_older
from viewer.pages.cumulative_html import table_html
from viewer.pages.cumulative_words import called, change, earlier, signers

# ── A cell ──

LOCAL = "https://trust.example/code"
CATALOGUE = Catalogue((Group("u_and_e", "U&E"),), {"potassium": Analyte("potassium", "Potassium", "u_and_e")})
MEANS = {(LOCAL, "K"): Meaning("potassium", "serum")}
MAPS = {trust.name: CodeMap(trust.name, MEANS) for trust in (TEACHING, ROTHERHAM, CHESTERFIELD)}
K = (Code(LOCAL, "K"),)


def potassium(value: Any = "4.1", unit: str = "mmol/L", **fields: Any) -> Result:
    return changed(a_result("Potassium as sent", value, unit), codes=K, **fields)


def a_row(*results: Result, trust: Any = TEACHING, at: str = "2026-11-20 08:00", id_: str = "7", **fields: Any) -> Row:
    return Row(a_report(trust, id_, "U&E", at, "2026-11-20 10:00", *results, **fields))


def written(*rows: Row, maps: Any = None) -> tuple[Element, list[Element]]:
    """The table of these rows, and the notes below it."""
    made = table_html(the_table(*rows, maps=maps), opened())
    return read(made.html), [read(note) for note in made.notes]


def the_table(*rows: Row, maps: Any = None) -> Table:
    return lay_out_cumulative(gather(rows, CATALOGUE, maps or MAPS), CATALOGUE, Chosen())


def the_cell(*rows: Row, maps: Any = None) -> Element:
    ((_, cell),) = filled(written(*rows, maps=maps)[0])
    return cell


TEXT = st.text("ab<&\"'é<5 ", min_size=1, max_size=12).map(str.strip).filter(bool)
AMOUNTS = st.builds(
    Amount, st.from_regex(r"-?[0-9]{1,7}(\.[0-9]{1,6})?", fullmatch=True), st.sampled_from(["", "<", "<=", ">", ">="]),
    st.sampled_from(["mmol/L", "", "<script>", "10*9/L"]),
)  # fmt: skip
RANGES = st.lists(st.builds(Range, AMOUNTS, AMOUNTS, TEXT | st.just(""), TEXT | st.just("")), max_size=2).map(tuple)
FLAGS = st.lists(st.builds(SentFlag, st.sampled_from(list(Flag)), TEXT), max_size=2).map(tuple)


@given(AMOUNTS, RANGES, FLAGS)
def test_a_number_its_unit_its_range_and_its_flag_are_character_for_character_what_was_sent_law_5(
    value: Amount, ranges: tuple[Range, ...], flags: tuple[SentFlag, ...]
) -> None:
    root, _ = written(a_row(potassium(value, ranges=ranges, flags=flags)))
    ((_, cell),) = filled(root)
    ((heading, _),) = list(lines(root))

    assert cell.all("b")[0].text == value.comparator + value.number
    assert (value.unit or "no unit") in unescape(heading)
    assert words.ranges(ranges, value) in cell.all("small")[0].text
    assert ("no flag" in cell.text) == (not flags or any(one.flag is Flag.UNSTATED for one in flags))
    for one in flags:
        assert words.flag(one).letters in cell.text


@given(TEXT)
def test_words_comments_and_reasons_stand_whole_as_sent_law_5(said: str) -> None:
    root, notes = written(a_row(potassium(Words(said), notes=(said,))))
    absent = the_cell(a_row(potassium(Absent(said))))

    assert filled(root)[0][1].one("b", "said").text == said
    assert f"“{said}”" in notes[0].text
    assert absent.one("b", "said").text == said
    assert "lack" in absent.attributes["class"]


def test_no_flag_is_said_and_never_looks_like_normal() -> None:
    cell = the_cell(a_row(potassium()))

    assert cell.said == "4.1 no range, no flag"


def test_a_number_stays_in_one_piece_says_where_its_point_is_and_is_padded_with_nothing() -> None:
    root, _ = written(a_row(potassium("139"), id_="1"), a_row(potassium("4.10"), id_="2", at="2026-11-21 08:00"))

    assert [cell.all("i") for _, cell in filled(root)] == [[], []]
    assert [cell.one("b", "n3").text for _, cell in filled(root)[:1]] == ["139"]
    assert [cell.one("b", "n1").text for _, cell in filled(root)[1:]] == ["4.10"]


def test_a_unit_that_is_spelt_otherwise_than_in_the_heading_stands_in_the_cell() -> None:
    maps = {TEACHING.name: CodeMap(TEACHING.name, MEANS, {"mmol/l": "mmol/L"})}
    root, _ = written(
        a_row(potassium(unit="mmol/l"), id_="1"), a_row(potassium(), id_="2", at="2026-11-21 08:00"), maps=maps
    )

    assert [cell.one("small").said for _, cell in filled(root)[:1]] == ["mmol/l, no range, no flag"]
    assert "mmol/l" not in filled(root)[1][1].said


def test_what_was_entered_in_error_leaves_a_tombstone_and_no_value() -> None:
    for row in (a_row(potassium("9.9"), status=Status.ENTERED_IN_ERROR),
                a_row(potassium("9.9", status=Status.ENTERED_IN_ERROR))):  # fmt: skip
        root, notes = written(row)

        ((_, cell),) = filled(root)
        assert cell.said == "✕ Entered in error"
        assert "9.9" not in root.text + "".join(note.text for note in notes)


def test_a_reason_that_was_entered_in_error_is_withdrawn_with_its_report() -> None:
    unknown = changed(a_result("U&E", Absent("Wrong patient's tube")), codes=(Code(LOCAL, "U&E"),))

    (cell,) = line_of(written(a_row(unknown, status=Status.ENTERED_IN_ERROR))[0], "Not given")

    assert "✕ Entered in error" in cell.said
    assert "Wrong patient" not in cell.text


def test_a_cancelled_value_that_was_sent_all_the_same_is_shown_as_cancelled() -> None:
    cell = the_cell(a_row(potassium("4.1"), status=Status.CANCELLED))

    assert cell.said == "4.1 no range, no flag, Cancelled"
    assert cell.attributes["class"] == "lack"


def test_a_change_is_said_as_a_fact_and_says_when_it_crosses_laboratories() -> None:
    root, _ = written(
        a_row(potassium("5.9"), id_="1"),
        a_row(potassium("5.1"), id_="2", at="2026-11-21 08:00"),
        a_row(potassium("5.7"), id_="3", at="2026-11-22 08:00", trust=ROTHERHAM),
        a_row(potassium("5.70"), id_="4", at="2026-11-23 08:00", trust=ROTHERHAM),
    )

    said = ["".join(cell.said.partition("change")[1:]) for _, cell in filled(root)]
    assert said == ["", "change −0.8", "change +0.6, other lab", "change 0.00"]


def test_neighbours_of_two_laboratories_are_marked_in_words_and_by_a_rule() -> None:
    root, _ = written(
        a_row(potassium(), id_="1"),
        a_row(potassium(), id_="2", at="2026-11-21 08:00"),
        a_row(potassium(), id_="3", at="2026-11-22 08:00", trust=ROTHERHAM),
    )

    assert [column.all("small")[0].said if column.all("small") else "" for column in columns(root)] == [
        "",
        "= same laboratory",
        "≠ other laboratory",
    ]
    assert [column.attributes.get("class", "") for column in columns(root)] == ["", "", "other"]
    assert [column.attributes.get("class", "") for column in root.all("col")] == ["", "", "", "other"]


def test_a_status_that_its_report_does_not_say_is_said_in_the_cell() -> None:
    assert "Preliminary" in the_cell(a_row(potassium(status=Status.PRELIMINARY))).said


def test_a_report_that_stands_at_another_time_than_its_specimens_says_which() -> None:
    issued = a_row(potassium(), taken_from=TakenFrom.ISSUED)

    assert "time issued; time taken not sent" in written(issued)[0].one("tr", "head").said


def test_two_reports_of_one_time_are_told_apart_by_letters() -> None:
    maps = {TEACHING.name: CodeMap(TEACHING.name, {**MEANS, (LOCAL, "X"): Meaning("potassium", "plasma")})}
    other = changed(potassium("4.4"), codes=(Code(LOCAL, "X"),))
    root, _ = written(a_row(potassium(), id_="1"), a_row(other, id_="2", status=Status.PRELIMINARY), maps=maps)

    assert "a: Final" in root.one("tr", "head").said
    assert "b: Preliminary" in root.one("tr", "head").said
    assert [cell.said.partition("report ")[2] for _, cell in filled(root)] == ["b", "a"]


def test_rows_that_would_look_alike_say_what_tells_them_apart() -> None:
    of_urine = a_row(potassium("40"), id_="2", specimens=(Specimen("Specimen/1", "Urine"),))
    of_gas = a_row(potassium("4.4", method="Gas electrode"), id_="3")
    root, _ = written(a_row(potassium(), id_="1"), of_urine, of_gas)

    headings = sorted(heading.removesuffix(" Trend") for heading, _ in lines(root))
    assert headings == [
        "Potassium mmol/L, Urine, method not sent",
        "Potassium mmol/L, serum, method not sent",
        "Potassium mmol/L, serum, method: Gas electrode",
    ]


def test_what_no_map_speaks_of_stands_last_as_not_mapped_with_its_code_and_trust() -> None:
    unknown = changed(a_result("Serum rhubarb", "7", "g/L"), codes=(Code(LOCAL, "RHU"),))
    root, _ = written(a_row(potassium(), unknown))

    last = root.all("tbody")[-1]
    assert last.attributes["data-group"] == "-"
    assert "Not mapped" in last.said
    assert last.one("a", href="/codes").said == "Codes"
    assert last.one("th", scope="row").said.startswith("Serum rhubarb g/L, code RHU, Sheffield Teaching")


def test_a_conversion_is_declared_where_it_stands_with_what_was_sent_and_who_signed_it() -> None:
    conversion = Conversion("potassium", "g/dL", "g/L", Decimal(10), "3")
    signed = CodeMap(TEACHING.name, MEANS, {"g/dL": "g/dL"}, conversions=(conversion,), signed_by="Dr Ames")
    root, notes = written(a_row(potassium("10.9", "g/dL")), maps={TEACHING.name: signed})

    ((_, cell),) = filled(root)
    assert cell.all("b")[0].text == "109"
    assert "converted, sent as 10.9 g/dL" in cell.said
    assert "Dr Ames" in notes[0].said
    assert "clause 3" in notes[0].said


def test_comments_of_a_report_are_whole_in_a_note_that_each_of_its_lanes_leads_to() -> None:
    _, notes = written(a_row(potassium(), notes=("AKI 2 alert",), conclusion="See nephrology."))

    assert [note.said for note in notes] == [
        "U&E, Sheffield Teaching, 20-Nov-2026 08:00: Laboratory: “AKI 2 alert” See nephrology. back"
    ]


def test_a_comment_on_a_group_stands_once_in_a_note_that_each_of_its_members_leads_to() -> None:
    members = (potassium(), potassium("5.1"))
    group = changed(a_result("U&E", NoValue()), members=members, notes=("Haemolysed, K unreliable",))

    table, notes = written(a_row(group))

    assert [note.said for note in notes] == [
        "U&E, Sheffield Teaching, 20-Nov-2026 08:00: Laboratory, of U&E as a whole: “Haemolysed, K unreliable” back"
    ]
    assert [ref.attributes["href"] for _, cell in filled(table) for ref in cell.all("a", "ref")] == ["#note-1"] * 2
    assert len(table.all("a", id="at-1")) == 1


def test_what_a_group_takes_back_leaves_a_tombstone_in_the_cell_of_each_member() -> None:
    group = changed(a_result("U&E", NoValue()), members=(potassium(),), status=Status.ENTERED_IN_ERROR)

    assert the_cell(a_row(group)).said == "✕ Entered in error"


def test_a_row_that_we_fail_to_write_is_named_and_takes_nothing_with_it() -> None:
    broken = potassium(cast(Any, Amount("4.1", unit="mmol/L")), ranges=cast(Any, (object(),)), id="Observation/b")
    other = changed(a_result("Serum rhubarb", "7", "g/L"), codes=(Code(LOCAL, "RHU"),))

    root, _ = written(a_row(broken, other))

    assert "This row could not be written: our mistake" in line_of(root, "Potassium")[0].said
    assert line_of(root, "Serum rhubarb")[0].said.startswith("7")


def test_every_cell_has_a_heading_of_its_column_and_of_its_row() -> None:
    root, _ = written(a_row(potassium(), id_="1"), a_row(potassium(), id_="2", at="2026-11-21 08:00"))

    assert [one.attributes["scope"] for one in root.all("th")] == ["col", "col", "col", "rowgroup", "row"]
    assert root.one("caption").said.startswith("Results of every laboratory: 2 columns by time of specimen")
    assert {len(line.all("td")) for line in root.one("tbody").all("tr")} == {2}


def test_the_names_that_laboratories_sent_are_said_where_the_row_has_another() -> None:
    rows = [a_row(potassium(), id_="1"), a_row(potassium(), id_="2", trust=ROTHERHAM)]
    table = the_table(*rows, a_row(potassium(name="Potassium"), id_="3", trust=CHESTERFIELD))

    said = called(line.series for block in table.blocks for line in block.lines)

    assert said == (("Potassium", "“Potassium as sent” at Rotherham and Sheffield Teaching"),)


def test_whose_word_it_is_that_two_codes_are_one_test_is_said_with_its_day() -> None:
    signed = CodeMap("rotherham", signed_by="Dr Ames", signed_on=date(2026, 6, 30))

    assert signers({"rotherham": signed, "barnsley": CodeMap("barnsley")}, {"rotherham": "Rotherham"}) == (
        "Rotherham Dr Ames, 30-Jun-2026"
    )


# ── What is chosen ──


@pytest.mark.parametrize(
    ("taken", "older"), [("2026-11-18T08:00:00Z", True), ("2026-11-19T08:00:00Z", False), ("", False)]
)
def test_only_a_whole_day_that_is_too_old_is_too_old(taken: str, older: bool) -> None:
    assert is_older(a_time(taken) if taken else None, "2026-11-19") is older
    assert not is_older(a_time(taken) if taken else None, "")


def test_a_long_history_begins_with_its_newest_columns_and_says_how_many_are_before() -> None:
    rows = [
        a_row(potassium(), id_=f"{place:03d}", at=f"2026-{place // 28 + 1:02d}-{place % 28 + 1:02d} 08:00")
        for place in range(NEWEST + 3)
    ]
    table = lay_out_cumulative(gather(rows, CATALOGUE, MAPS), CATALOGUE, Choice().chosen(date(2026, 11, 21)))

    assert len(table.columns) == NEWEST
    assert earlier(table.hidden) == "3 earlier columns, 3 results"


@pytest.mark.parametrize("sign", ["+", "−"])
def test_a_change_keeps_every_digit_however_many_there_are_law_5(sign: str) -> None:
    digits = "0.1234567890123456789012345678901"

    assert (
        change(Change(Decimal(digits).copy_sign(Decimal(f"{sign}1".replace("−", "-"))), False))
        == f"change {sign}{digits}"
    )
