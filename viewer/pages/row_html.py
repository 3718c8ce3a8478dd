"""Write a report's row as HTML: when, what, from whom, its status, and what was found.

By hand and not by template: a timeline can hold 20,000 results, and a template takes ten times as long.
Rule: everything that a trust sent passes through `text`, which escapes it. An alert stands before all that it is about,
and an addendum before the report that it adds to.
"""

from base64 import b32encode
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from html import escape as text

from connectors.answer import Kind
from viewer.clinical.bedside import is_blood_gas, is_from_point_of_care
from viewer.clinical.corrections import Corrections
from viewer.clinical.imaging import NO_IMAGING, Imaging
from viewer.clinical.report import Report, Status, Study
from viewer.clinical.timeline import Row
from viewer.pages import words
from viewer.pages.flag_html import flags_html
from viewer.pages.more import says_more
from viewer.pages.prose_html import prose_html
from viewer.pages.result_html import comments_html, results_of_report

__all__ = [
    "addenda_html",
    "alerts_html",
    "anchor",
    "bedside_html",
    "comments_html",
    "flags_html",
    "images_html",
    "in_part_html",
    "issue_html",
    "results_of_report",
]
__all__ += ["row_html", "status_html", "unwritten_html"]


def row_html(
    row: Row,
    day: str,
    flagged: bool,
    address: str,
    corrections: Corrections,
    titles: Mapping[str, str],
    imaging: Imaging = NO_IMAGING,
) -> str:
    """Return one row of the timeline."""
    report, link = row.report, text(address)
    note, specimens = words.taken_note(report), words.specimens(report)
    return (
        f"{_opening(row, day, flagged)}"
        f'<span class="taken"><span class="on">{text(words.short_day(day))} </span>'
        f"<b>{text(words.time_of_day(report.taken))}</b>{_small(note)}</span>"
        f' <span class="kind"><abbr title="{words.kind(report.kind)}">{words.kind_letters(report.kind)}</abbr></span>'
        f' <div class="what"><h3><a href="{link}">{text(report.title)}</a></h3>{_small(specimens)}</div>'
        f' <span class="from">{text(report.trust.title)}</span>'
        f' <span class="status">{status_html(report)} <span class="issued">{text(words.issued(report))}</span></span>'
        f' <div class="found">{"".join(_found(row, link, corrections, titles, imaging))}</div></li>'
    )


def unwritten_html(row: Row, day: str) -> str:
    """Return what stands in the place of a row that a mistake of ours keeps from being written."""
    said = text(words.unwritten(row.report))
    return f'{_opening(row, day, flagged=True)}<div class="found unreadable"><p>✕ {said}</p></div></li>'


def _opening(row: Row, day: str, flagged: bool) -> str:
    return (
        f'<li class="row" id="{anchor(row.key)}" tabindex="-1" data-trust="{row.report.trust.name}"'
        f' data-report="{text(row.key)}" data-kind="{row.report.kind.value}" data-day="{day}"'
        f"{' data-flagged' if flagged else ''}>"
    )


def anchor(key: str) -> str:
    """Return a row’s name within the page. It stands in addresses, and a trust’s own id may hold any digits."""
    return f"row-{b32encode(blake2b(key.encode(), digest_size=10).digest()).decode().lower()}"


def _small(note: str) -> str:
    return f" <small>{text(note)}</small>" if note else ""


def status_html(report: Report) -> str:
    """Return a report's status: plain when final, in a box of its own look otherwise."""
    said, look = text(words.report_status(report)), words.status_look(report.status)
    return said if look == "plain" else f'<b class="badge {look}">{said}</b>'


def _found(row: Row, link: str, corrections: Corrections, titles: Mapping[str, str], imaging: Imaging) -> Iterator[str]:
    report = row.report
    if report.report_unread:
        yield f'<p class="tombstone">✕ {words.REPORT_UNREAD}</p>'
    yield in_part_html(report)
    yield issue_html(row)
    if report.status is Status.ENTERED_IN_ERROR:
        yield addenda_html(report)
        yield (
            f'<p class="tombstone">✕ {text(words.withdrawn(report))}.'
            f' What it said stands in <a href="{link}">the whole report</a>.</p>'
        )
    else:
        said = f"{alerts_html(report, imaging)}{addenda_html(report)}{''.join(_said(report, corrections, imaging))}"
        yield said
        yield _elsewhere_html(report, link, f"<b>{text(report.title)}</b>{said}")
    yield from _related(row, link, titles)


def _said(report: Report, corrections: Corrections, imaging: Imaging) -> Iterator[str]:
    if report.status is Status.CANCELLED:
        yield f'<p class="tombstone">✕ Cancelled{"" if report.results else ", no values"}.</p>'
    yield bedside_html(report)
    yield comments_html(report.notes)
    yield results_of_report(report, corrections)
    if report.conclusion:
        yield f' <p class="prose">{_conclusion_html(report)}</p>'
    if coded := words.coded_conclusion(report, imaging.alerts):
        yield f' <p class="own">{text(coded)}</p>'
    for study in report.studies:
        yield f' <p class="study">{text(words.study(study, report))}{images_html(study, report, imaging)}</p>'


def _elsewhere_html(report: Report, link: str, said: str) -> str:
    """Return what of a report does not stand on its row, beside all that is said there, and the way to it."""
    only, more = words.elsewhere(report), words.is_told_on_row(report) and says_more(report, said)
    if not (only or more):
        return ""
    return f' <p class="elsewhere">{only} <a href="{link}">{words.whole_report(more=more)}</a></p>'


def _conclusion_html(report: Report) -> str:
    """Return the conclusion after the names of those who reported it; what is set out in lines begins on its own."""
    prose = prose_html(report.conclusion)
    if not report.performers:
        return prose
    who = text(", ".join(report.performers))
    is_set_out = prose.startswith("<")
    return (
        f'<span class="who alone">{who}: </span>{prose}' if is_set_out else f'<span class="who">{who}:</span> {prose}'
    )


def in_part_html(report: Report) -> str:
    """Return that a report may have been corrected in what its trust did not send, or nothing."""
    return f' <p class="own in-part">{text(said)}</p>' if (said := words.in_part(report)) else ""


def issue_html(row: Row) -> str:
    """Return which time is which of a report that was added to, and that what it was changed from was not sent."""
    report = row.report
    issue = words.issue(report, row.earlier) if words.is_added_to(report) else ""
    said = "; ".join(filter(None, (issue, words.earlier_not_sent(report, row.earlier))))
    return f' <p class="own issue">{text(words.report_status(report))}: {text(said)}.</p>' if said else ""


def bedside_html(report: Report) -> str:
    """Return that a report was measured beside the patient, and of a gas that its time of day was not sent."""
    if report.kind is not Kind.LABORATORY:
        return ""
    mark = f' <p class="own"><b class="badge">{words.POINT_OF_CARE}</b></p>' if is_from_point_of_care(report) else ""
    untimed = is_blood_gas(report) and not words.is_to_the_minute(report.taken)
    return f'{mark} <p class="own">{words.GAS_WITHOUT_TIME}</p>' if untimed else mark


def _related(row: Row, link: str, titles: Mapping[str, str]) -> Iterator[str]:
    for copy in row.copies:
        yield f' <p class="also">Also held by {text(copy.trust.title)}, same report.</p>'
    if row.earlier:
        versions = words.plural(len(row.earlier), "version")
        yield (
            f' <p class="also"><a href="{link}#earlier">{len(row.earlier)} earlier {versions}</a>:'
            f" {text(words.earlier(row.earlier))}</p>"
        )
    for other in row.alike:
        title = text(titles.get(other.partition("/")[0], "another trust"))
        yield (
            f' <p class="also">Looks like <a href="#{anchor(other)}">a report from {title}</a>;'
            " nothing proves that it is the same.</p>"
        )


def addenda_html(report: Report) -> str:
    """Return what was added to a report after it was issued."""
    return "".join(
        [
            f' <div class="addendum"><b>ADDENDUM {text(words.when(one.at))}</b> {text(one.author or "author not sent")}'
            f' <p class="prose">{prose_html(one.text)}</p></div>'
            for one in report.addenda
        ]
    )


def alerts_html(report: Report, imaging: Imaging) -> str:
    """Return the alerts that a radiologist marked a report with, each in a box of its own."""
    return "".join(
        [
            f' <p class="alert"><b><i aria-hidden="true">◆</i> {text(words.alert(one))}</b>'
            f" {text(words.alert_as_sent(one))}</p>"
            for one in imaging.alerts_of(report)
        ]
    )


def images_html(study: Study, report: Report, imaging: Imaging) -> str:
    """Return the link to a study's images at its trust, or nothing; the trust is told nothing of where it stood."""
    address = imaging.address_of(study, report.trust.name)
    if not address:
        return ""
    return (
        f' <a class="images" href="{text(address)}" target="_blank" rel="noopener noreferrer">'
        f"{text(words.images(report.trust))}</a>"
    )
