"""A practice's list is kept for the practice, and what is new to it counts from its newest look."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from tests.builders import NOON, a_person
from tests.clock import Clock
from viewer.worklists import Worklists

PRACTICE, ANOTHER = "Y99001", "Y99002"


@pytest.fixture
def lists(engine: Engine) -> Worklists:
    return Worklists(engine, Clock(NOON))


def test_who_is_put_on_a_list_is_on_that_list_alone_from_now(lists: Worklists) -> None:
    lists.add(PRACTICE, a_person())

    (one,) = lists.of(PRACTICE)
    assert (one.person, one.since) == (a_person(), NOON)
    assert lists.of(ANOTHER) == ()


def test_what_is_new_counts_from_the_newest_look_though_an_older_one_ends_after_it(lists: Worklists) -> None:
    for practice in (PRACTICE, ANOTHER):
        lists.add(practice, a_person())

    lists.looked(PRACTICE, a_person(), NOON + timedelta(hours=2))
    lists.looked(PRACTICE, a_person(), NOON + timedelta(hours=1))

    assert [one.since for one in (*lists.of(PRACTICE), *lists.of(ANOTHER))] == [NOON + timedelta(hours=2), NOON]
