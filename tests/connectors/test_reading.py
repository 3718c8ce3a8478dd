import asyncio
import threading

import pytest

from connectors.reading import REST, Reading


class Stop:
    """Work that goes on until it is told to end, and what was read after it."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.end = threading.Event()
        self.order: list[str] = []

    def hold(self) -> None:
        self.begun.set()
        assert self.end.wait(20)

    def note(self, name: str) -> str:
        self.order.append(name)
        return name


class Timer:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def timer():
    return Timer()


@pytest.fixture
def reading(timer):
    one = Reading(timer)
    yield one
    one.close()


async def until(event: threading.Event) -> None:
    assert await asyncio.to_thread(event.wait, 20)


def test_the_search_that_has_come_furthest_is_read_next_and_among_equals_the_first_that_came(reading):
    stop = Stop()

    async def several():
        first = asyncio.create_task(reading.read(0, stop.hold))
        await until(stop.begun)
        names = {"new": 0, "second page": 1, "third page": 2, "another second page": 1}
        others = [asyncio.create_task(reading.read(pages, stop.note, name)) for name, pages in names.items()]
        await asyncio.sleep(0)  # each has taken its place
        stop.end.set()
        await first
        return await asyncio.gather(*others)

    assert asyncio.run(several()) == ["new", "second page", "third page", "another second page"]
    assert stop.order == ["third page", "second page", "another second page", "new"]


@pytest.mark.parametrize("as_its_turn_comes", [False, True], ids=["while it waits", "just as its turn comes"])
def test_one_whose_time_is_up_holds_nobody_up(reading, as_its_turn_comes):
    stop, late = Stop(), None

    async def hold():
        await reading.read(0, stop.hold)
        late.cancel()  # its turn has been given, and is not used yet

    async def several():
        nonlocal late
        first = asyncio.create_task(hold())
        await until(stop.begun)
        late = asyncio.create_task(reading.read(5, stop.note, "late"))
        patient = asyncio.create_task(reading.read(1, stop.note, "patient"))
        await asyncio.sleep(0)  # each has taken its place
        if not as_its_turn_comes:
            late.cancel()
        stop.end.set()
        await first
        return await asyncio.wait_for(asyncio.gather(late, patient, return_exceptions=True), 20)

    ended, came = asyncio.run(several())
    assert isinstance(ended, asyncio.CancelledError)
    assert came == "patient"
    assert stop.order == ["patient"]


def test_work_that_fails_says_so_and_the_next_is_read(reading):
    stop = Stop()

    async def several():
        with pytest.raises(ZeroDivisionError):
            await reading.read(0, lambda: 1 // 0)
        return await reading.read(0, stop.note, "next")

    assert asyncio.run(several()) == "next"


PATIENCE, A_MOMENT = 30, 0.1  # seconds for what must be read, and for what must not


async def is_read(reading, seconds=PATIENCE) -> bool:
    """Say whether something is read; if not, wait for it no longer."""
    try:
        async with asyncio.timeout(seconds):
            await reading.read(0, lambda: None)
    except TimeoutError:
        return False
    return True


def test_while_it_rests_nothing_is_read_until_it_goes_on(reading):
    reading.rest()
    assert not asyncio.run(is_read(reading, A_MOMENT))

    reading.go_on()
    assert asyncio.run(is_read(reading))


def test_a_rest_ends_by_itself(reading, timer):
    reading.rest()
    timer.now += 1.01 * REST

    assert asyncio.run(is_read(reading))


def test_it_rests_once_a_second_at_most_however_many_ask(reading, timer):
    reading.rest()
    timer.now += 2 * REST
    reading.rest()
    assert asyncio.run(is_read(reading))

    timer.now += 1
    reading.rest()
    assert not asyncio.run(is_read(reading, A_MOMENT))


def test_one_whose_time_is_up_during_a_rest_holds_nobody_up(reading):
    async def several():
        reading.rest()
        assert not await is_read(reading, A_MOMENT)
        reading.go_on()
        return await is_read(reading)

    assert asyncio.run(several())
