"""The words every room shares: Trust, Kind, Query, Search, Received, Answer, Outcome.

Rule: one question to one trust ends in exactly one Answer, and an Answer always
says how it went. An empty Answer without an Outcome cannot be made.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from connectors.resource import Resource


@dataclass(frozen=True, slots=True)
class Trust:
    """A sovereign trust of the partnership, as the pages, the log and the agreements name it."""

    name: str  # "doncaster_and_bassetlaw": the same word in config, code, tests and log
    ods: str  # "RP5"
    title: str  # "Doncaster and Bassetlaw"
    full_title: str  # "Doncaster and Bassetlaw Teaching Hospitals NHS Foundation Trust"
    telephone: str  # its laboratory, for when we cannot show what it holds


class Kind(StrEnum):
    """What a trust may be asked for. Demographics are asked to find the patient."""

    DEMOGRAPHICS = "demographics"
    LABORATORY = "laboratory"
    RADIOLOGY = "radiology"


@dataclass(frozen=True, slots=True)
class ByNumber:
    """Who is this? by NHS number (ten digits, already checked)."""

    nhs_number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ByTraits:
    """Who is this? by surname, date of birth and at least one of the other three."""

    family: str = field(repr=False)
    born: date = field(repr=False)
    given: str = field(default="", repr=False)
    gender: str = field(default="", repr=False)  # a FHIR administrative-gender code
    postcode: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Results:
    """What reports of these kinds does the trust hold for this NHS number?

    `patient_ids` are the trust's own Patient ids learnt when the patient was found;
    empty means the trust must first be asked who this is.
    """

    nhs_number: str = field(repr=False)
    kinds: frozenset[Kind]
    patient_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Presence:
    """Is this patient with the trust now, or expected there? Its own encounters that are not over, and no others.

    `patient_ids` are the trust's own Patient ids. An encounter that names its patient by NHS number
    counts only when `nhs_number` is handed in to compare it with.
    """

    patient_ids: tuple[str, ...]
    nhs_number: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class InDepartment:
    """Who is in the trust's emergency department now? Its own attendances that go on there, with whose they are."""


Query = ByNumber | ByTraits | Results | Presence | InDepartment


@dataclass(frozen=True, slots=True)
class Search:
    """One FHIR search as it is sent: a resource type and its parameters, in order."""

    resource: str
    parameters: tuple[tuple[str, str], ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Question:
    """A Query for one trust, on behalf of one sign-in."""

    trust: Trust
    query: Query
    reader: str  # the sign-in's reference: answers are kept for it alone
    again: bool = False  # a person pressed "Ask again": neither kept answers nor a breaker stand in the way
    request_id: str = ""  # sent as X-Request-ID, so that a trust's log can be read beside ours; made when empty


class Outcome(StrEnum):
    """How a question went. Every one has words in viewer/pages/words.py."""

    ANSWERED = "answered"  # everything that was asked for came
    NOT_KNOWN = "not known"  # the trust answered: it holds no such patient
    PARTIAL = "partial"  # some came; `reason` says what is missing
    LATE = "late"  # no whole answer before the deadline
    UNREACHABLE = "unreachable"  # no connection could be made
    REFUSED = "refused"  # 403: the trust refused us
    SIGN_IN_FAILED = "sign-in failed"  # 401, or the trust's token endpoint would not give a token
    BUSY = "busy"  # 429
    FAILED = "failed"  # 5xx, or another status nobody expects
    GARBLED = "garbled"  # not FHIR, not JSON, or cut short
    OVERSIZE = "oversize"  # over a cap on bytes, pages, entries or nesting
    RESTING = "resting"  # not asked: it failed so often lately that we wait a little
    NOT_AGREED = "not agreed"  # not asked: no agreement in force allows it


GAPS = frozenset(Outcome) - {Outcome.ANSWERED, Outcome.NOT_KNOWN}


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why something expected of a trust did not come, as a value."""

    outcome: Outcome
    reason: str  # for people, and without any of the content
    connecting: bool = False  # no answer had begun: asking once more can do no harm
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Received:
    """One resource exactly as a trust sent it, and what could be read of it.

    `body` is None when it could not be read; `problem` then says why, without
    repeating any of its content. `raw` are the bytes as sent.
    """

    kind: str  # "DiagnosticReport"
    id: str
    version: str  # meta.versionId, or ""
    body: Resource | None
    problem: str
    raw: bytes = field(repr=False)
    full_url: str = ""
    mode: str = "match"  # Bundle.entry.search.mode: match | include | outcome


@dataclass(frozen=True, slots=True)
class Answer:
    """What one trust said to one Question.

    `received` holds only resources whose subject is the patient asked for;
    `foreign` counts entries about somebody else, which go no further than here.
    """

    trust: Trust
    outcome: Outcome
    asked_at: datetime
    took: timedelta
    reason: str = ""  # the particulars, for people: "HTTP 503", "a further page did not come"
    received: tuple[Received, ...] = field(default=(), repr=False)
    foreign: int = 0
    requests: int = 0  # HTTP requests made for it
    kept: bool = False  # came from the answers kept for a minute
    came: float = field(default=0.0, compare=False, repr=False)  # when all of it had been read, by the monotonic timer
    details: Mapping[str, str] = field(default_factory=dict)  # e.g. retry_after, deadline ("3.0")
