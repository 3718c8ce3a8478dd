"""Write chosen results as plain text, for a letter: who, what is missing, what stands out, then every report.

Rule: what is missing stands before any result, and so does which of them are critical, changed, withdrawn or not final.
Every value keeps its characters, and stands with its flag, unit and range, its trust, its time and its status.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from connectors.answer import Kind
from viewer.clinical.bedside import is_blood_gas, is_from_point_of_care
from viewer.clinical.corrections import corrections
from viewer.clinical.imaging import NO_IMAGING, Imaging
from viewer.clinical.report import Report, Status
from viewer.clinical.row import Row
from viewer.pages import words
from viewer.pages.narrative import Cleaned, clean
from viewer.pages.narrative_lines import lines_of_narrative
from viewer.pages.said_around import Leaving, after, before
from viewer.pages.said_lines import Line, lines_of, said_range
from viewer.pages.stands_out import NOTHING, by_heed, stand_out


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above the results, in the order it stands there."""

    who: str  # the patient
    copied: str  # when, by whom
    complete: str  # how far it is everything, naming every trust that is missing
    unread: tuple[str, ...]  # what could not be read
    standing: tuple[str, ...]  # what is never shared here
    chosen: str  # how many of how many
    gaps: tuple[str, ...] = ()  # each trust that is missing, why, and its telephone


def plain_text(
    heading: Heading, rows: Sequence[Row], titles: Mapping[str, str] | None = None, imaging: Imaging = NO_IMAGING
) -> str:
    """Return it all, lines ended by line feeds; `titles` are the trusts' by their names."""
    gaps, unread, standing = heading.gaps, heading.unread, heading.standing
    above = (heading.who, heading.copied, heading.complete, *gaps, *unread, *standing, heading.chosen)
    leaving = Leaving({row.key: row.report for row in rows}, titles or {})
    blocks = ["\n".join(filter(None, above)), "\n".join(_stands_out(rows, imaging))]
    return "\n\n".join([*blocks, *("\n".join(_row(row, leaving, imaging)) for row in rows)]) + "\n"


def _stands_out(rows: Sequence[Row], imaging: Imaging) -> Iterator[str]:
    found = by_heed(stand_out(rows, imaging))
    yield "Of these reports" if found else NOTHING
    for heed, ones in found.items():
        yield f"  {heed.upper()}"
        yield from (f"    {_indented(one.said)}" for one in ones)


def _row(row: Row, leaving: Leaving, imaging: Imaging) -> Iterator[str]:
    report = row.report
    yield f"{_indented(report.title)}. {'. '.join(map(_indented, facts(row)))}."
    yield from (f"  {said}" for said in before(report))
    if report.status is not Status.ENTERED_IN_ERROR:
        yield from (f"  ◆ {words.alert(one)} {words.alert_as_sent(one)}" for one in imaging.alerts_of(report))
    yield from _addenda(report)
    yield from _said(row, imaging)
    yield from (f"  {_indented(said)}" for said in after(row, leaving))


def _said(row: Row, imaging: Imaging) -> Iterator[str]:
    report = row.report
    if report.status is Status.ENTERED_IN_ERROR:
        yield f"  {words.withdrawn(report)}: what it said is not copied."
        return
    yield from (f"  {said}" for said in bedside(report))
    yield from (f"  Comment: {_indented(note)}" for note in report.notes)
    for line in lines_of(report, corrections(row)):
        yield from _result(line)
    yield from _words(report, imaging)


def facts(row: Row) -> Sequence[str]:
    """Return where a report is from, when it was taken, issued and added to, and how it stands."""
    report = row.report
    specimens, unsent = words.specimens(report), words.earlier_not_sent(report, row.earlier)
    status = f"{words.report_status(report)}, {words.issue(report, row.earlier)}"
    return [
        report.trust.title,
        *([specimens] if specimens else []),
        f"Taken {words.when(report.taken)} ({words.taken(report.taken_from)})",
        f"{status}; {unsent}" if unsent else status,
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
    parts = ", ".join(filter(None, (said, line.flags, said_range(line.ranges))))
    name = _indented(line.name)
    yield f"{lead}{name}: {_indented(parts)}" if parts else f"{lead}{name}"
    yield from (f"{lead}  {_indented(one)}" for one in (*line.was, *line.notes))


def _words(report: Report, imaging: Imaging) -> Iterator[str]:
    if report.conclusion:
        who = f"{', '.join(report.performers)}: " if report.performers else ""
        yield f"  {who}{_indented(report.conclusion)}"
    if coded := words.coded_conclusion(report, imaging.alerts):
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
    yield f"  In the trust’s own words: {_indented(lines_of_narrative(shown.html))}"
    if lost := lost_of(shown):
        yield f"  Taken out of it, to copy it safely: {lost}."


def lost_of(shown: Cleaned) -> str:
    """Name what was taken out of a narrative; what told only how it looks is no loss."""
    return ", ".join(one for one in shown.removed if " of " not in one)


def _indented(said: str) -> str:
    """Keep the lines of what was sent, and its columns: several begin on a line of their own."""
    lines = said.replace("\r\n", "\n").split("\n")
    return said if len(lines) == 1 else "\n    ".join(["", *lines])
