"""Who is in a trust's emergency department: of what came, which attendances go on there, and whose they are.

Rule: a trust's search is never believed. What is over, or is not in the emergency department, or is a record of
somebody whom no attendance names, is foreign and dropped; an attendance that names nobody is kept, as unreadable.
"""

from collections.abc import Iterable, Sequence

from connectors.answer import Received
from connectors.connector import EMERGENCY, GOING_ON
from connectors.resource import Encounter
from connectors.subject import Standing


def stand_in_department(entries: Sequence[Received], address: str) -> list[tuple[Received, Standing]]:
    """Say of each entry where it stands towards the question who is in the department."""
    standings = [(entry, _of_attendance(entry)) for entry in entries]
    named = {_bare(entry, address) for entry, stands in standings if stands is Standing.OURS}
    return [(entry, _of_person(entry, named) if entry.kind == "Patient" else stands) for entry, stands in standings]


def _of_attendance(entry: Received) -> Standing:
    if entry.kind == "Encounter" and entry.body is None:
        return Standing.UNTOLD  # it may be one of them
    body = entry.body
    if not isinstance(body, Encounter) or body.status not in GOING_ON or not _is_emergency(body):
        return Standing.FOREIGN
    return Standing.OURS if body.subject and body.subject.reference else Standing.UNTOLD


def _is_emergency(body: Encounter) -> bool:
    system, code = EMERGENCY
    return body.class_ is not None and body.class_.system in ("", system) and body.class_.code.upper() == code


def _bare(entry: Received, address: str) -> str:
    """Return how an attendance names its patient, as their record is named where it stands: "Patient/7"."""
    subject = entry.body.subject if isinstance(entry.body, Encounter) else None
    return subject.reference.split("/_history/", 1)[0].removeprefix(f"{address}/") if subject else ""


def _of_person(entry: Received, named: Iterable[str]) -> Standing:
    return Standing.OURS if {f"Patient/{entry.id}", entry.full_url} & set(named) else Standing.FOREIGN
