"""Alerts to be raised, and the officers who deal with them."""

from sqlalchemy import Engine

from tests.audit.entries import WALTER
from tests.audit.parts import NOON, a_clinician, an_event
from viewer.access.access_event import AccessEvent
from viewer.access.clinician import Clinician, Organisation, Role
from viewer.audit.alerts import Action, Alerts, Did, Reader, Refused
from viewer.audit.review import Facts, Thresholds
from viewer.audit.scope import Scope
from viewer.audit.sweep import Sweeper

SHEFFIELD = Scope("RHQ", "sheffield_teaching")
ROTHERHAM = Scope("RFR", "rotherham")
BARNSLEY = Scope("RFF", "barnsley")
TOM = a_clinician("555000000003", "Dr Tom Whitlock", "RP5", "Doncaster and Bassetlaw")


def an_officer(user_id: str) -> Clinician:
    return Clinician(
        user_id, user_id, Role.IG_OFFICER, "Privacy Officer", "R0001", "p", Organisation("RHQ", "Sheffield")
    )


NORA, OLA = an_officer("u-nora"), an_officer("u-ola")


def sweep(engine: Engine, known: Facts = Facts(), **changes: object) -> Sweeper:  # noqa: B008  it is frozen
    made = Sweeper(engine, lambda: NOON, "worker-1", known, Thresholds(), **{"tell": {}, "rest": 0.0, **changes})  # type: ignore[arg-type]
    made.turn()
    return made


def said_only(**changes: object) -> AccessEvent:
    told = {
        "claim": "in-department",
        "reason": "brought in by ambulance",
        "nhs_number": WALTER,
        "trusts": ("rotherham",),
    }
    return an_event(**(told | changes))


def handle(
    alerts: Alerts, who: Clinician, action: Action, turn: int, note: str = "as discussed"
) -> Did | Refused | None:
    return alerts.handle(Reader(who.user_id, SHEFFIELD), "A-2026-000001", action, note, turn, who, NOON)
