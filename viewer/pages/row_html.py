"""Write a report's row, and the results in it, as HTML.

By hand and not by template: a timeline can hold 20,000 results, and a template takes ten times as long.
Rule: everything that a trust sent passes through `text`, which escapes it. Name, value, flag, unit, range:
always in this order, and for a number always all there.
"""

from base64 import b32encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from html import escape as text

from viewer.clinical.corrections import Corrections, Was
from viewer.clinical.report import Amount, Flag, Report, Result, SentFlag, Status, Unreadable
from viewer.clinical.timeline import Row
from viewer.pages import words


@dataclass(frozen=True, slots=True)
class _Within:
    """What a result is read within: its report, what every result of it shares, and what earlier versions said."""

    report: Report
    shared: Sequence[str]  # particulars that stand once above the results
    corrections: Corrections

    def needs_saying(self, status: Status) -> bool:
        """Say whether a result's status needs words beside it: its report has not said it, and it is not final."""
        return status not in (Status.FINAL, self.report.status)

    def particulars(self, result: Result) -> list[str]:
        """Return what a result says of itself that stands nowhere above it."""
        said = words.particulars(result, self.report)
        return [one for one in said if one not in self.shared] if said else []


def row_html(
    row: Row, day: str, flagged: bool, address: str, corrections: Corrections, titles: Mapping[str, str]
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
        f' <div class="found">{"".join(_found(row, link, corrections, titles))}</div></li>'
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
    said, look = text(words.status(report.status, report.status_as_sent)), words.status_look(report.status)
    return said if look == "plain" else f'<b class="badge {look}">{said}</b>'


def _found(row: Row, link: str, corrections: Corrections, titles: Mapping[str, str]) -> Iterator[str]:
    report = row.report
    if report.report_unread:
        yield f'<p class="tombstone">✕ {words.REPORT_UNREAD}</p>'
    yield addenda_html(report)
    if report.status is Status.ENTERED_IN_ERROR:
        yield (
            f'<p class="tombstone">✕ {text(report.trust.title)} has marked this report as entered in error.'
            f' What it said stands in <a href="{link}">the whole report</a>.</p>'
        )
    else:
        yield from _said(report, link, corrections)
    yield from _related(row, link, titles)


def _said(report: Report, link: str, corrections: Corrections) -> Iterator[str]:
    if report.status is Status.CANCELLED:
        yield f'<p class="tombstone">✕ Cancelled{"" if report.results else ", no values"}.</p>'
    yield comments_html(report.notes)
    yield results_of_report(report, corrections)
    if report.conclusion:
        who = f'<span class="who">{text(", ".join(report.performers))}:</span> ' if report.performers else ""
        yield f' <p class="prose">{who}{text(report.conclusion)}</p>'
    for study in report.studies:
        yield f' <p class="study">{text(words.study(study, report))}</p>'
    if only := words.elsewhere(report):
        yield f' <p class="elsewhere">{only} <a href="{link}">Whole report</a></p>'


def _related(row: Row, link: str, titles: Mapping[str, str]) -> Iterator[str]:
    for copy in row.copies:
        yield f' <p class="also">Also held by {text(copy.trust.title)}, same report.</p>'
    if row.earlier:
        versions = words.plural(len(row.earlier), "version")
        yield f' <p class="also"><a href="{link}#earlier">{len(row.earlier)} earlier {versions}</a></p>'
    for other in row.alike:
        title = text(titles.get(other.partition("/")[0], "another trust"))
        yield (
            f' <p class="also">Looks like <a href="#{anchor(other)}">a report from {title}</a>;'
            " nothing proves that it is the same.</p>"
        )


# ── Results ──────────────────────────────────────────────────────────────────────────────────────


def results_of_report(report: Report, corrections: Corrections) -> str:
    """Return a report's results; a single group named as the report is not named twice."""
    results: Sequence[Result | Unreadable] = report.results
    shared = _shared(report)
    within, notes = _Within(report, shared, corrections), ""
    if len(results) == 1 and isinstance(only := results[0], Result) and _is_its_report(only, report, within):
        results, notes = only.members, comments_html(only.notes)
    listed = _results_html(results, within, roomy=_needs_room(results)) if results else ""
    return f"{_particulars_html(shared)}{notes}{listed}{''.join(map(_gone_html, corrections.gone))}"


def _shared(report: Report) -> tuple[str, ...]:
    """Return the particulars that all of several results have, to be said once."""
    each = [words.particulars(result, report) for result in _all_results(report.results)]
    return tuple(one for one in each[0] if all(one in others for others in each)) if len(each) > 1 else ()


def _all_results(results: Iterable[Result | Unreadable]) -> Iterator[Result]:
    for result in results:
        if isinstance(result, Result):
            yield result
            yield from _all_results(result.members)


def _particulars_html(particulars: Sequence[str]) -> str:
    return f' <p class="own">{text("; ".join(particulars))}</p>' if particulars else ""


def _results_html(results: Iterable[Result | Unreadable], within: _Within, *, roomy: bool = False) -> str:
    """Return a list of results and groups of results; a roomy one has a line for each."""
    listed = " ".join([_result_html(result, within) for result in results])
    return f'<ul class="results{" roomy" if roomy else ""}">{listed}</ul>'


# Characters that two results side by side have room for; more would stand over what is beside them.
_NUMBER, _NAME, _RANGE = 7, 60, 30
_SHORT_FLAGS = frozenset({Flag.HIGH, Flag.LOW, Flag.OUT_OF_RANGE, Flag.POTENTIALLY_ABNORMAL, Flag.UNSTATED})


def _needs_room(results: Iterable[Result | Unreadable]) -> bool:
    return any(isinstance(one, Result) and (_is_long(one) or _needs_room(one.members)) for one in results)


def _is_long(result: Result) -> bool:
    value = result.value
    return (
        len(result.name) > _NAME
        or (isinstance(value, Amount) and len(value.comparator) + len(value.number) > _NUMBER)
        or any(sent.flag not in _SHORT_FLAGS or words.own_word(sent) for sent in result.flags)
    )


def _result_html(result: Result | Unreadable, within: _Within) -> str:
    if isinstance(result, Unreadable):
        return f'<li class="result wide unreadable"><p>✕ {text(words.unreadable(result))}</p></li>'
    if _is_group(result):
        return _group_html(result, within)
    before = within.corrections.was.get(result.id, ())
    is_number = isinstance(result.value, Amount)
    rest = _rest_html(result, before, within)
    look = "result" if is_number else "result text"
    has_long_range = any(len(one.text) > _RANGE for one in result.ranges)
    if rest or has_long_range or not is_number:
        look += " wide"
    if has_long_range:
        look += " explained"
    if result.status is Status.ENTERED_IN_ERROR:
        look += " error"
    said = _number_html(result) if is_number else _words_html(result)
    return (
        f'<li class="{look}" data-result="{text(result.id)}"><span class="name">{text(result.name)}</span> {said}'
        f"{rest}</li>"
    )


def _is_its_report(result: Result, report: Report, within: _Within) -> bool:
    """Say whether a group has nothing to say but its report's title: what it says of itself needs a line."""
    says_more = result.flags or within.needs_saying(result.status) or within.particulars(result)
    return _is_group(result) and result.name == report.title and not says_more


def _is_group(result: Result) -> bool:
    return bool(result.members) and not words.value(result.value)


def _group_html(group: Result, within: _Within) -> str:
    flags = f' <span class="flags">{flags_html(group.flags)}</span>' if group.flags else ""
    return (
        f'<li class="result wide group" data-result="{text(group.id)}"><span class="name">{text(group.name)}</span>'
        f"{flags}{_rest_html(group, (), within)}</li>"
    )


def _number_html(result: Result) -> str:
    return (
        f'<b class="value">{text(words.value(result.value))}</b>'
        f' <span class="flags">{flags_html(result.flags)}</span>'
        f' <span class="measure"><span class="unit">{text(words.unit(result.value))}</span>'
        f' <span class="range">{text(words.ranges(result.ranges, result.value))}</span></span>'
    )


def _words_html(result: Result) -> str:
    unit = words.unit(result.value)
    parts = [f'<b class="value">{text(words.value(result.value))}</b>']
    if unit:
        parts.append(f'<span class="unit">{text(unit)}</span>')
    if result.flags:
        parts.append(f'<span class="flags">{flags_html(result.flags)}</span>')
    if result.ranges:
        parts.append(f'<span class="range">{text(words.ranges(result.ranges, result.value))}</span>')
    return f'<span class="words">{" ".join(parts)}</span>'


def _rest_html(result: Result, before: Sequence[Was], within: _Within) -> str:
    """Return what stands below a result: its own status and particulars, what it was, comments, its members."""
    says_status, particulars = within.needs_saying(result.status), within.particulars(result)
    if not (before or result.notes or result.members or says_status or particulars):
        return ""
    status = words.status(result.status, result.status_as_sent) if says_status else ""
    return "".join(
        (
            f' <p class="said">{text(status)}</p>' if status else "",
            _particulars_html(particulars),
            *(_was_html(one, result) for one in before),
            comments_html(result.notes),
            f" {_results_html(result.members, within)}" if result.members else "",
        )
    )


def _was_html(was: Was, now: Result) -> str:
    before = was.result
    differs = before.ranges != now.ranges
    ranges = f" (range {text(words.ranges(before.ranges, before.value))})" if differs else ""
    return f' <p class="was">was <s>{_struck(before)}</s>{ranges}, issued {text(words.when(was.issued))}</p>'


def _gone_html(gone: Was) -> str:
    struck = f"<s>{text(gone.result.name)} {_struck(gone.result)}</s>"
    return f' <p class="was">no longer in the report: {struck}, issued {text(words.when(gone.issued))}</p>'


def _struck(result: Result) -> str:
    said = " ".join(filter(None, (words.value(result.value), words.unit(result.value))))
    return f"{text(said)} {flags_html(result.flags)}"


def comments_html(notes: Iterable[str]) -> str:
    """Return the laboratory's comments, whole."""
    return "".join([f' <p class="note">Laboratory: “{text(note)}”</p>' for note in notes])


def addenda_html(report: Report) -> str:
    """Return what was added to a report after it was issued."""
    return "".join(
        [
            f'<div class="addendum"><b>ADDENDUM {text(words.when(one.at))}</b> {text(one.author or "author not sent")}'
            f' <p class="prose">{text(one.text)}</p></div>'
            for one in report.addenda
        ]
    )


# ── Flags ────────────────────────────────────────────────────────────────────────────────────────


def flags_html(sent: Sequence[SentFlag]) -> str:
    """Return every flag of a result, with its shape and its letters; none is said to be none."""
    if not sent:
        return _KNOWN[Flag.UNSTATED]
    return " ".join([f"{_KNOWN.get(one.flag) or _flag_html(one)}{_own_word_html(one)}" for one in sent])


def _flag_html(sent: SentFlag) -> str:
    said = words.flag(sent)
    shape = f'<i aria-hidden="true">{said.shape}</i> ' if said.shape else ""
    return f'<span class="flag {said.look}">{shape}{text(said.letters)}</span>'


def _own_word_html(sent: SentFlag) -> str:
    own = words.own_word(sent)
    return f' <span class="own-word">{text(own)}</span>' if own else ""


# Only a flag we do not know depends on the laboratory's own word for it.
_KNOWN: dict[Flag, str] = {flag: _flag_html(SentFlag(flag, "")) for flag in Flag if flag is not Flag.OTHER}
