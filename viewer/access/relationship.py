"""Why this person may look at this patient: the purpose they state and the relationship they claim or that is proven.

Rule: a GP's relationship is proven by the trusts' own records, never claimed;
everybody else's is claimed, and the log keeps the claim.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from viewer.access.clinician import Role
from viewer.clinical.patient import Person


class Purpose(StrEnum):
    """Purposes an agreement can allow (v3-ActReason in the evidence: TREAT, ETREAT, HOPERAT)."""

    DIRECT_CARE = "direct-care"
    EMERGENCY_CARE = "emergency-care"
    AUDIT = "audit"


class Claim(StrEnum):
    """How the relationship came about."""

    REGISTERED = "registered"  # proven: the trusts name this GP's practice as the patient's
    IN_DEPARTMENT = "in-department"  # the clinician says the patient is in their department now
    UNDER_MY_CARE = "under-my-care"  # inpatient, outpatient or referral, said by the clinician
    BREAK_GLASS = "break-glass"  # an emergency; always alerts, is always reviewed, and ends by itself
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Relationship:
    """A purpose and a claim, as recorded when the patient was opened."""

    purpose: Purpose
    claim: Claim
    reason: str = ""  # the clinician's own words
    proof: str = ""  # what bears the claim out, like "an encounter at Sheffield Teaching"; "" when it is only said
    since: datetime | None = None  # when the glass was broken; None for every other claim
    until: datetime | None = None  # when a broken glass closes again; None for every other claim


# Until a patient has been found nobody can say how they are related to them; only demographics may be asked so.
FINDING = Relationship(Purpose.DIRECT_CARE, Claim.NONE)

_EMERGENCY = (Purpose.EMERGENCY_CARE, Claim.IN_DEPARTMENT)
_UNDER_MY_CARE = (Purpose.DIRECT_CARE, Claim.UNDER_MY_CARE)
_REGISTERED = (Purpose.DIRECT_CARE, Claim.REGISTERED)

_BREAK_GLASS = (Purpose.EMERGENCY_CARE, Claim.BREAK_GLASS)

_OPEN_TO: dict[Role, tuple[tuple[Purpose, Claim], ...]] = {
    Role.CONSULTANT: (_EMERGENCY, _UNDER_MY_CARE),
    Role.CLINICIAN: (_EMERGENCY, _UNDER_MY_CARE),
    Role.GP: (_REGISTERED,),
    Role.IG_OFFICER: (),
}


def relationships_open_to(role: Role) -> tuple[tuple[Purpose, Claim], ...]:
    """Return what this role may state, in the order a page offers it. The glass has a door of its own."""
    return _OPEN_TO[role]


def may_state(role: Role, purpose: Purpose, claim: Claim) -> bool:
    """Say whether this role may state this: what is open to it, and, if anything is, break-glass in an emergency."""
    return (purpose, claim) in (*_OPEN_TO[role], _BREAK_GLASS) and bool(_OPEN_TO[role])


def registered_with(person: Person, practice: str) -> bool:
    """Say whether the trusts agree that this is the patient's practice: one at least names it, none another."""
    return practices_named(person) == {practice}


def practices_named(person: Person) -> frozenset[str]:
    """Return every GP practice the trusts name for this person."""
    return frozenset(record.practice for record in person.records if record.practice)


def is_restricted(person: Person) -> bool:
    """Say whether any trust marks this person's record as restricted (v3-Confidentiality R or V)."""
    return any(record.restricted for record in person.records)
