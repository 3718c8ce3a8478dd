"""A trend shows no value that was taken back, says how a result and its report stand, and what its group says."""

from typing import Any

import pytest

from tests.display.tables import trend_of
from tests.pages.builders import (
    ROTHERHAM,
    a_report,
    a_result,
    changed,
)
from tests.reading import Element
from viewer.clinical.report import NoValue, Result, Status
from viewer.clinical.row import Row

POTASSIUM = a_result("Potassium", "7.9", "mmol/L", "HH", "3.5–5.3", notes=("Telephoned",))


def a_row(result: Result, of_report: Status = Status.FINAL) -> Row:
    made = a_report(ROTHERHAM, "1", "U&E", "2026-11-20 22:41", "2026-11-20 23:05", result)
    return Row(changed(made, status=of_report, notes=("Taken by drip arm",)))


def line_of(page: Element) -> list[str]:
    (line,) = page.one("table").one("tbody").all("tr")
    return [cell.said for cell in line.all("td")]


def in_a_group(result: Result = POTASSIUM, **fields: Any) -> Result:
    return changed(a_result("U&E", NoValue(), members=(result,)), **fields)


@pytest.mark.parametrize(
    "row",
    [
        a_row(POTASSIUM, Status.ENTERED_IN_ERROR),
        a_row(changed(POTASSIUM, status=Status.ENTERED_IN_ERROR)),
        a_row(in_a_group(status=Status.ENTERED_IN_ERROR)),
    ],
    ids=["the report", "the result", "its group"],
)
def test_what_was_entered_in_error_leaves_a_tombstone_and_no_value_flag_or_range(row: Row) -> None:
    page = trend_of(row)
    value, unit, limits, _, status = line_of(page)

    assert (value, unit, limits) == ("✕ Entered in error", "–", "–")
    assert "Entered in error, U&E issued" in status
    (listed,) = page.one("ul", "off").all("li")
    assert listed.said.endswith(": ✕ Entered in error")
    for said in ("7.9", "HI", "3.5", "Telephoned"):
        assert said not in page.one("div", "trend").one("div", "tables").said
        assert said not in listed.said


@pytest.mark.parametrize(
    ("own", "of_report", "said"),
    [
        (Status.FINAL, Status.FINAL, "Final, U&E"),
        (Status.CORRECTED, Status.PRELIMINARY, "Corrected, report Preliminary, U&E"),
        (Status.PRELIMINARY, Status.PRELIMINARY, "Preliminary, U&E"),
        (Status.FINAL, Status.PRELIMINARY, "Preliminary, U&E"),
    ],
)
def test_both_statuses_are_said(own: Status, of_report: Status, said: str) -> None:
    assert line_of(trend_of(a_row(changed(POTASSIUM, status=own), of_report)))[-1].startswith(said)


def test_what_a_group_says_stands_beside_its_member() -> None:
    group = in_a_group(notes=("Haemolysed, K unreliable",), status=Status.PRELIMINARY)

    said = line_of(trend_of(a_row(group)))[-1]

    assert said.startswith("U&E as a whole: Preliminary, U&E")
    assert "Laboratory: “Telephoned” Laboratory, of U&E as a whole: “Haemolysed, K unreliable”" in said
    assert "Laboratory: “Taken by drip arm”" in said
