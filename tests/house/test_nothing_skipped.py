"""Where nothing may be skipped, a test that is skipped fails, in whichever way it is skipped: .ci/run relies on it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RULE = "from tests.conftest import pytest_make_collect_report, pytest_runtest_makereport\n"
SKIPPED = """
import pytest

@pytest.fixture
def missing():
    pytest.skip("what it needs is not here")

def test_in_its_body():
    pytest.skip("here")

def test_by_what_it_needs(missing):
    pass

@pytest.mark.skip(reason="by a mark")
def test_by_a_mark():
    pass

@pytest.mark.skipif("True", reason="on a condition")
def test_on_a_condition():
    pass

@pytest.mark.parametrize("one", [])
def test_of_nothing(one):
    pass
"""
SKIPPED_WHOLE = """
import pytest

pytest.importorskip("nowhere_to_be_found")

def test_that_nobody_meets():
    pass
"""


@pytest.mark.parametrize(("rule", "counts"), [("1", {"failed": 1, "errors": 5}), ("", {"skipped": 6})])
def test_each_way_to_skip_is_a_failure_where_nothing_may_be_skipped(
    tmp_path: Path, rule: str, counts: dict[str, int]
) -> None:
    for name, text in (("conftest", RULE), ("test_some", SKIPPED), ("test_whole", SKIPPED_WHOLE)):
        (tmp_path / f"{name}.py").write_text(text)

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--continue-on-collection-errors", "-p", "no:cacheprovider", tmp_path],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TRUSTLINE_NOTHING_SKIPPED": rule},
        capture_output=True,
        check=False,
        text=True,
    )

    last = done.stdout.splitlines()[-1]
    assert {what: int(count) for count, what in re.findall(r"(\d+) ([a-z]+)", last.partition(" in ")[0])} == counts
