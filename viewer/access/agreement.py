"""Data-sharing agreements as configuration: who may ask whom for what, why, and until when."""

from dataclasses import dataclass, field
from datetime import date

from connectors.answer import Kind
from viewer.access.clinician import Role
from viewer.access.relationship import Claim, Purpose


@dataclass(frozen=True, slots=True)
class Clause:
    """One numbered permission of an agreement. Everything not permitted by a clause is refused."""

    number: str  # "4.2(a)"
    text: str
    roles: frozenset[Role]
    purposes: frozenset[Purpose]
    claims: frozenset[Claim]
    kinds: frozenset[Kind]


@dataclass(frozen=True, slots=True)
class NeverShared:
    """A class of result a trust never shares here, and the sentence shown for every patient, whether or not there is any."""

    trust: str  # the trust's name
    name: str  # "sexual-health"
    sentence: str  # "Rotherham never shares sexual-health results here"
    codes: frozenset[tuple[str, str]]  # (system, code) of a report, result, specimen type or meta.security label


@dataclass(frozen=True, slots=True)
class Signature:
    """A trust's signature under exactly this text, on a day."""

    trust: str
    on: date


@dataclass(frozen=True, slots=True)
class Agreement:
    """A data-sharing agreement. It binds a trust only once that trust has signed it."""

    name: str  # "working_together_2026"
    title: str
    short: str  # "WT-2026", for the ledger
    parties: tuple[str, ...]  # trust names
    practices: frozenset[str]  # ODS codes of GP practices that may ask under it
    starts: date
    ends: date  # last day in force
    clauses: tuple[Clause, ...]
    never_shared: tuple[NeverShared, ...] = ()
    signatures: tuple[Signature, ...] = ()
    path: str = ""  # the file it came from, for messages


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What one trust withholds on its own authority, in its own file, whatever the agreements allow."""

    trust: str
    shares: frozenset[Kind] = field(default_factory=lambda: frozenset(Kind))
    never_shared: tuple[NeverShared, ...] = ()
