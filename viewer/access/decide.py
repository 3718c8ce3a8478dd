"""May this person ask this trust? May they see this report? Say which clause said yes, or why not.

Rule: no, by default. Nothing here reads a clock or a file; the day, the moment and the agreements are handed in.

docs/access-rules.md says in words what stands here, by the same numbers. A yes needs every one of these,
in this order, and the first that fails is the reason:

2. the role may look at patients, and for the purpose and by the relationship stated;
3. a glass that was broken still holds;
4. the patient has not dissented, is not restricted and, for a GP, is registered with the GP's own practice;
5. the trust's own file does not withhold the kind;
6. some agreement is in force, the trust has signed it, the person who asks belongs to a party that has signed it
   or, a GP, to a practice it names, and one clause names the role, the purpose, the relationship and the kind;
7. of a report: all of this says yes again, and no never-shared class touches any part of it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from connectors.answer import Kind
from viewer.access.agreement import Agreement, Narrowing, NeverShared, never_shared_classes
from viewer.access.clinician import Clinician, Role
from viewer.access.force import is_superseded, why_not_in_force
from viewer.access.glass import LONGEST, breaks_glass, why_glass_does_not_hold, why_not_fresh
from viewer.access.relationship import (
    FINDING,
    Claim,
    Purpose,
    Relationship,
    is_restricted,
    may_state,
    practices_named,
    registered_with,
)
from viewer.access.rules import Rules
from viewer.access.standing import PdsWord, Standing
from viewer.access.wording import DISSENTED, KINDS, ROLES, in_words, why
from viewer.clinical.patient import Patient, Person
from viewer.clinical.report import Code, Report, Result, Specimen, Study, Unreadable, Words
from viewer.clinical.timeline import Row

RESULT_KINDS = (Kind.LABORATORY, Kind.RADIOLOGY)

_Codes = frozenset[tuple[str, str]]  # (system, code), both folded


@dataclass(frozen=True, slots=True)
class Decision:
    """A yes or a no, with its reason whichever way it went."""

    allowed: bool
    because: str
    clause: str = ""  # "WT-2026 cl. 4.2(a)" when a clause said yes
    agreement: str = ""  # the agreement's name when one said yes


def may_ask(who: Clinician, relationship: Relationship, trust: str, kind: Kind, rules: Rules) -> Decision:
    """May this person, in this relationship to the patient, ask the trust of this name for this kind now?"""
    return (
        _refused_by_role(who, relationship, kind)
        or _refused_by_glass(relationship, rules)
        or _refused_by_the_trust_itself(trust, kind, rules.narrowings)
        or _any_of(_under(agreement, who, relationship, trust, kind, rules) for agreement in _not_superseded(rules))
    )


def may_list(
    who: Clinician, person: Person, rules: Rules, standing: Standing, relationship: Relationship = FINDING
) -> Decision:
    """May this person be shown that these records exist, in a list of who was found?"""
    return (
        _refused_by_role(who, relationship, Kind.DEMOGRAPHICS)
        or _refused_by_glass(relationship, rules)
        or _refused_by_patient(who, person, relationship, rules, standing)
        or _all_of(may_ask(who, relationship, record.trust.name, Kind.DEMOGRAPHICS, rules) for record in person.records)
    )


def may_open(who: Clinician, person: Person, relationship: Relationship, rules: Rules, standing: Standing) -> Decision:
    """May this person open this patient, in this relationship, so that at least one trust can be asked for results?"""
    return (
        _refused_by_role(who, relationship, Kind.LABORATORY)
        or _refused_by_glass(relationship, rules)
        or _refused_by_dissent(standing)
        or _refused_by_patient(who, person, relationship, rules, standing)
        or _any_result(who, relationship, rules)
    )


def may_go_on(
    who: Clinician,
    person: Person,
    fresh: Iterable[Patient],
    relationship: Relationship,
    rules: Rules,
    standing: Standing,
) -> Decision:
    """May this person go on looking, now that these records of the patient came with the results?

    A trust that was silent while the patient was sought may mark the record as restricted, or name another practice.
    """
    known_now = replace(person, records=(*person.records, *fresh))
    return may_open(who, known_now, relationship, rules, standing)


def may_break_glass(
    who: Clinician, reason: str, authenticated_at: datetime | None, acr: str, strong: frozenset[str], rules: Rules
) -> Decision:
    """May this person break the glass for one patient now? What it then opens is decided like everything else."""
    broken = Relationship(Purpose.EMERGENCY_CARE, Claim.BREAK_GLASS, reason, since=rules.now, until=rules.now + LONGEST)
    return (
        _refused_by_role(who, broken, Kind.LABORATORY)
        or _refused_by_glass(broken, rules)
        or _no_if(why_not_fresh(authenticated_at, acr, strong, rules.now))
        or _any_result(who, broken, rules)
    )


def may_see(who: Clinician, relationship: Relationship, sent: Row | Iterable[Report], rules: Rules) -> Decision:
    """May this person see this row: the report, its copies and its earlier versions? All of it, or none of it."""
    return may_see_each(who, relationship, (sent,), rules)[0]


def may_see_each(
    who: Clinician, relationship: Relationship, sent: Iterable[Row | Iterable[Report] | Unreadable], rules: Rules
) -> tuple[Decision, ...]:
    """Decide on each of many rows as `may_see` does, and ask the agreements only once a trust and kind.

    What could not be read is decided on as either kind, and by the codes that could still be found in it.
    """
    classes = [
        (never, _listed(never))
        for never in never_shared_classes(rules.agreements, rules.narrowings)
        if not (never.opens_by_break_glass and breaks_glass(relationship))
    ]
    taken: dict[tuple[str, Kind], Decision] = {}

    def asked(trust: str, kind: Kind) -> Decision:
        if (trust, kind) not in taken:
            taken[trust, kind] = may_ask(who, relationship, trust, kind, rules)
        return taken[trust, kind]

    return tuple(_see(_every_report(one), asked, classes) for one in sent)


def _see(
    reports: Sequence[Report | Unreadable],
    asked: Callable[[str, Kind], Decision],
    classes: Sequence[tuple[NeverShared, _Codes]],
) -> Decision:
    again = _all_of(asked(report.trust.name, kind) for report in reports for kind in _kinds_of(report))
    return again if not again.allowed else _refused_as_never_shared(reports, classes) or again


def _kinds_of(sent: Report | Unreadable) -> tuple[Kind, ...]:
    """Return the report's kind, or both when nothing sent says which it is: it must then be allowed as either."""
    return (sent.kind,) if isinstance(sent, Report) and sent.kind_stated else RESULT_KINDS


# ── Who asks, and why ────────────────────────────────────────────────────────────────────────────


def _refused_by_role(who: Clinician, relationship: Relationship, kind: Kind) -> Decision | None:
    if who.role is Role.IG_OFFICER:
        return _no("An information governance officer sees the ledger, never a patient or a result")
    stated = (relationship.purpose, relationship.claim)
    if may_state(who.role, *stated) or (kind is Kind.DEMOGRAPHICS and stated == (FINDING.purpose, FINDING.claim)):
        return None
    return _no(f"{_capital(ROLES[who.role])} may not ask for {KINDS[kind]} for {why(relationship)}")


def _refused_by_glass(relationship: Relationship, rules: Rules) -> Decision | None:
    return _no_if(why_glass_does_not_hold(relationship, rules.now)) if breaks_glass(relationship) else None


# ── Whom it is about ─────────────────────────────────────────────────────────────────────────────


def _refused_by_dissent(standing: Standing) -> Decision | None:
    return _no(DISSENTED) if standing.dissent else None


def _refused_by_patient(
    who: Clinician, person: Person, relationship: Relationship, rules: Rules, standing: Standing
) -> Decision | None:
    if breaks_glass(relationship):
        return None
    if is_restricted(person) or (standing.pds is not None and standing.pds.restricted):
        # Says nothing of where: the place is what the restriction protects.
        return _no("This patient’s record is restricted, and nobody may open it here")
    if who.role is not Role.GP:
        return None
    return _refused_by_pds(who, standing.pds) if rules.pds else _refused_by_the_records(who, person)


def _refused_by_pds(who: Clinician, said: PdsWord | None) -> Decision | None:
    practice = f"{who.organisation.name} ({who.organisation.ods})"
    if said is None:
        return _no(f"PDS did not answer, so registration with {practice} is not proven")
    if said.practice == who.organisation.ods:
        return None
    return _no(f"PDS does not name {practice} as this patient’s practice")


def _refused_by_the_records(who: Clinician, person: Person) -> Decision | None:
    return None if registered_with(person, who.organisation.ods) else _no(_why_not_registered(who, person))


def _why_not_registered(who: Clinician, person: Person) -> str:
    named, practice = practices_named(person), f"{who.organisation.name} ({who.organisation.ods})"
    if not named:
        return f"No trust names this patient’s practice, so registration with {practice} is not proven"
    if who.organisation.ods in named:
        return f"The trusts do not agree that this patient is registered with {practice}"
    return f"The trusts do not name {practice} as this patient’s practice"


# ── What the trust itself withholds ──────────────────────────────────────────────────────────────


def _refused_by_the_trust_itself(trust: str, kind: Kind, narrowings: Iterable[Narrowing]) -> Decision | None:
    own = [narrowing for narrowing in narrowings if narrowing.trust == trust]
    if any(narrowing.unreadable for narrowing in own):
        return _no("This trust’s own file cannot be read, so it shares nothing here")
    if all(kind in narrowing.shares for narrowing in own):
        return None
    return _no(f"By its own decision this trust shares no {KINDS[kind]} here")


def _refused_as_never_shared(
    reports: Sequence[Report | Unreadable], classes: Sequence[tuple[NeverShared, _Codes]]
) -> Decision | None:
    trusts = {report.trust.name for report in reports}
    theirs = [(never, listed) for never, listed in classes if never.trust in trusts]
    if not theirs:
        return None
    sent = {_folded(code.system, code.code) for report in reports for code in _every_code(report)}
    touched = next((never for never, listed in theirs if not listed.isdisjoint(sent)), None)
    return _no(touched.sentence) if touched else None


def _listed(never: NeverShared) -> _Codes:
    """Return the codes to look for: those listed, and the same sent without their system."""
    listed = frozenset(_folded(system, code) for system, code in never.codes)
    return listed | {("", code) for _, code in listed}


def _folded(system: str, code: str) -> tuple[str, str]:
    return system.strip().casefold(), code.strip().casefold()


# ── What the agreements say ──────────────────────────────────────────────────────────────────────


def _any_result(who: Clinician, relationship: Relationship, rules: Rules) -> Decision:
    """Return the first yes to asking any party for any result."""
    parties = dict.fromkeys(party.name for agreement in rules.agreements for party in agreement.parties)
    return _any_of(may_ask(who, relationship, trust, kind, rules) for trust in parties for kind in RESULT_KINDS)


def _not_superseded(rules: Rules) -> Sequence[Agreement]:
    """Leave out what has been superseded, which says no in any case: its reason would only hide the others'."""
    last = [one for one in rules.agreements if not is_superseded(one, rules.agreements, rules.today)]
    return last or rules.agreements


def _under(
    agreement: Agreement, who: Clinician, relationship: Relationship, trust: str, kind: Kind, rules: Rules
) -> Decision:
    if because := why_not_in_force(agreement, rules.agreements, rules.today):
        return _no(because)
    party = agreement.party(trust)
    if party is None:
        return _no(f"This trust is not a party to {agreement.short}")
    if not agreement.signed_by(trust, rules.today):
        return _no(f"{party.title} has not signed {agreement.short}")
    return _refused_to_the_asker(agreement, who, rules.today) or _by_clause(
        agreement, who, relationship, party.title, kind
    )


def _refused_to_the_asker(agreement: Agreement, who: Clinician, today: date) -> Decision | None:
    place = f"{who.organisation.name} ({who.organisation.ods})"
    if who.role is Role.GP:
        named = who.organisation.ods in agreement.practices
        return None if named else _no(f"{place} is not a practice named in {agreement.short}")
    own = agreement.party_at(who.organisation.ods)
    if own is None:
        return _no(f"{place} is not a party to {agreement.short}")
    if not agreement.signed_by(own.name, today):
        return _no(f"{own.title} has not signed {agreement.short}, so nobody there may ask under it")
    return None


def _by_clause(agreement: Agreement, who: Clinician, relationship: Relationship, title: str, kind: Kind) -> Decision:
    clause = next((clause for clause in agreement.clauses if clause.permits(who, relationship, kind)), None)
    role, reason = ROLES[who.role], why(relationship)
    if clause is None:
        return _no(f"No clause of {agreement.short} lets {role} ask for {KINDS[kind]} for {reason}")
    name = f"{agreement.short} cl. {clause.number}"
    because = f"{name}: {role}, {reason}; {title} shares until {in_words(agreement.ends)}"
    return Decision(allowed=True, because=because, clause=name, agreement=agreement.name)


# ── Several decisions, or several reports, as one ────────────────────────────────────────────────


def _any_of(decisions: Iterable[Decision]) -> Decision:
    """Return the first yes, or a no with every reason."""
    reasons: dict[str, None] = {}
    for decision in decisions:
        if decision.allowed:
            return decision
        reasons[decision.because] = None
    return _no("; ".join(reasons) or "There is no agreement")


def _all_of(decisions: Iterable[Decision]) -> Decision:
    """Return the first no, or else the first yes."""
    taken = list(decisions)
    return next((decision for decision in taken if not decision.allowed), None) or next(iter(taken), _NOTHING)


def _every_report(sent: Row | Iterable[Report] | Unreadable) -> tuple[Report | Unreadable, ...]:
    if isinstance(sent, Unreadable):
        return (sent,)
    return (sent.report, *sent.copies, *sent.earlier) if isinstance(sent, Row) else tuple(sent)


def _every_code(report: Report | Unreadable) -> Iterator[Code]:
    """Yield every code and label of a report: its own, its results' however deep, its specimens', its studies'."""
    yield from report.codes
    if isinstance(report, Unreadable):
        return
    yield from report.categories
    yield from report.security
    yield from report.conclusion_codes
    parts: tuple[Specimen | Study | Unreadable, ...] = (*report.specimens, *report.studies)
    for part in parts:
        yield from part.codes
    for result in report.results:
        yield from _codes_of_result(result)


def _codes_of_result(result: Result | Unreadable) -> Iterator[Code]:
    yield from result.codes
    if isinstance(result, Unreadable):
        return
    if isinstance(result.value, Words):
        yield from result.value.codes
    for member in result.members:
        yield from _codes_of_result(member)


def _no(because: str) -> Decision:
    return Decision(allowed=False, because=because)


def _no_if(because: str) -> Decision | None:
    return _no(because) if because else None


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]


_NOTHING = _no("There is nothing to show")
