"""May this person come in at all? Only by a sign-in that holds, in a role that has been chosen.

Rule (1 of docs/access-rules.md): a sign-in that has ended, however it ended, opens nothing.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from viewer.access.clinician import Role
from viewer.access.decide import Decision
from viewer.access.wording import ROLES


class SignInState(StrEnum):
    """How a sign-in stands."""

    HOLDS = "holds"
    NONE = "none"
    SIGNED_OUT = "signed out"
    ENDED_ELSEWHERE = "ended elsewhere"  # by the sign-in service, an operator, or another sign-in
    IDLE = "idle"  # left alone beyond the idle limit
    TOO_OLD = "too old"  # beyond the absolute limit


_WHY_NOT = {
    SignInState.NONE: "Nobody is signed in",
    SignInState.SIGNED_OUT: "This sign-in was signed out",
    SignInState.ENDED_ELSEWHERE: "This sign-in was ended elsewhere",
    SignInState.IDLE: "This sign-in was left idle for too long",
    SignInState.TOO_OLD: "This sign-in has lasted as long as one may",
}


def within_limits(ends: datetime, seen: datetime, now: datetime, idle: timedelta) -> SignInState:
    """Say how a sign-in stands that nobody has ended: last seen then, and to end by itself at the absolute limit."""
    if now >= ends:
        return SignInState.TOO_OLD
    return SignInState.IDLE if now - seen >= idle else SignInState.HOLDS


def may_enter(state: SignInState, role: Role | None) -> Decision:
    """May whoever has this sign-in, acting in this role, be here at all?"""
    if state is not SignInState.HOLDS:
        return Decision(allowed=False, because=_WHY_NOT[state])
    if role is None:
        return Decision(allowed=False, because="No role has been chosen")
    return Decision(allowed=True, because=f"Signed in as {ROLES[role]}")
