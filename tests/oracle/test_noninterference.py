"""Withholding leaves no trace: two worlds that differ only in what is withheld answer with the same bytes.

Rule: every page, stream, header and cookie is compared as it is sent. Time and secrets are given; nothing is scrubbed.
"""

from pathlib import Path

import pytest

from sandbox.town import Town
from tests.oracle.worlds import (
    PAIRS,
    RESTRICTED,
    Pair,
    at_the_second,
    both,
    hidden_in,
    look_at,
    search_for,
    world,
)

ALL_SHOWN = Pair("a report that may be seen", PAIRS[0].nhs_number, "rotherham", lambda at, body: "-r7" in body["id"])


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_what_is_withheld_leaves_no_trace_on_any_page(pair: Pair, tmp_path: Path) -> None:
    hidden = hidden_in(pair)

    seen, differ = both(pair, tmp_path, lambda viewer, town: look_at(viewer, town, pair, hidden))

    assert len(hidden) > 1
    assert len(seen) > 30
    assert differ == []


def test_a_restricted_patient_leaves_no_trace_in_any_search(tmp_path: Path) -> None:
    seen, differ = both(RESTRICTED, tmp_path, lambda viewer, town: search_for(viewer, town, RESTRICTED))

    assert len(seen) > 10
    assert differ == []


def test_the_address_of_what_is_withheld_answers_as_one_that_never_was(tmp_path: Path) -> None:
    pair, now = PAIRS[0], at_the_second()
    *hidden, never = hidden_in(pair)

    with Town(identity_provider=False) as town, world(town, tmp_path, lambda: now, pair) as viewer:
        seen = look_at(viewer, town, pair, (*hidden, never))

    answers = [answer[1:] for answer in seen if answer[0].partition("/reports/")[2] and answer[1] == 404]
    assert len(answers) == 2 * (len(hidden) + 1)
    assert all(answer == answers[-1] for answer in answers)


def test_a_difference_that_may_be_seen_is_found(tmp_path: Path) -> None:
    """Or the tests above could not fail."""
    _, differ = both(ALL_SHOWN, tmp_path, lambda viewer, town: look_at(viewer, town, ALL_SHOWN, ()), tries=1)

    assert differ
