"""A real database for each test its own, on SQLite and on PostgreSQL."""

import pytest

from tests.audit.parts import a_log
from viewer.store.database import open_database


@pytest.fixture
def engine(database_url):
    engine = open_database(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def log(engine):
    log = a_log(engine)
    yield log
    log.close()
