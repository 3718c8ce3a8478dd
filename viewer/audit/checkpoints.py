"""Keep checkpoints, cosignatures, how each witness stands and whose turn it is, in the database.

Rule: only one worker publishes at a time, and a worker that dies loses its turn within half a minute.
Nothing depends on it: two that publish at once sign the same bytes, because they read the same log.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, insert, select, update

from viewer.audit.checkpoint import Checkpoint, confirmed_size
from viewer.audit.note import Cosigned, NotANote, Note, VerifierKey, read_note
from viewer.audit.rows import DamagedLogError
from viewer.store.checkpoint_tables import (
    log_checkpoints,
    log_confirmations,
    log_cosignatures,
    log_publishing,
    log_witnesses,
)
from viewer.store.database import writing

TURN = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a trust's witness stands, as far as we know."""

    trust: str
    key: VerifierKey
    size: int = 0  # what it says it last cosigned: the next proof begins there
    cosigned: int = 0  # the largest of which we hold its cosignature, checked
    trouble: str = ""
    disputed: bool = False


@dataclass(frozen=True, slots=True)
class Published:
    """A checkpoint as the log signed it."""

    size: int
    root: bytes
    note: Note
    at: datetime


# ── Whose turn it is ─────────────────────────────────────────────────────────────────────────────


def take_turn(engine: Engine, holder: str, now: datetime) -> bool:
    """Take or keep the turn to publish; say whether it is now this holder's."""
    with writing(engine) as connection:
        turn = connection.execute(select(log_publishing)).one_or_none()
        if turn is None:
            connection.execute(insert(log_publishing), [{"turn": 1, "holder": holder, "until": now + TURN}])
            return True
        if turn.holder != holder and turn.until > now:
            return False
        taking = update(log_publishing).where(log_publishing.c.holder == turn.holder)
        taken = connection.execute(taking.values(holder=holder, until=now + TURN))
        return bool(taken.rowcount)


def give_up_turn(engine: Engine, holder: str) -> None:
    """Let another worker publish at once."""
    with writing(engine) as connection:
        connection.execute(delete(log_publishing).where(log_publishing.c.holder == holder))


# ── What was signed ──────────────────────────────────────────────────────────────────────────────


def newest(connection: Connection) -> Published | None:
    """Return the newest checkpoint."""
    return next(_published(connection, newest_only=True), None)


def keep_checkpoint(connection: Connection, checkpoint: Checkpoint, note: Note, at: datetime) -> None:
    """Keep a checkpoint that the log has just signed."""
    row = {"size": checkpoint.size, "root": checkpoint.root, "note": str(note), "at": at}
    connection.execute(insert(log_checkpoints), [row])


def keep_cosignature(connection: Connection, trust: str, size: int, cosigned: Cosigned, at: datetime) -> None:
    """Keep the first cosignature of each key at each size."""
    row = {"size": size, "witness": str(cosigned.key), "trust": trust, "line": str(cosigned.signature), "at": at}
    have = select(log_cosignatures.c.size).where(
        log_cosignatures.c.size == size, log_cosignatures.c.witness == row["witness"]
    )
    if connection.execute(have).one_or_none() is None:
        connection.execute(insert(log_cosignatures), [row])


def notes(engine: Engine) -> Iterator[str]:
    """Yield every checkpoint with its cosignatures, oldest first, as notes that anybody can check."""
    with engine.connect() as connection:
        for one in _published(connection):
            lines = select(log_cosignatures.c.line).where(log_cosignatures.c.size == one.size)
            ordered = lines.order_by(log_cosignatures.c.trust, log_cosignatures.c.witness)
            yield str(one.note) + "".join(connection.execute(ordered).scalars())


def _published(connection: Connection, newest_only: bool = False) -> Iterator[Published]:
    order = log_checkpoints.c.size.desc() if newest_only else log_checkpoints.c.size
    rows = select(log_checkpoints).order_by(order).limit(1 if newest_only else None)
    with closing(connection.execute(rows.execution_options(yield_per=1000))) as found:
        for row in found:
            note = read_note(row.note.encode())
            if isinstance(note, NotANote):
                raise DamagedLogError(f"the checkpoint at {row.size} entries {note.reason}")
            yield Published(row.size, bytes(row.root), note, row.at)


# ── How the witnesses stand ──────────────────────────────────────────────────────────────────────


def standings(connection: Connection, witnesses: Iterable[tuple[str, VerifierKey]]) -> tuple[Standing, ...]:
    """Return how each of these witnesses stands; one that was never asked, or has another key now, at nought."""
    known = {(row.trust, row.witness): row for row in connection.execute(select(log_witnesses))}
    return tuple(_standing(trust, key, known.get((trust, str(key)))) for trust, key in witnesses)


def keep_standings(connection: Connection, standing: Sequence[Standing], at: datetime) -> None:
    """Keep how the witnesses stand, forget those that are no longer configured, and note what is now confirmed."""
    connection.execute(delete(log_witnesses))
    rows = [_row(one) | {"at": at} for one in standing]
    if rows:
        connection.execute(insert(log_witnesses), rows)
    _keep_confirmation(connection, [one.cosigned for one in standing], at)


def _keep_confirmation(connection: Connection, cosigned: Sequence[int], at: datetime) -> None:
    size = confirmed_size(cosigned)
    last = connection.execute(
        select(log_confirmations.c.size).order_by(log_confirmations.c.size.desc()).limit(1)
    ).scalar_one_or_none()
    if size > (last or 0):
        by = sum(one >= size for one in cosigned)
        row = {"size": size, "at": at, "cosigned": by, "eligible": len(cosigned)}
        connection.execute(insert(log_confirmations), [row])


def _standing(trust: str, key: VerifierKey, row: Row[Any] | None) -> Standing:
    if row is None:
        return Standing(trust, key)
    return Standing(trust, key, row.size, row.cosigned, row.trouble, bool(row.disputed))


def _row(one: Standing) -> dict[str, Any]:
    return {
        "trust": one.trust,
        "witness": str(one.key),
        "size": one.size,
        "cosigned": one.cosigned,
        "trouble": one.trouble,
        "disputed": int(one.disputed),
    }
