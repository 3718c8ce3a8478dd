"""Print chosen results through the real page, Chromium and poppler, and read back what stands on the sheets."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from flask.testing import FlaskClient
from playwright.sync_api import Browser, Route

from tests.display.pages import client_of
from tests.display.shown import NOT_COPIED
from tests.display.wire import GROUP_STATUSES, LETTERS, STATUSES, Sent, SentGroup, SentReport
from tests.sheets import sheets_of
from viewer.clinical.row import Row
from viewer.pages.summary import summary_routes

_ADDRESS = "http://paper.test"


def printed(browser: Browser, rows: Sequence[Row], folder: Path) -> str:
    """Return the words of the PDF that these rows make, in the order in which they were drawn."""
    client = client_of(rows, summary_routes)
    html = client.post("/patients/walter/summary", data={"these": "all", "as": "print"}).get_data(as_text=True)
    page = browser.new_page()
    page.route("**/*", lambda route: _serve(route, client, html))
    page.goto(f"{_ADDRESS}/print")
    page.pdf(path=folder / "printed.pdf", format="A4", prefer_css_page_size=True)
    page.close()
    return "\f".join(sheets_of(folder / "printed.pdf", "-raw"))


def _serve(route: Route, client: FlaskClient, html: str) -> None:
    path = route.request.url.removeprefix(_ADDRESS)
    if path == "/print":
        route.fulfill(body=html, content_type="text/html; charset=utf-8")
        return
    answer = client.get(path)
    route.fulfill(status=answer.status_code, body=answer.get_data(), content_type=answer.content_type)


def wrong_on_paper(drawn: str, sent: Sequence[SentReport]) -> Iterator[str]:
    """Yield every result whose characters do not stand on the sheets, cell after cell, after those before it.

    White space does not count: a long number is broken over lines.
    """
    on_sheets, place = _bare(drawn), 0
    for report in _in_the_order_of(on_sheets, sent):
        for id_, cells in _printed(report):
            expected = _bare("".join(cells))
            found = on_sheets.find(expected, place)
            if found < 0:
                yield f"{id_}: “{expected}” is not printed"
            else:
                place = found + len(expected)


def _printed(report: SentReport) -> Iterator[tuple[str, Iterator[str]]]:
    if report.group:
        yield report.group.id, _cells_of_group(report.group, report)
    for result in report.results:
        yield result.id, _cells(result, report)


def _cells_of_group(group: SentGroup, report: SentReport) -> Iterator[str]:
    yield group.name
    if group.in_error:
        yield NOT_COPIED
        return
    if group.flag:
        yield LETTERS[group.flag]
    if group.status not in ("final", report.status):
        yield GROUP_STATUSES[group.status]
    if group.note:
        yield f"“{group.note}”"


def _in_the_order_of(on_sheets: str, sent: Sequence[SentReport]) -> list[SentReport]:
    return sorted(sent, key=lambda report: on_sheets.find(f"{_bare(report.title)},"))


def _bare(text: str) -> str:
    return re.sub(r"[\s▲▼◆◇□]", "", text)


def _cells(result: Sent, report: SentReport) -> Iterator[str]:
    if (group := report.group_of(result)) and group.in_error:
        yield from (result.name, NOT_COPIED)
        return
    yield from (result.name, result.value, result.letters, result.said_unit, result.said_range)
    if result.status not in ("final", report.status):
        yield STATUSES[result.status]
    if result.note:
        yield f"“{result.note}”"
