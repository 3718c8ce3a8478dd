"""Turn what one trust sent into Reports: our words, the trust's own characters, one resource at a time.

Rule: nothing vanishes. Of everything received (each distinct DiagnosticReport, Observation and ImagingStudy):

* a DiagnosticReport is a Report of its own, or an Unreadable;
* an Observation is in every Report that names it, or that names a group that names it; one that no report reaches
  is a Report of its own, or in that of the group that names it;
* an ImagingStudy is in the reports that name it or were asked for by the same request, or else a Report of its own;
* what cannot be read is an Unreadable in the reports that name it, or by itself when none does;
* an older version of an Observation or ImagingStudy that came beside its newer one is named in `older_parts`.

So the names in `parts` and `older_parts` of all Reports, with those of the Unreadables, are exactly what was received.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from connectors import resource as fhir
from connectors.answer import Received, Trust
from viewer.clinical.finding import members_of
from viewer.clinical.issue import report_issued, report_of_finding, report_of_study
from viewer.clinical.labels import codes_in, with_shared_labels
from viewer.clinical.part import Part, name_parts
from viewer.clinical.reading import Reading
from viewer.clinical.report import Report, Unreadable
from viewer.clinical.request import requested

# Anything else a trust may send is passed over: it is neither a result nor a part of one.
_KINDS = frozenset(
    {
        "",
        "DiagnosticReport",
        "Observation",
        "ImagingStudy",
        "Specimen",
        "ServiceRequest",
        "Practitioner",
        "Organization",
    }
)


@dataclass(frozen=True, slots=True)
class Normalised:
    """One trust's reports. `received` counts what is, or would have been, a row of its own."""

    trust: Trust
    reports: tuple[Report, ...]
    unreadable: tuple[Unreadable, ...]  # those that stand in no report
    received: int


def normalise(trust: Trust, received: Sequence[Received], *, of_part: bool = False) -> Normalised:
    """Return the Reports in what a trust sent; the same whatever the order in which it came.

    `of_part` says that the trust sent only part of its answer.
    """
    reading = Reading(trust, name_parts(one for one in received if one.kind in _KINDS))
    reports = list(_issued(reading))
    shown = _names_in(reports)
    reports += _unreported_studies(reading, shown)
    reports += _unreported_findings(reading, shown)
    unreadable = tuple(_by_themselves(reading, _names_in(reports)))
    labelled = with_shared_labels(reading, reports)
    told = tuple(replace(report, of_part=True) for report in labelled) if of_part else labelled
    return Normalised(trust, told, unreadable, len(reports) + len(unreadable))


def _issued(reading: Reading) -> Iterator[Report]:
    by_request = _studies_by_request(reading)
    for part in reading.parts.all.values():
        if isinstance(part.body, fhir.DiagnosticReport) and not part.body.modifier_extension:
            yield report_issued(reading, part, part.body, by_request)


def _studies_by_request(reading: Reading) -> Mapping[str, Sequence[Part]]:
    by_request: dict[str, list[Part]] = {}
    for part in _current(reading, "ImagingStudy"):
        if isinstance(part.body, fhir.ImagingStudy):
            for key in requested(reading, part.body.based_on, part).keys:
                by_request.setdefault(key, []).append(part)
    return by_request


def _unreported_studies(reading: Reading, shown: set[str]) -> Iterator[Report]:
    for part in _current(reading, "ImagingStudy"):
        if part.name not in shown and isinstance(part.body, fhir.ImagingStudy):
            yield report_of_study(reading, part, part.body)


def _unreported_findings(reading: Reading, shown: set[str]) -> Iterator[Report]:
    """Groups first, so that a member stands in its group; of groups in a circle, the first by name."""
    alone = [part for part in _current(reading, "Observation") if part.name not in shown]
    inner = {member.name for part in alone for member in members_of(reading, part) if member is not part}
    placed: set[str] = set()
    unread = [part for part in reading.parts.all.values() if part.kind == "DiagnosticReport" and part.body is None]
    for part in [*(one for one in alone if one.name not in inner), *(one for one in alone if one.name in inner)]:
        if part.name not in placed and isinstance(part.body, fhir.Observation):
            report = report_of_finding(reading, part, part.body)
            placed.update(report.parts)
            yield replace(report, report_unread=True) if _named_by_any(unread, part) else report


def _named_by_any(unread: Iterable[Part], finding: Part) -> bool:
    """Tell whether a report that could not be read names this finding: it may have corrected or withdrawn it."""
    return any(f'{finding.base}"'.encode() in report.raw for report in unread)


def _by_themselves(reading: Reading, shown: set[str]) -> Iterator[Unreadable]:
    for part in reading.parts.all.values():
        if part.name in shown:
            continue
        if part.body is None:
            yield reading.unreadable(part, part.problem, codes=codes_in(part.raw))
        elif isinstance(part.body, fhir.DiagnosticReport):
            problem = "it carries a modifierExtension that is not known here"
            yield reading.unreadable(part, problem, codes=codes_in(part.raw))


def _current(reading: Reading, kind: str) -> Iterator[Part]:
    for parts in reading.parts.current.values():
        if parts[0].kind == kind:
            yield from parts


def _names_in(reports: Iterable[Report]) -> set[str]:
    return {name for report in reports for name in (*report.parts, *report.older_parts)}
