"""A town for the tests of this room, and a client that knows how to ask its trusts."""

from collections.abc import Iterator
from datetime import date

import pytest

from sandbox.town import Town
from tests.sandbox.asking import Asker

TODAY = date(2026, 11, 21)


@pytest.fixture(scope="session")
def whole_town() -> Iterator[Town]:
    with Town(today=TODAY, quick=True) as town:
        yield town


@pytest.fixture
def town(whole_town: Town) -> Iterator[Town]:
    """The town in fine weather, with nothing asked of it yet."""
    whole_town.fine()
    whole_town.forget_requests()
    yield whole_town
    whole_town.fine()


@pytest.fixture
def asker(town: Town) -> Iterator[Asker]:
    with Asker(town) as asker:
        yield asker
