"""Show that every minute of the days on which the clocks change stands in its order, and is said as clocks showed it.

Rule: what London's clocks were is worked out here from the law (the Summer Time Order 2002: from 01:00 UTC on the last
Sunday of March until 01:00 UTC on the last Sunday of October), and no calendar of the product's is asked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from bench.figure import Figure
from tests.builders import SHEFFIELD, a_report, a_result
from tests.pages.builders import opened
from viewer.clinical.analyte import Catalogue
from viewer.clinical.cumulative import Column, lay_out_cumulative
from viewer.clinical.report import Code, Result, When
from viewer.clinical.row import Row
from viewer.clinical.series import Series, gather
from viewer.clinical.trend import trend
from viewer.clinical.when import read_when
from viewer.pages import cumulative_words, trend_words, words
from viewer.pages.rows import by_day, row_writer

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Minute:
    """One real minute: when it was, and what London's clocks showed."""

    at: datetime
    day: str  # 25-Oct-2026
    clock: str  # 01:30 GMT
    offset: str  # +00:00

    @property
    def sent(self) -> tuple[str, str]:
        """Return the two ways in which a laboratory may write it."""
        local = self.at + (timedelta(hours=1) if self.offset == "+01:00" else timedelta())
        return f"{self.at:%Y-%m-%dT%H:%M}:00Z", f"{local:%Y-%m-%dT%H:%M}:00{self.offset}"


def changeover_minutes(first: int = 2020, last: int = 2035) -> Figure:
    """Compare every minute of every changeover day on the timeline, in the cumulative table and on a graph."""
    minutes, wrong = 0, list[str]()
    for year in range(first, last + 1):
        for month in (3, 10):
            day = list(minutes_of(last_sunday(year, month)))
            minutes += len(day)
            for form in (0, 1):
                wrong += wrongly_said(day, [read(minute.sent[form]) for minute in day])
    expected = (last - first + 1) * (23 + 25) * 60
    return Figure(
        f"every minute of the changeover days of {first} to {last}",
        f"{len(wrong)} of {minutes:,} minutes, each sent in two ways, differ{f': {wrong[0]}' if wrong else ''}",
        "0",
        "order and words on the timeline, in the cumulative table and on a graph; a place on a graph in proportion",
        not wrong and minutes == expected,
    )


def minutes_of(day: date) -> Iterator[Minute]:
    """Yield every minute of a changeover day that was real, in its order."""
    turn = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
    summer_first = day.month == 10
    at = turn - timedelta(hours=2 if summer_first else 1)  # midnight in London
    while True:
        summer = (at < turn) == summer_first
        local = at + (timedelta(hours=1) if summer else timedelta())
        if local.date() > day:
            return
        which = (" BST" if summer else " GMT") if summer_first and local.hour == 1 else ""
        said = f"{local.day:02d}-{_MONTHS[local.month - 1]}-{local.year}"
        yield Minute(at, said, f"{local.hour:02d}:{local.minute:02d}{which}", "+01:00" if summer else "+00:00")
        at += _MINUTE


def last_sunday(year: int, month: int) -> date:
    last = date(year, month, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)


def read(sent: str) -> When:
    when = read_when(sent)
    assert isinstance(when, When), when
    return when


def wrongly_said(day: Sequence[Minute], sent: Sequence[When]) -> Iterator[str]:
    rows = [
        Row(a_report(SHEFFIELD, f"{place:04d}", results=(_result(place),), taken=when))
        for place, when in enumerate(sent)
    ]
    shuffled = sorted(rows, key=lambda row: row.key[::-1])  # what the order is must come from the times alone
    yield from _wrong_on_the_timeline(day, shuffled)
    gathered = gather(shuffled, Catalogue(), {})
    yield from _wrong_in_the_table(day, lay_out_cumulative(gathered, Catalogue()).columns)
    (series,) = gathered.series
    yield from _wrong_on_a_graph(day, series)


def _result(place: int) -> Result:
    return a_result(id_=str(place), codes=(Code("https://trust.example/code", "K"),))


def _wrong_on_the_timeline(day: Sequence[Minute], rows: Sequence[Row]) -> Iterator[str]:
    write, who = row_writer([SHEFFIELD]), opened()
    days = list(by_day(write(row, who) for row in rows))
    if len(days) != 1:
        yield f"{day[0].day} stands under {len(days)} days"
    newest_first = [row for _, of_day in days for row in of_day]
    for minute, row in zip(reversed(day), newest_first, strict=True):
        if f"<b>{minute.clock}</b>" not in row.html or words.short_day(row.day) != minute.day:
            yield f"timeline: {minute.day} {minute.clock} is not said in its place"


def _wrong_in_the_table(day: Sequence[Minute], columns: Sequence[Column]) -> Iterator[str]:
    for minute, column in zip(day, columns, strict=True):
        said = f"{cumulative_words.column_day(column)} {cumulative_words.column_clock(column)}"
        if said != f"{minute.day} {minute.clock}":
            yield f"table: “{said}” for “{minute.day} {minute.clock}”"


def _wrong_on_a_graph(day: Sequence[Minute], series: Series) -> Iterator[str]:
    found = trend([series])
    marks, whole = found.plots[0].marks, found.whole
    assert whole
    for place, (minute, mark) in enumerate(zip(day, marks, strict=True)):
        said = trend_words.mark(mark, series)
        if not said.endswith(f", {minute.day} {minute.clock}"):
            yield f"graph: “{said}” for “{minute.day} {minute.clock}”"
        if whole.place(mark.at) != Fraction(place, len(day) - 1):
            yield f"graph: {minute.day} {minute.clock} stands at {whole.place(mark.at)}"
