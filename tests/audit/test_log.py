"""What the log says is written is written, in one sequence; whatever it cannot write, it says so."""

import shutil
import sqlite3
import threading
import traceback
from datetime import timedelta

import pytest
from sqlalchemy import event as listening
from sqlalchemy import text

from tests.audit.parts import NOON, POSTGRESQL_ALONE, SQLITE_ALONE, WALTER, a_log, an_event, without_guards
from viewer.access.access_event import Event
from viewer.audit.log import LogUnavailable
from viewer.audit.rows import read_tip
from viewer.audit.scope import WholeLog
from viewer.audit.search import Criteria
from viewer.audit.tree import EMPTY_ROOT, leaf_hash, proves_inclusion
from viewer.store.database import is_postgresql, open_database


def everything(log, limit=10_000):
    return log.search(Criteria(WholeLog(), limit=limit)).entries


def test_a_new_log_is_empty_and_says_so(log):
    assert (log.size, log.root) == (0, EMPTY_ROOT)
    assert log.verify().sound


def test_an_append_returns_the_entries_numbers_from_one_without_a_gap(log):
    assert log.append(an_event()) == (1,)
    assert log.append(an_event(), an_event(), an_event()) == (2, 3, 4)
    assert log.append() == ()
    assert log.size == 4


def test_what_is_appended_can_be_read_back_word_for_word(log):
    event = an_event(nhs_number=WALTER, patient="HARGREAVES, Walter", reason="“collapsed”, no escort", view="look-1")

    (seq,) = log.append(event)

    record = log.entry(seq, WholeLog()).record
    assert (record.nhs_number, record.patient, record.reason) == (
        WALTER,
        "HARGREAVES, Walter",
        "“collapsed”, no escort",
    )
    assert (record.user_name, record.organisation_ods, record.event) == ("Dr Amina Farrell", "RHQ", "results shown")
    assert record.trusts[0].laboratory == 3


def test_a_refusal_stands_in_the_log_with_the_same_fields_as_a_success(log):
    log.append(an_event(Event.RESULTS_SHOWN), an_event(Event.REFUSED, outcome="refused", because="no agreement"))

    refused, shown = everything(log)

    assert set(refused.record.__struct_fields__) == set(shown.record.__struct_fields__)
    assert refused.record.because == "no agreement"


def test_a_name_that_utf_8_cannot_say_does_not_stop_the_log(log):
    (seq,) = log.append(an_event(patient="BROKEN \ud800, Name"))

    assert log.entry(seq, WholeLog()).record.patient == "BROKEN ?, Name"
    assert log.verify().sound


def test_a_nul_is_kept_in_the_bytes_and_told_as_unknown_in_the_index(log):
    (seq,) = log.append(an_event(who=None, user="no\x00body"))

    assert log.entry(seq, WholeLog()).record.user_name == "no\x00body"
    assert [entry.seq for entry in log.search(Criteria(WholeLog(), person="no\ufffdbody")).entries] == [seq]
    assert log.verify().sound


def test_many_threads_get_one_sequence_without_a_gap_and_each_finds_its_own_entries(engine, log):
    threads, each, got = 8, 60, {}
    begin = threading.Barrier(threads)

    def append(number):
        begin.wait()
        got[number] = [log.append(*[an_event(view=f"{number}/{turn}")] * (turn % 3 + 1)) for turn in range(each)]

    workers = [threading.Thread(target=append, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    views = {entry.seq: entry.record.view for entry in everything(log)}
    assert sorted(seq for numbers in got.values() for seqs in numbers for seq in seqs) == list(range(1, log.size + 1))
    assert {views[seq] for seq in got[3][7]} == {"3/7"}
    assert log.verify().sound
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM log_heads")).scalar() < log.size  # written in groups


def test_two_logs_on_one_database_share_one_sequence(engine, database_url):
    other = open_database(database_url)
    one, two = a_log(engine), a_log(other)

    numbers = [log.append(an_event())[0] for _ in range(5) for log in (one, two)]

    assert numbers == list(range(1, 11))
    assert one.verify().sound
    other.dispose()


def test_a_log_opened_again_goes_on_where_it_ended(engine, tmp_path):
    for number in range(1, 12):
        assert a_log(engine).append(an_event()) == (number,)

    assert a_log(engine).verify().sound


def test_every_entry_has_a_proof_under_the_head_of_the_moment(log):
    for _ in range(13):
        log.append(an_event())

    for entry in everything(log):
        proof = log.prove(entry)
        assert proof.leaf == leaf_hash(entry.body)
        assert proves_inclusion(proof.leaf, proof.index, proof.head.size, proof.path, log.root)


# ── When it cannot be written ────────────────────────────────────────────────────────────────────


@SQLITE_ALONE
def test_a_locked_database_is_told_to_the_caller_and_the_log_recovers(engine, log, tmp_path):
    log.append(an_event())
    other = sqlite3.connect(tmp_path / "trustline.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(LogUnavailable, match="database is locked"):
        log.append(an_event())

    other.execute("ROLLBACK")
    other.close()
    assert log.append(an_event()) == (2,)
    assert log.verify().sound


@SQLITE_ALONE
def test_a_read_only_database_is_told_to_the_caller(engine, log):
    read_only(engine)

    with pytest.raises(LogUnavailable, match="readonly"):
        log.append(an_event())


@SQLITE_ALONE
def test_a_full_disk_is_told_to_the_caller_and_nothing_half_written_stays(engine, log):
    log.append(an_event())
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    full = lambda connection, _: connection.execute(f"PRAGMA max_page_count = {pages}")  # noqa: E731
    listening.listen(engine, "connect", full)
    engine.dispose()

    with pytest.raises(LogUnavailable, match="full"):
        log.append(*[an_event(reason="x" * 5000)] * 20)

    listening.remove(engine, "connect", full)
    engine.dispose()
    assert log.append(an_event()) == (2,)
    assert log.verify().sound


@SQLITE_ALONE
def test_a_database_whose_folder_is_gone_is_told_to_writers_and_readers(engine, log, tmp_path):
    log.append(an_event())
    shutil.rmtree(tmp_path)

    with pytest.raises(LogUnavailable, match="unable to open"):
        log.append(an_event())
    with pytest.raises(LogUnavailable):
        log.search(Criteria(WholeLog()))
    with pytest.raises(LogUnavailable):
        log.verify()


def test_a_log_whose_head_disagrees_with_its_entries_takes_no_more(engine):
    a_log(engine).append(an_event(), an_event())
    without_guards(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM log_entries WHERE seq = 2")

    with pytest.raises(LogUnavailable, match="has 1 entries, but its last head speaks of 2"):
        a_log(engine).append(an_event())


def read_only(engine):
    order = "SET default_transaction_read_only = on" if is_postgresql(engine) else "PRAGMA query_only = ON"

    def forbid(connection, _):
        connection.execute(order)
        connection.commit()

    listening.listen(engine, "connect", forbid)
    engine.dispose()


@POSTGRESQL_ALONE
def test_what_postgresql_refuses_is_told_by_its_class_and_state_alone(engine, log):
    read_only(engine)

    with pytest.raises(LogUnavailable, match=r"could not be written: ReadOnlySqlTransaction 25006$") as caught:
        log.append(an_event())

    assert caught.value.__cause__ is None


@POSTGRESQL_ALONE
def test_a_value_that_postgresql_repeats_in_its_error_is_not_told(engine, log):
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE log_entries ADD CHECK (nhs_number = '')")

    with pytest.raises(LogUnavailable, match="CheckViolation 23514") as caught:
        log.append(an_event(nhs_number=WALTER))

    assert WALTER not in "".join(traceback.format_exception(caught.value))


def test_an_error_carries_no_word_of_the_entry(engine, log):
    read_only(engine)

    with pytest.raises(LogUnavailable) as caught:
        log.append(an_event(nhs_number=WALTER))

    assert WALTER not in f"{caught.value} {caught.value.__cause__}"


# ── When it is slow ──────────────────────────────────────────────────────────────────────────────


class Slow:
    """A database whose commits wait until they are let go."""

    def __init__(self, engine):
        self.entered, self.go = threading.Event(), threading.Event()
        listening.listen(engine, "commit", self._wait)

    def _wait(self, _):
        self.entered.set()
        assert self.go.wait(20)


def test_an_entry_nobody_got_round_to_in_time_is_surely_not_written(engine):
    slow, log = Slow(engine), a_log(engine, patience=timedelta(seconds=0.2))
    with pytest.raises(LogUnavailable):
        log.append(an_event(view="first"))

    with pytest.raises(LogUnavailable, match="it is not written") as caught:
        log.append(an_event(view="second"))

    slow.go.set()
    log.close()
    assert not caught.value.may_be_written
    assert [entry.record.view for entry in everything(log)] == ["first"]


def test_an_entry_that_was_being_written_when_time_ran_out_may_yet_be_written_and_is_said_to_be(engine):
    slow, log = Slow(engine), a_log(engine, patience=timedelta(seconds=0.2))

    with pytest.raises(LogUnavailable, match="may yet be written") as caught:
        log.append(an_event())

    slow.go.set()
    log.close()
    assert caught.value.may_be_written
    assert log.size == 1


def test_a_log_with_no_room_for_more_callers_says_so_at_once(engine):
    slow, log = Slow(engine), a_log(engine, patience=timedelta(seconds=0.2), room=1)
    for _ in range(2):  # one is being written, and one stands in the only place
        with pytest.raises(LogUnavailable):
            log.append(an_event())

    with pytest.raises(LogUnavailable, match="too many entries are waiting") as caught:
        log.append(an_event())

    slow.go.set()
    log.close()
    assert not caught.value.may_be_written


def test_the_writers_thread_starts_with_the_first_append_and_ends_when_closed(engine):
    named = lambda: [thread for thread in threading.enumerate() if thread.name == "log writer"]  # noqa: E731
    before, log = len(named()), a_log(engine)
    assert len(named()) == before

    log.append(an_event())
    assert len(named()) == before + 1
    log.close()

    assert len(named()) == before
    assert log.append(an_event()) == (2,)
    log.close()


def test_the_tree_read_back_from_the_rows_is_the_tree_that_was_grown(engine, log):
    for _ in range(37):
        log.append(an_event())

    with engine.connect() as connection:
        assert read_tip(connection, log.head()).tree.root == log.root


def test_times_are_kept_in_utc_whatever_zone_they_came_in(log):
    (seq,) = log.append(an_event(at=NOON.astimezone(tz=None)))

    assert log.entry(seq, WholeLog()).record.at == "2026-11-21T12:00:00.000000+00:00"
