"""Entries for the tests of the review, as plain Records: what an AccessEvent becomes in the log."""

from dataclasses import replace
from datetime import datetime

from tests.audit.parts import AMINA, NOON, an_event
from viewer.access.access_event import About, Event
from viewer.access.clinician import Clinician, Organisation, Role
from viewer.audit.entry import Record, canonical, read_record
from viewer.audit.review import Facts, Member, StaffFile, mark, spelt

WALTER, ROSE, AGNES = "9994127039", "9990000018", "9990000026"
SALT = "a salt of sixteen letters"

KOFI = Clinician(
    "u-kofi", "Dr Kofi Abara", Role.GP, "GP", "S8000:G8000:R0260", "rp-2", Organisation("Y99001", "Example Practice")
)
PRIYA = Clinician(
    "u-priya", "Priya Nair", Role.IG_OFFICER, "Privacy Officer", "S0:G0:R0001", "rp-4", Organisation("RHQ", "Sheffield")
)
WALTERS_HOME = About(
    family="Hargreaves", born="1944-03-09", postcode="S10 2JF", address="4 Oak Street", practice="Y99001"
)


def a_record(event: Event = Event.PATIENT_OPENED, **changes: object) -> Record:
    """Return an entry of Amina opening Walter, borne out by an encounter, unless told otherwise."""
    told = {
        "nhs_number": WALTER,
        "patient": "HARGREAVES, Walter, born 1944-03-09",
        "claim": "in-department",
        "proof": "an encounter at Sheffield Teaching",
        "reason": "brought in by ambulance",
        "outcome": "opened",
        "trusts": (),
        "view": "look-1",
        "about": WALTERS_HOME,
    }
    return read_record(canonical(an_event(event, **(told | changes))))


def at(text: str) -> datetime:
    """Return a moment of London winter: "2026-11-21 03:12"."""
    return datetime.fromisoformat(f"{text}:00+00:00")


def a_member(**changes: str) -> Member:
    made = Member(
        AMINA.user_id, mark(SALT, ROSE), spelt("Farrell"), spelt("S11 8AA"), spelt("1 Elm Road"), "emergency department"
    )
    return replace(made, **changes)


def facts(*members: Member, vips: tuple[str, ...] = ()) -> Facts:
    """Return the staff file of Sheffield Teaching."""
    file = StaffFile(
        "RHQ",
        SALT,
        {member.user_id: member for member in members},
        {member.number: member for member in members},
        frozenset(mark(SALT, number) for number in vips),
    )
    return Facts({"RHQ": file})


__all__ = ["AGNES", "AMINA", "KOFI", "NOON", "PRIYA", "ROSE", "SALT", "WALTER", "a_member", "a_record", "at", "facts"]
