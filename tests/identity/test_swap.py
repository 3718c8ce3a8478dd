"""One of many who want the same thing at the same moment gets it, on either kind of database, and uses it up."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Barrier, Thread

import pytest

from sandbox.people import PEOPLE
from tests.identity.parts import ROLES, Clock, new_secret
from viewer.identity.claims import Person, read_person
from viewer.identity.session import Limits, Sessions
from viewer.store.database import open_database

MANY = 8


@pytest.fixture
def sessions(database_url: str) -> Iterator[Sessions]:
    engine = open_database(database_url)
    yield Sessions(engine, Clock(), new_secret, Limits(timedelta(minutes=15), timedelta(hours=10)))
    engine.dispose()


@pytest.fixture
def mine(sessions: Sessions) -> str:
    return begun(sessions)


def begun(sessions: Sessions) -> str:
    person = read_person({}, PEOPLE["amina.farrell"].userinfo(), ROLES)
    assert isinstance(person, Person)
    return sessions.begin(person)[1].reference


def test_what_was_there_before_is_replaced_by_what_comes_after(sessions: Sessions, mine: str) -> None:
    sessions.keep(mine, "Breaking/a", b"whole")

    assert sessions.swap(mine, "Breaking/a", b"whole", b"broken")
    assert sessions.kept(mine, "Breaking/a") == b"broken"


@pytest.mark.parametrize("before", [b"other", b""])
def test_what_is_not_there_is_not_replaced(sessions: Sessions, mine: str, before: bytes) -> None:
    sessions.keep(mine, "Breaking/a", b"whole")

    assert not sessions.swap(mine, "Breaking/a", before, b"broken")
    assert not sessions.swap(mine, "Breaking/b", b"whole", b"broken")
    assert sessions.kept(mine, "Breaking/a") == b"whole"


def test_another_sign_ins_is_not_replaced(sessions: Sessions, mine: str) -> None:
    sessions.keep(mine, "Breaking/a", b"whole")

    assert not sessions.swap(begun(sessions), "Breaking/a", b"whole", b"broken")


def test_what_is_used_once_is_used_up_for_every_sign_in_and_nothing_is_replaced_then(
    sessions: Sessions, mine: str
) -> None:
    theirs = begun(sessions)
    for reference in (mine, theirs):
        sessions.keep(reference, "Breaking/a", b"whole")

    before = sessions.used_up("a proof")
    first, second = (sessions.swap(one, "Breaking/a", b"whole", b"broken", "a proof") for one in (mine, theirs))

    assert (before, first, second, sessions.used_up("a proof")) == (False, True, False, True)
    assert sessions.kept(theirs, "Breaking/a") == b"whole"


def test_what_is_not_replaced_uses_nothing_up(sessions: Sessions, mine: str) -> None:
    assert not sessions.swap(mine, "Breaking/a", b"whole", b"broken", "a proof")
    assert not sessions.used_up("a proof")


@pytest.mark.parametrize("once", ["", "a proof"])
def test_of_many_at_once_one_gets_it(sessions: Sessions, mine: str, once: str) -> None:
    sessions.keep(mine, "Breaking/a", b"whole")
    together, got = Barrier(MANY), []

    def take(number: int) -> None:
        together.wait()
        if sessions.swap(mine, "Breaking/a", b"whole", b"broken by %d" % number, once):
            got.append(number)

    threads = [Thread(target=take, args=(number,)) for number in range(MANY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(got) == 1
    assert sessions.kept(mine, "Breaking/a") == b"broken by %d" % got[0]


def test_of_many_patients_at_once_one_fresh_sign_in_opens_one(sessions: Sessions, mine: str) -> None:
    for number in range(MANY):
        sessions.keep(mine, f"Breaking/{number}", b"whole")
    together, got = Barrier(MANY), []

    def take(number: int) -> None:
        together.wait()
        if sessions.swap(mine, f"Breaking/{number}", b"whole", b"broken", "a proof"):
            got.append(number)

    threads = [Thread(target=take, args=(number,)) for number in range(MANY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    kept = [sessions.kept(mine, f"Breaking/{number}") for number in range(MANY)]
    assert len(got) == 1
    assert [number for number in range(MANY) if kept[number] == b"broken"] == got
