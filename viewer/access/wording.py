"""The words in which a Decision gives its reason: roles, purposes, claims, kinds and days."""

from datetime import date

from connectors.answer import Kind
from viewer.access.clinician import Role
from viewer.access.relationship import Claim, Purpose, Relationship

ROLES = {
    Role.CONSULTANT: "a consultant",
    Role.CLINICIAN: "a clinical practitioner",
    Role.GP: "a GP",
    Role.IG_OFFICER: "an information governance officer",
}

PURPOSES = {
    Purpose.DIRECT_CARE: "direct care",
    Purpose.EMERGENCY_CARE: "emergency care",
    Purpose.AUDIT: "audit",
}

CLAIMS = {
    Claim.REGISTERED: "of a registered patient",
    Claim.IN_DEPARTMENT: "of a patient in their department",
    Claim.UNDER_MY_CARE: "of a patient under their care",
    Claim.BREAK_GLASS: "by break-glass",
    Claim.NONE: "before a relationship is stated",
}

KINDS = {
    Kind.DEMOGRAPHICS: "demographics",
    Kind.LABORATORY: "laboratory results",
    Kind.RADIOLOGY: "radiology results",
}

DISSENTED = "This patient has asked that their results are not shared here. This cannot be overridden"

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def in_words(day: date) -> str:
    """Return "31 March 2027", whatever the machine's language."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def why(relationship: Relationship) -> str:
    """Return "emergency care of a patient in their department"."""
    return f"{PURPOSES[relationship.purpose]} {CLAIMS[relationship.claim]}"
