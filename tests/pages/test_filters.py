"""What is hidden is counted, with its reason, and nothing is hidden that might be wanted."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.answer import Kind
from tests.pages.builders import NOW, TRUSTS, changed, opened, walters_rows
from viewer.clinical.row import Row
from viewer.pages.filters import PERIODS, Filters, Hidden, read_filters, sift
from viewer.pages.rows import Written, row_writer
from viewer.pages.words import UNDATED

WRITE, OPENED = row_writer(TRUSTS), opened()
ROWS = [WRITE(row, OPENED) for row in walters_rows()]
TODAY = NOW.date()


def a_row(day: str) -> Written:
    return Written("k", day, day, Kind.LABORATORY, "rotherham", flagged=False, html=ROWS[0].html)


def test_without_filters_nothing_is_hidden() -> None:
    shown, hidden = sift(ROWS, Filters(), TODAY)

    assert shown == ROWS
    assert hidden == Counter()


@pytest.mark.parametrize(
    ("filters", "why", "count"),
    [
        (Filters(kind="radiology"), Hidden.KIND, 2),
        (Filters(trust="rotherham"), Hidden.TRUST, 5),
        (Filters(period="30d"), Hidden.PERIOD, 12),
        (Filters(find="lung  NODULE"), Hidden.TEXT, 0),
        (Filters(find="9 mm nodule"), Hidden.TEXT, 1),
    ],
)
def test_each_filter_shows_what_fits_and_counts_the_rest(filters: Filters, why: Hidden, count: int) -> None:
    shown, hidden = sift(ROWS, filters, TODAY)

    assert len(shown) == count
    assert hidden == Counter({why: len(ROWS) - count})


def test_a_report_that_could_carry_no_flag_is_counted_apart_from_one_that_was_not_flagged() -> None:
    shown, hidden = sift(ROWS, Filters(flagged=True), TODAY)

    assert len(shown) == 8
    assert hidden == Counter({Hidden.NO_FLAGS: 4, Hidden.FLAG: 2})


def test_words_of_a_narrative_that_stands_in_no_row_are_found() -> None:
    report = changed(walters_rows()[2].report, narrative="<div>Seen by the <b>cardiology</b> registrar</div>")

    found, _ = sift([WRITE(Row(report), OPENED)], Filters(find="the cardiology registrar"), TODAY)

    assert [row.key for row in found] == ["sheffield_teaching/DiagnosticReport/tn1"]
    assert "cardiology" not in found[0].html


def test_a_row_says_that_the_words_sought_stand_in_its_whole_report_alone() -> None:
    report = changed(walters_rows()[2].report, narrative="<div>Small pleural effusion</div>")
    row = WRITE(Row(report), OPENED)

    ((beyond,), _), ((here,), _) = (sift([row], Filters(find=find), TODAY) for find in ("EFFUSION", report.title))

    assert " ".join(beyond.html.striptags().split()).endswith("The words sought stand in the whole report.")
    assert here == row


@given(
    kind=st.sampled_from(["", "laboratory", "radiology"]),
    trust=st.sampled_from(["", *(trust.name for trust in TRUSTS)]),
    period=st.sampled_from(sorted(PERIODS)),
    flagged=st.booleans(),
    find=st.sampled_from(["", "potassium", "nothing says this"]),
)
def test_shown_and_hidden_are_always_all(kind: str, trust: str, period: str, flagged: bool, find: str) -> None:
    shown, hidden = sift(ROWS, Filters(kind, trust, period, flagged, find), TODAY)

    assert len(shown) + hidden.total() == len(ROWS)


@pytest.mark.parametrize("day", [UNDATED, "2026", "2026-11"])
def test_a_row_whose_day_is_not_known_is_never_hidden_for_its_age(day: str) -> None:
    assert Filters(period="3d").hides(a_row(day), TODAY) is None


def test_what_is_not_one_of_ours_is_passed_over() -> None:
    asked = {"kind": "x", "trust": "atlantis", "period": "1000y", "flag": "normal", "find": "  a \n b  "}

    assert read_filters(asked, TRUSTS) == Filters()


def test_words_are_taken_from_a_form_and_never_from_an_address() -> None:
    assert read_filters({"find": "999 412 7039"}, TRUSTS, find="  lung \n nodule ") == Filters(find="lung nodule")
