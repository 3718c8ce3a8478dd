"""An entry that the database does not take is in the journal, and in the database once, in order, when it is back."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import event as listening
from sqlalchemy.exc import OperationalError

from tests.audit.parts import NOON, POSTGRESQL_ALONE, an_event
from viewer.audit.journal import Journal, waiting_in
from viewer.audit.log import Log, LogUnavailable, Sink
from viewer.audit.scope import WholeLog
from viewer.audit.search import Criteria
from viewer.store.database import open_database

PATIENCE = timedelta(seconds=20)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "journal"


@pytest.fixture
def log(engine, folder):
    log = a_log_with_a_journal(engine, folder)
    yield log
    log.close()


def a_log_with_a_journal(engine, folder, patience=PATIENCE):
    return Log(engine, lambda: NOON, patience, journal=Journal(folder))


def views(log):
    """What each entry is about, oldest first."""
    return [entry.record.view for entry in reversed(log.search(Criteria(WholeLog(), limit=10_000)).entries)]


class Trouble:
    """A database that takes nothing, until it does; `tried` counts the commits that it was asked for."""

    def __init__(self, engine):
        self.on, self.tried, self.back = True, 0, threading.Event()
        listening.listen(engine, "commit", self._refuse)

    def _refuse(self, _):
        if self.on:
            self.tried += 1
            raise OperationalError("COMMIT", None, Exception("no"))
        self.back.set()

    def ends(self):
        self.on = False
        assert self.back.wait(20)


def drained(log):
    """Wait until nothing is in the journal: closing ends the thread, which hands over what waits before it ends."""
    log.append(an_event(view="after"))
    log.close()


def test_while_the_database_takes_entries_the_journal_has_none(log, folder):
    assert log.append(an_event()) == (1,)

    assert log.sink == Sink("database")
    assert not folder.exists()


def test_an_entry_that_the_database_does_not_take_is_in_the_journal_and_the_look_goes_on(engine, log, folder):
    log.append(an_event(view="before"))
    trouble = Trouble(engine)

    assert log.append(an_event(view="one"), an_event(view="two")) == (0, 0)

    assert log.sink == Sink("journal", NOON, waiting=2)
    assert views(log) == ["before"]
    trouble.ends()


def test_the_journal_goes_to_the_database_in_order_and_once_and_newer_entries_come_after_it(engine, log, folder):
    trouble = Trouble(engine)
    for view in ("one", "two", "three"):
        assert log.append(an_event(view=view)) == (0,)
    trouble.ends()
    drained(log)

    assert views(log) == ["one", "two", "three", "after"]
    assert log.verify().problem == ""
    assert log.sink == Sink("database")


def test_two_entries_that_say_the_same_are_both_kept(engine, log):
    trouble = Trouble(engine)
    same = an_event(view="same")
    log.append(same, same)
    log.append(same)
    trouble.ends()
    drained(log)

    assert views(log) == ["same", "same", "same", "after"]


def test_an_entry_whose_commit_went_through_unheard_is_not_written_twice(engine, log):
    """The database committed, and the connection broke before it could say so."""
    unheard = threading.Event()

    def committed_but_unheard(connection):
        if not unheard.is_set():
            unheard.set()
            connection.connection.dbapi_connection.commit()
            raise OperationalError("COMMIT", None, Exception("connection lost"))

    log.append(an_event(view="before"))
    listening.listen(engine, "commit", committed_but_unheard)

    assert log.append(an_event(view="unheard")) == (0,)
    drained(log)

    assert views(log) == ["before", "unheard", "after"]
    assert log.verify().problem == ""


def test_a_database_that_is_too_slow_loses_the_look_no_entry_and_doubles_none(engine, folder):
    entered, go = threading.Event(), threading.Event()

    def slow(_):
        entered.set()
        assert go.wait(20)

    listening.listen(engine, "commit", slow)
    log = a_log_with_a_journal(engine, folder, patience=timedelta(seconds=0.4))

    assert log.append(an_event(view="being written when time ran out")) == (0,)
    assert log.append(an_event(view="never begun")) == (0,)

    go.set()
    log.close()
    again = a_log_with_a_journal(engine, folder)
    drained(again)
    assert views(again) == ["being written when time ran out", "never begun", "after"]


def test_what_a_process_left_in_its_journal_is_in_the_log_before_the_next_one_s_first_entry(engine, folder):
    trouble = Trouble(engine)
    first = a_log_with_a_journal(engine, folder)
    first.append(an_event(view="left"))
    first.close()
    trouble.on = False
    assert waiting_in(folder).entries == 1

    second = a_log_with_a_journal(engine, folder)
    assert second.append(an_event(view="next")) == (2,)

    assert views(second) == ["left", "next"]
    second.close()


def test_neither_sink_means_no_page(engine, tmp_path):
    trouble = Trouble(engine)
    log = a_log_with_a_journal(engine, tmp_path / "nowhere" / "journal")

    with pytest.raises(LogUnavailable, match="nor could the journal: No such file or directory"):
        log.append(an_event())

    assert log.sink == Sink("database")
    trouble.on = False
    assert log.append(an_event()) == (1,)
    log.close()


@POSTGRESQL_ALONE
def test_two_workers_hand_their_journals_over_to_one_log_without_a_gap(engine, folder, database_url):
    trouble = Trouble(engine)
    other_engine = open_database(database_url)
    other_trouble = Trouble(other_engine)
    logs = [a_log_with_a_journal(engine, folder), a_log_with_a_journal(other_engine, folder)]
    for number in range(20):
        assert logs[number % 2].append(an_event(view=str(number))) == (0,)
    trouble.on = other_trouble.on = False
    for log in logs:
        drained(log)

    found = views(logs[0])
    assert sorted(found) == sorted([*map(str, range(20)), "after", "after"])
    assert [view for view in found if view.isdigit() and int(view) % 2] == [str(one) for one in range(1, 20, 2)]
    assert logs[0].verify().problem == ""
    other_engine.dispose()
