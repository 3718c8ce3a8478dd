"""What a sign-in is, once it has happened: a person, the roles they may act in, and the one they act in now."""

from dataclasses import dataclass, field
from datetime import datetime

from viewer.access.clinician import Clinician


@dataclass(frozen=True, slots=True)
class SignIn:
    """One sign-in of one person in one browser.

    `reference` names it in the log and in caches; it is not the cookie and cannot be used as one.
    `clinician` is None until a role is chosen.
    """

    reference: str
    user_id: str
    name: str
    choices: tuple[Clinician, ...]  # every role of theirs that our configuration knows
    clinician: Clinician | None
    csrf: str = field(repr=False)
    began: datetime = field(kw_only=True)
    ends: datetime = field(kw_only=True)  # the absolute limit
