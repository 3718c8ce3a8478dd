"""A notice leaves with a reference and where to look, by real SMTP, and is sent until it is taken."""

import socketserver
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from threading import Thread

import pytest
from sqlalchemy import Engine, select

from tests.audit.entries import AMINA, WALTER, WALTERS_HOME, a_member, facts
from tests.audit.parts import NOON, an_event
from tests.clock import Clock
from viewer.access.access_event import Event
from viewer.audit.alerts import Alerts, Reader, Wanted
from viewer.audit.log import Log
from viewer.audit.notices import LEASE, Postman, letter, send_by_smtp
from viewer.audit.review import Rule, Thresholds
from viewer.audit.scope import Scope
from viewer.audit.sweep import Sweeper
from viewer.configuration.review_file import NoticeSettings
from viewer.store.alert_tables import notices

ADDRESS = "https://trustline.example"
TELL = {"RHQ": frozenset({"sheffield_teaching"}), "RFR": frozenset({"rotherham"})}
TO = {"RHQ": "officers@sheffield.example", "RFR": "officers@rotherham.example"}


class PostOffice(socketserver.ThreadingTCPServer):
    """A mail server on loopback that keeps what it is sent, or refuses it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Counter)
        self.taken: list[bytes] = []  # every byte that was said to it, a session each
        self.refuses = False

    @property
    def letters(self) -> list[str]:
        """Return the text of each mail taken, headers and all."""
        return [session.partition(b"data\r\n")[2].decode() for session in self.taken if b"data\r\n" in session]


class _Counter(socketserver.StreamRequestHandler):
    server: PostOffice

    def handle(self) -> None:
        said, in_letter = b"", False
        self.wfile.write(b"220 post.example\r\n")
        for line in self.rfile:
            said += line
            if in_letter:
                in_letter = line != b".\r\n"
                answer = b"" if in_letter else b"250 taken\r\n"
            elif line.lower().startswith(b"data"):
                in_letter, answer = True, b"354 go on\r\n"
            elif line.lower().startswith(b"mail") and self.server.refuses:
                answer = b"451 later\r\n"
            else:
                answer = b"221 bye\r\n" if line.lower().startswith(b"quit") else b"250 ok\r\n"
            self.wfile.write(answer)
            if line.lower().startswith(b"quit"):
                break
        self.server.taken.append(said)


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with PostOffice() as office:
        thread = Thread(target=office.serve_forever, args=(0.01,))
        thread.start()
        yield office
        office.shutdown()
        thread.join()


def a_postman(engine: Engine, office: PostOffice, clock: Clock, name: str = "worker-1") -> Postman:
    settings = NoticeSettings("127.0.0.1", office.server_address[1], "trustline@example.org", TO, encrypted=False)

    def compose(organisation: str, references: tuple[str, ...]) -> EmailMessage:
        return letter(settings.sender, TO[organisation], references, ADDRESS)

    return Postman(engine, clock, name, compose, lambda message: send_by_smtp(settings, message))


def raise_some(engine: Engine, log: Log) -> None:
    """Raise two alerts of everything a notice must not say: a neighbour, on a broken glass, at Rotherham."""
    log.append(
        an_event(
            Event.RESULTS_SHOWN, nhs_number=WALTER, patient="HARGREAVES, Walter, born 1944-03-09", claim="break-glass",
            reason="unconscious after a fall", about=WALTERS_HOME, trusts=("rotherham",), device="192.0.2.7 Firefox",
        )
    )  # fmt: skip
    known = facts(a_member(postcode="s102jf", address="6oakstreet"))
    Sweeper(engine, lambda: NOON, "sweeper", known, Thresholds(), TELL, rest=0.0).turn()


def test_a_notice_says_the_reference_and_where_to_look_and_nothing_of_anybody(
    engine: Engine, log: Log, office: PostOffice
) -> None:
    raise_some(engine, log)

    assert a_postman(engine, office, Clock()).turn() == 2

    found = Alerts(engine).list(Reader("u-nora", Scope("RHQ", "")), Wanted())
    assert {alert.rule for alert in found} == {Rule.BREAK_GLASS, Rule.NEIGHBOUR}
    everything = b"".join(office.taken).decode().casefold()
    assert not [word for word in told_by_the_entry() if word.casefold() in everything]
    for text in office.letters:
        for alert in found:
            assert alert.reference in text
        assert f"Sign in at {ADDRESS}" in text
    assert [message_from_bytes(text.encode())["To"] for text in office.letters] == [TO["RFR"], TO["RHQ"]]


def told_by_the_entry() -> list[str]:
    number = [WALTER, "999 412 7039", "7039"]
    names = ["Hargreaves", "Walter", "Farrell", "Amina", AMINA.user_id, "1944", "S10 2JF", "Oak"]
    rules = ["glass", "neighbour", "address", "postcode", "unconscious", "fall", "192.0.2.7", "consultant", "result"]
    return [*number, *names, *rules]


def test_a_notice_goes_once_to_those_whose_staff_or_data_it_is_about(
    engine: Engine, log: Log, office: PostOffice
) -> None:
    raise_some(engine, log)
    postman = a_postman(engine, office, Clock())
    postman.turn()

    assert postman.turn() == 0
    assert len(office.letters) == 2


def test_a_notice_that_was_not_taken_is_tried_again_later_and_later(
    engine: Engine, log: Log, office: PostOffice
) -> None:
    raise_some(engine, log)
    clock = Clock()
    postman = a_postman(engine, office, clock)
    office.refuses = True

    assert postman.turn() == 0
    tried = len(office.taken)
    assert postman.turn() == 0
    assert len(office.taken) == tried  # not before a minute has gone by

    office.refuses = False
    clock.now += timedelta(minutes=1)
    assert postman.turn() == 2
    with engine.connect() as connection:
        assert set(connection.execute(select(notices.c.tries)).scalars()) == {2}


def test_a_mail_server_that_is_not_there_stops_nothing(engine: Engine, log: Log, office: PostOffice) -> None:
    raise_some(engine, log)
    settings = NoticeSettings("127.0.0.1", 1, "trustline@example.org", TO, encrypted=False)
    postman = Postman(
        engine, Clock(), "w", lambda to, some: letter("a@b.example", TO[to], some, ADDRESS),
        lambda message: send_by_smtp(settings, message),
    )  # fmt: skip

    assert postman.turn() == 0
    with engine.connect() as connection:
        assert set(connection.execute(select(notices.c.sent_at)).scalars()) == {None}


def test_one_worker_sends_at_a_time(engine: Engine, log: Log, office: PostOffice) -> None:
    clock = Clock()
    a_postman(engine, office, clock, "worker-1")._take_turn()
    raise_some(engine, log)

    assert a_postman(engine, office, clock, "worker-2").turn() == 0
    clock.now += LEASE
    assert a_postman(engine, office, clock, "worker-2").turn() == 2


def test_hundreds_of_alerts_are_one_mail_of_fifty_references(engine: Engine, log: Log, office: PostOffice) -> None:
    log.append(*[an_event(claim="in-department", nhs_number=f"{number:010d}", trusts=()) for number in range(30)])
    Sweeper(engine, lambda: NOON, "s", facts(), Thresholds(), TELL, rest=0.0).turn()

    assert a_postman(engine, office, Clock()).turn() == 2  # 60 alerts: each said only, and without a reason
