"""A gas is what is filed as one, and beside the patient is what its trust says was measured there."""

import pytest

from tests.builders import a_report, a_result
from viewer.clinical.bedside import is_blood_gas, is_from_point_of_care
from viewer.clinical.report import Code


@pytest.mark.parametrize(("category", "expected"), [
    (Code("http://terminology.hl7.org/CodeSystem/v2-0074", "BG", "Blood Gases"), True),
    (Code("", "", "Blood gases"), True), (Code("", "CH", "Chemistry"), False),
])  # fmt: skip
def test_a_gas_is_what_its_trust_files_as_one(category: Code, expected: bool) -> None:
    assert is_blood_gas(a_report(categories=(category,))) is expected


@pytest.mark.parametrize(
    "where",
    [
        {"title": "Blood gas (point of care)"},
        {"performers": ("Rotherham: Point-of-care testing",)},
        {"categories": (Code("", "POCT"),)},
        {"results": (a_result("pH", method="near-patient analyser"),)},
    ],
)
def test_point_of_care_is_said_where_its_trust_says_so(where: dict[str, object]) -> None:
    assert is_from_point_of_care(a_report(**where))
    assert not is_from_point_of_care(a_report())
