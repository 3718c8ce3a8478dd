"""The dissents that officers have recorded: who has asked that their results are not shared here.

Rule: read from the database for every decision and never kept, so that a dissent holds at once on every worker.
A database that cannot be read raises, and nothing is shown. Whose officer recorded a dissent alone can end it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from viewer.access.clinician import Clinician, Organisation
from viewer.store.database import writing
from viewer.store.dissent_tables import dissents


@dataclass(frozen=True, slots=True)
class Dissent:
    """One dissent of one patient; `ended_at` is None while it lasts."""

    nhs_number: str = field(repr=False)
    recorded_at: datetime
    recorded_by: str  # user id of the officer
    organisation: Organisation  # that officer's
    reference: str  # of the form or letter it stands on
    ended_at: datetime | None = None
    ended_by: str = ""
    ended_reference: str = ""


class Dissents:
    """Every dissent there is or was."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    def record(self, nhs_number: str, by: Clinician, reference: str) -> bool:
        """Record a dissent, holding from now on; False when one holds already."""
        row = {
            "nhs_number": nhs_number,
            "recorded_at": self._clock(),
            "recorded_by": by.user_id,
            "organisation": by.organisation.ods,
            "organisation_name": by.organisation.name,
            "reference": reference,
            "ended_by": "",
            "ended_reference": "",
        }
        try:
            with writing(self._engine) as database:
                database.execute(insert(dissents).values(row))
        except IntegrityError:  # of one patient one lasts at most: another officer was quicker
            return False
        return True

    def end(self, nhs_number: str, by: Clinician, reference: str) -> bool:
        """End the dissent that holds; False when none does, or another organisation recorded it."""
        ended = {"ended_at": self._clock(), "ended_by": by.user_id, "ended_reference": reference}
        own = dissents.c.organisation == by.organisation.ods
        with writing(self._engine) as database:
            changed = database.execute(update(dissents).where(_lasts(nhs_number), own).values(ended))
        return changed.rowcount == 1

    def holds(self, nhs_number: str) -> bool:
        """Say whether a dissent of this patient is recorded and not ended. Nobody is asked about no number."""
        if not nhs_number:
            return False
        with self._engine.connect() as database:
            return database.execute(_LASTING, {"patient": nhs_number}).first() is not None

    def of(self, nhs_number: str) -> tuple[Dissent, ...]:
        """Return every dissent of this patient, newest first."""
        theirs = select(dissents).where(dissents.c.nhs_number == nhs_number).order_by(dissents.c.number.desc())
        with self._engine.connect() as database:
            return tuple(_read(row) for row in database.execute(theirs))


def _lasts(nhs_number: object) -> Any:
    return (dissents.c.nhs_number == nhs_number) & dissents.c.ended_at.is_(None)


_LASTING = select(dissents.c.number).where(_lasts(bindparam("patient")))  # asked at every step of every look: made once


def _read(row: Row[Any]) -> Dissent:
    return Dissent(
        row.nhs_number,
        row.recorded_at,
        row.recorded_by,
        Organisation(row.organisation, row.organisation_name),
        row.reference,
        row.ended_at,
        row.ended_by,
        row.ended_reference,
    )
