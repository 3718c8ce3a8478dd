"""What every test may ask for, and the rule that nothing is skipped in silence."""

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine

from sandbox.town import Town
from tests import postgresql as postgresql_server
from tests.databases import sqlite_in
from tests.whole import Viewer, viewer_of
from viewer.store.database import open_database
from viewer.store.upgrade import upgrade

# Where a change is proven, the same examples are drawn each time; a developer's machine goes on looking for new ones.
SLOW = (HealthCheck.too_slow,)  # a busy machine is no fault
settings.register_profile("proving", derandomize=True, deadline=None, suppress_health_check=SLOW)
settings.register_profile("looking", deadline=None, suppress_health_check=SLOW)
settings.load_profile("proving" if os.environ.get("CI") else "looking")

ROOT = Path(__file__).resolve().parent.parent


def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Where nothing may be skipped, turn a skip into a failure, unless it is for data by others that is not here."""
    if not nothing_may_be_skipped() or call.excinfo is None:
        return
    absent = item.get_closest_marker("real_data") is not None and shared_data() is None
    if call.excinfo.errisinstance(pytest.skip.Exception) and not absent:
        said = AssertionError(f"skipped where nothing may be skipped: {call.excinfo.value}")
        call.excinfo = pytest.ExceptionInfo.from_exception(said.with_traceback(call.excinfo.tb))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Do the same with a skip of everything in a file."""
    report = yield
    if nothing_may_be_skipped() and report.skipped:
        report.outcome, report.longrepr = "failed", f"skipped where nothing may be skipped: {report.longrepr}"
    return report


def nothing_may_be_skipped() -> bool:
    return os.environ.get("TRUSTLINE_NOTHING_SKIPPED") == "1"


def shared_data() -> Path | None:
    """Return the folder of test data written by others, or None when it is not here."""
    named = os.environ.get("TRUSTLINE_SHARED_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    return folder if folder.is_dir() else None


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of test data written by others, or skip saying so."""
    folder = shared_data()
    if folder is None:
        pytest.skip("the test data written by others is not here (TRUSTLINE_SHARED_DATA)")
    return folder


@pytest.fixture(scope="session")
def postgresql() -> Iterator[postgresql_server.Server]:
    """Return a PostgreSQL server, with a database "upgraded" to make others like it; skip where it is not installed."""
    if postgresql_server.programs() is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with postgresql_server.server() as server:
        server.order("CREATE DATABASE upgraded")
        engine = open_database(server.url("upgraded"))
        upgrade(engine)
        engine.dispose()
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of an empty log's database, on one kind after the other."""
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql")
        return str(server.url(server.make("upgraded")))
    return sqlite_in(tmp_path)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Return that database, open."""
    engine = open_database(database_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def seven_trusts() -> Iterator[Town]:
    """Return the sandbox, started once for all the tests of one worker."""
    with Town(quick=True) as town:
        yield town


@pytest.fixture
def town(seven_trusts: Town) -> Iterator[Town]:
    """Return the sandbox in fine weather, with nothing asked of it yet."""
    seven_trusts.fine()
    seven_trusts.forget_requests()
    yield seven_trusts
    seven_trusts.fine()


@pytest.fixture(scope="session")
def long_running(seven_trusts: Town, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Viewer]:
    """Return one viewer for all the tests of one worker."""
    with viewer_of(seven_trusts, tmp_path_factory.mktemp("running")) as viewer:
        yield viewer


@pytest.fixture
def running(town: Town, long_running: Viewer) -> Viewer:
    """Return that one viewer in fine weather: for a test that needs no log of its own."""
    long_running.app.extensions["strangers"].begin_anew()
    return long_running


@pytest.fixture
def viewer(town: Town, tmp_path: Path) -> Iterator[Viewer]:
    """Return the whole viewer, with an empty log."""
    with viewer_of(town, tmp_path) as viewer:
        yield viewer
