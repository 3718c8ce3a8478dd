"""What a cumulative table of 2,000 results costs the server, and how many bytes it takes to show so much.

Rule: the parts are the viewer's own, all of them from rows to HTML, and every column is written: none is left out.
"""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import TypeVar

from jinja2 import Environment

from bench.figure import Figure, ms
from connectors.answer import Kind, Trust
from viewer.access.relationship import Claim, Purpose, Relationship
from viewer.clinical.analyte import Analyte, Catalogue, CodeMap, Group, Meaning
from viewer.clinical.cumulative import Table, lay_out_cumulative
from viewer.clinical.patient import Name, Patient, Person, Verification
from viewer.clinical.report import (
    Amount,
    Code,
    Flag,
    Precision,
    Range,
    Report,
    Result,
    SentFlag,
    Status,
    TakenFrom,
    When,
)
from viewer.clinical.row import Row
from viewer.clinical.series import gather
from viewer.pages.cumulative_html import WrittenTable, table_html
from viewer.steps import Opened

T = TypeVar("T")

RESULTS = 2_000
MOST_CPU = 0.150  # seconds: what a page of 2,000 results may cost beside asking and reading
MOST_BYTES = 3.0  # of HTML for each byte of the words it shows
CODES = "https://bench.example/code"
START = datetime(2026, 6, 1, 8, tzinfo=UTC)

TRUSTS = tuple(
    Trust(name.lower(), f"R{place}", name, name, "01632 960 100")
    for place, name in enumerate(("Barnsley", "Chesterfield", "Rotherham", "Sheffield"))
)
# Name, unit, low, high, values in turn.
TESTS = (
    ("Sodium", "mmol/L", "133", "146", ("138", "141", "131")),
    ("Potassium", "mmol/L", "3.5", "5.3", ("4.10", "5.6", "3.9")),
    ("Urea", "mmol/L", "2.5", "7.8", ("6.0", "11.4", "4.7")),
    ("Creatinine", "umol/L", "59", "104", ("88", "142", "71")),
    ("eGFR", "mL/min/1.73m2", "60", "120", ("67", "41", "88")),
    ("Haemoglobin", "g/L", "130", "180", ("141", "118", "156")),
    ("White cells", "10*9/L", "4.0", "11.0", ("7.20", "13.4", "5.05")),
    ("Platelets", "10*9/L", "150", "400", ("251", "412", "199")),
    ("MCV", "fL", "80", "100", ("90.1", "101.0", "87.6")),
    ("CRP", "mg/L", "0", "5", ("<1", "86", "4")),
)
CATALOGUE = Catalogue(
    (Group("first", "U&E"), Group("second", "Full blood count")),
    {name: Analyte(name, name, "first" if place < 5 else "second") for place, (name, *_) in enumerate(TESTS)},
)
MAPS = {trust.name: CodeMap(trust.name, {(CODES, name): Meaning(name) for name, *_ in TESTS}) for trust in TRUSTS}


@dataclass(frozen=True, slots=True)
class Took:
    """What the page did with its rows, and the seconds of each part."""

    gathered: float
    laid_out: float
    written: float
    table: Table
    html: WrittenTable


def cumulative(results: int = RESULTS) -> Iterator[Figure]:
    """Yield the cost of the table and its size."""
    rows, opened = rows_of(results), _opened()
    took = _take(rows, opened)
    whole = took.gathered + took.laid_out + took.written
    bare, _ = _least(lambda: _BARE.render(table=took.table, places=range(len(took.table.columns))))
    yield Figure(
        f"a table of {results:,} results: CPU",
        f"{ms(whole)}: series {ms(took.gathered)}, columns and cells {ms(took.laid_out)}, HTML {ms(took.written)}",
        f"≤ {ms(MOST_CPU)}",
        f"a bare Jinja table of the same numbers, without flag, range, change or report: {ms(bare)}"
        f" (× {whole / bare:.1f} for all of it, × {took.written / bare:.1f} for the HTML)",
        whole <= MOST_CPU,
    )
    html = "".join((took.html.html, *took.html.notes))
    sent, said = len(html.encode()), len(words_of(html).encode())
    yield Figure(
        f"a table of {results:,} results: bytes",
        f"{sent / 1000:.0f} kB of HTML for {said / 1000:.0f} kB of words, × {sent / said:.2f}",
        f"≤ × {MOST_BYTES:.1f} (1.5 is the direction)",
        f"{sent / results:.0f} bytes a result; each says value, flag, range and change: {said / results:.0f} bytes",
        sent <= MOST_BYTES * said,
    )


def _take(rows: Sequence[Row], opened: Opened) -> Took:
    gathering, gathered = _least(lambda: gather(rows, CATALOGUE, MAPS))
    laying, table = _least(lambda: lay_out_cumulative(gathered, CATALOGUE))
    assert _shown(table) == sum(len(row.report.results) for row in rows), "a result of the bench was not shown"
    writing, html = _least(lambda: table_html(table, opened))
    return Took(gathering, laying, writing, table, html)


def _shown(table: Table) -> int:
    return sum(len(line.cells) for block in table.blocks for line in block.lines)


_BARE = Environment(autoescape=True).from_string(
    "<table>{% for block in table.blocks %}{% for line in block.lines %}<tr><th>{{ line.series.name }}</th>"
    "{% for place in places %}<td>{% if place in line.cells %}{{ line.cells[place].point.result.value.number }}"
    "{% endif %}</td>{% endfor %}</tr>{% endfor %}{% endfor %}</table>"
)


def words_of(html: str) -> str:
    """Return the words of a piece of HTML, as a reader sees them."""
    return unescape(re.sub(r"<[^>]*>", "", html))


def _least(do: Callable[[], T], times: int = 5) -> tuple[float, T]:
    """Return the least CPU time that doing it took, and what came of it."""
    spent = []
    for _ in range(times):
        began = time.process_time()
        done = do()
        spent.append(time.process_time() - began)
    return min(spent), done


# ── A patient on paper ───────────────────────────────────────────────────────────────────────────


def rows_of(results: int) -> list[Row]:
    """Return reports of five results each, two a specimen, dealt to four trusts a few days apart."""
    return [_row(number) for number in range(results // 5)]


def _row(number: int) -> Row:
    half, trust = number % 2, TRUSTS[number // 2 % len(TRUSTS)]
    at = START - timedelta(days=3 * (number // 2))
    taken = When(at.isoformat(), at, Precision.SECOND)
    tests = TESTS[:5] if half == 0 else TESTS[5:]
    return Row(
        Report(
            trust=trust,
            id=f"DiagnosticReport/{number}",
            kind=Kind.LABORATORY,
            title="U&E" if half == 0 else "Full blood count",
            status=Status.FINAL,
            taken=taken,
            taken_from=TakenFrom.SPECIMEN,
            issued=taken,
            results=tuple(_result(number, *test) for test in tests),
        )
    )


def _result(number: int, name: str, unit: str, low: str, high: str, values: Sequence[str]) -> Result:
    sent = values[number // 2 % len(values)]
    comparator = "<" if sent.startswith("<") else ""
    return Result(
        id=f"Observation/{number}-{name}",
        name=name,
        value=Amount(sent.removeprefix("<"), comparator, unit),
        status=Status.FINAL,
        codes=(Code(CODES, name),),
        flags=(SentFlag(Flag.HIGH, "HI"),) if number // 2 % 3 == 1 else (),
        ranges=(Range(Amount(low, unit=unit), Amount(high, unit=unit)),),
    )


def _opened() -> Opened:
    record = Patient(TRUSTS[0], "1", None, Verification.VERIFIED, Name("Bellweather", ("Arthur",), "Mr"), "", "male")
    relationship = Relationship(Purpose.EMERGENCY_CARE, Claim.IN_DEPARTMENT)
    return Opened("bench-handle-of-22-chars", Person(None, (record,)), relationship, {}, START, secret="of the bench")
