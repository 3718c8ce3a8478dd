"""What a sign-in is, once it has happened: a person, the roles they may act in, and the one they act in now."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

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
    authenticated_at: datetime | None = field(default=None, kw_only=True)  # when they last proved who they are
    acr: str = field(default="", kw_only=True)  # and how strongly, in the sign-in service's own words


class Cause(StrEnum):
    """Why a sign-in came to nothing."""

    UNREACHABLE = "unreachable"  # the sign-in service did not answer, or not sensibly
    DECLINED = "declined"  # the sign-in service, or the person there, said no
    STALE = "stale"  # not begun in this browser, too long ago, or already used
    UNPROVEN = "unproven"  # what came back does not prove who this is
    NO_ROLE = "no role"  # we know who it is; they have no role that our configuration knows


@dataclass(frozen=True, slots=True)
class SignInRefused:
    """A sign-in that came to nothing. `reason` is for the log: it never repeats a token or a code."""

    cause: Cause
    reason: str
    user: str = ""  # what is known of the person


class Ended(StrEnum):
    """Why a sign-in that once held does so no longer."""

    SIGNED_OUT = "signed out"
    IDLE = "idle"
    TOO_LONG = "too long"  # the absolute limit
    ELSEWHERE = "signed out elsewhere"  # the sign-in service said so, over the back channel
    REPLACED = "signed in again"
