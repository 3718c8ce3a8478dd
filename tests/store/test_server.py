"""The tests' own PostgreSQL server does not outlive them."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.postgresql import programs

# What it waits for never comes, unless whoever started it goes away.
_STARTS_ONE = """
import sys
from tests.postgresql import server
with server() as made:
    print(made.pid(), flush=True)
    sys.stdin.read()
"""


def test_a_server_ends_when_its_tests_are_killed():
    if programs() is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    piped = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", _STARTS_ONE], **piped) as tests:
        pid = tests.stdout.readline().strip()
        with subprocess.Popen(["tail", f"--pid={pid}", "-f", "/dev/null"]) as ends_with_it:
            tests.kill()

            assert ends_with_it.wait(30) == 0
    assert not Path(f"/proc/{pid}").exists()
