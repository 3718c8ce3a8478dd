"""What every test may ask for, and the rule that nothing is skipped in silence."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Where nothing may be skipped, turn a skip into a failure, unless it is for data by others that is not here."""
    if os.environ.get("TRUSTLINE_NOTHING_SKIPPED") != "1" or call.excinfo is None:
        return
    absent = item.get_closest_marker("real_data") is not None and shared_data() is None
    if call.excinfo.errisinstance(pytest.skip.Exception) and not absent:
        call.excinfo = pytest.ExceptionInfo.from_exception(
            AssertionError(f"skipped where nothing may be skipped: {call.excinfo.value}")
        )


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
