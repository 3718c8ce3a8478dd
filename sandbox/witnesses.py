"""Run a witness of the log for each trust, as each would on a machine of its own.

The witness is started as what it is, another program: nothing of it is imported here.
"""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from sandbox.credentials import LOG_ORIGIN, log_key_of, witness_folder, witness_key_file, witness_name

FIRST_PORT = 8121
TRUSTS = (
    "barnsley",
    "chesterfield",
    "doncaster_and_bassetlaw",
    "mid_yorkshire",
    "rotherham",
    "sheffield_childrens",
    "sheffield_teaching",
)
PORTS = {FIRST_PORT + place: f"the witness of {trust}" for place, trust in enumerate(TRUSTS)}


def start_witnesses(folder: Path, environ: Mapping[str, str]) -> list[subprocess.Popen[bytes]]:
    """Begin those that never ran, then start them all; their keys wait for them since `sandbox prepare`."""
    beginning = [
        _witness(
            *(folder, trust, environ, "--begin"),
            *("--name", witness_name(trust), "--key", str(witness_key_file(folder, trust))),
        )
        for trust in TRUSTS
        if not witness_folder(folder, trust).exists()
    ]
    for program in beginning:
        program.wait()
    key = log_key_of(folder)
    return [
        _witness(folder, trust, environ, "--port", str(port), "--origin", LOG_ORIGIN, "--log-key", key)
        for port, trust in enumerate(TRUSTS, FIRST_PORT)
    ]


def _witness(folder: Path, trust: str, environ: Mapping[str, str], *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "viewer.audit.witness", "--folder", str(witness_folder(folder, trust)), *arguments],
        env=dict(environ),
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
