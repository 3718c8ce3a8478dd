"""The operators' command says what is so, exits with 1 when something is wrong, and leaves its own trace in the log."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sandbox.town import Town
from tests.access.builders import a_consultant, a_gp
from tests.commands.terminal import NOW, Terminal
from tests.whole import configure
from viewer.audit.log import Log
from viewer.identity.claims import Person
from viewer.identity.session import Sessions
from viewer.store.database import open_database

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
        terminal = Terminal(configure(town, tmp_path), clock=lambda: datetime.now(UTC))

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


def a_person(clinician) -> Person:
    return Person(clinician.user_id, clinician.name, (clinician,), clinician)
