"""Find the alerts that a radiologist marked a report with, and where its trust shows the images.

Rule: an alert is an exact string that the partnership has agreed on, sent as a code of the conclusion or as a line of
its own; words inside a sentence never are one. The address of images is its trust's own template with a study's number
or accession in it and nothing else: what could be a patient's number goes into no address.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from connectors.answer import Kind
from viewer.clinical.report import Report, Study


class Alert(StrEnum):
    """How a radiologist asks that a report be read."""

    CRITICAL = "critical"
    URGENT = "urgent"
    UNEXPECTED = "significant unexpected"
    CANCER = "cancer"


@dataclass(frozen=True, slots=True)
class SentAlert:
    """An alert and the radiologist's own word for it."""

    alert: Alert
    as_sent: str


@dataclass(frozen=True, slots=True)
class Imaging:
    """What the partnership has agreed on alerts, and where each trust shows its images."""

    alerts: Mapping[str, Alert] = field(default_factory=dict)  # by the string that is sent
    viewers: Mapping[str, str] = field(default_factory=dict)  # by trust: "https://…/{study_uid}"

    def alerts_of(self, report: Report) -> tuple[SentAlert, ...]:
        """Return every alert of an imaging report, each once, in the order in which they were sent."""
        if report.kind is not Kind.RADIOLOGY or not self.alerts:
            return ()
        said = dict.fromkeys(_said(report))
        return tuple(SentAlert(self.alerts[words], words) for words in said if words in self.alerts)

    def address_of(self, study: Study, trust: str) -> str:
        """Return where a trust shows the images of a study; "" when it has said nothing, or nothing safe can be said.

        A trust that asks for a number the study came without, or came with in letters that no number has, has none.
        """
        template = self.viewers.get(trust, "")
        numbers = {"study_uid": _safe(_UID, study.uid), "accession": _safe(_ACCESSION, study.accession)}
        wanted = PLACEHOLDER.findall(template)
        if not wanted or not all(numbers.get(name) for name in wanted):
            return ""
        return PLACEHOLDER.sub(lambda found: numbers[found[1]], template)


NO_IMAGING = Imaging()
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
PLACEHOLDERS = ("study_uid", "accession")

_UID = re.compile(r"(?=.{1,64}\Z)[0-9]+(\.[0-9]+)*")  # DICOM PS3.5 §9.1
_ACCESSION = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._-]{1,64}")  # what needs no escaping in an address, nor climbs a path
# Ten digits alone, or as three, three and four, in a study's number or an accession can be read as an NHS number.
# Some are only the seconds of a clock, and pass its check by chance: such a study has no link, and is found by hand.
_TEN_DIGITS = re.compile(r"(?<!\d)(\d{10}|\d{3}\.\d{3}\.\d{4})(?!\d)")
_TEN_SPACED = re.compile(r"(?<!\d)\d{3}[._-]?\d{3}[._-]?\d{4}(?!\d)")


def _safe(form: re.Pattern[str], sent: str) -> str:
    could_be_a_patient = (_TEN_DIGITS if form is _UID else _TEN_SPACED).search(sent)
    return sent if form.fullmatch(sent) and not could_be_a_patient else ""


def _said(report: Report) -> Iterator[str]:
    for code in report.conclusion_codes:
        yield from (code.code.strip(), code.display.strip())
    for text in (*(one.text for one in report.addenda), report.conclusion, *report.notes):
        yield from (line.strip() for line in text.splitlines())
