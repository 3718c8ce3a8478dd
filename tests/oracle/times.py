"""Does it take longer when something is withheld? Ask three worlds in turn, two of which are alike, and compare.

Rule: a figure, never a promise. What the two equal worlds differ by, in the same run, is the limit of what can be seen.
"""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from random import Random
from statistics import fmean, median
from tempfile import TemporaryDirectory
from time import perf_counter

from sandbox.town import Town
from tests.oracle.worlds import PAIRS, Pair, less
from tests.whole import AMINA, Viewer, another, viewer_of

WORLDS = ("withheld", "never there", "never there, again")
SHUFFLES = 2_000


def times(rounds: int) -> dict:
    """Return the median seconds of a whole page in each world, and what shuffled labels would differ by."""
    pair, random = PAIRS[0], Random(20261122)
    took: dict[str, list[float]] = {name: [] for name in WORLDS}
    with ExitStack() as open_:
        viewers = {name: _viewer(open_, pair, name) for name in WORLDS}
        for name in WORLDS * 3:
            _page(viewers[name], pair)
        for _ in range(rounds):
            for name in random.sample(WORLDS, len(WORLDS)):
                took[name].append(_page(viewers[name], pair))
    withheld, never, again = (took[name] for name in WORLDS)
    return {
        "rounds": rounds,
        "median": {name: median(its) for name, its in took.items()},
        "differ": median(withheld) - median(never),
        "alike": median(again) - median(never),
        "noise": _noise(random, withheld, never, median),
        "mean": {
            "differ": fmean(withheld) - fmean(never),
            "alike": fmean(again) - fmean(never),
            "noise": _noise(random, withheld, never, fmean),
        },
    }


def _viewer(open_: ExitStack, pair: Pair, name: str) -> Viewer:
    holds = {} if name == "withheld" else {"holds": less(pair)}
    town = open_.enter_context(Town(identity_provider=False, quick=True, **holds))
    folder = Path(open_.enter_context(TemporaryDirectory()))
    return open_.enter_context(viewer_of(town, folder))


def _page(viewer: Viewer, pair: Pair) -> float:
    """Open the patient in a sign-in of its own, and return the seconds of the whole page with every answer fresh."""
    browser = viewer.browser(another(AMINA))
    path = browser.open(pair.nhs_number)
    began = perf_counter()
    body = browser.get(path).get_data()
    took = perf_counter() - began
    assert b"7 of 7 answered" in body
    return took


def _noise(random: Random, one: list[float], other: list[float], middle: Callable[[list[float]], float]) -> float:
    """What the middles of the same times would differ by in 19 of 20 shuffles of which world they came from."""
    pooled, differences = [*one, *other], []
    for _ in range(SHUFFLES):
        random.shuffle(pooled)
        differences.append(abs(middle(pooled[: len(one)]) - middle(pooled[len(one) :])))
    return sorted(differences)[int(SHUFFLES * 0.95)]
