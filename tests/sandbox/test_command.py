"""The sandbox as a program: it starts, says where it is, changes its weather, and ends when told."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.command import main
from sandbox.numbers import is_test_number
from sandbox.trusts.all import TRUSTS


def test_prepare_leaves_what_is_there_alone(tmp_path: Path) -> None:
    assert main(["prepare", str(tmp_path)]) == 0
    before = contents(tmp_path)

    assert main(["prepare", str(tmp_path)]) == 0

    assert contents(tmp_path) == before
    assert {path.name for path in (tmp_path / "secrets").iterdir()} == {
        *(f"{trust.name}.secret" for trust in TRUSTS if not trust.wants_key),
        *(f"{trust.name}.witness" for trust in TRUSTS),
        "log.pem",
        "doncaster_and_bassetlaw.pem",
        "doncaster_and_bassetlaw.kid",
        "sign_in.pem",
        "sign_in.kid",
        "pds.pem",
        "pds.kid",
        "epr.pem",
        "epr.kid",
    }


def test_a_laboratorys_key_is_written_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "rotherham.pem"
    assert main(["laboratory-key", "rotherham", str(file)]) == 0
    written = file.read_bytes()

    assert main(["laboratory-key", "rotherham", str(file)]) == 2

    assert file.read_bytes() == written
    assert file.stat().st_mode & 0o077 == 0


def test_secrets_are_for_their_owner_alone(tmp_path: Path) -> None:
    main(["prepare", str(tmp_path)])

    modes = {path.stat().st_mode & 0o077 for path in tmp_path.rglob("*") if path.is_file()}

    assert modes == {0}


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_run_announces_its_addresses_and_ends_when_told(tmp_path: Path, how: signal.Signals) -> None:
    with running(tmp_path) as (program, announced):
        assert set(announced["trusts"]) == {trust.name for trust in TRUSTS}
        for address in announced["trusts"].values():
            assert httpx.get(f"{address}/metadata", trust_env=False).status_code == 200
        discovery = f"{announced['identity_provider']}/.well-known/openid-configuration"
        assert httpx.get(discovery, trust_env=False).json()["issuer"] == announced["identity_provider"]

        program.send_signal(how)

        assert program.wait(10) == 0


def test_the_weather_is_changed_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running(tmp_path) as (_, announced):
        control = ["--control", announced["control"]]

        changed = main(["weather", "barnsley", "error", "503", *control])
        told = capsys.readouterr().out
        refused = main(["weather", "barnsley", "sunny", *control])

    assert (changed, refused) == (0, 2)
    assert "barnsley                  error" in told


def test_weather_lists_what_there_is_without_a_sandbox(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["weather", "--control", "http://127.0.0.1:9"])

    assert status == 0
    assert "half_page" in capsys.readouterr().out


def test_weather_for_a_sandbox_that_is_not_there_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["weather", "all", "late", "--control", "http://127.0.0.1:9"])

    assert status == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_patients_are_listed_with_numbers_people_can_read(capsys: pytest.CaptureFixture[str]) -> None:
    main(["patients"])

    lines = capsys.readouterr().out.splitlines()
    assert all(is_test_number(line.strip()[:12]) for line in lines)
    assert "HARGREAVES, Walter" in lines[0]


def test_the_welcome_says_who_can_sign_in(capsys: pytest.CaptureFixture[str]) -> None:
    main(["welcome", "http://localhost:8000"])

    said = capsys.readouterr().out
    assert "Dr Amina Farrell" in said
    assert "999 412 7039" in said


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 8109))
            taken.listen()
        except OSError:
            pass  # somebody else has it: just as well

        ended = subprocess.run(
            [sys.executable, "-m", "sandbox", "run", str(tmp_path)],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1
    assert "8109" in ended.stderr


@contextmanager
def running(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, Any]]]:
    """Run the sandbox on free ports until the block ends."""
    announce = folder / "sandbox.json"
    program = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "run", str(folder), "--ports", "auto", "--announce", str(announce)],
        stdout=subprocess.PIPE,
    )
    try:
        assert program.stdout is not None
        assert program.stdout.readline() == b"The sandbox is ready.\n"
        yield program, json.loads(announce.read_text())
    finally:
        program.terminate()
        program.wait(10)
        if program.stdout is not None:
            program.stdout.close()


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.rglob("*") if path.is_file()}
