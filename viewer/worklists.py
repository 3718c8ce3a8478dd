"""Keep which patients a practice wants to hear of, and since when what is issued is new to it.

Rule: kept is what names them on the list and what it takes to ask again: no place, and no number of a hospital's. Who
is not opened from the list for half a year is forgotten.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Engine, delete, insert, select, update

from viewer.clinical.patient import Person
from viewer.steps import number_of
from viewer.store.database import writing
from viewer.store.worklist_tables import worklists

MOST = 200  # patients on one practice's list: each look asks every trust about each of them
KEPT = timedelta(days=180)  # since they were put on the list, or last opened from it


@dataclass(frozen=True, slots=True)
class OnList:
    """A patient on a practice's list."""

    person: Person
    since: datetime
    until: datetime  # when they are forgotten, unless they are opened from the list before


class Worklists:
    """Every practice's list, in the database, so that all of the practice see the same."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    def of(self, practice: str) -> tuple[OnList, ...]:
        """Return the practice's list."""
        table = worklists.c
        theirs = (table.practice == practice, table.until > self._clock())
        asked = select(table.person, table.since, table.until).where(*theirs).order_by(table.nhs_number)
        with self._engine.connect() as database:
            rows = database.execute(asked).all()
        return tuple(OnList(msgspec.json.decode(row.person, type=Person), row.since, row.until) for row in rows)

    def has_room(self, practice: str, person: Person) -> bool:
        """Say whether this patient can be put on the list: whoever has a number, if on it already or it is not full."""
        number, numbers = number_of(person), {number_of(one.person) for one in self.of(practice)}
        return bool(number) and (number in numbers or len(numbers) < MOST)

    def add(self, practice: str, person: Person) -> bool:
        """Put a patient on the list; no when it has no room for them.

        Of one who is on it already, since when things are new stays as it is: nobody has looked.
        """
        number = number_of(person)
        if not self.has_room(practice, person):
            return False
        now, mine = self._clock(), _row(practice, number)
        kept = {"person": msgspec.json.encode(as_kept(person)), "until": now + KEPT}
        row = {"practice": practice, "nhs_number": number, "since": now, **kept}
        with writing(self._engine) as database:
            database.execute(delete(worklists).where(*mine, worklists.c.until <= now))
            if not database.execute(update(worklists).where(*mine).values(kept)).rowcount:
                database.execute(insert(worklists).values(row))
        return True

    def remove(self, practice: str, person: Person) -> None:
        """Take a patient off the list."""
        with writing(self._engine) as database:
            database.execute(delete(worklists).where(*_row(practice, number_of(person))))

    def opened(self, practice: str, person: Person) -> None:
        """Keep a patient who was opened from the list for as long again."""
        with writing(self._engine) as database:
            mine = update(worklists).where(*_row(practice, number_of(person)))
            database.execute(mine.values(until=self._clock() + KEPT))

    def forget(self) -> None:
        """Forget those whose time on a list has run out: whoever keeps time calls it, whether or not anybody looks."""
        table, now = worklists.c, self._clock()
        with self._engine.connect() as database:
            if database.execute(select(table.practice).where(table.until <= now).limit(1)).first() is None:
                return  # nearly always: nobody who writes is kept waiting
        with writing(self._engine) as database:
            database.execute(delete(worklists).where(table.until <= now))

    def looked(self, practice: str, person: Person, at: datetime) -> None:
        """Remember that somebody of the practice saw everything there was of this patient at that moment."""
        with writing(self._engine) as database:
            mine = update(worklists).where(*_row(practice, number_of(person)), worklists.c.since < at)
            database.execute(mine.values(since=at))


def as_kept(person: Person) -> Person:
    """Return what is kept of somebody: who they are, and how their registration is proven where PDS is not asked."""
    records = (replace(one, postcode="", address=(), hospital_number="", problems=()) for one in person.records)
    return replace(person, records=tuple(records))


def _row(practice: str, number: str) -> tuple:  # type: ignore[type-arg]  # of SQLAlchemy's own conditions
    return (worklists.c.practice == practice, worklists.c.nhs_number == number)
