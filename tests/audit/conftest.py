"""A real database for each test its own, on SQLite and on PostgreSQL."""

import pytest

from tests.audit.parts import a_log


@pytest.fixture
def log(engine):
    log = a_log(engine)
    yield log
    log.close()
