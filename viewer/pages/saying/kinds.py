"""Say what belongs to one kind of report: susceptibilities, timed tests, gases, and imaging with its alerts.

Rule: the laboratory's letters and the radiologist's words stay as they were sent; what is worked out is said to be.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import assert_never

from connectors.answer import Trust
from viewer.clinical.imaging import Alert, SentAlert
from viewer.clinical.report import Amount, Precision, Report, Result, Study, Value, When, Words
from viewer.pages.saying.english import listed, plural
from viewer.pages.saying.results import code, unit, value

SUSCEPTIBILITIES = "Susceptibilities as the laboratory sent them"
ABOUT_I = "I: a laboratory that goes by EUCAST means by it “susceptible, increased exposure”."
NOT_SENT_HERE = "none sent"
POINT_OF_CARE = "Point of care"
MICROBIOLOGY = "Microbiology"
GAS_WITHOUT_TIME = "Blood gas without a time of day: none was sent."

# DICOM PS3.3 §C.7.3.1.1.1, those in daily use. A code that is not here stands as it was sent.
_MODALITIES = {
    "BMD": "Bone densitometry",
    "CR": "X-ray",
    "CT": "CT",
    "DX": "X-ray",
    "ECHO": "Echocardiography",
    "ES": "Endoscopy",
    "IO": "Dental X-ray",
    "MG": "Mammography",
    "MR": "MRI",
    "NM": "Nuclear medicine",
    "PT": "PET",
    "PX": "Dental X-ray",
    "RF": "Fluoroscopy",
    "SR": "Structured report",
    "US": "Ultrasound",
    "XA": "Angiography",
}


def modality(sent: str) -> str:
    """Say a modality in words, with its code: X-ray (DX)."""
    said = _MODALITIES.get(sent)
    return f"{said} ({sent})" if said and said != sent else sent


def modalities(of: Study) -> str:
    """Say every modality of a study."""
    return ", ".join(map(modality, of.modalities))


def after_the_first(since: timedelta) -> str:
    """Say how long after the first of several like it a finding was taken, and that this was worked out."""
    if not since:
        return "the first of these"
    minutes, seconds = divmod(int(since.total_seconds()), 60)
    said = f"{minutes:,} min" + (f" {seconds} s" if seconds else "")
    return f"{said} after the first (worked out from the times sent)"


def coded(of: Value) -> str:
    """Say what a value in words was coded as, where the code says something else: coded as “Not detected”."""
    if not isinstance(of, Words) or not of.text:
        return ""
    said = of.text.strip().casefold()
    others = dict.fromkeys(one.display for one in of.codes if one.display.strip().casefold() not in ("", said))
    return f"coded as {', '.join(f'“{other}”' for other in others)}" if others else ""


def coded_conclusion(report: Report, alerts: Mapping[str, object]) -> str:
    """Say what a conclusion was coded as, but for what stands above it as an alert."""
    said = (code(one) for one in report.conclusion_codes if alerts.keys().isdisjoint((one.code, one.display)))
    others = dict.fromkeys(one for one in said if one and one != report.conclusion)
    return f"conclusion coded as: {'; '.join(others)}" if others else ""


def alert(of: SentAlert) -> str:
    """Say how a radiologist asks that a report be read."""
    match of.alert:
        case Alert.CRITICAL:
            return "CRITICAL"
        case Alert.URGENT:
            return "URGENT"
        case Alert.UNEXPECTED:
            return "SIGNIFICANT UNEXPECTED"
        case Alert.CANCER:
            return "CANCER"
        case _:
            assert_never(of.alert)


def alert_as_sent(of: SentAlert) -> str:
    """Say whose alert it is, and in which words it came when they are others."""
    return "marked so in the report" if of.as_sent == alert(of) else f"marked “{of.as_sent}” in the report"


def images(trust: Trust) -> str:
    """Name the link to a study's images."""
    return f"Images at {trust.title}, in a new tab"


def is_to_the_minute(time: When | None) -> bool:
    """Say whether a time holds a time of day."""
    return time is not None and time.precision in (Precision.MINUTE, Precision.SECOND)


def not_here(others: Mapping[str, int], unsaid: int) -> str:
    """Count what a page of one kind does not show: 41 other laboratory reports and 9 radiology reports."""
    counts = [f"{count:,} {_of_kind(kind)} {plural(count, 'report')}" for kind, count in sorted(others.items())]
    if not counts:
        return ""
    said = f"Not on this page: {listed(counts)}."
    verb, whose = plural(unsaid, "says", "say"), plural(unsaid, "its", "their")
    return f"{said} {unsaid:,} of these {verb} nothing of {whose} kind." if unsaid else said


def _of_kind(kind: str) -> str:
    return {"Laboratory": "laboratory", "Radiology": "radiology"}.get(kind, kind.lower())


def with_its_number(result: Result) -> str:
    """Name an antibiotic with what was measured, where a number was sent: Vancomycin 1 mg/L."""
    if not isinstance(result.value, Amount):
        return result.name
    return f"{result.name} {value(result.value)} {unit(result.value)}"


def study_of(study: Study | None, report: Report) -> str:
    """Say what was imaged, for a table: its description, or the report's title."""
    return (study.description if study else "") or report.title


def report_state(report: Report, said: str) -> str:
    """Say how far a study has been reported; `said` is the report's status in words."""
    return said if is_reported(report) else not_reported(report)


def not_reported(report: Report) -> str:
    """Say that no report of a study has come, and whether that means that there is none."""
    if report.of_part:
        return f"Imaged. Whether it is reported is not known: {report.trust.title} sent only part"
    return "○ Imaged, not yet reported"


def is_reported(report: Report) -> bool:
    """Say whether anything of a report has come but its images."""
    return bool(report.conclusion or report.results or report.narrative or report.attachments or report.addenda)
