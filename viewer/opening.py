"""Open one patient: for a purpose that is stated, or by breaking the glass.

Rule: the log holds that a patient is opened, or why not, before anybody knows it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from connectors.answer import ByNumber, ByTraits
from viewer import evidence
from viewer.access.decide import Decision, may_break_glass, may_list, may_open
from viewer.access.glass import why_no_reason
from viewer.access.relationship import Claim, Purpose, Relationship
from viewer.access.rules import Rules
from viewer.access.standing import PdsWord, Standing
from viewer.attendance import Attendance, ask_attendance
from viewer.clinical.patient import Person
from viewer.listing import with_mark, with_records_of_today
from viewer.parts import Parts
from viewer.steps import Candidate, Looking, NeedsReason, Opened, ids_by_trust, number_of


def open_patient(
    parts: Parts, looking: Looking, person: Person, relationship: Relationship, *, restricted: bool = False
) -> Opened | NeedsReason | Decision:
    """Open one person for a stated purpose, or return the Decision that refuses it, or what a reason is needed for.

    `restricted`: a mark was seen when they were sought, though none stands on the records that could be read.
    """
    heard = parts.begin_to_ask_pds(looking, number_of(person))
    attended = _attended(parts, looking, person, relationship, restricted=restricted)
    word = heard.result() if heard else None
    rules, marked = parts.rules(), restricted or bool(word and word.restricted)
    person = with_records_of_today(looking, person, rules)
    decision = _may_open(looking, person, relationship, rules, parts.standing(person, with_mark(word, marked)))
    if decision.allowed and attended.why_not and why_no_reason(relationship.reason):
        return NeedsReason(attended.why_not)
    proof = attended.proof or (_proof_of_registration(rules) if relationship.claim is Claim.REGISTERED else "")
    stated = replace(relationship, proof=proof) if decision.allowed else relationship
    parts.log(rules, evidence.opening(looking, person, stated, decision, parts.clock(), restricted=marked))
    return _opened(parts, person, stated, word) if decision.allowed else decision


def _attended(
    parts: Parts, looking: Looking, person: Person, relationship: Relationship, *, restricted: bool
) -> Attendance:
    """Ask whether the patient is there, unless it is clear already that they may not be opened."""
    standing = parts.standing(person, with_mark(None, restricted))
    may = may_open(looking.who, person, relationship, parts.rules(), standing).allowed
    return ask_attendance(parts, looking, person, relationship) if may else Attendance()


def _may_open(
    looking: Looking, person: Person, relationship: Relationship, rules: Rules, standing: Standing
) -> Decision:
    """Decide on opening; and whether who they are may be shown at all, which every page of theirs does."""
    decision = may_open(looking.who, person, relationship, rules, standing)
    listed = may_list(looking.who, person, rules, standing) if decision.allowed else decision
    return decision if listed.allowed else listed


def _opened(parts: Parts, person: Person, relationship: Relationship, word: PdsWord | None) -> Opened:
    return Opened(
        parts.new_id(), person, relationship, ids_by_trust(person), parts.clock(), pds=word, secret=parts.new_id()
    )


def _proof_of_registration(rules: Rules) -> str:
    return "PDS" if rules.pds else "the trusts’ own records"


# ── Breaking the glass ───────────────────────────────────────────────────────────────────────────


USED = "Emergency access needs a fresh sign-in for each patient, and this one has opened a patient already"


@dataclass(frozen=True, slots=True)
class Proof:
    """What breaking the glass takes: a reason in words, and a sign-in fresh, strong and not used for this before."""

    reason: str
    authenticated_at: datetime | None
    acr: str
    used: bool = False  # this proof of who they are has broken a glass already


def may_break(parts: Parts, looking: Looking, query: ByNumber | ByTraits, proof: Proof) -> Relationship | Decision:
    """Return the relationship a broken glass gives from now on, for one patient; or write down why it is not broken."""
    rules = parts.rules()
    decision = may_break_glass(looking.who, proof.reason, proof.authenticated_at, proof.acr, parts.strong, rules)
    since, until = rules.now, rules.now + parts.glass_lasts
    stated = Relationship(Purpose.EMERGENCY_CARE, Claim.BREAK_GLASS, proof.reason, since=since, until=until)
    if decision.allowed and proof.used:
        decision = Decision(allowed=False, because=USED)
    if decision.allowed:
        return stated
    parts.log(rules, evidence.glass_refused(looking, query, stated, decision, parts.clock()))
    return decision


def break_glass(
    parts: Parts, looking: Looking, candidate: Candidate, relationship: Relationship, take: Callable[[str], bool]
) -> Opened | Decision | None:
    """Open the one person the glass is broken for; it is in the log before anything shows, and so is a refusal.

    `take` is told the handle, and takes the breaking for it: when it says no, somebody was quicker, and this is None.
    """
    person, marked, rules = candidate.person, candidate.restricted, parts.rules()
    decision = may_open(looking.who, person, relationship, rules, parts.standing(person, None))
    opened = replace(_opened(parts, person, relationship, None), restricted=marked)
    if decision.allowed and not take(opened.handle):
        return None
    broken = evidence.glass_broken(looking, person, relationship, decision, parts.clock(), restricted=marked)
    parts.log(rules, broken)
    return opened if decision.allowed else decision
