"""Carry a report's labels to every report that shares a finding or a study with it.

A report may be withheld for a label or a code (a sexual-health report, say). A finding of it that also stands in
another report would then be seen there. So what a decision must look at goes wherever the finding goes, also from a
report that could not be read as a whole: its labels are still looked for, and follow the results it names.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import msgspec

from connectors.resource import Reference
from viewer.clinical.part import Part
from viewer.clinical.problem import Problem
from viewer.clinical.reading import Reading
from viewer.clinical.report import Code, Report

Labels = tuple[Code, ...]


def with_shared_labels(reading: Reading, reports: Sequence[Report]) -> tuple[Report, ...]:
    """Return the reports, each with the labels and codes of every report that it shares a finding or a study with."""
    by_part: dict[str, dict[Code, None]] = {}
    for part in reading.parts.all.values():
        if part.kind == "DiagnosticReport" and part.body is None:
            labels = dict.fromkeys(codes_in(part.raw))
            for name in _named_by(reading, part):
                by_part.setdefault(name, {}).update(labels)
    times = Counter([name for report in reports for name in report.parts if _is_result(name)])
    for report in reports:
        for name in report.parts:
            if times[name] > 1:
                by_part.setdefault(name, {}).update(dict.fromkeys(_own(report)))
    return tuple([_with(report, by_part) for report in reports]) if by_part else tuple(reports)


_NOT_READ = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)


def codes_in(raw: bytes) -> Labels:
    """Return every coding that can still be found in a resource that could not be read."""
    try:
        waiting = [msgspec.json.decode(raw)]
    except _NOT_READ:
        return ()
    found: dict[Code, None] = {}
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting.extend(one)
        elif isinstance(one, dict):
            waiting.extend(one.values())
            if isinstance(one.get("code"), str):
                found[Code(_text(one.get("system")), one["code"], _text(one.get("display")))] = None
    return tuple(found)


def _text(sent: object) -> str:
    return sent if isinstance(sent, str) else ""


class _Results(msgspec.Struct, gc=False):
    result: msgspec.Raw = msgspec.Raw()


def _named_by(reading: Reading, part: Part) -> Iterator[str]:
    """Yield the results that a report names which cannot be read as a whole."""
    try:
        sent = msgspec.json.decode(msgspec.json.decode(part.raw, type=_Results).result)
    except _NOT_READ:
        return
    for one in sent if isinstance(sent, list) else ():
        address = _text(one.get("reference")) if isinstance(one, dict) else ""
        found = reading.parts.find(Reference(reference=address), part, "Observation")
        if not isinstance(found, Problem):
            yield from (named.name for named in found)


def _is_result(name: str) -> bool:
    """A specimen or a request may well be shared with a report that is nobody else's business; a finding may not."""
    return name.startswith(("Observation/", "ImagingStudy/"))


def _own(report: Report) -> Labels:
    return (*report.security, *report.codes, *report.categories, *report.conclusion_codes)


def _with(report: Report, by_part: Mapping[str, Mapping[Code, None]]) -> Report:
    carried = dict.fromkeys(label for name in report.parts for label in by_part.get(name, ()))
    own = frozenset(_own(report))
    added = tuple([label for label in carried if label not in own])
    return replace(report, security=(*report.security, *added)) if added else report
