"""Reduce a report to what a clinician reads in it, so that two can be compared character by character.

Rule: what identifies a resource, and who performed or requested it, is not content; everything else is.
Times are compared as instants: "…T10:00:00Z" and "…T10:00:00+00:00" are one time.
"""

from collections.abc import Hashable, Iterable, Iterator

from viewer.clinical.report import Report, Result, Specimen, Study, Unreadable, Value, When, Words

Content = tuple[Hashable, ...]


def content_of(report: Report) -> Content | None:
    """Return what the report says; None when some of it could not be read, because then nothing is proven."""
    if any(_is_unreadable(report.results)):
        return None
    return (report.status, report.status_as_sent, _time(report.issued), *_clinical(report))


def said_by(report: Report) -> Content | None:
    """Return what the report says whatever its status and time of issue; None when some of it could not be read."""
    return None if any(_is_unreadable(report.results)) else _clinical(report)


def values_of(report: Report) -> Content:
    """Return every value under its name, without regard to case, and the conclusion; () when there is none."""
    values = tuple(_values(report.results))
    return (values, report.conclusion.strip()) if values or report.conclusion.strip() else ()


def _clinical(report: Report) -> Content:
    return (
        report.kind,
        report.title,
        _time(report.taken),
        tuple(map(_result, report.results)),
        frozenset(map(_specimen, report.specimens)),
        frozenset(map(_study, report.studies)),
        report.conclusion,
        frozenset((code.system, code.code) for code in report.conclusion_codes),
        report.narrative,
        tuple((one.text, _time(one.at), one.author) for one in report.addenda),
        tuple((one.title, one.content_type, one.data, one.url) for one in report.attachments),
        report.notes,
    )


def _result(one: Result | Unreadable) -> Content:
    if isinstance(one, Unreadable):
        return (one,)
    return (
        one.name,
        _value(one.value),
        one.status,
        one.flags,
        one.ranges,
        one.notes,
        _time(one.taken),
        _time(one.effective),
        one.method,
        one.body_site,
        tuple(map(_result, one.members)),
    )


def _value(value: Value) -> Hashable:
    """A value in words is its words: one trust may code them, and another not."""
    return ("words", value.text) if isinstance(value, Words) else value


def _specimen(one: Specimen) -> Content:
    return (one.type, _time(one.collected), _time(one.received), one.body_site, one.condition, one.notes)


def _study(one: Study) -> Content:
    return (one.description, one.status, _time(one.started), one.modalities, one.body_sites, one.series, one.notes)


def _time(when: When | None) -> Hashable:
    return (when.instant, when.precision, when.until) if when else None


def _is_unreadable(results: Iterable[Result | Unreadable]) -> Iterator[bool]:
    for one in results:
        if isinstance(one, Unreadable):
            yield True
        else:
            yield from _is_unreadable(one.members)


def _values(results: Iterable[Result | Unreadable]) -> Iterator[Hashable]:
    for one in results:
        if isinstance(one, Result):
            yield one.name.casefold(), _value(one.value)
            yield from _values(one.members)
