"""All imaging of one patient: who, then what is missing, then every study in one table, then every report.

Rule: a study without a report is said to be imaged and not yet reported. The images stay at their trust: the page links
to them, and cannot know, or write down, whether anybody went there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from flask.typing import ResponseReturnValue
from markupsafe import Markup

from connectors.answer import Kind
from viewer.clinical.imaging import Imaging
from viewer.clinical.report import Report, Status, Study
from viewer.clinical.row import Row
from viewer.pages.of_kind import OfKind, Write, of_kind
from viewer.pages.route import Asking, Route, Who
from viewer.pages.row_html import alerts_html, anchor, images_html
from viewer.pages.view import Views
from viewer.steps import Opened, Step


@dataclass(frozen=True, slots=True)
class Imaged:
    """One line of the table: a study, or a report that came without one."""

    report: Report
    anchor: str
    study: Study | None
    alerts: Markup
    images: Markup


@dataclass(frozen=True, slots=True)
class Radiology:
    """The page below what is missing."""

    all: OfKind
    imaged: tuple[Imaged, ...]
    links_out: bool


def radiology_routes(views: Views, write: Write, imaging: Imaging) -> tuple[Route, ...]:
    """Return the page."""

    def show(asking: Asking, handle: str) -> ResponseReturnValue:
        opened = views.opened(asking, handle)
        return views.whole(
            asking,
            opened,
            "radiology.html",
            partial(lay_out, opened=opened, write=write, imaging=imaging),
            only=belongs,
        )

    return (Route("/patients/<handle>/radiology", "radiology", Who.CLINICIANS, show),)


def belongs(row: Row) -> bool:
    """Say whether a row is imaging."""
    return row.report.kind is Kind.RADIOLOGY


def lay_out(step: Step, opened: Opened, write: Write, imaging: Imaging) -> Radiology:
    """Return every study, newest first, and all the reports."""
    page = of_kind(step, opened, write, belongs)
    imaged = tuple(one for row in page.rows for one in _imaged(row, imaging))
    return Radiology(page, imaged, any(one.images for one in imaged))


def _imaged(row: Row, imaging: Imaging) -> Iterator[Imaged]:
    report = row.report
    stands = report.status is not Status.ENTERED_IN_ERROR
    alerts = Markup(alerts_html(report, imaging) if stands else "")  # noqa: S704  it escapes what was sent
    if not report.studies:
        yield Imaged(report, anchor(row.key), None, alerts, Markup())
    for study in report.studies:
        images = Markup(images_html(study, report, imaging))  # noqa: S704  as above
        yield Imaged(report, anchor(row.key), study, alerts, images)
