"""Why this person may look at this patient: the purpose they state and the relationship they claim or that is proven."""

from dataclasses import dataclass
from enum import StrEnum


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
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Relationship:
    """A purpose and a claim, as recorded when the patient was opened; `reason` is the clinician's own words, or ""."""

    purpose: Purpose
    claim: Claim
    reason: str = ""
