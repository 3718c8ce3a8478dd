"""Two programs written from one text decide alike: a million cases, the whole table, and every state of a vote.

Rule: where they differ, one of them has misread a sentence of docs/access-rules.md, or the sentence is not plain.
"""

import pytest

from tests.oracle import oracle
from tests.oracle.compare import CASES_A_WORLD, RULES, compare
from tests.oracle.votes import product_carries

SHARDS = 8
WORLDS = 500  # in each; 8 × 500 × 250 = 1,000,000 cases


@pytest.mark.parametrize("shard", range(SHARDS))
def test_the_oracle_and_the_product_decide_alike(shard: int) -> None:
    counts, differ = compare(shard, WORLDS)

    assert differ == []
    assert counts.total() == WORLDS * CASES_A_WORLD
    assert 0.25 < counts["yes"] / counts.total() < 0.5
    assert {rule for rule in RULES if counts[rule] < 0.002 * counts.total()} == set()


def test_every_state_of_a_vote_of_seven_is_counted_alike() -> None:
    states = list(oracle.votes(7))

    assert len(states) == 4**7
    assert [how for how, carried in states if carried != product_carries(how)] == []
    assert sum(carried for _, carried in states) == 1 + 7 * 3  # all seven, or all but one, who did not in any of 3 ways
