"""Tell a patient's story: what was tested and imaged, where and when, and what came of it.

Rule: the same person, day and story give the same record, to the last digit.
"""

import random
from base64 import b32encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from hashlib import sha256
from zoneinfo import ZoneInfo

from sandbox.laboratory.finding import Addendum, Document, Finding, Issued, Missing, Times
from sandbox.laboratory.laboratory import Laboratory
from sandbox.laboratory.panel import Panel
from sandbox.laboratory.radiology import Image

LONDON = ZoneInfo("Europe/London")
NOTHING: Mapping[str, str] = {}

REQUESTERS = (
    "Dr M Okafor, Emergency Medicine",
    "Dr S Brennan, Acute Medicine",
    "Dr L Haigh, General Practice",
    "Mr T Ashworth, Surgery",
    "Dr R Menon, Cardiology",
    "Sister J Pell, Outpatients",
)
REPORTERS = ("Dr H Lindqvist", "Dr P Oyelaran", "Dr C Whitworth", "Dr N Adeyemi")


class Correction(StrEnum):
    """How a trust sends a report it had to change."""

    SAME_IDENTIFIER = "same identifier"  # a second report with the first one's number, that says it replaces it
    REPLACES = "replaces"  # a second report with its own number, that says it replaces the first
    NEW_VERSION = "new version"  # the same resource; the old version must be asked for


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody invented."""

    key: str  # "walter_hargreaves"
    nhs_number: str  # "999 412 7039"
    family: str
    given: tuple[str, ...]
    sex: str
    born: date
    title: str = ""
    practice: str = "Y99001"
    postcode: str = "S3 8XX"
    street: str = "14 Example Street"
    town: str = "Sheffield"
    died_days_ago: int | None = None
    restricted: bool = False
    verification: str = "01"  # UK Core: 01 is verified
    usual: Mapping[str, float] = field(default_factory=dict)  # what is usual for this person

    @property
    def digits(self) -> str:
        return self.nhs_number.replace(" ", "")

    def age_on(self, day: date) -> float:
        return (day - self.born).days / 365.2425


@dataclass(frozen=True, slots=True)
class Told:
    """One report of the story and the trusts that hold it."""

    held_at: tuple[str, ...]
    issued: Issued


class Scribe:
    """Writes one person's story down."""

    def __init__(self, person: Person, today: date, laboratories: Mapping[str, Laboratory]) -> None:
        self.person = person
        self.today = today
        self.told: list[Told] = []
        self._laboratories = laboratories
        self._count = 0

    def ago(self, days: int, clock: str = "09:10") -> datetime:
        """Return a moment so many days before today."""
        return datetime.combine(self.today - timedelta(days=days), time.fromisoformat(clock), LONDON)

    def blood(
        self,
        trust: str,
        taken: datetime,
        *panels: Panel,
        values: Mapping[str, str] = NOTHING,
        notes: Mapping[str, str] = NOTHING,
        status: str = "final",
        issued: datetime | None = None,
        reason: str = "",
        condition: str = "",
        copied_to: tuple[str, ...] = (),
        loose: bool = False,
        was: Mapping[str, str] = NOTHING,
        corrected: datetime | None = None,
        how: Correction = Correction.SAME_IDENTIFIER,
        because: str = "",
    ) -> None:
        """Tell of a blood test. With `corrected`, the first report had the values in `was`."""
        told = self._new(trust, taken, panels[0].discipline, issued)
        told = replace(
            told,
            title=" and ".join(panel.title for panel in panels),
            specimen=panels[0].specimen,
            specimen_condition=condition,
            department=_department(panels[0].discipline),
            reason=reason,
            loose=loose,
            status=status,
        )
        findings = self._measure(trust, told, panels, values)
        if corrected is None:
            self._tell(replace(told, findings=_noted(findings, notes)), copied_to)
            return
        first = self._measure(trust, told, panels, {**values, **was})
        self._tell(replace(told, findings=first, status="final"), copied_to)
        comment = {"": because} if because else {}
        changed = frozenset(a.local for panel in panels for a in panel.analytes if a.key in was)
        second = replace(
            told,
            changed=changed,
            findings=_noted(findings, {**notes, **comment}),
            status="corrected" if status == "final" else status,
        )
        self._tell(self._correction(second, corrected, how), copied_to)

    def words(
        self,
        trust: str,
        taken: datetime,
        finding: Finding,
        discipline: str,
        specimen: str,
        *,
        site: str = "",
        status: str = "final",
        days_to_report: float = 2,
        conclusion: str = "",
        reason: str = "",
        security: tuple[tuple[str, str, str], ...] = (),
        copied_to: tuple[str, ...] = (),
    ) -> None:
        """Tell of a test whose answer is in words or groups: cultures, serology, histology."""
        told = self._new(trust, taken, discipline, taken + timedelta(days=days_to_report))
        told = replace(
            told,
            title=finding.name,
            findings=(finding,),
            specimen=specimen,
            specimen_site=site,
            department=_department(discipline),
            status=status,
            conclusion=conclusion,
            reason=reason,
            security=security,
            signed_by=self._one_of(REPORTERS, told.serial) if discipline == "SP" else "",
        )
        self._tell(told, copied_to)

    def refined(
        self,
        trust: str,
        taken: datetime,
        first: Finding,
        then: Finding,
        discipline: str,
        specimen: str,
        *,
        days_to_report: tuple[float, float] = (1, 4),
    ) -> None:
        """Tell of a culture that is reported as preliminary, and later as final under the same number."""
        early, late = (taken + timedelta(days=days) for days in days_to_report)
        told = self._new(trust, taken, discipline, early)
        told = replace(
            told,
            title=then.name,
            findings=(first,),
            specimen=specimen,
            department=_department(discipline),
            status="preliminary",
        )
        self._tell(told)
        final = self._correction(told, late, Correction.SAME_IDENTIFIER)
        self._tell(replace(final, findings=(then,), status="final"))

    def image(
        self,
        trust: str,
        taken: datetime,
        image: Image,
        *,
        status: str = "final",
        issued: datetime | None = None,
        by: str = "",
        reason: str = "",
        security: tuple[tuple[str, str, str], ...] = (),
        documents: Sequence[Document] = (),
        text: str = "",
        addendum: Addendum | None = None,
        alert: str = "",
        narrative_only: bool = False,
    ) -> None:
        """Tell of an examination: with its report, or "registered" when it was imaged and not yet reported."""
        reported = status != "registered"
        told = self._new(trust, taken, "RAD", issued or taken + timedelta(minutes=7 if not reported else 95))
        reader = by or self._one_of(REPORTERS, told.serial)
        told = replace(
            told,
            title=image.title,
            department="Radiology",
            study=image.study(),
            status=status,
            reason=reason,
            security=security,
            signed_by=reader if reported else "",
            conclusion=(text or image.impression) if reported and not narrative_only else "",
            narrative=(image.findings, image.impression) if reported and not text else (),
            documents=tuple(documents),
            addendum=addendum,
            alert=alert,
        )
        self._tell(told)

    def cancelled(self, trust: str, taken: datetime, panel: Panel, why: str, issued: datetime | None = None) -> None:
        """Tell of a test that could not be done."""
        told = self._new(trust, taken, panel.discipline, issued)
        finding = Finding(panel.title, panel.local, Missing(why), snomed=panel.snomed)
        told = replace(told, title=panel.title, findings=(finding,), specimen=panel.specimen, status="cancelled")
        self._tell(replace(told, conclusion=why, department=_department(panel.discipline)))

    def routine(
        self, trust: str, *panels: Panel, years: float, every: int, until: int = 7, copied_to: tuple[str, ...] = ()
    ) -> None:
        """Tell of a check-up every so many days over the years, the last one `until` days ago."""
        chance = random.Random(f"{self.person.key}/{trust}/routine/{panels[0].key}/{every}")
        days = int(years * 365)
        while days > until:
            clock = f"{chance.randrange(8, 16):02d}:{chance.randrange(0, 60, 5):02d}"
            if self.ago(days).date() > self.person.born:
                for panel in panels:
                    self.blood(trust, self.ago(days, clock), panel, copied_to=copied_to)
            days -= max(1, every + chance.randrange(-every // 6 - 1, every // 6 + 2))

    def _new(self, trust: str, taken: datetime, discipline: str, issued: datetime | None) -> Issued:
        self._count += 1
        serial = f"r{self._count}"
        chance = random.Random(f"{self.person.key}/{serial}/times")
        received = taken + timedelta(minutes=chance.randrange(12, 90))
        out = issued or received + timedelta(minutes=chance.randrange(35, 240))
        received = max(taken, min(received, out - timedelta(minutes=2)))
        times = Times(taken, received, out)
        number = self._number(trust, serial, taken, discipline)
        return Issued(serial, number, trust, times, discipline=discipline, requester=self._one_of(REQUESTERS, serial))

    def _number(self, trust: str, serial: str, taken: datetime, discipline: str) -> str:
        digest = sha256(f"{self.person.key}/{trust}/{serial}".encode()).digest()
        return f"{taken:%y}{discipline[0]}-{b32encode(digest[:5]).decode()}"

    def _measure(
        self, trust: str, told: Issued, panels: Sequence[Panel], values: Mapping[str, str]
    ) -> tuple[Finding, ...]:
        laboratory, age = self._laboratories[trust], self.person.age_on(told.times.taken.date())
        chance = random.Random(f"{self.person.key}/{told.serial}/values")
        return tuple(
            laboratory.report(
                panel, self.person.sex, age, given=_of(panel, values), usual=self.person.usual, chance=chance
            )
            for panel in panels
        )

    def _correction(self, told: Issued, corrected: datetime, how: Correction) -> Issued:
        later = replace(told, times=replace(told.times, issued=corrected), version=2)
        match how:
            case Correction.NEW_VERSION:
                return later
            case Correction.SAME_IDENTIFIER:
                return replace(later, serial=f"{told.serial}c", replaces=told.serial)
            case Correction.REPLACES:
                return replace(
                    later, serial=f"{told.serial}c", number=f"{told.number}C", version=1, replaces=told.serial
                )

    def _tell(self, issued: Issued, copied_to: tuple[str, ...] = ()) -> None:
        self.told.append(Told((issued.issuer, *copied_to), issued))

    def _one_of(self, people: Sequence[str], serial: str) -> str:
        return random.Random(f"{self.person.key}/{serial}/who").choice(people)


def _of(panel: Panel, values: Mapping[str, str]) -> dict[str, str]:
    keys = {analyte.key for analyte in panel.analytes}
    return {key: text for key, text in values.items() if key in keys}


def _noted(findings: tuple[Finding, ...], notes: Mapping[str, str]) -> tuple[Finding, ...]:
    """Put each note on the finding whose local code it names; the one under "" goes on the first."""
    noted = tuple(_with_note(finding, notes) for finding in findings)
    if "" in notes and noted:
        noted = (replace(noted[0], notes=(*noted[0].notes, notes[""])), *noted[1:])
    return noted


def _with_note(finding: Finding, notes: Mapping[str, str]) -> Finding:
    own = (notes[finding.local],) if finding.local in notes else ()
    members = tuple(_with_note(member, notes) for member in finding.members)
    return replace(finding, notes=finding.notes + own, members=members)


def _department(discipline: str) -> str:
    return {
        "HM": "Haematology",
        "BG": "Point of care",
        "MB": "Microbiology",
        "VR": "Virology",
        "SR": "Virology",
        "SP": "Cellular Pathology",
        "CP": "Cellular Pathology",
    }.get(discipline, "Clinical Chemistry")
