"""A client that asks the sandbox's trusts itself, so that what the viewer shows can be held against it."""

from collections.abc import Iterator

import pytest

from sandbox.town import Town
from tests.sandbox.asking import Asker


@pytest.fixture
def asker(town: Town) -> Iterator[Asker]:
    with Asker(town) as asker:
        yield asker
