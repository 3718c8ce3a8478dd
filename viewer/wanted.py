"""Count how often a test was looked for, and a recent result of another trust existed.

Rule: counts alone, of nobody in particular, and beside the pages: what fails or takes long here costs a count, and
nothing else.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import BoundedSemaphore
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, insert, select, update

from connectors.answer import Trust
from viewer.access.clinician import Clinician
from viewer.clinical.retest import Circumstances, Done, Existed, existed
from viewer.store.database import writing
from viewer.store.wanted_tables import wanted

log = logging.getLogger(__name__)

GP = "gp"  # every practice is one asker: a small one would be somebody
_WAITING = 200  # answers that may wait to be counted; more are let go
_LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True, slots=True)
class Looked:
    """How often one test was looked for from one place in one month, and what existed."""

    month: str
    test: str
    asker: str
    existed: Existed
    count: int


class Wanted:
    """Writes counts in a thread of its own, and reads them."""

    def __init__(self, engine: Engine, trusts: Sequence[Trust]) -> None:
        self._engine = engine
        self._names = {trust.ods: trust.name for trust in trusts}
        self._writer = ThreadPoolExecutor(1, "wanted-writer")  # begins at first use, in the worker that uses it
        self._room = BoundedSemaphore(_WAITING)

    def count(self, who: Clinician, done: Sequence[Done], circumstances: Circumstances) -> None:
        """Count that these tests were looked for. It returns at once."""
        asker = self._names.get(who.organisation.ods, GP)
        month = f"{circumstances.now.astimezone(_LONDON):%Y-%m}"
        own = asker if asker != GP else ""
        counts = Counter((month, one.test.key, asker, existed(one, own, circumstances)) for one in done)
        if not counts or not self._room.acquire(blocking=False):
            return
        try:
            self._writer.submit(self._write, counts)
        except RuntimeError:  # it has been closed: the worker is ending
            self._room.release()

    def settle(self) -> None:
        """Wait until all that was counted before now has been written, or has failed."""
        self._writer.submit(lambda: None).result()

    def close(self) -> None:
        """Write what waits, and end."""
        self._writer.shutdown()

    def all(self) -> tuple[Looked, ...]:
        """Return every count."""
        with self._engine.connect() as database:
            rows = database.execute(select(wanted).order_by(wanted.c.month, wanted.c.test, wanted.c.asker)).all()
        return tuple(Looked(row.month, row.test, row.asker, Existed(row.existed), row.times) for row in rows)

    def _write(self, counts: "Counter[tuple[str, str, str, Existed]]") -> None:
        try:
            with writing(self._engine, "wanted") as database:
                for (month, test, asker, what), number in counts.items():
                    place = {"month": month, "test": test, "asker": asker, "existed": what.value}
                    here = [wanted.c[name] == value for name, value in place.items()]
                    added = update(wanted).where(*here).values(times=wanted.c.times + number)
                    if not database.execute(added).rowcount:
                        database.execute(insert(wanted).values(**place, times=number))
        except Exception as trouble:  # it may cost a count, and must not end the one thread that writes
            log.warning("a test that was looked for could not be counted: %s", type(trouble).__name__)
        finally:
            self._room.release()
