"""Law 4: work on what is withheld does not show in time. What was seen leaves on a tick, or not yet."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from connectors.answer import Outcome
from tests.access.builders import ROTHERHAM, TEACHING
from tests.builders import an_answer
from tests.journey.test_results import World, holding_a_report, says
from viewer.access.access_event import AccessEvent
from viewer.access.decide import Decision
from viewer.clinical.timeline import Gap, Row
from viewer.identity.context_token import InFront
from viewer.launching import find_in_front
from viewer.parts import Parts
from viewer.steps import Found
from viewer.ticks import TICK, Ticks, on_ticks, ticks

KEY = f"{TEACHING.name}/DiagnosticReport/7"


def milliseconds(count: float) -> timedelta:
    return timedelta(milliseconds=count)


@dataclass
class Timed(World):
    """A world in which only what is written down takes time, and so does whatever is waited for."""

    work: timedelta = timedelta()  # for each entry
    gone: timedelta = timedelta()
    waited: list[timedelta] = field(default_factory=list)
    logged: list[int] = field(default_factory=list)  # how many entries there were at each wait

    def _parts(self) -> Parts:
        return replace(super()._parts(), timer=lambda: 1_000.0 + self.gone.total_seconds(), pause=self._pause)

    def ticks(self) -> Callable[[], None]:
        return ticks(self._parts())

    def on_ticks(self, steps: Iterator[int]) -> Iterator[int]:
        return on_ticks(Ticks(self._parts()), steps)

    def _pause(self, span: timedelta) -> None:
        self.waited.append(span)
        self.logged.append(len(self.log))
        self.gone += span

    def _append(self, *events: AccessEvent) -> tuple[int, ...]:
        self.gone += self.work * len(events)
        return super()._append(*events)

    def left(self, *, waits: bool = False) -> list[timedelta]:
        """Look at the patient, and say when each step left."""
        return [self.gone for _ in self.look_at_each(waits=waits)]


def holding(work: float, **fields: object) -> Timed:
    return Timed([holding_a_report(TEACHING), says(ROTHERHAM)], work=milliseconds(work), **fields)  # type: ignore[arg-type]


# ── A tick ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("worked", "waited"), [(0, []), (0.5, [39.5]), (39, [1]), (40, []), (41, [39]), (80, []), (1_010, [30])]
)
def test_what_is_ready_waits_for_the_next_tick_and_no_longer(worked: float, waited: list[float]) -> None:
    world = holding(0)
    wait = world.ticks()

    world.gone += milliseconds(worked)
    wait()

    assert milliseconds(40) == TICK
    assert world.waited == [milliseconds(one) for one in waited]


def test_ticks_are_counted_from_the_beginning_of_the_look_however_long_each_step_takes() -> None:
    world = holding(0, gone=milliseconds(7))

    def steps() -> Iterator[int]:
        for work in (5, 30, 50, 1):
            world.gone += milliseconds(work)
            yield work

    left = [(step, world.gone - milliseconds(7)) for step in world.on_ticks(steps())]

    assert left == [(5, milliseconds(5)), (30, TICK), (50, 3 * TICK), (1, 4 * TICK)]


@pytest.mark.parametrize(
    ("came", "worked", "left"), [(0, 1, 40), (1, 2, 80), (1, 79, 80), (39, 45, 80), (41, 42, 120), (1, 81, 120)]
)
def test_between_an_answer_and_its_tick_lies_a_whole_tick_in_which_work_does_not_show(
    came: float, worked: float, left: float
) -> None:
    world = holding(0)
    ticking = Ticks(world._parts())

    ticking.came([replace(an_answer(TEACHING), came=1_000.0 + came / 1000), an_answer(ROTHERHAM)])
    world.gone += milliseconds(worked)
    ticking.wait()

    assert world.gone == milliseconds(left)


# ── A look ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("waits", [False, True])
def test_every_step_but_the_first_leaves_on_a_tick_however_long_its_work_took_law_4(*, waits: bool) -> None:
    """The first says who is being asked. Nobody has been, so that nothing of what they hold can show in it."""
    quick, slow = holding(3), holding(17)

    first, *left = quick.left(waits=waits)
    first_of_slow, *left_of_slow = slow.left(waits=waits)

    assert left == left_of_slow == [TICK * number for number in range(1, 2 if waits else 3)]
    assert (first, first_of_slow) == (quick.work, slow.work)
    assert quick.waited != slow.waited


def test_what_is_written_down_is_written_before_the_wait_law_3() -> None:
    world = holding(3)

    _, *steps = world.look()

    assert [step.entry for step in steps] == world.logged == [2, 3]


def test_a_look_that_ends_midway_ends_on_a_tick() -> None:
    world = holding(3)

    steps = world.look_at_each()
    next(steps)
    world.dissents = True
    (last,) = steps

    assert last.refused
    assert world.gone == TICK


# ── One report ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("work", [3, 17])
@pytest.mark.parametrize(
    ("world", "key", "comes"),
    [
        (holding, KEY, Row),
        (holding, f"{TEACHING.name}/DiagnosticReport/nobody-holds-it", type(None)),
        (lambda work: Timed([an_answer(TEACHING, Outcome.LATE), says(ROTHERHAM)], work=milliseconds(work)), KEY, Gap),
        (lambda work: holding(work, dissents=True), KEY, Decision),
    ],
)
def test_a_report_or_its_absence_leaves_on_a_tick_law_4(
    world: Callable[[float], Timed], key: str, comes: type, work: float
) -> None:
    looked = world(work)

    assert isinstance(looked.report(key), comes)
    assert looked.gone == TICK


def test_who_is_in_front_of_somebody_is_told_on_a_tick_and_so_is_that_it_is_nobody_law_4() -> None:
    """A search that a record system begins takes as long where somebody was withheld as where nobody is known."""
    patient = InFront("9994127039", "Hargreaves", "Walter", "1947-03-09")
    for work in (3, 17):
        world = holding(0)

        def search(*_: object, world: Timed = world, work: int = work) -> Found:
            world.gone += milliseconds(work)
            return Found((), (), world.now)

        assert find_in_front(world._parts(), world._looking(), TEACHING, patient, search) == []
        assert world.gone == TICK
