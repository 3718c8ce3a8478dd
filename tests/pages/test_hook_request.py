"""What an ordering system hands over is read as it is said there, and proves nothing."""

import json
from typing import Any

import pytest

from tests.journey.ordering_system import a_call
from viewer.clinical.retest import Setting
from viewer.pages.hook_request import ACT_CODE, HookRequest, read_request, read_setting


@pytest.mark.parametrize(
    ("encounter", "expected"),
    [
        ({"class": {"system": ACT_CODE, "code": "EMER"}}, Setting.EMERGENCY),
        ({"class": {"system": ACT_CODE, "code": "IMP"}}, Setting.INPATIENT),
        ({"class": {"system": ACT_CODE, "code": "ACUTE"}}, Setting.INPATIENT),
        ({"class": {"system": ACT_CODE, "code": "AMB"}}, Setting.OUTPATIENT),
        ({"class": {"code": "emer"}}, Setting.EMERGENCY),
        ({"class": {"system": "https://its.example/own", "code": "EMER"}}, Setting.GP),
        ({"class": {"system": ACT_CODE, "code": "VR"}}, Setting.GP),
        ({"class": "EMER"}, Setting.GP),
        ({}, Setting.GP),
        (None, Setting.GP),
    ],
)
def test_where_the_patient_is_is_what_the_encounter_says_and_else_the_usual(encounter: Any, expected: Setting) -> None:
    sent = encounter and {"resourceType": "Encounter", "id": "e1", **encounter}
    request = read_request(json.dumps(a_call(prefetch={"encounter": sent})).encode(), "order-sign")

    assert isinstance(request, HookRequest)
    assert read_setting(request, Setting.GP) is expected
