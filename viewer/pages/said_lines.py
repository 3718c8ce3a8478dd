"""Say a report's results one a line, for paper and plain text: name, value, flag, unit, range, and what else there is.

Rule: every result is there, in the order it was sent; each part is said as the pages say it, character by character.
Of a result that was entered in error its name is there, and that it was: what it said is not copied.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from viewer.clinical.corrections import Corrections, Was, in_error
from viewer.clinical.report import Amount, NoValue, Report, Result, SentFlag, Status, Unreadable
from viewer.pages import words


@dataclass(frozen=True, slots=True)
class Line:
    """One result as it is said. `value` is "" of a group, and of what could not be read, which stands in `notes`."""

    depth: int  # in how many groups it stands
    name: str
    value: str = ""
    flags: str = ""
    unit: str = ""
    ranges: str = ""
    notes: tuple[str, ...] = ()  # its status, particulars and comments
    was: tuple[str, ...] = ()  # what earlier versions of its report said
    flagged: bool = False  # by the laboratory, in any way but "normal"

    @property
    def is_group(self) -> bool:
        """Say whether only its members have values."""
        return not self.value


def lines_of(report: Report, before: Corrections) -> tuple[Line, ...]:
    """Return every result of a report, and what earlier versions had that is no longer in it."""
    gone = (Line(0, one.result.name, was=(f"no longer in the report: {_was(one)}",)) for one in before.gone)
    return (*_lines(report.results, _Within(report, before, in_error(report)), 0), *gone)


@dataclass(frozen=True, slots=True)
class _Within:
    """The report that lines are of, what earlier versions of it said, and which results it takes back, by their ids."""

    report: Report
    before: Corrections
    in_error: frozenset[str]


def _lines(results: Iterable[Result | Unreadable], within: _Within, depth: int) -> Iterator[Line]:
    for one in results:
        if isinstance(one, Unreadable):
            yield Line(depth, one.name or one.kind, notes=(f"✕ {words.unreadable(one)}",))
            continue
        if not (isinstance(one.value, NoValue) and _is_named_as(one, within.report)):
            yield _line(one, within, depth)
        yield from _lines(one.members, within, depth + 1)


def _is_named_as(group: Result, report: Report) -> bool:
    """Say whether a group only repeats its report's title, and says nothing of its own."""
    return group.name == report.title and not (group.flags or _notes(group, report))


def _line(result: Result, within: _Within, depth: int) -> Line:
    if result.id in within.in_error:
        said = words.status(Status.ENTERED_IN_ERROR)
        return Line(depth, result.name, notes=(f"✕ {said}: what it said is not copied.",))
    is_number = isinstance(result.value, Amount)
    has_value = not isinstance(result.value, NoValue)
    return Line(
        depth,
        result.name,
        words.value(result.value),
        flags(result.flags) if has_value and (is_number or result.flags) else flags(result.flags) * bool(result.flags),
        words.unit(result.value),
        words.ranges(result.ranges, result.value) if is_number or result.ranges else "",
        _notes(result, within.report),
        tuple(f"was {_was(one)}" for one in within.before.was.get(result.id, ())),
        words.is_flagged(result.flags),
    )


def flags(sent: tuple[SentFlag, ...]) -> str:
    """Say a result's flags with their shapes, their letters and the laboratory's own words: ▲ HI; none is "no flag"."""
    said = []
    for one in sent or (None,):
        known = words.flags((one,) if one else ())[0]
        said.append(" ".join(filter(None, (known.shape, known.letters, words.own_word(one) if one else ""))))
    return ", ".join(said)


def said_range(ranges: str) -> str:
    """Say a range as a sentence needs it: range 3.5–5.3; no range."""
    return f"range {ranges}" if ranges not in ("", "no range") else ranges


def _notes(result: Result, report: Report) -> tuple[str, ...]:
    says_status = result.status not in (Status.FINAL, report.status)
    status = words.status(result.status, result.status_as_sent) if says_status else ""
    return tuple(filter(None, (status, *words.particulars(result, report), *(f"“{note}”" for note in result.notes))))


def _was(was: Was) -> str:
    before = was.result
    if before.status is Status.ENTERED_IN_ERROR:
        return f"entered in error, issued {words.when(was.issued)}: what it said is not copied"
    said = (words.value(before.value), words.unit(before.value), flags(before.flags))
    return f"{' '.join(filter(None, said))}, issued {words.when(was.issued)}"
