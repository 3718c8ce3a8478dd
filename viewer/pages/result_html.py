"""Write a report's results as HTML: name, value, flag, unit, range, and below them all else that was sent of each.

By hand and not by template: a timeline can hold 20,000 results, and a template takes ten times as long.
Rule: everything that a trust sent passes through `text`, which escapes it. For a number name, value, flag, unit and
range are always all there, in this order.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from html import escape as text

from viewer.clinical.corrections import Corrections, Was
from viewer.clinical.microbiology import read_cultures
from viewer.clinical.report import Amount, Flag, NoValue, Report, Result, Status, Unreadable, Words
from viewer.clinical.timed import since_first
from viewer.pages import words
from viewer.pages.culture_html import culture_html
from viewer.pages.flag_html import flags_html
from viewer.pages.prose_html import columns_html, prose_html

Findings = Sequence[Result | Unreadable]


@dataclass(frozen=True, slots=True)
class _Within:
    """What a result is read within: its report, what every result of it shares, and what earlier versions said."""

    report: Report
    shared: Sequence[str]  # particulars that stand once above the results
    corrections: Corrections
    since: Mapping[str, timedelta]  # of what stands at several times

    def needs_saying(self, status: Status) -> bool:
        """Say whether a result's status needs words beside it: its report has not said it, and it is not final."""
        return status not in (Status.FINAL, self.report.status)

    def particulars(self, result: Result) -> list[str]:
        """Return what a result says of itself that stands nowhere above it."""
        said = words.particulars(result, self.report, self.since.get(result.id))
        return [one for one in said if one not in self.shared] if said else []


def results_of_report(report: Report, corrections: Corrections) -> str:
    """Return a report's results; a single group named as the report is not named twice."""
    results: Findings = report.results
    since = since_first(report)
    shared = _shared(report, since)
    within, notes = _Within(report, shared, corrections, since), ""
    if len(results) == 1 and isinstance(only := results[0], Result) and _is_its_report(only, report, within):
        results, notes = only.members, comments_html(only.notes)
    cultures = read_cultures(tuple(results))
    roomy = _needs_room(cultures.rest) or not any(isinstance(one.value, Amount) for one in _all_results(results))
    listed = _results_html(cultures.rest, within, roomy=roomy) if cultures.rest else ""
    table = culture_html(cultures, report.title, lambda one: _inner_html(one, within))
    return f"{_particulars_html(shared)}{notes}{listed}{table}{''.join(map(_gone_html, corrections.gone))}"


def _shared(report: Report, since: Mapping[str, timedelta]) -> tuple[str, ...]:
    """Return the particulars that all of several results have, to be said once."""
    each = [words.particulars(one, report, since.get(one.id)) for one in _all_results(report.results)]
    return tuple(one for one in each[0] if all(one in others for others in each)) if len(each) > 1 else ()


def _all_results(results: Iterable[Result | Unreadable]) -> Iterator[Result]:
    for result in results:
        if isinstance(result, Result):
            yield result
            yield from _all_results(result.members)


def _particulars_html(particulars: Sequence[str]) -> str:
    return f' <p class="own">{text("; ".join(particulars))}</p>' if particulars else ""


def _results_html(results: Iterable[Result | Unreadable], within: _Within, *, roomy: bool = False) -> str:
    """Return a list of results and groups of results; a roomy one has a line for each.

    Where one of them is a text, those in words beside it are read like it, under their names: sections of one report.
    """
    results = tuple(results)
    texts = any(isinstance(one, Result) and _is_a_text(one) for one in results)
    listed = " ".join([_result_html(result, within, texts=texts) for result in results])
    return f' <ul class="results{" roomy" if roomy else ""}">{listed}</ul>'


# Characters that two results side by side have room for; more would stand over what is beside them.
_NUMBER, _NAME, _RANGE, _LINE = 7, 60, 30, 60
_SHORT_FLAGS = frozenset({Flag.HIGH, Flag.LOW, Flag.UNSTATED})


def _needs_room(results: Iterable[Result | Unreadable]) -> bool:
    return any(isinstance(one, Result) and (_is_long(one) or _needs_room(one.members)) for one in results)


def _is_long(result: Result) -> bool:
    value = result.value
    return (
        len(result.name) > _NAME
        or (isinstance(value, Amount) and len(value.comparator) + len(value.number) > _NUMBER)
        or any(sent.flag not in _SHORT_FLAGS or words.own_word(sent) for sent in result.flags)
    )


def _is_a_text(result: Result) -> bool:
    if not isinstance(result.value, Words):
        return False
    said = words.value(result.value)
    return len(said) > _LINE or "\n" in said


def _result_html(result: Result | Unreadable, within: _Within, *, texts: bool) -> str:
    if isinstance(result, Unreadable):
        return f'<li class="result wide unreadable"><p>✕ {text(words.unreadable(result))}</p></li>'
    if _is_group(result):
        return _group_html(result, within)
    is_number = isinstance(result.value, Amount)
    is_a_text = texts and isinstance(result.value, Words) and not result.members
    rest = _rest_html(result, within.corrections.was.get(result.id, ()), within)
    name = f'<span class="name"{_AS_HEADING if is_a_text else ""}>{_name_html(result)}</span>'
    main = _number_html(result) if is_number else _words_html(result)
    look = _look(result, wide=bool(rest) or not is_number, is_number=is_number, is_a_text=is_a_text)
    return f'<li class="{look}" data-result="{text(result.id)}">{name} {main}{rest}</li>'


def _name_html(result: Result) -> str:
    """Return a name, which may go on to a next line after each slash, as after a space."""
    return text(result.name).replace("/", "/<wbr>")


_AS_HEADING = ' role="heading" aria-level="4"'


def _look(result: Result, *, wide: bool, is_number: bool, is_a_text: bool) -> str:
    look = "result" if is_number else "result text"
    has_long_range = any(len(one.text) > _RANGE for one in result.ranges)
    if wide or has_long_range:
        look += " wide"
    if has_long_range:
        look += " explained"
    if is_a_text:
        look += " section"
    if result.status is Status.ENTERED_IN_ERROR:
        look += " error"
    return look


def _inner_html(result: Result, within: _Within) -> str:
    """Return a result for a cell of a table: what its own line would say; the table names it as well."""
    rest = _rest_html(result, within.corrections.was.get(result.id, ()), within)
    name = f'<span class="name">{_name_html(result)}</span>'
    if isinstance(result.value, NoValue):
        flags = f' <span class="flags">{flags_html(result.flags)}</span>' if result.flags else ""
        return f"{name}{flags}{rest}"
    main = _number_html(result) if isinstance(result.value, Amount) else _words_html(result)
    return f"{name} {main}{rest}"


def _is_its_report(result: Result, report: Report, within: _Within) -> bool:
    """Say whether a group has nothing to say but its report's title: what it says of itself needs a line."""
    says_more = result.flags or within.needs_saying(result.status) or within.particulars(result)
    return _is_group(result) and result.name == report.title and not says_more


def _is_group(result: Result) -> bool:
    return bool(result.members) and not words.value(result.value)


def _group_html(group: Result, within: _Within) -> str:
    flags = f' <span class="flags">{flags_html(group.flags)}</span>' if group.flags else ""
    return (
        f'<li class="result wide group" data-result="{text(group.id)}"><span class="name">{_name_html(group)}</span>'
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
    unit, coded = words.unit(result.value), words.coded(result.value)
    parts = [f'<b class="value">{prose_html(words.value(result.value), 5)}</b>']
    if coded:
        parts.append(f'<span class="coded">{text(coded)}</span>')
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
            _results_html(result.members, within) if result.members else "",
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
    return "".join([f' <p class="note">Laboratory: “{columns_html(note)}”</p>' for note in notes])
