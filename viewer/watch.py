"""Make what works beside the pages: the log's sweeper, who tells officers of what it found, and who forgets in time.

Rule: all are threads of the worker; none is waited for by anybody who cares for a patient.
"""

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage

from sqlalchemy import Engine

from viewer.audit.alerts import Alerts
from viewer.audit.notices import Postman, letter, send_by_smtp
from viewer.audit.sweep import Sweeper
from viewer.configuration.review_file import NoticeSettings
from viewer.forgetting import forgetting
from viewer.launches import Launches
from viewer.repeating import Repeating
from viewer.settings import Settings
from viewer.worklists import Worklists

FORGETS_EVERY = timedelta(seconds=10)  # patients of links that ran out, docs/launch.md says so; and of worklists


@dataclass(frozen=True, slots=True)
class Watch:
    """The queue, the sweeper that fills it, and the postman, if anybody is to be told."""

    alerts: Alerts
    sweeper: Sweeper
    postman: Postman | None
    forgetting: Repeating

    def start(self) -> None:
        """Start the threads, if they do not run: after any fork."""
        for thread in self._threads():
            thread.start()

    def close(self) -> None:
        """End the threads."""
        for thread in self._threads():
            thread.close()

    def _threads(self) -> Iterator[Repeating]:
        yield from (self.sweeper.thread, self.forgetting)
        if self.postman:
            yield self.postman.thread


def make_watch(settings: Settings, engine: Engine, clock: Callable[[], datetime]) -> Watch:
    """Return what watches the log, not yet started."""
    review, name = settings.review, secrets.token_urlsafe(8)
    told = review.notices.to if review.notices else ()
    tell = {config.trust.ods: frozenset({config.trust.name}) for config in settings.trusts if config.trust.ods in told}
    return Watch(
        Alerts(engine),
        Sweeper(engine, clock, name, review.facts, review.thresholds, tell, review.every),
        _postman(review.notices, settings.address, engine, clock, name) if review.notices else None,
        forgetting(_forget(engine, clock), FORGETS_EVERY),
    )


def _forget(engine: Engine, clock: Callable[[], datetime]) -> Callable[[], object]:
    launches, lists = Launches(engine, clock, secrets.token_urlsafe), Worklists(engine, clock)

    def forget() -> None:
        launches.forget()
        lists.forget()

    return forget


def _postman(
    notices: NoticeSettings, address: str, engine: Engine, clock: Callable[[], datetime], name: str
) -> Postman:
    def compose(organisation: str, references: Sequence[str]) -> EmailMessage:
        return letter(notices.sender, notices.to[organisation], references, address)

    return Postman(engine, clock, name, compose, lambda message: send_by_smtp(notices, message))
