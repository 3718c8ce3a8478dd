"""What an officer may not see of an entry they cannot guess: a neighbour shows its hash, and nothing shows its id."""

import json
import re

import pytest

from tests.audit.parts import a_clinician, an_event
from tests.pages.test_ledger import PRIYA, RHYS, Desk, an_app
from viewer.audit.scope import WholeLog
from viewer.audit.tree import leaf_hash

ROSE = "9997651201"
BY_OTHERS = an_event(nhs_number=ROSE, trusts=("barnsley", "rotherham"), who=a_clinician("5", "Tom", "RP5", "Doncaster"))


@pytest.fixture
def log(log):
    log.append(BY_OTHERS)
    return log


@pytest.fixture
def rhys(engine, log):
    """Seat Rotherham's officer, and let them look once: that entry is theirs, and stands beside the first."""
    app, sessions = an_app(engine, log, lambda office: ())
    rhys = Desk(app, sessions, RHYS)
    rhys.get("/ledger")
    return rhys


def everything(officer):
    """Return every page and file that an officer can have of the first entry, and the proof of the one beside it."""
    found = officer.post("/ledger", event="results shown").location
    addresses = ("/ledger", "/ledger/entries/1", "/ledger/entries/1.json", "/ledger/entries/2", found)
    files = [f"{found}/entries.{ending}" for ending in ("csv", "ndjson", "json")]
    answers = [officer.get(address) for address in (*addresses, *files)]
    assert {answer.status_code for answer in answers} == {200}
    return [answer.get_data(as_text=True) for answer in answers]


def test_the_hash_of_what_is_not_theirs_to_see_stands_in_a_neighbours_proof_and_its_id_nowhere(log, rhys):
    hidden = log.entry(1, WholeLog())

    pages = everything(rhys)

    assert any(hidden.leaf.hex() in page for page in pages)
    assert not any(hidden.record.id in page for page in pages)


def test_who_may_see_an_entry_whole_is_told_its_id(engine, log):
    log.append(an_event(nhs_number=ROSE))
    app, sessions = an_app(engine, log, lambda office: ())

    said = Desk(app, sessions, PRIYA).get("/ledger/entries/2.json").get_data(as_text=True)

    assert log.entry(2, WholeLog()).record.id in said


def test_with_the_id_one_guess_would_be_enough(log):
    """Why the id is kept: everything else of an entry can be guessed, and the hash says when the guess is right."""
    hidden = log.entry(1, WholeLog())
    known = json.loads(hidden.body)

    guessed = [{**known, "id": "0" * len(known["id"])}, known]

    spelt = [json.dumps(one, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() for one in guessed]
    assert [leaf_hash(one) == hidden.leaf for one in spelt] == [False, True]
    assert re.fullmatch("[0-9a-f]{32}", known["id"])
