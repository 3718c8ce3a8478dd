"""Which job of a sign-in is which role here."""

import pytest

from viewer.access.clinician import Role, RoleRule, role_of

RULES = (
    RoleRule(Role.CONSULTANT, frozenset({"R0050"})),
    RoleRule(Role.GP, frozenset({"R0260", "R0270"})),
    RoleRule(Role.IG_OFFICER, frozenset({"R0001"}), frozenset({"B0016", "B0015"})),
)

JOBS = [
    ("S8000:G8000:R0050", (), Role.CONSULTANT),
    ("R0050", ("B0360",), Role.CONSULTANT),
    ("S8000:G8000:R0270", (), Role.GP),
    ("S8002:G8003:R0001", ("B0015", "B0016", "B1"), Role.IG_OFFICER),
    ("S8002:G8003:R0001", ("B0016",), None),
    ("S8002:G8003:R0001", (), None),
    ("S8010:G8011:R8006", (), None),
    ("R0050:G8000:S8000", (), None),
    ("", (), None),
]


@pytest.mark.parametrize(("code", "activities", "role"), JOBS)
def test_a_job_is_the_role_of_the_rule_that_names_its_code_and_all_its_activities(code, activities, role) -> None:
    assert role_of(code, activities, RULES) is role
