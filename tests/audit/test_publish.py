"""The log is signed, cosigned and confirmed, whatever its witnesses do; and it never signs two logs."""

import threading
from base64 import b64encode
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlalchemy import select

from connectors.fetch import PlainFetch
from tests.audit.parts import a_database, a_log, an_event, without_guards
from tests.audit.witnessing import ORIGIN, a_pem, a_signing_key, a_witness_key
from tests.clock import Clock
from viewer.audit import witness as witness_file
from viewer.audit.checkpoint import read_checkpoint
from viewer.audit.checkpoints import TURN, give_up_turn, notes, take_turn
from viewer.audit.confirmation import PATIENCE, Confirmations, read_confirmation
from viewer.audit.note import cosigned_by, is_signed_by, read_note
from viewer.audit.publish import NotSigned, Pace, Publisher, Witness
from viewer.store.checkpoint_tables import log_checkpoints, log_cosignatures

TRUSTS = ("barnsley", "chesterfield", "rotherham", "sheffield")
NOON = datetime(2100, 1, 1, 12, 0, tzinfo=UTC)  # later than any witness's own clock


@contextmanager
def a_witness_here(folder, trust):
    """Serve a witness over HTTP from a thread of the test's own; tests/audit/test_witness.py runs it as a program."""
    made = folder.with_suffix(".pem")
    made.touch(mode=0o600)
    made.write_text(a_pem(trust))
    witness_file.begin(folder, f"{trust}.example/witness", made)
    log_key = witness_file.read_key(str(a_signing_key().verifier), witness_file.SIGNATURE)
    witness = witness_file.Witness(folder, ORIGIN, log_key)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("ThisDoor", (witness_file.Door,), {"witness": witness}))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield Witness(trust, f"http://127.0.0.1:{server.server_port}", a_witness_key(trust))
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Town:
    """Four witnesses that run, a log, and what publishes it."""

    def __init__(self, folder, engine, stack):
        self.folder, self.engine, self.clock = folder, engine, Clock(NOON)
        self.log = stack.enter_context(closing(a_log(engine, clock=self.clock)))
        self.witnesses = [stack.enter_context(a_witness_here(folder / trust, trust)) for trust in TRUSTS]

    def publisher(self, holder="a worker", **pace):
        return Publisher(
            self.engine, self.clock, a_signing_key(), self.witnesses, PlainFetch().send, holder, Pace(**pace)
        )

    def says(self, trust, address):
        """Put something else where the trust's witness was."""
        self.witnesses = [
            Witness(it.trust, address if it.trust == trust else it.address, it.key) for it in self.witnesses
        ]

    def confirmation(self):
        with self.engine.connect() as connection:
            return read_confirmation(connection, self.clock(), is_signed=True)

    def notes(self):
        return [read_note(note.encode()) for note in notes(self.engine)]


@pytest.fixture
def town(tmp_path):
    engine = a_database(tmp_path)
    with ExitStack() as stack:
        stack.callback(engine.dispose)
        yield Town(tmp_path, engine, stack)


@pytest.fixture
def liar():
    """Something that answers every request in one way, chosen by the test."""
    answers = {"say": (200, b"", "text/plain")}

    class Door(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            said = answers["say"]
            status, body, kind = said() if callable(said) else said
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    answers["address"] = f"http://127.0.0.1:{server.server_port}"
    yield answers
    server.shutdown()
    thread.join()
    server.server_close()


# --- when all is well ---


def test_a_log_that_grew_is_signed_cosigned_by_every_trust_and_confirmed(town):
    town.log.append(an_event(), an_event())
    town.publisher().publish()

    (note,) = town.notes()
    confirmed = town.confirmation()
    assert read_checkpoint(note.text).root == town.log.root
    assert is_signed_by(a_signing_key().verifier, note)
    assert all(cosigned_by(a_witness_key(trust), note) for trust in TRUSTS)
    assert (confirmed.size, confirmed.root, confirmed.cosigned, confirmed.missing) == (2, town.log.root, 4, ())
    assert confirmed.since is None


def test_each_later_checkpoint_is_proven_to_go_on_from_the_one_before(town):
    publisher = town.publisher()
    for count in (1, 2, 5, 9):
        town.log.append(*[an_event()] * count)
        publisher.publish()

    assert [read_checkpoint(note.text).size for note in town.notes()] == [1, 3, 8, 17]
    assert town.confirmation().size == 17


def test_a_log_that_did_not_grow_is_not_signed_again(town):
    town.log.append(an_event())
    publisher = town.publisher()
    publisher.publish()
    publisher.publish()

    assert len(town.notes()) == 1


def test_an_empty_log_is_not_signed(town):
    town.publisher().publish()

    assert town.notes() == []


# --- when they are not ---


@pytest.mark.parametrize(("down", "confirmed"), [(0, 2), (1, 0), (4, 0)])
def test_of_four_trusts_three_are_not_enough(town, down, confirmed):
    for trust in TRUSTS[:down]:
        town.says(trust, "http://127.0.0.1:9")  # nothing listens there
    town.log.append(an_event(), an_event())

    town.publisher().publish()

    found = town.confirmation()
    assert (found.size, found.cosigned) == (confirmed, 4 - down)
    assert [(one.trust, one.because) for one in found.missing] == [
        (trust, "no connection could be made") for trust in TRUSTS[:down]
    ]


def test_what_was_missed_is_cosigned_when_the_witness_is_back(town):
    town.log.append(an_event())
    town.publisher().publish()
    true = town.witnesses
    town.says("barnsley", "http://127.0.0.1:9")
    town.log.append(an_event())
    town.publisher().publish()
    assert town.confirmation().size == 1

    town.witnesses = true
    town.publisher().publish()

    assert town.confirmation().size == 2


def test_since_when_the_log_waits_is_said_after_a_minute_and_no_longer_once_it_is_confirmed(town):
    true = town.witnesses
    town.says("barnsley", "http://127.0.0.1:9")
    town.log.append(an_event())
    town.publisher().publish()
    assert town.confirmation().since is None

    town.clock.now += PATIENCE + timedelta(seconds=1)
    assert town.confirmation().since == NOON

    town.witnesses = true
    town.publisher().publish()
    assert town.confirmation().since is None


def test_a_log_that_nobody_publishes_is_said_to_wait(town):
    town.log.append(an_event())
    town.clock.now += timedelta(minutes=5)

    assert town.confirmation().since == NOON


def test_a_witness_that_hangs_costs_its_deadline_and_no_other_witness(town, liar):
    let_go = threading.Event()
    liar["say"] = lambda: (let_go.wait(20), (500, b"", "text/plain"))[1]
    town.says("barnsley", liar["address"])
    town.log.append(an_event())
    publisher = Publisher(
        town.engine, lambda: datetime.now(UTC), a_signing_key(), town.witnesses, PlainFetch().send, "a worker",
        Pace(deadline=timedelta(seconds=1)),
    )  # fmt: skip

    publisher.publish()
    let_go.set()

    (missing,) = town.confirmation().missing
    assert (missing.trust, missing.because.partition(" in ")[0]) == ("barnsley", "no answer")
    assert town.confirmation().cosigned == 3


@pytest.mark.parametrize(
    ("answer", "because"),
    [
        ((200, b"", "text/plain"), "its answer is no cosignature"),
        ((200, "— barnsley.example/witness AAAAAAAA\n".encode(), "text/plain"), "no good cosignature by its key"),
        ((500, b"", "text/plain"), "it answered HTTP 500"),
        ((302, b"", "text/plain"), "it answered HTTP 302"),
        ((404, b"", "text/plain"), "it does not know this log"),
        ((200, b"x" * 2_000_000, "text/plain"), "more bytes than the cap allows"),
        ((409, b"1\n", "text/x.tlog.size"), "makes no sense"),
    ],
)
def test_a_witness_that_lies_is_not_believed_and_the_others_are(town, liar, answer, because):
    liar["say"] = answer
    town.says("barnsley", liar["address"])
    town.log.append(an_event(), an_event())

    town.publisher().publish()

    (missing,) = town.confirmation().missing
    assert because in missing.because
    assert not missing.disputed
    assert town.confirmation().cosigned == 3


@pytest.mark.parametrize("answer", [(409, b"900\n", "text/x.tlog.size"), (422, b"no\n", "text/plain")])
def test_a_witness_that_saw_another_log_raises_an_alarm_and_stops_nothing(town, liar, answer):
    liar["say"] = answer
    town.says("barnsley", liar["address"])
    town.log.append(an_event())

    town.publisher().publish()

    assert [one.trust for one in town.confirmation().disputed] == ["barnsley"]
    assert town.log.append(an_event()) == (2,)


def test_a_database_put_back_to_an_older_state_is_found_out_by_the_witnesses(town, tmp_path_factory):
    """The witnesses remember; the log, its checkpoints and its key together cannot talk them round."""
    town.log.append(an_event(), an_event(), an_event())
    town.publisher().publish()

    elsewhere = a_database(tmp_path_factory.mktemp("rolled back"))
    with closing(a_log(elsewhere)) as other:
        other.append(an_event(view="another history"))
        town.engine, engine = elsewhere, town.engine
        town.publisher().publish()
        assert {one.because for one in town.confirmation().disputed} == {
            "it has seen 3 entries, and this log has only 1"
        }
        other.append(*[an_event()] * 4)
        town.publisher().publish()
        assert len(town.confirmation().disputed) == 4
        assert town.confirmation().size == 0
        town.engine = engine
    elsewhere.dispose()


# --- what is not signed ---


def test_a_log_that_no_longer_holds_what_was_signed_is_not_signed_again(town):
    town.log.append(an_event(), an_event())
    town.publisher().publish()
    without_guards(town.engine)
    with town.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE log_checkpoints SET root = zeroblob(32)")
    town.log.append(an_event())

    with pytest.raises(NotSigned, match="not those that were signed"):
        town.publisher().publish()


def test_a_log_shorter_than_what_was_signed_is_not_signed_again(town):
    town.log.append(an_event(), an_event())
    town.publisher().publish()
    without_guards(town.engine)
    with town.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM log_heads WHERE size = 2")

    with pytest.raises(NotSigned, match="2 were signed"):
        town.publisher().publish()


@pytest.mark.parametrize("table", ["log_checkpoints", "log_cosignatures", "log_confirmations"])
@pytest.mark.parametrize("what", ["UPDATE {} SET size = 9", "DELETE FROM {}"])
def test_what_was_signed_is_never_changed_or_removed(town, table, what):
    town.log.append(an_event())
    town.publisher().publish()

    with pytest.raises(Exception, match=f"{table} is append-only"), town.engine.begin() as connection:
        connection.exec_driver_sql(what.format(table))


# --- two workers ---


def test_only_one_of_two_workers_publishes(town):
    town.log.append(an_event())

    assert town.publisher("one").publish()
    assert not town.publisher("two").publish()
    assert town.publisher("one").publish()


def test_the_turn_of_a_worker_that_died_passes_to_another(town):
    assert take_turn(town.engine, "one", NOON)
    assert not take_turn(town.engine, "two", NOON + TURN - timedelta(seconds=1))
    assert take_turn(town.engine, "two", NOON + TURN)
    assert not take_turn(town.engine, "one", NOON + TURN)


def test_a_turn_given_up_is_free_at_once(town):
    take_turn(town.engine, "one", NOON)
    give_up_turn(town.engine, "one")

    assert take_turn(town.engine, "two", NOON)


def test_of_many_workers_that_ask_at_once_one_has_the_turn(town):
    had = []
    threads = [
        threading.Thread(target=lambda name=name: had.append(take_turn(town.engine, name, NOON))) for name in "abcdefgh"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert had.count(True) == 1


def test_two_workers_that_publish_at_once_keep_one_checkpoint_and_every_cosignature(town):
    town.log.append(an_event())
    publishers = [town.publisher("one"), town.publisher("two")]
    checkpoint = read_checkpoint(a_signing_key().sign(f"{ORIGIN}\n1\n{_root(town)}\n").text)
    for publisher in publishers:
        publisher._have_cosigned(publisher._sign(checkpoint))

    with town.engine.connect() as connection:
        assert len(connection.execute(select(log_checkpoints)).all()) == 1
        assert len(connection.execute(select(log_cosignatures)).all()) == 4


def _root(town):
    return b64encode(town.log.root).decode()


# --- the thread ---


def test_its_thread_publishes_what_is_appended_and_ends_when_told(town):
    confirmed = threading.Event()
    posted = PlainFetch().send

    def send(*args, **how):
        answer = posted(*args, **how)
        confirmed.set()
        return answer

    publisher = Publisher(
        town.engine, town.clock, a_signing_key(), town.witnesses, send, "a worker",
        Pace(look=timedelta(milliseconds=5)),
    )  # fmt: skip
    publisher.thread.start()
    publisher.thread.start()
    town.log.append(an_event())

    assert confirmed.wait(20)
    publisher.thread.close()

    assert town.confirmation().size == 1
    assert take_turn(town.engine, "another", town.clock())
    publisher.thread.start()
    assert not publisher.thread.runs()


def test_a_worker_that_ends_before_it_began_ends(town):
    town.publisher().thread.close()


# --- what the pages ask ---


def test_how_far_it_is_confirmed_is_read_every_few_seconds_and_no_oftener(town):
    confirmations = Confirmations(town.engine, town.clock, True)
    assert confirmations.now().entries == 0
    town.log.append(an_event())

    assert confirmations.now().entries == 0
    town.clock.now += timedelta(seconds=2)
    assert confirmations.now().entries == 1


def test_a_database_that_cannot_be_read_stops_no_page(town):
    with town.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE log_witnesses")

    assert Confirmations(town.engine, town.clock, True).now().unreadable
