"""A wrong configuration ends gunicorn at once, with one line that says what is wrong, and no worker is tried again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({}, "environment, TRUSTLINE_DATABASE: is missing"),
        ({"TRUSTLINE_WORKERS": "x"}, 'environment, TRUSTLINE_WORKERS: "x" is not a number'),
        ({"TRUSTLINE_THREADS": "x"}, 'environment, TRUSTLINE_THREADS: "x" is not a number'),
    ],
)
def test_gunicorn_ends_with_one_line(environ: dict[str, str], said: str) -> None:
    bare = {name: value for name, value in os.environ.items() if not name.startswith("TRUSTLINE_")}
    command = [sys.executable, "-m", "gunicorn", "-b", "127.0.0.1:0", "wsgi:app"]

    ended = subprocess.run(
        command, cwd=ROOT, env=bare | environ, capture_output=True, check=False, text=True, timeout=60
    )

    assert ended.returncode != 0
    assert ended.stderr.startswith(said)
    assert ended.stderr.count("\n") == 1


def test_the_application_itself_refuses_in_one_line_and_tells_gunicorn_not_to_try_again() -> None:
    bare = {name: value for name, value in os.environ.items() if not name.startswith("TRUSTLINE_")}

    ended = subprocess.run(
        [sys.executable, "wsgi.py"], cwd=ROOT, env=bare, capture_output=True, check=False, text=True, timeout=60
    )

    assert ended.returncode == 4  # gunicorn's APP_LOAD_ERROR
    assert ended.stderr.startswith("environment, TRUSTLINE_DATABASE: is missing")
    assert ended.stderr.count("\n") == 1
