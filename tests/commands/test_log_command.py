"""`trustline log`: what an operator is told of the log, and what the log is told of the operator."""

import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.commands.terminal import NUMBER, Terminal, a_look
from viewer.access.access_event import AtTrust
from viewer.audit.entry import canonical
from viewer.audit.journal import Journal
from viewer.audit.log import Log
from viewer.audit.scope import WholeLog
from viewer.audit.search import Criteria
from viewer.audit.verifications import Verifications
from viewer.store.database import open_database


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Path]:
    """A journal beside the database, with two entries that it has not taken."""
    journal = Journal(tmp_path / "trustline.journal")
    journal.write([canonical(a_look(), "one"), canonical(a_look(), "two")])
    yield journal.folder
    journal.close()


def test_verify_and_size_say_how_many_entries_wait_in_the_journal(terminal: Terminal, journal: Path) -> None:
    said = "2 more wait in the journal, outside this: the database has not taken them yet."

    for verb in ("verify", "size"):
        assert terminal.type("log", verb) == 0
        assert terminal.said.splitlines()[-1] == said


def test_verify_says_when_something_in_the_journal_cannot_be_read(terminal: Terminal, journal: Path) -> None:
    file = journal / "1.journal"
    file.write_bytes(file.read_bytes().replace(b"HARGREAVES", b"HARGRAVES", 1))

    assert terminal.type("log", "verify") == 1
    assert terminal.complained == "1 places in the journal cannot be read; see docs/runbooks/journal.md\n"
    assert "1 more wait" in terminal.said


def test_log_size_gives_what_to_keep_outside_the_number_of_entries_and_their_root(terminal: Terminal, log: Log) -> None:
    log.append(a_look(), a_look())

    assert terminal.type("log", "size") == 0

    first, key, confirmed = terminal.said.splitlines()
    assert first == f"2 entries, root {log.root.hex()}"
    assert key.startswith("The log's public key is not known here")
    assert confirmed.startswith("This log is not signed")


def test_log_export_writes_every_entry_and_its_own_and_never_over_another_file(
    terminal: Terminal, log: Log, tmp_path: Path
) -> None:
    log.append(a_look(), a_look())

    assert terminal.type("log", "export", "--out", str(tmp_path / "log.txt")) == 0

    lines = (tmp_path / "log.txt").read_bytes().splitlines()
    exported = log.search(Criteria(WholeLog(), event="exported")).entries
    assert [line.split(b" ")[0] for line in lines] == [b"1", b"2", b"3"]
    assert [(entry.seq, entry.record.user_name) for entry in exported] == [(3, "operator night.operator")]
    assert lines[2] == b"3 %s %s" % (exported[0].leaf.hex().encode(), exported[0].body)
    assert stat.S_IMODE((tmp_path / "log.txt").stat().st_mode) == 0o600

    assert terminal.type("log", "export", "--out", str(tmp_path / "log.txt")) == 1
    assert "is there already" in terminal.complained
    assert log.size == 3


def test_log_verify_says_that_a_sound_log_is_sound(terminal: Terminal, log: Log) -> None:
    log.append(a_look(), a_look())
    root = log.root.hex()

    assert terminal.type("log", "verify") == 0

    assert terminal.said.startswith(f"Sound: 2 entries, root {root}")


def test_log_verify_is_written_in_the_log_as_an_officer_s_is(terminal: Terminal, log: Log) -> None:
    log.append(a_look(), a_look())
    root = log.root

    terminal.type("log", "verify")

    kept = Verifications(log.search).newest()
    assert kept is not None
    assert (kept.found.size, kept.found.root, kept.found.sound, kept.entry) == (2, root, True, 3)
    assert kept.by.startswith("operator ")


def test_a_log_that_is_not_sound_and_takes_nothing_more_is_said_to_be_so(terminal: Terminal, log: Log) -> None:
    log.append(a_look(), a_look(), a_look())
    tamper(terminal, "DELETE FROM log_entries WHERE seq = 3")

    assert terminal.type("log", "verify") == 1

    assert "NOT SOUND from entry 3" in terminal.complained
    assert "This verification is not in the log" in terminal.complained


def test_log_verify_exits_with_1_when_an_entry_was_altered(terminal: Terminal, log: Log) -> None:
    log.append(a_look(), a_look(), a_look())
    tamper(
        terminal,
        "UPDATE log_entries SET body = CAST(replace(CAST(body AS TEXT), 'Somebody', 'Nobody') AS BLOB) WHERE seq = 2",
    )

    assert terminal.type("log", "verify") == 1

    assert "NOT SOUND from entry 2" in terminal.complained


def test_log_show_leaves_patients_out_unless_asked(terminal: Terminal, log: Log) -> None:
    log.append(a_look())

    assert terminal.type("log", "show") == 0

    assert (
        "results shown: shown  by Dr Somebody (555250710101), consultant at Sheffield Teaching Hospitals"
        in terminal.said
    )
    assert "because WT-2026 cl. 4.2(a)" in terminal.said
    assert "rotherham answered (12 laboratory, 3 radiology)" in terminal.said
    assert NUMBER not in terminal.said
    assert "HARGREAVES" not in terminal.said


def test_log_show_with_patients_names_them(terminal: Terminal, log: Log) -> None:
    log.append(a_look())

    assert terminal.type("log", "show", "--with-patients") == 0

    assert f"patient {NUMBER} HARGREAVES, Walter, born 1944-03-09" in terminal.said


def test_log_show_of_one_patient_reads_the_number_from_standard_input(terminal: Terminal, log: Log) -> None:
    log.append(a_look(), a_look(nhs_number="9990000026", patient="SOMEBODY ELSE"))

    assert terminal.type("log", "show", "--patient-from-stdin", and_then="999 000 0018\n") == 0

    assert "HARGREAVES" in terminal.said
    assert "SOMEBODY ELSE" not in terminal.said


def test_a_mistyped_number_is_said_and_not_repeated(terminal: Terminal) -> None:
    assert terminal.type("log", "show", "--patient-from-stdin", and_then="9990000019\n") == 1

    assert "its check digit does not agree" in terminal.complained
    assert "9990000019" not in terminal.complained


def test_an_nhs_number_cannot_be_an_argument(terminal: Terminal, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        terminal.type("log", "show", "--patient", NUMBER)

    assert ended.value.code == 2
    assert "--patient" in capsys.readouterr().err


def test_reading_the_log_is_written_in_the_log(terminal: Terminal, log: Log) -> None:
    log.append(a_look())

    terminal.type("log", "show", "--person", "Somebody", "--since", "2026-11-01")
    terminal.type("log", "show", "--last", "2")

    assert "ledger searched: shown  by operator night.operator" in terminal.said
    assert "searched by person, date" in terminal.said
    assert log.size == 3


@pytest.mark.parametrize(
    ("option", "value", "shown"),
    [
        ("--person", "555250710101", True),
        ("--person", "another", False),
        ("--organisation", "RHQ", True),
        ("--organisation", "Y99001", False),
        ("--trust", "rotherham", True),
        ("--trust", "barnsley", False),
        ("--event", "results shown", True),
        ("--event", "refused", False),
        ("--since", "2026-11-21", True),
        ("--since", "2026-11-22", False),
        ("--until", "2026-11-21", True),
        ("--until", "2026-11-20", False),
    ],
)
def test_log_show_looks_for_what_was_asked(terminal: Terminal, log: Log, option: str, value: str, shown: bool) -> None:
    log.append(a_look())

    assert terminal.type("log", "show", option, value) == 0

    assert ("Dr Somebody" in terminal.said) == shown


def test_log_show_says_that_there_are_earlier_entries(terminal: Terminal, log: Log) -> None:
    log.append(*[a_look()] * 5)

    terminal.type("log", "show", "--last", "2", "--event", "results shown")

    assert terminal.said.startswith("… earlier ones stand before entry 4; --last shows more\n4  ")


def test_log_show_says_when_nothing_fits(terminal: Terminal, log: Log) -> None:
    log.append(a_look())

    assert terminal.type("log", "show", "--event", "refused") == 0

    assert terminal.said == "No entry.\n"


def test_log_show_refuses_a_trust_that_nobody_knows(terminal: Terminal, log: Log) -> None:
    log.append(a_look(trusts=(AtTrust("once_a_party", "answered"),)))

    assert terminal.type("log", "show", "--trust", "rotheram") == 1

    assert 'There is no trust "rotheram"; did you mean rotherham?' in terminal.complained
    assert terminal.said == ""
    assert log.size == 1
    assert terminal.type("log", "show", "--trust", "once_a_party") == 0


def test_a_database_that_is_not_there_is_not_made(terminal: Terminal, tmp_path: Path) -> None:
    elsewhere = replace(terminal, environ={"TRUSTLINE_DATABASE": f"sqlite:///{tmp_path / 'gone.sqlite'}"})

    assert elsewhere.type("log", "verify") == 1

    assert "There is no database" in elsewhere.complained
    assert not (tmp_path / "gone.sqlite").exists()


def test_a_database_without_tables_is_a_line_and_not_a_traceback(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "empty.sqlite").touch(mode=0o600)
    elsewhere = replace(terminal, environ={"TRUSTLINE_DATABASE": f"sqlite:///{tmp_path / 'empty.sqlite'}"})

    assert elsewhere.type("log", "size") == 1

    assert elsewhere.complained == (
        f"{tmp_path / 'empty.sqlite'} holds no log. If that is the right file, run: trustline database upgrade\n"
    )


def test_a_file_that_is_no_database_is_said(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear colleague, " * 200)
    elsewhere = replace(terminal, environ={"TRUSTLINE_DATABASE": f"sqlite:///{tmp_path / 'letter.txt'}"})

    assert elsewhere.type("log", "show") == 1

    assert "letter.txt cannot be read as a database" in elsewhere.complained
    assert elsewhere.complained.count("\n") == 1


def test_no_database_named_is_said(terminal: Terminal) -> None:
    assert replace(terminal, environ={}).type("log", "size") == 1


def tamper(terminal: Terminal, statement: str) -> None:
    """Alter the log as somebody with the database file would, past its triggers."""
    engine = open_database(terminal.environ["TRUSTLINE_DATABASE"])
    with engine.begin() as connection:
        for (name,) in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.exec_driver_sql(statement)
    engine.dispose()
