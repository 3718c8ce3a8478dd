"""A database of an earlier version keeps its log, sound, and learns what is new."""

import sqlite3

from alembic import command
from alembic.config import Config
from sqlalchemy import insert, text

from tests.audit.parts import NOON, WALTER, a_log, an_event
from viewer.access.access_event import Event
from viewer.audit.entry import canonical, index_columns, index_trusts, read_record
from viewer.audit.rows import EMPTY, seal
from viewer.audit.search import Criteria, WholeLog
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
