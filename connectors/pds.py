"""Ask PDS, the national record of who is who, for one patient's practice and whether the record is restricted.

Source: NHS England, Personal Demographics Service FHIR API (R4), application-restricted: GET {base}/Patient/{number}
with a token by `private_key_jwt` (RS512). The number stands in the path because the national interface knows no other
way; nothing here writes an address down (ADR 17).
Rule: PDS is asked beside the trusts, on their loop, within its own deadline, and delays none of them. Whatever
happens there is a PdsAnswer; only one with the outcome ANSWERED is PDS's word. Kept a minute for the one sign-in.
"""

import asyncio
import logging
import re
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from cachetools import TTLCache

from connectors.answer import Outcome, Trouble, Trust
from connectors.breaker import Breaker
from connectors.exchange import said_no
from connectors.fanout import Fanout, TrustHealth, where_it_broke
from connectors.fetch import Fetcher, Got, Sending, not_json
from connectors.pds_record import Word, read_record, read_refusal
from connectors.tokens import Tokens
from connectors.trust_config import Caps, TrustConfig, TrustSignIn

log = logging.getLogger(__name__)

ALGORITHM = "RS512"  # the only one the national token endpoint takes
_CAPS = Caps(bytes=1024 * 1024)
_NUMBER = re.compile(r"[0-9]{10}")
_LONDON = ZoneInfo("Europe/London")
_KEPT = frozenset({Outcome.ANSWERED, Outcome.NOT_KNOWN})
_GRACE = 10.0  # as in the fan-out: beyond the deadline and this, something of ours has broken
_OURS = "a fault of ours, which has been written down"


@dataclass(frozen=True, slots=True)
class PdsSettings:
    """How PDS is reached, as [pds] in partnership.toml says."""

    address: str  # FHIR base, no trailing slash
    sign_in: TrustSignIn
    deadline: timedelta  # around the token and the answer together


@dataclass(frozen=True, slots=True)
class PdsAnswer:
    """What PDS said of one NHS number, or why it said nothing.

    With the outcome ANSWERED it is PDS's word: `restricted` counts, and `practice` is the one practice of today.
    Without a practice `reason` says why; registration is then not proven. With any other outcome nothing is known.
    """

    outcome: Outcome
    asked_at: datetime
    took: timedelta
    practice: str = field(default="", repr=False)  # its ODS code
    restricted: bool = field(default=False, repr=False)
    reason: str = ""
    requests: int = 0  # HTTP requests made for it
    kept: bool = False  # came from the answers kept for a minute


@dataclass(frozen=True, slots=True)
class Parts:
    """What Pds is made of, apart from its settings."""

    clock: Callable[[], datetime]
    timer: Callable[[], float]
    new_id: Callable[[], str]  # for our log and theirs: X-Correlation-ID
    new_uuid: Callable[[], str]  # X-Request-ID, which PDS wants to be a UUID
    tokens: Tokens
    breaker: Breaker
    make_fetcher: Callable[[TrustConfig], Fetcher]
    keep_seconds: float = 60.0


class Pds:
    """One a worker, on the fan-out's loop. Safe from every thread."""

    def __init__(self, settings: PdsSettings, fanout: Fanout, parts: Parts) -> None:
        self._config = as_config(settings)
        self._fanout = fanout
        self._parts = parts
        self._lock = threading.Lock()
        self._kept: TTLCache[tuple[str, str], PdsAnswer] = TTLCache(10_000, parts.keep_seconds, parts.timer)
        self._coming: dict[tuple[str, str, bool], asyncio.Task[PdsAnswer]] = {}
        self._fetcher: Fetcher | None = None
        self._last: PdsAnswer | None = None
        fanout.host(self)

    def look_up(self, nhs_number: str, reader: str, *, again: bool = False) -> PdsAnswer:
        """Ask for a number on behalf of a sign-in, and wait for the answer."""
        return self.ask(nhs_number, reader, again=again)()

    def ask(self, nhs_number: str, reader: str, *, again: bool = False) -> "Asked":
        """Begin to ask, and return what waits for the answer: the trusts can be asked meanwhile.

        `again`: a person asked once more, and neither a kept answer nor the breaker stands in the way.
        """
        coming = self._fanout.run(lambda: self._answer(nhs_number, reader, again))
        return Asked(coming, self._wait)

    def health(self) -> TrustHealth:
        """Return how PDS has answered lately; what it said of anybody is not in it."""
        breaker, last = self._parts.breaker, self._last
        outcome, reason = (last.outcome, last.reason if last.outcome not in _KEPT else "") if last else (None, "")
        at, took = (last.asked_at, last.took) if last else (None, None)
        return TrustHealth("pds", breaker.state, breaker.failures, breaker.seconds_left(), outcome, reason, at, took)

    def forget(self, reader: str) -> None:
        """Let go of every answer kept for a sign-in that has ended. The fan-out says when."""
        with self._lock:
            for key in [key for key in self._kept if key[0] == reader]:
                self._kept.pop(key, None)

    async def close(self) -> None:
        """Let go of every connection. The fan-out says when."""
        if self._fetcher is not None:
            await self._fetcher.close()

    def _wait(self, coming: Future[PdsAnswer]) -> PdsAnswer:
        try:
            return coming.result(self._config.deadline.total_seconds() + _GRACE)
        except CancelledError:
            return self._nothing(Outcome.FAILED, "we were stopping, and did not wait for it")
        except TimeoutError:
            log.error("no answer of PDS came back from the loop")
            return self._nothing(Outcome.FAILED, _OURS)

    async def _answer(self, nhs_number: str, reader: str, again: bool) -> PdsAnswer:
        """Return a kept answer, or join those who wait for the same, or ask."""
        if not _NUMBER.fullmatch(nhs_number):
            return self._nothing(Outcome.NOT_KNOWN, "this is not an NHS number")
        with self._lock:
            kept = None if again else self._kept.get((reader, nhs_number))
        if kept is not None:
            return replace(kept, kept=True)
        key = (reader, nhs_number, again)
        if key not in self._coming:
            task = asyncio.get_running_loop().create_task(self._ask_and_keep(nhs_number, reader, again))
            self._coming[key] = task
            task.add_done_callback(lambda _: self._coming.pop(key, None))
        return await asyncio.shield(self._coming[key])

    async def _ask_and_keep(self, nhs_number: str, reader: str, again: bool) -> PdsAnswer:
        breaker = self._parts.breaker
        if not (breaker.lets_through() or again):
            reason = f"PDS failed {breaker.failures} times in a row, and is left alone for a moment"
            return self._nothing(Outcome.RESTING, reason)
        answer = await self._exchange(nhs_number)
        with self._lock:
            self._kept.pop((reader, nhs_number), None)  # what is older is not gone by again
            if answer.outcome in _KEPT:
                self._kept[reader, nhs_number] = answer
        return answer

    async def _exchange(self, nhs_number: str) -> PdsAnswer:
        began, asked_at = self._parts.timer(), self._parts.clock()
        exchange = _Exchange(self._config, self._open, self._parts, nhs_number)
        said = await exchange.run()
        took = timedelta(seconds=self._parts.timer() - began)
        if isinstance(said, Trouble):
            answer = PdsAnswer(said.outcome, asked_at, took, reason=_of_pds(said.reason), requests=exchange.requests)
        else:
            answer = PdsAnswer(
                Outcome.ANSWERED, asked_at, took, said.practice, said.restricted, said.reason, exchange.requests
            )
        self._parts.breaker.heard(answer.outcome, began)
        self._last = answer
        _write_down(answer, exchange.request_id)
        return answer

    def _open(self) -> Fetcher:
        if self._fetcher is None:
            self._fetcher = self._parts.make_fetcher(self._config)
        return self._fetcher

    def _nothing(self, outcome: Outcome, reason: str) -> PdsAnswer:
        return PdsAnswer(outcome, self._parts.clock(), timedelta(0), reason=reason)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to PDS under way: call it to wait for the answer."""

    coming: Future[PdsAnswer]
    wait: Callable[[Future[PdsAnswer]], PdsAnswer]

    def __call__(self) -> PdsAnswer:
        """Wait for the answer, no longer than PDS may take."""
        return self.wait(self.coming)

    def done(self) -> bool:
        """Say whether the answer is there already."""
        return self.coming.done()


@dataclass(slots=True)
class _Exchange:
    """One number put to PDS."""

    config: TrustConfig
    open_fetcher: Callable[[], Fetcher]
    parts: Parts
    nhs_number: str = field(repr=False)
    requests: int = 0
    request_id: str = ""
    _fetcher: Fetcher = field(init=False)

    async def run(self) -> Word | Trouble:
        """Ask, and return what came by the deadline."""
        self.request_id = self.parts.new_id()
        seconds = self.config.deadline.total_seconds()
        try:
            async with asyncio.timeout(seconds):
                self._fetcher = self.open_fetcher()
                return self._read(await self._ask())
        except TimeoutError:
            return Trouble(Outcome.LATE, f"PDS did not answer in {seconds:.1f} s")
        except Exception as mistake:
            # A mistake of ours costs PDS's word, and no page. Its message may hold the address, and is not written.
            log.error("an exchange with PDS broke: %s", where_it_broke(mistake))
            return Trouble(Outcome.FAILED, _OURS)

    async def _ask(self) -> Got | Trouble:
        """Ask with a token, and once more with a new one if PDS no longer knows it."""
        got, token = await self._ask_with_token()
        if token and isinstance(got, Got) and got.status == 401:
            self.parts.tokens.refuse(self.config, token)
            got, _ = await self._ask_with_token()
        return got

    async def _ask_with_token(self) -> tuple[Got | Trouble, str]:
        token = await self.parts.tokens.token(self.config, self._fetcher)
        if isinstance(token, Trouble):
            return token, ""
        return await self._send(token), token

    async def _send(self, token: str) -> Got | Trouble:
        # A connection that breaks before an answer is tried once more beneath: it is a GET.
        self.requests += 1
        headers = {
            "Accept": "application/fhir+json",
            "Authorization": f"Bearer {token}",
            "X-Request-ID": self.parts.new_uuid(),
            "X-Correlation-ID": self.request_id,
        }
        return await self._fetcher.send(
            Sending("GET", f"{self.config.address}/Patient/{self.nhs_number}", headers), self.config.caps
        )

    def _read(self, got: Got | Trouble) -> Word | Trouble:
        if isinstance(got, Trouble):
            return got
        if got.status in (400, 404) and (refusal := read_refusal(got.content)):
            return refusal
        if trouble := said_no(got) or not_json(got.headers):
            return trouble
        today = self.parts.clock().astimezone(_LONDON).date()
        return read_record(got.content, self.nhs_number, today, self.config.caps)


def as_config(settings: PdsSettings) -> TrustConfig:
    """Return PDS as the token desk and the client know whom they speak to: like a trust, though it is none."""
    return TrustConfig(
        trust=Trust("pds", "", "PDS", "Personal Demographics Service", ""),
        address=settings.address,
        connector="pds",
        sign_in=replace(settings.sign_in, algorithm=ALGORITHM),
        deadline=settings.deadline,
        hospital_number_system="",
        caps=_CAPS,
    )


def _of_pds(reason: str) -> str:
    return reason if reason.startswith("PDS") else f"PDS: {reason}"


def _write_down(answer: PdsAnswer, request_id: str) -> None:
    level = logging.INFO if answer.outcome in _KEPT else logging.WARNING
    log.log(
        level,
        "PDS was asked: outcome=%s took_ms=%.0f requests=%d request_id=%s",
        answer.outcome.name,
        answer.took.total_seconds() * 1000,
        answer.requests,
        request_id,
    )
