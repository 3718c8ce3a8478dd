"""Messages of one session of a record system may cross: nobody stays open of whom it has gone on."""

from datetime import datetime, timedelta
from itertools import count, permutations

import pytest
from sqlalchemy import Engine, func, select

from tests.builders import NOON
from tests.clock import Clock
from viewer.identity.context_token import LIVES, InFront, Pushed
from viewer.launches import KEPT, Launches, NotTaken, Taken
from viewer.store.launch_tables import launch_contexts

WALTER = InFront("9994127039", "Hargreaves", "Walter", "1944-03-09")
TRUST = "rotherham"


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@pytest.fixture
def launches(engine: Engine, clock: Clock) -> Launches:
    numbers = count()
    return Launches(engine, clock, lambda: f"secret-{next(numbers)}")


def opened(second: int) -> Pushed:
    return Pushed("session", "u-1", WALTER, "", NOON + timedelta(seconds=second))


def closed(second: int) -> Pushed:
    return Pushed("session", "u-1", None, "", NOON + timedelta(seconds=second))


@pytest.mark.parametrize("newest", [opened, closed])
def test_in_whatever_order_they_come_only_the_newest_can_be_open(launches: Launches, newest: object) -> None:
    messages = [opened(1), closed(2), opened(3), newest(4)]  # type: ignore[operator]  # one of two functions

    for number, order in enumerate(permutations(messages)):
        open_at = dict[str, datetime]()
        for one in (Pushed(f"{number}", said.user_id, said.patient, "", said.at) for said in order):
            if one.patient is None:
                launches.end(TRUST, one)
            elif isinstance(link := launches.push(TRUST, one)[0], str):
                taken = launches.take(link, "sign-in-1", "u-1", lambda _: "")
                assert isinstance(taken, Taken)
                open_at[taken.link] = one.at
        still_open = [at for link, at in open_at.items() if not launches.has_ended(link)]
        assert still_open in ([], [messages[-1].at] if newest is opened else [])


def test_in_the_order_in_which_they_were_said_the_newest_is_open(launches: Launches) -> None:
    launches.push(TRUST, opened(1))
    launches.end(TRUST, closed(1))
    link, _ = launches.push(TRUST, opened(1))

    assert isinstance(link, str)
    assert isinstance(launches.take(link, "sign-in-1", "u-1", lambda _: ""), Taken)


@pytest.mark.parametrize("late", [False, True])
def test_a_link_opens_within_its_minute_and_not_when_it_is_over(
    launches: Launches, clock: Clock, *, late: bool
) -> None:
    link, _ = launches.push(TRUST, opened(0))
    clock.now = NOON + LIVES - timedelta(seconds=0 if late else 1)

    taken = launches.take(str(link), "sign-in-1", "u-1", lambda _: "")

    if late:
        assert taken == NotTaken("This link has run out: it holds for a minute")
    else:
        assert isinstance(taken, Taken)
        assert taken.patient == WALTER


def test_what_was_begun_by_another_way_ends_with_its_session_before_and_after(launches: Launches) -> None:
    begun = launches.take_up(TRUST, "session", "u-1", "sign-in-1")
    assert isinstance(begun, str)

    launches.end(TRUST, closed(1))

    assert launches.has_ended(begun)
    assert isinstance(launches.take_up(TRUST, "session", "u-1", "sign-in-1"), NotTaken)
    assert isinstance(launches.take_up(TRUST, "another", "u-1", "sign-in-1"), str)
    assert isinstance(launches.take_up("barnsley", "session", "u-1", "sign-in-1"), str)


def test_that_a_session_was_closed_is_kept_for_a_day(engine: Engine, launches: Launches, clock: Clock) -> None:
    launches.end(TRUST, closed(0))

    clock.now = NOON + KEPT
    assert isinstance(launches.push(TRUST, opened(-1))[0], NotTaken)
    clock.now += timedelta(seconds=1)

    assert isinstance(launches.push(TRUST, opened(-1))[0], str)
    with engine.connect() as database:
        assert database.execute(select(func.count()).select_from(launch_contexts)).scalar_one() == 1
