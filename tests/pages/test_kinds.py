"""Each kind of report stands as its reader expects it, in the laboratory's own words, letters and times."""

import html
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.answer import Kind
from tests.pages.builders import BARNSLEY, MID_YORKSHIRE, ROTHERHAM, TRUSTS, a_report, a_result, at, changed, opened
from tests.reading import Element, read
from viewer.clinical.imaging import Alert, Imaging
from viewer.clinical.report import (
    Absent,
    Addendum,
    Code,
    Flag,
    NoValue,
    Precision,
    Report,
    Result,
    SentFlag,
    Status,
    Study,
    Unreadable,
    When,
    Words,
)
from viewer.clinical.timeline import Row
from viewer.pages.prose_html import columns_html, prose_html
from viewer.pages.rows import row_writer

UID = "2.25.329800735698586629295641978511506172918"
IMAGING = Imaging(
    {"SIG-UNEXP": Alert.UNEXPECTED, "CANCER": Alert.CANCER}, {"rotherham": "https://pacs.example/{study_uid}"}
)
WRITE = row_writer(TRUSTS, IMAGING)


def shown(report: Report, **changes: object) -> Element:
    return read(str(WRITE(changed(Row(report), **changes), opened()).html))


def a_culture(*results: Result, **changes: object) -> Report:
    return a_report(MID_YORKSHIRE, "1", "Urine culture", "2026-11-18 09:20", "2026-11-20 14:12", *results, **changes)


def drug(name: str, letter: str, said: str = "", **changes: object) -> Result:
    return a_result(name, Words(said or letter), "", letter, id=f"Observation/{name}-{letter}-{said}", **changes)


def organism(name: str, *members: Result | Unreadable) -> Result:
    return a_result("Organism", Words(name), members=members)


# ── Microbiology ─────────────────────────────────────────────────────────────────────────────────

TWO = (
    organism("E. coli", a_result("Growth", Words(">10^5")), drug("Gentamicin", "S"), drug("Amoxicillin", "R")),
    organism("P. aeruginosa", drug("Gentamicin", "I", "Susceptible, increased exposure")),
)


def test_organisms_stand_side_by_side_with_the_letter_and_the_word_of_each_antibiotic() -> None:
    table = shown(a_culture(*TWO)).one("table", "culture")

    heads = [one.said for one in table.all("th", scope="col")]
    lines = [[cell.said for cell in row.children if isinstance(cell, Element)] for row in table.all("tr")[1:]]
    assert heads == ["Antibiotic", "E. coli", "Organism P. aeruginosa"]
    assert lines == [
        ["Gentamicin", "Gentamicin S S susceptible", "Gentamicin Susceptible, increased exposure I intermediate"],
        ["Amoxicillin", "Amoxicillin R R resistant", "none sent"],
    ]


def test_the_table_says_what_i_means_where_an_i_stands_in_it_and_nowhere_else() -> None:
    assert "EUCAST" in shown(a_culture(*TWO)).said
    assert "EUCAST" not in shown(a_culture(TWO[0])).said


def test_what_else_was_sent_of_an_organism_stays_with_it() -> None:
    row = shown(a_culture(*TWO))

    (line,) = [one for one in row.all("li", "result") if "E. coli" in one.said]
    assert "Growth >10^5" in line.said
    assert "Gentamicin" not in line.said


def test_a_cell_says_all_that_its_line_would_say() -> None:
    odd = drug("Gentamicin", "S", notes=("Synergy only.",), status=Status.PRELIMINARY, method="Disk")

    cell = shown(a_culture(organism("E. coli", odd))).one("td").one("div", "result")

    for words in ("Preliminary", "method: Disk", "Laboratory: “Synergy only.”"):
        assert words in cell.said


def test_an_antibiotic_with_findings_of_its_own_is_in_the_table_with_them() -> None:
    mic = a_result("MIC", "4", "mg/L", "R")
    whole = changed(drug("Ciprofloxacin", "R"), members=(mic, Unreadable(MID_YORKSHIRE, "Observation", "9", "no code")))

    row = shown(a_culture(organism("E. coli", drug("Amoxicillin", "S"), whole)))

    _, line = row.one("table", "culture").one("tbody").all("tr")
    assert line.one("th").said == "Ciprofloxacin"
    for said in ("R R resistant", "MIC 4 R resistant mg/L", "Observation 9 from Mid Yorkshire could not be read"):
        assert said in line.one("td").said


@pytest.mark.parametrize(
    "other",
    [
        a_result("Ciprofloxacin", Words("R")),
        changed(a_result("Ciprofloxacin", Words("NS")), flags=(SentFlag(Flag.OTHER, "NS"),)),
        Unreadable(MID_YORKSHIRE, "Observation", "9", "its value is a list", name="Ciprofloxacin"),
        a_result("Ciprofloxacin", Words("Resistant"), members=(drug("MIC", "R"),)),
    ],
    ids=["a-letter-as-its-value", "another-letter", "unreadable", "flagged-in-its-member"],
)
def test_none_sent_is_not_said_of_an_isolate_that_something_else_was_sent_of(other: Result | Unreadable) -> None:
    isolates = (
        organism("E. coli", drug("Amoxicillin", "S"), other),
        organism("P. aeruginosa", drug("Ciprofloxacin", "S")),
    )

    table = shown(a_culture(*isolates)).one("table", "culture")

    (line,) = [one for one in table.one("tbody").all("tr") if one.one("th").said == "Ciprofloxacin"]
    assert line.one("td", data_label="E. coli").said == "not in this column"
    assert "none sent" not in [one.said for one in table.all("td", data_label="E. coli")]


def test_a_group_within_an_organism_is_named_with_it_and_never_as_an_organism() -> None:
    inner = a_result("Ciprofloxacin", Words("Resistant"), members=(drug("MIC", "R"),))

    table = shown(a_culture(organism("E. coli", drug("Amoxicillin", "S"), inner))).one("table", "culture")

    assert [one.said for one in table.all("th", scope="col")] == [
        "Antibiotic", "Organism E. coli", "E. coli Ciprofloxacin Resistant",
    ]  # fmt: skip
    assert table.all("td", data_label="Resistant") == []


def test_two_isolates_of_one_name_are_told_apart() -> None:
    row = shown(a_culture(organism("E. coli", drug("A", "S")), organism("E. coli", drug("A", "R"))))

    assert [cell.attributes["data-label"] for cell in row.all("td")] == ["E. coli, 1 of 2", "E. coli, 2 of 2"]


def test_a_letter_without_a_value_is_shown_with_the_word_that_no_value_was_sent() -> None:
    bare = a_result("Ampicillin", Absent(""), "", "R", id="Observation/a")

    said = shown(a_culture(organism("S. aureus", bare))).one("td").said

    assert "R resistant" in said
    assert "no value sent, and no reason" in said


def test_a_preliminary_version_is_named_as_such_with_its_time_and_what_it_said() -> None:
    before = a_culture(a_result("Gram film", Words("Gram negative bacilli")), status=Status.PRELIMINARY)

    row = shown(changed(a_culture(*TWO), issued=at("2026-11-21 10:00")), earlier=(before,))

    assert "1 earlier version: preliminary, issued 20-Nov-2026 14:12" in row.said
    assert "no longer in the report: Gram film Gram negative bacilli" in row.said


def test_a_corrected_susceptibility_stands_with_the_one_it_replaces() -> None:
    before, now = (a_culture(organism("E. coli", drug("Gentamicin", letter))) for letter in "RS")

    cell = shown(changed(now, status=Status.CORRECTED), earlier=(before,)).one("td")

    assert "was R R resistant, issued 20-Nov-2026 14:12" in cell.said
    assert cell.one("s")


# ── Texts ────────────────────────────────────────────────────────────────────────────────────────

BLOCK = """WOUND SWAB

CULTURE
  1) S. aureus      Scanty

SUSCEPTIBILITIES    1
  Flucloxacillin    S
  Clarithromycin    R"""


def test_a_block_of_text_keeps_its_lines_in_letters_of_one_width_and_every_character() -> None:
    value = shown(a_culture(a_result("Wound swab", Words(BLOCK)))).one("b", "value")

    assert value.text == BLOCK
    assert value.one("b", "heading").said == "CULTURE"
    assert value.one("span", "fixed").text == BLOCK[BLOCK.index("  1)") :]


def test_sections_sent_as_findings_stand_under_their_names_as_headings() -> None:
    long = "Four cores of pale tissue, the longest 17 mm. All embedded, one block, and levels were cut."

    row = shown(a_culture(a_result("Clinical details", Words("Lump.")), a_result("Macroscopy", Words(long))))

    assert [one.said for one in row.all("span", role="heading")] == ["Clinical details", "Macroscopy"]


def test_short_answers_in_words_stand_beside_their_names() -> None:
    row = shown(a_culture(a_result("Rubella IgG", Words("Immune"))))

    assert row.all("span", role="heading") == []
    assert "Rubella IgG Immune" in row.said


texts = st.text(st.sampled_from("aB<&\"' \t\n\r.:") | st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]))


@given(texts)
def test_a_text_is_the_same_characters_on_the_page_law_5(sent: str) -> None:
    for written in (prose_html(sent), columns_html(sent)):
        assert html.unescape(re.sub(r"</?(?:b|span)\b[^>]*>", "", written)) == sent


def test_a_value_and_its_code_that_say_two_things_are_both_said() -> None:
    """A text "Detected" that is coded as "Not detected" is a danger whichever of them is right."""
    contradicted = Words("Detected", (Code("http://snomed.info/sct", "260415000", "Not detected"),))
    agreed = Words("Detected", (Code("http://snomed.info/sct", "260373001", "detected"),))

    assert "Detected coded as “Not detected”" in shown(a_culture(a_result("PCR", contradicted))).said
    assert "coded as" not in shown(a_culture(a_result("PCR", agreed))).said


# ── Times ────────────────────────────────────────────────────────────────────────────────────────


def test_a_glucose_tolerance_shows_each_time_and_says_that_the_minutes_are_worked_out() -> None:
    three = [
        a_result("Glucose", number, "mmol/L", id=f"Observation/{number}", taken=at(f"2026-11-20 {clock}"))
        for clock, number in (("09:00", "5.0"), ("10:02", "9.8"), ("11:01", "8.7"))
    ]

    row = shown(a_report(BARNSLEY, "1", "OGTT", "2026-11-20 09:00", "2026-11-20 13:00", *three))

    lines = [one.one("p", "own").said for one in row.all("li", "result")]
    assert lines == [
        "taken 20-Nov-2026 09:00; the first of these",
        "taken 20-Nov-2026 10:02; 62 min after the first (worked out from the times sent)",
        "taken 20-Nov-2026 11:01; 121 min after the first (worked out from the times sent)",
    ]


def test_a_result_with_a_time_of_its_own_says_its_specimens_too() -> None:
    glucose = a_result("Glucose", "9.8", taken=at("2026-11-20 09:00"), effective=at("2026-11-20 10:00"))

    row = shown(a_report(BARNSLEY, "1", "Glucose", "2026-11-20 09:00", "2026-11-20 13:00", glucose))

    assert "taken 20-Nov-2026 10:00; its specimen collected 20-Nov-2026 09:00" in row.said


GAS = (Code("http://terminology.hl7.org/CodeSystem/v2-0074", "BG", "Blood Gases"),)


def test_a_gas_says_that_it_was_measured_beside_the_patient() -> None:
    gas = a_report(
        ROTHERHAM, "1", "Blood gas", "2026-11-20 22:44", "2026-11-20 22:47", a_result("pH", "7.31"), categories=GAS,
        performers=("Rotherham: Point of care",),
    )  # fmt: skip

    assert "22:44" in shown(gas).one("span", "taken").said
    assert "Point of care pH 7.31" in shown(gas).said
    assert "Point of care" not in shown(changed(gas, performers=())).said


def test_a_gas_without_a_time_of_day_says_so() -> None:
    a_day = When("2026-11-20", at("2026-11-20 00:00").instant, Precision.DAY)
    gas = a_report(ROTHERHAM, "1", "Gas", "", "2026-11-20 22:47", a_result("pH", "7.31"), categories=GAS)
    gas = changed(gas, taken=a_day)

    assert "Blood gas without a time of day: none was sent." in shown(gas).said
    assert "without a time of day" not in shown(changed(gas, categories=())).said


# ── Radiology ────────────────────────────────────────────────────────────────────────────────────


def a_scan(**changes: object) -> Report:
    study = Study("ImagingStudy/1", "CT aorta", Status.FINAL, modalities=("CT",), body_sites=("Thorax",), uid=UID)
    made = a_report(ROTHERHAM, "1", "CT aorta", "2026-11-20 23:20", "2026-11-20 23:58", kind=Kind.RADIOLOGY)
    return changed(made, **{"conclusion": "No dissection.", "studies": (study,)} | changes)


def test_an_alert_stands_in_a_box_before_everything_else() -> None:
    added = (Addendum("9 mm nodule.", at("2026-11-21 02:05"), "Dr P Oyelaran"),)

    row = shown(a_scan(conclusion_codes=(Code("", "SIG-UNEXP"),), addenda=added))

    box = row.one("p", "alert")
    assert box.said == "◆ SIGNIFICANT UNEXPECTED marked “SIG-UNEXP” in the report"
    assert row.said.index(box.said) < row.said.index("ADDENDUM 21-Nov-2026 02:05 Dr P Oyelaran")
    assert row.said.index("ADDENDUM") < row.said.index("No dissection.")
    assert "data-flagged" in row.one("li", "row").attributes


def test_a_code_that_is_no_alert_is_shown_as_it_was_sent() -> None:
    row = shown(a_scan(conclusion_codes=(Code("local", "N1", "Normal for age"), Code("", "CANCER"))))

    assert "conclusion coded as: Normal for age" in row.said
    assert row.one("p", "alert").said == "◆ CANCER marked so in the report"


def test_an_alert_of_a_withdrawn_report_is_not_raised() -> None:
    assert shown(a_scan(conclusion="CANCER", status=Status.ENTERED_IN_ERROR)).all("p", "alert") == []


def test_a_report_is_read_in_the_sections_that_stand_in_it() -> None:
    text = "FINDINGS\nNo dissection.\n\nCONCLUSION:\nNormal. FINDINGS above."

    prose = shown(a_scan(conclusion=text, performers=("Dr H Lindqvist",))).one("p", "prose")

    assert [one.said for one in prose.all("b", role="heading")] == ["FINDINGS", "CONCLUSION:"]
    assert prose.text == f"Dr H Lindqvist: {text}"


def test_images_are_linked_at_their_trust_in_a_new_tab_that_is_told_nothing() -> None:
    link = shown(a_scan()).one("a", "images").attributes

    assert link["href"] == f"https://pacs.example/{UID}"
    assert link["target"] == "_blank"
    assert set(link["rel"].split()) == {"noopener", "noreferrer"}


@pytest.mark.parametrize("other", [{"trust": BARNSLEY}, {"studies": (Study("1", "CT", Status.FINAL),)}])
def test_there_is_no_link_where_a_trust_or_a_study_gives_no_address(other: dict[str, object]) -> None:
    assert shown(a_scan(**other)).all("a", "images") == []


def test_what_was_imaged_is_said_with_its_modality_in_words() -> None:
    assert "Imaged: CT; Thorax" in shown(a_scan()).said
    xray = Study("ImagingStudy/2", "CT aorta", Status.REGISTERED, modalities=("DX", "ZZ"))
    assert "○ Imaged, not yet reported: X-ray (DX), ZZ" in shown(a_scan(conclusion="", studies=(xray,))).said


# ── What was withdrawn, cancelled or never there ─────────────────────────────────────────────────


def test_a_result_entered_in_error_is_struck_and_said_to_be() -> None:
    wrong = a_result("Potassium", "9.9", "mmol/L", status=Status.ENTERED_IN_ERROR)

    line = shown(a_culture(wrong)).one("li", "error")

    assert "9.9" in line.said
    assert "Entered in error" in line.said


def test_every_flag_we_know_has_words_beside_its_letters() -> None:
    for flag in (Flag.RESISTANT, Flag.INTERMEDIATE, Flag.SUSCEPTIBLE, Flag.POSITIVE, Flag.NEGATIVE):
        result = replace(a_result("PCR", Words("Seen")), flags=(SentFlag(flag, flag.value),))

        assert len(shown(a_culture(result)).one("span", "flag").said) > 2


def test_a_group_without_a_value_that_is_only_a_column_keeps_its_own_words() -> None:
    panel = a_result("Broth dilution", NoValue(), members=(drug("Oxacillin", "S"),), notes=("24 h.",), method="Broth")
    other = a_result("Growth", Words("Scanty"))

    row = shown(a_culture(panel, other))

    (column,) = [one for one in row.all("th", scope="col") if "Broth dilution" in one.said]
    assert "Laboratory: “24 h.”" in column.said
    assert "method: Broth" in column.said
