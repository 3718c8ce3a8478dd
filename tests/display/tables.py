"""Read what was sent in the cumulative table and beside a trend, where a result stands without its report or group.

Rule: what must stand there is worked out from what was sent alone.
"""

from collections.abc import Iterator

from tests.cumulative_reading import lines
from tests.display.pages import client_of
from tests.display.shown import SHAPES
from tests.display.wire import GROUP_STATUSES, LETTERS, STATUSES, Sent, SentGroup, SentReport
from tests.pages.builders import (
    opened,
)
from tests.reading import Element, read
from viewer.clinical.analyte import Catalogue
from viewer.clinical.cumulative import lay_out_cumulative
from viewer.clinical.row import Row
from viewer.clinical.series import gather
from viewer.pages.cumulative_html import table_html
from viewer.pages.trend import trend_routes

TOMBSTONE = "✕ Entered in error"


def cumulative_of(row: Row) -> Element:
    """Return the cumulative table of a report, and the notes below it."""
    none = Catalogue()
    made = table_html(lay_out_cumulative(gather([row], none, {}), none), opened())
    return read(f"<div>{made.html}<ol>{''.join(made.notes)}</ol></div>")


def trend_of(row: Row) -> Element:
    """Return the trend of the first series of a report, as its page draws it."""
    client = client_of([row], trend_routes)
    choices = read(client.get("/patients/walter/trend").get_data(as_text=True)).all("input", name="series")
    address = f"/patients/walter/trend?series={choices[0].attributes['value']}"
    return read(client.get(address).get_data(as_text=True))


def wrong_in_cumulative(table: Element, report: SentReport) -> Iterator[str]:
    """Yield every result of a report that no cell of its cumulative table says whole, and what was never sent."""
    cells = [(heading, cell) for heading, its in lines(table) for cell in its if cell.said != "–"]
    notes = {one.id: one for one in table.all("li")}
    for result in report.results:
        found = next((cell for cell in cells if not list(_lost_in_cell(*cell, notes, result, report))), None)
        if found is None:
            yield f"{result.id}: {[cell.said for _, cell in cells]}"
        else:
            cells.remove(found)
    yield from (f"“{cell.said}” was never sent" for _, cell in cells)


def _lost_in_cell(
    heading: str, cell: Element, notes: dict[str, Element], result: Sent, report: SentReport
) -> Iterator[str]:
    group = report.group_of(result)
    if group and group.in_error:
        yield from [] if cell.said == TOMBSTONE else [TOMBSTONE]
        return
    said = _plain(cell)
    refs = [one.attributes["href"].removeprefix("#") for one in cell.all("a", "ref")]
    below = "".join(notes[ref].text for ref in refs)
    own = result.status not in ("final", report.status) and not (group and group.status == "cancelled")
    expected = [_squeezed(result.said_range), result.letters, *_of_group(group, result, report)]
    expected += [STATUSES[result.status]] if own else []
    expected += ["Cancelled"] if group and group.status == "cancelled" else []
    yield from (one for one in expected if one not in said)
    yield from [] if cell.all("b")[0].text == result.value else [result.value]
    yield from [] if _squeezed(result.said_unit) in heading else [result.said_unit]
    yield from (one for one in _comments(group, result) if one not in below)


def wrong_in_trend(page: Element, report: SentReport) -> Iterator[str]:
    """Yield what the table beside a trend does not say of the one result of a report."""
    (result,), group = report.results, report.group
    (line,) = page.one("table").one("tbody").all("tr")
    value, unit, limits, _, status = line.all("td")
    if group and group.in_error:
        expected = [(value.said, TOMBSTONE), (unit.said, "–"), (limits.said, "–")]
        yield from (f"{result.id}: “{one}” for “{other}”" for one, other in expected if one != other)
        yield from (f"{result.id}: {one}" for one in _comments(group, result) if one in status.text)
        return
    yield from [] if value.all("b")[0].text == result.value else [result.value]
    said = [(_plain(value), result.letters), (unit.said, _squeezed(result.said_unit))]
    said += [(limits.said, _squeezed(result.said_range))]
    said += [(_plain(status), one) for one in (*_of_group(group, result, report), *_statuses(result, report))]
    said += [(status.text, one) for one in _comments(group, result)]
    yield from (f"{result.id}: “{other}” is not in “{one}”" for one, other in said if other not in one)


def _statuses(result: Sent, report: SentReport) -> Iterator[str]:
    yield from (STATUSES[one] for one in (result.status, report.status) if one != "final")


def _of_group(group: SentGroup | None, result: Sent, report: SentReport) -> list[str]:
    if group is None:
        return []
    says = group.status not in ("final", report.status, result.status)
    status = [GROUP_STATUSES[group.status]] if says else []
    letters = [LETTERS[group.flag]] if group.flag else []
    said = ", ".join([*status, *letters])
    return [f"{group.name} as a whole: {said}"] if said else []


def _comments(group: SentGroup | None, result: Sent) -> Iterator[str]:
    if result.note:
        yield f"Laboratory: “{result.note}”"
    if group and group.note:
        yield f"Laboratory, of {group.name} as a whole: “{group.note}”"


def _plain(of: Element) -> str:
    return " ".join(of.text.translate(SHAPES).split())


def _squeezed(said: str) -> str:
    return " ".join(said.split())
