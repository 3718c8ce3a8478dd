"""A look from a practice's list counts from when its oldest answer was asked for."""

from datetime import datetime, timedelta
from typing import Any, cast

from tests.pages.builders import NOW, TRUSTS, a_step, a_tile, an_asking, changed, opened, some_handles, walters_rows
from viewer.clinical.patient import Person
from viewer.pages.worklist import FromList, looked_at
from viewer.steps import State
from viewer.worklists import Worklists


class Lists:
    """Stands for the lists, and remembers since when things are new."""

    def __init__(self) -> None:
        self.since: list[datetime] = []

    def looked(self, _practice: str, _person: Person, at: datetime) -> None:
        self.since.append(at)


def test_what_came_to_a_trust_while_it_answered_is_not_taken_for_seen() -> None:
    lists, handles, of_walter = Lists(), some_handles(), opened()
    handles.keep("sign-in-1", FromList("Y99001"), of_walter.handle)
    came = {"state": State.ANSWERED, "at": NOW, "took": timedelta(seconds=4)}
    quick = {"state": State.ANSWERED, "at": NOW, "took": timedelta(seconds=1)}
    rows = walters_rows()
    tiles = [a_tile(TRUSTS[0], rows, **came), *(a_tile(trust, rows, **quick) for trust in TRUSTS[1:])]

    step = changed(a_step(rows, tiles), complete=True)
    looked_at(handles, cast(Worklists, cast(Any, lists)))(an_asking(), of_walter, step)

    assert lists.since == [NOW - timedelta(seconds=4)]
