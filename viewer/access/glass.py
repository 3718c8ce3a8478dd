"""Break-glass: when a broken glass holds, and what it takes to break one.

Rule (3 of docs/access-rules.md): one patient, a reason in words, a fresh and strong sign-in, fifteen minutes at most.
These functions return what is missing, or "" when nothing is.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from viewer.access.relationship import Claim, Relationship

LONGEST = timedelta(minutes=15)
FRESH = timedelta(minutes=5)  # how long before the glass was broken a person may have proved who they are
CLOCKS_DIFFER = timedelta(minutes=1)  # a sign-in service's clock may be ahead of ours by this much


def breaks_glass(relationship: Relationship) -> bool:
    """Say whether this relationship rests on a broken glass."""
    return relationship.claim is Claim.BREAK_GLASS


def why_glass_does_not_hold(relationship: Relationship, now: datetime) -> str:
    """Return why a broken glass opens nothing now, or "". What was never given a beginning or an end never held."""
    since, until = relationship.since, relationship.until
    if since is None or until is None or now >= until:
        return "The emergency access has ended"
    if now < since:  # a clock that was set back makes no emergency longer
        return "The emergency access has not begun"
    if until - since > LONGEST:
        return "Emergency access lasts 15 minutes at most"
    return why_no_reason(relationship.reason)


def why_no_reason(reason: str) -> str:
    """Return why these words give no reason, or "": one letter at least."""
    return "" if any(letter.isalpha() for letter in reason) else "Emergency access needs a reason in words"


def why_not_fresh(authenticated_at: datetime | None, acr: str, strong: Collection[str], now: datetime) -> str:
    """Return why this sign-in is not fresh or strong enough to break the glass, or ""."""
    if acr not in strong:
        return "Emergency access needs a stronger sign-in"
    if authenticated_at is None or authenticated_at - now > CLOCKS_DIFFER or now - authenticated_at > FRESH:
        return "Emergency access needs a fresh sign-in, at most 5 minutes old"
    return ""
