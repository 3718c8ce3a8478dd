"""Write a culture's susceptibilities as a table: a line for each antibiotic, a column for each isolate.

Rule: S, I and R stand in the laboratory's letter and in words, with the value it sent. A cell without a finding says
that none was sent; it is never an answer.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from html import escape as text

from viewer.clinical.microbiology import Antibiotic, Cultures, Isolate
from viewer.clinical.report import Flag, Result
from viewer.pages import words

Write = Callable[[Result], str]
_FEW = 2  # columns that stand beside each other on a telephone


def culture_html(cultures: Cultures, title: str, inner: Write) -> str:
    """Return the table, or nothing; `title` is its report's, and `inner` writes a result without its line's end."""
    isolates = cultures.isolates
    if not isolates:
        return ""
    names = _names(isolates)
    heads = "".join(_head(one, name, title, inner) for one, name in zip(isolates, names, strict=True))
    lines = "".join(_line(one, names, inner) for one in cultures.antibiotics)
    look = "few" if len(isolates) <= _FEW else "many"
    return (
        f'<table class="culture {look}" role="table"><caption>{words.SUSCEPTIBILITIES}{_about_i(isolates)}</caption>'
        f'<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Antibiotic</th>{heads}</tr></thead>'
        f'<tbody role="rowgroup">{lines}</tbody></table>'
    )


def _names(isolates: Sequence[Isolate]) -> list[str]:
    """Name each isolate; two that were sent under one name are told apart by the order in which they were sent."""
    names = [one.organism or one.group.name for one in isolates]
    times, seen = Counter(names), Counter[str]()
    told = []
    for name in names:
        seen[name] += 1
        told.append(f"{name}, {seen[name]} of {times[name]}" if times[name] > 1 else name)
    return told


def _head(isolate: Isolate, name: str, title: str, inner: Write) -> str:
    """Return a column's heading; what stands nowhere else of its group stands here."""
    around = " · ".join(one.name for one in isolate.within if one.name != title)
    above = f"<small>{text(around)}</small> " if around else ""
    if isolate.listed:
        return f'<th role="columnheader" scope="col">{above}{text(name)}</th>'
    group = isolate.group
    return (
        f'<th role="columnheader" scope="col">{above}<div class="result cell" data-result="{text(group.id)}">'
        f"{inner(group)}</div></th>"
    )


def _line(antibiotic: Antibiotic, names: Sequence[str], inner: Write) -> str:
    pairs = zip(names, antibiotic.by_isolate, strict=True)
    cells = "".join(f'<td role="cell" data-label="{text(name)}">{_cell(found, inner)}</td>' for name, found in pairs)
    return f'<tr role="row"><th role="rowheader" scope="row">{text(antibiotic.name)}</th>{cells}</tr>'


def _cell(found: Sequence[Result], inner: Write) -> str:
    if not found:
        return f'<span class="not-sent">{words.NOT_SENT_HERE}</span>'
    return "".join(f'<div class="result cell" data-result="{text(one.id)}">{inner(one)}</div>' for one in found)


def _about_i(isolates: Sequence[Isolate]) -> str:
    is_there = any(sent.flag is Flag.INTERMEDIATE for one in _all(isolates) for sent in one.flags)
    return f" <small>{words.ABOUT_I}</small>" if is_there else ""


def _all(isolates: Sequence[Isolate]) -> Iterator[Result]:
    for isolate in isolates:
        yield from isolate.susceptibilities
