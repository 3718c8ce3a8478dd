"""The witness as it is run: a program asked over HTTP. It never cosigns two logs that do not agree."""

import ast
import json
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
from base64 import b64encode
from http.client import HTTPException
from pathlib import Path

import pytest

from tests.audit.witnessing import PROGRAM, ROOT, ALog, a_pem, a_signing_key, a_witness, begin, run, start, stop
from viewer.audit import witness as witness_file
from viewer.audit.note import Note, cosigned_by, is_signed_by, read_note, read_signatures

SIZE = "text/x.tlog.size"
KILLS = 6


@pytest.fixture(scope="module")
def log():
    return ALog(300)


@pytest.fixture
def rewritten():
    """The same log, signed by the same key, with another fourth entry."""
    return ALog(300, lambda number: b"rewritten" if number == 4 else b"entry %d" % number)


@pytest.fixture
def witness(tmp_path):
    with a_witness(tmp_path / "barnsley") as witness:
        yield witness


@pytest.fixture(scope="module")
def refusing(tmp_path_factory):
    """One witness for all that is refused: it is to have cosigned nothing, whatever it was asked."""
    with a_witness(tmp_path_factory.mktemp("refusing") / "barnsley") as witness:
        yield witness
        assert witness.get("/checkpoint")[0] == 404


def cosigned(witness, log, size, answer):
    """Return the cosignature that an answer holds, or None."""
    status, _, body = answer
    if status != 200:
        return None
    return cosigned_by(witness.key, Note(log.note(size).text, read_signatures(body.decode())))


# --- what the specification asks ---


def test_the_first_checkpoint_is_cosigned_without_a_proof_and_each_later_one_with_it(witness, log):
    for old, new in [(0, 7), (7, 8), (8, 300)]:
        answer = witness.post(log.request(old, new))

        assert cosigned(witness, log, new, answer), answer


def test_the_same_checkpoint_is_cosigned_again(witness, log):
    witness.post(log.request(0, 9))

    assert cosigned(witness, log, 9, witness.post(log.request(9, 9)))


def test_another_size_than_the_last_is_answered_with_the_last(witness, log):
    witness.post(log.request(0, 9))

    assert witness.post(log.request(0, 12)) == (409, SIZE, b"9\n")
    assert witness.post(log.request(4, 12)) == (409, SIZE, b"9\n")
    assert witness.post(log.request(4, 9)) == (409, SIZE, b"9\n")


def test_a_log_nobody_knows_is_not_found(refusing):
    other = ALog(3, key=a_signing_key(name="another.example/log"))

    assert refusing.post(other.request(0, 3))[0] == 404


def test_a_checkpoint_by_another_key_of_the_same_name_is_forbidden(refusing):
    assert refusing.post(ALog(3, key=a_signing_key("somebody else")).request(0, 3))[0] == 403


def test_an_old_size_beyond_the_new_one_is_a_bad_request(refusing, log):
    assert refusing.post(log.request(5, 5).replace(b"old 5", b"old 6"))[0] == 400


def test_a_proof_that_does_not_prove_is_not_processed(witness, log):
    witness.post(log.request(0, 9))
    sent = log.request(9, 20)
    first = sent.split(b"\n")[1]

    assert witness.post(sent.replace(first, b64encode(bytes(32))))[0] == 422
    assert witness.post(sent.replace(first + b"\n", b""))[0] == 422
    assert cosigned(witness, log, 20, witness.post(sent))


def test_a_first_checkpoint_with_a_proof_is_not_processed(refusing, log):
    assert refusing.post(log.request(0, 9).replace(b"\n\n", b"\n" + b64encode(bytes(32)) + b"\n\n", 1))[0] == 422


@pytest.mark.parametrize(
    "spoil",
    [
        lambda sent: b"",
        lambda sent: b"\xff" + sent,
        lambda sent: sent.replace(b"old 0", b"old 00"),
        lambda sent: sent.replace(b"old 0", b"old -1"),
        lambda sent: sent.replace(b"old 0", b"new 0"),
        lambda sent: sent.replace(b"\n\n", b"\nnot base64\n\n", 1),
        lambda sent: sent.replace(b"\n\n", b"\nAAAA\n\n", 1),
        lambda sent: sent.replace(b"\n\n", b"\n" + (b64encode(bytes(32)) + b"\n") * 64 + b"\n", 1),
        lambda sent: sent.replace(b"\n9\n", b"\n09\n"),
        lambda sent: sent[:-1],
        lambda sent: sent.partition(b"\n\n")[0] + b"\n\n",
        lambda sent: sent + b"one line more\n",
    ],
)
def test_what_is_not_spelt_as_a_request_is_a_bad_request(refusing, log, spoil):
    assert refusing.post(spoil(log.request(0, 9)))[0] == 400
    assert json.loads(refusing.get()[2])["size"] == 0
    assert json.loads(refusing.get()[2])["log_key"] == str(a_signing_key().verifier)


def test_extension_lines_are_cosigned_with_the_rest(witness, log):
    text = log.note(9).text + "an extension\n"
    note = a_signing_key().sign(text)

    status, _, body = witness.post(f"old 0\n\n{note}".encode())

    assert status == 200
    assert cosigned_by(witness.key, Note(text, read_signatures(body.decode())))


def test_signatures_of_others_are_passed_over(witness, log):
    other = a_signing_key("somebody else", "elsewhere.example").sign(log.note(9).text)

    assert cosigned(witness, log, 9, witness.post(log.request(0, 9) + str(other.signatures[0]).encode()))


def test_it_says_who_it_is_and_shows_the_last_checkpoint_with_its_cosignature(witness, log):
    witness.post(log.request(0, 9))

    said = json.loads(witness.get()[2])
    note = read_note(witness.get("/checkpoint")[2])

    assert said == {
        "name": "barnsley.example/witness",
        "key": str(witness.key),
        "origin": log.key.verifier.name,
        "log_key": str(log.key.verifier),
        "size": 9,
    }
    assert note.text == log.note(9).text
    assert is_signed_by(log.key.verifier, note)
    assert cosigned_by(witness.key, note)


def test_before_it_cosigned_anything_it_has_no_checkpoint(refusing):
    assert refusing.get("/checkpoint")[0] == 404
    assert refusing.get("/elsewhere")[0] == 404


def test_too_long_a_request_is_not_read(refusing):
    assert refusing.post(b"x" * 65_537)[0] == 413
    assert refusing.post(b"", headers={"Content-Length": "9" * 30})[0] == 413
    assert refusing.post(None, headers={"Transfer-Encoding": "chunked"})[0] == 411


# --- two logs with one key ---


def test_of_two_logs_with_the_same_key_it_cosigns_one(witness, log, rewritten):
    witness.post(log.request(0, 9))

    assert witness.post(rewritten.request(9, 9)) == (409, SIZE, b"9\n")
    assert witness.post(rewritten.request(9, 20))[0] == 422
    assert witness.post(rewritten.request(0, 20)) == (409, SIZE, b"9\n")
    assert cosigned(witness, log, 20, witness.post(log.request(9, 20)))


def test_what_the_logs_own_key_signed_and_it_refused_is_kept_as_evidence(tmp_path, log, rewritten):
    with a_witness(tmp_path / "barnsley") as witness:
        witness.post(log.request(0, 9))
        witness.post(rewritten.request(9, 20))
        witness.post(log.request(4, 20))  # merely behind
        witness.post(ALog(3, key=a_signing_key("somebody else")).request(0, 3))

    with sqlite3.connect(tmp_path / "barnsley" / "record.sqlite") as record:
        kept = record.execute("SELECT why, request FROM refused").fetchall()

    assert kept == [("422 the proof does not show that the log only grew", rewritten.request(9, 20))]


def test_a_smaller_log_is_not_cosigned_after_a_larger_one(witness, log):
    witness.post(log.request(0, 20))

    assert witness.post(log.request(0, 9)) == (409, SIZE, b"20\n")
    assert witness.post(log.request(9, 9)) == (409, SIZE, b"20\n")


def test_asked_by_many_at_once_for_two_logs_it_cosigns_one(witness, log, rewritten):
    answers = []

    def ask(its):
        for size in range(4, 24):
            answers.append((its, size, witness.post(its.request(0, size))))
            for old in range(4, size):
                answers.append((its, size, witness.post(its.request(old, size))))

    together = [threading.Thread(target=ask, args=(its,)) for its in (log, rewritten) for _ in range(2)]
    for thread in together:
        thread.start()
    for thread in together:
        thread.join()

    assert len({id(its) for its, _, answer in answers if answer[0] == 200}) == 1


# --- it remembers ---


def test_it_remembers_what_it_cosigned(tmp_path, log):
    with a_witness(tmp_path / "barnsley") as witness:
        witness.post(log.request(0, 20))
    again = start(tmp_path / "barnsley", witness.key)
    try:
        assert again.post(log.request(0, 9)) == (409, SIZE, b"20\n")
    finally:
        stop(again)


def test_killed_at_any_moment_it_never_cosigns_two_logs_or_goes_back(tmp_path, log, rewritten):
    """Threads that press on with two logs of one key, and kill -9 in the middle of it, again and again."""
    folder = tmp_path / "barnsley"
    key = begin(folder, "barnsley")
    chance = random.Random("kill")
    given, largest = {}, 0  # every cosignature that ever left: size → roots

    for _ in range(KILLS):
        program = start(folder, key)
        answered, stopped = [], threading.Event()

        def press_on(its, program=program, answered=answered, stopped=stopped):
            size = 0
            while not stopped.is_set():
                new = min(size + 1, 299)
                try:
                    status, _, body = program.post(its.request(size, new))
                except (OSError, HTTPException):
                    return
                if status == 409:
                    size = min(int(body), 299)
                    continue
                if status != 200:
                    return
                answered.append((its, new))
                size = new

        threads = [threading.Thread(target=press_on, args=(its,)) for its in (log, rewritten)]
        for thread in threads:
            thread.start()
        wanted = chance.randint(1, 20)
        while len(answered) < wanted and any(thread.is_alive() for thread in threads):
            threads[0].join(0.002)
        program.process.send_signal(signal.SIGKILL)
        program.process.communicate(timeout=20)
        stopped.set()
        for thread in threads:
            thread.join()
        for its, size in answered:
            given.setdefault(size, set()).add(its.roots[size])
        sizes = [size for _, size in answered]
        assert all(size >= largest for size in sizes), "it went back behind what it had cosigned before it was killed"
        largest = max([largest, *sizes])

    assert largest > 20
    assert [size for size, roots in given.items() if len(roots) > 1] == []
    assert len({its_log_of(size, roots, log) for size, roots in given.items() if size >= 4}) == 1


def its_log_of(size, roots, log):
    return roots == {log.roots[size]}


# --- it starts with its key and its record, or not at all ---


def test_a_witness_begins_once(tmp_path):
    begin(tmp_path / "barnsley")

    again = run("--folder", str(tmp_path / "barnsley"), "--name", "barnsley.example/witness", "--begin")

    assert (again.returncode, again.stdout) == (1, "")
    assert "has a record already" in again.stderr


def test_a_witness_that_lost_its_record_does_not_begin_again_with_the_same_key(tmp_path):
    """It would cosign a second log of the same length: two trees, one key."""
    key = begin(tmp_path / "barnsley")
    (tmp_path / "barnsley" / "record.sqlite").unlink()

    again = run("--folder", str(tmp_path / "barnsley"), "--name", key.name, "--begin")

    assert (again.returncode, again.stdout) == (1, "")
    assert "has a key, and its record is gone" in again.stderr
    assert "another witness" in again.stderr
    assert [path.name for path in (tmp_path / "barnsley").iterdir()] == ["key.pem"]


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")

    assert "is not empty" in run("--folder", str(tmp_path), "--name", "barnsley.example/witness", "--begin").stderr
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_beginning_that_fails_half_way_leaves_neither_key_nor_record(tmp_path):
    """The key fits on this disk and the record does not."""

    def small_disk():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))

    command = [*PROGRAM, "--folder", str(tmp_path / "barnsley"), "--name", "barnsley.example/witness", "--begin"]
    failed = subprocess.run(command, cwd=ROOT, preexec_fn=small_disk, capture_output=True, timeout=30, check=False)

    assert (failed.returncode, failed.stdout) == (1, b"")
    assert list(tmp_path.iterdir()) == []


def test_a_key_made_elsewhere_is_moved_so_that_no_second_witness_begins_with_it(tmp_path):
    made = tmp_path / "made.pem"
    made.touch(mode=0o600)
    made.write_text(a_pem("barnsley"))
    named = ("--name", "barnsley.example/witness", "--begin", "--key", str(made))

    first = run("--folder", str(tmp_path / "one"), *named)
    second = run("--folder", str(tmp_path / "two"), *named)

    assert (first.returncode, second.returncode) == (0, 1)
    assert not made.exists()
    assert not (tmp_path / "two").exists()


def test_a_key_that_is_none_begins_nothing(tmp_path):
    made = tmp_path / "made.pem"
    made.touch(mode=0o600)
    made.write_text("no key")

    refused = run("--folder", str(tmp_path / "one"), "--name", "a.example/witness", "--begin", "--key", str(made))

    assert "is no private key" in refused.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["made.pem"]


def test_the_key_it_prints_is_the_one_it_was_given(tmp_path):
    key = begin(tmp_path / "barnsley", "barnsley", seed="barnsley")

    assert key.key == a_signing_key("barnsley").verifier.key


def test_a_witness_that_lost_its_record_does_not_start(tmp_path):
    begin(tmp_path / "barnsley")
    (tmp_path / "barnsley" / "record.sqlite").unlink()

    started = run(*served(tmp_path / "barnsley"))

    assert started.returncode == 1
    assert "the key must not be used again: make another witness" in started.stderr


def test_where_no_witness_ever_was_it_says_how_to_begin(tmp_path):
    started = run(*served(tmp_path / "barnsley"))

    assert started.returncode == 1
    assert "make a new witness, in a new folder, with --begin" in started.stderr


@pytest.mark.parametrize("log_key", ["", "nonsense", str(a_signing_key().verifier).replace("+A", "+B")])
def test_a_witness_without_the_logs_key_does_not_start(tmp_path, log_key):
    begin(tmp_path / "barnsley")

    assert run(*served(tmp_path / "barnsley", log_key)).returncode == 1


def test_a_key_that_others_can_read_is_refused(tmp_path):
    begin(tmp_path / "barnsley")
    (tmp_path / "barnsley" / "key.pem").chmod(0o644)

    started = run(*served(tmp_path / "barnsley"))

    assert "chmod 600" in started.stderr


def test_its_files_are_for_its_owner_alone(tmp_path):
    begin(tmp_path / "barnsley")

    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in (tmp_path / "barnsley").iterdir()}

    assert modes == {"key.pem": "0o600", "record.sqlite": "0o600"}


def test_a_record_that_cannot_be_written_gives_no_cosignature(tmp_path, log):
    with a_witness(tmp_path / "barnsley") as witness:
        (tmp_path / "barnsley" / "record.sqlite").unlink()

        assert witness.post(log.request(0, 9))[0] == 503


def served(folder, log_key=None):
    key = str(a_signing_key().verifier) if log_key is None else log_key
    return "--folder", str(folder), "--port", "0", "--origin", "trustline.example/test", "--log-key", key


def test_the_witness_is_one_file_that_needs_nothing_of_the_viewer():
    tree = ast.parse(Path(witness_file.__file__).read_text())
    named = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    named |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}

    assert {name.partition(".")[0] for name in named} - set(sys.stdlib_module_names) == {"cryptography"}
