"""Write what stands at the top of a timeline whatever is filtered: what is critical, and what was corrected.

Rule: everything that a trust sent passes through `text`, which escapes it. Each line leads to its row, which stands in
its place as well. Name, value, flag, unit, range: in this order, a number always with all of them; then how it stands
where its report stands otherwise, and the laboratory's comments. What was taken back has no value here.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from html import escape as text

from viewer.clinical.around import NOTHING, around_of
from viewer.clinical.changes import Changed
from viewer.clinical.corrections import Was
from viewer.clinical.critical import criticals
from viewer.clinical.imaging import Imaging
from viewer.clinical.report import Report, Result, Unreadable
from viewer.clinical.row import Row
from viewer.pages import since_words, words
from viewer.pages.brief import Brief, brief
from viewer.pages.flag_html import flags_html
from viewer.pages.prose_html import columns_html
from viewer.pages.row_html import addenda_html, alerts_html, anchor, comments_html, in_part_html, status_html


def mark_html(changed: Changed, trust: str) -> str:
    """Return what stands on a row of this trust, in words, about what became of it."""
    return f' <p class="since {changed.change.name.lower()}">{text(since_words.mark(changed, trust))}</p>'


def critical_html(row: Row, day: str, imaging: Imaging, link: str = "") -> str:
    """Return a line that pins what is critical in a report, or "" when nothing is; it leads to its row or `link`."""
    found = criticals(row.report)
    alerts = alerts_html(row.report, imaging)
    if not (found or alerts):
        return ""
    around = around_of(row.report.results) if found else {}
    said = [_critical(brief(one, row.report, around.get(one.id, NOTHING))) for one in found]
    return _line(row, day, f"{alerts}{_results(said)}", link)


def _critical(said: Brief) -> Brief:
    """Return what is said of a critical result: one that was cancelled is no critical finding, and is not missing."""
    return replace(said, instead=since_words.taken_back(said.instead)) if said.instead else said


def corrected_html(row: Row, day: str, changed: Changed) -> str:
    """Return what was corrected in a report: what it says now, what it said then, and both times."""
    report = row.report
    return _line(
        row,
        day,
        f"{''.join(_corrected(report, changed))}"
        f'<p class="then">{text(since_words.then(changed, report.trust.title))} {text(_issued(report))}</p>',
    )


def _issued(report: Report) -> str:
    return f"This version was issued {words.when(report.issued)}." if report.issued else ""


def _line(row: Row, day: str, said: str, link: str = "") -> str:
    report, link = row.report, link or f"#{anchor(row.key)}"
    return (
        f'<li class="pin" data-pin="{text(row.key)}">'
        f'<span class="taken"><b>{text(words.time_of_day(report.taken))}</b> {text(words.short_day(day))}</span>'
        f' <a class="what" href="{text(link)}">{text(report.title)}</a>'
        f' <span class="from">{text(report.trust.title)}</span>'
        f' <span class="status">{status_html(report)} <span class="issued">{text(words.issued(report))}</span></span>'
        f' <div class="found">{in_part_html(report)}{said}</div></li>'
    )


def _corrected(report: Report, changed: Changed) -> Iterator[str]:
    by_id = {one.id: one for one in _all(report.results)}
    around = around_of(report.results)
    found = [(by_id[id_], was) for id_, was in changed.was.was.items() if id_ in by_id]
    for result, was in found:
        said = brief(result, report, around.get(result.id, NOTHING))
        yield _results([replace(said, comments=())])
        yield from (_was_html(one) for one in was)
        yield _comments_html(said)
    yield from (_gone_html(one) for one in changed.was.gone)
    yield addenda_html(report)
    if not (found or changed.was.gone or report.addenda):
        yield comments_html(report.notes)


def _all(results: Iterable[Result | Unreadable]) -> Iterator[Result]:
    for one in results:
        if isinstance(one, Result):
            yield one
            yield from _all(one.members)


def _results(found: Sequence[Brief]) -> str:
    listed = "".join([f"<li>{_brief_html(one)}</li>" for one in found])
    return f'<ul class="pinned">{listed}</ul>' if listed else ""


def _brief_html(said: Brief) -> str:
    instead = f' <b class="said">{text(said.instead)}</b>' if said.instead else ""
    value = f' <b class="value">{text(said.value)}</b>' if said.value else ""
    flags = "" if said.instead else f' <span class="flags">{flags_html(said.flags)}</span>'
    unit = f' <span class="unit">{text(said.unit)}</span>' if said.is_number else ""
    ranges = f' <span class="range">{text(said.range)}</span>' if said.is_number else ""
    beside = f' <b class="said">{text(said.beside)}</b>' if said.beside else ""
    whole = f"{instead}{value}{flags}{unit}{ranges}{beside}{_comments_html(said)}"
    return f'<span class="name">{text(said.name)}</span>{whole}'


def _comments_html(said: Brief) -> str:
    return "".join([f' <span class="note">Laboratory: {columns_html(one)}</span>' for one in said.comments])


def _was_html(was: Was) -> str:
    struck = " ".join(filter(None, (words.value(was.result.value), words.unit(was.result.value))))
    issued = text(words.when(was.issued))
    return f'<p class="was">was <s>{text(struck)} {flags_html(was.result.flags)}</s>, issued {issued}</p>'


def _gone_html(gone: Was) -> str:
    struck = " ".join(filter(None, (gone.result.name, words.value(gone.result.value), words.unit(gone.result.value))))
    issued = text(words.when(gone.issued))
    return f'<p class="was">no longer in the report: <s>{text(struck)}</s>, issued {issued}</p>'
