"""Critical is what the laboratory said is critical, and nothing that was worked out."""

import pytest

from tests.pages.builders import ROTHERHAM, a_report, a_result, changed
from viewer.clinical.critical import criticals
from viewer.clinical.report import Flag, NoValue, Report, Result, SentFlag, Status


def of(*results: Result, **changes: object) -> Report:
    return changed(a_report(ROTHERHAM, "1", "U&E", "2026-11-20 22:41", "2026-11-20 23:05", *results), **changes)


@pytest.mark.parametrize(
    ("flag", "is_critical"),
    [
        *((SentFlag(flag, flag.value), flag.value in {"HH", "LL", "AA"}) for flag in Flag),
        (SentFlag(Flag.OTHER, "Critical - telephoned"), True),
        (SentFlag(Flag.HIGH, "above upper panic limits"), True),
        (SentFlag(Flag.OTHER, "hypercritical"), False),
    ],
    ids=lambda one: one.as_sent if isinstance(one, SentFlag) else str(one),
)
def test_only_the_laboratorys_own_word_makes_a_result_critical(flag: SentFlag, is_critical: bool) -> None:
    result = a_result("Potassium", "5.0", "mmol/L", flags=(flag,))

    assert bool(criticals(of(result))) is is_critical


def test_a_value_far_outside_its_range_without_a_flag_is_not_critical() -> None:
    assert criticals(of(a_result("Potassium", "9.9", "mmol/L", "", "3.5–5.3"))) == ()


def test_a_critical_result_within_groups_is_found_once() -> None:
    found = a_result("Potassium", "7.1", "mmol/L", "HH")
    group = a_result("Bloods", NoValue(), members=(a_result("U&E", NoValue(), members=(found,)), found))

    assert criticals(of(group)) == (found,)


def test_what_is_entered_in_error_is_not_critical() -> None:
    found = a_result("Potassium", "7.1", "mmol/L", "HH")

    assert criticals(of(found, status=Status.ENTERED_IN_ERROR)) == ()
    assert criticals(of(changed(found, status=Status.ENTERED_IN_ERROR))) == ()
