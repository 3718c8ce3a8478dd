"""Whoever asks whether the log takes entries is told so from a trial, and the trial leaves nothing behind."""

import shutil
from datetime import timedelta

import pytest
from sqlalchemy import event as listening
from sqlalchemy.exc import OperationalError

from tests.audit.parts import NOON, POSTGRESQL_ALONE, SQLITE_ALONE, a_log, an_event, without_guards
from tests.clock import Clock
from viewer.audit.journal import Journal
from viewer.audit.log import Log, LogUnavailable, Sink


def refuse(engine):
    """A database that takes no commit: as on a disk that is full, everything before it goes well."""

    def full(_):
        raise OperationalError("COMMIT", None, Exception("disk full"))

    listening.listen(engine, "commit", full)
    return lambda: listening.remove(engine, "commit", full)


def test_a_log_that_can_be_written_says_where_and_no_entry_is_added(log):
    log.append(an_event())

    assert log.takes() == Sink("database")
    assert log.size == 1
    assert log.append(an_event()) == (2,)
    assert log.verify().problem == ""


def test_a_new_log_can_be_written_too(log):
    assert log.takes() == Sink("database")
    assert log.size == 0


@POSTGRESQL_ALONE
def test_a_log_that_can_be_read_but_not_written_is_unavailable(engine, log):
    with engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {engine.url.database} SET default_transaction_read_only = on")
    engine.dispose()

    assert log.size == 0
    with pytest.raises(LogUnavailable, match="ReadOnlySqlTransaction"):
        log.takes()


@SQLITE_ALONE
def test_a_log_whose_database_is_gone_is_unavailable_without_a_journal(log, tmp_path):
    shutil.rmtree(tmp_path)

    with pytest.raises(LogUnavailable, match="unable to open"):
        log.takes()


def test_a_log_whose_stored_parts_disagree_is_unavailable(engine):
    a_log(engine).append(an_event(), an_event())
    without_guards(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM log_entries WHERE seq = 2")

    with pytest.raises(LogUnavailable, match="speaks of 2"):
        a_log(engine).takes()


def test_a_commit_that_failed_a_moment_ago_counts_for_more_than_a_trial_that_went_well(engine):
    clock = Clock()
    log = a_log(engine, clock=clock)
    log.append(an_event())
    again = refuse(engine)
    with pytest.raises(LogUnavailable):
        log.append(an_event())

    with pytest.raises(LogUnavailable):
        log.takes()
    again()
    clock.now += timedelta(seconds=31)
    assert log.takes() == Sink("database")
    log.close()


def test_with_a_journal_the_log_is_there_as_long_as_one_of_the_two_takes_entries(engine, tmp_path):
    clock, folder = Clock(), tmp_path / "journal"
    log = Log(engine, clock, timedelta(seconds=20), journal=Journal(folder))
    again = refuse(engine)
    log.append(an_event())

    assert log.takes() == Sink("journal", NOON, waiting=1)
    assert [path.name for path in folder.iterdir()] == ["1.journal"]

    clock.now += timedelta(seconds=3)
    shutil.rmtree(folder)
    folder.touch()
    with pytest.raises(LogUnavailable, match="nor could the journal"):
        log.takes()
    again()
    folder.unlink()
    log.close()


def test_however_often_it_is_asked_the_database_is_asked_every_few_seconds_at_most(engine):
    clock, tried = Clock(), []
    log = a_log(engine, clock=clock)
    listening.listen(engine, "rollback", lambda _: tried.append(1))

    for _ in range(20):
        log.takes()
    once = len(tried)
    clock.now += timedelta(seconds=3)
    log.takes()

    assert len(tried) == 2 * once > 0
    log.close()
