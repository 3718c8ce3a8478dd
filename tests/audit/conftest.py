"""A real database on a real file, for each test its own."""

import pytest

from tests.audit.parts import a_database, a_log


@pytest.fixture
def engine(tmp_path):
    engine = a_database(tmp_path)
    yield engine
    engine.dispose()


@pytest.fixture
def log(engine):
    log = a_log(engine)
    yield log
    log.close()
