"""Say in short what was grown: an isolate, which antibiotics were flagged for it, and what else was sent of it.

Rule: an isolate is named with all that it stands in. What was sent of it and is under no letter is named beside the
letters, so that none is said to be none where something may say it in another way.
"""

from collections.abc import Iterable, Iterator
from operator import attrgetter

from viewer.clinical.microbiology import Isolate, letters_of
from viewer.clinical.report import Amount, Flag, Report, Result, Status, Unreadable, Words
from viewer.pages import words
from viewer.pages.said_lines import flags

NOT_IN_THIS_COLUMN = "not in this column"
GONE = frozenset({Status.CANCELLED, Status.ENTERED_IN_ERROR})
_SHORT = 40  # characters of a value in words; a longer one is a text, and stands in its report


def isolate_parts(of: Isolate, title: str) -> tuple[str, ...]:
    """Name all that an isolate stands in, outermost first; the first value in words is the organism.

    A group that only repeats its report's title is left out.
    """
    said = ""
    parts = []
    for one in of.groups:
        value = _in_words(one)
        if value or one is of.group or one.name != title:
            parts.append(" ".join(filter(None, (one.name, value))) if said or not value else value)
        said = said or value
    return tuple(parts)


def isolate(of: Isolate, title: str) -> str:
    """Name an isolate as its laboratory does: E. coli; S. aureus: Disk diffusion."""
    return ": ".join(isolate_parts(of, title))


def under(letter: Flag, isolate: Isolate, report: Report) -> Iterator[str]:
    """Name the findings of an isolate that were flagged with a letter, by name, each with its number if it has one."""
    for around, one, letters in _walked(isolate.susceptibilities):
        if isinstance(one, Result) and letter in letters:
            yield f"{around}{words.with_its_number(one)}{_status(one, report)}"


def also_sent(isolate: Isolate, report: Report) -> Iterator[str]:
    """Name what else was sent of an isolate: what was flagged with no letter, and what was cancelled or withdrawn."""
    for around, one, letters in _walked(isolate.susceptibilities):
        if not letters:
            yield f"{around}{_in_short(one, report)}"
    yield from (_in_short(one, report) for one in isolate.others)


def _walked(
    findings: Iterable[Result | Unreadable], around: str = "", above: frozenset[Flag] = frozenset()
) -> Iterator[tuple[str, Result | Unreadable, frozenset[Flag]]]:
    """Yield findings by name, however deep, with what they stand in, and the letters that nothing above them has.

    What was cancelled or withdrawn has none, and went with all that stands in it.
    """
    for one in sorted(findings, key=attrgetter("name")):
        if isinstance(one, Unreadable) or one.status in GONE:
            yield around, one, frozenset()
            continue
        letters = letters_of(one)
        yield around, one, letters - above
        yield from _walked(one.members, f"{around}{one.name}: ", above | letters)


def _in_short(one: Result | Unreadable, report: Report) -> str:
    if isinstance(one, Unreadable):
        return f"✕ {one.name or one.kind} (could not be read)"
    if one.status in GONE:
        return f"{one.name}{_status(one, report)}"
    value = _value(one)
    flagged = flags(one.flags) if one.flags or (value and isinstance(one.value, Amount)) else ""
    return " ".join(filter(None, (one.name, value, flagged))) + _status(one, report)


def _value(one: Result) -> str:
    if isinstance(one.value, Amount):
        return f"{words.value(one.value)} {words.unit(one.value)}"
    said = _in_words(one)
    return said if len(said) <= _SHORT and "\n" not in said else ""


def _in_words(one: Result) -> str:
    if not isinstance(one.value, Words):
        return ""
    return one.value.text or ", ".join(map(words.code, one.value.codes))


def _status(one: Result, report: Report) -> str:
    says_it = one.status not in (Status.FINAL, report.status)
    return f" ({words.status(one.status, one.status_as_sent)})" if says_it or one.status in GONE else ""
