"""What a page declares of itself: its path, who may be here, and the function that shows it.

Rule: a page without a declared `who` cannot be made.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from flask.typing import ResponseReturnValue

from viewer.access.clinician import Clinician
from viewer.identity.sign_in import SignIn
from viewer.pages import words


class Who(StrEnum):
    """Who may be at a page. Anybody else is refused, told why, and logged."""

    ANYBODY = "anybody"
    WHOEVER = "anybody, and it is not even asked who: the page must show when everything else is down"
    SIGNED_IN = "anybody signed in, role chosen or not"
    CLINICIANS = "consultants, clinicians and GPs"
    IG_OFFICERS = "information governance officers"
    ANY_ROLE = "anybody in a role"


@dataclass(frozen=True, slots=True)
class Asking:
    """One request: who makes it, from what device, when, and the id that ties its log entries together."""

    sign_in: SignIn | None
    clinician: Clinician | None
    device: str
    now: datetime
    view: str

    @property
    def today(self) -> date:
        """Return the day it is in London, whatever day it is in UTC."""
        return words.today(self.now)


@dataclass(frozen=True, slots=True)
class Route:
    """One page or action. `show(asking, **path_arguments)` answers it; a POST has been checked for forgery by then."""

    path: str
    name: str
    who: Who
    show: Callable[..., ResponseReturnValue]
    methods: tuple[str, ...] = field(default=("GET",))
