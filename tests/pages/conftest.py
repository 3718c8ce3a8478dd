"""The log behind the pages of officers, in a database of its own: one kind is enough to read what they say."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.audit.parts import a_database, a_log
from viewer.audit.log import Log


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """Return the database."""
    engine = a_database(tmp_path)
    yield engine
    engine.dispose()


@pytest.fixture
def log(engine: Engine) -> Iterator[Log]:
    """Return the log in it, empty."""
    log = a_log(engine)
    yield log
    log.close()
