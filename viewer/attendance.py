"""Is the patient with the clinician's own trust now? An encounter there bears out what the clinician says.

Rule: it never blocks and never guesses. A trust that is late, silent or unclear proves nothing; the claim is then
only the clinician's word, needs a reason, and raises an alert.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from connectors import resource as fhir
from connectors.answer import GAPS, Answer, Trust
from viewer.access.relationship import Claim
from viewer.access.wording import in_words
from viewer.clinical.report import Precision, When
from viewer.clinical.when import read_when

LONDON = ZoneInfo("Europe/London")
ACT_CODES = "v3-actcode"  # how the system of R4's encounter classes ends, folded
EMERGENCY = "EMER"  # in the emergency department
# Every other class of R4's value set: admitted, seen in a clinic, at home, by telephone …
CARE = frozenset({"IMP", "ACUTE", "NONAC", "OBSENC", "PRENC", "SS", "AMB", "FLD", "HH", "VR"})
_THERE = frozenset({"arrived", "triaged", "in-progress", "onleave"})  # R4 encounter-status


@dataclass(frozen=True, slots=True)
class Attendance:
    """What bears a claim out, or why nothing does: exactly one of the two has words."""

    proof: str = ""  # "an encounter at Sheffield Teaching since 02:10"
    why_not: str = ""  # for the clinician, who must then give a reason


def attendance(answer: Answer | None, claim: Claim, trust: Trust | None, now: datetime) -> Attendance:
    """Return what the clinician's own trust says of the patient's being there, for this claim."""
    if trust is None:
        return Attendance(why_not="Your organisation is not one of the trusts, so no record of an attendance was asked")
    proving = next((one for one in _encounters(answer) if _proves(one, claim, now)), None)
    if proving is not None:
        return Attendance(proof=_proof(proving, trust, now))
    if answer is None or answer.outcome in GAPS:
        return Attendance(why_not=f"{trust.title} did not say whether the patient is there")
    return Attendance(why_not=f"{trust.title}’s own record shows no {_wanted(claim)}")


def _encounters(answer: Answer | None) -> Iterable[fhir.Encounter]:
    received = answer.received if answer else ()
    return (got.body for got in received if isinstance(got.body, fhir.Encounter))


def _proves(encounter: fhir.Encounter, claim: Claim, now: datetime) -> bool:
    """An emergency attendance that goes on proves in-department; any other, also one still to come, under-my-care.

    A class that was not sent, or is a trust's own word, could be either, and proves neither.
    """
    match claim:
        case Claim.IN_DEPARTMENT:
            return _class_of(encounter) == EMERGENCY and encounter.status in _THERE
        case Claim.UNDER_MY_CARE:
            return _class_of(encounter) in CARE and (encounter.status in _THERE or _is_to_come(encounter, now))
        case _:
            return False


def _class_of(encounter: fhir.Encounter) -> str:
    sent = encounter.class_
    if sent is None or not sent.system.strip().rstrip("/").casefold().endswith(ACT_CODES):
        return ""
    return sent.code.strip().upper()


def _is_to_come(encounter: fhir.Encounter, now: datetime) -> bool:
    """A plan whose day is past, and that nobody closed, proves nothing; nor does one without a day."""
    begins = _begins(encounter)
    return encounter.status == "planned" and begins is not None and now - begins.instant < timedelta(days=1)


def _begins(encounter: fhir.Encounter) -> When | None:
    begins = read_when(encounter.period.start) if encounter.period else None
    return begins if isinstance(begins, When) else None


def _wanted(claim: Claim) -> str:
    return "attendance in the emergency department now" if claim is Claim.IN_DEPARTMENT else "stay, clinic or referral"


def _proof(encounter: fhir.Encounter, trust: Trust, now: datetime) -> str:
    planned = encounter.status == "planned"
    said = f"{'a planned' if planned else 'an'} encounter at {trust.title}"
    begins = _begins(encounter)
    return f"{said} {'for' if planned else 'since'} {_in_words(begins, now)}" if begins else said


def _in_words(begins: When, now: datetime) -> str:
    """Return "02:10" of today, "19 November 2026 02:10", or the day alone where no time was sent."""
    at = begins.instant.astimezone(LONDON)
    if begins.precision in (Precision.YEAR, Precision.MONTH, Precision.DAY):
        return in_words(at.date())
    today = at.date() == now.astimezone(LONDON).date()
    return f"{at:%H:%M}" if today else f"{in_words(at.date())} {at:%H:%M}"
