"""Write a culture's susceptibilities as a table: a line for each antibiotic, a column for each isolate.

Rule: S, I and R stand in the laboratory's letter and in words, with the value it sent and all that hangs below it. A
cell without a finding is never an answer: it says that none was sent, or, where something else was sent of the isolate,
no more than that it is not here.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from html import escape as text

from viewer.clinical.microbiology import Antibiotic, Cultures, Isolate, letters_of
from viewer.clinical.report import Flag, Result, Unreadable
from viewer.pages import microbiology_words as said
from viewer.pages import words

Write = Callable[[Result], str]
_FEW = 2  # columns that stand beside each other on a telephone


def culture_html(cultures: Cultures, title: str, inner: Write) -> str:
    """Return the table, or nothing; `title` is its report's, and `inner` writes a result without its line's end."""
    isolates = cultures.isolates
    if not isolates:
        return ""
    heads = "".join(_head(one, title, inner) for one in isolates)
    columns = tuple(zip(_names(isolates, title), isolates, strict=True))
    lines = "".join(_line(one, columns, inner) for one in cultures.antibiotics)
    look = "few" if len(isolates) <= _FEW else "many"
    return (
        f'<table class="culture {look}" role="table"><caption>{words.SUSCEPTIBILITIES}{_about_i(isolates)}</caption>'
        f'<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Antibiotic</th>{heads}</tr></thead>'
        f'<tbody role="rowgroup">{lines}</tbody></table>'
    )


def _names(isolates: Sequence[Isolate], title: str) -> list[str]:
    """Name each isolate; two that were sent under one name are told apart by the order in which they were sent."""
    names = [said.isolate(one, title) for one in isolates]
    times, seen = Counter(names), Counter[str]()
    told = []
    for name in names:
        seen[name] += 1
        told.append(f"{name}, {seen[name]} of {times[name]}" if times[name] > 1 else name)
    return told


def _head(isolate: Isolate, title: str, inner: Write) -> str:
    """Return a column's heading; what stands nowhere else of its group stands here."""
    *around, name = said.isolate_parts(isolate, title)
    above = f"<small>{text(' · '.join(around))}</small> " if around else ""
    if isolate.listed:
        return f'<th role="columnheader" scope="col">{above}{text(name)}</th>'
    return f'<th role="columnheader" scope="col">{above}{_one(isolate.group, inner)}</th>'


def _line(antibiotic: Antibiotic, columns: Sequence[tuple[str, Isolate]], inner: Write) -> str:
    pairs = zip(columns, antibiotic.by_isolate, strict=True)
    cells = "".join(
        f'<td role="cell" data-label="{text(name)}">{_cell(found, isolate, inner)}</td>'
        for (name, isolate), found in pairs
    )
    return f'<tr role="row"><th role="rowheader" scope="row">{text(antibiotic.name)}</th>{cells}</tr>'


def _cell(found: Sequence[Result], isolate: Isolate, inner: Write) -> str:
    if found:
        return "".join(_one(one, inner) for one in found)
    return f'<span class="not-sent">{said.NOT_IN_THIS_COLUMN if isolate.others else words.NOT_SENT_HERE}</span>'


def _one(result: Result, inner: Write) -> str:
    return f'<div class="result cell" data-result="{text(result.id)}">{inner(result)}</div>'


def _about_i(isolates: Sequence[Isolate]) -> str:
    is_there = any(_has_i(one) for isolate in isolates for one in isolate.susceptibilities)
    return f" <small>{words.ABOUT_I}</small>" if is_there else ""


def _has_i(one: Result | Unreadable) -> bool:
    return isinstance(one, Result) and (Flag.INTERMEDIATE in letters_of(one) or any(map(_has_i, one.members)))
