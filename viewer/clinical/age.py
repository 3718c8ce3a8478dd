"""How old a person is, as far as every record of them shows it."""

import calendar
import re
from datetime import date, datetime
from functools import lru_cache

from viewer.clinical.patient import Person


def is_adult(person: Person, at: datetime, years: int) -> bool | None:
    """Say whether every record shows that the person was so many years old by then; None where none gives a birth date.

    A birth date that was given in part counts as its last day.
    """
    given = [record.born for record in person.records if record.born]
    latest = [_last_day(born) for born in given]
    if not latest or None in latest:
        return None
    grown = [_birthday(born, years) for born in latest if born]
    return all(day <= at.date() for day in grown)


@lru_cache(1_024)  # asked of every test of the list, each time a page is laid out
def _last_day(born: str) -> date | None:
    parts = _BORN.fullmatch(born)
    if not parts:
        return None
    year, month, day = int(parts[1]), int(parts[2] or 12), parts[3]
    try:
        return date(year, month, int(day) if day else calendar.monthrange(year, month)[1])
    except (ValueError, calendar.IllegalMonthError):
        return None


_BORN = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", re.ASCII)


@lru_cache(1_024)
def _birthday(born: date, years: int) -> date:
    """Return the day on which they turn so old; who was born on 29 February turns so old on 1 March."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(min(born.year + years, date.max.year), 3, 1) if born.month == 2 else date.max
