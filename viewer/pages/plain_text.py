"""Write chosen results as plain text, for a letter: who, what is missing, then every report with its source.

Rule: what is missing stands before any result. Every value keeps its characters, and stands with its flag, unit and
range, its trust, its time and its status.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from connectors.answer import Kind
from viewer.clinical.bedside import is_blood_gas, is_from_point_of_care
from viewer.clinical.corrections import corrections
from viewer.clinical.report import Report, Status
from viewer.clinical.row import Row
from viewer.pages import words
from viewer.pages.narrative import clean
from viewer.pages.said_lines import Line, lines_of


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above the results, in the order it stands there."""

    who: str  # the patient
    copied: str  # when, by whom
    complete: str  # how far it is everything, naming every trust that is missing
    unread: tuple[str, ...]  # what could not be read
    standing: tuple[str, ...]  # what is never shared here
    chosen: str  # how many of how many


def plain_text(heading: Heading, rows: Iterable[Row]) -> str:
    """Return it all, lines ended by line feeds."""
    above = (heading.who, heading.copied, heading.complete, *heading.unread, *heading.standing, heading.chosen)
    return "\n\n".join(["\n".join(filter(None, above)), *("\n".join(_row(row)) for row in rows)]) + "\n"


def _row(row: Row) -> Iterator[str]:
    report = row.report
    yield f"{_indented(report.title)}. {'. '.join(map(_indented, facts(report)))}."
    if report.report_unread:
        yield f"  {words.REPORT_UNREAD}"
    if report.of_part:
        yield f"  {words.in_part(report)}"
    yield from _addenda(report)
    if report.status is Status.ENTERED_IN_ERROR:
        yield f"  {report.trust.title} has marked this report as entered in error: what it said is not copied."
        return
    yield from (f"  {said}" for said in bedside(report))
    yield from (f"  Comment: {_indented(note)}" for note in report.notes)
    for line in lines_of(report, corrections(row)):
        yield from _result(line)
    yield from _words(report)
    yield from (f"  Also held by {copy.trust.title}, same report." for copy in row.copies)


def facts(report: Report) -> Sequence[str]:
    """Return where a report is from, when it was taken and issued, and how it stands."""
    specimens = words.specimens(report)
    return [
        report.trust.title,
        *([specimens] if specimens else []),
        f"Taken {words.when(report.taken)} ({words.taken(report.taken_from)})",
        f"{words.report_status(report)}, issued {words.when(report.issued)}",
    ]


def bedside(report: Report) -> Sequence[str]:
    """Return that a report was measured beside the patient, and of a gas that its time of day was not sent."""
    if report.kind is not Kind.LABORATORY:
        return ()
    untimed = is_blood_gas(report) and not words.is_to_the_minute(report.taken)
    said = [f"{words.POINT_OF_CARE}."] if is_from_point_of_care(report) else []
    return [*said, words.GAS_WITHOUT_TIME] if untimed else said


def _addenda(report: Report) -> Iterator[str]:
    for one in report.addenda:
        yield f"  ADDENDUM {words.when(one.at)}, {one.author or 'author not sent'}: {_indented(one.text)}"


def _result(line: Line) -> Iterator[str]:
    lead = "  " * (line.depth + 1)
    said = " ".join(filter(None, (line.value, line.unit)))
    parts = ", ".join(filter(None, (said, line.flags, line.ranges and _range(line.ranges))))
    name = _indented(line.name)
    yield f"{lead}{name}: {_indented(parts)}" if parts else f"{lead}{name}"
    yield from (f"{lead}  {_indented(one)}" for one in (*line.was, *line.notes))


def _range(said: str) -> str:
    return said if said == "no range" else f"range {said}"


def _words(report: Report) -> Iterator[str]:
    if report.conclusion:
        who = f"{', '.join(report.performers)}: " if report.performers else ""
        yield f"  {who}{_indented(report.conclusion)}"
    if coded := words.coded_conclusion(report, {}):  # alerts, too: nothing else says them here
        yield f"  {coded}"
    if report.narrative:
        yield from _narrative(report.narrative)
    yield from (f"  {words.study(one, report)}" for one in report.studies)
    for one in report.attachments:
        yield f"  Not copied: the document “{one.title or 'untitled'}”, {one.content_type or 'type not sent'}."


def _narrative(sent: str) -> Iterator[str]:
    shown = clean(sent)
    if shown.too_long:
        yield "  Not copied: the trust’s own text, which is too long. Ask the trust for it."
        return
    yield f"  In the trust’s own words: {_indented(shown.html.striptags())}"


def _indented(said: str) -> str:
    """Keep the lines of what was sent, and its columns: several begin on a line of their own."""
    lines = said.replace("\r\n", "\n").split("\n")
    return said if len(lines) == 1 else "\n    ".join(["", *lines])
