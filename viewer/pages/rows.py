"""Write one row of the timeline as HTML, with all that the page needs to place and filter it.

Rule: a row is the same bytes whether it is in a whole page or arrives in a stream.
"""

from base64 import b32encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from hashlib import blake2b
from hmac import compare_digest
from itertools import groupby

from markupsafe import Markup

from connectors.answer import Kind, Trust
from viewer.clinical.changes import Change, Changed
from viewer.clinical.corrections import corrections
from viewer.clinical.imaging import NO_IMAGING, Imaging
from viewer.clinical.report import Report, Result, Unreadable
from viewer.clinical.timeline import Row
from viewer.pages import words
from viewer.pages.narrative import clean
from viewer.pages.row_html import row_html, unwritten_html
from viewer.pages.since_html import corrected_html, critical_html, mark_html
from viewer.pages.surprise import write_down
from viewer.steps import Opened


@dataclass(frozen=True, slots=True)
class Written:
    """A row as it is sent: where it goes, what it can be filtered by, and its HTML."""

    key: str
    sort: str  # rows stand in descending order of this
    day: str  # the section it stands in: "2026-11-21"
    kind: Kind
    trust: str
    flagged: bool  # something in it was flagged or marked as an alert, or could not be read or written
    html: Markup = field(repr=False)
    carries: bool = True  # results that could have been flagged; a report in words alone has none
    since: str = ""  # what became of it since somebody last looked: a Change's name, or ""
    pinned: Markup = field(default=Markup(), repr=False)  # its line among what is critical, if it has one
    corrected: Markup = field(default=Markup(), repr=False)  # its line among what was corrected
    also: str = field(default="", repr=False)  # words of it that do not stand on the row: they are sought, too

    @property
    def digest(self) -> str:
        """Return a short digest of the HTML: the page keeps a row it already has."""
        return blake2b(self.html.encode(), digest_size=8).hexdigest()


def row_writer(trusts: Sequence[Trust], imaging: Imaging = NO_IMAGING) -> Callable[..., Written]:
    """Return the function that writes a row of an opened patient, and what became of it if anything did."""
    order = {trust.name: f"{len(trusts) - place:03d}" for place, trust in enumerate(trusts)}
    titles = {trust.name: trust.title for trust in trusts}

    def write(row: Row, opened: Opened, changed: Changed | None = None) -> Written:
        report = row.report
        day = words.day_key(report.taken)
        pinned = corrected = also = ""
        try:
            pinned = critical_html(row, day, imaging)  # first: its line stands also where the row cannot be written
            flagged = is_flagged(report.results) or bool(imaging.alerts_of(report))
            address = report_address(opened, row.key)
            html = row_html(row, day, flagged, address, corrections(row), titles, imaging)
            html = _marked(html, changed, report.trust.title) if changed else html
            also = _also(report)
            if changed and changed.change is Change.CORRECTED:
                corrected = corrected_html(row, day, changed)
        except Exception as surprise:  # we do not catch what we cannot name, but no row may be missing without a word
            write_down("a row could not be written", surprise)
            flagged, html = True, unwritten_html(row, day)
        return Written(
            row.key,
            _sort(row, day, order),
            day,
            report.kind,
            report.trust.name,
            flagged,
            Markup(html),  # noqa: S704  row_html escapes everything that was sent
            report.report_unread or bool(report.results),
            changed.change.value if changed else "",
            Markup(pinned),  # noqa: S704  since_html escapes it, too
            Markup(corrected),  # noqa: S704  as above
            also,
        )

    return write


def _marked(html: str, changed: Changed, trust: str) -> str:
    """Return a row with the words of what became of it."""
    marked = html.replace('class="row"', 'class="row marked"', 1).removesuffix("</li>")
    return f"{marked}{mark_html(changed, trust)}</li>"


def _also(report: Report) -> str:
    """Return the words of a report that its row does not show: its narrative, and the names of its documents."""
    narrative = clean(report.narrative).html.striptags() if report.narrative else ""
    return " ".join(filter(None, (narrative, *(one.title for one in report.attachments))))


def _sort(row: Row, day: str, order: Mapping[str, str]) -> str:
    taken = row.report.taken
    instant = taken.instant.astimezone(UTC).isoformat(timespec="microseconds") if taken else ""
    return f"{day} {instant} {order.get(row.report.trust.name, '000')} {row.key}"


def is_flagged(results: Iterable[Result | Unreadable]) -> bool:
    """Say whether the laboratory flagged anything here; what cannot be read may have been flagged."""
    for result in results:
        if isinstance(result, Unreadable) or (result.flags and words.is_flagged(result.flags)):
            return True
        if result.members and is_flagged(result.members):
            return True
    return False


def by_day(rows: Iterable[Written]) -> Iterator[tuple[str, list[Written]]]:
    """Put rows into their days, newest first."""
    newest_first = sorted(rows, key=lambda row: row.sort, reverse=True)
    return ((day, list(of_day)) for day, of_day in groupby(newest_first, key=lambda row: row.day))


def report_address(opened: Opened, key: str) -> str:
    """Return the address of one report of an opened patient: its trust's name, and a mark in place of its id.

    A trust's own id may be an NHS number, and few enough numbers exist to try them all: the mark is keyed by a secret
    of this sign-in, and means nothing without it.
    """
    return f"/patients/{opened.handle}/reports/{key.partition('/')[0]}.{_mark(opened, key)}"


def report_wanted(opened: Opened, marked: str) -> tuple[str, Callable[[str], bool]]:
    """Return which trust an address names, and what tells whether a key is the one it was made from."""
    trust, _, mark = marked.partition(".")
    return trust, lambda key: compare_digest(_mark(opened, key).encode(), mark.encode())


def _mark(opened: Opened, key: str) -> str:
    made = blake2b(key.encode(), digest_size=15, key=opened.secret.encode())
    return b32encode(made.digest()).decode().lower()
