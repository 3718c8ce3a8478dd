"""Whole views through the real page and, beside it, through three pages anybody might have written.

Rule: one town serves them all in the same run, the load client is the same, and each of our views is
somebody else's sign-in, so that nothing that was kept helps.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.clinic import running_viewer
from bench.figure import Figure, at_most, ms, p95
from bench.load import Came, Order, Run, Visit
from bench.plan import FAIR, Place, obtainable, requests, resources, stormy
from bench.programs import Server, Town, running_town, serving, visit

PEERS = {
    "one_after_another": "one after another, requests + json",
    "with_fhirpy": "all at once, fhirpy",
    "threads_and_models": "shared httpx.Client on threads + R4B models",
}
OURS = "the viewer, everything on"
_NEVER = 99.0  # seconds: how late what never came is taken to be


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured: `make bench` measures all of it, the smoke test next to nothing."""

    alone: int = 20  # views one after another
    at_once: int = 64
    bursts: int = 3
    warm_up: int = 4
    late: float = 2.0  # seconds, of the late trust
    deadline: float = 3.0  # of the viewer, from its own config, and of the peers
    peers: tuple[str, ...] = tuple(PEERS)


@dataclass(frozen=True, slots=True)
class Page:
    """A page under load: where it is, and visits nobody has made yet."""

    server: Server
    visits: Callable[[int], tuple[Visit, ...]]
    marks: tuple[str, ...]

    def load(self, count: int, at_once: int) -> Run:
        """Make this many visits, so many at once."""
        return visit(Order("127.0.0.1", self.server.port, self.visits(count), at_once, self.marks))


@dataclass(frozen=True, slots=True)
class Bursts:
    """What several bursts of views came to."""

    runs: tuple[Run, ...]
    cpu: float  # seconds of processor time a view
    requests: float  # a view

    @property
    def came(self) -> list[Came]:
        return [came for run in self.runs for came in run.came]

    @property
    def per_second(self) -> float:
        return len(self.came) / sum(run.took for run in self.runs)

    def whole(self, within: float = float("inf")) -> float:
        """Return the share of views that showed every obtainable result in so many seconds."""
        return sum(one.complete is not None and one.complete <= within for one in self.came) / len(self.came)


def views(effort: Effort) -> Iterator[Figure]:
    """Yield the figures of one viewer, of many at once, and of the peers, in fair weather."""
    with running_town(FAIR) as town:
        fastest, slowest = (_answers_in(town, choose(FAIR, key=_takes)) for choose in (min, max))
        with _viewer(town, effort) as page:
            yield from _one_viewer(page, town, effort, fastest, slowest)
            ours = _bursts(page, town, effort)
        yield from _many_viewers(ours, effort, fastest, slowest)
        yield from _beside(ours, _peers(town, effort, effort.bursts // 2 + 1))


def storm(effort: Effort) -> Iterator[Figure]:
    """Yield the share of views that show all there is, with one trust dead, one hanging and one late."""
    with running_town(stormy(late=effort.late)) as town:
        with _viewer(town, effort) as page:
            page.load(effort.warm_up, 1)
            ours = _measured(page, town, effort.at_once, effort.bursts)
        within = effort.deadline + 0.5
        yield Figure(
            f"{OURS}: views with every obtainable result",
            f"{ours.whole():.1%} of {len(ours.came)} ({ours.whole(within):.1%} within {within:.1f} s)",
            "100 %",
            f"one trust dead, one hanging, one {effort.late:.0f} s late, deadline {effort.deadline:.0f} s, "
            f"{effort.at_once} at once; complete p95 {ms(p95(_completes(ours.came)))}",
            ours.whole() == 1,
        )
        for name, theirs in _peers(town, effort, 1):
            yield Figure(
                f"{name}: the same",
                f"{theirs.whole():.1%} of {len(theirs.came)} ({theirs.whole(within):.1%} within {within:.1f} s)",
            )


# ── Our page ─────────────────────────────────────────────────────────────────────────────────────


def _one_viewer(page: Page, town: Town, effort: Effort, fastest: float, slowest: float) -> Iterator[Figure]:
    page.load(effort.warm_up, 1)
    town.requests_since()
    alone = page.load(effort.alone, 1).came
    asked = town.requests_since() / effort.alone
    yield Figure(
        "a view",
        f"{asked:g} requests, {resources(FAIR)} resources",
        f"{requests(FAIR)} requests, 217 resources",
        met=asked == requests(FAIR) and resources(FAIR) == 217,
    )
    first, complete = _firsts(alone), _completes(alone)
    yield at_most(
        "one viewer: first trust's rows (median)", median(first), fastest + 0.030, "fastest + 30 ms",
        f"the fastest trust answers the bare load client in {ms(fastest)}; worst of {len(alone)} {ms(max(first))}",
    )  # fmt: skip
    yield at_most(
        "one viewer: complete (median)", median(complete), slowest * 1.05 + 0.030, "slowest × 1.05 + 30 ms",
        f"the slowest trust answers the bare load client in {ms(slowest)}; worst of {len(alone)} {ms(max(complete))}",
    )  # fmt: skip


def _many_viewers(ours: Bursts, effort: Effort, fastest: float, slowest: float) -> Iterator[Figure]:
    many = effort.at_once
    firsts = [p95(_firsts(run.came)) for run in ours.runs]
    completes = [p95(_completes(run.came)) for run in ours.runs]
    yield at_most(
        f"{many} at once: first trust's rows, p95", median(firsts), fastest + 0.150, "fastest + 150 ms",
        f"processor: {ms(ours.cpu)} a view in one worker, {ms(ours.cpu * many)} for {many}; "
        f"each burst {', '.join(map(ms, firsts))}; the median view {ms(median(_firsts(ours.came)))}",
    )  # fmt: skip
    yield at_most(
        f"{many} at once: complete, p95", median(completes), slowest * 1.4, "slowest × 1.4",
        f"the slowest trust takes {ms(slowest)}; each burst {', '.join(map(ms, completes))}; "
        f"the median view {ms(median(_completes(ours.came)))}",
    )  # fmt: skip
    yield Figure(f"{many} at once: views with every result", f"{ours.whole():.1%}", "100 %", met=ours.whole() == 1)


def _beside(ours: Bursts, peers: Iterator[tuple[str, Bursts]]) -> Iterator[Figure]:
    yield Figure(OURS, f"{ms(ours.cpu)} of processor a view, {ours.per_second:.0f} views/s")
    for name, theirs in peers:
        figure = Figure(
            name,
            f"{ms(theirs.cpu)} of processor a view, {theirs.per_second:.0f} views/s, {theirs.whole():.0%} whole",
            limit=f"ours: 1/{theirs.cpu / ours.cpu:.1f} of its processor time a view, "
            f"{ours.per_second / theirs.per_second:.1f} × its views/s; it has no sign-in, no decisions and no log",
        )
        if name == PEERS["threads_and_models"]:
            met = ours.cpu * 11 <= theirs.cpu and ours.per_second >= 10 * theirs.per_second
            goal = "1/11 of its processor time a view, 10 × its views/s (prototype)"
            figure = Figure(figure.name, figure.measured, goal, figure.limit, met)
        yield figure


@contextmanager
def _viewer(town: Town, effort: Effort) -> Iterator[Page]:
    sign_ins = effort.alone + effort.warm_up + (effort.bursts + 1) * effort.at_once
    with TemporaryDirectory() as folder, running_viewer(town, Path(folder), sign_ins) as clinic:
        yield Page(clinic.server, clinic.visits, obtainable(town.places))


# ── The peers ────────────────────────────────────────────────────────────────────────────────────


def _peers(town: Town, effort: Effort, bursts: int) -> Iterator[tuple[str, Bursts]]:
    for peer in effort.peers:
        with _peer(peer, town) as page:
            page.load(2, 1)
            yield PEERS[peer], _measured(page, town, effort.at_once, bursts)


@contextmanager
def _peer(peer: str, town: Town) -> Iterator[Page]:
    told = [{"name": one.name, "address": town.address(one.name), "patient": one.patient_id} for one in town.places]
    with (
        TemporaryDirectory() as folder,
        serving(f"bench.peers.{peer}:app", {"BENCH_TOWN": json.dumps(told)}, Path(folder)) as server,
    ):
        yield Page(server, lambda count: (Visit("/view"),) * count, obtainable(town.places))


# ── Measuring ────────────────────────────────────────────────────────────────────────────────────


def _bursts(page: Page, town: Town, effort: Effort) -> Bursts:
    """Measure bursts, after one that is not counted: threads and connections are made once."""
    page.load(effort.at_once, effort.at_once)
    return _measured(page, town, effort.at_once, effort.bursts)


def _measured(page: Page, town: Town, at_once: int, bursts: int) -> Bursts:
    town.requests_since()
    before = page.server.cpu()
    runs = tuple(page.load(at_once, at_once) for _ in range(bursts))
    cpu = page.server.cpu() - before
    return Bursts(runs, cpu / (at_once * bursts), town.requests_since() / (at_once * bursts))


def _answers_in(town: Town, place: Place) -> float:
    """Return how long a trust takes to answer the bare load client with all it has."""
    path = f"/fhir/R4/DiagnosticReport?patient={place.patient_id}"
    run = visit(Order("127.0.0.1", town.ports[place.name], (Visit(path),) * 5, 1))
    return median(one.ended for one in run.came)


def _takes(place: Place) -> float:
    return place.takes


def _firsts(came: Sequence[Came]) -> list[float]:
    return [_NEVER if one.first is None else one.first for one in came]


def _completes(came: Sequence[Came]) -> list[float]:
    return [_NEVER if one.complete is None else one.complete for one in came]
