"""Who may ask, list, open and see: the tables an information governance lead reads."""

# ruff: noqa: E501  (a row of a table reads better wide than folded)

from dataclasses import replace
from datetime import date

import pytest

from connectors.answer import Kind, Trust
from tests.access.builders import (
    A_DAY,
    BARNSLEY,
    CARE_RESULTS,
    CHILDRENS,
    EMERGENCY,
    EMERGENCY_RESULTS,
    FIND,
    GLASS,
    GP_RESULTS,
    GUMPCR,
    NOON,
    PARTIES,
    REGISTERED,
    ROTHERHAM,
    SEXUAL_HEALTH,
    STD,
    TEACHING,
    UNDER_MY_CARE,
    a_consultant,
    a_gp,
    a_person,
    a_record,
    a_report,
    a_result,
    an_agreement,
    an_ig_officer,
    rules_of,
    signed_by,
    signed_by_all_but,
    somebody,
)
from viewer.access.agreement import Agreement, Narrowing
from viewer.access.clinician import Clinician, Role
from viewer.access.decide import Decision, may_ask, may_go_on, may_list, may_open, may_see
from viewer.access.relationship import FINDING, Claim, Purpose, Relationship
from viewer.access.rules import Rules
from viewer.access.standing import Standing
from viewer.clinical.patient import Patient, Person
from viewer.clinical.report import Code, Report, Specimen, Status, Study, Unreadable, Words
from viewer.clinical.timeline import Row

LAB, RAD, WHO = Kind.LABORATORY, Kind.RADIOLOGY, Kind.DEMOGRAPHICS
CONSULTANT, CLINICIAN, GP, OFFICER = a_consultant(), somebody(Role.CLINICIAN), a_gp(), an_ig_officer()


# ── Role, purpose, relationship and kind ─────────────────────────────────────────────────────────

YES_BY = "WT-2026 cl. "
ROLE_TABLE = [
    # who, relationship, kind, the clause that says yes, or "" and because
    (CONSULTANT, FINDING, WHO, "2.1", ""),
    (CONSULTANT, EMERGENCY, WHO, "2.1", ""),
    (CONSULTANT, EMERGENCY, LAB, "4.2(a)", ""),
    (CONSULTANT, EMERGENCY, RAD, "4.2(a)", ""),
    (CONSULTANT, UNDER_MY_CARE, LAB, "4.2(b)", ""),
    (CONSULTANT, UNDER_MY_CARE, RAD, "4.2(b)", ""),
    (CONSULTANT, FINDING, LAB, "", "A consultant may not ask for laboratory results for direct care before a relationship is stated"),
    (CONSULTANT, REGISTERED, LAB, "", "A consultant may not ask for laboratory results for direct care of a registered patient"),
    (CLINICIAN, FINDING, WHO, "2.1", ""),
    (CLINICIAN, EMERGENCY, LAB, "4.2(a)", ""),
    (CLINICIAN, UNDER_MY_CARE, RAD, "4.2(b)", ""),
    (CLINICIAN, REGISTERED, RAD, "", "A clinical practitioner may not ask for radiology results for direct care of a registered patient"),
    (GP, FINDING, WHO, "2.1", ""),
    (GP, REGISTERED, WHO, "2.1", ""),
    (GP, REGISTERED, LAB, "3.1", ""),
    (GP, REGISTERED, RAD, "3.1", ""),
    (GP, EMERGENCY, LAB, "", "A GP may not ask for laboratory results for emergency care of a patient in their department"),
    (GP, UNDER_MY_CARE, LAB, "", "A GP may not ask for laboratory results for direct care of a patient under their care"),
    (GP, FINDING, RAD, "", "A GP may not ask for radiology results for direct care before a relationship is stated"),
    (OFFICER, FINDING, WHO, "", "An information governance officer sees the ledger, never a patient or a result"),
    (OFFICER, EMERGENCY, LAB, "", "An information governance officer sees the ledger, never a patient or a result"),
    (OFFICER, Relationship(Purpose.AUDIT, Claim.NONE), LAB, "", "An information governance officer sees the ledger, never a patient or a result"),
]  # fmt: skip


@pytest.mark.parametrize(("who", "relationship", "kind", "clause", "because"), ROLE_TABLE)
def test_each_role_may_ask_for_its_own_purposes_and_no_others(
    who: Clinician, relationship: Relationship, kind: Kind, clause: str, because: str
) -> None:
    decision = may_ask(who, relationship, "rotherham", kind, rules_of())

    assert decision.allowed == bool(clause)
    assert decision.clause == (YES_BY + clause if clause else "")
    assert because in decision.because


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("claim", list(Claim))
def test_no_purpose_and_claim_outside_the_table_opens_results(role: Role, purpose: Purpose, claim: Claim) -> None:
    """Even under an agreement whose one clause permits everything to everybody."""
    everything = replace(FIND, number="1", roles=frozenset(Role), purposes=frozenset(Purpose), kinds=frozenset(Kind))
    agreement = an_agreement(clauses=(everything,))
    who = a_gp() if role is Role.GP else somebody(role)

    decision = may_ask(who, replace(GLASS, purpose=purpose, claim=claim), "rotherham", LAB, rules_of(agreement))

    hospital = {(Purpose.EMERGENCY_CARE, Claim.IN_DEPARTMENT), (Purpose.DIRECT_CARE, Claim.UNDER_MY_CARE)}
    glass = {(Purpose.EMERGENCY_CARE, Claim.BREAK_GLASS)}
    practice = {(Purpose.DIRECT_CARE, Claim.REGISTERED)}
    open_to = {Role.CONSULTANT: hospital | glass, Role.CLINICIAN: hospital | glass, Role.GP: practice | glass}
    assert decision.allowed == ((purpose, claim) in open_to.get(role, set()))


# ── Days, parties, signatures ────────────────────────────────────────────────────────────────────

ALL = PARTIES
AGREEMENT_TABLE = [
    # day, asked, who asks, agreement, allowed, because
    (date(2026, 4, 1), ROTHERHAM, CONSULTANT, an_agreement(), True, "Rotherham shares until 31 March 2027"),
    (date(2027, 3, 31), ROTHERHAM, CONSULTANT, an_agreement(), True, "Rotherham shares until 31 March 2027"),
    (date(2026, 3, 31), ROTHERHAM, CONSULTANT, an_agreement(), False, "WT-2026 starts on 1 April 2026"),
    (date(2027, 4, 1), ROTHERHAM, CONSULTANT, an_agreement(), False, "WT-2026 ended on 31 March 2027"),
    (A_DAY, TEACHING, CONSULTANT, an_agreement(), True, "Sheffield Teaching shares until"),
    (A_DAY, BARNSLEY, CONSULTANT, an_agreement(), False, "This trust is not a party to WT-2026"),
    (A_DAY, ROTHERHAM, CONSULTANT, an_agreement(signatures=signed_by_all_but(ROTHERHAM)), False, "Rotherham has not signed WT-2026"),
    (A_DAY, ROTHERHAM, CONSULTANT, an_agreement(signatures=signed_by_all_but(TEACHING)), False, "Sheffield Teaching has not signed WT-2026, so nobody there may ask under it"),
    (A_DAY, ROTHERHAM, CONSULTANT, an_agreement(signatures=signed_by_all_but(CHILDRENS)), True, "Rotherham shares until"),
    (A_DAY, ROTHERHAM, CONSULTANT, an_agreement(signatures=signed_by(*ALL, on=date(2026, 11, 22))), False, "WT-2026 is not carried: 0 of 5 have signed"),
    (A_DAY, ROTHERHAM, CONSULTANT, an_agreement(signatures=signed_by(*ALL, on=A_DAY)), True, "Rotherham shares until"),
    (A_DAY, ROTHERHAM, CONSULTANT, an_agreement(signatures=()), False, "WT-2026 is not carried: 0 of 5 have signed"),
    (A_DAY, BARNSLEY, CONSULTANT, an_agreement(signatures=signed_by(*ALL, BARNSLEY)), False, "This trust is not a party to WT-2026"),
    (A_DAY, ROTHERHAM, somebody(Role.CONSULTANT, "RFF", "Barnsley Hospital"), an_agreement(signatures=signed_by(*ALL, BARNSLEY)), False, "Barnsley Hospital (RFF) is not a party to WT-2026"),
    (A_DAY, ROTHERHAM, somebody(Role.CONSULTANT, "Y99001", "Example Practice"), an_agreement(), False, "Example Practice (Y99001) is not a party to WT-2026"),
    (A_DAY, ROTHERHAM, CONSULTANT, an_agreement(clauses=(FIND, GP_RESULTS)), False, "No clause of WT-2026 lets a consultant ask for laboratory results for emergency care of a patient in their department"),
    (A_DAY, ROTHERHAM, CONSULTANT, an_agreement(clauses=(replace(EMERGENCY_RESULTS, kinds=frozenset({RAD})),)), False, "No clause of WT-2026 lets a consultant ask for laboratory results"),
]  # fmt: skip


@pytest.mark.parametrize(("day", "asked", "who", "agreement", "allowed", "because"), AGREEMENT_TABLE)
def test_an_agreement_lets_signed_parties_ask_each_other_while_it_lasts(
    day: date, asked: Trust, who: Clinician, agreement: Agreement, allowed: bool, because: str
) -> None:
    decision = may_ask(who, EMERGENCY, asked.name, LAB, rules_of(agreement, today=day))

    assert decision.allowed == allowed
    assert because in decision.because


PRACTICE_TABLE = [
    (a_gp(), True, "WT-2026 cl. 3.1: a GP, direct care of a registered patient; Rotherham shares until 31 March 2027"),
    (a_gp("Y99009", "Hillside Practice"), False, "Hillside Practice (Y99009) is not a practice named in WT-2026"),
    (somebody(Role.GP, "RHQ"), False, "Sheffield Teaching Hospitals (RHQ) is not a practice named in WT-2026"),
]


@pytest.mark.parametrize(("who", "allowed", "because"), PRACTICE_TABLE)
def test_a_gp_asks_from_a_practice_the_agreement_names(who: Clinician, allowed: bool, because: str) -> None:
    decision = may_ask(who, REGISTERED, "rotherham", LAB, rules_of())

    assert decision == Decision(allowed, because, decision.clause, decision.agreement)


def test_without_any_agreement_nobody_is_asked() -> None:
    assert may_ask(CONSULTANT, EMERGENCY, "rotherham", LAB, Rules((), (), A_DAY, NOON)) == Decision(
        False, "There is no agreement"
    )


def test_a_second_agreement_may_say_yes_where_the_first_says_no() -> None:
    old = an_agreement(name="old", short="OLD", ends=date(2026, 6, 30))

    decision = may_ask(CONSULTANT, EMERGENCY, "rotherham", LAB, rules_of(old, an_agreement()))

    assert decision.agreement == "working_together_2026"


def test_when_every_agreement_says_no_each_reason_is_given() -> None:
    old = an_agreement(name="old", short="OLD", ends=date(2026, 6, 30))

    decision = may_ask(CONSULTANT, EMERGENCY, "rotherham", LAB, rules_of(old, an_agreement(signatures=())))

    assert decision == Decision(False, "OLD ended on 30 June 2026; WT-2026 is not carried: 0 of 5 have signed")


NARROWING_TABLE = [
    (frozenset(Kind), True, True, True),
    (frozenset({WHO, LAB}), True, True, False),
    (frozenset({WHO}), True, False, False),
    (frozenset[Kind](), False, False, False),
]


@pytest.mark.parametrize(("shares", "who_is_this", "laboratory", "radiology"), NARROWING_TABLE)
def test_a_trust_narrows_what_it_shares_by_its_own_file(
    shares: frozenset[Kind], who_is_this: bool, laboratory: bool, radiology: bool
) -> None:
    narrowing = Narrowing("rotherham", shares)

    def asked(kind: Kind, trust: str = "rotherham") -> bool:
        return may_ask(CONSULTANT, EMERGENCY, trust, kind, rules_of(narrowings=(narrowing,))).allowed

    assert (asked(WHO), asked(LAB), asked(RAD)) == (who_is_this, laboratory, radiology)
    assert all(asked(kind, "sheffield_childrens") for kind in Kind)


def test_a_narrowing_says_that_it_is_the_trusts_own_decision() -> None:
    narrowing = Narrowing("rotherham", frozenset({WHO, LAB}))

    decision = may_ask(CONSULTANT, EMERGENCY, "rotherham", RAD, rules_of(narrowings=(narrowing,)))

    assert decision == Decision(False, "By its own decision this trust shares no radiology results here")


# ── Listing and opening a patient ────────────────────────────────────────────────────────────────

OWN, OTHER, UNNAMED = "Y99001", "Y99002", ""
REGISTRATION_TABLE = [
    # what three trusts name as the practice, may the GP of Y99001 list and open, because
    ((OWN, OWN, OWN), True, "WT-2026 cl."),
    ((OWN, UNNAMED, UNNAMED), True, "WT-2026 cl."),
    ((UNNAMED, UNNAMED, UNNAMED), False, "No trust names this patient’s practice, so registration with Example Practice (Y99001) is not proven"),
    ((OWN, OTHER, OWN), False, "The trusts do not agree that this patient is registered with Example Practice (Y99001)"),
    ((OWN, OTHER, UNNAMED), False, "The trusts do not agree that this patient is registered with Example Practice (Y99001)"),
    ((OTHER, OTHER, OTHER), False, "The trusts do not name Example Practice (Y99001) as this patient’s practice"),
    ((OTHER, UNNAMED, UNNAMED), False, "The trusts do not name Example Practice (Y99001) as this patient’s practice"),
]  # fmt: skip


def a_person_of(practices: tuple[str, str, str]) -> Person:
    return a_person(*(a_record(trust, practice) for trust, practice in zip(PARTIES[:3], practices, strict=True)))


@pytest.mark.parametrize(("practices", "allowed", "because"), REGISTRATION_TABLE)
def test_a_gp_lists_and_opens_patients_that_the_trusts_agree_are_the_practices_own(
    practices: tuple[str, str, str], allowed: bool, because: str
) -> None:
    person = a_person_of(practices)

    listed = may_list(GP, person, rules_of(), Standing())
    opened = may_open(GP, person, REGISTERED, rules_of(), Standing())

    assert (listed.allowed, opened.allowed) == (allowed, allowed)
    assert because in listed.because
    assert because in opened.because


def test_a_refused_gp_is_not_told_another_practice() -> None:
    decision = may_open(GP, a_person_of((OTHER, OTHER, OTHER)), REGISTERED, rules_of(), Standing())

    assert OTHER not in decision.because


@pytest.mark.parametrize("who", [CONSULTANT, CLINICIAN])
@pytest.mark.parametrize("practices", [row[0] for row in REGISTRATION_TABLE])
def test_hospital_clinicians_list_and_open_patients_of_any_practice(
    who: Clinician, practices: tuple[str, str, str]
) -> None:
    person = a_person_of(practices)

    assert may_list(who, person, rules_of(), Standing()).clause == "WT-2026 cl. 2.1"
    assert may_open(who, person, EMERGENCY, rules_of(), Standing()).clause == "WT-2026 cl. 4.2(a)"


@pytest.mark.parametrize("who", [CONSULTANT, CLINICIAN, GP])
def test_a_restricted_patient_is_refused_to_everybody_without_saying_where(who: Clinician) -> None:
    person = a_person(a_record(ROTHERHAM), a_record(TEACHING, restricted=True))
    relationship = REGISTERED if who.role is Role.GP else EMERGENCY

    listed = may_list(who, person, rules_of(), Standing())
    opened = may_open(who, person, relationship, rules_of(), Standing())

    assert listed == opened == Decision(False, "This patient’s record is restricted, and nobody may open it here")


def test_an_ig_officer_lists_opens_and_sees_nobody() -> None:
    because = "An information governance officer sees the ledger, never a patient or a result"

    decisions = {
        may_list(OFFICER, a_person(), rules_of(), Standing()),
        may_open(OFFICER, a_person(), EMERGENCY, rules_of(), Standing()),
        may_see(OFFICER, EMERGENCY, [a_report()], rules_of()),
    }

    assert decisions == {Decision(False, because)}


def test_opening_a_patient_takes_one_trust_at_least_that_may_be_asked() -> None:
    unsigned = an_agreement(signatures=signed_by_all_but(TEACHING))
    rotherham_consultant = somebody(Role.CONSULTANT, "RFR", "Rotherham")

    assert may_open(rotherham_consultant, a_person(), EMERGENCY, rules_of(unsigned), Standing()).allowed
    assert not may_open(CONSULTANT, a_person(), EMERGENCY, rules_of(unsigned), Standing()).allowed
    assert not may_open(CONSULTANT, a_person(), EMERGENCY, Rules((), (), A_DAY, NOON), Standing()).allowed


def test_opening_needs_a_relationship_that_the_role_may_state() -> None:
    decision = may_open(GP, a_person(), EMERGENCY, rules_of(), Standing())

    assert decision == Decision(
        False,
        "A GP may not ask for laboratory results for emergency care of a patient in their department",
    )


def test_a_patient_is_listed_only_from_trusts_that_may_be_asked_who_it_is() -> None:
    unsigned = an_agreement(signatures=signed_by_all_but(CHILDRENS))

    assert may_list(CONSULTANT, a_person(a_record(ROTHERHAM)), rules_of(unsigned), Standing()).allowed
    assert may_list(CONSULTANT, a_person(a_record(CHILDRENS)), rules_of(unsigned), Standing()) == Decision(
        False, "Sheffield Children’s has not signed WT-2026"
    )


GOING_ON_TABLE = [
    # who, relationship, what a trust sends that was silent before, allowed, because
    (CONSULTANT, EMERGENCY, a_record(TEACHING), True, "WT-2026 cl. 4.2(a)"),
    (CONSULTANT, EMERGENCY, a_record(TEACHING, OTHER), True, "WT-2026 cl. 4.2(a)"),
    (CONSULTANT, EMERGENCY, a_record(TEACHING, restricted=True), False, "is restricted"),
    (GP, REGISTERED, a_record(TEACHING), True, "WT-2026 cl. 3.1"),
    (GP, REGISTERED, a_record(TEACHING, UNNAMED), True, "WT-2026 cl. 3.1"),
    (GP, REGISTERED, a_record(TEACHING, OTHER), False, "The trusts do not agree"),
    (GP, REGISTERED, a_record(TEACHING, restricted=True), False, "is restricted"),
]


@pytest.mark.parametrize(("who", "relationship", "fresh", "allowed", "because"), GOING_ON_TABLE)
def test_a_record_that_comes_later_is_decided_on_too(
    who: Clinician, relationship: Relationship, fresh: Patient, allowed: bool, because: str
) -> None:
    decision = may_go_on(who, a_person(), [fresh], relationship, rules_of(), Standing())

    assert decision.allowed == allowed
    assert because in decision.because


# ── Seeing a report ──────────────────────────────────────────────────────────────────────────────


def see(sent: Row | list[Report], agreement: Agreement | None = None, never_shares: bool = True) -> Decision:
    narrowing = Narrowing("rotherham", never_shared=(SEXUAL_HEALTH,) if never_shares else ())
    return may_see(CONSULTANT, EMERGENCY, sent, rules_of(agreement or an_agreement(), narrowings=(narrowing,)))


def test_an_ordinary_report_is_seen_under_the_clause_that_let_it_be_asked_for() -> None:
    decision = see([a_report(results=(a_result(codes=(Code("urn:rotherham", "K"),)),))])

    assert decision.allowed
    assert decision.clause == "WT-2026 cl. 4.2(a)"


NEVER_SHARED_TABLE = [
    ("its own code", a_report(codes=(GUMPCR,))),
    ("a label", a_report(security=(STD,))),
    ("a category", a_report(categories=(STD,))),
    ("a conclusion", a_report(conclusion_codes=(GUMPCR,))),
    ("a result", a_report(results=(a_result(), a_result(codes=(GUMPCR,))))),
    ("a result deep in a group", a_report(results=(a_result(a_result(a_result(codes=(GUMPCR,)))),))),
    ("a value", a_report(results=(a_result(value=Words("positive", (GUMPCR,))),))),
    ("a specimen's type", a_report(specimens=(Specimen("Specimen/1", "swab", codes=(GUMPCR,)),))),
    ("a specimen nobody could read", a_report(specimens=(Unreadable(ROTHERHAM, "Specimen", "1", "no type", (GUMPCR,)),))),
    ("an imaging procedure", a_report(kind=RAD, studies=(Study("ImagingStudy/1", "scan", Status.UNKNOWN, codes=(GUMPCR,)),))),
    ("a part nobody could read", a_report(results=(Unreadable(ROTHERHAM, "Observation", "1", "no code", (GUMPCR,)),))),
    ("a group's part nobody could read", a_report(results=(replace(a_result(), members=(Unreadable(ROTHERHAM, "Observation", "1", "no code", (STD,)),)),))),
    ("another case", a_report(codes=(Code("URN:Rotherham", " gumpcr "),))),
    ("a code without its system", a_report(codes=(Code("", "GUMPCR"),))),
    ("radiology", a_report(kind=RAD, codes=(GUMPCR,))),
]  # fmt: skip


@pytest.mark.parametrize(("where", "report"), NEVER_SHARED_TABLE, ids=[row[0] for row in NEVER_SHARED_TABLE])
def test_a_never_shared_code_anywhere_withholds_the_whole_report(where: str, report: Report) -> None:
    assert see([report]) == Decision(False, "Rotherham never shares sexual-health results here")


@pytest.mark.parametrize("where", ["copies", "earlier"])
def test_a_never_shared_copy_or_earlier_version_withholds_the_row(where: str) -> None:
    row = replace(Row(a_report()), **{where: (a_report(codes=(GUMPCR,)),)})

    assert see(row) == Decision(False, "Rotherham never shares sexual-health results here")


def test_a_copy_held_elsewhere_does_not_get_round_the_trusts_own_rule() -> None:
    row = Row(a_report(TEACHING, codes=(GUMPCR,)), copies=(a_report(ROTHERHAM),))

    assert not see(row).allowed


def test_another_trusts_report_is_not_touched_by_a_class_that_is_not_its_own() -> None:
    assert see([a_report(TEACHING, codes=(STD,))]).allowed


def test_the_same_code_in_another_system_is_not_touched() -> None:
    assert see([a_report(codes=(Code("urn:elsewhere", "GUMPCR"),))]).allowed


def test_an_agreements_class_holds_though_the_agreement_has_ended() -> None:
    ended = an_agreement(name="old", short="OLD", ends=date(2026, 6, 30), never_shared=(SEXUAL_HEALTH,))

    decision = may_see(CONSULTANT, EMERGENCY, [a_report(codes=(STD,))], rules_of(ended, an_agreement()))

    assert decision == Decision(False, "Rotherham never shares sexual-health results here")


def test_what_may_no_longer_be_asked_for_may_no_longer_be_seen() -> None:
    decision = see([a_report()], an_agreement(ends=date(2026, 11, 20)))

    assert decision == Decision(False, "WT-2026 ended on 20 November 2026")


def test_a_row_is_withheld_when_a_copy_comes_from_a_trust_that_may_not_be_asked() -> None:
    row = Row(a_report(ROTHERHAM), copies=(a_report(CHILDRENS),))

    decision = see(row, an_agreement(signatures=signed_by_all_but(CHILDRENS)))

    assert decision == Decision(False, "Sheffield Children’s has not signed WT-2026")


@pytest.mark.parametrize("shares", [frozenset({WHO, LAB}), frozenset({WHO, RAD})])
def test_a_report_of_unstated_kind_is_seen_only_where_both_kinds_may_be(shares: frozenset[Kind]) -> None:
    unstated = a_report(kind_stated=False)
    narrowing = Narrowing("rotherham", shares)

    assert see([unstated]).allowed
    assert not may_see(CONSULTANT, EMERGENCY, [unstated], rules_of(narrowings=(narrowing,))).allowed


def test_nothing_is_not_something_one_may_see() -> None:
    assert see([]) == Decision(False, "There is nothing to show")


def test_care_and_emergency_are_different_clauses() -> None:
    agreement = an_agreement(clauses=(CARE_RESULTS,))

    assert may_ask(CONSULTANT, UNDER_MY_CARE, "rotherham", LAB, rules_of(agreement)).allowed
    assert not may_ask(CONSULTANT, EMERGENCY, "rotherham", LAB, rules_of(agreement)).allowed
