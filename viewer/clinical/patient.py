"""Who a patient is, at one trust and across them.

Rule: records of two trusts are one person only when the NHS number is the same
AND the demographics agree. A number alone has belonged to two people before.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from connectors.answer import Trust
from viewer.clinical.nhs_number import NHSNumber


class Verification(StrEnum):
    """How far a trust has traced an NHS number (UK Core NHSNumberVerificationStatus). Only VERIFIED may match in silence."""

    VERIFIED = "01"
    NOT_VERIFIED = "not 01"
    UNSTATED = "unstated"


@dataclass(frozen=True, slots=True)
class Name:
    """A name as the trust sent it; parts may be empty."""

    family: str
    given: tuple[str, ...] = ()
    title: str = ""


@dataclass(frozen=True, slots=True)
class Patient:
    """One trust's record of a person: demographics as sent, nothing worked out."""

    trust: Trust
    id: str  # the trust's logical id
    nhs_number: NHSNumber | None
    verification: Verification
    name: Name = field(repr=False)
    born: str = field(repr=False)  # FHIR date as sent: "1944-03-09", "1944-03", "1944" or ""
    gender: str = ""  # FHIR administrative-gender code as sent, or ""
    died: str = ""  # FHIR dateTime as sent; "yes" when only that is known; "" when not said to be dead
    postcode: str = field(default="", repr=False)
    address: tuple[str, ...] = field(default=(), repr=False)
    practice: str = ""  # ODS code of the registered GP practice, or ""
    hospital_number: str = ""  # the trust's own number for the person
    restricted: bool = False  # v3-Confidentiality R or V
    replaced_by: str = ""  # Patient.link replaced-by, or ""
    active: bool = True


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A field in which two trusts' records of one NHS number differ."""

    trust: Trust
    fields: tuple[str, ...]  # of "family name", "given name", "date of birth", "gender", "NHS number"


@dataclass(frozen=True, slots=True)
class Person:
    """Trusts' records that are proven to be of one person, and the records that come close but are not proven.

    `records` agree with each other; `records[0]` is the one shown in the banner.
    `doubts` name records with the same NHS number that disagree: they are another Person.
    """

    nhs_number: NHSNumber | None
    records: tuple[Patient, ...]
    doubts: tuple[Disagreement, ...] = ()
