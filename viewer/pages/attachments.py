"""Hand on a document that a trust sent with a report: as a download, or in a frame that trusts it with nothing.

Rule: a document is never opened here and never trusted. Only types that are known to be documents leave; only what
begins as its type begins is shown; and whatever is shown is sandboxed by its own response (ADR 26).
"""

from base64 import b64decode
from enum import StrEnum

from flask import Response, abort

from viewer.clinical.report import Attachment

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
_ALONE = "default-src 'none'; sandbox"
_IN_OUR_FRAME = "default-src 'none'; frame-ancestors 'self'; sandbox"


class Shown(StrEnum):
    """How a document stands on the page of its report."""

    FRAME = "frame"
    IMAGE = "image"


# How the bytes of what may be shown begin (ISO 32000-2 §7.5.2, PNG 3rd edition §5.2, ITU-T T.81 §B.1.1.3).
_BEGINNINGS = {
    "application/pdf": (b"%PDF-", Shown.FRAME),
    "image/png": (b"\x89PNG\r\n\x1a\n", Shown.IMAGE),
    "image/jpeg": (b"\xff\xd8\xff", Shown.IMAGE),
}


def media_type(attachment: Attachment) -> str:
    """Return the bare media type: "application/pdf"."""
    return attachment.content_type.partition(";")[0].strip().lower()


def content_of(attachment: Attachment) -> bytes | None:
    """Return a document’s bytes, or None when it came damaged. Base64 may come in lines (RFC 2045 §6.8)."""
    try:
        return b64decode("".join(attachment.data.split()), validate=True)
    except ValueError:  # of binascii, or because it is not ASCII
        return None


def shown_as(attachment: Attachment) -> Shown | None:
    """Return how a document is shown; None when its type is not, or when it does not begin as its type begins."""
    known = _BEGINNINGS.get(media_type(attachment))
    content = content_of(attachment) if known and attachment.data else None
    return known[1] if known and content is not None and content.startswith(known[0]) else None


def is_not_its_type(attachment: Attachment) -> bool:
    """Say whether a document that would be shown does not begin as its type begins."""
    return bool(attachment.data) and media_type(attachment) in _BEGINNINGS and shown_as(attachment) is None


def as_download(attachment: Attachment, number: int) -> Response:
    """Return a document to keep."""
    kind = media_type(attachment)
    if kind not in TYPES:
        abort(404)
    return _handed_on(attachment, f'attachment; filename="attachment-{number}.{TYPES[kind]}"', _ALONE)


def as_shown(attachment: Attachment, number: int) -> Response:
    """Return a document for the frame on the page of its report."""
    if shown_as(attachment) is None:
        abort(404)
    name = f"attachment-{number}.{TYPES[media_type(attachment)]}"
    return _handed_on(attachment, f'inline; filename="{name}"', _IN_OUR_FRAME)


def _handed_on(attachment: Attachment, disposition: str, policy: str) -> Response:
    content = content_of(attachment)
    return Response(
        abort(404) if content is None else content,
        mimetype=media_type(attachment),
        headers={
            "Content-Disposition": disposition,
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
        },
    )
