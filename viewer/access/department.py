"""Who is in a trust's emergency department, read from the attendances it sent.

Rule: only what the trust itself says goes on now stands on a list; one that began longer ago than anybody stays in
such a department was never closed, and is told apart.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from connectors import resource
from connectors.answer import Received
from viewer.access.presence import is_going_on, moment, read_encounter
from viewer.clinical.report import When


@dataclass(frozen=True, slots=True)
class Attending:
    """One attendance as the trust sent it: whose, since when, and where."""

    patient_id: str
    since: str  # as sent, "" when it was not
    arrived: When | None  # the same, read
    department: str  # in the trust's own words; "" when it named none
    goes_on: bool = True  # since a time that can be, and no longer than such an attendance lasts
    never_closed: bool = False  # it began longer ago than that


def attendances(received: Iterable[Received], now: datetime) -> tuple[Attending, ...]:
    """Return every attendance that could be read."""
    return tuple(_attendance(one.body, now) for one in received if isinstance(one.body, resource.Encounter))


def _attendance(body: resource.Encounter, now: datetime) -> Attending:
    encounter = read_encounter(body)
    subject = body.subject.reference if body.subject else ""
    arrived, goes_on = moment(encounter.since) if encounter.since else None, is_going_on(encounter, now)
    began_long_ago = arrived is not None and arrived.instant < now
    return Attending(
        subject.split("/_history/", 1)[0].rpartition("/")[2],
        encounter.since,
        arrived,
        _department(body),
        goes_on,
        never_closed=began_long_ago and not goes_on and not encounter.until,
    )


def _department(body: resource.Encounter) -> str:
    """Return where the patient is now, else who provides the care."""
    here = (one.location for one in body.location if one.status in ("", "active") and one.location)
    places = [place.display for place in (*here, body.service_provider) if place and place.display]
    return " ".join(places[0].split()) if places else ""
