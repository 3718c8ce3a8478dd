"""Whatever was said to be written is there, once, after a worker or the database is killed in the middle of writing."""

import signal
import subprocess
import sys
import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from tests.audit.parts import NOON, POSTGRESQL_ALONE, a_log, an_event
from tests.postgresql import server
from viewer.audit.entry import canonical
from viewer.audit.journal import Journal, waiting_in
from viewer.audit.log import Log
from viewer.audit.scope import WholeLog
from viewer.audit.search import Criteria
from viewer.store.database import open_database
from viewer.store.upgrade import upgrade

ROOT = Path(__file__).resolve().parents[2]
TIMES = 4

# Four threads append; each number is printed only after append returned it.
APPENDING = """
import sys, threading
from tests.audit.parts import a_log, an_event
from viewer.store.database import open_database

log = a_log(open_database(sys.argv[1]))
lock = threading.Lock()

def append(name):
    for turn in range(100_000):
        for seq in log.append(*[an_event(view=f"{name}/{turn}")] * (turn % 3 + 1)):
            with lock:
                sys.stdout.write(f"{seq} {name}/{turn}\\n")
                sys.stdout.flush()

for name in "abcd":
    threading.Thread(target=append, args=(name,)).start()
"""


def running(program, *arguments):
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def killed_after(url, lines):
    """Run the appending process, kill it once it has acknowledged so many entries, and return all it acknowledged."""
    process = running(APPENDING, url)
    said = [process.stdout.readline() for _ in range(lines)]
    process.send_signal(signal.SIGKILL)
    rest, _ = process.communicate(timeout=30)
    whole = [line for line in [*said, *rest.splitlines(keepends=True)] if line.endswith("\n")]
    return dict(line.split() for line in whole)


def everything(log):
    return log.search(Criteria(WholeLog(), limit=10**6)).entries


def test_nothing_acknowledged_is_lost_and_the_log_verifies_however_often_it_is_killed(engine, database_url):
    acknowledged: dict[str, str] = {}

    for time in range(TIMES):
        acknowledged |= killed_after(database_url, lines=5 + 15 * time)
        verified = a_log(engine).verify()
        assert verified.sound, verified.problem
        assert verified.size >= max(map(int, acknowledged))

    log = a_log(engine)
    found = {str(entry.seq): entry.record.view for entry in everything(log)}
    assert {seq: found.get(seq) for seq in acknowledged} == acknowledged
    assert sorted(map(int, found)) == list(range(1, len(found) + 1))
    assert log.append(an_event()) == (len(found) + 1,)
    log.close()


# ── Two workers ──────────────────────────────────────────────────────────────────────────────────

HUNDREDS = """
import sys
from tests.audit.parts import a_log, an_event
from viewer.store.database import open_database

log = a_log(open_database(sys.argv[1]))
sys.stdin.readline()
for turn in range(300):
    (seq,) = log.append(an_event(view=f"{sys.argv[2]}/{turn}"))
    print(seq, f"{sys.argv[2]}/{turn}")
log.close()
"""


@POSTGRESQL_ALONE
def test_two_processes_append_hundreds_of_entries_each_to_one_log_without_a_gap(engine, database_url):
    command = [sys.executable, "-c", HUNDREDS, database_url]
    processes = [
        subprocess.Popen([*command, name], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for name in ("one", "two")
    ]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    acknowledged = dict(
        line.split() for process in processes for line in process.communicate(timeout=120)[0].splitlines()
    )

    log = a_log(engine)
    assert {str(entry.seq): entry.record.view for entry in everything(log)} == acknowledged
    assert sorted(map(int, acknowledged)) == list(range(1, 601))
    assert log.verify().problem == ""


# ── Killed while the journal is handed over ──────────────────────────────────────────────────────

# Hands its journal over in batches, and stands still at the commit of the batch whose number it was given.
HANDING_OVER = """
import sys
from datetime import timedelta
from pathlib import Path
from sqlalchemy import event
from tests.audit.parts import NOON, an_event
from viewer.audit import journal
from viewer.audit.log import Log
from viewer.store.database import open_database

engine, moment, batches = open_database(sys.argv[1]), sys.argv[3], 0

def stand_still():
    print("standing still", flush=True)
    sys.stdin.readline()

@event.listens_for(engine, "before_cursor_execute")
def count(connection, cursor, order, *_):
    global batches
    batches += order.startswith("INSERT INTO log_heads")

@event.listens_for(engine, "commit")
def kill_me(connection):
    if batches == int(sys.argv[4]):
        if moment == "after":
            connection.connection.dbapi_connection.commit()
        stand_still()

log = Log(engine, lambda: NOON, timedelta(seconds=60), journal=journal.Journal(Path(sys.argv[2])))
log.append(an_event(view="new"))
"""


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("batches", [1, 3])  # the first, and the last
def test_a_worker_killed_while_it_hands_its_journal_over_loses_nothing_and_doubles_nothing(
    engine, database_url, tmp_path, moment, batches
):
    folder = tmp_path / "journal"
    journal = Journal(folder)
    journal.write([canonical(an_event(view=str(number)), f"id-{number}") for number in range(2500)])
    journal.close()

    process = subprocess.Popen(
        [sys.executable, "-c", HANDING_OVER, database_url, str(folder), moment, str(batches)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout.readline() == "standing still\n"
    process.kill()
    process.communicate()

    log = Log(engine, lambda: NOON, timedelta(seconds=60), journal=Journal(folder))
    log.append(an_event(view="last"))
    views = [entry.record.view for entry in reversed(everything(log))]
    assert views == [*map(str, range(2500)), "last"]
    assert log.verify().problem == ""
    assert waiting_in(folder).entries == 0
    log.close()


# ── The database is killed, and comes back ───────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def own_server(postgresql):
    """A server that these tests may kill; each makes a database of its own there."""
    with server(fsync="on") as made:
        made.order("CREATE DATABASE upgraded")
        engine = open_database(made.url("upgraded"))
        upgrade(engine)
        engine.dispose()
        yield made


@pytest.mark.parametrize("how", ["immediate", "fast"])
def test_every_page_received_has_its_entry_once_when_the_database_was_killed_meanwhile(own_server, tmp_path, how):
    engine = open_database(own_server.url(own_server.make("upgraded")))
    log = Log(engine, lambda: NOON, timedelta(seconds=10), journal=Journal(tmp_path / "journal"))
    received, reached = [], threading.Condition()
    stop = threading.Event()

    def look(name):
        turn = 0
        while not stop.is_set():
            log.append(an_event(view=f"{name}/{turn}"), an_event(view=f"{name}/{turn}"))
            with reached:
                received.append(f"{name}/{turn}")
                reached.notify_all()
            turn += 1

    def until(count):
        with reached:
            assert reached.wait_for(lambda: len(received) >= count, timeout=60)

    threads = [threading.Thread(target=look, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for _ in range(2):
        until(len(received) + 50)
        own_server.stop(how)
        until(len(received) + 50)
        assert log.sink.name == "journal"
        own_server.start()
    until(len(received) + 50)
    stop.set()
    for thread in threads:
        thread.join()
    log.close()

    assert log.sink.waiting == 0
    found = Counter(entry.record.view for entry in everything(log))
    assert found == Counter(dict.fromkeys(received, 2))
    assert log.verify().problem == ""
    engine.dispose()


def test_no_look_waits_for_a_database_that_stands_still(own_server, tmp_path):
    engine = open_database(own_server.url(own_server.make("upgraded")))
    log = Log(engine, lambda: NOON, timedelta(seconds=2), journal=Journal(tmp_path / "journal"))
    log.append(an_event(view="before"))

    own_server.freeze()
    assert log.append(an_event(view="one")) == (0,)
    assert log.append(an_event(view="two")) == (0,)
    own_server.thaw()
    log.close()

    assert [entry.record.view for entry in reversed(everything(log))] == ["before", "one", "two"]
    assert log.verify().problem == ""
    engine.dispose()
