"""All microbiology of one patient: who, then what is missing, then every isolate in one table, then every report.

Rule: the table holds what laboratories sent as susceptibilities of an isolate, in their letters. What they sent as text
stands in its report below, and the page says how many reports that is.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter

from flask.typing import ResponseReturnValue

from connectors.answer import Kind
from viewer.clinical.microbiology import Isolate, is_microbiology, read_cultures
from viewer.clinical.report import Flag, Report, Result, Status
from viewer.clinical.row import Row
from viewer.pages import words
from viewer.pages.of_kind import OfKind, Write, of_kind
from viewer.pages.route import Asking, Route, Who
from viewer.pages.row_html import anchor
from viewer.pages.view import Views
from viewer.steps import Opened, Step

LETTERS = (Flag.RESISTANT, Flag.INTERMEDIATE, Flag.SUSCEPTIBLE)


@dataclass(frozen=True, slots=True)
class Grown:
    """One line of the table: an isolate, the report it is in, and its antibiotics under each letter."""

    report: Report
    anchor: str
    organism: str
    resistant: tuple[str, ...]
    intermediate: tuple[str, ...]
    susceptible: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Microbiology:
    """The page below what is missing."""

    all: OfKind
    grown: tuple[Grown, ...]
    without: int  # reports in which no susceptibility was sent as a finding of its own
    withdrawn: int  # reports entered in error: what they said is in no table


def microbiology_routes(views: Views, write: Write) -> tuple[Route, ...]:
    """Return the page."""

    def show(asking: Asking, handle: str) -> ResponseReturnValue:
        opened = views.opened(asking, handle)
        return views.whole(
            asking,
            opened,
            "microbiology.html",
            lambda step: lay_out(step, opened, write),
            only=belongs,
        )

    return (Route("/patients/<handle>/microbiology", "microbiology", Who.CLINICIANS, show),)


def belongs(row: Row) -> bool:
    """Say whether a row is microbiology."""
    return row.report.kind is Kind.LABORATORY and is_microbiology(row.report)


def lay_out(step: Step, opened: Opened, write: Write) -> Microbiology:
    """Return the isolates of every report that still stands, newest first, and all the reports."""
    page = of_kind(step, opened, write, belongs)
    standing = [row for row in page.rows if row.report.status is not Status.ENTERED_IN_ERROR]
    grown = {row.key: tuple(_grown(row)) for row in standing}
    return Microbiology(
        page,
        tuple(one for row in standing for one in grown[row.key]),
        sum(not grown[row.key] for row in standing),
        len(page.rows) - len(standing),
    )


def _grown(row: Row) -> Iterator[Grown]:
    for isolate in read_cultures(row.report.results).isolates:
        if isolate.group.status is not Status.ENTERED_IN_ERROR:
            by_letter = (tuple(_under(letter, isolate.susceptibilities)) for letter in LETTERS)
            yield Grown(row.report, anchor(row.key), _called(isolate, row.report), *by_letter)


def _called(isolate: Isolate, report: Report) -> str:
    """Name an isolate as its laboratory does: by its organism, or by the groups that it stands in."""
    around = [one.name for one in isolate.within if one.name != report.title]
    return isolate.organism or ": ".join([*around, isolate.group.name])


def _under(letter: Flag, findings: Iterable[Result]) -> Iterator[str]:
    """Yield what was flagged with a letter; what was cancelled or withdrawn is in its report, struck or said."""
    for one in sorted(findings, key=attrgetter("name")):
        if letter in [sent.flag for sent in one.flags] and one.status not in (
            Status.CANCELLED,
            Status.ENTERED_IN_ERROR,
        ):
            yield words.with_its_number(one)
