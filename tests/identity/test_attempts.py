"""A sign-in under way: finished once, in the browser it was begun in, within ten minutes."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from tests.identity.parts import Clock, a_database, new_secret
from viewer.identity.attempts import Attempts


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    engine = a_database(tmp_path)
    yield engine
    engine.dispose()


@pytest.fixture
def attempts(database: Engine, clock: Clock) -> Attempts:
    return Attempts(database, clock, new_secret)


def test_an_attempt_is_finished_in_the_browser_it_was_begun_in(attempts: Attempts) -> None:
    begun = attempts.begin("browser", "/find")

    assert attempts.take(begun.state, "browser") == begun


def test_an_attempt_is_finished_once(attempts: Attempts) -> None:
    begun = attempts.begin("browser", "/")
    attempts.take(begun.state, "browser")

    assert attempts.take(begun.state, "browser") is None


def test_another_browser_cannot_finish_it_and_does_not_spoil_it(attempts: Attempts) -> None:
    begun = attempts.begin("browser", "/")

    assert attempts.take(begun.state, "another") is None
    assert attempts.take(begun.state, "browser") == begun


def test_a_state_nobody_gave_finishes_nothing(attempts: Attempts) -> None:
    attempts.begin("browser", "/")

    assert attempts.take(new_secret(), "browser") is None


def test_it_cannot_be_finished_after_ten_minutes(attempts: Attempts, clock: Clock) -> None:
    begun = attempts.begin("browser", "/")
    clock.passes(timedelta(minutes=10, seconds=1))

    assert attempts.take(begun.state, "browser") is None


def test_two_pages_of_one_browser_can_be_under_way_together(attempts: Attempts) -> None:
    first, second = attempts.begin("browser", "/a"), attempts.begin("browser", "/b")

    assert attempts.take(second.state, "browser") == second
    assert attempts.take(first.state, "browser") == first


def test_nothing_is_guessable_and_the_verifier_is_long_enough(attempts: Attempts) -> None:
    begun = [attempts.begin("browser", "/") for _ in range(5)]

    secrets = {secret for one in begun for secret in (one.state, one.nonce, one.verifier)}
    assert len(secrets) == 15
    assert all(43 <= len(one.verifier) <= 128 for one in begun)


def test_the_state_is_kept_as_a_hash_and_old_ones_are_forgotten(
    attempts: Attempts, database: Engine, clock: Clock
) -> None:
    begun = attempts.begin("browser", "/")
    clock.passes(timedelta(minutes=11))
    attempts.begin("browser", "/")

    with database.connect() as connection:
        states = connection.execute(text("select state from sign_in_attempts")).scalars().all()
    assert len(states) == 1
    assert begun.state not in states
