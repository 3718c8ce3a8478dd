"""A row says everything, in one order, and stands where its time puts it."""

import html
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.answer import Kind
from tests.pages.builders import (
    CHESTERFIELD,
    MID_YORKSHIRE,
    ROTHERHAM,
    TEACHING,
    TRUSTS,
    a_report,
    a_result,
    at,
    changed,
    opened,
    walters_rows,
)
from viewer.clinical.report import (
    Absent,
    Flag,
    NoValue,
    Precision,
    Report,
    Result,
    SentFlag,
    Specimen,
    Status,
    TakenFrom,
    Unreadable,
    When,
    Words,
)
from viewer.clinical.timeline import Row
from viewer.pages import words
from viewer.pages.rows import Written, by_day, report_address, report_wanted, row_writer

WRITE, OPENED = row_writer(TRUSTS), opened()


def written(report: Report, **changes: object) -> Written:
    return WRITE(changed(Row(report), **changes), OPENED)


def text(row: Written) -> str:
    return " ".join(row.html.striptags().split())


def a_blood(*results: Result | Unreadable, **changes: object) -> Report:
    return a_report(ROTHERHAM, "1", "U&E", "2026-11-20 22:41", "2026-11-20 23:05", *results, **changes)


def test_name_value_flag_unit_and_range_stand_in_this_order() -> None:
    row = written(a_blood(a_result("Potassium", "5.90", "mmol/L", "HI", "3.5–5.3")))

    assert "Potassium 5.90 ▲ HI mmol/L 3.5–5.3" in text(row)


def test_what_was_not_sent_is_said_not_to_have_been() -> None:
    row = written(a_blood(a_result("pH", "7.35")))

    assert "pH 7.35 no flag no unit no range" in text(row)


def test_a_row_carries_its_trust_its_report_and_its_results_for_tests_and_scripts() -> None:
    row = written(a_blood(a_result("Potassium", "5.9", "mmol/L", id="Observation/7#component-2")))

    assert 'data-trust="rotherham"' in row.html
    assert 'data-report="rotherham/DiagnosticReport/1"' in row.html
    assert 'data-result="Observation/7#component-2"' in row.html


@pytest.mark.parametrize("place", ["name", "value", "note", "title", "unit", "conclusion", "id"])
def test_nothing_a_trust_sends_can_become_markup(place: str) -> None:
    evil = '"><script>alert(1)</script>'
    report = a_blood(
        a_result(
            evil if place == "name" else "Potassium",
            Words(evil) if place == "value" else "5.9",
            evil if place == "unit" else "mmol/L",
            notes=(evil,) if place == "note" else (),
            id=evil if place == "id" else "Observation/1",
        ),
        conclusion=evil if place == "conclusion" else "",
    )

    row = written(changed(report, title=evil) if place == "title" else report)

    assert "<script" not in row.html
    assert "&lt;script&gt;" in row.html


def test_text_is_shown_whole_and_never_cleaned() -> None:
    row = written(a_blood(a_result("Haemoglobin", "104", "g/L", notes=("Hb<lower limit of range & falling",))))

    assert "Hb&lt;lower limit of range &amp; falling" in row.html


def test_a_corrected_value_stands_beside_the_one_it_replaces_with_both_times() -> None:
    before = a_blood(a_result("Potassium", "6.9", "mmol/L", "HI", "3.5–5.3"))
    now = changed(
        a_blood(a_result("Potassium", "5.9", "mmol/L", "HI", "3.5–5.3")),
        status=Status.CORRECTED,
        issued=at("2026-11-21 01:48"),
    )

    row = written(now, earlier=(before,))

    assert "Corrected 21-Nov-2026 01:48" in text(row)
    assert "was 6.9 mmol/L ▲ HI, issued 20-Nov-2026 23:05" in text(row)
    assert re.search(r"<s>6\.9 mmol/L .*?</s>", row.html)
    assert "1 earlier version" in text(row)


def test_what_an_earlier_version_said_and_this_one_does_not_is_not_lost() -> None:
    before = a_blood(a_result("Potassium", "6.9", "mmol/L"), a_result("Lactate", "4.0", "mmol/L"))

    row = written(a_blood(a_result("Potassium", "6.9", "mmol/L")), earlier=(before,))

    assert "no longer in the report: Lactate 4.0 mmol/L no flag, issued 20-Nov-2026 23:05" in text(row)


def test_a_result_that_cannot_be_read_is_named_where_it_belongs() -> None:
    row = written(a_blood(Unreadable(ROTHERHAM, "Observation", "99", "its value is 31 February")))

    assert "✕ Observation 99 from Rotherham could not be read: its value is 31 February" in text(row)


def test_an_absent_value_says_its_reason() -> None:
    row = written(a_blood(a_result("Potassium", Absent("Haemolysed: please repeat"))))

    assert "Potassium Haemolysed: please repeat" in text(row)


def test_groups_stand_inside_groups() -> None:
    organism = a_result("Organism", Words("E. coli"), members=(a_result("Gentamicin", Words("S"), "", "S"),))
    row = written(a_blood(a_result("Blood culture", NoValue(), members=(organism,))))

    said = text(row)
    assert said.index("Blood culture") < said.index("Organism") < said.index("E. coli") < said.index("Gentamicin")


def test_a_group_named_as_its_report_is_not_said_twice() -> None:
    row = written(a_blood(a_result("U&E", NoValue(), members=(a_result("Sodium", "134", "mmol/L"),))))

    assert text(row).count("U&E") == 1


def test_a_flag_stands_beside_the_laboratorys_own_word_for_it_when_that_says_more() -> None:
    telephoned = SentFlag(Flag.CRITICAL_HIGH, "Critically high - <telephoned> 10:40")
    potassium = a_result("Potassium", "7.9", "mmol/L", flags=(telephoned,))

    row = written(a_blood(potassium, a_result("Sodium", "134", "mmol/L", "LO")))

    assert "▲▲ HI critical “Critically high - <telephoned> 10:40” mmol/L" in html.unescape(text(row))
    assert "▼ LO mmol/L" in text(row)
    assert '<ul class="results roomy">' in row.html


@pytest.mark.parametrize("own", [{"flags": (SentFlag(Flag.ABNORMAL, "A"),)}, {"status": Status.CANCELLED}])
def test_a_group_named_as_its_report_keeps_a_flag_and_a_status_of_its_own(own: dict[str, object]) -> None:
    group = a_result("U&E", NoValue(), members=(a_result("Sodium", "134", "mmol/L"),), **own)

    row = written(a_blood(group))

    assert f'data-result="{group.id}"' in row.html
    assert ("abnormal" if "flags" in own else "Cancelled") in text(row)


@pytest.mark.parametrize(
    "result",
    [
        a_result("Glucose", "92.62462148771516", "mg/dL"),
        a_result("Neutrophils", "0.9", "10*9/L", "LL"),
        a_result("Staphylococcus aureus", NoValue(), members=(a_result("Oxacillin", "0.5", "mg/L", "POS"),)),
        a_result("Estimated glomerular filtration rate using the CKD-EPI equation of 2009", "100", "mL/min"),
    ],
)
def test_what_is_too_long_for_two_columns_has_a_line_of_its_own(result: Result) -> None:
    sodium = a_result("Sodium", "134", "mmol/L", "LO", "135–145")

    assert '<ul class="results roomy">' in written(a_blood(sodium, result)).html
    assert '<ul class="results">' in written(a_blood(sodium, sodium)).html


def test_a_range_in_many_words_has_room_and_keeps_its_lines() -> None:
    words = "DIAGNOSIS:\r\n48 mmol/mol and above is diagnostic"

    row = written(a_blood(a_result("HbA1c", "54", "mmol/mol", between=words)))

    assert 'class="result wide explained"' in row.html
    assert words in row.html


def test_a_text_that_stands_in_the_whole_report_alone_is_never_passed_over_for_its_image() -> None:
    imaged = next(row.report for row in walters_rows() if row.report.studies)

    row = written(changed(imaged, narrative="<div>Small effusion.</div>", conclusion="", results=(), addenda=()))

    assert "Its text stands in the whole report. Whole report" in text(row)


CONCLUSION = "No aortic dissection. Coronary calcification."


@pytest.mark.parametrize(
    ("narrative", "leads"),
    [
        ("", ""),
        ("<div><p>No aortic dissection. Coronary calcification.</p></div>", ""),
        ("<div><p>Coronary<br/>calcification</p><p>No aortic dissection.</p></div>", "More in the whole report"),
        ("<div><p>Small effusion.</p><p>No aortic dissection.</p></div>", "More in the whole report"),
        ("<div>Aortic dissection.</div>", "More in the whole report"),  # its words stand there, and say the opposite
        (f"<div>{'No aortic dissection. ' * 4_000}</div>", "More in the whole report"),  # too long to be read
    ],
)
def test_a_row_says_that_its_own_text_says_more_where_it_does(narrative: str, leads: str) -> None:
    row = written(a_blood(conclusion=CONCLUSION, narrative=narrative))

    assert text(row).endswith(f"{CONCLUSION} {leads}".strip())
    assert row.html.count("<a href") == 1 + bool(leads)


def test_a_table_of_the_same_values_says_no_more_than_its_row() -> None:
    potassium = a_result("Potassium", "5.9", "mmol/L", "HI", "3.5–5.3")
    table = "<table><tr><th>Potassium</th><td>5.9</td><td>mmol/L</td><td>HI</td></tr></table>"

    row, other = (written(a_blood(potassium, narrative=sent)) for sent in (table, table.replace("5.9", "6.9")))

    assert "whole report" not in row.html
    assert "More in the whole report" in other.html


def test_an_addendum_stands_above_the_report_it_adds_to() -> None:
    (radiology,) = (row for row in walters_rows() if row.report.addenda)

    said = text(WRITE(radiology, OPENED))

    assert said.index("ADDENDUM 21-Nov-2026 02:05 Dr P Oyelaran") < said.index("No aortic dissection")


def test_an_image_without_a_report_says_so() -> None:
    assert "○ Imaged, not yet reported" in text(WRITE(walters_rows()[0], OPENED))


def test_a_report_entered_in_error_leaves_a_tombstone_and_none_of_its_values() -> None:
    row = written(a_blood(a_result("Potassium", "9.9", "mmol/L"), status=Status.ENTERED_IN_ERROR))

    assert "Rotherham has marked this report as entered in error" in text(row)
    assert "9.9" not in row.html


def test_a_cancelled_report_says_so_with_its_reason() -> None:
    row = written(a_blood(status=Status.CANCELLED, notes=("Insufficient sample.",)))

    assert "✕ Cancelled, no values. Laboratory: “Insufficient sample.”" in text(row)


@pytest.mark.parametrize(
    ("of_report", "of_result", "said"),
    [
        (Status.FINAL, Status.CANCELLED, "Cancelled"),
        (Status.FINAL, Status.PRELIMINARY, "Preliminary"),
        (Status.FINAL, Status.CORRECTED, "Corrected"),
        (Status.PARTIAL, Status.UNKNOWN, "Status not known"),
        (Status.UNKNOWN, Status.UNKNOWN, ""),  # the report has said so
        (Status.PRELIMINARY, Status.PRELIMINARY, ""),
        (Status.PRELIMINARY, Status.FINAL, ""),
    ],
)
def test_a_result_says_its_status_when_its_report_does_not(of_report: Status, of_result: Status, said: str) -> None:
    potassium = a_result("Potassium", "5.9", "mmol/L", status=of_result)

    row = written(a_blood(potassium, status=of_report))

    assert text(row).endswith(f"Potassium 5.9 no flag mmol/L no range {said}".strip())


def test_a_result_says_its_own_time_method_site_and_specimen_when_its_report_does_not() -> None:
    serum, urine = Specimen("Specimen/1", "Serum"), Specimen("Specimen/2", "Urine", body_site="left ureter")
    at_eight, after = at("2026-11-20 08:00"), datetime(2026, 11, 20, 10, 7, 31, tzinfo=UTC)
    fasting = a_result("Glucose", "5.1", "mmol/L", taken=at_eight, specimen=serum.id)
    later = a_result(
        "Glucose",
        "14.2",
        "mmol/L",
        taken=When(after.isoformat(), after, Precision.SECOND),
        method="Hexokinase",
        body_site="Left arm",
        specimen=urine.id,
    )

    row = written(changed(a_blood(fasting, later, specimens=(serum, urine)), taken=at_eight))

    assert "Glucose 5.1 no flag mmol/L no range taken 20-Nov-2026 08:00; the first of these; specimen: Serum" in text(
        row
    )
    assert text(row).endswith(
        "no range taken 20-Nov-2026 10:07:31; 127 min 31 s after the first (worked out from the times sent); "
        "method: Hexokinase; site: Left arm; specimen: Urine, left ureter"
    )


def test_what_every_result_of_a_report_says_of_itself_is_said_once() -> None:
    at_nine = at("2026-11-20 09:00")
    members = tuple(a_result(name, "1", taken=at_nine, method="Direct ISE") for name in ("Sodium", "Potassium"))
    group = a_result("U&E", NoValue(), members=members, taken=at_nine, method="Direct ISE")

    row = written(a_blood(group))

    assert text(row).count("taken 20-Nov-2026 09:00; method: Direct ISE") == 1
    assert text(row).count("Direct ISE") == 1


def test_a_result_that_says_nothing_of_its_own_has_no_line_for_it() -> None:
    serum = Specimen("Specimen/1", "Serum")
    sodium = a_result("Sodium", "134", taken=at("2026-11-20 22:41"), specimen=serum.id)

    assert 'class="own"' not in written(a_blood(sodium, specimens=(serum,))).html


def test_copies_and_likenesses_are_named() -> None:
    copy = a_report(CHESTERFIELD, "9", "U&E", "2026-11-20 22:41", "")
    row = written(a_blood(), copies=(copy,), alike=("mid_yorkshire/DiagnosticReport/3",))

    assert "Also held by Chesterfield, same report." in text(row)
    other = written(changed(a_blood(), trust=MID_YORKSHIRE, id="DiagnosticReport/3"))
    (target,) = re.findall(r'href="#([^"]+)">a report from Mid Yorkshire</a>', row.html)
    assert f'<li class="row" id="{target}"' in other.html


def test_no_address_within_the_page_shows_what_an_id_holds() -> None:
    row = written(a_blood(id="DiagnosticReport/9994127039"), alike=("mid_yorkshire/DiagnosticReport/999-412-7039",))

    addresses = re.findall(r'(?:id|href)="([^"]+)"', row.html)
    assert len(addresses) == 4
    assert not any(re.search(r"999-?412", one) for one in addresses)


@pytest.mark.parametrize(
    ("results", "flagged"),
    [
        ((a_result("K", "5.9", "", "HI"),), True),
        ((a_result("K", "5.9"),), False),
        ((a_result("K", "5.9", "", "N"),), False),
        ((a_result("Panel", NoValue(), members=(a_result("K", "5.9", "", "PA"),)),), True),
        ((Unreadable(MID_YORKSHIRE, "Observation", "1", "broken"),), True),
    ],
)
def test_a_row_is_flagged_when_the_laboratory_flagged_it_or_may_have(
    results: tuple[Result | Unreadable, ...], flagged: bool
) -> None:
    assert written(a_blood(*results)).flagged is flagged


def test_rows_stand_under_their_day_newest_first() -> None:
    rows = [WRITE(row, OPENED) for row in reversed(walters_rows())]

    days = list(by_day(rows))

    assert [day for day, _ in days] == ["2026-11-21", "2026-11-20", "2026-11-18", "2026-11-12", "2019-07-04"]
    assert days[0][1][0].key == "sheffield_teaching/DiagnosticReport/x1"


def test_a_day_that_is_not_known_exactly_stands_below_all_it_may_be() -> None:
    exact = a_report(TEACHING, "1", "U&E", "2026-11-01 00:10", "")
    month = changed(exact, id="DiagnosticReport/2", taken=changed(at("2026-11-01 00:00"), precision="month"))
    none = changed(exact, id="DiagnosticReport/3", taken=None, taken_from=TakenFrom.NOTHING)
    earlier = a_report(TEACHING, "4", "U&E", "2026-10-31 23:50", "")

    days = [day for day, _ in by_day(WRITE(Row(one), OPENED) for one in (none, earlier, month, exact))]

    assert days == [words.UNDATED, "2026-11-01", "2026-11", "2026-10-31"]


def test_a_report_without_a_time_stands_first_as_nobody_can_say_that_it_is_not_the_newest() -> None:
    dated = Row(a_report(TEACHING, "1", "U&E", "2026-11-01 00:10", ""))
    undated = Row(changed(dated.report, id="DiagnosticReport/2", taken=None, taken_from=TakenFrom.NOTHING))

    first, second = (WRITE(row, OPENED) for row in (undated, dated))

    assert [row.key for _, rows in by_day((second, first)) for row in rows] == [undated.key, dated.key]
    assert (first.sort, first.day) > (second.sort, second.day)
    assert f'data-day="{words.UNDATED}"' in first.html


@given(id_=st.text(min_size=1, max_size=60), other=st.text(min_size=1, max_size=60))
def test_the_address_of_a_report_names_its_trust_and_fits_that_report_alone(id_: str, other: str) -> None:
    address = report_address(OPENED, f"rotherham/{id_}")

    trust, wanted = report_wanted(OPENED, address.rpartition("/")[2])

    assert trust == "rotherham"
    assert wanted(f"rotherham/{id_}")
    assert wanted(f"rotherham/{other}") is (other == id_)
    assert address.isascii()


def test_an_address_says_nothing_without_the_secret_of_its_sign_in() -> None:
    """A trust's id may be an NHS number, and there are few enough of those to try them all."""
    key = "rotherham/DiagnosticReport/9994127039"
    address, another = report_address(OPENED, key), report_address(changed(OPENED, secret="another"), key)

    assert address != another
    assert not any("9994127039" in one for one in (address, another))
    assert not report_wanted(changed(OPENED, secret="another"), address.rpartition("/")[2])[1](key)


@pytest.mark.parametrize("marked", ["", "!!!", "a", "é", "_w", "rotherham.", ".", "rotherham.é"])
def test_an_address_that_is_none_leads_nowhere(marked: str) -> None:
    assert not report_wanted(OPENED, marked)[1]("rotherham/DiagnosticReport/1")


def test_a_row_that_says_the_same_has_the_same_digest() -> None:
    one, same, other = (written(a_blood(a_result("K", value), kind=Kind.LABORATORY)) for value in ("5.9", "5.9", "6.9"))

    assert one.digest == same.digest != other.digest


def test_a_result_whose_report_could_not_be_read_warns_that_it_may_have_been_withdrawn() -> None:
    row = written(a_blood(a_result("Potassium", "6.9", "mmol/L"), report_unread=True))

    assert "could not be read: it may have been corrected or withdrawn" in text(row)


def test_a_result_of_a_trust_that_sent_only_part_warns_that_it_may_have_been_corrected() -> None:
    row = written(a_blood(a_result("Potassium", "6.9", "mmol/L"), of_part=True))

    assert "Rotherham sent only part of what it holds: this may have been corrected or withdrawn since." in text(row)


def test_a_status_that_a_trust_sent_with_a_report_stands_though_only_part_of_its_answer_came() -> None:
    blood = a_blood(a_result("Potassium", "6.9", "mmol/L"), of_part=True, status=Status.REGISTERED)

    assert "Registered" in text(written(blood))
