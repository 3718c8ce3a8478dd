"""Entries that the database did not take wait on this machine's disk, each once, whoever dies meanwhile."""

import errno
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.audit.parts import an_event
from viewer.audit.entry import canonical
from viewer.audit.frames import as_frame
from viewer.audit.journal import Journal, Waiting, waiting_in

ROOT = Path(__file__).resolve().parents[2]
ONE, TWO, THREE, FOUR = (canonical(an_event(view=f"look-{number}"), f"id-{number}") for number in range(4))


class DatabaseGoneError(Exception):
    pass


def never(_):
    raise DatabaseGoneError


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "journal"


@pytest.fixture
def journal(folder):
    journal = Journal(folder)
    yield journal
    journal.close()


def handed_over(journal):
    got = []
    journal.hand_over(got.extend)
    return got


def test_what_waits_is_handed_over_in_order_and_then_gone(journal, folder):
    journal.write([ONE, TWO])
    journal.write([THREE])
    assert waiting_in(folder) == Waiting(3)

    assert handed_over(journal) == [ONE, TWO, THREE]

    assert waiting_in(folder) == Waiting(0)
    assert handed_over(journal) == []


def test_a_database_that_does_not_take_it_leaves_everything_where_it_is(journal):
    journal.write([ONE])

    with pytest.raises(DatabaseGoneError):
        journal.hand_over(never)

    journal.write([TWO])
    assert handed_over(journal) == [ONE, TWO]


def test_what_is_written_during_the_handing_over_is_handed_over_too_and_once(journal):
    journal.write([ONE])
    got = []

    def take(bodies):
        got.extend(bodies)
        if len(got) == 1:
            journal.write([TWO])

    journal.hand_over(take)

    assert got == [ONE, TWO]
    assert handed_over(journal) == []


def test_the_folder_and_its_files_are_their_owners_alone(journal, folder):
    journal.write([ONE])

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_each_worker_has_a_file_of_its_own_and_leaves_those_of_the_living_alone(journal, folder):
    other = Journal(folder)
    journal.write([ONE])
    other.write([TWO])

    assert sorted(path.name for path in folder.iterdir()) == ["1.journal", "2.journal"]
    assert handed_over(other) == [TWO]
    other.close()
    assert handed_over(journal) == [ONE]


def test_a_worker_hands_over_what_another_left_when_it_ended(journal, folder):
    other = Journal(folder)
    journal.write([ONE])
    other.write([TWO])
    other.close()

    assert handed_over(journal) == [ONE, TWO]


def test_a_worker_that_starts_again_takes_the_file_of_before(journal, folder):
    journal.write([ONE])
    journal.close()
    again = Journal(folder)

    again.write([TWO])

    assert [path.name for path in folder.iterdir()] == ["1.journal"]
    assert handed_over(again) == [ONE, TWO]
    again.close()


def test_a_write_that_was_cut_short_is_cut_off_before_the_next(journal, folder):
    journal.write([ONE])
    journal.close()
    with (folder / "1.journal").open("ab") as file:
        file.write(as_frame(TWO)[:-20])

    journal.write([THREE])

    assert (folder / "1.journal").read_bytes() == as_frame(ONE) + as_frame(THREE)
    assert handed_over(journal) == [ONE, THREE]


def test_a_flipped_byte_is_reported_costs_nothing_after_it_and_is_kept_for_a_person_to_look_at(journal, folder):
    journal.write([ONE, TWO, THREE])
    file = folder / "1.journal"
    content = bytearray(file.read_bytes())
    content[len(as_frame(ONE)) + 200] ^= 1
    file.write_bytes(content)
    assert waiting_in(folder) == Waiting(2, damaged=1)

    assert handed_over(journal) == [ONE, THREE]

    assert waiting_in(folder) == Waiting(0, damaged=1)
    (kept,) = folder.glob("*.damaged")
    assert kept.read_bytes() == content
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_full_disk_refuses_the_write_and_leaves_nothing_half_written(folder):
    """A process of its own, whose files may not grow beyond what the first entry takes and a half."""
    room = len(as_frame(ONE)) * 3 // 2
    done = subprocess.run(
        [sys.executable, "-c", WITH_LITTLE_ROOM, str(folder), str(room)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.split() == ["written", errno.errorcode[errno.EFBIG]], done.stderr
    assert (folder / "1.journal").read_bytes() == as_frame(ONE)


WITH_LITTLE_ROOM = """
import errno, resource, signal, sys
from pathlib import Path
from tests.audit.test_journal import ONE, TWO
from viewer.audit.journal import Journal

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
journal = Journal(Path(sys.argv[1]))
journal.write([ONE])
print("written")
try:
    journal.write([TWO])
except OSError as problem:
    print(errno.errorcode[problem.errno])
"""


def test_a_folder_that_cannot_be_made_is_an_error_and_not_a_loss(tmp_path):
    journal = Journal(tmp_path / "nowhere" / "journal")

    with pytest.raises(OSError, match="nowhere") as caught:
        journal.write([ONE])

    assert caught.value.errno == errno.ENOENT
    assert list(tmp_path.iterdir()) == []
