"""Ask the oracle and the product the same, many times over, and count where they differ.

Rule: a case is named by its seed alone, so that any disagreement can be looked at again.
"""

from collections import Counter
from random import Random

from tests.oracle import harness, oracle
from tests.oracle.cases import a_case, a_world

CASES_A_WORLD = 250

# Every rule of the prose that can be the one that says no to a single question.
RULES = (
    "1.1", "1.2", "2", "3.1", "3.2", "3.3", "3.4", "4.1", "4.2", "4.3", "4.5", "5.1",
    "6.2", "6.3", "6.4", "6.5", "6.6", "6.7", "6.8", "7.1", "7.2",
)  # fmt: skip


def compare(seed: int, worlds: int) -> tuple[Counter, list]:
    """Return how often each rule was the one that said no (None: it was yes), and every disagreement."""
    random = Random(seed)
    counts, differ = Counter(), []
    for number in range(worlds):
        world = a_world(random)
        known, theirs = oracle.facts(world), harness.World(world)
        widened = _without_succession(world) if "6.5" in known["fails"].values() else None
        for _ in range(CASES_A_WORLD):
            case = a_case(random, world)
            ours, product = oracle.first_no(known, case), harness.first_no(theirs, case)
            counts["6.5" if widened and ours and oracle.first_no(widened, case) != ours else number_of(ours)] += 1
            if ours != product and not _same_of_three(ours, product, case["act"]):
                differ.append((seed, number, ours, product, case))
    return counts, differ


def _without_succession(world: dict) -> dict:
    """The same world if nothing took anything's place, to see where that was what decided."""
    agreements = {name: one | {"supersedes": []} for name, one in world["agreements"].items()}
    return oracle.facts(world | {"agreements": agreements})


def number_of(no) -> str:
    """The rule as it is counted: of rule 6 the one that stopped the agreement that came furthest."""
    return "yes" if no is None else no if isinstance(no, str) else max(rule for _, rule in no)


def _same_of_three(ours, product, act: str) -> bool:
    """Breaking the glass is asked before whether it still holds, so that of 3.1 to 3.4 another may come first."""
    return act != "break" and isinstance(ours, str) and isinstance(product, str) and ours[:2] == product[:2] == "3."
