"""The partnership's rule: all, or strictly more than three quarters; a trust that has not signed shares nothing."""

# ruff: noqa: E501  (a row of a table reads better wide than folded)

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import product

import pytest

from connectors.answer import Kind, Trust
from tests.access.builders import A_DAY, EMERGENCY, SIGNED_ON, an_agreement, rules_of, somebody
from viewer.access.agreement import Agreement, Revocation, Signature
from viewer.access.clinician import Role
from viewer.access.decide import may_ask
from viewer.access.force import Force, force_of, vote_on
from viewer.access.vote import Vote, count_vote

VOTES = [
    # eligible, signed, carried, needed
    (0, 0, False, 0),
    (1, 0, False, 1),
    (1, 1, True, 1),
    (2, 1, False, 2),
    (2, 2, True, 2),
    (3, 2, False, 3),
    (3, 3, True, 3),
    (4, 3, False, 4),  # exactly 75 % is not more than 75 %
    (4, 4, True, 4),
    (5, 4, True, 4),
    (7, 5, False, 6),
    (7, 6, True, 6),
    (8, 6, False, 7),  # exactly 75 %
    (8, 7, True, 7),
]


@pytest.mark.parametrize(("eligible", "signed", "carried", "needed"), VOTES)
def test_all_or_strictly_more_than_three_quarters_carry_an_agreement(
    eligible: int, signed: int, carried: bool, needed: int
) -> None:
    vote = Vote(eligible, signed)

    assert (vote.carried, vote.needed) == (carried, needed)


def test_the_number_needed_is_the_least_that_carries_whatever_the_size() -> None:
    for eligible in range(1, 1000):
        needed = Vote(eligible, 0).needed
        assert Vote(eligible, needed).carried
        assert not Vote(eligible, needed - 1).carried


def test_a_signature_of_somebody_who_is_no_party_does_not_count() -> None:
    assert count_vote(["a", "b"], ["a", "c", "d"]) == Vote(2, 1)


# ── Every one of the 16,384 states of seven trusts ───────────────────────────────────────────────

SEVEN = tuple(Trust(f"trust_{n}", f"RT{n}", f"Trust {n}", f"Trust {n}", "") for n in range(7))
SIGNED, AGAINST, SILENT, NO_PARTY = "signed", "against", "silent", "not a party"
STATES = tuple(product((SIGNED, AGAINST, SILENT, NO_PARTY), repeat=7))


def agreed_by(state: tuple[str, ...]) -> Agreement:
    """The agreement of those who are parties; a signature against is one that does not verify."""
    held = tuple(
        Signature(trust.name, SIGNED_ON, "it does not verify" if vote == AGAINST else "")
        for trust, vote in zip(SEVEN, state, strict=True)
        if vote in (SIGNED, AGAINST)
    )
    strangers = tuple(
        Signature(trust.name, SIGNED_ON) for trust, vote in zip(SEVEN, state, strict=True) if vote == NO_PARTY
    )
    parties = tuple(trust for trust, vote in zip(SEVEN, state, strict=True) if vote != NO_PARTY)
    return an_agreement(parties=parties, signatures=(*held, *strangers))


def by_hand(state: tuple[str, ...]) -> bool:
    """The same rule as somebody with a pencil would work it out."""
    eligible = [vote for vote in state if vote != NO_PARTY]
    if not eligible:
        return False
    share = Decimal(100) * eligible.count(SIGNED) / len(eligible)
    return set(eligible) == {SIGNED} or share > 75


def test_every_state_of_seven_trusts_is_carried_exactly_when_the_rule_says_so() -> None:
    wrong = [state for state in STATES if vote_on(agreed_by(state), A_DAY).carried != by_hand(state)]

    assert len(STATES) == 16_384
    assert wrong == []
    assert 0 < sum(map(by_hand, STATES)) < len(STATES)


ASKING = {mine: somebody(Role.CONSULTANT, SEVEN[mine].ods) for mine in (0, 6)}


def test_in_every_state_exactly_the_signed_parties_of_a_carried_agreement_share_with_each_other() -> None:
    wrong = [state for state in STATES if shares_wrongly(state)]

    assert wrong == []


def shares_wrongly(state: tuple[str, ...]) -> bool:
    """Ask from the first trust for every one, and from the last for both, and compare with the votes."""
    rules = rules_of(agreed_by(state))
    carried = by_hand(state)
    return any(
        may_ask(ASKING[mine], EMERGENCY, SEVEN[asked].name, Kind.LABORATORY, rules).allowed
        != (carried and state[mine] == SIGNED and state[asked] == SIGNED)
        for mine, asked in (*product((0,), range(7)), (6, 0), (6, 6))
    )


# ── How an agreement stands ──────────────────────────────────────────────────────────────────────


def successor(**changes: object) -> Agreement:
    agreement = an_agreement(name="next", short="NEXT", supersedes=frozenset({"working_together_2026"}))
    return replace(agreement, **changes)  # type: ignore[arg-type]  # a test's own words


YESTERDAY, TOMORROW = A_DAY - timedelta(days=1), A_DAY + timedelta(days=1)
SUPERSEDING = [
    # the other agreement, is this one superseded
    ("carried and begun", successor(), True),
    ("begun today", successor(starts=A_DAY), True),
    ("not begun", successor(starts=TOMORROW), False),
    ("not carried", successor(signatures=()), False),
    ("signed by tomorrow", successor(signatures=tuple(replace(one, on=TOMORROW) for one in successor().signatures)), False),
    ("since expired", successor(ends=YESTERDAY), True),
    ("names another", successor(supersedes=frozenset({"another"})), False),
]  # fmt: skip


@pytest.mark.parametrize(("other", "superseded"), [row[1:] for row in SUPERSEDING], ids=[row[0] for row in SUPERSEDING])
def test_an_agreement_is_superseded_for_ever_once_another_was_carried_and_begun(
    other: Agreement, superseded: bool
) -> None:
    agreements = (an_agreement(), other)

    assert (force_of(an_agreement(), agreements, A_DAY) is Force.SUPERSEDED) == superseded


def test_what_superseded_it_may_itself_be_revoked_or_superseded_and_it_stays_superseded() -> None:
    revoked = successor(revoked=Revocation(YESTERDAY, "…"))
    third = an_agreement(name="third", short="THIRD", supersedes=frozenset({"next"}))

    assert force_of(an_agreement(), (an_agreement(), revoked), A_DAY) is Force.SUPERSEDED
    assert force_of(an_agreement(), (an_agreement(), successor(), third), A_DAY) is Force.SUPERSEDED


def days_of(agreement: Agreement) -> Iterator[date]:
    yield from (agreement.starts + timedelta(days=days) for days in range(-2, 370))


def test_a_review_that_is_late_changes_nothing_but_the_word() -> None:
    late = an_agreement(review=YESTERDAY)

    assert force_of(late, (late,), A_DAY) is Force.REVIEW_OVERDUE
    assert force_of(late, (late,), YESTERDAY) is Force.IN_FORCE
    assert [force_of(late, (late,), day).holds for day in days_of(late)] == [
        force_of(an_agreement(), (), day).holds for day in days_of(late)
    ]
