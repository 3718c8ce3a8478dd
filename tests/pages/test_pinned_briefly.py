"""What is pinned at the top says how a result itself stands, and no value that its laboratory took back."""

from typing import Any

import pytest

from tests.pages.builders import ROTHERHAM, a_report, a_result, changed
from tests.reading import Element, read
from viewer.clinical.imaging import NO_IMAGING
from viewer.clinical.report import NoValue, Result, Status
from viewer.clinical.row import Row
from viewer.pages.since_html import critical_html

POTASSIUM = a_result("Potassium", "7.1", "mmol/L", "HH", "3.5–5.3")


def pinned(*results: Result) -> Element:
    report = a_report(ROTHERHAM, "1", "U&E", "2026-11-20 22:41", "2026-11-20 23:05", *results)
    return read(critical_html(Row(report), "2026-11-20", NO_IMAGING)).one("ul", "pinned")


def in_a_group(**fields: Any) -> Result:
    return changed(a_result("U&E", NoValue(), members=(POTASSIUM,)), **fields)


def test_a_critical_value_is_pinned_whole() -> None:
    assert pinned(POTASSIUM).said == "Potassium 7.1 ▲▲ HI critical mmol/L 3.5–5.3"


CANCELLED = "Potassium Cancelled: it was flagged critical, and its value no longer stands"


def test_a_critical_result_that_was_cancelled_is_no_critical_finding_and_is_named_with_the_reason() -> None:
    said = pinned(changed(POTASSIUM, status=Status.CANCELLED, notes=("haemolysed",))).said

    assert said == f"{CANCELLED} Laboratory: “haemolysed”"


def test_of_a_whole_report_that_was_cancelled_it_is_said_of_each_critical_result() -> None:
    report = a_report(ROTHERHAM, "1", "U&E", "2026-11-20 22:41", "2026-11-20 23:05", POTASSIUM)
    line = critical_html(Row(changed(report, status=Status.CANCELLED)), "2026-11-20", NO_IMAGING)

    assert read(line).one("ul", "pinned").said == CANCELLED
    assert "7.1" not in line


@pytest.mark.parametrize(
    ("group", "said"),
    [
        ({"status": Status.CANCELLED}, f"{CANCELLED} U&E as a whole: Cancelled"),
        ({"status": Status.PRELIMINARY}, "Potassium 7.1 ▲▲ HI critical mmol/L 3.5–5.3 U&E as a whole: Preliminary"),
        (
            {"notes": ("Haemolysed",)},
            "Potassium 7.1 ▲▲ HI critical mmol/L 3.5–5.3 Laboratory: U&E as a whole: “Haemolysed”",
        ),
    ],
)
def test_what_a_group_says_is_pinned_with_its_member(group: dict[str, Any], said: str) -> None:
    assert pinned(in_a_group(**group)).said == said


def test_a_preliminary_result_of_a_final_report_is_pinned_as_preliminary() -> None:
    assert pinned(changed(POTASSIUM, status=Status.PRELIMINARY)).said.endswith("3.5–5.3 Preliminary")
