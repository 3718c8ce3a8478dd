"""The tests' own PostgreSQL server does not outlive them."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.postgresql import programs

_STARTS_ONE = """
import time
from tests.postgresql import server
with server() as made:
    print(made.pid(), flush=True)
    time.sleep(600)
"""


@pytest.mark.skipif(programs() is None, reason="PostgreSQL is not installed (Debian: apt-get install postgresql)")
def test_a_server_ends_when_its_tests_are_killed():
    tests = subprocess.Popen([sys.executable, "-c", _STARTS_ONE], stdout=subprocess.PIPE, text=True)
    pid = tests.stdout.readline().strip()
    told = subprocess.Popen(["tail", f"--pid={pid}", "-f", "/dev/null"])

    tests.kill()
    tests.wait()

    assert told.wait(30) == 0
    assert not Path(f"/proc/{pid}").exists()
