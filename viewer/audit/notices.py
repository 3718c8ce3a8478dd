"""Tell officers by e-mail that there is something to review.

Rule: a notice carries references and where to look: no name, no number, no rule, no count of anybody's.
It is queued with the alert in one transaction and sent later, again and again until it is taken; nobody waits for it.
"""

import logging
import smtplib
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Protocol

from sqlalchemy import Engine, Row, and_, func, insert, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from viewer.repeating import Repeating
from viewer.store.alert_tables import alerts, notices, sweeps
from viewer.store.database import writing

log = logging.getLogger(__name__)

PATIENCE = timedelta(seconds=10)  # for each word of the mail server
LEASE = timedelta(minutes=2)
LONGEST = timedelta(hours=1)  # between two tries
TOGETHER = 50  # references in one mail
_TURN = "notices"


class Telling(Protocol):
    """The part of the settings that says how officers are told."""

    @property
    def host(self) -> str: ...  # noqa: D102
    @property
    def port(self) -> int: ...  # noqa: D102
    @property
    def sender(self) -> str: ...  # noqa: D102
    @property
    def encrypted(self) -> bool: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Waiting:
    """Notices for one organisation that are due."""

    organisation: str
    numbers: tuple[int, ...]
    references: tuple[str, ...]
    tries: int


def letter(sender: str, to: str, references: Sequence[str], address: str) -> EmailMessage:
    """Return the mail: which alerts there are, by reference, and where to read them."""
    message = EmailMessage()
    message["From"], message["To"] = sender, to
    message["Subject"] = f"Trustline: {references[0]}" + (" and others" if len(references) > 1 else "")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(
        "There is something to review in Trustline:\n\n"
        + "".join(f"  {reference}\n" for reference in references)
        + f"\nSign in at {address} and choose Alerts. Please do not write about it by e-mail.\n"
    )
    return message


def send_by_smtp(settings: Telling, message: EmailMessage) -> None:
    """Hand the mail to the server, or raise OSError or smtplib.SMTPException."""
    with smtplib.SMTP(settings.host, settings.port, timeout=PATIENCE.total_seconds()) as server:
        if settings.encrypted:
            server.starttls(context=ssl.create_default_context())
        server.send_message(message)


class Postman:
    """One per worker; one at a time sends. What its thread did not send is sent by the next."""

    def __init__(
        self,
        engine: Engine,
        clock: Callable[[], datetime],
        name: str,
        compose: Callable[[str, Sequence[str]], EmailMessage],
        send: Callable[[EmailMessage], None],
        every: timedelta = timedelta(seconds=5),
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._name = name
        self._compose = compose  # for an organisation, of references
        self._send = send
        self.thread = Repeating("postman", self._turn_or_say, every)

    def turn(self) -> int:
        """Send what is due, if it is this worker's turn; return how many mails were taken."""
        sent = 0
        for waiting in self._due():
            if self.thread.is_ending() or not self._take_turn():
                break
            sent += self._deliver(waiting)
        return sent

    def _turn_or_say(self) -> None:
        try:
            self.turn()
        except SQLAlchemyError as problem:  # the notices are still there, and are sent later
            log.warning("notices cannot be read: %s", type(problem).__name__)

    def _due(self) -> list[Waiting]:
        due = (
            select(notices, alerts.c.reference)
            .join(alerts, alerts.c.number == notices.c.number)
            .where(notices.c.sent_at.is_(None), notices.c.next_at <= self._clock())
            .order_by(notices.c.organisation, notices.c.number)
            .limit(1000)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(due).all()
        by_organisation: dict[str, list[Row[tuple[object, ...]]]] = {}
        for row in rows:
            by_organisation.setdefault(row.organisation, []).append(row)
        return [
            Waiting(
                organisation,
                tuple(row.number for row in some),
                tuple(row.reference for row in some),
                max(row.tries for row in some),
            )
            for organisation, theirs in by_organisation.items()
            for some in (theirs[start : start + TOGETHER] for start in range(0, len(theirs), TOGETHER))
        ]

    def _take_turn(self) -> bool:
        now, columns = self._clock(), sweeps.c
        free = or_(columns.holder == self._name, columns.until <= now)
        mine = {"at": now, "holder": self._name, "until": now + LEASE}
        with writing(self._engine, turn="review") as connection:
            if connection.execute(update(sweeps).where(columns.name == _TURN, free).values(**mine)).rowcount == 1:
                return True
            there = select(func.count()).select_from(sweeps).where(columns.name == _TURN)
            if connection.execute(there).scalar_one():
                return False
            connection.execute(insert(sweeps), [{"name": _TURN, "position": 0, **mine}])
            return True

    def _deliver(self, waiting: Waiting) -> int:
        """Send one mail, and write that it was taken: should this be killed in between, it is sent again."""
        try:
            self._send(self._compose(waiting.organisation, waiting.references))
        except (OSError, smtplib.SMTPException) as problem:
            log.warning("a notice was not taken by the mail server: %s", type(problem).__name__)
            wait = min(LONGEST, timedelta(minutes=1) * 2 ** min(waiting.tries, 10))
            self._mark(waiting, tries=waiting.tries + 1, next_at=self._clock() + wait)
            return 0
        self._mark(waiting, tries=waiting.tries + 1, sent_at=self._clock())
        return 1

    def _mark(self, waiting: Waiting, **values: object) -> None:
        these = and_(notices.c.organisation == waiting.organisation, notices.c.number.in_(waiting.numbers))
        with writing(self._engine, turn="review") as connection:
            connection.execute(update(notices).where(these).values(**values))
