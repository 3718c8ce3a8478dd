"""Show one part of what the oracle proves, as one line of JSON: for `make prove-access`, which runs several at once.

`python -m tests.oracle compare 0 500`, `table rotherham`, `patients`, `votes`, `pairs`, `times 200`.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.oracle import oracle, table
from tests.oracle.compare import compare
from tests.oracle.votes import product_carries


def _compare(seed: str, worlds: str) -> dict:
    counts, differ = compare(int(seed), int(worlds))
    return {"cases": counts.total(), "counts": counts, "differ": len(differ), "first": repr(differ[:1])}


def _table(trust: str) -> dict:
    _, cells, differ = table.folded(trust)
    return {"cells": cells, "differ": differ}


def _patients() -> dict:
    _, cells, differ = table.folded_patients()
    return {"cells": cells, "differ": differ}


def _votes() -> dict:
    states = list(oracle.votes(7))
    return {"states": len(states), "right": sum(carried == product_carries(how) for how, carried in states)}


# The two below need the whole viewer, which the others do without.


def _pairs() -> dict:
    from tests.oracle.worlds import PAIRS, RESTRICTED, both, hidden_in, look_at, search_for

    alike, answers = [], 0
    with TemporaryDirectory() as folder:
        for number, pair in enumerate((*PAIRS, RESTRICTED)):
            at, hidden = Path(folder) / str(number), hidden_in(pair)
            at.mkdir()
            look = search_for if pair is RESTRICTED else look_at
            seen, differ = both(pair, at, lambda viewer, town, p=pair, k=hidden, f=look: f(viewer, town, p, k))
            alike.append(not differ)
            answers += len(seen)
    return {"pairs": len(alike), "alike": sum(alike), "answers": answers}


def _times(rounds: str) -> dict:
    from tests.oracle.times import times

    return times(int(rounds))


PARTS: dict[str, Callable[..., dict]] = {
    "compare": _compare,
    "table": _table,
    "patients": _patients,
    "votes": _votes,
    "pairs": _pairs,
    "times": _times,
}

if __name__ == "__main__":
    print(json.dumps(PARTS[sys.argv[1]](*sys.argv[2:])))
