"""Two programs written from one text decide alike: a million cases, the whole table, and every state of a vote.

Rule: where they differ, one of them has misread a sentence of docs/access-rules.md, or the sentence is not plain.
"""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from connectors.answer import Trust
from tests.access.builders import an_agreement
from tests.oracle import oracle
from tests.oracle.compare import CASES_A_WORLD, RULES, compare
from viewer.access.agreement import Signature
from viewer.access.force import vote_on

SHARDS = 8
WORLDS = 500  # in each; 8 × 500 × 250 = 1,000,000 cases

TODAY = date(2026, 11, 21)
SEVEN = tuple(Trust(name, name.upper(), name, name, "") for name in "abcdefg")


@pytest.mark.parametrize("shard", range(SHARDS))
def test_the_oracle_and_the_product_decide_alike(shard: int) -> None:
    counts, differ = compare(shard, WORLDS)

    assert differ == []
    assert counts.total() == WORLDS * CASES_A_WORLD
    assert 0.3 < counts["yes"] / counts.total() < 0.5
    assert {rule for rule in RULES if counts[rule] < 0.002 * counts.total()} == set()


def test_every_state_of_a_vote_of_seven_is_counted_alike() -> None:
    given = {
        "valid": lambda name: (Signature(name, TODAY),),
        "other text": lambda name: (Signature(name, TODAY, "it is over another text"),),
        "later day": lambda name: (Signature(name, TODAY + timedelta(days=1)),),
        "none": lambda name: (),
    }
    agreement = an_agreement(parties=SEVEN, signatures=())

    states = list(oracle.votes(7))
    wrong = [
        given_by
        for given_by, carried in states
        if carried != _carried(agreement, [given[how](one.name) for how, one in zip(given_by, SEVEN, strict=True)])
    ]

    assert len(states) == 4**7
    assert wrong == []
    assert sum(carried for _, carried in states) == 1 + 7 * 3  # all seven, or all but one, who did not in any of 3 ways


def _carried(agreement, signatures) -> bool:
    return vote_on(replace(agreement, signatures=tuple(one for some in signatures for one in some)), TODAY).carried
