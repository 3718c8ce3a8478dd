"""What is known of a patient's tests: Report, Result, Value, Range, Flag, Specimen, Study, Unreadable.

Rule: what was sent is what is kept. Numbers, units, flags, codes and times are the
trust's own characters; nothing is rounded, converted, padded or worked out.

Amount, Code, Range, SentFlag and Words come by the ten thousand. They are msgspec Structs, which are made
in a quarter of the time of a frozen dataclass and are otherwise the same to use.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import msgspec

from connectors.answer import Kind, Trust


class Status(StrEnum):
    """FHIR R4 DiagnosticReport.status, Observation.status and what else trusts say; never assumed final."""

    REGISTERED = "registered"
    PARTIAL = "partial"
    PRELIMINARY = "preliminary"
    FINAL = "final"
    AMENDED = "amended"
    CORRECTED = "corrected"
    APPENDED = "appended"
    CANCELLED = "cancelled"
    ENTERED_IN_ERROR = "entered-in-error"
    UNKNOWN = "unknown"  # said to be unknown, not said, or a word FHIR does not have


class Flag(StrEnum):
    """What the laboratory said of a value. There is no flag that we work out."""

    HIGH = "HI"
    LOW = "LO"
    CRITICAL_HIGH = "HH"
    CRITICAL_LOW = "LL"
    OUT_OF_RANGE = "OR"
    POTENTIALLY_ABNORMAL = "PA"
    ABNORMAL = "A"
    CRITICAL = "AA"
    NORMAL = "N"  # only ever when the laboratory itself sent it
    RESISTANT = "R"
    INTERMEDIATE = "I"
    SUSCEPTIBLE = "S"
    POSITIVE = "POS"
    NEGATIVE = "NEG"
    OTHER = "other"  # sent, but not one of these: shown in the laboratory's words
    UNSTATED = "unstated"  # none sent. It is not "normal"


class SentFlag(msgspec.Struct, frozen=True, gc=False):
    """A flag and the laboratory's own word for it."""

    flag: Flag
    as_sent: str


class Precision(StrEnum):
    """How exactly a time was given."""

    YEAR = "year"
    MONTH = "month"
    DAY = "day"
    MINUTE = "minute"
    SECOND = "second"


@dataclass(frozen=True, slots=True)
class When:
    """A time as sent, and the instant it sorts by (the earliest it can mean).

    `zoned` is False when a clock time came without its zone: it is then read as
    Europe/London for sorting and said to be so on the page.
    """

    as_sent: str
    instant: datetime  # aware, UTC
    precision: Precision
    zoned: bool = True
    until: str = ""  # the end of a period, as sent


class TakenFrom(StrEnum):
    """Which of a report's times `taken` is. Others are labelled as what they are."""

    SPECIMEN = "collected"
    EFFECTIVE = "effective"
    IMAGED = "imaged"
    RECEIVED = "received"
    ISSUED = "issued"  # no time of taking was sent: sorted by issue, and marked
    NOTHING = "no time"


class Code(msgspec.Struct, frozen=True, gc=False):
    """A code as sent."""

    system: str
    code: str
    display: str = ""


class Amount(msgspec.Struct, frozen=True, gc=False):
    """A number with its comparator and unit, each as sent. `<0.5` is not 0.5."""

    number: str  # the characters of the number: "1.00"
    comparator: str = ""
    unit: str = ""
    unit_code: str = ""


class Words(msgspec.Struct, frozen=True, gc=False):
    """A value in words: valueString, or the text (or displays) of a CodeableConcept."""

    text: str
    codes: tuple[Code, ...] = ()


@dataclass(frozen=True, slots=True)
class Between:
    """A value that is a range."""

    low: Amount | None
    high: Amount | None


@dataclass(frozen=True, slots=True)
class Proportion:
    """A value that is a ratio: 1 : 160."""

    numerator: Amount | None
    denominator: Amount | None


@dataclass(frozen=True, slots=True)
class YesNo:
    """A value that is true or false."""

    yes: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """A value that is a time, a dateTime or a period, as sent."""

    as_sent: str


@dataclass(frozen=True, slots=True)
class Samples:
    """A value that is a series of samples (FHIR SampledData), as sent."""

    data: str
    origin: Amount | None
    period: str
    factor: str = ""
    lower_limit: str = ""
    upper_limit: str = ""
    dimensions: str = ""


@dataclass(frozen=True, slots=True)
class Absent:
    """No value, and the laboratory's reason; `reason` is "" when it gave none."""

    reason: str


@dataclass(frozen=True, slots=True)
class NoValue:
    """A group: its values stand in its members, so it has none of its own."""


Value = Amount | Words | Between | Proportion | YesNo | Moment | Samples | Absent | NoValue


class Range(msgspec.Struct, frozen=True, gc=False):
    """One reference range as the laboratory sent it."""

    low: Amount | None = None
    high: Amount | None = None
    text: str = ""
    meaning: str = ""  # type / appliesTo / age in the laboratory's words


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A resource that could not be read: counted, named and shown, never dropped."""

    trust: Trust
    kind: str  # "Observation"
    id: str
    problem: str
    codes: tuple[
        Code, ...
    ] = ()  # what codes and labels could still be found in it: they may say that it is never shared
    name: str = ""  # what it is about, when that could still be read: "Potassium"

    @property
    def key(self) -> str:
        """Return its stable name: "rotherham/DiagnosticReport/7"."""
        return f"{self.trust.name}/{self.kind}/{self.id}"


@dataclass(frozen=True, slots=True)
class Result:
    """One finding, or a group of findings."""

    id: str  # "Observation/123", or "Observation/123#component-2"
    name: str
    value: Value
    status: Status
    status_as_sent: str = ""
    codes: tuple[Code, ...] = ()
    flags: tuple[SentFlag, ...] = ()
    ranges: tuple[Range, ...] = ()
    notes: tuple[str, ...] = ()
    taken: When | None = None
    method: str = ""
    body_site: str = ""
    specimen: str = ""  # the id of its Specimen, when it names one
    members: tuple["Result | Unreadable", ...] = ()
    effective: When | None = None  # its own time, where its specimen was taken at another


@dataclass(frozen=True, slots=True)
class Specimen:
    """What was taken from the patient."""

    id: str
    type: str
    collected: When | None = None
    received: When | None = None
    body_site: str = ""
    accession: str = ""
    condition: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    codes: tuple[Code, ...] = ()  # of its type


@dataclass(frozen=True, slots=True)
class Attachment:
    """A document sent with a report. Its bytes are re-served, never interpreted."""

    title: str
    content_type: str
    data: str = field(repr=False)  # base64 as sent, or ""
    url: str = field(default="", repr=False)  # where the trust says it is; shown as a fact, never fetched
    created: str = ""


@dataclass(frozen=True, slots=True)
class Study:
    """An imaging study: what was imaged, with or without a report yet."""

    id: str
    description: str
    status: Status
    started: When | None = None
    modalities: tuple[str, ...] = ()
    body_sites: tuple[str, ...] = ()
    series: int = 0
    notes: tuple[str, ...] = ()
    status_as_sent: str = ""  # "available" is a word of imaging alone
    codes: tuple[Code, ...] = ()  # of the procedure
    uid: str = ""  # its DICOM Study Instance UID
    accession: str = ""


@dataclass(frozen=True, slots=True)
class BusinessId:
    """A business identifier: who issued it, and its value."""

    system: str
    value: str


@dataclass(frozen=True, slots=True)
class Addendum:
    """Words added to a report after it was issued, with their time and author as sent."""

    text: str
    at: When | None = None
    author: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What a laboratory or radiologist issued: one row of the timeline.

    `parts` lists every resource that went into it ("Observation/12"), so that the
    conservation law can be proven: received = shown + folded + superseded + withheld + unreadable.
    """

    trust: Trust
    id: str  # "DiagnosticReport/7"; "Observation/7" for a result sent without a report; "ImagingStudy/7" likewise
    kind: Kind
    title: str
    status: Status
    taken: When | None
    taken_from: TakenFrom
    issued: When | None = None
    version: str = ""
    updated: str = ""  # meta.lastUpdated as sent
    status_as_sent: str = ""
    codes: tuple[Code, ...] = ()
    categories: tuple[Code, ...] = ()
    identifiers: tuple[BusinessId, ...] = ()
    replaces: tuple[str, ...] = ()  # references or "system|value" of reports this one says it replaces
    security: tuple[Code, ...] = ()  # what else a decision must look at: see viewer/clinical/labels.py
    results: tuple[Result | Unreadable, ...] = ()
    specimens: tuple[Specimen, ...] = ()
    studies: tuple[Study, ...] = ()
    conclusion: str = ""
    conclusion_codes: tuple[Code, ...] = ()
    narrative: str = field(default="", repr=False)  # Narrative.div as sent, never trusted
    addenda: tuple[Addendum, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    performers: tuple[str, ...] = ()
    requester: str = ""
    notes: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    older_parts: tuple[str, ...] = ()  # older versions of its parts that came in the same answer
    kind_stated: bool = True  # False: no category or imaging study says what kind it is
    report_unread: bool = False  # True: a report that names this result came, and could not be read
    of_part: bool = False  # True: its trust sent only part, so a correction or its report may not have come
    related: tuple[str, ...] = ()  # references or "system|value" of reports this one adds to
    sent_as: str = ""  # the id as sent, when `id` had to be another so that two rows have two names
