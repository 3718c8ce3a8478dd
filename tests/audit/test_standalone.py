"""The verifier that stands alone finds every log that was tampered with, and says what it cannot show."""

import ast
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bench import tamper
from tests.audit.parts import a_database, a_log, an_event
from tests.audit.witnessing import a_cosignature, a_signing_key, a_witness_key
from viewer.audit import standalone
from viewer.audit.checkpoint import Checkpoint
from viewer.audit.note import VerifierKey
from viewer.audit.tree import Tree, leaf_hash
from viewer.commands.export_log import lines_of_log

ROOT = Path(__file__).resolve().parents[2]
TRUSTS = ("barnsley", "chesterfield", "rotherham", "sheffield")


@pytest.fixture(scope="module")
def world():
    return tamper.make_world(60)


def files_of(folder, size, by, entries=5):
    """Export a real log of so many entries, with one checkpoint of the viewer's own making."""
    engine = a_database(folder)
    log = a_log(engine)
    log.append(*[an_event(view=f"view {number}") for number in range(size)])
    text = Checkpoint(a_signing_key().verifier.name, size, log.root).text
    if entries > size:
        log.append(*[an_event()] * (entries - size))
    note = str(a_signing_key().sign(text)) + "".join(a_cosignature(trust, text, 1_790_000_000) for trust in by)
    (folder / "log.txt").write_bytes(b"".join(lines_of_log(engine)))
    (folder / "checkpoints.txt").write_text(note)
    keys = [f"log {a_signing_key().verifier}", *(f"witness {trust} {a_witness_key(trust)}" for trust in TRUSTS)]
    (folder / "keys.txt").write_text("# given by each trust\n" + "\n".join(keys) + "\n")
    log.close()
    engine.dispose()
    return folder


def run(folder):
    """Run it as an expert would: the one file, copied away from everything else."""
    program = folder / "verify.py"
    program.write_bytes(Path(standalone.__file__).read_bytes())
    files = ("--log", "log.txt", "--checkpoints", "checkpoints.txt", "--keys", "keys.txt")
    command = [sys.executable, "-I", str(program), *files]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


# --- as a program ---


def test_a_log_that_every_trust_confirmed_is_consistent(tmp_path):
    done = run(files_of(tmp_path, 5, TRUSTS))

    assert (done.returncode, done.stderr) == (0, "")
    assert "Consistent: 5 entries" in done.stdout
    assert "Confirmed to entry 5 by 4 of 4 trusts" in done.stdout
    assert "Not shown: that what was written was true" in done.stdout


def test_three_of_four_trusts_do_not_confirm_and_what_stands_on_one_word_is_said(tmp_path):
    done = run(files_of(tmp_path, 5, TRUSTS[:3]))

    assert done.returncode == 0
    assert "NOT CONFIRMED" in done.stdout
    assert "Entries 1 to 5 rest on the word of whoever holds the log's key." in done.stdout


def test_entries_after_the_last_checkpoint_are_said_to_rest_on_one_word(tmp_path):
    done = run(files_of(tmp_path, 5, TRUSTS, entries=7))

    assert "Entries 6 to 7 rest on the word of whoever holds the log's key." in done.stdout


def test_an_altered_entry_is_named(tmp_path):
    folder = files_of(tmp_path, 5, TRUSTS)
    log = folder / "log.txt"
    log.write_bytes(log.read_bytes().replace(b"view 2", b"view 9"))

    done = run(folder)

    assert done.returncode == 1
    assert "NOT CONSISTENT. entry 3: its bytes do not have the hash" in done.stdout


def test_a_log_cut_short_is_found_out(tmp_path):
    folder = files_of(tmp_path, 5, TRUSTS)
    log = folder / "log.txt"
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:3]))

    done = run(folder)

    assert done.returncode == 1
    assert "speaks of 5 entries" in done.stdout


def test_steps_in_the_order_of_the_document_are_consistent_while_people_work(tmp_path):
    """Witnesses' checkpoints, then the viewer's, then the log: entries are written between every two steps."""
    files_of(tmp_path, 5, TRUSTS, entries=9)

    assert run(tmp_path).returncode == 0


def test_a_log_that_was_exported_before_the_checkpoints_says_to_export_it_again(tmp_path):
    later = files_of(tmp_path, 5, TRUSTS)
    log = later / "log.txt"
    whole = log.read_bytes()
    log.write_bytes(b"".join(whole.splitlines(keepends=True)[:3]))

    first = run(later)
    log.write_bytes(whole)

    assert first.returncode == 1
    assert "or was written after the log was exported. Export the log again" in first.stdout
    assert run(later).returncode == 0


def test_the_document_takes_the_log_out_last():
    steps = (ROOT / "docs" / "evidence.md").read_text().partition("## How to verify")[2]
    order = [steps.index(step) for step in ("/checkpoint`", "trustline log checkpoints", "trustline log export")]

    assert order == sorted(order)


@pytest.mark.parametrize(
    "keys", ["", "witness nonsense\n", "witness barnsley nonsense\n", "log nonsense\n", "something else\n"]
)
def test_without_the_keys_nothing_is_said(tmp_path, keys):
    folder = files_of(tmp_path, 5, TRUSTS)
    (folder / "keys.txt").write_text(keys)

    done = run(folder)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("keys:")


def test_one_key_does_not_speak_for_two_trusts_and_nobody_is_counted_without_a_trust():
    log, key = a_signing_key().verifier, a_witness_key("barnsley")
    spelt = f"log {log}\nwitness barnsley {key}\n"

    for line, said in {
        f"witness rotherham {key}": "two lines have one key",
        f"witness barnsley {key}": "two lines have one key",
        f"witness {a_witness_key('rotherham')}": "witness TRUST KEY",
        f"witness rotherham {named(a_witness_key('rotherham'), key.name)}": "two trusts have one name",
    }.items():
        with pytest.raises(standalone.Unreadable, match=said):
            standalone.read_keys(f"{spelt}{line}\n")


@pytest.mark.parametrize("name", ["barnsley.example/witness", "barnsley.example/former"])
def test_a_trust_that_replaced_its_witness_counts_once(world, name):
    """Three trusts, one of them with a former key: all three confirm, and the former key is not a fourth trust."""
    three = world.keys.witnesses[:3]
    former = replace(tamper.public_key("former", standalone.COSIGNATURE), name=name, trust=three[0].trust)
    keys = standalone.Keys(world.keys.log, (*three, former))
    notes = tamper.checkpoint(world.bodies, 60, tamper.TRUSTS[:3])

    verdict = standalone.verify(world.log, {"checkpoints": notes}, keys)

    assert (verdict.fault, verdict.confirmed, len(verdict.largest)) == (None, 60, 3)


def test_a_witness_that_was_replaced_knows_nothing_of_what_the_former_one_saw():
    """A new witness begins with what it is shown: only the former key vouches for the entries before it."""
    new, former = a_key("barnsley", "new"), a_key("barnsley", "former")
    early = standalone.Checked("early", 2, standalone.Tree().root(), (former,))
    late = standalone.Checked("late", 4, bytes(32), (new,))

    assert standalone._sound_before(late, [early]) == 0
    assert standalone._sound_before(replace(late, cosigned=(former,)), [early]) == 2


def a_key(trust, seed):
    key = a_signing_key(seed).verifier.key
    return standalone.Key(f"{trust}.example/witness", standalone.COSIGNATURE, key, trust)


def named(key, name):
    return VerifierKey(name, key.kind, key.key)


def test_it_is_one_file_that_needs_nothing_of_the_viewer():
    tree = ast.parse(Path(standalone.__file__).read_text())
    named = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    named |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}

    assert {name.partition(".")[0] for name in named} - set(sys.stdlib_module_names) == {"cryptography"}


# --- what it finds ---


def test_an_honest_log_is_consistent_and_confirmed_whole(world):
    verdict = tamper.look(world.log, world.notes, world.kept, world.keys)

    assert (verdict.fault, verdict.confirmed, verdict.signed) == (None, 60, 60)


def test_an_empty_log_with_no_checkpoint_is_consistent_and_confirmed_nowhere(world):
    verdict = standalone.verify(b"", {"checkpoints": b""}, world.keys)

    assert (verdict.consistent, verdict.confirmed) == (True, 0)


@pytest.mark.parametrize("attack", tamper.KINDS, ids=lambda attack: attack.__name__)
def test_every_attack_of_every_kind_is_found_where_it_was_made(world, attack):
    chance = random.Random(attack.__name__)

    for _ in range(12):
        assert tamper.is_noticed(attack(world, chance))


def test_a_roll_back_by_whoever_holds_the_logs_own_key_is_found_by_one_witness_that_went_further(world):
    back = standalone.verify(
        tamper.spelt(world.bodies[:20]),
        {"checkpoints": tamper.checkpoint(world.bodies, 20, ()), "barnsley": world.kept["kept by barnsley"]},
        world.keys,
    )

    assert (back.fault.first, back.fault.last) == (1, 60)
    assert "cosigned by barnsley.example/witness" in str(back.fault)


def test_a_roll_back_of_which_no_witness_kept_anything_cannot_be_found(world):
    """Said here so that nobody thinks otherwise: docs/evidence.md says it too."""
    back = standalone.verify(
        tamper.spelt(world.bodies[:20]), {"checkpoints": tamper.checkpoint(world.bodies, 20, ())}, world.keys
    )

    assert back.consistent
    assert back.confirmed == 0


def test_what_the_log_alone_signed_clears_no_entry_that_a_witness_disputes(world):
    """An attacker's own checkpoints over the rewritten part must not narrow down where the fault is said to lie."""
    bodies = (*world.bodies[:9], tamper.entry(10, "rewritten"), *world.bodies[10:])
    notes = tamper.checkpoint(bodies, 55, ())

    verdict = standalone.verify(tamper.spelt(bodies), {"checkpoints": notes, **world.kept}, world.keys)

    assert (verdict.fault.first, verdict.fault.last) == (1, 60)


def test_every_bit_of_a_small_log_and_its_checkpoints_is_guarded():
    small = tamper.make_world(3)
    tally = tamper.flip_log(small)
    checkpoints = tamper.flip_checkpoints(small)

    assert (tally.unnoticed, checkpoints.unnoticed) == ([], [])
    assert sum(tally.tried.values()) == 8 * len(small.log)
    assert sum(checkpoints.tried.values()) == 8 * len(b"\n".join(small.notes))


def test_flipping_line_by_line_says_what_reading_the_whole_log_says():
    small, chance = tamper.make_world(3), random.Random("flips")
    for _ in range(300):
        place, bit = chance.randrange(len(small.log)), chance.randrange(8)
        flipped = small.log[:place] + bytes([small.log[place] ^ 1 << bit]) + small.log[place + 1 :]
        fault = standalone.verify(flipped, {"checkpoints": b"\n".join(small.notes)}, small.keys).fault

        assert fault is not None
        assert fault.first == small.log[:place].count(b"\n") + 1


@pytest.mark.parametrize(
    ("sizes", "confirmed"), [((), 0), ((5,), 5), ((9,) * 6 + (0,), 9), ((9,) * 5 + (0, 0), 0), ((10, 10, 10, 7), 7)]
)
def test_it_counts_a_quorum_as_the_viewer_does(sizes, confirmed):
    assert standalone.confirmed_by(sizes) == confirmed


def test_it_grows_the_tree_as_the_viewer_does():
    ours, theirs = Tree(), standalone.Tree()
    for number in range(130):
        assert theirs.root() == ours.root
        ours, _ = ours.append(leaf_hash(b"%d" % number))
        theirs.append(leaf_hash(b"%d" % number))
