"""Let a trust rest that has failed again and again, and try it again soon.

Rule: a breaker spares a trust and our readers some waiting. It never stands between a person's
"Ask again" and the trust, and one answer, however it came, closes it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from connectors.answer import Outcome

# What says that the trust as a whole is unwell. A garbled or oversize answer may be about one patient alone.
UNWELL = frozenset({Outcome.LATE, Outcome.UNREACHABLE, Outcome.FAILED, Outcome.BUSY, Outcome.SIGN_IN_FAILED})


class Breaking(StrEnum):
    """Whether a trust is asked."""

    ASKED = "asked"
    RESTING = "resting"
    TRIED = "being tried"  # its rest is over and one question is on its way


@dataclass(slots=True)
class Breaker:
    """One trust's breaker. Used on one event loop; read from anywhere.

    Failures are in a row when each began after the last one ended: sixty readers who wait
    for one slow moment have seen one failure, not sixty.
    """

    timer: Callable[[], float]
    most: int = 5  # failures in a row
    rest: float = 10.0  # seconds
    failures: int = 0
    state: Breaking = Breaking.ASKED
    _until: float = 0.0
    _last: float = float("-inf")  # when the last failure ended

    def lets_through(self) -> bool:
        """Say whether the trust is asked now. After its rest, one question tries it for the others."""
        if self.state is Breaking.RESTING and self.timer() >= self._until:
            self.state = Breaking.TRIED
            return True
        return self.state is Breaking.ASKED

    def heard(self, outcome: Outcome, began: float) -> None:
        """Take note of how an exchange ended that began at that time."""
        if outcome not in UNWELL:
            self.failures, self.state = 0, Breaking.ASKED
            return
        if began < self._last:
            return
        self.failures, self._last = self.failures + 1, self.timer()
        if self.failures >= self.most:
            self.state, self._until = Breaking.RESTING, self.timer() + self.rest

    def seconds_left(self) -> float:
        """Return how long the trust still rests."""
        return max(0.0, self._until - self.timer()) if self.state is Breaking.RESTING else 0.0

    def in_words(self) -> str:
        """Return why the trust is not asked, and for how long."""
        seconds = round(self.seconds_left())
        if self.state is Breaking.TRIED:
            now = "is being tried again now"
        else:
            now = f"is left alone for {seconds} s more" if seconds else "may be asked again now"
        return f"it failed {self.failures} times in a row and {now}"
