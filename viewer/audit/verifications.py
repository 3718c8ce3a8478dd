"""Keep in the log itself who verified it, when, and how far it was sound, and find the newest word of that.

Rule: a verification is what the log says of it, the same for every worker and after every start.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from viewer.access.access_event import Event
from viewer.audit.entry import Entry
from viewer.audit.scope import WholeLog
from viewer.audit.search import Criteria, Found
from viewer.audit.verify import Verified

SOUND, NOT_SOUND = "verified", "not sound"  # outcomes

_SAID = re.compile(r"sound to entry (?P<size>\d+)(?:; entry (?P<entry>\d+): (?P<problem>.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Verification:
    """One verification, as the log holds it."""

    found: Verified
    entry: int  # its number in the log
    by: str  # the organisation of whoever had it done


def outcome_of(found: Verified) -> str:
    """Return the outcome under which the log keeps it."""
    return SOUND if found.sound else NOT_SOUND


def in_words(found: Verified) -> str:
    """Return how far the log was sound, as the log keeps it."""
    return f"sound to entry {found.size}" + ("" if found.sound else f"; entry {found.entry}: {found.problem}")


def read_verification(entry: Entry) -> Verification | None:
    """Return what an entry says of a verification; None when it is about something else."""
    record = entry.record
    said = _SAID.search(record.because)
    if record.outcome not in (SOUND, NOT_SOUND) or said is None:
        return None
    at_fault = int(said["entry"]) if said["entry"] else None
    root = bytes.fromhex(record.digest)
    found = Verified(int(said["size"]), root, entry.at, said["problem"] or "", at_fault)
    return Verification(found, entry.seq, record.organisation or record.user_name)


class Verifications:
    """Knows the newest verification, and looks for a newer one only where one could stand."""

    def __init__(self, search: Callable[[Criteria], Found]) -> None:
        self._search = search
        self._newest: Verification | None = None

    def newest(self) -> Verification | None:
        """Return the newest verification that the log holds."""
        since = self._newest.found.at if self._newest else None
        for outcome in (SOUND, NOT_SOUND):
            criteria = Criteria(
                WholeLog(), event=Event.LEDGER_SEARCHED, outcome=outcome, since=since, limit=1, counted=False
            )
            for entry in self._search(criteria).entries:
                found = read_verification(entry)
                if found and (self._newest is None or found.entry > self._newest.entry):
                    self._newest = found
        return self._newest
