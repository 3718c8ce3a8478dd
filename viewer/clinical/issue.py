"""Make a Report: of a DiagnosticReport, of an Observation that no report names, of a study not yet reported."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from connectors import resource as fhir
from connectors.answer import Kind
from connectors.resource import Identifier, Period, Reference, Resource
from viewer.clinical.addendum import addenda_in, split_addenda
from viewer.clinical.concept import codes_of, codes_of_all, concepts_said, texts_of
from viewer.clinical.finding import STATUSES, Tree, tree_from, tree_of
from viewer.clinical.kind import kind_of
from viewer.clinical.part import Part, called
from viewer.clinical.problem import Problem
from viewer.clinical.reading import Reading
from viewer.clinical.report import (
    Attachment,
    BusinessId,
    Code,
    Report,
    Result,
    Specimen,
    Status,
    Study,
    TakenFrom,
    Unreadable,
    When,
)
from viewer.clinical.request import Requested, requested
from viewer.clinical.specimen import specimens_named
from viewer.clinical.study import read_study
from viewer.clinical.taken import taken_from
from viewer.clinical.title import title_of

MOST_STUDIES = 20  # a request that more studies than this name is no request for any of them

REPLACES = frozenset({"http://hl7.org/fhir/StructureDefinition/diagnosticReport-replaces"})
ADDS_TO = frozenset(
    f"http://hl7.org/fhir/StructureDefinition/diagnosticReport-{word}"
    for word in ("addendumOf", "extends", "summaryOf")
)


def report_issued(
    reading: Reading, part: Part, body: fhir.DiagnosticReport, by_request: Mapping[str, Sequence[Part]]
) -> Report:
    """Return the Report of a DiagnosticReport; `by_request` are the studies made for each request."""
    tree = tree_of(reading, body.result, part)
    asked = requested(reading, body.based_on, part)
    kind = kind_of(body.category, body.code)
    named = _named_studies(reading, body, part)
    imaged = _imaged(reading, named if kind is Kind.LABORATORY else [*named, *_made_for(asked, by_request)])
    taken_of = _own_specimens(reading, body, part) or list(tree.specimens.values())
    gathered = _gather(reading, part, tree, taken_of=taken_of, imaged=imaged, asked=asked)
    gathered.times(reading, part, body.effective_date_time, body.effective_period, body.issued)
    conclusion, added = split_addenda(body.conclusion)
    settled = kind or (Kind.RADIOLOGY if gathered.studies else Kind.LABORATORY)
    title = title_of(
        settled,
        code=body.code,
        results=tree.results,
        requested=asked.names,
        studies=gathered.studies,
        categories=texts_of(body.category),
    )
    return replace(
        _report(reading, part, body, gathered, asked, settled, title, STATUSES.get(body.status, Status.UNKNOWN)),
        codes=codes_of(body.code),
        categories=codes_of_all(body.category),
        replaces=_reports_named(reading, part, body, REPLACES),
        conclusion=conclusion,
        conclusion_codes=concepts_said(body.conclusion_code),
        narrative=body.text.div if body.text else "",
        addenda=(*added, *addenda_in(body.extension)),
        attachments=(*map(_attachment, body.presented_form), *map(_media, body.media)),
        performers=reading.who((*body.performer, *body.results_interpreter), part),
        kind_stated=kind is not None or bool(gathered.studies),
        related=_reports_named(reading, part, body, ADDS_TO),
    )


def report_of_finding(reading: Reading, part: Part, body: fhir.Observation) -> Report:
    """Return the Report of an Observation that no report names, with the members it names."""
    tree = tree_from(reading, part)
    asked = requested(reading, body.based_on, part)
    kind = kind_of(body.category)
    gathered = _gather(reading, part, tree, taken_of=list(tree.specimens.values()), imaged=(), asked=asked)
    gathered.times(reading, part, "", None, body.issued)
    settled = kind or Kind.LABORATORY
    title = title_of(
        settled,
        code=body.code,
        results=tree.results[:1],
        requested=asked.names,
        studies=(),
        categories=texts_of(body.category),
    )
    return replace(
        _report(reading, part, body, gathered, asked, settled, title, STATUSES.get(body.status, Status.UNKNOWN)),
        categories=codes_of_all(body.category),
        performers=reading.who(body.performer, part),
        kind_stated=kind is not None,
    )


def report_of_study(reading: Reading, part: Part, body: fhir.ImagingStudy) -> Report:
    """Return the Report of a study that no report names: imaged, not yet reported."""
    asked = requested(reading, body.based_on, part)
    gathered = _gather(reading, part, Tree(), taken_of=(), imaged=_imaged(reading, [part]), asked=asked)
    gathered.times(reading, part, "", None, "")
    of_study = next((study.status for study in gathered.studies), Status.UNKNOWN)
    status = of_study if of_study in (Status.CANCELLED, Status.ENTERED_IN_ERROR) else Status.REGISTERED
    title = title_of(
        Kind.RADIOLOGY,
        code=None,
        results=gathered.results,
        requested=asked.names,
        studies=gathered.studies,
        categories=(),
    )
    return _report(reading, part, body, gathered, asked, Kind.RADIOLOGY, title, status)


def _report(
    reading: Reading,
    part: Part,
    body: fhir.DiagnosticReport | fhir.Observation | fhir.ImagingStudy,
    gathered: "Gathered",
    asked: Requested,
    kind: Kind,
    title: str,
    status: Status,
) -> Report:
    """Return what stands in every Report, of whatever it is made."""
    return Report(
        trust=reading.trust,
        id=part.base,
        kind=kind,
        title=title,
        status=status,
        taken=gathered.taken,
        taken_from=gathered.taken_from,
        issued=gathered.issued,
        version=part.version,
        updated=body.meta.last_updated if body.meta else "",
        status_as_sent=body.status,
        identifiers=_identifiers(body.identifier),
        security=gathered.labels,
        results=tuple(gathered.results),
        specimens=tuple(gathered.specimens),
        studies=tuple(gathered.studies),
        requester=asked.requester,
        parts=gathered.parts,
        older_parts=gathered.older,
    )


@dataclass(slots=True)
class Gathered:
    """What went into one report, of whatever it is made."""

    results: list[Result | Unreadable]
    specimens: list[Specimen]
    studies: list[Study]
    parts: tuple[str, ...]
    older: tuple[str, ...]
    labels: tuple[Code, ...]
    taken: When | None = None
    taken_from: TakenFrom = TakenFrom.NOTHING
    issued: When | None = None

    def times(self, reading: Reading, part: Part, effective: str, period: Period | None, issued: str) -> None:
        """Place the report in time; a time that cannot be read stands among the results as what it is."""
        sent = {"effective": reading.either(effective, period), "issued": reading.either(issued, None)}
        readable = {field: time for field, time in sent.items() if isinstance(time, When)}
        self.issued = readable.get("issued")
        self.taken, self.taken_from = taken_from(
            self.specimens, readable.get("effective"), self.results, self.studies, self.issued
        )
        for field, time in sent.items():
            if isinstance(time, Problem):
                self.results.append(reading.unreadable(part, f"{field}: {time.reason}", field=field))


def _gather(
    reading: Reading,
    part: Part,
    tree: Tree,
    *,
    taken_of: Sequence[Specimen | Unreadable],
    imaged: Sequence[Study | Unreadable],
    asked: Requested,
) -> Gathered:
    others = [*taken_of, *imaged]
    names = [part.name, *(one.name for one in tree.parts), *map(_part_name, others), *asked.keys]
    parts = [known for name in dict.fromkeys(names) if (known := reading.parts.all.get(name))]
    return Gathered(
        results=[*tree.results, *(one for one in others if isinstance(one, Unreadable))],
        specimens=[one for one in taken_of if isinstance(one, Specimen)],
        studies=[one for one in imaged if isinstance(one, Study)],
        parts=tuple([one.name for one in parts]),
        older=tuple([name for one in parts if one.kind != "DiagnosticReport" for name in one.older]),
        labels=tuple(dict.fromkeys([*_labels(parts), *asked.codes])),
    )


def _part_name(one: Specimen | Study | Unreadable) -> str:
    return f"{one.kind}/{one.id}" if isinstance(one, Unreadable) else one.id


def _labels(parts: Iterable[Part]) -> Iterator[Code]:
    for part in parts:
        meta = part.body.meta if part.body else None
        for label in meta.security if meta else ():
            yield Code(label.system, label.code, label.display)


def _own_specimens(reading: Reading, body: fhir.DiagnosticReport, part: Part) -> list[Specimen | Unreadable]:
    found = (one for reference in body.specimen for one in specimens_named(reading, reference, part))
    return list(dict.fromkeys(found))


def _named_studies(reading: Reading, body: fhir.DiagnosticReport, part: Part) -> list[Part | Unreadable]:
    named: list[Part | Unreadable] = []
    for reference in body.imaging_study:
        found = reading.parts.find(reference, part, "ImagingStudy")
        if isinstance(found, Problem):
            id_ = called(reference).removeprefix("ImagingStudy/")
            named.append(Unreadable(reading.trust, "ImagingStudy", id_, found.reason, name=reference.display))
        else:
            named.extend(found)
    return named


def _made_for(asked: Requested, by_request: Mapping[str, Sequence[Part]]) -> Iterator[Part]:
    for key in asked.keys:
        made = by_request.get(key, ())
        yield from made if len(made) <= MOST_STUDIES else ()


def _imaged(reading: Reading, named: Iterable[Part | Unreadable]) -> list[Study | Unreadable]:
    return [
        read
        for one in dict.fromkeys(named)
        for read in ((one,) if isinstance(one, Unreadable) else read_study(reading, one))
    ]


def _identifiers(sent: Iterable[Identifier]) -> tuple[BusinessId, ...]:
    return tuple([BusinessId(one.system, one.value) for one in sent if one.value])


def _reports_named(reading: Reading, part: Part, body: Resource, urls: frozenset[str]) -> tuple[str, ...]:
    """Return the reports that extensions of these kinds name: "DiagnosticReport/7", or "system|value"."""
    references = [one.value_reference for one in body.extension if one.url in urls and one.value_reference]
    return tuple(dict.fromkeys(_report_name(reading, part, one) for one in references))


def _report_name(reading: Reading, part: Part, reference: Reference) -> str:
    found = reading.parts.find(reference, part, "DiagnosticReport")
    return called(reference) if isinstance(found, Problem) else found[0].base


def _attachment(sent: fhir.Attachment) -> Attachment:
    return Attachment(sent.title, sent.content_type, sent.data, sent.url, sent.creation)


def _media(sent: fhir.ReportMedia) -> Attachment:
    link = sent.link or Reference()
    return Attachment(", ".join(filter(None, (sent.comment, link.display))), "", "", link.reference)
