"""`trustline agreement what-if` replays the log under another text, says so in the log, and changes nothing."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.credentials import prepare
from tests.access.builders import a_consultant
from tests.commands.terminal import NUMBER, Terminal
from tests.test_settings import BY_KEY, BY_SECRET
from viewer.access.access_event import AccessEvent, AtTrust, Event
from viewer.audit.log import Log
from viewer.audit.scope import WholeLog
from viewer.audit.search import Criteria
from viewer.store.database import open_database

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 21, 3, 14, tzinfo=UTC)


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """The shipped configuration, and a log with one look that showed results of both kinds."""
    shutil.copytree(ROOT / "config", tmp_path / "config")
    prepare(tmp_path, BY_SECRET, BY_KEY)
    terminal = Terminal(
        {
            "TRUSTLINE_DATABASE": f"sqlite:///{tmp_path / 'trustline.sqlite'}",
            "TRUSTLINE_CONFIG": str(tmp_path / "config"),
            "TRUSTLINE_SECRETS": str(tmp_path / "secrets"),
        }
    )
    assert terminal.type("database", "upgrade") == 0
    look = AccessEvent(
        Event.RESULTS_SHOWN, NOW, a_consultant(), "sign-in", view="look", nhs_number=NUMBER,
        patient="HARGREAVES, Walter", purpose="emergency-care", claim="in-department", outcome="shown",
        trusts=(AtTrust("rotherham", "answered", "", 3, 1),),
    )  # fmt: skip
    appended(terminal, look)
    return terminal


def appended(terminal: Terminal, *events: AccessEvent) -> list:
    engine = open_database(terminal.environ["TRUSTLINE_DATABASE"])
    log = Log(engine, lambda: NOW)
    try:
        log.append(*events)
        return [entry.record for entry in log.search(Criteria(WholeLog())).entries]
    finally:
        log.close()
        engine.dispose()


def a_draft(tmp_path: Path, kinds: str) -> str:
    """The shipped text with another list of kinds in its emergency clause; so nobody has signed it."""
    text = (tmp_path / "config/agreements/working_together_2026.toml").read_text()
    before, clause, after = text.partition('number = "4.2(a)"')
    changed = after.replace('kinds = ["laboratory", "radiology"]', f"kinds = [{kinds}]", 1)
    path = tmp_path / "working_together_2026.toml"
    path.write_text(before + clause + changed)
    return str(path)


def test_a_narrower_text_is_said_to_refuse_what_was_shown_and_by_which_rule(terminal, tmp_path):
    draft = a_draft(tmp_path, '"laboratory"')

    assert terminal.type("agreement", "what-if", "--with", draft, "--as-signed", "--since", "2026-11-01") == 0

    assert "1 of 1 look would have gone otherwise. Counted once for each trust and kind" in terminal.said
    assert "1 would be refused that was allowed, and 0 would be allowed that were refused" in terminal.said
    assert "1 report shown then would not have been" in terminal.said
    assert "laboratory: 0" not in terminal.said
    assert "rotherham radiology: would be refused (No clause of WT-2026 lets a consultant ask" in terminal.said
    assert "What no comparison can know:" in terminal.said


def test_it_names_no_patient_and_is_written_in_the_log(terminal, tmp_path):
    terminal.type("agreement", "what-if", "--with", a_draft(tmp_path, '"laboratory"'))

    assert NUMBER not in terminal.said
    assert "HARGREAVES" not in terminal.said
    look = appended(terminal)[0]
    assert (look.event, look.user_name, look.device) == (
        "ledger searched",
        "operator night.operator",
        "trustline agreement what-if",
    )
    assert look.asked_for == "what if there were the text of working_together_2026.toml; all time"


@pytest.mark.parametrize(("until", "looks"), [("2026-11-21", "1 of 1 look"), ("2026-11-20", "no look in this time")])
def test_until_includes_its_day_as_the_page_does_and_the_log_says_the_period(terminal, tmp_path, until, looks):
    draft = a_draft(tmp_path, '"laboratory"')

    terminal.type("agreement", "what-if", "--with", draft, "--as-signed", "--since", "2026-11-01", "--until", until)

    assert looks in terminal.said
    said = appended(terminal)[0].asked_for
    assert said.endswith(f"; from 01-Nov-2026; to {until[-2:]}-Nov-2026")


def test_a_time_in_which_nobody_looked_says_so(terminal, tmp_path):
    draft = a_draft(tmp_path, '"laboratory"')

    terminal.type("agreement", "what-if", "--with", draft, "--until", "2026-11-01")

    assert "no look in this time" in terminal.said


def test_a_text_that_is_no_agreement_is_refused_and_says_what_is_wrong(terminal, tmp_path):
    broken = tmp_path / "broken.toml"
    broken.write_text("title = 1")

    assert terminal.type("agreement", "what-if", "--with", str(broken)) == 1
    assert "broken.toml" in terminal.complained
