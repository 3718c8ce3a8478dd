"""Say the cumulative table in English: its headings, its neighbours, its changes, and what it leaves out.

Rule: a change is said as a fact, never as good or bad; what is hidden is counted with its reason, and how much of it
the laboratory flagged.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from viewer.clinical.analyte import CodeMap
from viewer.clinical.around import NOTHING, Around
from viewer.clinical.conversion import Converted
from viewer.clinical.cumulative import NOT_MAPPED, Block, Change, Column, Hidden, Line, NotGiven, group_of
from viewer.clinical.report import Amount, Report, Result, Status, TakenFrom, Value
from viewer.clinical.series import Point, Series
from viewer.pages import words

TOMBSTONE = "Entered in error"
FOLDED = "folded: not shown"
NOT_MAPPED_NAME = "Not mapped"
NOT_GIVEN_NAME = "Not given"


def column_day(column: Column) -> str:
    """Say the day of a column: 20-Nov-2026; a partial date as it was given."""
    return words.short_day(words.day_key(column.taken))


def column_clock(column: Column) -> str:
    """Say the clock of a column, and its missing time zone: 22:41; "" when only a date was sent."""
    if column.taken is None:
        return ""
    clock = words.time_of_day(column.taken)
    said = [clock] if clock != "–" else []
    if column.taken.until:
        said.append(f"to {words.sent_time(column.taken.until)}")
    if not column.taken.zoned:
        said.append("no time zone sent")
    return ", ".join(said)


def column_turn(column: Column) -> str:
    """Say which of several columns of one time this is."""
    return f"{column.turn} of {column.turns}, same time" if column.turns > 1 else ""


def neighbour(before: Column | None, column: Column) -> str:
    """Say whether a column comes from the same laboratory as the one on its left."""
    if before is None:
        return ""
    return "= same laboratory" if before.trust == column.trust else "≠ other laboratory"


def change(of: Change) -> str:
    """Say how far a number is from the one before it: change +0.8, other lab."""
    sign = "+" if of.by > 0 else "−" if of.by < 0 else ""
    said = f"change {sign}{abs_as_sent(of.by)}"
    return f"{said}, other lab" if of.elsewhere else said


def conversion(of: Converted, sent: Value) -> str:
    """Say that a number is not in the unit in which it was sent, and who allows that."""
    clause = f", clause {of.clause} of its code map" if of.clause else ""
    return (
        f"Sent as {words.value(sent)} {words.unit(sent)}; {words.value(of.amount)} {words.unit(of.amount)} is the same,"
        f" exactly, as its laboratory’s {of.signed_by} has signed{clause}. The range is as sent."
    )


def abs_as_sent(by: Decimal) -> str:
    """Write a difference with the decimals that it has: 0.80 is not 0.8."""
    return f"{by.copy_abs():f}"  # abs() would round it to the digits of its context


def group_name(block: Block) -> str:
    """Say the heading of a block."""
    return block.group.name if block.group else NOT_MAPPED_NAME


def group_count(block: Block) -> str:
    """Say what a block holds, folded or not: 43 results, 9 flagged."""
    results = [cell.point.result for line in block.lines for cell in line.cells.values()]
    return f"{_count(len(results), 'result')}{_flagged(results, ', ')}"


def called(series: Iterable[Series]) -> tuple[tuple[str, str], ...]:
    """Say, for each name that a row has from us, what the laboratories themselves call it."""
    names: dict[str, dict[str, dict[str, None]]] = {}
    for one in series:
        for point in one.points if one.analyte else ():
            if point.result.name != one.name:
                trust = point.row.report.trust.title
                names.setdefault(one.name, {}).setdefault(point.result.name, {})[trust] = None
    return tuple(
        (name, "; ".join(f"“{sent}” at {words.listed(list(trusts))}" for sent, trusts in its.items()))
        for name, its in names.items()
    )


def signers(maps: Mapping[str, CodeMap], titles: Mapping[str, str]) -> str:
    """Say whose word it is that these are one test."""
    said = [
        f"{titles.get(name, name)} {one.signed_by}" + (f", {words.day(one.signed_on)}" if one.signed_on else "")
        for name, one in maps.items()
        if one.signed_by
    ]
    return "; ".join(said)


def unit(series: Series) -> str:
    """Say the unit of a row; that none was sent, or that its values are words."""
    if series.unit:
        return series.unit
    if any(point.converted for point in series.points):
        return series.key.unit
    return "no unit" if any(isinstance(point.result.value, Amount) for point in series.points) else "in words"


def particulars(line: Line, alike: Sequence[Line] = ()) -> tuple[str, ...]:
    """Say of a row what its name does not: unit, specimen, method; and what tells it from those that look like it."""
    series, key = line.series, line.series.key
    others = [other.series.key for other in alike]
    own_unit = unit(series)
    read_as = key.unit != own_unit and ("(" in key.unit or any(other.unit != key.unit for other in others))
    said = (
        own_unit,
        key.specimen or ("specimen not sent" if any(other.specimen for other in others) else ""),
        f"method: {key.method}" if key.method else "method not sent" if any(other.method for other in others) else "",
        f"unit read as {key.unit or 'none'}" if read_as else "",
        *(() if series.analyte else _own_code(series.points[-1])),
    )
    return tuple(filter(None, said))


def _own_code(point: Point) -> tuple[str, str]:
    codes = ", ".join(dict.fromkeys(code.code for code in point.result.codes))
    return f"code {codes or 'not sent'}", point.row.report.trust.title


def looks(line: Line) -> tuple[str, str]:
    """Return what a row is told by: two rows of one name and unit need more."""
    return line.series.name.casefold(), unit(line.series)


def time_note(report: Report, result: Result | None = None) -> str:
    """Say which of a report's times the column stands at, when it is not that of the specimen."""
    if result and result.taken and result.taken != report.taken:
        return words.taken(TakenFrom.EFFECTIVE)
    return words.taken(report.taken_from) if report.taken_from is not TakenFrom.SPECIMEN else ""


def is_tombstone(report: Report, result: Result, around: Around = NOTHING) -> bool:
    """Say whether a result was entered in error, alone, with its group or its report: its value is not shown."""
    return Status.ENTERED_IN_ERROR in around.taken_back | {report.status, result.status}


def hidden(of: Hidden, since: str) -> tuple[str, ...]:
    """Say each reason why results are hidden, with how many, and how many of them the laboratory flagged."""
    parts: tuple[tuple[Sequence[Point | NotGiven], str], ...] = (
        (of.groups, "of tests not chosen"),
        (of.older, f"older than {since}"),
        (of.earlier, f"in {_count(of.columns, 'earlier column')}"),
    )
    return tuple(f"{_results(things)} {why}{_in_brackets(things)}" for things, why in parts if things)


def hidden_count(of: Hidden) -> int:
    """Return how many results are hidden."""
    return len(of.groups) + len(of.older) + len(of.earlier)


def chosen_groups(chosen: Iterable[str], names: Mapping[str, str]) -> str:
    """Say which groups are chosen: all, or their number."""
    picked = [key for key in chosen if key in names]
    whole = f"all {len(names)} groups" if len(names) > 1 else "all"
    return f"{len(picked)} of {len(names)} groups" if picked else whole


def groups_of(series: Iterable[Series], names: Mapping[str, str]) -> dict[str, str]:
    """Return the groups that these series stand in, each with its name and how many results it has."""
    counts: dict[str, int] = {}
    for one in series:
        key = group_of(one)
        counts[key] = counts.get(key, 0) + len(one.points)
    said = {**names, NOT_MAPPED: NOT_MAPPED_NAME}
    return {key: f"{said.get(key, key)} ({count:,})" for key, count in counts.items()}


def caption(columns: int) -> str:
    """Say what the table is, and which way time runs."""
    said = f"Results of every laboratory: {_count(columns, 'column')} by time of specimen, newest at the right"
    return f"{said}; a row for each test, specimen, unit and method"


def where(columns: int) -> str:
    """Say how many columns the table has, and that the newest is in view first."""
    return f"in {_count(columns, 'column')}, newest at the right"


def earlier(of: Hidden) -> str:
    """Say what a link to the earlier columns leads to."""
    return f"{_count(of.columns, 'earlier column')}, {_results(of.earlier)}"


def outside(reports: int, results: int) -> str:
    """Say how much stands in no row of the table."""
    said = f", with {_count(results, 'result')} in words" if results else ""
    return f"{_count(reports, 'report')} in no row{said}: listed below the table"


def _in_brackets(things: Iterable[Point | NotGiven]) -> str:
    results = [thing.result for thing in things if thing.result]
    said = _flagged(results, "")
    return f" ({said} by the laboratory)" if said else ""


def _flagged(results: Iterable[Result], before: str) -> str:
    count = sum(words.is_flagged(result.flags) for result in results)
    return f"{before}{count:,} flagged" if count else ""


def _results(things: Sequence[Point | NotGiven]) -> str:
    return _count(len(things), "result")


def _count(count: int, one: str) -> str:
    return f"{count:,} {words.plural(count, one)}"
