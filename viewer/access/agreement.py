"""Data-sharing agreements as configuration: who may ask whom for what, why, and until when.

Rule: an agreement binds a trust only on a day it is in force (`force.py`), and only a trust that is a party
and has signed it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from connectors.answer import Kind, Trust
from viewer.access.clinician import Clinician, Role
from viewer.access.relationship import Claim, Purpose, Relationship


@dataclass(frozen=True, slots=True)
class Clause:
    """One numbered permission of an agreement. Everything not permitted by a clause is refused."""

    number: str  # "4.2(a)"
    text: str
    roles: frozenset[Role]
    purposes: frozenset[Purpose]
    claims: frozenset[Claim]
    kinds: frozenset[Kind]

    def permits(self, who: Clinician, relationship: Relationship, kind: Kind) -> bool:
        """Say whether this clause names the role, the purpose, the claim and the kind."""
        return (
            who.role in self.roles
            and relationship.purpose in self.purposes
            and relationship.claim in self.claims
            and kind in self.kinds
        )


@dataclass(frozen=True, slots=True)
class NeverShared:
    """A class of result a trust never shares here, and the sentence shown for every patient, with or without any."""

    trust: str  # the trust's name
    name: str  # "sexual-health"
    sentence: str  # "Rotherham never shares sexual-health results here"
    codes: frozenset[tuple[str, str]]  # (system, code) of a report, result, specimen type or meta.security label
    opens_by_break_glass: bool = False  # only the trust whose class it is can have said so


@dataclass(frozen=True, slots=True)
class Signature:
    """A trust's signature as the file holds it. It is one only when nothing is wrong with it, and from its day on."""

    trust: str
    on: date
    problem: str = ""  # why it is no signature: it does not verify, or is over another text
    text: str = ""  # the SHA-256 of what was signed, as the signature names it
    key: str = ""  # the fingerprint of the key that it was verified with


@dataclass(frozen=True, slots=True)
class Revocation:
    """The day from which an agreement no longer holds, and why."""

    on: date
    because: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """A data-sharing agreement. It binds a trust only once that trust has signed it."""

    name: str  # "working_together_2026"
    title: str
    short: str  # "WT-2026", for the ledger
    parties: tuple[Trust, ...]
    practices: frozenset[str]  # ODS codes of GP practices that may ask under it
    starts: date
    ends: date  # last day in force
    clauses: tuple[Clause, ...]
    never_shared: tuple[NeverShared, ...] = ()
    signatures: tuple[Signature, ...] = ()
    path: str = ""  # the file it came from, for messages
    digest: str = ""  # SHA-256 of its text, which each signature names
    review: date | None = None  # the day by which the parties look at it again; late, it still holds
    supersedes: frozenset[str] = frozenset()  # names of the agreements whose place it takes
    revoked: Revocation | None = None
    unreadable: str = ""  # why its file can no longer be read; it then allows nothing, and forbids what it forbade
    superseded_by: str = ""  # what once took its place, remembered though that one's file now says something else

    def signed_by(self, trust: str, today: date) -> bool:
        """Say whether this trust has signed by today."""
        return trust in self.signers(today)

    def signers(self, today: date) -> frozenset[str]:
        """Return the names of the trusts that have signed by today."""
        return frozenset([one.trust for one in self.signatures if one.on <= today and not one.problem])

    def party(self, trust: str) -> Trust | None:
        """Return the party of this name."""
        return next((party for party in self.parties if party.name == trust), None)

    def party_at(self, ods: str) -> Trust | None:
        """Return the party with this ODS code: how a sign-in names its trust."""
        return next((party for party in self.parties if party.ods == ods), None)


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What one trust withholds on its own authority, in its own file, whatever the agreements allow."""

    trust: str
    shares: frozenset[Kind] = field(default_factory=lambda: frozenset(Kind))
    never_shared: tuple[NeverShared, ...] = ()
    unreadable: str = ""  # why its file can no longer be read; it then shares nothing


def never_shared_classes(agreements: Iterable[Agreement], narrowings: Iterable[Narrowing]) -> tuple[NeverShared, ...]:
    """Return every class that is never shared, by agreement or by a trust's own file.

    They hold whether or not the agreement that names them is signed or in force: an end of sharing widens nothing.
    """
    by_agreement = (never for agreement in agreements for never in agreement.never_shared)
    by_trust = (never for narrowing in narrowings for never in narrowing.never_shared)
    return tuple(dict.fromkeys((*by_agreement, *by_trust)))


def standing_sentences(agreements: Iterable[Agreement], narrowings: Iterable[Narrowing]) -> tuple[str, ...]:
    """Return the sentences shown for every patient, the same for each, so that they tell nothing about any."""
    return tuple(dict.fromkeys(never.sentence for never in never_shared_classes(agreements, narrowings)))
