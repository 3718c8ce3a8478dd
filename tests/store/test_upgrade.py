"""A database of an earlier version keeps its log, sound, and learns what is new."""

import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import insert, inspect, text

from tests.audit.parts import AMINA, NOON, POSTGRESQL_ALONE, WALTER, a_log, an_event
from viewer.access.access_event import Event
from viewer.audit.entry import canonical, index_columns, index_trusts, read_record
from viewer.audit.rows import EMPTY, seal
from viewer.audit.scope import Scope, WholeLog
from viewer.audit.search import Criteria
from viewer.audit.tree import Tree, leaf_hash
from viewer.store.database import open_database, writing
from viewer.store.tables import log_heads
from viewer.store.upgrade import MIGRATIONS, upgrade

OLD = ("at", "user_id", "user_name", "organisation", "event", "outcome", "nhs_number", "view")


def at_version(engine, version):
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)


def write_as_version_two_did(engine, events):
    tree = Tree()
    with writing(engine) as connection:
        for event in events:
            body = canonical(event)
            tree, closed = tree.append(leaf_hash(body))
            columns = index_columns(read_record(body))
            old = {"seq": tree.size, "body": body, "subtrees": b"".join(closed), **{one: columns[one] for one in OLD}}
            connection.execute(text(f"INSERT INTO log_entries VALUES ({', '.join(f':{one}' for one in old)})"), old)
            for trust in index_trusts(read_record(body)):
                connection.execute(
                    text("INSERT INTO log_trusts VALUES (:trust, :seq)"), {"trust": trust, "seq": tree.size}
                )
        at = NOON.isoformat(timespec="microseconds")
        sealed = seal(EMPTY.seal, tree.size, tree.root, at)
        connection.execute(insert(log_heads), [{"size": tree.size, "root": tree.root, "at": at, "seal": sealed}])


def test_entries_of_before_say_in_the_new_columns_what_their_bytes_say(tmp_path):
    engine = open_database(f"sqlite:///{tmp_path / 'trustline.sqlite'}")
    at_version(engine, "0002")
    shown = an_event(
        nhs_number=WALTER, purpose="emergency-care", claim="in-department", trusts=("rotherham", "barnsley")
    )
    write_as_version_two_did(engine, [shown, an_event(Event.REFUSED, outcome="refused"), shown])

    upgrade(engine)

    log = a_log(engine)
    assert log.verify().problem == ""
    asked = Criteria(WholeLog(), role="consultant", purpose="emergency-care", claim="in-department", kind="radiology")
    assert [entry.seq for entry in log.search(asked).entries] == [3, 1]
    assert log.append(shown) == (4,)
    log.close()
    engine.dispose()


def test_a_file_that_version_two_itself_wrote_is_read_searched_and_written_on(tmp_path):
    """version_0002.sql is such a file, with six entries, as `sqlite3` dumps it."""
    with sqlite3.connect(tmp_path / "trustline.sqlite") as old:
        old.executescript((Path(__file__).parent / "version_0002.sql").read_text())
    before = [(seq, body) for seq, body in old.execute("SELECT seq, body FROM log_entries ORDER BY seq")]
    old.close()
    engine = open_database(f"sqlite:///{tmp_path / 'trustline.sqlite'}")

    upgrade(engine)

    log = a_log(engine)
    found = log.search(Criteria(WholeLog())).entries[::-1]
    assert [(entry.seq, entry.body) for entry in found] == before
    assert len(before) == 6
    assert log.verify().problem == ""
    assert [entry.seq for entry in log.search(Criteria(Scope("RFR", "rotherham"))).entries] == [6, 3, 2]
    assert [entry.seq for entry in log.search(Criteria(Scope("Y99001"), person="abara")).entries] == [6, 4]
    assert log.append(an_event(who=replace(AMINA, name="Dr A Farrell"))) == (7,)
    assert log.verify().problem == ""
    log.close()
    engine.dispose()


@POSTGRESQL_ALONE
def test_postgresql_is_brought_from_nothing_to_the_same_version_and_takes_entries(postgresql, database_url):
    engine = open_database(postgresql.url(postgresql.make()))

    for version in ("0002", "0003", "0004", "0005", "0006", "0007", "0008", "head"):
        at_version(engine, version)
    upgrade(engine)

    tables = set(inspect(engine).get_table_names())
    assert tables >= {"log_people", "log_checkpoints", "dissents", "alerts", "alert_notes"}
    log = a_log(engine)
    assert log.append(an_event()) == (1,)
    assert log.verify().problem == ""
    log.close()
    engine.dispose()


def test_the_guards_stand_again_after_the_upgrade(tmp_path):
    engine = open_database(f"sqlite:///{tmp_path / 'trustline.sqlite'}")
    at_version(engine, "0002")
    write_as_version_two_did(engine, [an_event()])
    before = guards(tmp_path)

    upgrade(engine)

    assert guards(tmp_path) >= before
    engine.dispose()


def guards(folder):
    with sqlite3.connect(folder / "trustline.sqlite") as connection:
        return set(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall())


OF_BEFORE = {
    "nhs_number": {"digits": "9994127039"},
    "records": [
        {"trust": {"name": "rotherham"}, "id": "7", "name": {"family": "Hargreaves"}, "born": "1944-03-09",
         "postcode": "S1 2HE", "address": ["9 Fargate"], "hospital_number": "RH-9", "practice": "Y99001"},
    ],
}  # fmt: skip


def test_a_worklist_of_before_loses_its_places_and_knows_when_it_forgets(database_made_at):
    engine = database_made_at("0014")
    row = {"practice": "Y99001", "number": "9994127039", "person": json.dumps(OF_BEFORE).encode()}
    with writing(engine) as connection:
        into = (
            "INSERT INTO worklists (practice, nhs_number, person, since) VALUES (:practice, :number, :person, :since)"
        )
        connection.execute(text(into), {**row, "since": "2026-11-22T09:00:00.000000+00:00"})

    upgrade(engine)

    with engine.connect() as connection:
        person, since, until = connection.execute(text("SELECT person, since, until FROM worklists")).one()
    engine.dispose()
    (record,) = json.loads(bytes(person))["records"]
    assert (since, until) == ("2026-11-22T09:00:00.000000+00:00", "2027-05-21T09:00:00.000000+00:00")
    assert {"name": record["name"], "practice": record["practice"], "born": record["born"]} == {
        "name": {"family": "Hargreaves"}, "practice": "Y99001", "born": "1944-03-09",
    }  # fmt: skip
    assert (record["postcode"], record["address"], record["hospital_number"]) == ("", [], "")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_made_at(request, tmp_path):
    """Make an empty database as it was at a version."""

    def made(version):
        url = f"sqlite:///{tmp_path / 'trustline.sqlite'}"
        if request.param == "postgresql":
            server = request.getfixturevalue("postgresql")
            url = server.url(server.make())
        engine = open_database(url)
        at_version(engine, version)
        return engine

    return made
