"""Show it: start the sandbox, the trusts' witnesses and the viewer, say who can sign in, and end all together.

The viewer is started as what it is, another program: nothing of it is imported here.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from sandbox import witnesses

VIEWER = "http://localhost:8000"
PORTS = {
    8000: "the viewer",
    8100: "the identity provider",
    **dict.fromkeys(range(8101, 8108), "a trust"),
    8108: "the PDS",
    8109: "the sandbox's control",
    8110: "a record system",
    **witnesses.PORTS,
}


def main(folder: Path) -> int:
    """Prepare credentials and database, start every program, wait, and end them all."""
    taken = [port for port in PORTS if _is_taken(port)]
    if taken:
        names = ", ".join(f"{port} ({PORTS[port]})" for port in taken)
        print(f"Already in use on this machine: port {names}. End what listens there, then try again.", file=sys.stderr)
        return 2
    environ = _environment(folder)
    _run("-m", "sandbox", "prepare", str(folder), env=environ)
    _run("-m", "viewer.command", "database", "upgrade", env=environ)
    started = [
        *witnesses.start_witnesses(folder, environ),
        subprocess.Popen([sys.executable, "-m", "sandbox", "run", str(folder)], env=environ, start_new_session=True),
        subprocess.Popen([sys.executable, "-m", "gunicorn", "wsgi:app"], env=environ, start_new_session=True),
    ]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        if not _ready(started):
            return 1
        _run("-m", "sandbox", "welcome", VIEWER, env=environ)
        while all(program.poll() is None for program in started):
            time.sleep(0.5)
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        _end(started)


def _environment(folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "TRUSTLINE_CONFIG": os.environ.get("TRUSTLINE_CONFIG", "config"),
        "TRUSTLINE_SECRETS": str(folder / "secrets"),
        "TRUSTLINE_DATABASE": f"sqlite:///{folder / 'trustline.sqlite'}",
    }


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _run(*arguments: str, env: dict[str, str]) -> None:
    subprocess.run([sys.executable, *arguments], check=True, env=env)


def _ready(started: list[subprocess.Popen[bytes]]) -> bool:
    for _ in range(300):
        if any(program.poll() is not None for program in started):
            return False
        if _answers(f"{VIEWER}/health"):
            return True
        time.sleep(0.2)
    print("The viewer did not become ready within a minute.", file=sys.stderr)
    return False


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as response:  # noqa: S310  (our own loopback address)
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _end(started: list[subprocess.Popen[bytes]]) -> None:
    for program in started:
        program.terminate()
    for program in started:
        try:
            program.wait(8)
        except subprocess.TimeoutExpired:
            program.kill()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "var/demo")))
