"""Who is asking: a person in one role at one organisation, as their sign-in said."""

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
