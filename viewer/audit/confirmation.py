"""Say how far the log is confirmed by the trusts, for the pages and the command.

Rule: nobody's care waits for this. What cannot be read is said to be unreadable, and the page comes all the same.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import SQLAlchemyError

from viewer.audit.checkpoint import Confirmation, Missing
from viewer.audit.rows import read_head
from viewer.store.checkpoint_tables import log_checkpoints, log_confirmations, log_witnesses
from viewer.store.tables import log_heads

PATIENCE = timedelta(minutes=1)  # that an entry may wait to be confirmed before anybody is told


class Confirmations:
    """Asked at every page, it reads the database every few seconds at most."""

    def __init__(
        self, engine: Engine, clock: Callable[[], datetime], is_signed: bool, fresh: timedelta = timedelta(seconds=2)
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._is_signed = is_signed
        self._fresh = fresh
        self._kept: tuple[datetime, Confirmation] | None = None

    def now(self) -> Confirmation:
        """Return how far the log is confirmed."""
        now, kept = self._clock(), self._kept
        if kept is None or not timedelta() <= now - kept[0] < self._fresh:
            kept = self._kept = now, self._read(now)
        return kept[1]

    def _read(self, now: datetime) -> Confirmation:
        try:
            with self._engine.connect() as connection:
                return read_confirmation(connection, now, self._is_signed)
        except SQLAlchemyError:
            return Confirmation(self._is_signed, unreadable=True)


def read_confirmation(connection: Connection, now: datetime, is_signed: bool) -> Confirmation:
    """Work it out from what the publisher kept."""
    entries = read_head(connection).size
    checkpoint = connection.execute(
        select(log_checkpoints.c.size).order_by(log_checkpoints.c.size.desc()).limit(1)
    ).scalar_one_or_none()
    confirmed = connection.execute(
        select(log_confirmations.c.size, log_confirmations.c.at, log_checkpoints.c.root)
        .join(log_checkpoints, log_checkpoints.c.size == log_confirmations.c.size)
        .order_by(log_confirmations.c.size.desc())
        .limit(1)
    ).one_or_none()
    size = confirmed.size if confirmed else 0
    witnesses = connection.execute(select(log_witnesses).order_by(log_witnesses.c.trust)).all()
    missing = tuple(
        Missing(row.trust, row.cosigned, row.trouble, bool(row.disputed))
        for row in witnesses
        if row.cosigned < (checkpoint or 0) or row.disputed
    )
    return Confirmation(
        is_signed=is_signed or checkpoint is not None,
        entries=entries,
        checkpoint=checkpoint or 0,
        size=size,
        root=bytes(confirmed.root) if confirmed else b"",
        confirmed_at=confirmed.at if confirmed else None,
        since=_waiting_since(connection, size, now) if is_signed or checkpoint is not None else None,
        eligible=len(witnesses),
        cosigned=len(witnesses) - len(missing),
        missing=missing,
    )


def _waiting_since(connection: Connection, size: int, now: datetime) -> datetime | None:
    """Return when the oldest entry that is not confirmed was written, if it has waited too long."""
    at = connection.execute(
        select(log_heads.c.at).where(log_heads.c.size > size).order_by(log_heads.c.size).limit(1)
    ).scalar_one_or_none()
    written = datetime.fromisoformat(at) if at else None
    return written if written and now - written > PATIENCE else None
