"""Whoever alters the log, by as little as one byte, is found out and the place is named."""

import re

import pytest

from tests.audit.parts import SQLITE_ALONE, WALTER, a_log, an_event, without_guards
from viewer.audit.entry import canonical
from viewer.audit.tree import leaf_hash, node_hash
from viewer.store.database import is_postgresql

BEFORE, ALTERED = 4, 5


def a_look(view="look"):
    why = {"purpose": "direct-care", "claim": "under-my-care"}
    return an_event(nhs_number=WALTER, view=view, trusts=("rotherham", "barnsley"), **why)


@pytest.fixture
def opened(engine):
    """A log of eight entries in three groups, with the database's own guards taken away."""
    log = a_log(engine)
    for group in (3, 3, 2):
        log.append(*[a_look()] * group)
    log.close()
    without_guards(engine)
    return engine


def alter(engine, order, *values):
    with engine.begin() as connection:
        connection.exec_driver_sql(in_the_words_of(engine, order), values)


def in_the_words_of(engine, order):
    """Orders are written as SQLite reads them."""
    return re.sub("x'(00|6e756c6c)'", r"'\\x\1'::bytea", order).replace("?", "%s") if is_postgresql(engine) else order


def read(engine, order):
    with engine.connect() as connection:
        return connection.exec_driver_sql(order).scalar_one()


def test_a_log_nobody_altered_is_sound_to_its_last_entry(opened):
    verified = a_log(opened).verify()

    assert verified.sound
    assert (verified.size, verified.entry) == (8, None)
    assert verified.root == a_log(opened).root


def places(length, count=12):
    return sorted({0, 1, length - 1, *range(0, length, max(1, length // count))})


@pytest.mark.parametrize("column", ["body", "subtrees"])
def test_one_altered_byte_of_an_entry_is_found_wherever_it_is_and_the_entry_is_named(opened, column):
    as_it_was = read(opened, f"SELECT {column} FROM log_entries WHERE seq = {ALTERED}")

    for place in places(len(as_it_was)):
        altered = bytes([*as_it_was[:place], as_it_was[place] ^ 1, *as_it_was[place + 1 :]])
        alter(opened, f"UPDATE log_entries SET {column} = ? WHERE seq = {ALTERED}", altered)
        verified = a_log(opened).verify()
        assert (verified.sound, verified.entry, verified.size) == (False, ALTERED, 3), place

    alter(opened, f"UPDATE log_entries SET {column} = ? WHERE seq = {ALTERED}", as_it_was)
    assert a_log(opened).verify().sound


@pytest.mark.parametrize(
    "column",
    [
        *("at", "user_id", "user_name", "organisation", "event", "outcome", "nhs_number", "view"),
        *("role", "purpose", "claim", "kinds", "trusts"),
    ],
)
def test_one_altered_letter_of_an_index_column_is_found_and_the_entry_is_named(opened, column):
    as_it_was = read(opened, f"SELECT {column} FROM log_entries WHERE seq = {ALTERED}")

    for place in places(len(as_it_was), 4):
        altered = as_it_was[:place] + chr(ord(as_it_was[place]) ^ 1) + as_it_was[place + 1 :]
        alter(opened, f"UPDATE log_entries SET {column} = ? WHERE seq = {ALTERED}", altered)
        verified = a_log(opened).verify()
        assert (verified.entry, column in verified.problem) == (ALTERED, True)


@pytest.mark.parametrize(
    "order",
    [
        "DELETE FROM log_trusts WHERE seq = 5 AND trust = 'rotherham'",
        "DELETE FROM log_trusts WHERE seq = 5",
        "INSERT INTO log_trusts (trust, seq, at) VALUES ('chesterfield', 5, 'at')",
        "UPDATE log_trusts SET at = 'then' WHERE seq = 5 AND trust = 'rotherham'",
        "UPDATE log_trusts SET trust = 'rotherhan' WHERE seq = 5 AND trust = 'rotherham'",
        "UPDATE log_trusts SET seq = 9 WHERE seq = 5 AND trust = 'rotherham'",
    ],
)
def test_an_altered_index_of_trusts_is_found_and_the_entry_is_named(opened, order):
    alter(opened, order)

    assert a_log(opened).verify().entry == ALTERED


@pytest.mark.parametrize("seq", [0, -3, 9, 1000])
def test_an_index_of_trusts_that_speaks_of_an_entry_that_is_not_there_is_found(opened, seq):
    alter(opened, "INSERT INTO log_trusts (trust, seq, at) VALUES ('rotherham', ?, 'at')", seq)

    assert not a_log(opened).verify().sound


@pytest.mark.parametrize(
    "column", ["organisation", "user_name", "event", "outcome", "role", "purpose", "claim", "kinds"]
)
def test_whatever_is_altered_beside_a_trust_is_found_and_the_entry_is_named(opened, column):
    alter(opened, f"UPDATE log_trusts SET {column} = {column} || 'x' WHERE seq = {ALTERED} AND trust = 'rotherham'")

    assert a_log(opened).verify().entry == ALTERED


@pytest.mark.parametrize(
    ("order", "entry"),
    [
        ("DELETE FROM log_people", 1),
        ("UPDATE log_people SET seq = 2", 1),
        ("UPDATE log_people SET user_id = 'another'", 1),
        ("UPDATE log_people SET user_name = 'Another'", 1),
        ("INSERT INTO log_people VALUES ('Another', '555000000001', 5)", 5),
        ("INSERT INTO log_people VALUES ('Another', '555000000001', 9)", 9),
    ],
)
def test_an_altered_index_of_people_is_found_and_the_entry_is_named(opened, order, entry):
    alter(opened, order)

    assert a_log(opened).verify().entry == entry


@pytest.mark.parametrize("column", ["root", "at", "seal"])
def test_one_altered_byte_of_a_head_is_found_and_the_group_under_it_is_named(opened, column):
    as_it_was = read(opened, f"SELECT {column} FROM log_heads WHERE size = 6")

    for place in places(len(as_it_was)):
        if isinstance(as_it_was, bytes):
            altered = bytes([*as_it_was[:place], as_it_was[place] ^ 1, *as_it_was[place + 1 :]])
        else:
            altered = as_it_was[:place] + chr(ord(as_it_was[place]) ^ 1) + as_it_was[place + 1 :]
        alter(opened, f"UPDATE log_heads SET {column} = ? WHERE size = 6", altered)
        verified = a_log(opened).verify()
        assert (verified.sound, verified.entry, verified.size) == (False, BEFORE, 3), place


@pytest.mark.parametrize(
    ("order", "entry"),
    [
        ("DELETE FROM log_heads WHERE size = 3", 1),  # in the middle: the seals no longer chain
        ("DELETE FROM log_heads WHERE size = 8", 7),  # at the end: entries stand under no head
        ("UPDATE log_heads SET size = 7 WHERE size = 8", 7),
        ("UPDATE log_heads SET size = 5 WHERE size = 6", 4),
        ("UPDATE log_heads SET size = 0 WHERE size = 3", 1),
        ("INSERT INTO log_heads VALUES (9, x'00', 'at', x'00')", 9),
        ("INSERT INTO log_heads VALUES (-1, x'00', 'at', x'00')", 1),
        ("DELETE FROM log_entries WHERE seq = 8", 8),
        ("DELETE FROM log_entries WHERE seq = 1", 1),
        ("DELETE FROM log_entries WHERE seq = 5", 5),
        ("DELETE FROM log_entries", 1),
        ("UPDATE log_entries SET seq = 11 WHERE seq = 8", 8),
        ("UPDATE log_entries SET seq = 0 WHERE seq = 1", 0),
        ("UPDATE log_entries SET body = x'6e756c6c' WHERE seq = 5", 5),
    ],
)
def test_a_removed_moved_or_invented_row_is_found_and_the_place_is_named(opened, order, entry):
    alter(opened, order)

    verified = a_log(opened).verify()
    assert not verified.sound
    assert verified.entry == entry


def test_two_entries_that_changed_places_are_found(opened):
    as_it_was = read(opened, "SELECT body FROM log_entries WHERE seq = 5")
    alter(opened, "UPDATE log_entries SET body = ? WHERE seq = 5", as_it_was.replace(b"look", b"l00k"))
    alter(opened, "UPDATE log_entries SET seq = 99 WHERE seq = 5")
    alter(opened, "UPDATE log_entries SET seq = 5 WHERE seq = 7")
    alter(opened, "UPDATE log_entries SET seq = 7 WHERE seq = 99")

    assert not a_log(opened).verify().sound


def test_an_entry_rewritten_together_with_its_hash_and_its_columns_is_found_by_what_stands_over_it(opened):
    body = canonical(a_look("lie"))

    alter(
        opened,
        "UPDATE log_entries SET body = ?, subtrees = ?, view = 'lie' WHERE seq = 5",
        body,
        leaf_hash(body),
    )

    verified = a_log(opened).verify()
    assert (verified.sound, verified.entry) == (False, 6)  # it closes the subtree of 5 and 6


def test_an_entry_rewritten_with_every_subtree_over_it_is_found_by_its_head(opened):
    body = canonical(a_look("lie"))
    same = leaf_hash(read(opened, "SELECT body FROM log_entries WHERE seq = 6"))

    alter(
        opened,
        "UPDATE log_entries SET body = ?, subtrees = ?, view = 'lie' WHERE seq = 5",
        body,
        leaf_hash(body),
    )
    alter(opened, "UPDATE log_entries SET subtrees = ? WHERE seq = 6", same + node_hash(leaf_hash(body), same))

    verified = a_log(opened).verify()
    assert (verified.sound, verified.entry, verified.size) == (False, BEFORE, 3)
    assert "the head at 6 entries" in verified.problem


def test_a_tail_cut_off_without_its_heads_is_found(opened):
    alter(opened, "DELETE FROM log_entries WHERE seq > 6")
    alter(opened, "DELETE FROM log_trusts WHERE seq > 6")

    verified = a_log(opened).verify()
    assert (verified.entry, verified.size) == (7, 6)


def test_a_tail_cut_off_together_with_its_heads_cannot_be_found_without_a_root_kept_outside(opened):
    """Said plainly, so that nobody relies on more: a root kept elsewhere is what shows this one."""
    kept_outside = a_log(opened).verify()
    for table, column in (("log_entries", "seq"), ("log_trusts", "seq"), ("log_heads", "size")):
        alter(opened, f"DELETE FROM {table} WHERE {column} > 6")

    verified = a_log(opened).verify()
    assert verified.sound
    assert (verified.size, verified.root) != (kept_outside.size, kept_outside.root)


@SQLITE_ALONE
def test_a_column_that_is_no_longer_text_is_found_where_it_stops_being_readable(opened):
    alter(opened, "UPDATE log_entries SET view = CAST(x'ff' AS TEXT) WHERE seq = 5")

    verified = a_log(opened).verify()
    assert not verified.sound
    assert "cannot be read" in verified.problem


@SQLITE_ALONE
def test_an_index_that_hides_an_entry_from_a_search_is_found(opened, tmp_path):
    path = tmp_path / "trustline.sqlite"
    with opened.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        page = connection.exec_driver_sql(
            "SELECT rootpage FROM sqlite_master WHERE name = 'ix_log_entries_nhs_number_seq'"
        )
        root, size = page.scalar_one(), connection.exec_driver_sql("PRAGMA page_size").scalar_one()
    opened.dispose()
    content = bytearray(path.read_bytes())
    start = content.index(WALTER.encode(), (root - 1) * size)
    content[start] ^= 1
    path.write_bytes(content)

    verified = a_log(opened).verify()
    assert not verified.sound
    assert "SQLite finds its file damaged" in verified.problem


def test_the_last_verification_is_remembered(opened):
    log = a_log(opened)
    assert log.last_verified is None

    verified = log.verify()

    assert log.last_verified == verified
