"""Publish the log: sign a checkpoint when it grew, have every trust's witness cosign it, and keep what they say.

Rule: nothing here can hold up an entry or a page. A witness that is down, late or lying is written down as such,
and is asked again; a log that no longer holds what was signed before is not signed.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from viewer.audit.checkpoint import (
    MOST_STEPS,
    Behind,
    Checkpoint,
    Disputed,
    NoCosignature,
    Reply,
    add_checkpoint,
    read_reply,
)
from viewer.audit.checkpoints import (
    Published,
    Standing,
    give_up_turn,
    keep_checkpoint,
    keep_cosignature,
    keep_standings,
    newest,
    standings,
    take_turn,
)
from viewer.audit.note import Cosigned, SigningKey, VerifierKey
from viewer.audit.rows import DamagedLogError, Head, read_head, subtrees
from viewer.audit.tree import consistency_proof, proves_consistency
from viewer.repeating import Repeating
from viewer.store.database import writing


class Send(Protocol):
    """The part of PlainFetch that posts a body; it raises OSError when no answer came."""

    def __call__(  # noqa: D102
        self, method: str, url: str, *, headers: Mapping[str, str], content: bytes, deadline: float
    ) -> tuple[int, Mapping[str, str], bytes]: ...


@dataclass(frozen=True, slots=True)
class Witness:
    """A trust's witness: where it is and the key it cosigns with."""

    trust: str
    address: str
    key: VerifierKey


@dataclass(frozen=True, slots=True)
class Pace:
    """How often, and how long to wait."""

    look: timedelta = timedelta(seconds=1)  # between looks at whether the log grew
    most: timedelta = timedelta(seconds=10)  # that an entry waits for a checkpoint
    entries: int = 1_000  # that do not wait
    deadline: timedelta = timedelta(seconds=5)  # for each witness, whatever it takes to ask it


class NotSigned(Exception):  # noqa: N818  a state of the log
    """The log does not hold what was signed before, so it is not signed again."""


class Publisher:
    """One a worker. When its thread ends, another worker publishes."""

    def __init__(
        self,
        engine: Engine,
        clock: Callable[[], datetime],
        key: SigningKey,
        witnesses: Sequence[Witness],
        send: Send,
        holder: str,
        pace: Pace | None = None,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._key = key
        self._witnesses = tuple(witnesses)
        self._send = send
        self._holder = holder
        self._pace = pace or Pace()
        self.thread = Repeating("log publisher", self._publish_or_say, self._pace.look, at_end=self._give_up_turn)
        self._asked_at: datetime | None = None
        self.trouble = ""  # why the last round came to nothing

    def publish(self) -> bool:
        """Publish now if it is this worker's turn; say whether it was."""
        if not take_turn(self._engine, self._holder, self._clock()):
            return False
        self._asked_at = self._clock()
        with self._engine.connect() as connection:
            published = newest(connection)
            checkpoint = self._next_checkpoint(connection, published)
        if checkpoint is not None:
            published = self._sign(checkpoint)
        if published is not None:
            self._have_cosigned(published)
        return True

    def _publish_or_say(self) -> None:
        try:
            if self._is_due():
                self.publish()
            self.trouble = ""
        except (SQLAlchemyError, DamagedLogError, NotSigned) as problem:
            # Whoever reads the ledger sees since when nothing was confirmed; the next round tries again.
            self.trouble = type(problem).__name__

    def _give_up_turn(self) -> None:
        try:
            give_up_turn(self._engine, self._holder)
        except SQLAlchemyError as problem:
            self.trouble = type(problem).__name__

    def _is_due(self) -> bool:
        with self._engine.connect() as connection:
            head, published = read_head(connection), newest(connection)
            size = published.size if published else 0
            stand = standings(connection, self._known())
        if head.size - size >= self._pace.entries:
            return True
        waited = self._asked_at is None or self._clock() - self._asked_at >= self._pace.most
        return waited and (head.size > size or any(one.cosigned < size for one in stand))

    # ── Signing ──────────────────────────────────────────────────────────────────────────────────

    def _next_checkpoint(self, connection: Connection, published: Published | None) -> Checkpoint | None:
        """Return what is to be signed now: nothing, when the log did not grow."""
        head = read_head(connection)
        if published is not None:
            _refuse_another_log(connection, published, head)
            if head.size == published.size:
                return None
        return Checkpoint(self._key.verifier.name, head.size, head.root) if head.size else None

    def _sign(self, checkpoint: Checkpoint) -> Published:
        note, now = self._key.sign(checkpoint.text), self._clock()
        with writing(self._engine) as connection:
            kept = newest(connection)
            if kept is not None and kept.size >= checkpoint.size:  # another worker was as quick
                return kept
            keep_checkpoint(connection, checkpoint, note, now)
        return Published(checkpoint.size, checkpoint.root, note, now)

    # ── Cosigning ────────────────────────────────────────────────────────────────────────────────

    def _have_cosigned(self, published: Published) -> None:
        """Ask every witness that has not cosigned this checkpoint, all at once, and keep what they say."""
        with self._engine.connect() as connection:
            stand = standings(connection, self._known())
        asked = list(zip(self._witnesses, stand, strict=True))
        with ThreadPoolExecutor(max(1, len(asked)), "log witness") as together:
            replies = list(together.map(lambda pair: self._ask(pair[0], pair[1], published), asked))
        now = self._clock()
        with writing(self._engine) as connection:
            for one, reply in zip(stand, replies, strict=True):
                if isinstance(reply, Cosigned):
                    keep_cosignature(connection, one.trust, published.size, reply, now)
            after = [_after(one, reply, published.size) for one, reply in zip(stand, replies, strict=True)]
            keep_standings(connection, after, now)

    def _ask(self, witness: Witness, standing: Standing, published: Published) -> Reply | None:
        """Ask one witness, and once more when it last cosigned another size than we thought; None: no need."""
        if standing.cosigned >= published.size:
            return None
        ends = self._clock() + self._pace.deadline
        reply = self._ask_once(witness, standing.size, published, ends)
        if isinstance(reply, Behind):
            reply = self._ask_once(witness, reply.size, published, ends)
        return reply

    def _ask_once(self, witness: Witness, old: int, published: Published, ends: datetime) -> Reply:
        left = (ends - self._clock()).total_seconds()
        if left <= 0:
            return NoCosignature("it was too slow")
        if old > published.size:
            old = 0  # what we thought cannot be; the witness will say where it is
        body = add_checkpoint(old, self._proof(old, published.size), published.note)
        try:
            status, headers, said = self._send(
                "POST",
                f"{witness.address}/add-checkpoint",
                headers={"Content-Type": "text/plain; charset=utf-8"},
                content=body,
                deadline=left,
            )
        except OSError as problem:
            return NoCosignature(str(problem))
        kind = headers.get("content-type", "")
        return read_reply(status, kind, said, witness.key, published.note, (old, published.size), self._clock())

    def _proof(self, old: int, size: int) -> tuple[bytes, ...]:
        if old == 0:
            return ()
        with self._engine.connect() as connection:
            return consistency_proof(old, size, subtrees(connection))[:MOST_STEPS]

    def _known(self) -> list[tuple[str, VerifierKey]]:
        return [(one.trust, one.key) for one in self._witnesses]


def _refuse_another_log(connection: Connection, published: Published, head: Head) -> None:
    """A log signs nothing that is not a continuation of what it signed before."""
    if head.size < published.size:
        raise NotSigned(f"the log has {head.size} entries, and {published.size} were signed")
    proof = consistency_proof(published.size, head.size, subtrees(connection))
    if not proves_consistency(published.size, published.root, head.size, head.root, proof):
        raise NotSigned(f"the first {published.size} entries are not those that were signed")


def _after(one: Standing, reply: Reply | None, size: int) -> Standing:
    """Return how a witness stands after its reply."""
    match reply:
        case None:
            return one
        case Cosigned():
            return replace(one, size=size, cosigned=size, trouble="", disputed=False)
        case Behind(known):
            return replace(one, size=known, trouble="it changed its mind about what it last cosigned")
        case Disputed(reason):
            return replace(one, trouble=reason, disputed=True)
        case NoCosignature(reason):
            return replace(one, trouble=reason)
