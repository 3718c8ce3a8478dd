"""The front page sends each person to where their work begins."""

from flask import redirect
from flask.typing import ResponseReturnValue

from viewer.access.clinician import Role
from viewer.pages.route import Asking, Route, Who


def home_routes() -> tuple[Route, ...]:
    """Return the front page."""
    return (Route("/", "home", Who.ANY_ROLE, _home),)


def _home(asking: Asking) -> ResponseReturnValue:
    officer = asking.clinician is not None and asking.clinician.role is Role.IG_OFFICER
    return redirect("/ledger" if officer else "/find", 303)
