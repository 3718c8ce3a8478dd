"""Who is asking: a person in one role at one organisation, as their sign-in said."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """The roles our agreements speak of. The map from sign-in claims to them is configuration."""

    CONSULTANT = "consultant"
    CLINICIAN = "clinician"  # a clinical practitioner who is not a consultant
    GP = "gp"
    IG_OFFICER = "ig-officer"  # sees the ledger, never a result


@dataclass(frozen=True, slots=True)
class Organisation:
    """A trust or GP practice, by ODS code."""

    ods: str
    name: str


@dataclass(frozen=True, slots=True)
class Clinician:
    """The person signed in, in the one role they act in now."""

    user_id: str  # nhsid_useruid
    name: str
    role: Role
    role_name: str  # as the sign-in worded it: "Consultant"
    role_code: str  # "S8000:G8000:R0050"
    role_profile: str  # person_roleid
    organisation: Organisation
    activities: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class RoleRule:
    """Which job code of a sign-in, with which activities, is which Role of ours."""

    role: Role
    codes: frozenset[str]  # "R0050": the last part of a role code
    activities: frozenset[str] = frozenset()  # every one of them is needed

    def fits(self, role_code: str, activities: Collection[str]) -> bool:
        """Say whether a job with this code ("S8000:G8000:R0050") and these activities is this role."""
        return role_code.rpartition(":")[2] in self.codes and self.activities <= set(activities)


def role_of(role_code: str, activities: Collection[str], rules: Iterable[RoleRule]) -> Role | None:
    """Return the Role of the first rule that fits, or None: a job that no rule knows may do nothing here."""
    return next((rule.role for rule in rules if rule.fits(role_code, activities)), None)
