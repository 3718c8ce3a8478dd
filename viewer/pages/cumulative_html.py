"""Write the cumulative table as HTML, and the notes that stand below it.

By hand and not by template: a table can hold thousands of cells, and a template takes ten times as long.
Rule: everything that a trust sent passes through `text`, which escapes it. A cell always says its value, its flag or
that there is none, and its own range; a value is cut in two spans at its decimal point and is otherwise as sent.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape as text
from string import ascii_lowercase

from markupsafe import Markup

from viewer.clinical.around import Around
from viewer.clinical.bedside import is_blood_gas, is_from_point_of_care
from viewer.clinical.corrections import Was, corrections
from viewer.clinical.cumulative import Block, Cell, Column, Line, NotGiven, Table, is_cancelled, is_withdrawn
from viewer.clinical.report import Absent, Amount, Report, Result, Status
from viewer.clinical.row import Row
from viewer.clinical.series import Point
from viewer.pages import cumulative_words as say
from viewer.pages import words
from viewer.pages.around_html import group_comments_html
from viewer.pages.around_words import comments_of_groups, of_groups
from viewer.pages.flag_html import flags_html
from viewer.pages.prose_html import columns_html, prose_html
from viewer.pages.result_html import comments_html
from viewer.pages.row_html import addenda_html
from viewer.pages.rows import report_address
from viewer.pages.series_mark import trend_address
from viewer.pages.surprise import write_down
from viewer.steps import Opened


@dataclass(frozen=True, slots=True)
class WrittenTable:
    """The table, and the notes to which numbers in it lead."""

    html: Markup = field(repr=False)
    notes: tuple[Markup, ...] = field(repr=False)


def table_html(table: Table, opened: Opened) -> WrittenTable:
    """Return the table of an opened patient."""
    sheet = _Sheet(table, opened)
    html = (
        f'<table class="cumulative"><caption>{text(say.caption(len(table.columns)))}</caption>'
        f"{_columns_html(table.columns)}<thead>{_heading_html(table.columns)}</thead>"
        f"{_not_given_html(sheet) if table.not_given else ''}"
        f"{''.join([_block_html(block, sheet) for block in table.blocks])}</table>"
    )
    return WrittenTable(Markup(html), tuple(map(Markup, sheet.notes)))  # noqa: S704  all that was sent is escaped


class _Sheet:
    """What every cell is written within, and the notes that gather while it is."""

    def __init__(self, table: Table, opened: Opened) -> None:
        self.table = table
        self.places = range(len(table.columns))
        self.notes: list[str] = []
        self._opened = opened
        self._addresses: dict[str, str] = {}
        self._again: dict[str, str] = {}  # the numbers of notes that lead from several places
        self._looks: dict[tuple[str, str], list[Line]] = {}
        for line in (line for block in table.blocks for line in block.lines):
            self._looks.setdefault(say.looks(line), []).append(line)

    def address(self, key: str) -> str:
        """Return the address of a report as it is from this page: there are hundreds of them on it."""
        if key not in self._addresses:
            self._addresses[key] = self._from_here(report_address(self._opened, key))
        return self._addresses[key]

    def trend(self, line: Line) -> str:
        """Return the address of the trend of a line."""
        return self._from_here(trend_address(self._opened, line.series.key))

    def _from_here(self, address: str) -> str:
        return text(address.removeprefix(f"/patients/{self._opened.handle}/"))

    def alike(self, line: Line) -> Sequence[Line]:
        """Return the lines that have the same name and unit."""
        return self._looks[say.looks(line)]

    def note(self, html: str) -> str:
        """Take a note and return the number that leads to it; "" when nothing is said."""
        if not html:
            return ""
        number = len(self.notes) + 1
        self.notes.append(
            f'<li id="note-{number}" tabindex="-1" value="{number}">{html} <a href="#at-{number}"'
            f' aria-label="Back to note {number} in the table">back</a></li>'
        )
        return f' <a class="ref" id="at-{number}" href="#note-{number}" aria-label="Note {number}">{number}</a>'

    def note_of(self, row: Row) -> str:
        """Return the number of a report's own note; where the report stands a second time, the same number again."""
        return self._once(row.key, lambda: _report_note(row, self))

    def note_of_group(self, group: Result, point: Point) -> str:
        """Return the number of what a laboratory wrote of a group; of its next member, the same number again."""
        return self._once(f"{point.row.key} {group.id}", lambda: _group_note(group, point))

    def _once(self, key: str, write: Callable[[], str]) -> str:
        if key in self._again:
            return self._again[key]
        first = self.note(write())
        number = len(self.notes)
        again = f' <a class="ref" href="#note-{number}" aria-label="Note {number}">{number}</a>'
        self._again[key] = again if first else ""
        return first


# ── Headings ─────────────────────────────────────────────────────────────────────────────────────


def _columns_html(columns: Sequence[Column]) -> str:
    """Return a <col> for each column; one that begins another laboratory's has the dashed rule."""
    marks = ("" if _is_same(columns, place) else ' class="other"' for place in range(len(columns)))
    return f"<colgroup><col>{''.join([f'<col{mark}>' for mark in marks])}</colgroup>"


def _is_same(columns: Sequence[Column], place: int) -> bool:
    return place == 0 or columns[place - 1].trust == columns[place].trust


def _heading_html(columns: Sequence[Column]) -> str:
    heads = [_column_html(columns[place - 1] if place else None, column) for place, column in enumerate(columns)]
    return f'<tr><th scope="col">Test, unit <small>small: each value’s own range</small></th>{"".join(heads)}</tr>'


def _column_html(before: Column | None, column: Column) -> str:
    clock, turn, neighbour = say.column_clock(column), say.column_turn(column), say.neighbour(before, column)
    other = ' class="other"' if before and before.trust != column.trust else ""
    return (
        f'<th scope="col"{other}>{text(say.column_day(column))} <span>{text(clock)}</span>'
        f"<b>{text(column.trust.title)}</b>{_small(turn)}{_small(neighbour)}</th>"
    )


def _small(said: str) -> str:
    return f" <small>{text(said)}</small>" if said else ""


# ── Blocks and lines ─────────────────────────────────────────────────────────────────────────────


def _block_html(block: Block, sheet: _Sheet) -> str:
    key = text(block.group.key if block.group else "-")
    note = ' <a href="/codes">Codes</a>' if block.group is None else ""
    lanes = [_lane_html(block.reports[place], block, place, sheet) if place in block.reports else "<td></td>"
             for place in sheet.places]  # fmt: skip
    return (
        f'<tbody class="block" data-group="{key}"><tr class="head"><th scope="rowgroup"><label>'
        f'<input type="checkbox" autocomplete="off" checked aria-label="Show the rows of'
        f' {text(say.group_name(block))}"> {text(say.group_name(block))}</label>'
        f' <small>{text(say.group_count(block))}<b class="folds">, {say.FOLDED}</b></small>'
        f"{note}</th>{''.join(lanes)}</tr>"
        f"{''.join([_line_html(line, block, sheet) for line in block.lines])}</tbody>"
    )


def _lane_html(rows: Sequence[Row], block: Block, place: int, sheet: _Sheet) -> str:
    """Return the status of each report that a block's cells in one column come from, with the way to it."""
    lanes = []
    for letter, row in zip(ascii_lowercase * len(rows), rows, strict=False):
        own = [line.cells[place].point for line in block.lines if place in line.cells]
        notes = [next(filter(None, (_time_note(point) for point in own if point.row is row)), "")]
        notes += [words.POINT_OF_CARE] if is_from_point_of_care(row.report) else []
        named = f"{letter}: " if len(rows) > 1 else ""
        lanes.append(f"{named}{_status_html(row, sheet)}{''.join(map(_small, notes))}{sheet.note_of(row)}")
    return f"<td>{lanes[0] if len(lanes) == 1 else ''.join([f'<p>{lane}</p>' for lane in lanes])}</td>"


def _time_note(point: Point) -> str:
    return say.time_note(point.row.report, point.result)


def _status_html(row: Row, sheet: _Sheet) -> str:
    report = row.report
    said, look = words.stands(report), words.status_look(report.status)
    badge = f' class="badge {look}"' if look != "plain" else ""
    return (
        f'<a{badge} href="{sheet.address(row.key)}" aria-label="{text(f"{said}: whole report {report.title}")}">'
        f"{text(said)}</a>"
    )


def _line_html(line: Line, block: Block, sheet: _Sheet) -> str:
    try:
        cells = [
            _cell_html(line.cells[place], line, block.reports[place], sheet) if place in line.cells else "<td>–</td>"
            for place in sheet.places
        ]
    except Exception as surprise:  # we do not catch what we cannot name, but no row may be missing without a word
        write_down("a row of the cumulative table could not be written", surprise)
        cells = [_unwritten_html(line, sheet)]
    return f"<tr>{_line_heading_html(line, sheet)}{''.join(cells)}</tr>"


def _unwritten_html(line: Line, sheet: _Sheet) -> str:
    reports = {cell.point.row.key: cell.point.row.report for cell in line.cells.values()}
    links = [f'<a href="{sheet.address(key)}">{text(report.title)}</a>' for key, report in reports.items()]
    return (
        f'<td class="lack" colspan="{len(sheet.places)}">✕ This row could not be written: our mistake.'
        f" Its values stand in these reports: {', '.join(links)}</td>"
    )


def _line_heading_html(line: Line, sheet: _Sheet) -> str:
    name, particulars = line.series.name, say.particulars(line, sheet.alike(line))
    return (
        f'<th scope="row">{text(name)} <small>{text(", ".join(particulars))}'
        f' <a href="{sheet.trend(line)}" aria-label="{text(f"Trend of {name}, {particulars[0]}")}">Trend</a>'
        "</small></th>"
    )


# ── Cells ────────────────────────────────────────────────────────────────────────────────────────


def _cell_html(cell: Cell, line: Line, reports: Sequence[Row], sheet: _Sheet) -> str:
    point = cell.point
    if is_withdrawn(point):
        letter = _letter(point, reports)
        return f'<td class="lack"><b>✕ {say.TOMBSTONE}</b>{_small(f"report {letter}" if letter else "")}</td>'
    lacks = isinstance(point.result.value, Absent) or is_cancelled(point)
    ref = sheet.note(_point_note(point, line))
    ref += "".join([sheet.note_of_group(group, point) for group in point.around.groups])
    beside = ", ".join(_beside(point, line, reports))
    opening = '<td class="lack">' if lacks else "<td>"
    changed = f" <br>{text(say.change(cell.change))}" if cell.change else ""
    return f"{opening}{_value_html(point)} <small>{beside}{ref}{changed}</small></td>"


def _value_html(point: Point) -> str:
    result, value = point.result, point.amount or point.result.value
    flags = f" {flags_html(result.flags)}" if result.flags else ""
    if isinstance(value, Amount):
        return f"{_number_html(words.value(value))}{flags}"
    return f'<b class="said">{columns_html(words.value(value))}</b>{flags}'


def _number_html(number: str) -> str:
    """Say how many characters stand before the decimal point, so that it stands in one place in the whole column.

    The number itself stays in one piece: of a piece set apart, a screen reader made "8" and ".4".
    """
    before = len(number.partition(".")[0])
    return f'<b class="n{before}">{text(number)}</b>' if before < 4 else f"<b>{text(number)}</b>"


def _beside(point: Point, line: Line, reports: Sequence[Row]) -> Iterator[str]:
    """Yield what stands below a value, its own range first."""
    result = point.result
    is_number = isinstance(result.value, Amount)
    said = words.unit(result.value)
    if point.converted:
        yield f"converted, sent as <b>{text(words.value(result.value))}</b> {text(said)}"
    elif said and said != say.unit(line.series):
        yield text(said)
    if is_number or result.ranges:
        yield text(words.ranges(result.ranges, result.value))
    if is_number and not result.flags:
        yield "no flag"
    if is_cancelled(point):
        yield words.status(Status.CANCELLED)
    elif result.status not in (Status.FINAL, point.row.report.status):
        yield text(words.status(result.status, result.status_as_sent))
    yield from map(text, of_groups(result, point.row.report, point.around))
    if result.effective:
        yield text(f"own time {words.when(result.effective)}")
    if result.body_site:
        yield text(f"site: {result.body_site}")
    if point.was:
        yield f"was <s>{text(words.value(point.was[0].result.value))}</s>"
    if letter := _letter(point, reports):
        yield f"report {letter}"


def _letter(point: Point, reports: Sequence[Row]) -> str:
    """Return which of several reports above a cell it comes from."""
    if len(reports) == 1:
        return ""
    return next(letter for letter, row in zip(ascii_lowercase * len(reports), reports, strict=False)
                if row.key == point.row.key)  # fmt: skip


# ── Not given ────────────────────────────────────────────────────────────────────────────────────


def _not_given_html(sheet: _Sheet) -> str:
    """Return the row of what was cancelled or not measured, where no map says which row it would have stood in."""
    cells = [
        _lacking_html(sheet.table.not_given[place], sheet) if place in sheet.table.not_given else "<td></td>"
        for place in sheet.places
    ]
    return (
        f'<tbody class="not-given"><tr><th scope="row">{say.NOT_GIVEN_NAME} <small>cancelled or not measured,'
        f" with the laboratory’s reason</small></th>{''.join(cells)}</tr></tbody>"
    )


def _lacking_html(things: Iterable[NotGiven], sheet: _Sheet) -> str:
    return f'<td class="lack">{"".join([_one_lacking_html(one, sheet) for one in things])}</td>'


def _one_lacking_html(one: NotGiven, sheet: _Sheet) -> str:
    report = one.row.report
    name = one.result.name if one.result else report.title
    reason = words.value(one.result.value) if one.result else ""
    reasons = dict.fromkeys(filter(None, (reason, *(one.result.notes if one.result else ()))))
    of_group = "".join([f" {text(said)}" for said in comments_of_groups(one.around)])
    note = _small(say.time_note(report, one.result))
    issued = _small(f"issued {words.when(report.issued)}") if report.issued else ""
    withdrawn = one.result and say.is_tombstone(report, one.result, one.around)
    quoted = f" ✕ {say.TOMBSTONE}" if withdrawn else "".join([f" <q>{text(said)}</q>" for said in reasons]) + of_group
    return f"<p>{_status_html(one.row, sheet)} <b>{text(name)}</b>{quoted}{issued}{note}{sheet.note_of(one.row)}</p>"


# ── Notes ────────────────────────────────────────────────────────────────────────────────────────


def _point_note(point: Point, line: Line) -> str:
    """Return what earlier versions gave for a result, with both times, and the laboratory's comments, whole."""
    result, report = point.result, point.row.report
    if not (point.was or result.notes or point.converted):
        return ""
    where = f"{line.series.name}, {report.trust.title}, {words.when(point.taken)}"
    was = "".join([f"{_was_html(one, result)}; " for one in point.was])
    now = f"now {_said(result)}, issued {text(words.when(report.issued))}." if was else ""
    how = f" {text(say.conversion(point.converted, result.value))}" if point.converted else ""
    return f"<b>{text(where)}:</b> {was}{now}{how}{comments_html(result.notes)}"


def _group_note(group: Result, point: Point) -> str:
    """Return the laboratory's comments on a group, whole; "" of one without any."""
    if not group.notes:
        return ""
    report = point.row.report
    where = f"{group.name}, {report.trust.title}, {words.when(report.taken)}"
    return f"<b>{text(where)}:</b>{group_comments_html(Around((group,)))}"


def _was_html(was: Was, now: Result) -> str:
    before = was.result
    ranges = f" (range {text(words.ranges(before.ranges, before.value))})" if before.ranges != now.ranges else ""
    return f"<s>{_said(before)}</s>{ranges} issued {text(words.when(was.issued))}"


def _said(result: Result) -> str:
    said = " ".join(filter(None, (words.value(result.value), words.unit(result.value))))
    return f"{text(said)} {flags_html(result.flags)}"


def _report_note(row: Row, sheet: _Sheet) -> str:
    """Return what a report says beside its values: comments, conclusion, addenda, what it no longer says."""
    report = row.report
    if report.status is Status.ENTERED_IN_ERROR:
        return ""
    said = "".join(_beside_values(row, report, sheet))
    if not said:
        return ""
    where = f"{report.trust.title}, {words.when(report.taken)}"
    return f'<b><a href="{sheet.address(row.key)}">{text(report.title)}</a>, {text(where)}:</b>{said}'


def _reasons(report: Report) -> set[str]:
    """Return what is said in the place of values: it need not be said again."""
    return {one.value.reason for one in report.results if isinstance(one, Result) and isinstance(one.value, Absent)}


def _beside_values(row: Row, report: Report, sheet: _Sheet) -> Iterator[str]:
    if report.report_unread:
        yield f' <p class="tombstone">✕ {words.REPORT_UNREAD}</p>'
    if is_blood_gas(report) and not words.is_to_the_minute(report.taken):
        yield f' <p class="own">{words.GAS_WITHOUT_TIME}</p>'
    yield addenda_html(report)
    yield comments_html(report.notes)
    if report.conclusion and report.conclusion not in _reasons(report):
        yield f' <p class="prose">{prose_html(report.conclusion)}</p>'
    if report.attachments or report.narrative:
        yield f' <p class="elsewhere">{text(words.elsewhere(report) or "Its text stands in the whole report.")}</p>'
    for gone in corrections(row).gone:
        struck = f"<s>{text(gone.result.name)} {_said(gone.result)}</s>"
        yield f' <p class="was">no longer in the report: {struck}, issued {text(words.when(gone.issued))}</p>'
    for other in row.alike:
        yield (
            f' <p class="also">Looks like <a href="{sheet.address(other)}">another report</a>;'
            " nothing proves that it is the same.</p>"
        )
