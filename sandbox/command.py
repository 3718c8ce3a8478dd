"""The command line: prepare, run, weather, patients, laboratory-key, welcome."""

import argparse
import http.client
import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from sandbox.credentials import prepare
from sandbox.laboratory_keys import write_laboratory_key
from sandbox.town import PortTakenError, Town, credential_names
from sandbox.trusts.all import TRUSTS
from sandbox.weather import describe_weathers
from sandbox.welcome import patients, welcome

CONTROL = "http://127.0.0.1:8109"


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what was asked; return the exit status."""
    asked = _parser().parse_args(arguments)
    status: int = asked.do(asked)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m sandbox", description="Seven synthetic trusts, an identity provider and PDS."
    )
    commands = parser.add_subparsers(required=True)
    making = commands.add_parser("prepare", help="generate credentials that are missing")
    making.add_argument("folder", type=Path)
    making.set_defaults(do=_prepare)
    running = commands.add_parser("run", help="start everything; Ctrl-C ends it")
    running.add_argument("folder", type=Path)
    running.add_argument("--ports", choices=("demo", "auto"), default="demo")
    running.add_argument("--announce", type=Path, help="write the addresses to this file when ready")
    running.add_argument("--today", type=date.fromisoformat, help="the day the stories are told from")
    running.add_argument("--viewer", default="http://localhost:8000", help="where people come back to after signing in")
    running.set_defaults(do=_run)
    weather = commands.add_parser("weather", help="list weathers, or change one", epilog=describe_weathers(),
                                  formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    weather.add_argument("trust", nargs="?", help="a trust's name, pds, or all")
    weather.add_argument("weather", nargs="?")
    weather.add_argument("number", nargs="?", type=float)
    weather.add_argument("--on", default="", choices=("", "all", "results", "patients"))
    weather.add_argument("--control", default=os.environ.get("TRUSTLINE_SANDBOX_CONTROL", CONTROL))
    weather.set_defaults(do=_weather)
    listing = commands.add_parser("patients", help="list the named patients and what each shows")
    listing.set_defaults(do=lambda _: _say(patients()))
    signing = commands.add_parser("laboratory-key", help="write the key with which a laboratory signs its code map")
    signing.add_argument("trust", choices=[trust.name for trust in TRUSTS])
    signing.add_argument("file", type=Path, help="a file that is not there yet")
    signing.set_defaults(do=_laboratory_key)
    welcoming = commands.add_parser("welcome", help="say who can sign in, and which patients show what")
    welcoming.add_argument("viewer", nargs="?", default="http://localhost:8000")
    welcoming.set_defaults(do=lambda asked: _say(welcome(asked.viewer)))
    return parser


def _say(text: str) -> int:
    print(text, flush=True)
    return 0


def _complain(text: str) -> int:
    print(text, file=sys.stderr)
    return 2


def _prepare(asked: argparse.Namespace) -> int:
    prepare(asked.folder, *credential_names(TRUSTS))
    return _say(f"Credentials are in {asked.folder / 'secrets'}")


def _laboratory_key(asked: argparse.Namespace) -> int:
    if asked.file.exists():
        return _complain(f"{asked.file} is there already, and is not overwritten")
    write_laboratory_key(asked.trust, asked.file)
    return _say(f"The key of {asked.trust}'s laboratory is in {asked.file}. Anybody can make it: it proves nothing.")


def _run(asked: argparse.Namespace) -> int:
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    try:
        with Town(asked.folder, asked.today, fixed_ports=asked.ports == "demo", viewer=asked.viewer) as town:
            _announce(town, asked.announce)
            town.warm(ended)
            ended.wait()
    except PortTakenError as trouble:
        return _complain(str(trouble))
    return 0


def _announce(town: Town, file: Path | None) -> None:
    announced = {
        "trusts": dict(town.addresses),
        "tokens": dict(town.token_urls),
        "identity_provider": town.identity_provider,
        "pds": {"address": town.pds, "tokens": town.pds_token_url},
        "control": town.control,
    }
    if file:
        ready = file.with_suffix(".part")
        ready.write_text(json.dumps(announced, indent=2))
        ready.replace(file)  # whoever waits for the file sees all of it
    lines = [f"  {name:<26}{address}" for name, address in town.addresses.items()]
    provider = town.identity_provider or "not served"
    _say(
        "\n".join(
            [
                "The sandbox is ready.",
                *lines,
                f"  {'identity provider':<26}{provider}",
                f"  {'PDS':<26}{town.pds}",
                f"  {'control':<26}{town.control}",
            ]
        )
    )


def _weather(asked: argparse.Namespace) -> int:
    if asked.trust and not asked.weather:
        return _complain("say which weather; without a trust, all are listed")
    try:
        trouble, now = _ask_control(asked)
    except OSError:
        if not asked.trust:
            return _say(describe_weathers())
        return _complain(f"no sandbox answers at {asked.control}; start it with python -m sandbox run")
    if trouble:
        return _complain(trouble)
    lines = "\n".join(f"  {trust:<26}{weather}" for trust, weather in now.items())
    return _say(lines if asked.trust else f"{describe_weathers()}\n\nNow\n{lines}")


def _ask_control(asked: argparse.Namespace) -> tuple[str, dict[str, str]]:
    """Return what is wrong, if anything, and the weather over each trust now."""
    connection = http.client.HTTPConnection(urlsplit(asked.control).netloc, timeout=10)
    if asked.trust:
        change = {"trust": asked.trust, "weather": asked.weather, "number": asked.number, "on": asked.on}
        connection.request("POST", "/weather", json.dumps(change), {"Content-Type": "application/json"})
    else:
        connection.request("GET", "/weather")
    response = connection.getresponse()
    answer = json.loads(response.read())
    return answer.get("problem", ""), answer.get("now", {})
