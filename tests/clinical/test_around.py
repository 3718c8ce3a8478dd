"""What a group says holds of its members, wherever they stand; and nothing takes a finding back that still stands."""

from dataclasses import replace
from typing import Any

import pytest

from tests.builders import SHEFFIELD
from viewer.clinical.around import NOTHING, Around, around_of, placed
from viewer.clinical.report import Amount, NoValue, Result, Status, Unreadable

POTASSIUM = Result("k", "Potassium", Amount("4.2", unit="mmol/L"), Status.FINAL)


def a_group(id_: str, *members: Result | Unreadable, **fields: Any) -> Result:
    return Result(id_, id_, NoValue(), **({"status": Status.FINAL, "members": members} | fields))


def names(*results: Result) -> dict[str, list[str]]:
    return {id_: [group.id for group in around.groups] for id_, around in around_of(results).items()}


def test_a_member_has_around_it_every_group_that_says_something_outermost_first() -> None:
    silent = a_group("silent", a_group("inner", POTASSIUM, status=Status.PRELIMINARY))

    assert names(a_group("outer", silent, notes=("Haemolysed",))) == {
        "silent": ["outer"],
        "inner": ["outer"],
        "k": ["outer", "inner"],
    }


def test_groups_that_say_nothing_leave_nothing_around_their_members() -> None:
    assert around_of([a_group("U&E", POTASSIUM)]) == {}


@pytest.mark.parametrize("status", Status)
def test_only_what_is_entered_in_error_or_cancelled_takes_its_members_with_it(status: Status) -> None:
    around = around_of([a_group("U&E", a_group("inner", POTASSIUM), status=status)]).get("k", NOTHING)

    assert around.taken_back == ({status} if status in (Status.ENTERED_IN_ERROR, Status.CANCELLED) else set())


def test_a_finding_that_another_group_names_as_well_is_taken_back_only_with_both() -> None:
    withdrawn = a_group("first", POTASSIUM, status=Status.ENTERED_IN_ERROR)
    cancelled = a_group("second", POTASSIUM, status=Status.CANCELLED)
    standing = a_group("third", POTASSIUM)

    assert around_of([withdrawn, standing])["k"] == Around((replace(withdrawn, members=()),))
    assert around_of([withdrawn, cancelled])["k"].taken_back == {Status.ENTERED_IN_ERROR, Status.CANCELLED}


def test_everything_stands_once_in_the_order_in_which_it_was_sent() -> None:
    torn = Unreadable(SHEFFIELD, "Observation", "torn", "it is torn")
    group = a_group("U&E", POTASSIUM, torn)

    assert [one.id for one, _ in placed([group, torn, POTASSIUM])] == ["U&E", "k", "torn", "torn"]
