"""Who somebody is and which roles they may act in: tables an information governance lead can read."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.people import PEOPLE
from tests.identity.parts import ROLES
from viewer.access.clinician import Role
from viewer.identity.claims import NotAPerson, Person, read_person


def a_job(profile: str = "p1", code: str = "S8000:G8000:R0050", **changes: Any) -> dict[str, Any]:
    job = {
        "person_roleid": profile,
        "role_code": code,
        "role_name": '"Clinical":"Clinical Provision":"Consultant"',
        "org_code": "RHQ",
        "activity_codes": [],
    }
    return job | changes


def a_userinfo(*jobs: Any, **changes: Any) -> dict[str, Any]:
    organisations = [{"org_code": "RHQ", "org_name": "Sheffield Teaching Hospitals"}]
    said = {"sub": "u1", "nhsid_useruid": "u1", "name": "Dr A", "nhsid_nrbac_roles": list(jobs)}
    return said | {"nhsid_user_orgs": organisations} | changes


def read(userinfo: dict[str, Any], **id_token: Any) -> Person:
    person = read_person(id_token, userinfo, ROLES)
    assert isinstance(person, Person)
    return person


@pytest.mark.parametrize(
    ("user", "choices", "active"),
    [
        ("amina.farrell", ["Consultant at RHQ"], "Consultant at RHQ"),
        ("tom.whitlock", ["Consultant at RP5"], "Consultant at RP5"),
        ("kofi.abara", ["General Medical Practitioner at Y99001"], "General Medical Practitioner at Y99001"),
        ("ruth.sallow", ["General Medical Practitioner at Y99002"], "General Medical Practitioner at Y99002"),
        ("priya.nair", ["Privacy Officer at RHQ"], "Privacy Officer at RHQ"),
        ("rhys.hollis", ["Privacy Officer at RFR"], "Privacy Officer at RFR"),
        (
            "sam.castellane",
            ["Consultant at RFS", "Clinical Practitioner at RXF", "General Medical Practitioner at Y99002"],
            None,
        ),
        ("morgan.lisle", [], None),
    ],
)
def test_the_people_of_the_sandbox_are_read_as_who_they_are(user: str, choices: list[str], active: str | None) -> None:
    person = read(PEOPLE[user].userinfo())

    named = [f"{choice.role_name} at {choice.organisation.ods}" for choice in person.choices]
    acts_as = person.active and f"{person.active.role_name} at {person.active.organisation.ods}"
    assert (named, acts_as) == (choices, active)


def test_the_selected_role_counts_and_never_the_first() -> None:
    person = read(a_userinfo(a_job("first"), a_job("second", "S8000:G8000:R0260"), selected_roleid="second"))

    assert person.active is not None
    assert (person.active.role_profile, person.active.role) == ("second", Role.GP)
    assert person.choices == (person.active,)


def test_a_selected_role_may_stand_in_the_id_token() -> None:
    person = read(a_userinfo(a_job("first"), a_job("second")), selected_roleid="second")

    assert person.active is not None
    assert person.active.role_profile == "second"


def test_two_places_that_disagree_on_the_selected_role_say_nothing() -> None:
    userinfo = a_userinfo(a_job("first"), a_job("second"), selected_roleid="first")

    assert isinstance(read_person({"selected_roleid": "second"}, userinfo, ROLES), NotAPerson)


def test_a_selected_role_that_is_not_theirs_is_no_role_and_there_is_no_other() -> None:
    person = read(a_userinfo(a_job("first"), selected_roleid="of-somebody-else"))

    assert (person.active, person.choices) == (None, ())


def test_a_selected_role_that_we_do_not_know_is_no_role_and_there_is_no_other() -> None:
    person = read(a_userinfo(a_job("first"), a_job("clerk", "S8010:G8011:R8006"), selected_roleid="clerk"))

    assert (person.active, person.choices) == (None, ())


def test_several_roles_and_none_selected_are_a_question() -> None:
    person = read(a_userinfo(a_job("first"), a_job("second")))

    assert person.active is None
    assert [choice.role_profile for choice in person.choices] == ["first", "second"]


def test_a_single_role_that_was_not_selected_is_not_assumed() -> None:
    person = read(a_userinfo(a_job("only")))

    assert person.active is None
    assert len(person.choices) == 1


@pytest.mark.parametrize(
    ("job", "why"),
    [
        (a_job(code="S8010:G8011:R8006"), "a role code we do not know"),
        (a_job(code="R0050X"), "a code that only begins like one we know"),
        (a_job(code=""), "no role code"),
        (a_job(code="S8002:G8003:R0001"), "a privacy officer without the activities"),
        (a_job(code="S8002:G8003:R0001", activity_codes=["B0016"]), "a privacy officer with half of them"),
        (a_job(code="S8002:G8003:R0001", activity_codes="B0016 B0015"), "activities that are not a list"),
        (a_job(profile=""), "no id of its own"),
        (a_job(org_code=""), "no organisation"),
        (a_job(org_code=None), "an organisation that is not text"),
        ("R0050", "not an entry at all"),
    ],
)
def test_what_is_not_wholly_a_role_is_no_role(job: Any, why: str) -> None:
    assert read(a_userinfo(job)).choices == ()


def test_an_id_that_names_two_roles_names_none() -> None:
    twice = a_userinfo(a_job("p1"), a_job("p1", "S8000:G8000:R0260"), selected_roleid="p1")

    assert read(twice).choices == ()


def test_an_organisation_without_a_name_goes_by_its_code() -> None:
    person = read(a_userinfo(a_job(), nhsid_user_orgs=[]))

    assert person.choices[0].organisation.name == "RHQ"


def test_claims_about_nobody_are_nobody() -> None:
    assert isinstance(read_person({}, {"name": "Dr A"}, ROLES), NotAPerson)


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(roles=json, organisations=json, selected=json, name=json)
def test_whatever_is_sent_a_role_is_one_that_was_sent_and_that_we_know(
    roles: Any, organisations: Any, selected: Any, name: Any
) -> None:
    userinfo = {"sub": "u1", "name": name, "nhsid_nrbac_roles": roles, "nhsid_user_orgs": organisations}

    person = read_person({"selected_roleid": selected}, userinfo, ROLES)

    assert isinstance(person, Person)
    assert person.choices == ()  # no random text is a whole role with a code of ours
