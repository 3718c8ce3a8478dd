"""A dissent holds from the moment it is recorded until it is ended, for every worker, and nothing of it is lost."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import SQLAlchemyError

from tests.clock import Clock
from viewer.access.clinician import Clinician, Organisation, Role
from viewer.dissents import Dissent, Dissents
from viewer.store.database import open_database
from viewer.store.upgrade import upgrade

WALTER, NAOMI = "9994127039", "9990944768"
TEACHING = Organisation("RHQ", "Sheffield Teaching Hospitals NHS Foundation Trust")
ROTHERHAM = Organisation("RFR", "The Rotherham NHS Foundation Trust")
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def an_officer(user_id: str, organisation: Organisation = TEACHING) -> Clinician:
    return Clinician(user_id, user_id, Role.IG_OFFICER, "Privacy Officer", "S8001:G8002:R0001", "rp-4", organisation)


PRIYA, OMAR, RHYS = an_officer("u-priya"), an_officer("u-omar"), an_officer("u-rhys", ROTHERHAM)


@pytest.fixture
def address(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'trustline.sqlite'}"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def dissents(address: str, clock: Clock) -> Iterator[Dissents]:
    engine = open_database(address)
    upgrade(engine)
    yield Dissents(engine, clock)
    engine.dispose()


def test_nobody_has_dissented_until_it_is_recorded(dissents: Dissents) -> None:
    assert not dissents.holds(WALTER)
    assert dissents.of(WALTER) == ()


def test_a_dissent_holds_for_its_patient_alone(dissents: Dissents) -> None:
    assert dissents.record(WALTER, PRIYA, "IG-17")

    assert dissents.holds(WALTER)
    assert not dissents.holds(NAOMI)


def test_a_dissent_holds_at_once_for_another_worker(dissents: Dissents, address: str, clock: Clock) -> None:
    engine = open_database(address)
    other = Dissents(engine, clock)
    assert not other.holds(WALTER)

    dissents.record(WALTER, PRIYA, "IG-17")

    assert other.holds(WALTER)
    dissents.end(WALTER, PRIYA, "IG-18")
    assert not other.holds(WALTER)
    engine.dispose()


def test_a_dissent_is_recorded_once_while_it_holds(dissents: Dissents) -> None:
    assert dissents.record(WALTER, PRIYA, "IG-17")
    assert not dissents.record(WALTER, RHYS, "IG-99")

    assert [one.reference for one in dissents.of(WALTER)] == ["IG-17"]


def test_what_was_ended_may_be_recorded_again_and_nothing_is_lost(dissents: Dissents, clock: Clock) -> None:
    dissents.record(WALTER, PRIYA, "IG-17")
    clock.now = NOON + timedelta(days=1)
    assert dissents.end(WALTER, OMAR, "IG-18")
    assert not dissents.end(WALTER, OMAR, "IG-18")
    clock.now = NOON + timedelta(days=2)

    assert dissents.record(WALTER, PRIYA, "IG-19")

    assert dissents.holds(WALTER)
    assert dissents.of(WALTER) == (
        Dissent(WALTER, NOON + timedelta(days=2), "u-priya", TEACHING, "IG-19"),
        Dissent(WALTER, NOON, "u-priya", TEACHING, "IG-17", NOON + timedelta(days=1), "u-omar", "IG-18"),
    )


def test_only_the_organisation_that_recorded_a_dissent_ends_it(dissents: Dissents) -> None:
    dissents.record(WALTER, PRIYA, "IG-17")

    assert not dissents.end(WALTER, RHYS, "IG-18")
    assert dissents.holds(WALTER)
    assert dissents.end(WALTER, OMAR, "IG-18")


def test_a_person_without_a_number_is_not_asked_about(dissents: Dissents) -> None:
    assert not dissents.holds("")


def test_a_database_that_is_not_there_says_so_and_never_no(address: str, clock: Clock) -> None:
    engine = open_database(address)

    with pytest.raises(SQLAlchemyError):
        Dissents(engine, clock).holds(WALTER)
    engine.dispose()


def test_a_dissent_does_not_say_whose_it_is_when_it_is_printed(dissents: Dissents) -> None:
    dissents.record(WALTER, PRIYA, "IG-17")

    assert WALTER not in repr(dissents.of(WALTER))
