"""Count the codes that no signed map speaks of, off the pages' path.

Rule: which code, on how many pages and on which days, and whether it ever came with more than words; nothing of a
patient, and no value. A name as sent may hold
anything, so it is kept only when it is short, and two patients' results came with the same name under the same code.
What cannot be counted is let go: no page waits for this, and none fails by it.
"""

import logging
import re
import secrets
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import blake2b
from threading import BoundedSemaphore
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, bindparam, case, func, insert, select, update

from viewer.clinical.analyte import Catalogue, CodeMap
from viewer.clinical.nhs_number import NHSNumber, read_nhs_number
from viewer.clinical.row import Row
from viewer.clinical.unmapped import Unmapped, unmapped
from viewer.store.code_tables import unmapped_codes
from viewer.store.database import writing

log = logging.getLogger(__name__)

LONDON = ZoneInfo("Europe/London")
NOT_KEPT = "(not kept)"  # in place of a code or system that may hold more than a code
MOST = 2_000  # codes of one trust that are kept: one that sends codes by the thousand sends no codes
_WAITING = 20  # pages that may wait to be counted; more are let go
_REMEMBERED = 5_000  # codes whose names are waited for at once

_CODE, _SYSTEM = re.compile(r"[!-~]{1,40}"), re.compile(r"[!-~]{1,200}")
_NAME = re.compile(r"(?!.*[0-9]{4}).{1,59}")  # no year, no number of anybody
_TEN_DIGITS = re.compile(r"(?<![0-9])[0-9]{3}[-._/]?[0-9]{3}[-._/]?[0-9]{4}(?![0-9])")  # however it is written


@dataclass(frozen=True, slots=True)
class Count:
    """One code that no map speaks of, and how often it was seen."""

    trust: str
    system: str
    code: str
    name: str  # "" when it is not kept
    looks: int
    first_seen: date
    last_seen: date
    in_words: bool = False  # no number came under it: it needs no map unless it names a culture or a screen


class UnmappedCodes:
    """Counts and says them. Its thread begins at first use, in the worker that uses it."""

    def __init__(
        self,
        engine: Engine,
        clock: Callable[[], datetime],
        catalogue: Catalogue | None = None,
        maps: Mapping[str, CodeMap] | None = None,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._catalogue = catalogue or Catalogue()
        self._maps = maps or {}
        self._names = _Names()
        self._writer = ThreadPoolExecutor(1, "codes-writer")
        self._room = BoundedSemaphore(_WAITING)

    def notice(self, patient: str, rows: Iterable[Row]) -> None:
        """Count the unmapped codes of a page that shows these rows of this patient; return at once."""
        if not self._room.acquire(blocking=False):
            log.warning("a page's unmapped codes are not counted: too many pages wait")
            return
        try:
            self._writer.submit(self._count, patient, tuple(rows), self._clock().astimezone(LONDON).date())
        except RuntimeError:  # it has been closed: the worker is ending
            self._room.release()

    def seen(self) -> tuple[Count, ...]:
        """Return what has been counted and is still unmapped, the most frequent first within each trust."""
        return tuple(one for one in counted(self._engine) if not is_mapped(one, self._maps, self._catalogue))

    def settle(self) -> None:
        """Wait until every page noticed before now has been counted, or let go."""
        self._writer.submit(lambda: None).result()

    def close(self) -> None:
        """Count what waits, and end."""
        self._writer.shutdown()

    def _count(self, patient: str, rows: Iterable[Row], day: date) -> None:
        try:
            found = {_without_words(one) for one in unmapped(rows, self._catalogue, self._maps)}
            if found:
                named = self._names.known(patient, found)
                with writing(self._engine, "codes") as database:
                    _add(database, named, day.isoformat())
        except Exception as trouble:  # it may cost a count, and must not end the one thread that counts
            log.warning("a page's unmapped codes could not be counted: %s", type(trouble).__name__)
        finally:
            self._room.release()


def is_mapped(one: Count, maps: Mapping[str, CodeMap], catalogue: Catalogue) -> bool:
    """Say whether a code that was counted leads to an analyte by now."""
    code_map = maps.get(one.trust)
    meaning = code_map.codes.get((one.system, one.code)) if code_map else None
    return meaning is not None and meaning.analyte in catalogue.analytes


def counted(engine: Engine) -> tuple[Count, ...]:
    """Return all that has been counted, mapped since or not."""
    table = unmapped_codes
    asked = select(table).order_by(table.c.trust, table.c.looks.desc(), table.c.system, table.c.code)
    with engine.connect() as database:
        return tuple(
            Count(row.trust, row.system, row.code, row.name, row.looks,
                  date.fromisoformat(row.first_seen), date.fromisoformat(row.last_seen), not row.measured)
            for row in database.execute(asked)
        )  # fmt: skip


# ── What may be kept ─────────────────────────────────────────────────────────────────────────────


def _without_words(one: Unmapped) -> Unmapped:
    """Return what may be kept of it: a code that looks like one, and a name that may yet prove to be the code's."""
    code = one.code if not one.code or (_CODE.fullmatch(one.code) and not _names_somebody(one.code)) else NOT_KEPT
    system = one.system
    if system and (not _SYSTEM.fullmatch(system) or _names_somebody(system)):
        system = NOT_KEPT
    name = one.name if code != NOT_KEPT and one.name.isprintable() and _NAME.fullmatch(one.name) else ""
    return Unmapped(one.trust, system, code, name, one.in_words)


def _names_somebody(text: str) -> bool:
    found = (re.sub(r"[^0-9]", "", written) for written in _TEN_DIGITS.findall(text))
    return any(isinstance(read_nhs_number(digits), NHSNumber) for digits in found)


class _Names:
    """Which names came with the results of two patients. It is memory alone, and knows patients by marks of its own."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)
        self._first: dict[Unmapped, bytes] = {}  # the mark of the patient with whom it came first

    def known(self, patient: str, found: Collection[Unmapped]) -> list[Unmapped]:
        """Return each code once, with its name when that has come with another patient's results before."""
        if len(self._first) > _REMEMBERED:
            self._first.clear()
        mark = blake2b(patient.encode(), digest_size=16, key=self._secret).digest()
        named: dict[tuple[str, str, str], Unmapped] = {}
        for one in sorted(found):
            shared = bool(one.name) and self._first.setdefault(replace(one, in_words=False), mark) != mark
            code = one.trust, one.system, one.code
            before = named.get(code, Unmapped(*code, "", in_words=True))
            named[code] = replace(
                before, name=one.name if shared else before.name, in_words=before.in_words and one.in_words
            )
        return list(named.values())


# ── The table ────────────────────────────────────────────────────────────────────────────────────


_table = unmapped_codes.c
_AGAIN = (  # made once: a page may hold a hundred codes
    update(unmapped_codes)
    .where(
        _table.trust == bindparam("its_trust"),
        _table.system == bindparam("its_system"),
        _table.code == bindparam("its_code"),
    )
    .values(
        looks=_table.looks + 1,
        last_seen=bindparam("day"),
        name=case((bindparam("its_name") == "", _table.name), else_=bindparam("its_name")),
        measured=case((bindparam("is_measured") == 1, 1), else_=_table.measured),
    )
)


def _add(database: Connection, found: Iterable[Unmapped], day: str) -> None:
    for one in found:
        measured = int(not one.in_words)
        again = {"its_trust": one.trust, "its_system": one.system, "its_code": one.code, "its_name": one.name,
                 "is_measured": measured, "day": day}  # fmt: skip
        if not database.execute(_AGAIN, again).rowcount and _room(database, one):
            new = {"trust": one.trust, "system": one.system, "code": one.code, "name": one.name,
                   "looks": 1, "first_seen": day, "last_seen": day, "measured": measured}  # fmt: skip
            database.execute(insert(unmapped_codes), new)


def _room(database: Connection, one: Unmapped) -> bool:
    of_trust = select(func.count()).select_from(unmapped_codes).where(unmapped_codes.c.trust == one.trust)
    return int(database.execute(of_trust).scalar_one()) < MOST
