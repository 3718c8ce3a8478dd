"""The register of agreements: how each stands today, who has signed exactly which text, and how the vote went.

Rule: a signature that is none is shown with what is wrong with it; it is never left out.
"""

from dataclasses import dataclass
from datetime import date

from connectors.answer import Trust
from viewer.access.agreement import Agreement, Signature
from viewer.access.force import Force, force_of, successor_of, vote_on, why_not_in_force
from viewer.access.rules import Rules
from viewer.access.vote import Vote
from viewer.access.wording import in_words


@dataclass(frozen=True, slots=True)
class Party:
    """One party of an agreement, and its signature or why it has none."""

    trust: Trust
    signature: Signature | None  # None when the file holds none of this trust
    because: str  # why it has not signed, or "" when it has

    @property
    def has_signed(self) -> bool:
        """Say whether the trust shares under the agreement while it is in force."""
        return not self.because


@dataclass(frozen=True, slots=True)
class Registered:
    """One agreement as it stands on a day."""

    agreement: Agreement
    force: Force
    because: str  # why it is not in force, or ""
    vote: Vote
    parties: tuple[Party, ...]
    successor: Agreement | None  # what has taken its place, whatever its own state

    @property
    def unsigned(self) -> tuple[Party, ...]:
        """Return the parties that have not signed."""
        return tuple(party for party in self.parties if not party.has_signed)


def register_of(rules: Rules) -> tuple[Registered, ...]:
    """Return every agreement as it stands: those in force first, then by their first day, newest first."""
    entries = [_registered(agreement, rules) for agreement in rules.agreements]
    return tuple(sorted(entries, key=lambda one: (not one.force.holds, -one.agreement.starts.toordinal())))


def _registered(agreement: Agreement, rules: Rules) -> Registered:
    return Registered(
        agreement,
        force_of(agreement, rules.agreements, rules.today),
        why_not_in_force(agreement, rules.agreements, rules.today),
        vote_on(agreement, rules.today),
        tuple(_party(agreement, trust, rules.today) for trust in agreement.parties),
        successor_of(agreement, rules.agreements, rules.today),
    )


def _party(agreement: Agreement, trust: Trust, today: date) -> Party:
    theirs = [signature for signature in agreement.signatures if signature.trust == trust.name]
    good = [signature for signature in theirs if not signature.problem]
    holding = next((signature for signature in good if signature.on <= today), None)
    if holding is not None:
        return Party(trust, holding, "")
    if good:
        return Party(trust, good[0], f"its signature holds from {in_words(good[0].on)}")
    if theirs:
        return Party(trust, theirs[-1], f"what stands there is no signature: {theirs[-1].problem}")
    return Party(trust, None, "it has given no signature")
