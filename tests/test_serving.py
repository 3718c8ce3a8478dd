"""A wrong configuration ends gunicorn at once, with one line that says what is wrong, and no worker is tried again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.town import Town
from tests.whole import configure

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


def test_a_code_map_that_is_not_believed_is_said_at_the_start_and_stops_nothing(town: Town, tmp_path: Path) -> None:
    told = configure(town, tmp_path)
    changed = tmp_path / "config" / "codes" / "rotherham.toml"
    changed.write_text(changed.read_text().replace('code = "K"', 'code = "K2"', 1))
    bare = {name: value for name, value in os.environ.items() if not name.startswith("TRUSTLINE_")}

    started = subprocess.run(
        [sys.executable, "wsgi.py"], cwd=ROOT, env=bare | told, capture_output=True, check=False, text=True, timeout=60
    )

    assert started.returncode == 0
    assert started.stderr == (
        f"{changed} is NOT BELIEVED, so nothing of it is mapped: what it says was changed after it was signed\n"
    )


def test_an_agreement_edited_after_it_was_signed_is_said_at_the_start_and_stops_nothing(
    town: Town, tmp_path: Path
) -> None:
    told = configure(town, tmp_path)
    edited = tmp_path / "config" / "agreements" / "working_together_2026.toml"
    edited.write_text(edited.read_text().replace("2028-12-31", "2029-12-31"))
    bare = {name: value for name, value in os.environ.items() if not name.startswith("TRUSTLINE_")}

    started = subprocess.run(
        [sys.executable, "wsgi.py"], cwd=ROOT, env=bare | told, capture_output=True, check=False, text=True, timeout=60
    )

    assert started.returncode == 0
    assert started.stderr.startswith(f"{edited} was EDITED AFTER IT WAS SIGNED: 7 of 7 signatures")
    assert started.stderr.count("\n") == 1
