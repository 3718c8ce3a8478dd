"""What the sign-in service says of a person → who they are, and the roles they may act in here.

Rule: a role is never assumed. It was selected at the sign-in service, or the person chooses it here;
the first of a list means nothing, and a role that our configuration does not know is no role.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from viewer.access.clinician import Clinician, Organisation, RoleRule, role_of

Claims = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Person:
    """Who signed in. `active` is the role they selected at the sign-in service; None when they selected none."""

    user_id: str
    name: str
    choices: tuple[Clinician, ...]
    active: Clinician | None


@dataclass(frozen=True, slots=True)
class NotAPerson:
    """Claims from which nobody can be made out, and why."""

    reason: str


def read_person(id_token: Claims, userinfo: Claims, rules: Sequence[RoleRule]) -> Person | NotAPerson:
    """Read who this is and which of our roles they hold."""
    user_id = _text(userinfo, "nhsid_useruid") or _text(userinfo, "sub")
    if not user_id:
        return NotAPerson("no user id came with the sign-in")
    selected = _selected(id_token, userinfo)
    if isinstance(selected, NotAPerson):
        return selected
    name = _text(userinfo, "name") or user_id
    known = _known_roles(user_id, name, userinfo, rules)
    if not selected:
        return Person(user_id, name, known, None)
    active = next((clinician for clinician in known if clinician.role_profile == selected), None)
    return Person(user_id, name, (active,) if active else (), active)


def _selected(id_token: Claims, userinfo: Claims) -> str | NotAPerson:
    """Return the id of the selected role, "" when none was. It may stand in either place, or in both alike."""
    said = {_text(claims, "selected_roleid") for claims in (id_token, userinfo)} - {""}
    if len(said) > 1:
        return NotAPerson("the ID token and UserInfo disagree on the selected role")
    return said.pop() if said else ""


def _known_roles(user_id: str, name: str, userinfo: Claims, rules: Sequence[RoleRule]) -> tuple[Clinician, ...]:
    entries = _mappings(userinfo.get("nhsid_nrbac_roles"))
    organisations = {_text(entry, "org_code"): _text(entry, "org_name") for entry in _organisations(userinfo)}
    times_named = Counter(_text(entry, "person_roleid") for entry in entries)
    read = (
        _clinician(user_id, name, entry, organisations, rules)
        for entry in entries
        if times_named[_text(entry, "person_roleid")] == 1  # an id that names two roles names none
    )
    return tuple(clinician for clinician in read if clinician)


def _clinician(
    user_id: str, name: str, entry: Claims, organisations: Mapping[str, str], rules: Sequence[RoleRule]
) -> Clinician | None:
    """Return the person in this role, or None when the role is not one we know."""
    profile, code, ods = (_text(entry, key) for key in ("person_roleid", "role_code", "org_code"))
    activities = _texts(entry.get("activity_codes"))
    role = role_of(code, activities, rules)
    if not (profile and ods and role):
        return None
    return Clinician(
        user_id=user_id,
        name=name,
        role=role,
        role_name=_job_title(_text(entry, "role_name")) or role.value,
        role_code=code,
        role_profile=profile,
        organisation=Organisation(ods, organisations.get(ods) or ods),
        activities=activities,
    )


def _organisations(userinfo: Claims) -> Sequence[Claims]:
    return _mappings(userinfo.get("nhsid_user_orgs"))


def _job_title(role_name: str) -> str:
    """CIS2 words a role in quoted levels, '"Clinical":"Clinical Provision":"Consultant"'; the last is the job."""
    return role_name.rpartition(":")[2].strip('" ')


def _text(claims: Claims, name: str) -> str:
    value = claims.get(name)
    return value.strip() if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _mappings(value: object) -> Sequence[Claims]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
