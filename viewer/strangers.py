"""Write down callers who prove nothing: one by one while they are few, and by their number when they are many.

Rule: whoever proves who they are is never counted here, and never waits. Every refusal stands in the log: by itself, or
in a count, which the log announces when it begins and holds when its minute has ended.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from ipaddress import IPv6Address, ip_address
from threading import Lock

from viewer.access.access_event import AccessEvent
from viewer.audit.writer import LogUnavailable

log = logging.getLogger(__name__)

OF_ONE_CALLER = 5  # refusals a minute that are written one by one: of one address that claims to be one caller
OF_ONE_ADDRESS = 20  # likewise of one address, whoever it claims to be
OF_ONE_NAME = 20  # likewise of one claimed caller, from whatever address
ANNOUNCED = "further refusals of this minute are counted"


@dataclass(frozen=True, slots=True)
class _Counted:
    """Refusals that are not written one by one: the first of them, how many, and of what they are the rest."""

    first: AccessEvent
    what: str
    count: int = 0


class Strangers:
    """The refusals of this worker's minute. What it keeps is bounded by what it writes."""

    def __init__(self, append: Callable[..., object], clock: Callable[[], datetime]) -> None:
        self._append = append
        self._clock = clock
        self._lock = Lock()
        self._minute = _minute_of(clock())
        self._written: Counter[str] = Counter()  # by share
        self._counted: dict[str, _Counted] = {}  # by share
        self._waiting: list[AccessEvent] = []  # counts that the log has not taken yet

    def write(self, refusal: AccessEvent) -> None:
        """Write a refusal down, or count it where its address or whom it claims to be has had its lines already."""
        with self._lock:
            self._turn_minute()
            lines = tuple(self._line(refusal))
        self._put(*lines)

    def settle(self) -> None:
        """Write down the counts of minutes that have ended. Whoever keeps time calls it."""
        with self._lock:
            self._turn_minute()
        self._put_counts()

    def begin_anew(self) -> None:
        """Write every count down now, and begin with nothing."""
        with self._lock:
            self._end_minute()
        self._put_counts()

    def _turn_minute(self) -> None:
        minute = _minute_of(self._clock())
        if minute != self._minute:
            self._minute = minute
            self._end_minute()

    def _end_minute(self) -> None:
        self._waiting += map(_in_one_line, self._counted.values())
        self._counted.clear()
        self._written.clear()

    def _line(self, refusal: AccessEvent) -> Iterator[AccessEvent]:
        """Yield the refusal if it is to be written; else count it."""
        shares = _shares(refusal)
        full = next((share for share, most, _ in shares if self._written[share] >= most), None)
        if full is not None:
            what = next(what for share, _, what in shares if share == full)
            so_far = self._counted.get(full, _Counted(refusal, what))
            self._counted[full] = replace(so_far, count=so_far.count + 1)
            return
        self._written.update(share for share, _, _ in shares)
        is_last = any(self._written[share] == most for share, most, _ in shares)
        yield replace(refusal, because=f"{refusal.because}; {ANNOUNCED}") if is_last else refusal

    def _put_counts(self) -> None:
        try:
            self._put()
        except LogUnavailable:
            log.warning("how many callers were refused could not be written down, and waits")

    def _put(self, *lines: AccessEvent) -> None:
        with self._lock:
            counts, self._waiting = self._waiting, []
        try:
            self._append(*counts, *lines)
        except LogUnavailable:
            with self._lock:
                self._waiting = [*counts, *self._waiting]
            raise


def _shares(refusal: AccessEvent) -> tuple[tuple[str, int, str], ...]:
    """Return of what a refusal takes a line: each with how many it has a minute, and its name in words."""
    address, name = _address(refusal), refusal.user
    return (
        (f"{address} as {name}", OF_ONE_CALLER, "from this address in this name"),
        (f"{address} as anybody", OF_ONE_ADDRESS, "from this address in any name"),
        (f"anybody as {name}", OF_ONE_NAME, "in this name from any address"),
    )


def _address(refusal: AccessEvent) -> str:
    """Return the caller's address; of one by IPv6 the network, of which a caller has every address."""
    sent, _, _ = refusal.device.partition(" ")
    try:
        address = ip_address(sent)
    except ValueError:
        return sent
    return str(int(address) >> 64) if isinstance(address, IPv6Address) else sent


def _in_one_line(counted: _Counted) -> AccessEvent:
    because = f"{counted.count} more refused in this minute {counted.what}; the first of them is named here"
    return replace(counted.first, because=because)


def _minute_of(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0)
