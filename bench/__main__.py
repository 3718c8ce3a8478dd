"""Measure and print the figures: `python -m bench`, or one of `views`, `storm`, `reading`, `rows`.

Each figure stands beside its goal and beside what bounds it, measured in the same run.
"""

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable, Mapping

from bench.audit import audit, audit_large
from bench.cumulative import cumulative
from bench.detection import detection
from bench.figure import Figure, show
from bench.login import prove_login
from bench.prove_access import prove_access
from bench.prove_audit import prove_audit
from bench.prove_display import prove_display
from bench.reading import reading, rows
from bench.screen import screen
from bench.views import Effort, storm, views

FIGURES: Mapping[str, tuple[str, Callable[[], Iterable[Figure]]]] = {
    "views": ("Whole views, fair weather: seven trusts in 20 to 500 ms", lambda: views(Effort())),
    "storm": ("Whole views in a storm", lambda: storm(Effort())),
    "reading": ("From the bytes of a page to its rows", reading),
    "detection": ("Snooping planted in 1,000,000 entries of ordinary work", detection),
    "rows": ("Writing rows", rows),
    "cumulative": ("A cumulative table of 2,000 results", cumulative),
    "screen": ("A patient with 20,000 results in Chromium", screen),
    "audit": ("The log: appending, asking and verifying, 1,000,000 entries on each database", audit),
    "audit-large": ("The same, then the questions over 10,000,000 entries as well", audit_large),
    "prove-access": ("Access: decided twice, by two programs that share no code", prove_access),
    "prove-audit": ("The evidence: what was done to the log, and what was found", prove_audit),
    "prove-display": ("Display: what was sent beside what is read", prove_display),
    "prove-login": ("Signing in: every lie a sign-in service can tell, told to the viewer over HTTP", prove_login),
}

_ONLY_BY_NAME = {"audit-large"}  # it takes the better part of an hour, and 30 GB


def main() -> None:
    """Print what was asked for, or everything; say at the end what was not met."""
    asked = argparse.ArgumentParser(prog="bench", description="Print the figures.")
    asked.add_argument("figures", nargs="*", choices=[*FIGURES, []], help="which (default: all but audit-large)")
    names = asked.parse_args().figures or [name for name in FIGURES if name not in _ONLY_BY_NAME]
    began = time.monotonic()
    print(f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {_busy()}")
    shown = [figure for name in names for figure in show(FIGURES[name][0], FIGURES[name][1]())]
    print(f"\n{_summary(shown)} Measured in {time.monotonic() - began:.0f} s; {_busy()}.")
    if any(name.startswith("prove") for name in names) and any(figure.met is False for figure in shown):
        sys.exit(1)


def _busy() -> str:
    return f"load over the last minute {os.getloadavg()[0]:.1f}"


def _summary(shown: Iterable[Figure]) -> str:
    judged = [figure for figure in shown if figure.met is not None]
    missed = [figure.name for figure in judged if not figure.met]
    counted = f"{len(judged) - len(missed)} of {len(judged)} goals met."
    return "\n".join([counted, *(f"NOT met: {name}." for name in missed)])


if __name__ == "__main__":
    main()
