"""One report in full: every field as it was sent, its attachments to keep, and its earlier versions.

Rule: what a trust sent as a document is handed on, never opened here: only types that are known to be
documents, always as a download, in a sandbox. Narrative is cleaned, and the page says so.
"""

from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from flask import Response, abort, make_response
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from viewer.access.decide import Decision
from viewer.clinical.corrections import NONE, Corrections, corrections
from viewer.clinical.imaging import NO_IMAGING, Imaging
from viewer.clinical.report import Attachment, Report
from viewer.clinical.timeline import Gap, Row
from viewer.handles import Handles
from viewer.journey import one_report
from viewer.pages.narrative import clean
from viewer.pages.opened import fetch_opened, glass_closes
from viewer.pages.page import looking, page
from viewer.pages.refusal import refused_page
from viewer.pages.route import Asking, Route, Who
from viewer.pages.row_html import addenda_html, comments_html, results_of_report, status_html
from viewer.pages.rows import report_address, report_wanted
from viewer.parts import Parts
from viewer.steps import Opened

# What may be downloaded, and the ending its file gets. Anything else is named on the page and not served.
TYPES = {
    "application/pdf": "pdf",
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/tiff": "tif",
    "text/plain": "txt",
    "application/rtf": "rtf",
    "text/rtf": "rtf",
    "application/dicom": "dcm",
}


@dataclass(frozen=True, slots=True)
class _Reports:
    """What the two actions of this page share."""

    parts: Parts
    handles: Handles
    one_report: Callable[..., Row | Gap | Decision | None]
    imaging: Imaging = NO_IMAGING

    def opened(self, asking: Asking, handle: str) -> Opened:
        return fetch_opened(self.parts, self.handles, asking, handle)

    def fetch(self, asking: Asking, opened: Opened, marked: str) -> Row | Gap:
        """Return the report; one that may not be seen is as absent as one that is not there.

        Every address is asked for in the same way, and takes the same time, whatever it was made from.
        """
        trust, wanted = report_wanted(opened, marked)
        found = self.one_report(self.parts, looking(asking), opened, wanted, trust)
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
    return (
        Route("/patients/<handle>/reports/<marked>", "report", Who.CLINICIANS, _show(shared)),
        Route(
            "/patients/<handle>/reports/<marked>/attachments/<int:number>",
            "attachment",
            Who.CLINICIANS,
            _download(shared),
        ),
    )


def _show(shared: _Reports) -> Callable[..., ResponseReturnValue]:
    def show(asking: Asking, handle: str, marked: str) -> ResponseReturnValue:
        opened = shared.opened(asking, handle)
        found = shared.fetch(asking, opened, marked)
        values = {"opened": opened, "patient": opened.person.records[0], "glass": glass_closes(opened)}
        if isinstance(found, Gap):
            return page("report_missing.html", asking, gap=found, **values), 503
        return page(
            "report.html",
            asking,
            row=found,
            corrections=corrections(found),
            nothing=NONE,
            results=_results,
            status=lambda report: Markup(status_html(report)),  # noqa: S704  it escapes what was sent
            numbered=numbered(found),
            clean=clean,
            downloads=TYPES,
            media_type=media_type,
            content_of=content_of,
            address_of=lambda key: report_address(opened, key),
            titles={trust.name: trust.title for trust in shared.parts.trusts},
            **values,
        )

    return show


def _results(report: Report, of: Corrections) -> Markup:
    """Return everything that stands above a report's conclusion, written as on the timeline."""
    parts = (addenda_html(report), comments_html(report.notes), results_of_report(report, of))
    return Markup("".join(parts))  # noqa: S704  they escape everything that was sent


def numbered(row: Row) -> tuple[tuple[Report, tuple[tuple[int, Attachment], ...]], ...]:
    """Return a report, its copies and its earlier versions, each with its attachments, numbered through."""
    numbers = count(1)
    return tuple(
        (report, tuple((next(numbers), one) for one in report.attachments))
        for report in (row.report, *row.copies, *row.earlier)
    )


def media_type(attachment: Attachment) -> str:
    """Return the bare media type: "application/pdf"."""
    return attachment.content_type.partition(";")[0].strip().lower()


def content_of(attachment: Attachment) -> bytes | None:
    """Return a document’s bytes, or None when it came damaged. Base64 may come in lines (RFC 2045 §6.8)."""
    try:
        return b64decode("".join(attachment.data.split()), validate=True)
    except ValueError:  # of binascii, or because it is not ASCII
        return None


def _download(shared: _Reports) -> Callable[..., ResponseReturnValue]:
    def download(asking: Asking, handle: str, marked: str, number: int) -> ResponseReturnValue:
        opened = shared.opened(asking, handle)
        found = shared.fetch(asking, opened, marked)
        if isinstance(found, Gap):
            values = {"opened": opened, "patient": opened.person.records[0], "glass": glass_closes(opened)}
            return page("report_missing.html", asking, gap=found, **values), 503
        sent = dict(one for _, attachments in numbered(found) for one in attachments)
        return _as_download(sent.get(number) or abort(404), number)

    return download


def _as_download(attachment: Attachment, number: int) -> Response:
    kind = media_type(attachment)
    if kind not in TYPES:
        abort(404)
    content = content_of(attachment)
    return Response(
        abort(404) if content is None else content,
        mimetype=kind,
        headers={
            "Content-Disposition": f'attachment; filename="attachment-{number}.{TYPES[kind]}"',
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
        },
    )
