"""A result in brief keeps its own status and comment, wherever it stands, and gives no value that was taken back."""

from typing import Any

import pytest

from tests.pages.builders import TRUSTS, a_report, a_result, an_app, changed
from tests.pages.test_hook_words import CRP, found, of_test
from viewer.clinical.around import Around
from viewer.clinical.by_analyte import Found
from viewer.clinical.report import Absent, Flag, NoValue, Report, Result, SentFlag, Status, TakenFrom, Words
from viewer.clinical.retest import Done, WhyNot
from viewer.clinical.row import Row
from viewer.pages import already_done_words, words
from viewer.pages.brief import Brief, brief

PANEL = a_result("U&E", NoValue(), notes=("Haemolysed, K unreliable",))


def of(result: Result, **fields: Any) -> Report:
    return changed(a_report(TRUSTS[1], "1", "U&E", "2026-11-20 10:00", "2026-11-20 11:00", result), **fields)


def said(result: Result, report: Status = Status.FINAL, *groups: Result, taken_back: Status | None = None) -> Brief:
    around = Around(groups, frozenset({taken_back} if taken_back else ()))
    return brief(result, of(result, status=report), around)


def in_the_box(one: Found) -> str:
    known = {"already_said": already_done_words, "words": words}
    parts = an_app().jinja_env.get_template("already_done_parts.html").make_module(known)
    return " ".join(str(parts.value(one)).split())  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("own", "of_report", "standing"),
    [
        (Status.FINAL, Status.FINAL, ()),
        (Status.PRELIMINARY, Status.FINAL, ("Preliminary",)),
        (Status.PRELIMINARY, Status.PRELIMINARY, ()),
        (Status.FINAL, Status.PRELIMINARY, ()),
        (Status.CORRECTED, Status.PRELIMINARY, ("Corrected",)),
        (Status.UNKNOWN, Status.FINAL, ("Status not known",)),
    ],
)
def test_a_status_that_is_not_final_and_not_the_reports_is_said(
    own: Status, of_report: Status, standing: tuple[str, ...]
) -> None:
    assert said(changed(found("5").result, status=own, status_as_sent=""), of_report).standing == standing


@pytest.mark.parametrize(
    ("own", "of_report", "of_group"),
    [
        (Status.CANCELLED, Status.FINAL, None),
        (Status.FINAL, Status.CANCELLED, None),
        (Status.FINAL, Status.FINAL, Status.CANCELLED),
        (Status.ENTERED_IN_ERROR, Status.FINAL, None),
        (Status.FINAL, Status.ENTERED_IN_ERROR, None),
        (Status.FINAL, Status.FINAL, Status.ENTERED_IN_ERROR),
    ],
)
def test_what_was_taken_back_has_no_value_flag_unit_or_range(
    own: Status, of_report: Status, of_group: Status | None
) -> None:
    result = a_result("Potassium", "7.1", "mmol/L", "HH", "3.5–5.3", status=own)

    back = said(result, of_report, taken_back=of_group)

    assert back.instead in ("Cancelled", "Entered in error")
    assert (back.value, back.flags, back.unit, back.range, back.is_number) == ("", (), "", "", False)


def test_what_was_cancelled_keeps_the_laboratorys_reason() -> None:
    absent = a_result("Potassium", Absent("Insufficient sample"), status=Status.CANCELLED)

    assert said(absent).value == "Insufficient sample"
    assert said(a_result("Potassium", "7.1", status=Status.CANCELLED, notes=("haemolysed",))).comments == (
        "“haemolysed”",
    )


def test_what_a_group_says_stands_under_its_name() -> None:
    group = changed(PANEL, status=Status.PRELIMINARY, flags=(SentFlag(Flag.ABNORMAL, "A"),))
    result = a_result("Potassium", "4.4", "mmol/L", notes=("Telephoned",))

    one = said(result, Status.FINAL, group)

    assert one.standing == ("U&E as a whole: Preliminary, abnormal",)
    assert one.comments == ("“Telephoned”", "U&E as a whole: “Haemolysed, K unreliable”")


def test_the_flag_of_a_value_is_no_word_on_what_hangs_below_it() -> None:
    drug = a_result("Ciprofloxacin", Words("Resistant"), "", "R")

    assert said(a_result("MIC", "8", "mg/L"), Status.FINAL, drug).standing == ()


# ── On a card and in the box ─────────────────────────────────────────────────────────────────────


def test_a_card_and_the_box_say_that_a_result_of_a_final_report_is_preliminary() -> None:
    early = found("5", Status.PRELIMINARY)
    card = of_test(Done(CRP, (early,), (), WhyNot.EXCLUDED, ()))

    for text in (card["summary"], card["detail"]):
        assert "CRP 5 mg/L no flag (no range), Preliminary, " in text.replace(". ", ", ")
    assert "report Final." in card["detail"]
    assert "<b>Preliminary</b>" in in_the_box(early)


def test_a_card_and_the_box_give_no_value_of_what_was_cancelled() -> None:
    back = found("77.31", Status.CANCELLED)
    card = of_test(Done(CRP, (found("64"), back), (), WhyNot.PART_FAILED, ()))

    for text in (card["summary"], card["detail"], in_the_box(back)):
        assert "77" not in text
    assert "CRP Cancelled" in card["detail"]
    assert "<b>Cancelled</b>" in in_the_box(back)


@pytest.mark.parametrize("is_groups", [False, True], ids=["its own", "its group's"])
def test_a_comment_stands_in_the_box_and_on_the_card_and_its_summary_says_that_there_is_one(is_groups: bool) -> None:
    note = "Haemolysed; " + "interpret with care, " * 8
    result = a_result("CRP", "64", "mg/L", notes=() if is_groups else (note,))
    report = of(result)
    around = Around((changed(PANEL, notes=(note,)),) if is_groups else ())
    one = Found(Row(report), result, "crp", report.taken, TakenFrom.SPECIMEN, around)

    card = of_test(Done(CRP, (one,), (), WhyNot.OVER, ()))

    assert note.strip() in card["detail"]
    assert "has a comment: open it" in card["summary"]
    assert note.strip() in in_the_box(one)


def test_a_comment_on_a_group_is_said_once_for_those_of_its_members_that_stand_together() -> None:
    around = Around((PANEL,))
    sodium, potassium = changed(found("140"), around=around), changed(found("4"), around=around)
    elsewhere = changed(found("5"), around=around)
    potassium = changed(potassium, row=sodium.row)

    detail = of_test(Done(CRP, (sodium, potassium, elsewhere), (), WhyNot.OVER, ()))["detail"]

    assert detail.count("Haemolysed, K unreliable") == 2  # of two reports
    assert already_done_words.comments(potassium, sodium) == ()
    assert already_done_words.comments(elsewhere, potassium) == ("U&E as a whole: “Haemolysed, K unreliable”",)


def test_nothing_of_a_panel_that_failed_or_stands_otherwise_is_behind_a_link() -> None:
    plain, failed = found("1"), changed(found("2").result, value=Absent("Haemolysed"))
    apart = [found("3", Status.PRELIMINARY), found("4", Status.CANCELLED), changed(found("5"), result=failed)]

    assert [already_done_words.is_apart(one) for one in (plain, *apart)] == [False, True, True, True]


def test_that_there_is_no_value_is_not_said_as_if_nothing_had_been_found() -> None:
    haemolysed = found("1")
    haemolysed = changed(haemolysed, result=changed(haemolysed.result, value=Words("Sample haemolysed")))

    card = of_test(Done(CRP, (), (haemolysed,), WhyNot.NOTHING_FOUND, ()))

    assert "No result of CRP with a value to go by was found" in card["detail"]
    assert "A sample gave no value to go by: CRP Sample haemolysed" in card["detail"]
    assert card["summary"] == "CRP: no result with a value to go by found"
