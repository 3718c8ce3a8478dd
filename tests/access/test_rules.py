"""The rules of docs/access-rules.md by their numbers: the sign-in, break-glass, dissent, restriction, registration."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from connectors.answer import Kind
from tests.access.builders import (
    EMERGENCY,
    GLASS,
    GUMPCR,
    NOON,
    REGISTERED,
    ROTHERHAM,
    SEXUAL_HEALTH,
    TEACHING,
    a_consultant,
    a_gp,
    a_person,
    a_record,
    a_report,
    an_agreement,
    an_ig_officer,
    rules_of,
)
from viewer.access.agreement import Narrowing
from viewer.access.clinician import Clinician, Role
from viewer.access.decide import may_ask, may_break_glass, may_go_on, may_list, may_open, may_see
from viewer.access.enter import SignInState, may_enter
from viewer.access.relationship import Purpose, Relationship
from viewer.access.standing import PdsWord, Standing

STRONG = frozenset({"AAL3_ANY"})
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
RESTRICTED = "This patient’s record is restricted, and nobody may open it here"


# ── 1. The sign-in ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("state", list(SignInState))
@pytest.mark.parametrize("role", [*Role, None])
def test_one_enters_by_a_sign_in_that_holds_in_a_role_that_was_chosen_rule_1(
    state: SignInState, role: Role | None
) -> None:
    decision = may_enter(state, role)

    assert decision.allowed == (state is SignInState.HOLDS and role is not None)
    assert decision.because


# ── 3. Break-glass ───────────────────────────────────────────────────────────────────────────────

HOLDING = [
    # until, does it hold, because
    (NOON + 15 * MINUTE, True, ""),
    (NOON + timedelta(microseconds=1), True, ""),
    (NOON, False, "The emergency access has ended"),
    (NOON - SECOND, False, "The emergency access has ended"),
    (None, False, "The emergency access has ended"),
    (NOON + 15 * MINUTE + SECOND, False, "Emergency access lasts 15 minutes at most"),
]


@pytest.mark.parametrize(
    ("since", "until", "holds"), [(-10, 0, False), (-10, 5, True), (1, 10, False), (-6, 10, False), (None, 10, False)]
)
def test_a_glass_holds_from_its_breaking_and_no_longer_than_it_may_whatever_the_clock_says_rule_3_1(
    since: int | None, until: int, holds: bool
) -> None:
    """The clock may have been set back, and a configuration may once have allowed more."""
    glass = replace(GLASS, since=None if since is None else NOON + since * MINUTE, until=NOON + until * MINUTE)

    decision = may_ask(a_consultant(), glass, "rotherham", Kind.LABORATORY, rules_of())

    assert decision.allowed == holds


@pytest.mark.parametrize(("until", "holds", "because"), HOLDING)
@pytest.mark.parametrize("who", [a_consultant(), a_gp()], ids=["consultant", "gp"])
def test_a_broken_glass_holds_until_and_not_at_its_end_rule_3_1(
    who: Clinician, until: datetime | None, holds: bool, because: str
) -> None:
    glass = replace(GLASS, until=until)

    decisions = (
        may_ask(who, glass, "rotherham", Kind.LABORATORY, rules_of()),
        may_list(who, a_person(), rules_of(), Standing(), glass),
        may_open(who, a_person(), glass, rules_of(), Standing()),
        may_go_on(who, a_person(), (), glass, rules_of(), Standing()),
        may_see(who, glass, [a_report()], rules_of()),
    )

    assert {decision.allowed for decision in decisions} == {holds}
    assert holds or {decision.because for decision in decisions} == {because}


REASONS = [
    ("Unconscious", True),
    ("x", True),
    ("é", True),
    ("", False),
    ("   ", False),
    ("123 !?", False),
    ("…", False),
]


@pytest.mark.parametrize(("reason", "allowed"), REASONS)
def test_a_glass_needs_a_reason_in_words_rule_3_2(reason: str, allowed: bool) -> None:
    broken = may_break_glass(a_consultant(), reason, NOON, "AAL3_ANY", STRONG, rules_of())
    asked = may_ask(a_consultant(), replace(GLASS, reason=reason), "rotherham", Kind.LABORATORY, rules_of())

    assert broken.allowed == asked.allowed == allowed
    assert allowed or broken.because == asked.because == "Emergency access needs a reason in words"


SIGN_INS = [
    # authenticated at, acr, may the glass be broken
    (NOON, "AAL3_ANY", True),
    (NOON - 5 * MINUTE, "AAL3_ANY", True),
    (NOON - 5 * MINUTE - SECOND, "AAL3_ANY", False),
    (NOON + MINUTE, "AAL3_ANY", True),
    (NOON + MINUTE + SECOND, "AAL3_ANY", False),
    (None, "AAL3_ANY", False),
    (NOON, "AAL2_OR_AAL3_ANY", False),
    (NOON, "", False),
]


@pytest.mark.parametrize(("authenticated_at", "acr", "allowed"), SIGN_INS)
def test_a_glass_needs_a_fresh_and_strong_sign_in_rule_3_3(
    authenticated_at: datetime | None, acr: str, allowed: bool
) -> None:
    decision = may_break_glass(a_gp(), "Unconscious", authenticated_at, acr, STRONG, rules_of())

    assert decision.allowed == allowed
    assert allowed or "sign-in" in decision.because


def test_without_a_clause_that_names_it_nobody_breaks_a_glass_rule_3_4() -> None:
    without = rules_of(an_agreement(clauses=an_agreement().clauses[:-1]))

    decision = may_break_glass(a_consultant(), "Unconscious", NOON, "AAL3_ANY", STRONG, without)

    assert not decision.allowed
    assert "by break-glass" in decision.because


def test_an_ig_officer_breaks_no_glass_rule_2_3() -> None:
    assert not may_break_glass(an_ig_officer(), "Unconscious", NOON, "AAL3_ANY", STRONG, rules_of()).allowed


@pytest.mark.parametrize("purpose", [Purpose.DIRECT_CARE, Purpose.AUDIT])
def test_a_glass_is_broken_in_an_emergency_alone_rule_2(purpose: Purpose) -> None:
    glass = replace(GLASS, purpose=purpose)

    assert not may_open(a_consultant(), a_person(), glass, rules_of(), Standing()).allowed


def test_a_glass_lifts_restriction_and_registration_rule_3_5() -> None:
    hidden = a_person(a_record(ROTHERHAM, "Y99002"), a_record(TEACHING, restricted=True))

    assert may_list(a_gp(), hidden, rules_of(), Standing(), GLASS).allowed
    assert may_open(a_gp(), hidden, GLASS, rules_of(pds=True), Standing()).clause == "WT-2026 cl. 5.1"
    assert may_open(a_gp(), hidden, GLASS, rules_of(), Standing(pds=PdsWord("", restricted=True))).allowed


def test_a_glass_lifts_no_dissent_no_narrowing_and_no_agreement_rule_3_5() -> None:
    nothing = rules_of(narrowings=(Narrowing("rotherham", frozenset()),))
    ended = rules_of(an_agreement(ends=NOON.date() - timedelta(days=1)))

    assert not may_open(a_consultant(), a_person(), GLASS, rules_of(), Standing(dissent=True)).allowed
    assert not may_ask(a_consultant(), GLASS, "rotherham", Kind.LABORATORY, nothing).allowed
    assert not may_ask(a_consultant(), GLASS, "rotherham", Kind.LABORATORY, ended).allowed


LIFTING = [
    # the class of the trust's own file, of the agreement, the relationship, may the report be seen
    (True, None, GLASS, True),
    (False, None, GLASS, False),
    (True, None, EMERGENCY, False),
    (None, True, GLASS, True),
    (True, False, GLASS, False),  # one of the two stays
    (True, True, GLASS, True),
    (None, None, EMERGENCY, True),
]


@pytest.mark.parametrize(("own", "agreed", "relationship", "allowed"), LIFTING)
def test_a_glass_opens_a_class_only_when_the_class_says_so_rule_7_3(
    own: bool | None, agreed: bool | None, relationship: Relationship, allowed: bool
) -> None:
    mine, ours = (
        [replace(SEXUAL_HEALTH, opens_by_break_glass=one)] if one is not None else [] for one in (own, agreed)
    )
    rules = rules_of(
        an_agreement(never_shared=tuple(ours)), narrowings=(Narrowing("rotherham", never_shared=tuple(mine)),)
    )

    decision = may_see(a_consultant(), relationship, [a_report(codes=(GUMPCR,))], rules)

    assert decision.allowed == allowed


# ── 4. The patient ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("relationship", [EMERGENCY, GLASS])
def test_a_patient_who_dissented_is_found_and_never_opened_rule_4_1(relationship: Relationship) -> None:
    dissented = Standing(dissent=True)

    listed = may_list(a_consultant(), a_person(), rules_of(), dissented)
    opened = may_open(a_consultant(), a_person(), relationship, rules_of(), dissented)
    goes_on = may_go_on(a_consultant(), a_person(), (), relationship, rules_of(), dissented)

    assert listed.allowed
    assert not opened.allowed
    assert opened == goes_on
    assert "has asked" in opened.because


@pytest.mark.parametrize("who", [a_consultant(), a_gp()], ids=["consultant", "gp"])
@pytest.mark.parametrize("pds", [True, False])
def test_a_patient_whom_pds_marks_is_restricted_in_the_same_words_as_by_a_trust_rule_4_2(
    who: Clinician, pds: bool
) -> None:
    relationship = REGISTERED if who.role is Role.GP else EMERGENCY
    marked = Standing(pds=PdsWord("Y99001", restricted=True))

    listed = may_list(who, a_person(), rules_of(pds=pds), marked)
    opened = may_open(who, a_person(), relationship, rules_of(pds=pds), marked)

    assert listed.because == opened.because == RESTRICTED
    assert (
        may_open(who, a_person(a_record(restricted=True)), relationship, rules_of(), Standing()).because == RESTRICTED
    )


PDS = [
    # configured, what it said, what the record says, is registration with Y99001 proven
    (True, PdsWord("Y99001"), "Y99001", True),
    (True, PdsWord("Y99001"), "Y99002", True),  # PDS alone decides
    (True, PdsWord("Y99001"), "", True),
    (True, PdsWord("Y99002"), "Y99001", False),
    (True, PdsWord(""), "Y99001", False),
    (True, None, "Y99001", False),
    (False, None, "Y99001", True),
    (False, None, "Y99002", False),
    (False, None, "", False),
]


@pytest.mark.parametrize(("configured", "said", "record", "proven"), PDS)
def test_with_pds_registration_is_what_pds_says_and_without_it_what_the_trusts_say_rule_4_3(
    configured: bool, said: PdsWord | None, record: str, proven: bool
) -> None:
    rules, person, standing = rules_of(pds=configured), a_person(a_record(practice=record)), Standing(pds=said)

    listed = may_list(a_gp(), person, rules, standing)
    opened = may_open(a_gp(), person, REGISTERED, rules, standing)

    assert (listed.allowed, opened.allowed) == (proven, proven)
    assert "Y99002" not in opened.because


def test_what_a_trust_says_while_results_come_counts_at_once_rule_4_4() -> None:
    fresh = [a_record(TEACHING, restricted=True)]

    assert not may_go_on(a_consultant(), a_person(), fresh, EMERGENCY, rules_of(), Standing()).allowed
    assert may_go_on(a_consultant(), a_person(), fresh, GLASS, rules_of(), Standing()).allowed


# ── 5. The trust's own word ──────────────────────────────────────────────────────────────────────


def test_a_trust_whose_file_cannot_be_read_shares_nothing_rule_5_1() -> None:
    rules = rules_of(narrowings=(Narrowing("rotherham", unreadable="line 3"),))

    decisions = [may_ask(a_consultant(), EMERGENCY, "rotherham", kind, rules) for kind in Kind]

    assert not any(decision.allowed for decision in decisions)
    assert may_list(a_consultant(), a_person(a_record(ROTHERHAM)), rules, Standing()).allowed is False
    assert may_list(a_consultant(), a_person(a_record(TEACHING)), rules, Standing()).allowed


def test_nothing_may_be_opened_when_every_trust_narrows_to_nothing_rule_5_2() -> None:
    names = [party.name for party in an_agreement().parties]
    rules = rules_of(narrowings=tuple(Narrowing(name, frozenset({Kind.DEMOGRAPHICS})) for name in names))

    assert may_list(a_consultant(), a_person(), rules, Standing()).allowed
    assert not may_open(a_consultant(), a_person(), EMERGENCY, rules, Standing()).allowed
