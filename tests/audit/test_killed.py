"""Whatever was said to be written is there after the process is killed in the middle of writing."""

import signal
import subprocess
import sys
from pathlib import Path

from tests.audit.parts import a_database, a_log, an_event
from viewer.audit.search import Criteria, WholeLog

ROOT = Path(__file__).resolve().parents[2]
TIMES = 20

# Four threads append; each number is printed only after append returned it.
APPENDING = """
import sys, threading
from pathlib import Path
from tests.audit.parts import a_database, a_log, an_event

log = a_log(a_database(Path(sys.argv[1])))
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


def killed_after(folder, lines):
    """Run the appending process, kill it once it has acknowledged so many entries, and return all it acknowledged."""
    process = subprocess.Popen(
        [sys.executable, "-c", APPENDING, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    said = [process.stdout.readline() for _ in range(lines)]
    process.send_signal(signal.SIGKILL)
    rest, _ = process.communicate(timeout=30)
    whole = [line for line in [*said, *rest.splitlines(keepends=True)] if line.endswith("\n")]
    return dict(line.split() for line in whole)


def test_nothing_acknowledged_is_lost_and_the_log_verifies_however_often_it_is_killed(tmp_path):
    engine = a_database(tmp_path)
    acknowledged: dict[str, str] = {}

    for time in range(TIMES):
        acknowledged |= killed_after(tmp_path, lines=5 + 7 * time)
        verified = a_log(engine).verify()
        assert verified.sound, verified.problem
        assert verified.size >= max(map(int, acknowledged))

    log = a_log(engine)
    found = {str(entry.seq): entry.record.view for entry in log.search(Criteria(WholeLog(), limit=10**6)).entries}
    assert {seq: found.get(seq) for seq in acknowledged} == acknowledged
    assert sorted(map(int, found)) == list(range(1, len(found) + 1))
    assert log.append(an_event()) == (len(found) + 1,)
    engine.dispose()
