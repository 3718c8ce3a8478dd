"""The operators' command says what is so, exits with 1 when something is wrong, and leaves its own trace in the log."""

import io
import re
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.credentials import prepare
from sandbox.town import Town
from tests.access.builders import a_consultant, a_gp
from tests.test_settings import BY_KEY, BY_SECRET
from tests.whole import configure
from viewer.access.access_event import AccessEvent, AtTrust, Event
from viewer.audit.entry import canonical
from viewer.audit.journal import Journal
from viewer.audit.log import Log
from viewer.audit.search import Criteria, WholeLog
from viewer.audit.verifications import Verifications
from viewer.command import World, run
from viewer.identity.claims import Person
from viewer.identity.session import Sessions
from viewer.store.database import open_database

ROOT = Path(__file__).resolve().parent.parent
NOW = datetime(2026, 11, 21, 3, 14, tzinfo=UTC)
NUMBER = "9990000018"


@dataclass
class Terminal:
    """Where an operator types, and what they see."""

    environ: dict[str, str]
    account: str = "night.operator"
    clock: Callable[[], datetime] = lambda: NOW
    out: io.StringIO = field(default_factory=io.StringIO)
    errors: io.StringIO = field(default_factory=io.StringIO)

    def type(self, *arguments: str, and_then: str = "") -> int:
        self.out, self.errors = io.StringIO(), io.StringIO()
        world = World(self.environ, io.StringIO(and_then), self.out, self.errors, self.clock, self.account)
        return run(arguments, world)

    @property
    def said(self) -> str:
        return self.out.getvalue()

    @property
    def complained(self) -> str:
        return self.errors.getvalue()


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """A database with its tables; no configuration, which the log needs none of."""
    terminal = Terminal({"TRUSTLINE_DATABASE": f"sqlite:///{tmp_path / 'trustline.sqlite'}"})
    assert terminal.type("database", "upgrade") == 0
    return terminal


@pytest.fixture(scope="module")
def made_secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("credentials")
    prepare(folder, BY_SECRET, BY_KEY)
    return folder / "secrets"


@pytest.fixture
def configured(terminal: Terminal, tmp_path: Path, made_secrets: Path) -> Terminal:
    shutil.copytree(ROOT / "config", tmp_path / "config")
    paths = {"TRUSTLINE_CONFIG": str(tmp_path / "config"), "TRUSTLINE_SECRETS": str(made_secrets)}
    return replace(terminal, environ=terminal.environ | paths)


@pytest.fixture
def log(terminal: Terminal) -> Iterator[Log]:
    engine = open_database(terminal.environ["TRUSTLINE_DATABASE"])
    log = Log(engine, lambda: NOW)
    yield log
    log.close()
    engine.dispose()


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


def a_look(**changes: object) -> AccessEvent:
    event = AccessEvent(
        Event.RESULTS_SHOWN,
        NOW,
        a_consultant(),
        "sign-in-1",
        nhs_number=NUMBER,
        patient="HARGREAVES, Walter, born 1944-03-09",
        purpose="emergency-care",
        claim="in-department",
        trusts=(AtTrust("rotherham", "answered", laboratory=12, radiology=3),),
        reports=("rotherham/DiagnosticReport/7@2",),
        digest="ab" * 32,
        agreements=("working_together_2026",),
        outcome="shown",
        because="WT-2026 cl. 4.2(a)",
    )
    return replace(event, **changes)


# ── config check ─────────────────────────────────────────────────────────────────────────────────


def test_config_check_says_who_signed_and_what_each_trust_narrows(configured: Terminal) -> None:
    assert configured.type("config", "check") == 0

    assert "Working Together at http://localhost:8000, 21 November 2026" in configured.said
    assert "in force, from 1 January 2026 to 31 December 2028" in configured.said
    assert "carried: 7 of 7 have signed, 6 are needed" in configured.said
    assert "Rotherham: signed 11 December 2025, key " in configured.said
    assert "narrows: never shares sexual-health" in configured.said
    assert "Sheffield Children’s never shares safeguarding results here" in configured.said


def test_config_check_names_a_trust_that_has_not_signed(configured: Terminal) -> None:
    path = Path(configured.environ["TRUSTLINE_CONFIG"]) / "agreements/working_together_2026.toml"
    kept = [part for part in path.read_text().split("\n[[signature]]") if 'trust = "rotherham"\non' not in part]
    path.write_text("\n[[signature]]".join(kept))

    assert configured.type("config", "check") == 0

    assert "Rotherham: NOT SIGNED, it has given no signature: neither asked nor may ask" in configured.said


def test_config_check_ends_with_a_loud_line_and_1_when_a_signed_agreement_was_edited(configured: Terminal) -> None:
    path = Path(configured.environ["TRUSTLINE_CONFIG"]) / "agreements/working_together_2026.toml"
    path.write_text(path.read_text().replace("2028-12-31", "2029-12-31"))

    assert configured.type("config", "check") == 1

    assert configured.said.splitlines()[-1] == (
        f"WRONG: {path} was EDITED AFTER IT WAS SIGNED: 7 of 7 signatures are over another text and count for nothing. "
        "Put back the text that was signed; a new text goes into a new file"
    )


def test_config_check_exits_with_1_and_the_line_at_fault(configured: Terminal) -> None:
    path = Path(configured.environ["TRUSTLINE_CONFIG"]) / "trusts/rotherham.toml"
    path.write_text(path.read_text().replace("telephone", "telephon"))

    assert configured.type("config", "check") == 1

    assert configured.said == ""
    assert "rotherham.toml line 5, telephon: unknown setting; did you mean telephone?" in configured.complained


# ── log ──────────────────────────────────────────────────────────────────────────────────────────


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


# ── sessions ─────────────────────────────────────────────────────────────────────────────────────


def test_ending_a_persons_sign_ins_ends_them_all_and_is_in_the_log(terminal: Terminal, log: Log) -> None:
    engine = open_database(terminal.environ["TRUSTLINE_DATABASE"])
    secrets = iter(f"{number:022} and more" for number in range(100))
    sessions = Sessions(engine, lambda: NOW, lambda: next(secrets))
    theirs = [sessions.begin(a_person(a_consultant()), subject="another-name-there")[0] for _ in range(2)]
    other, _ = sessions.begin(a_person(replace(a_gp(), user_id="5559")))

    assert terminal.type("sessions", "end", "--user", "555250710101") == 0

    assert terminal.said == "2 ended.\n"
    assert [sessions.read(cookie) for cookie in theirs] == [None, None]
    assert sessions.read(other) is not None
    assert log.size == 2
    engine.dispose()


def test_ending_nobodys_sign_in_says_so(terminal: Terminal, log: Log) -> None:
    assert terminal.type("sessions", "end", "--user", "5550") == 0

    assert terminal.said == "5550 is not signed in.\n"
    assert log.size == 0


# ── trusts check ─────────────────────────────────────────────────────────────────────────────────


def test_trusts_check_knocks_at_every_trust_and_names_those_that_do_not_open(tmp_path: Path) -> None:
    with Town(identity_provider=False, quick=True) as town:
        terminal = Terminal(configure(town, tmp_path, deadline=2.0), clock=lambda: datetime.now(UTC))

        assert terminal.type("trusts", "check") == 0, terminal.said + terminal.complained
        assert terminal.said.count("✓") == 8  # the seven trusts, and PDS
        assert len(re.findall(r"\(token \d+\.\d\d s, /metadata \d+\.\d\d s\)\n", terminal.said)) == 7

        town.weather("rotherham", "dead")
        town.weather("barnsley", "token_refused")
        town.weather("pds", "token_refused")
        assert terminal.type("trusts", "check") == 1

    assert "✕ Rotherham: no token: its token endpoint: no connection could be made" in terminal.said
    assert "✕ Barnsley: no token: its token endpoint said HTTP 401" in terminal.said
    assert "✓ Sheffield Teaching" in terminal.said
    assert "✕ PDS: no token: its token endpoint said HTTP 401" in terminal.said


# ── Helpers ──────────────────────────────────────────────────────────────────────────────────────


def a_person(clinician) -> Person:
    return Person(clinician.user_id, clinician.name, (clinician,), clinician)


def tamper(terminal: Terminal, statement: str) -> None:
    """Alter the log as somebody with the database file would, past its triggers."""
    engine = open_database(terminal.environ["TRUSTLINE_DATABASE"])
    with engine.begin() as connection:
        for (name,) in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.exec_driver_sql(statement)
    engine.dispose()
