"""One report in full: every field as it was sent, its attachments to see or keep, and its earlier versions.

Rule: what is missing stands before what was found, here too: another trust may hold a correction. A document is handed
on and trusted with nothing (viewer/pages/attachments.py). Narrative is cleaned, and the page says so.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count

from flask import Response, abort, make_response
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from viewer.access.decide import Decision
from viewer.clinical.corrections import NONE, Corrections, corrections
from viewer.clinical.imaging import NO_IMAGING, Imaging
from viewer.clinical.report import Attachment, Code, Report, Result, Study, Unreadable, Words
from viewer.clinical.timeline import Gap, Row
from viewer.handles import Handles
from viewer.journey import one_report
from viewer.pages.attachments import (
    TYPES,
    Shown,
    as_download,
    as_shown,
    content_of,
    is_not_its_type,
    media_type,
    shown_as,
)
from viewer.pages.headers import FRAMING
from viewer.pages.narrative import clean
from viewer.pages.opened import fetch_opened, glass_closes
from viewer.pages.page import looking, page
from viewer.pages.prose_html import prose_html
from viewer.pages.refusal import refused_page
from viewer.pages.route import Asking, Route, Who
from viewer.pages.row_html import (
    addenda_html,
    alerts_html,
    bedside_html,
    comments_html,
    images_html,
    results_of_report,
    status_html,
)
from viewer.pages.rows import report_address, report_wanted
from viewer.parts import Parts
from viewer.steps import Opened, Tile


@dataclass(frozen=True, slots=True)
class _Reports:
    """What the two actions of this page share."""

    parts: Parts
    handles: Handles
    one_report: Callable[..., Row | Gap | Decision | None]
    imaging: Imaging = NO_IMAGING

    def opened(self, asking: Asking, handle: str) -> Opened:
        return fetch_opened(self.parts, self.handles, asking, handle)

    def fetch(self, asking: Asking, opened: Opened, marked: str, tiles: list[Tile] | None = None) -> Row | Gap:
        """Return the report; one that may not be seen is as absent as one that is not there.

        Every address is asked for in the same way, and takes the same time, whatever it was made from.
        `tiles` is told how each trust answered.
        """
        trust, wanted = report_wanted(opened, marked)
        told = [] if tiles is None else tiles
        found = self.one_report(self.parts, looking(asking), opened, wanted, trust, told.extend)
        if isinstance(found, Decision):
            person, search = opened.person, opened.search
            abort(make_response(refused_page(self.parts, self.handles, asking, person, search, found.because), 403))
        return found or abort(404)


def report_routes(
    parts: Parts,
    handles: Handles,
    one_report: Callable[..., Row | Gap | Decision | None] = one_report,
    imaging: Imaging = NO_IMAGING,
) -> tuple[Route, ...]:
    """Return the page of one report and the download of its attachments."""
    shared = _Reports(parts, handles, one_report, imaging)
    report = "/patients/<handle>/reports/<marked>"
    attachment = f"{report}/attachments/<int:number>"
    return (
        Route(report, "report", Who.CLINICIANS, _show(shared)),
        Route(attachment, "attachment", Who.CLINICIANS, _hand_on(shared, as_download)),
        Route(f"{attachment}/shown", "attachment_shown", Who.CLINICIANS, _hand_on(shared, as_shown)),
    )


def _show(shared: _Reports) -> Callable[..., ResponseReturnValue]:
    def show(asking: Asking, handle: str, marked: str) -> ResponseReturnValue:
        opened = shared.opened(asking, handle)
        tiles: list[Tile] = []
        found = shared.fetch(asking, opened, marked, tiles)
        values = {"opened": opened, "patient": opened.person.records[0], "glass": glass_closes(opened)}
        if isinstance(found, Gap):
            return page("report_missing.html", asking, gap=found, **values), 503
        written = page(
            "report.html",
            asking,
            row=found,
            tiles=tiles,
            corrections=corrections(found),
            nothing=NONE,
            results=partial(_results, imaging=shared.imaging),
            images=partial(_images, imaging=shared.imaging),
            prose=lambda text, level: Markup(prose_html(text, level)),  # noqa: S704  it escapes what was sent
            coded=lambda report: tuple(_coded(report.results)),
            status=lambda report: Markup(status_html(report)),  # noqa: S704  as above
            numbered=numbered(found),
            clean=clean,
            downloads=TYPES,
            media_type=media_type,
            content_of=content_of,
            shown_as=shown_as,
            is_not_its_type=is_not_its_type,
            address_of=lambda key: report_address(opened, key),
            titles={trust.name: trust.title for trust in shared.parts.trusts},
            **values,
        )
        return _framing(written) if any(map(_is_framed, found.report.attachments)) else written

    return show


def _is_framed(attachment: Attachment) -> bool:
    return shown_as(attachment) is Shown.FRAME


def _framing(written: str) -> Response:
    """Return the page with leave to frame our own addresses, which it has only where it holds a document to show."""
    return Response(written, mimetype="text/html", headers={"Content-Security-Policy": FRAMING})


def _results(report: Report, of: Corrections, imaging: Imaging) -> Markup:
    """Return everything that stands above a report's conclusion, written as on the timeline."""
    parts = (
        alerts_html(report, imaging),
        addenda_html(report),
        bedside_html(report),
        comments_html(report.notes),
        results_of_report(report, of),
    )
    return Markup("".join(parts))  # noqa: S704  they escape everything that was sent


def _images(study: Study, report: Report, imaging: Imaging) -> Markup:
    return Markup(images_html(study, report, imaging))  # noqa: S704  as above


def _coded(results: Sequence[Result | Unreadable]) -> Iterator[tuple[str, tuple[Code, ...]]]:
    """Yield every result that came with a code, its own or its value's, and those codes."""
    for one in results:
        if isinstance(one, Result):
            codes = (*one.codes, *(one.value.codes if isinstance(one.value, Words) else ()))
            if codes:
                yield one.name, codes
            yield from _coded(one.members)


def numbered(row: Row) -> tuple[tuple[Report, tuple[tuple[int, Attachment], ...]], ...]:
    """Return a report, its copies and its earlier versions, each with its attachments, numbered through."""
    numbers = count(1)
    return tuple(
        (report, tuple((next(numbers), one) for one in report.attachments))
        for report in (row.report, *row.copies, *row.earlier)
    )


def _hand_on(shared: _Reports, form: Callable[[Attachment, int], Response]) -> Callable[..., ResponseReturnValue]:
    def hand_on(asking: Asking, handle: str, marked: str, number: int) -> ResponseReturnValue:
        opened = shared.opened(asking, handle)
        found = shared.fetch(asking, opened, marked)
        if isinstance(found, Gap):
            values = {"opened": opened, "patient": opened.person.records[0], "glass": glass_closes(opened)}
            return page("report_missing.html", asking, gap=found, **values), 503
        sent = dict(one for _, attachments in numbered(found) for one in attachments)
        return form(sent.get(number) or abort(404), number)

    return hand_on
