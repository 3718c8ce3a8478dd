"""Is the patient with the clinician's own trust now? Ask it, and choose what bears out the clinician's claim.

Rule: it never blocks and never guesses. A trust that is late, silent or unclear proves nothing; the claim is then
only the clinician's word, needs a reason, and raises an alert.
"""

from dataclasses import dataclass
from datetime import datetime

from connectors.answer import GAPS, Answer, Kind, Presence, Question, Trust
from viewer import evidence
from viewer.access.presence import presence
from viewer.access.relationship import FINDING, Claim, Relationship
from viewer.asking import decide_asking
from viewer.clinical.patient import Person
from viewer.parts import Parts
from viewer.steps import Looking, ids_by_trust, number_of

SAID_ONLY = frozenset({Claim.IN_DEPARTMENT, Claim.UNDER_MY_CARE})  # unless the clinician's own trust bears them out


@dataclass(frozen=True, slots=True)
class Attendance:
    """What bears a claim out, or why nothing does: of a claim that is only said, one of the two has words."""

    proof: str = ""  # "an emergency attendance since 22-Nov-2026 02:10, by Sheffield Teaching’s own record"
    why_not: str = ""  # for the clinician, who must then give a reason


def ask_attendance(parts: Parts, looking: Looking, person: Person, relationship: Relationship) -> Attendance:
    """Ask the clinician's own trust whether the patient is there; its silence is no reason to wait."""
    claim, rules = relationship.claim, parts.rules()
    if claim not in SAID_ONLY:
        return Attendance()
    own = next((trust for trust in parts.trusts if trust.ods == looking.who.organisation.ods), None)
    if own is None:
        return Attendance(why_not="Your organisation is not one of the trusts, so no record of an attendance was asked")
    (asked,) = decide_asking(rules, looking, FINDING, (own,), (Kind.DEMOGRAPHICS,))
    ids = ids_by_trust(person).get(own.name, ())
    if not asked.kinds or not ids:
        return Attendance(why_not=f"{own.title} names no record of this patient, so nothing shows that they are there")
    parts.log(rules, evidence.attendance_asked(looking, person, relationship, asked, parts.clock()))
    question = Question(own, Presence(ids, number_of(person)), looking.sign_in)
    return attendance(_soon(parts, question), claim, own, parts.clock())


def _soon(parts: Parts, question: Question) -> Answer | None:
    """Return the answer if it comes soon. One that comes later is not waited for: the claim is only said."""
    began = parts.clock()
    for arrived in parts.ask((question,)):
        for answer in arrived:
            return answer
        if parts.clock() - began >= parts.presence_lasts:
            return None
    return None


def attendance(answer: Answer | None, claim: Claim, trust: Trust, now: datetime) -> Attendance:
    """Return what this answer of the clinician's own trust bears out of this claim."""
    present = presence(answer.received if answer else (), now)
    borne_out = {Claim.IN_DEPARTMENT: present.in_department, Claim.UNDER_MY_CARE: present.under_care}.get(claim)
    if borne_out:
        return Attendance(proof=f"{borne_out}, by {trust.title}’s own record")
    if answer is None or answer.outcome in GAPS:
        return Attendance(why_not=f"{trust.title} did not say whether the patient is there")
    wanted = "emergency attendance now" if claim is Claim.IN_DEPARTMENT else "stay, attendance or appointment"
    return Attendance(why_not=f"{trust.title}’s own record shows no {wanted}")
