"""Read what PDS answers about one NHS number: the practice it names now, and whether the record is restricted.

Source: NHS England, Personal Demographics Service FHIR API (R4), GET /Patient/{id}.
Rule: proven or not. A practice is named only when the record is of the very number asked for, says that it is not
restricted or that it is, and names one practice today and no other. Everything else has a reason, in our words.
"""

import re
from dataclasses import dataclass, field
from datetime import date

from connectors.answer import Outcome, Received, Trouble
from connectors.page import read_alone
from connectors.read_resource import read_resource
from connectors.resource import OperationOutcome, Patient, Period, Reference
from connectors.subject import Standing, has_number
from connectors.trust_config import Caps

_ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
_ODS_CODE = re.compile(r"[A-Z0-9]{3,10}")
_CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
_UNRESTRICTED = frozenset({"U"})  # any other word, R, V, REDACTED or one we do not know, restricts


@dataclass(frozen=True, slots=True)
class Word:
    """What PDS says of the number. Without a practice, `reason` says why."""

    practice: str = field(default="", repr=False)  # its ODS code
    restricted: bool = False
    reason: str = ""


def read_record(content: bytes, nhs_number: str, today: date, caps: Caps) -> Word | Trouble:
    """Return what a record says of this number on this day, or why it says nothing that may be gone by."""
    received = read_alone(content, caps)
    if isinstance(received, Trouble):
        return received
    if not isinstance(received.body, Patient):
        return Trouble(Outcome.GARBLED, "PDS sent something that cannot be read as a patient's record")
    marks = _marks(received.body)
    if not marks:
        return Trouble(Outcome.GARBLED, "PDS did not say whether the record is restricted")
    restricted = marks != _UNRESTRICTED
    if not _is_of(received, nhs_number):
        # Superseded, or a mistake there: either way not the number asked for. A mark counts all the same.
        return Word(restricted=restricted, reason="PDS answered with the record of another NHS number")
    practice, reason = _practice(received.body, today)
    return Word(practice, restricted, "" if practice else reason)


def read_refusal(content: bytes) -> Trouble | None:
    """Return what a 400 or 404 means when PDS says in its own code that there is no such patient; else None."""
    outcome = read_resource(content)
    if not isinstance(outcome, OperationOutcome):
        return None
    codes = {coding.code for issue in outcome.issue if issue.details for coding in issue.details.coding}
    return next((Trouble(Outcome.NOT_KNOWN, words) for code, words in _REFUSALS.items() if code in codes), None)


_REFUSALS = {
    "RESOURCE_NOT_FOUND": "PDS knows no patient by this NHS number",
    "INVALIDATED_RESOURCE": "PDS says that this NHS number is valid no more",
    "INVALID_RESOURCE_ID": "PDS does not take this for an NHS number",
}


def _marks(body: Patient) -> frozenset[str]:
    labels = body.meta.security if body.meta else ()
    return frozenset(label.code.upper() for label in labels if label.system in ("", _CONFIDENTIALITY))


def _is_of(received: Received, nhs_number: str) -> bool:
    return received.id == nhs_number and has_number(received, nhs_number) is Standing.OURS


def _practice(body: Patient, today: date) -> tuple[str, str]:
    """Return the one practice of today, or why there is none."""
    if any(_is_unclear(one) for one in body.general_practitioner):
        return "", "PDS names a practice in a way that cannot be read"
    now = {_code(one) for one in body.general_practitioner if _is_current(_period(one), today)}
    if len(now) == 1:
        return now.pop(), ""
    return "", "PDS names more than one practice" if now else "PDS names no practice for today"


def _is_unclear(practice: Reference) -> bool:
    """Say whether it is not known which practice this is, or when: it might be today's, and another."""
    return not _ODS_CODE.fullmatch(_code(practice)) or _is_current(_period(practice), date.min) is None


def _code(practice: Reference) -> str:
    named = practice.identifier
    return named.value.strip().upper() if named and named.system == _ODS else ""


def _period(practice: Reference) -> Period:
    return (practice.identifier and practice.identifier.period) or Period()


def _is_current(period: Period, today: date) -> bool | None:
    """Say whether a day lies in a period, both ends included; None when an end cannot be read."""
    try:
        start = date.fromisoformat(period.start[:10]) if period.start else date.min
        end = date.fromisoformat(period.end[:10]) if period.end else date.max
    except ValueError:
        return None
    return start <= today <= end
