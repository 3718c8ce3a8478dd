"""What a laboratory found and issued, before any trust writes it as FHIR."""

from dataclasses import dataclass, field
from datetime import datetime

from sandbox.laboratory.analyte import NO_INTERVAL, Interval


@dataclass(frozen=True, slots=True)
class Measured:
    """A number as printed, with its comparator and unit."""

    number: str
    unit: str
    ucum: str = ""
    comparator: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A value in words; `code` is (system, code, display) when the words have one."""

    text: str
    code: tuple[str, str, str] | None = None
    as_string: bool = False


@dataclass(frozen=True, slots=True)
class Missing:
    """No value, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Dilution:
    """A titre: 1 in so many."""

    one_in: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding, or a group of them. A group has members and no value of its own."""

    name: str
    local: str
    value: Measured | Said | Missing | Dilution | None = None
    snomed: str = ""
    flag: str = ""  # as this laboratory sends it
    interval: Interval = NO_INTERVAL
    interval_text: str = ""
    notes: tuple[str, ...] = ()
    members: tuple["Finding", ...] = ()
    components: tuple["Finding", ...] = ()
    at: datetime | None = None  # its own time, where one report holds the same finding at several


@dataclass(frozen=True, slots=True)
class Times:
    """When the specimen was taken, when it came in, and when the report went out."""

    taken: datetime
    received: datetime
    issued: datetime


@dataclass(frozen=True, slots=True)
class Document:
    """Something attached to a report."""

    title: str
    content_type: str
    content: bytes = field(repr=False)
    created: datetime | None = None


@dataclass(frozen=True, slots=True)
class Issued:
    """One report as a laboratory or a radiologist issued it."""

    serial: str  # within the patient's record
    number: str  # the business identifier, unique to the issuing trust
    issuer: str  # the trust whose laboratory it is
    times: Times
    title: str = ""
    discipline: str = "CH"
    status: str = "final"
    version: int = 1
    findings: tuple[Finding, ...] = ()
    specimen: str = ""  # its type in words
    specimen_site: str = ""
    specimen_condition: str = ""
    department: str = "Laboratory"
    signed_by: str = ""
    requester: str = ""
    reason: str = ""  # clinical details on the request
    conclusion: str = ""
    narrative: tuple[str, ...] = ()
    documents: tuple[Document, ...] = ()
    security: tuple[tuple[str, str, str], ...] = ()
    replaces: str = ""  # the serial of the report this one replaces
    changed: frozenset[str] = frozenset()  # local codes of what a correction changed; empty: all of it
    loose: bool = False  # its findings are sent without a report
    study: "Study | None" = None
    addendum: "Addendum | None" = None
    alert: str = ""  # what the radiologist marks it with


@dataclass(frozen=True, slots=True)
class Addendum:
    """Words added to a report after it was issued."""

    at: datetime
    author: str
    text: str


@dataclass(frozen=True, slots=True)
class Study:
    """What was imaged."""

    modality: str  # DICOM: CT, MR, DX, US
    description: str
    region: str
    series: tuple[tuple[str, int], ...] = ()  # description and number of images
