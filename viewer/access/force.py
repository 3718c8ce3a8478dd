"""Is an agreement in force today, and if not, why?

Rule (6.2 to 6.5 of docs/access-rules.md): carried, begun, not expired, not revoked, not superseded, in that order;
the first that fails is the reason. Once a successor was carried and begun, what it supersedes stays superseded.
"""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from viewer.access.agreement import Agreement
from viewer.access.vote import Vote, count_vote
from viewer.access.wording import in_words


class Force(StrEnum):
    """How an agreement stands on a day."""

    UNREADABLE = "cannot be read"
    NOT_CARRIED = "not carried"
    NOT_BEGUN = "not begun"
    IN_FORCE = "in force"
    REVIEW_OVERDUE = "in force, review overdue"
    EXPIRED = "expired"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"

    @property
    def holds(self) -> bool:
        """Say whether an agreement that stands so allows anything."""
        return self in (Force.IN_FORCE, Force.REVIEW_OVERDUE)


def force_of(agreement: Agreement, agreements: Iterable[Agreement], today: date) -> Force:
    """Say how this agreement stands today, among all there are."""
    if agreement.unreadable:
        return Force.UNREADABLE
    if not vote_on(agreement, today).carried:
        return Force.NOT_CARRIED
    if today < agreement.starts:
        return Force.NOT_BEGUN
    if today > agreement.ends:
        return Force.EXPIRED
    if agreement.revoked is not None and agreement.revoked.on <= today:
        return Force.REVOKED
    if is_superseded(agreement, agreements, today):
        return Force.SUPERSEDED
    overdue = agreement.review is not None and agreement.review < today
    return Force.REVIEW_OVERDUE if overdue else Force.IN_FORCE


def vote_on(agreement: Agreement, today: date) -> Vote:
    """Count the trusts that have signed this agreement by today, among its parties."""
    names = [party.name for party in agreement.parties]
    return count_vote(names, agreement.signers(today))


def successor_of(agreement: Agreement, agreements: Iterable[Agreement], today: date) -> Agreement | None:
    """Return the agreement that has taken this one's place by today, whatever has become of that one since."""
    return next(
        (
            other
            for other in agreements
            if agreement.name in other.supersedes
            and other.name != agreement.name
            and other.starts <= today
            and vote_on(other, today).carried
        ),
        None,
    )


def is_superseded(agreement: Agreement, agreements: Iterable[Agreement], today: date) -> bool:
    """Say whether another agreement has taken this one's place by today."""
    return bool(agreement.superseded_by) or successor_of(agreement, agreements, today) is not None


def why_not_in_force(agreement: Agreement, agreements: Iterable[Agreement], today: date) -> str:
    """Return why the agreement allows nothing today, or "" when it is in force."""
    agreements = tuple(agreements)
    match force_of(agreement, agreements, today):
        case Force.IN_FORCE | Force.REVIEW_OVERDUE:
            return ""
        case Force.UNREADABLE:
            return f"{agreement.short} cannot be read, so it is not in force"
        case Force.NOT_CARRIED:
            vote = vote_on(agreement, today)
            return f"{agreement.short} is not carried: {vote.signed} of {vote.eligible} have signed"
        case Force.NOT_BEGUN:
            return f"{agreement.short} starts on {in_words(agreement.starts)}"
        case Force.EXPIRED:
            return f"{agreement.short} ended on {in_words(agreement.ends)}"
        case Force.REVOKED:
            return f"{agreement.short} is revoked"
        case Force.SUPERSEDED:
            successor = successor_of(agreement, agreements, today)
            return f"{agreement.short} is superseded by {successor.short if successor else agreement.superseded_by}"
