"""Whom a record system named is forgotten in time, though no other launch ever comes."""

from datetime import UTC, datetime, timedelta
from queue import SimpleQueue

from sqlalchemy import Engine, select
from sqlalchemy.exc import OperationalError

from sandbox.town import Town
from tests.clock import Clock
from tests.launching import link
from tests.whole import AMINA, Viewer
from viewer.forgetting import forgetting
from viewer.identity.context_token import LIVES, InFront, Pushed
from viewer.launches import Launches
from viewer.store.database import open_database
from viewer.store.launch_tables import launch_contexts

WALTER = InFront("9994127039", "Hargreaves", "Walter", "1944-03-09")
NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)


def kept(engine: Engine) -> list[str]:
    with engine.connect() as database:
        return list(database.execute(select(launch_contexts.c.patient)).scalars())


def test_a_patient_whose_link_ran_out_is_forgotten_and_not_before_law_6(engine: Engine) -> None:
    clock = Clock(NOON)
    launches = Launches(engine, clock, lambda: "secret")
    launches.push("rotherham", Pushed("session", "u-1", WALTER, "1", NOON))

    clock.now = NOON + LIVES - timedelta(seconds=1)
    launches.forget()
    before = kept(engine)
    clock.now = NOON + LIVES
    launches.forget()

    assert ["9994127039" in patient for patient in before] == [True]
    assert kept(engine) == [""]


def test_the_thread_forgets_at_its_start_and_again_whatever_went_wrong() -> None:
    turns: SimpleQueue[bool] = SimpleQueue()

    def forget() -> None:
        turns.put(True)
        raise OperationalError("", {}, Exception())

    thread = forgetting(forget, timedelta(milliseconds=1))
    thread.start()
    try:
        assert [turns.get(timeout=10) for _ in range(3)] == [True] * 3
    finally:
        thread.close()


def test_the_whole_viewer_forgets_without_another_launch_law_6(town: Town, viewer: Viewer) -> None:
    link(viewer, AMINA.user_id)
    watch, engine = viewer.app.extensions["watch"], open_database(viewer.settings.database)
    late = Launches(engine, lambda: datetime.now(UTC) + LIVES, lambda: "")

    late.forget()

    assert kept(engine) == [""] * len(kept(engine))
    engine.dispose()
    assert watch.forgetting.runs()
