"""What must be shown of access: `python -m bench prove-access`, or `make prove-access`.

Rule: the oracle shares no code with the product, and is asked in programs of its own, two at a time. The time is a
figure and no promise: what two equal worlds differ by in the same run is the least that could have been seen.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bench.figure import Figure, ms
from bench.programs import ROOT

CASES, A_WORLD, PROGRAMS = 1_000_000, 250, 8
ROUNDS = 300
STATES = 4**7


def prove_access() -> Iterator[Figure]:
    """Yield each part as it is done."""
    yield _cases()
    yield _table()
    yield _votes()
    yield _pairs()
    yield _times()


def _cases() -> Figure:
    worlds = CASES // A_WORLD // PROGRAMS
    parts = _shown([("compare", str(seed), str(worlds)) for seed in range(PROGRAMS)])
    counts = sum((Counter(part["counts"]) for part in parts), Counter[str]())
    cases, differ = sum(part["cases"] for part in parts), sum(part["differ"] for part in parts)
    rules = ", ".join(f"{rule} {counts[rule] / cases:.1%}" for rule in sorted(counts) if rule != "yes")
    first = next((f"; the first: {part['first']}" for part in parts if part["differ"]), "")
    return Figure(
        "random cases, product against oracle",
        f"{cases:,} cases, {differ:,} disagreements{first}",
        f"{CASES:,} cases and 0 disagreements",
        f"yes in {counts['yes'] / cases:.1%}; the rule that said no: {rules}",
        cases == CASES and differ == 0,
    )


def _table() -> Figure:
    trusts = sorted(file.stem for file in (ROOT / "config" / "trusts").glob("*.toml"))
    parts = _shown([*(("table", trust) for trust in trusts), ("patients",)])
    cells, differ = sum(part["cells"] for part in parts), sum(part["differ"] for part in parts)
    return Figure(
        "the whole decision table of config/",
        f"{cells:,} cells, {differ:,} disagreements",
        "0 disagreements",
        "folded into docs/decision-table.tsv; a test holds the file to it",
        differ == 0 and cells > 0,
    )


def _votes() -> Figure:
    (votes,) = _shown([("votes",)])
    right, states = votes["right"], votes["states"]
    return Figure(
        "every state of a vote of seven", f"{right:,} of {states:,} right", f"{STATES:,}", met=right == STATES
    )


def _pairs() -> Figure:
    (pairs,) = _shown([("pairs",)])
    return Figure(
        "two worlds that differ in what is withheld",
        f"{pairs['alike']} of {pairs['pairs']} pairs alike, {pairs['answers']:,} answers in each world",
        "every byte of page, stream, header and cookie",
        "not compared: what an IG officer sees, who is told of it; a trust that answers later because it holds more",
        pairs["alike"] == pairs["pairs"],
    )


def _times() -> Figure:
    (times,) = _shown([("times", str(ROUNDS))])
    whole, mean = times["median"]["never there"], times["mean"]
    return Figure(
        f"a whole page with three reports withheld, {times['rounds']} rounds",
        f"{_signed(times['differ'])} against the page without them, of {ms(whole)}",
        limit=f"two equal worlds in the same run: {_signed(times['alike'])}; by chance alone at most "
        f"{ms(times['noise'])} in 19 of 20; their means differ by {_signed(mean['differ'])}, "
        f"those of the equal worlds by {_signed(mean['alike'])}, by chance alone at most {ms(mean['noise'])}; "
        "a page leaves on a tick of 40 ms, a whole one after its last answer at the soonest",
    )


def _signed(seconds: float) -> str:
    return f"{seconds * 1000:+.2f} ms"


def _shown(parts: Sequence[tuple[str, ...]]) -> list[dict[str, Any]]:
    """Run each part of tests/oracle in a program of its own, two at once."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(_run, parts))


def _run(part: tuple[str, ...]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.oracle", *part], cwd=ROOT, capture_output=True, check=False, text=True
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(part)} ended with {done.returncode}:\n{done.stderr}")
    shown: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return shown
