"""What the log says of one look, or one refusal: who, when, whom, why, by which clause, and what was shown.

Source: the GP Connect audit minimum (user, role profile and organisation as at the time) and
IHE BALP 1.1.4. Rule: refusals are recorded in the same detail as successes.
"""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from viewer.access.clinician import Clinician


class Event(StrEnum):
    """What happened. Each is written before its page leaves."""

    SIGNED_IN = "signed in"
    SIGN_IN_REFUSED = "sign-in refused"
    ROLE_CHOSEN = "role chosen"
    SIGNED_OUT = "signed out"
    FIND_ASKED = "find asked"  # the trusts are about to be asked who this is
    FIND_SHOWN = "find shown"  # candidates are about to be listed; one event a patient listed, or one saying none
    PATIENT_OPENED = "patient opened"  # purpose and relationship stated
    RESULTS_ASKED = "results asked"
    RESULTS_SHOWN = "results shown"
    REPORT_SHOWN = "report shown"
    PRINTED = "printed"
    COPIED = "copied"  # chosen results left the viewer as text to be pasted, or as data
    EXPORTED = "exported"  # a report or entries left the viewer as a file
    GLASS_BROKEN = "glass broken"
    DISSENT_RECORDED = "dissent recorded"  # or ended: the outcome says which
    LEDGER_SEARCHED = "ledger searched"
    ALERT_HANDLED = "alert handled"  # explained, closed, escalated, or noted
    RULES_CHANGED = "rules changed"  # a trust's file or an agreement says something else than before
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class AtTrust:
    """What was decided about, asked of or shown from one trust."""

    trust: str  # the trust's name
    outcome: str  # an Outcome, or "asked", or "refused"
    because: str = ""  # the clause, or the reason
    laboratory: int = 0  # reports shown
    radiology: int = 0


@dataclass(frozen=True, slots=True)
class About:
    """What was known of the patient at the time, for the rules that look for snooping; of a restricted one no place."""

    family: str = field(default="", repr=False)
    born: str = field(default="", repr=False)
    died: str = field(default="", repr=False)
    postcode: str = field(default="", repr=False)
    address: str = field(default="", repr=False)  # its first line
    practice: str = ""  # ODS code
    restricted: bool = False


@dataclass(frozen=True, slots=True)
class AccessEvent:
    """One entry for the log. `nhs_number` is ten digits or "": the log is the one place it is written."""

    event: Event
    at: datetime
    who: Clinician | None  # None when nobody is signed in; `user` then says what is known
    sign_in: str  # the sign-in's reference (not the cookie)
    view: str = ""  # one id for everything that belongs to one look
    user: str = ""  # what is known of the person when `who` is None
    nhs_number: str = field(default="", repr=False)
    patient: str = field(default="", repr=False)  # "HARGREAVES, Walter, born 1944-03-09" as at the time, or ""
    purpose: str = ""
    claim: str = ""
    proof: str = ""  # what bears the claim out; "" when it was only said
    reason: str = field(default="", repr=False)  # the clinician's own words
    about: About = About()
    trusts: tuple[AtTrust, ...] = ()
    reports: tuple[str, ...] = ()  # keys of what was shown: "rotherham/DiagnosticReport/7@2"
    digest: str = ""  # SHA-256 over the released set, hex
    agreements: tuple[str, ...] = ()  # names of the agreements relied on
    texts: tuple[str, ...] = ()  # the SHA-256 of each one's text, in the same order
    outcome: str = ""  # "shown", "asked", "refused", "none found" …
    because: str = ""  # why refused, or which clause said yes
    device: str = ""  # address and browser, as the server saw them
    asked_for: str = field(default="", repr=False)  # what was searched by; of a patient never the values
    reference: str = ""  # of the alert, the export or the agreement it is about


def as_record(event: AccessEvent) -> dict[str, Any]:
    """Return the event as a plain mapping: every field, in the order declared; times ISO 8601 with microseconds."""
    who = event.who
    return {
        "event": event.event.value,
        "at": event.at.astimezone(tz=event.at.tzinfo).isoformat(timespec="microseconds"),
        "user_id": who.user_id if who else "",
        "user_name": who.name if who else event.user,
        "role": who.role.value if who else "",
        "role_name": who.role_name if who else "",
        "role_code": who.role_code if who else "",
        "role_profile": who.role_profile if who else "",
        "organisation_ods": who.organisation.ods if who else "",
        "organisation": who.organisation.name if who else "",
        "sign_in": event.sign_in,
        "view": event.view,
        "nhs_number": event.nhs_number,
        "patient": event.patient,
        "purpose": event.purpose,
        "claim": event.claim,
        "proof": event.proof,
        "reason": event.reason,
        "about": asdict(event.about),
        "trusts": [
            {
                "trust": at.trust,
                "outcome": at.outcome,
                "because": at.because,
                "laboratory": at.laboratory,
                "radiology": at.radiology,
            }
            for at in event.trusts
        ],
        "reports": list(event.reports),
        "digest": event.digest,
        "agreements": list(event.agreements),
        "texts": list(event.texts),
        "outcome": event.outcome,
        "because": event.because,
        "device": event.device,
        "asked_for": event.asked_for,
        "reference": event.reference,
    }
