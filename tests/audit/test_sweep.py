"""The sweep loses nothing and raises nothing twice, in pieces, between workers, and however often it is killed."""

import random
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from threading import Event as Signal

from sqlalchemy import Engine, event, select, update

from tests.audit.entries import AMINA, WALTER
from tests.audit.parts import NOON, a_database, a_log, an_event, without_guards
from tests.clock import Clock
from viewer.access.access_event import AccessEvent, Event
from viewer.audit.alerts import Alerts, Reader, Wanted
from viewer.audit.log import Log
from viewer.audit.review import Facts, Rule, Thresholds
from viewer.audit.scope import Scope
from viewer.audit.sweep import LEASE, Sweeper, Swept
from viewer.store.alert_tables import alert_entries, alerts
from viewer.store.tables import log_entries

ROOT = Path(__file__).resolve().parents[2]
SENSITIVE = Thresholds(refusals=2, exports=2, glass_often=2, reason_repeats=2, volume_without_peers=3, habit_days=3)
SHEFFIELD = Reader("u-nora", Scope("RHQ", "sheffield_teaching"))


def a_sweeper(engine: Engine, name: str = "worker-1", clock: Clock | None = None) -> Sweeper:
    return Sweeper(engine, clock or Clock(), name, Facts(), SENSITIVE, {}, rest=0.0)


def some_events(count: int, seed: int = 1) -> list[AccessEvent]:
    """Return entries of one busy person over twenty days."""
    draw = random.Random(seed)
    now = NOON - timedelta(days=40)
    events = []
    for _ in range(count):
        now += timedelta(minutes=draw.choice([3, 30, 300, 700]))
        kind = draw.choice(
            [Event.PATIENT_OPENED, Event.RESULTS_SHOWN, Event.GLASS_BROKEN, Event.REFUSED, Event.PRINTED]
        )
        outcome = "refused" if kind is Event.REFUSED else "opened"
        claim = "break-glass" if kind is Event.GLASS_BROKEN else "in-department"
        number = f"{999_000_000 + draw.randrange(20)}0"
        events.append(
            an_event(kind, at=now, nhs_number=number, claim=claim, outcome=outcome, reason="as discussed", trusts=())
        )
    return events


def raised(engine: Engine) -> list[tuple[object, ...]]:
    """Return everything that was raised, but for when."""
    columns = alerts.c
    named = (columns.reference, columns.key, columns.rule, columns.why, columns.happened_at, columns.entries)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(select(*named).order_by(columns.number))]
        entries = connection.execute(select(alert_entries).order_by(alert_entries.c.number, alert_entries.c.seq))
        return [*found, *(tuple(row) for row in entries)]


def by_key(engine: Engine) -> dict[str, tuple[str, str, int]]:
    with engine.connect() as connection:
        rows = connection.execute(select(alerts.c.key, alerts.c.rule, alerts.c.why, alerts.c.entries))
        return {row.key: (row.rule, row.why, row.entries) for row in rows}


def test_a_broken_glass_is_in_the_queue_after_one_turn(engine: Engine, log: Log) -> None:
    log.append(an_event(Event.GLASS_BROKEN, claim="break-glass", nhs_number=WALTER, reason="unconscious, no relatives"))

    a_sweeper(engine).turn()

    (alert,) = Alerts(engine).list(SHEFFIELD, Wanted())
    assert (alert.rule, alert.user_id) == (Rule.BREAK_GLASS, AMINA.user_id)


def test_sweeping_again_raises_nothing_again(engine: Engine, log: Log) -> None:
    log.append(*some_events(60))
    a_sweeper(engine).turn()
    before = raised(engine)

    a_sweeper(engine).turn()
    a_sweeper(engine).turn()

    assert before
    assert raised(engine) == before


def test_pieces_swept_by_workers_that_come_and_go_raise_what_one_sweep_raises(tmp_path: Path) -> None:
    events = some_events(200)
    (tmp_path / "whole").mkdir()
    whole = a_database(tmp_path / "whole")
    log = a_log(whole)
    log.append(*events)
    a_sweeper(whole).turn()
    log.close()

    (tmp_path / "pieces").mkdir()
    pieces, clock = a_database(tmp_path / "pieces"), Clock()
    log = a_log(pieces)
    for start in range(0, len(events), 17):
        log.append(*events[start : start + 17])
        clock.now += 2 * LEASE  # the one before is taken for dead
        a_sweeper(pieces, f"worker-{start}", clock).turn()
    log.close()

    assert len(by_key(whole)) > 100
    assert by_key(pieces) == by_key(whole)
    whole.dispose()
    pieces.dispose()


def test_one_worker_sweeps_at_a_time_and_another_takes_over_from_one_that_died(engine: Engine, log: Log) -> None:
    clock = Clock()
    first, second = a_sweeper(engine, "worker-1", clock), a_sweeper(engine, "worker-2", clock)
    first.turn()
    log.append(*some_events(5))

    second.turn()
    assert by_key(engine) == {}  # it is the first one's turn

    clock.now += LEASE
    second.turn()
    assert by_key(engine)


def test_a_worker_that_was_overtaken_writes_nothing_and_begins_anew(engine: Engine, log: Log) -> None:
    clock = Clock()
    first, second = a_sweeper(engine, "worker-1", clock), a_sweeper(engine, "worker-2", clock)
    events = some_events(60)
    log.append(*events[:20])
    first.turn()
    log.append(*events[20:40])
    clock.now += LEASE
    second.turn()
    log.append(*events[40:])
    clock.now += LEASE
    first.turn()
    assert known_of(first).position == 40  # what the second one wrote stands
    first.turn()
    after = by_key(engine)

    expected = a_fresh_sweep_of(engine)

    assert after == expected


def known_of(sweeper: Sweeper) -> Swept:
    known = sweeper.swept()
    assert known is not None
    return known


def a_fresh_sweep_of(engine: Engine) -> dict[str, tuple[str, str, int]]:
    """Forget what was raised, and sweep the same log in one go."""
    without_guards(engine)
    with engine.begin() as connection:
        for table in ("alerts", "alert_entries", "alert_trusts", "sweeps", "looks_counted"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    a_sweeper(engine, "fresh").turn()
    return by_key(engine)


def test_how_far_was_swept_and_what_waits_is_known(engine: Engine, log: Log) -> None:
    sweeper = a_sweeper(engine)
    assert sweeper.swept() is None
    log.append(*some_events(7))
    sweeper.turn()
    log.append(*some_events(2))

    known = sweeper.swept()

    assert known is not None
    assert (known.at, known.position, known.waiting) == (NOON, 7, 2)


def test_an_entry_that_cannot_be_read_is_itself_an_alert_and_stops_no_other(engine: Engine, log: Log) -> None:
    log.append(*some_events(3), an_event(Event.GLASS_BROKEN, claim="break-glass", nhs_number=WALTER, reason="x"))
    without_guards(engine)
    with engine.begin() as connection:
        connection.execute(update(log_entries).where(log_entries.c.seq == 1).values(body=b"{}"))

    a_sweeper(engine).turn()

    found = Alerts(engine).list(SHEFFIELD, Wanted())
    assert [alert.user_id for alert in found if alert.rule == Rule.UNREADABLE] == [AMINA.user_id]
    assert Rule.BREAK_GLASS in {alert.rule for alert in found}


def test_a_sweeper_of_its_own_thread_finds_what_is_appended_and_ends_when_told(engine: Engine, log: Log) -> None:
    raising = Raising(engine)
    sweeper = Sweeper(engine, Clock(), "w", Facts(), SENSITIVE, {}, every=timedelta(milliseconds=5), rest=0.0)
    sweeper.thread.start()
    log.append(*some_events(3))

    assert raising.wait(30)
    sweeper.thread.close()  # it finishes what it has begun to write

    assert by_key(engine)


class Raising(Signal):
    """Set when an alert is being written to this database."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        event.listen(engine, "before_cursor_execute", self._see)

    def _see(self, _: object, __: object, statement: str, *___: object) -> None:
        if statement.startswith("INSERT INTO alerts "):
            self.set()


# ── Killed ───────────────────────────────────────────────────────────────────────────────────────

# Sweeps in pieces of seven entries, and says so before each commit; killed anywhere from there on.
SWEEPING = """
import sys
from pathlib import Path
from sqlalchemy import event
from tests.audit.parts import NOON
from tests.audit.test_sweep import SENSITIVE
from viewer.audit.review import Facts
from viewer.audit.sweep import LEASE, Sweeper
from viewer.store.database import open_database

turn = int(sys.argv[2])
engine = open_database(f"sqlite:///{Path(sys.argv[1]) / 'trustline.sqlite'}")
event.listen(engine, "commit", lambda _: print("committing", flush=True))
now = NOON + 2 * turn * LEASE
Sweeper(engine, lambda: now, f"worker-{turn}", Facts(), SENSITIVE, {}, rest=0.0, piece=7).turn()
print("done", flush=True)
"""


def test_whatever_moment_a_sweep_is_killed_nothing_is_lost_and_nothing_raised_twice(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    log = a_log(engine)
    log.append(*some_events(140))
    log.close()
    draw, done, turn = random.Random(7), False, 0

    while not done:
        turn += 1
        process = subprocess.Popen(
            [sys.executable, "-c", SWEEPING, str(tmp_path), str(turn)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        lines = draw.randrange(1, 16)
        said = [process.stdout.readline() for _ in range(lines)]
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=30)
        done = "done\n" in said or turn == 40

    after = by_key(engine)
    assert turn > 3
    assert after == a_fresh_sweep_of(engine)
    engine.dispose()
