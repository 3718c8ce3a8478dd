"""Lay out series as a cumulative table: a line for each series, a column for each time and trust, newest last.

Rule: every result is in one cell, or is named as hidden by what the reader chose. Where one trust has two values of one
series at one time, that time has two columns: no cell ever holds two, and none is chosen between them.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal

from connectors.answer import Kind, Trust
from viewer.clinical.analyte import Catalogue, Group
from viewer.clinical.around import NOTHING, Around, around_of
from viewer.clinical.report import Absent, Precision, Result, Status, Unreadable, When
from viewer.clinical.row import Row
from viewer.clinical.series import Gathered, Point, Series

NOT_MAPPED = "-"  # stands for the key of a group, for the series that no signed map speaks of


@dataclass(frozen=True, slots=True)
class Column:
    """One time at which one trust took what it measured; where that needs several columns, which of them."""

    trust: Trust
    taken: When | None
    turn: int = 1
    turns: int = 1


@dataclass(frozen=True, slots=True)
class Change:
    """How far a number is from the one before it in its series."""

    by: Decimal
    elsewhere: bool  # the one before it is another trust's


@dataclass(frozen=True, slots=True)
class Cell:
    """One result in the table."""

    point: Point
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One series, with its cells by the place of their columns."""

    series: Series
    cells: Mapping[int, Cell]


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that are read together, and the reports that they come from by the place of their columns."""

    group: Group | None  # None: no signed map says what these are
    lines: tuple[Line, ...]
    reports: Mapping[int, tuple[Row, ...]]


@dataclass(frozen=True, slots=True)
class NotGiven:
    """A result without a value, or a cancelled report without any result, of which no map says what it is."""

    row: Row
    result: Result | None
    around: Around = NOTHING

    @property
    def taken(self) -> When | None:
        """Return when the specimen was taken."""
        return (self.result and self.result.taken) or self.row.report.taken


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a reader has chosen to see. The empty Chosen hides nothing."""

    groups: frozenset[str] = frozenset()  # their keys; empty: all
    is_older: Callable[[When | None], bool] | None = None
    most: int = 0  # how many columns, the newest; 0: all


@dataclass(frozen=True, slots=True)
class Hidden:
    """What the reader's choice keeps out of the table; each is named at the first reason."""

    groups: tuple[Point, ...] = ()
    older: tuple[Point | NotGiven, ...] = ()
    earlier: tuple[Point | NotGiven, ...] = ()  # in columns before those that are shown
    columns: int = 0  # how many those are


@dataclass(frozen=True, slots=True)
class Table:
    """The cumulative table, and what it leaves out."""

    columns: tuple[Column, ...]
    blocks: tuple[Block, ...]
    not_given: Mapping[int, tuple[NotGiven, ...]]  # by the place of their columns
    hidden: Hidden = field(default=Hidden())
    left: tuple[tuple[Row, Result | Unreadable], ...] = ()  # what stands in no line: words, and what cannot be read
    rows: tuple[Row, ...] = ()  # the reports of which nothing stands in the table


EVERYTHING = Chosen()


def lay_out_cumulative(gathered: Gathered, catalogue: Catalogue, chosen: Chosen = EVERYTHING) -> Table:
    """Return the table of these series, and by name whatever is not in it."""
    series = [one for one in gathered.series if _is_chosen(one, chosen)]
    others = [point for one in gathered.series if not _is_chosen(one, chosen) for point in one.points]
    not_given = list(_not_given(gathered))
    is_older = chosen.is_older or (lambda _: False)
    found = [_Found(place, point) for place, one in enumerate(series) for point in one.points]
    found += [_Found(None, one) for one in not_given]
    columns, places = _placed([one for one in found if not is_older(one.thing.taken)])
    before = max(0, len(columns) - chosen.most) if chosen.most else 0
    hidden = Hidden(
        tuple(others),
        tuple(one.thing for one in found if is_older(one.thing.taken)),
        tuple(one.thing for place in places[:before] for one in place),
        before,
    )
    kept = places[before:]
    left = tuple((row, one) for row, one in gathered.left if not _is_absent(one))
    standing = {one.row.key for one in not_given}
    rows = tuple(row for row in gathered.rows if row.key not in standing)
    lines = list(_lines(series, kept))
    return Table(tuple(columns[before:]), tuple(_blocks(lines, catalogue)), _gaps(kept), hidden, left, rows)


def _is_chosen(series: Series, chosen: Chosen) -> bool:
    return not chosen.groups or group_of(series) in chosen.groups


def group_of(series: Series) -> str:
    """Return the key of the group that a series stands in."""
    return series.analyte.group if series.analyte else NOT_MAPPED


def is_withdrawn(point: Point) -> bool:
    """Say whether a result, its group or its whole report was entered in error: it leaves a tombstone and no value."""
    return Status.ENTERED_IN_ERROR in point.statuses


def is_cancelled(point: Point) -> bool:
    """Say whether a result, its group or its whole report was cancelled."""
    return Status.CANCELLED in point.statuses


def _not_given(gathered: Gathered) -> Iterator[NotGiven]:
    for row, one in gathered.left:
        if isinstance(one, Result) and _is_absent(one):
            yield NotGiven(row, one, around_of(row.report.results).get(one.id, NOTHING))
    for row in gathered.rows:
        report = row.report
        if report.kind is Kind.LABORATORY and report.status is Status.CANCELLED and not report.results:
            yield NotGiven(row, None)


def _is_absent(one: Result | Unreadable) -> bool:
    return isinstance(one, Result) and isinstance(one.value, Absent)


# ── Columns ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Found:
    """One thing that needs a column; `line` is None of what stands in no line."""

    line: int | None
    thing: Point | NotGiven


_Time = tuple[datetime, str, Precision | None, bool, str]


def _placed(found: Sequence[_Found]) -> tuple[list[Column], list[list[_Found]]]:
    """Return the columns, oldest first, and what stands in each."""
    times: dict[_Time, dict[str, list[_Found]]] = {}
    for one in found:
        times.setdefault(_time_of(one.thing), {}).setdefault(one.thing.row.key, []).append(one)
    columns: list[Column] = []
    places: list[list[_Found]] = []
    for time in sorted(times, key=lambda time: (*time[:2], time[2] or "", *time[3:])):
        turns = _in_turns([times[time][key] for key in sorted(times[time])])
        first = turns[0][0].thing
        columns += [
            Column(first.row.report.trust, first.taken, turn, len(turns)) for turn, _ in enumerate(turns, start=1)
        ]
        places += turns
    return columns, places


def _time_of(thing: Point | NotGiven) -> _Time:
    """Return what must be equal for two results to share a column: the trust, and the time as it is said."""
    trust, taken = thing.row.report.trust.name, thing.taken
    if taken is None:
        return _MAY_BE_NEWEST, trust, None, True, ""
    return taken.instant, trust, taken.precision, taken.zoned, taken.until


_MAY_BE_NEWEST = datetime.max.replace(tzinfo=UTC)


def _in_turns(reports: Iterable[Sequence[_Found]]) -> list[list[_Found]]:
    """Deal what stands at one time to as few columns as it needs, a report's results side by side where they can be."""
    turns: list[list[_Found]] = []
    taken: list[set[int | None]] = []
    for report in reports:
        for layer in _layers(report):
            lines = {one.line for one in layer if one.line is not None}
            place = next((place for place, its in enumerate(taken) if its.isdisjoint(lines)), len(turns))
            if place == len(turns):
                turns.append([])
                taken.append(set())
            turns[place] += layer
            taken[place] |= lines
    return turns


def _layers(report: Sequence[_Found]) -> list[list[_Found]]:
    """Split a report's results so that no line comes twice in a layer: the glucoses of a tolerance test, untimed."""
    layers: list[list[_Found]] = []
    times: dict[int | None, int] = {}
    for one in report:
        layer = times.get(one.line, 0) if one.line is not None else 0
        times[one.line] = layer + 1
        if layer >= len(layers):
            layers.append([])
        layers[layer].append(one)
    return layers


# ── Lines and blocks ─────────────────────────────────────────────────────────────────────────────


def _lines(series: Sequence[Series], places: Sequence[Sequence[_Found]]) -> Iterator[Line]:
    changes = [dict(_changes(one)) for one in series]
    cells: list[dict[int, Cell]] = [{} for _ in series]
    for column, place in enumerate(places):
        for one in place:
            if one.line is not None and isinstance(point := one.thing, Point):
                cells[one.line][column] = Cell(point, changes[one.line].get(_name(point)))
    yield from (Line(one, its) for one, its in zip(series, cells, strict=True) if its)


def _blocks(lines: Iterable[Line], catalogue: Catalogue) -> Iterator[Block]:
    """Put lines into the blocks of their groups, in the order in which they come."""
    groups = {group.key: group for group in catalogue.groups}
    blocks: dict[str, list[Line]] = {}
    for line in lines:
        blocks.setdefault(group_of(line.series), []).append(line)
    for key, its in blocks.items():
        group = None if key == NOT_MAPPED else groups.get(key, Group(key, key))
        yield Block(group, tuple(its), _reports(its))


def _reports(lines: Iterable[Line]) -> dict[int, tuple[Row, ...]]:
    rows: dict[int, dict[str, Row]] = {}
    for line in lines:
        for column, cell in line.cells.items():
            rows.setdefault(column, {})[cell.point.row.key] = cell.point.row
    return {column: tuple(its[key] for key in sorted(its)) for column, its in rows.items()}


def _gaps(places: Sequence[Sequence[_Found]]) -> dict[int, tuple[NotGiven, ...]]:
    found = {
        column: tuple(one.thing for one in place if isinstance(one.thing, NotGiven))
        for column, place in enumerate(places)
    }
    return {column: its for column, its in found.items() if its}


# ── Change since the value before ────────────────────────────────────────────────────────────────


def _changes(series: Series) -> Iterator[tuple[tuple[str, str], Change]]:
    """Yield, by the name of a point, how far it is from the value before it, where that can be said exactly."""
    before: Point | None = None
    for point in series.points:
        if isinstance(point.result.value, Absent) or is_withdrawn(point) or is_cancelled(point):
            continue
        if before and series.key.unit and (change := _change(before, point)):
            yield _name(point), change
        before = point


def _change(before: Point, now: Point) -> Change | None:
    """Return the exact difference of two plain numbers, of which the first was surely taken before the second."""
    was, is_ = _plain(before), _plain(now)
    if was is None or is_ is None or not _surely_before(before.taken, now.taken):
        return None
    exact = Context(prec=len(was.as_tuple().digits) + len(is_.as_tuple().digits) + _reach(was) + _reach(is_))
    return Change(exact.subtract(is_, was), before.trust != now.trust)


def _plain(point: Point) -> Decimal | None:
    amount = point.amount
    if amount and not amount.comparator and _NUMBER.fullmatch(amount.number):
        return Decimal(amount.number)
    return None


_NUMBER = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)


def _reach(number: Decimal) -> int:
    """Return how many places a plain number has behind its point."""
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _surely_before(one: When | None, other: When | None) -> bool:
    if one is None or other is None or one.until:
        return False
    return other.instant - one.instant >= _LASTS[one.precision]


# How long after the instant it sorts by a time of this precision may have been; an hour more where clocks change.
_LASTS = {
    Precision.YEAR: timedelta(days=366, hours=1),
    Precision.MONTH: timedelta(days=31, hours=1),
    Precision.DAY: timedelta(days=1, hours=1),
    Precision.MINUTE: timedelta(minutes=1),
    Precision.SECOND: timedelta(microseconds=1),
}


def _name(point: Point) -> tuple[str, str]:
    return point.row.key, point.result.id
