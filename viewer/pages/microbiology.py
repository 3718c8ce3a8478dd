"""All microbiology of one patient: who, then what is missing, then every isolate in one table, then every report.

Rule: the table holds what laboratories sent as susceptibilities of an isolate, in their letters, and names what else
they sent of it. What they sent in another way stands in its report below, and the page says how many reports that is.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from flask.typing import ResponseReturnValue

from connectors.answer import Kind
from viewer.clinical.microbiology import Isolate, has_susceptibilities, is_microbiology, read_cultures
from viewer.clinical.report import Flag, Report, Status
from viewer.clinical.row import Row
from viewer.pages import microbiology_words as said
from viewer.pages.of_kind import OfKind, Write, of_kind
from viewer.pages.route import Asking, Route, Who
from viewer.pages.row_html import anchor
from viewer.pages.view import Views
from viewer.steps import Opened, Step

LETTERS = (Flag.RESISTANT, Flag.INTERMEDIATE, Flag.SUSCEPTIBLE)


@dataclass(frozen=True, slots=True)
class Grown:
    """One line of the table: an isolate, the report it is in, its antibiotics under each letter, and what else came."""

    report: Report
    anchor: str
    organism: str
    resistant: tuple[str, ...]
    intermediate: tuple[str, ...]
    susceptible: tuple[str, ...]
    also_sent: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Microbiology:
    """The page below what is missing."""

    all: OfKind
    grown: tuple[Grown, ...]
    elsewhere: int  # reports with susceptibilities that are not in the table: of no isolate, or of one withdrawn
    without: int  # reports in which nothing was flagged with a letter
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
    return Microbiology(
        page,
        tuple(one for row in standing for one in grown(row)),
        sum(map(_is_elsewhere, standing)),
        sum(not has_susceptibilities(row.report.results) for row in standing),
        len(page.rows) - len(standing),
    )


def grown(row: Row) -> Iterator[Grown]:
    """Yield a line for each isolate of a report that still stands."""
    report = row.report
    for one in read_cultures(report.results).isolates:
        if not _is_gone(one):
            resistant, intermediate, susceptible = (tuple(said.under(letter, one, report)) for letter in LETTERS)
            yield Grown(
                report,
                anchor(row.key),
                said.isolate(one, report.title),
                resistant,
                intermediate,
                susceptible,
                tuple(said.also_sent(one, report)),
            )


def _is_gone(isolate: Isolate) -> bool:
    """Say whether an isolate, or a group that it stands in, was cancelled or withdrawn: its report says so."""
    return any(one.status in said.GONE for one in isolate.groups)


def _is_elsewhere(row: Row) -> bool:
    cultures = read_cultures(row.report.results)
    return has_susceptibilities(cultures.rest) or any(map(_is_gone, cultures.isolates))
