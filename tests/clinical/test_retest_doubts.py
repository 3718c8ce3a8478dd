"""On every doubt about a value there is no advice: words in its place, a part that failed, what its group says."""

from dataclasses import replace
from typing import Any

import pytest

from tests.builders import SHEFFIELD, a_result, a_time
from tests.clinical.test_retest import CREATININE, CRP, a_value, asked, taken
from viewer.clinical.report import Absent, NoValue, Precision, Result, Status, Words
from viewer.clinical.retest import Runs, WhyNot

# ── Words that say there is no value ─────────────────────────────────────────────────────────────


def test_words_in_the_place_of_a_number_are_no_result_that_can_be_gone_by() -> None:
    haemolysed = taken(1, a_value("crp", Words("Sample haemolysed")), trust=SHEFFIELD)

    alone, after = asked("crp", haemolysed), asked("crp", taken(4, CRP), haemolysed)

    assert (alone.latest, alone.advice) == ((), WhyNot.NOTHING_FOUND)
    assert after.advice is WhyNot.FAILED_SINCE
    assert [one.result.value for one in after.latest] == [CRP.value]
    for done in (alone, after):
        assert [one.result.value for one in done.failed] == [Words("Sample haemolysed")]


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        (">90", True),
        ("< 1.0", True),
        ("64", True),
        ("Negative", True),  # in retest.toml's own list
        ("64 haemolysed", False),
        ("See comment", False),
        ("2026-11-20", False),
        ("", False),
    ],
)
def test_a_number_that_was_sent_as_text_counts_and_no_other_words_do(said: str, counts: bool) -> None:
    assert isinstance(asked("crp", taken(2, a_value("crp", Words(said)))).advice, Runs) is counts


def test_a_test_that_no_interval_is_given_for_is_done_in_words_too() -> None:
    done = asked("troponin", taken(2, a_value("troponin_t", Words("Below the limit of detection"))))

    assert len(done.latest) == 1


@pytest.mark.parametrize(
    ("beside", "because"),
    [
        (a_value("potassium", Absent("Haemolysed")), WhyNot.PART_FAILED),
        (a_value("potassium", Words("Haemolysed")), WhyNot.PART_FAILED),
        (a_value("potassium", status=Status.CANCELLED), WhyNot.PART_FAILED),
        (a_value("egfr", Words(">90")), None),
    ],
    ids=["absent", "in words", "cancelled", "a limit in words"],
)
def test_a_panel_of_which_a_part_gave_no_value_may_be_repeated(beside: Result, because: WhyNot | None) -> None:
    advice = asked("u_and_e", taken(2, CREATININE, beside)).advice

    assert (advice if isinstance(advice, WhyNot) else None) is because


def test_a_newer_part_of_a_panel_without_a_value_ends_the_advice_on_the_panel() -> None:
    for hours_ago in (1, 2):  # later, and at the same time under another report
        failed = taken(hours_ago, a_value("potassium", Absent("Haemolysed")), trust=SHEFFIELD)

        done = asked("u_and_e", taken(2, CREATININE), failed)

        assert done.advice is WhyNot.FAILED_SINCE
        assert [one.analyte for one in done.failed] == ["potassium"]


def test_one_that_failed_on_a_day_may_be_newer_than_what_was_taken_that_day() -> None:
    that_day = replace(a_time("2026-11-21T00:00:00+00:00"), precision=Precision.DAY)
    failed = taken(30, a_value("crp", Absent("Haemolysed")), taken=that_day)

    assert asked("crp", taken(2, CRP), failed).advice is WhyNot.FAILED_SINCE
    assert isinstance(asked("crp", taken(2, CRP), taken(30, a_value("crp", Absent("Haemolysed")))).advice, Runs)


# ── What a group says of its members ─────────────────────────────────────────────────────────────


def a_panel(*members: Result, **fields: Any) -> Result:
    return replace(a_result("U&E", NoValue(), id_="panel"), members=members, **fields)


@pytest.mark.parametrize(
    ("status", "because"),
    [
        (Status.ENTERED_IN_ERROR, WhyNot.NOTHING_FOUND),
        (Status.CANCELLED, WhyNot.NOTHING_FOUND),
        (Status.PRELIMINARY, WhyNot.NOT_FINAL),
        (Status.UNKNOWN, WhyNot.NOT_FINAL),
    ],
)
def test_how_a_group_stands_is_how_its_members_stand(status: Status, because: WhyNot) -> None:
    done = asked("u_and_e", taken(2, a_panel(CREATININE, status=status)))

    assert done.advice is because
    assert all(one.around.groups[0].status is status for one in (*done.latest, *done.failed))


def test_a_final_group_takes_no_advice_away_and_a_member_of_two_is_not_taken_back_by_one() -> None:
    assert isinstance(asked("u_and_e", taken(2, a_panel(CREATININE, notes=("Fasting",)))).advice, Runs)

    withdrawn, standing = a_panel(CREATININE, status=Status.ENTERED_IN_ERROR), replace(a_panel(CREATININE), id="other")
    done = asked("u_and_e", taken(2, withdrawn, standing))

    assert len(done.latest) == 1
    assert done.advice is WhyNot.NOT_FINAL
