"""What a laboratory or a radiologist flagged as critical stands at the top of every page of a patient."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

import pytest

from tests.pages.builders import (
    NOW,
    ROTHERHAM,
    TRUSTS,
    a_report,
    a_result,
    a_tile,
    an_app,
    changed,
    opened,
    some_views,
    steps_of,
    usual_order,
    walters_rows,
)
from tests.pages.page_tester import Page, PageTester
from tests.pages.since import PINNED, rows_with_criticals
from viewer.clinical.analyte import Catalogue
from viewer.clinical.imaging import NO_IMAGING
from viewer.clinical.report import Report, Unreadable
from viewer.clinical.retest_rules import RetestRules
from viewer.clinical.row import Row
from viewer.pages.already_done import AlreadyDone, already_done_routes
from viewer.pages.critical_lines import stands_at_the_top
from viewer.pages.cumulative import cumulative_routes
from viewer.pages.microbiology import microbiology_routes
from viewer.pages.radiology import radiology_routes
from viewer.pages.rows import report_address, row_writer
from viewer.pages.timeline import timeline_routes
from viewer.pages.trend import trend_routes
from viewer.steps import Step

OTHERS = ("/cumulative", "/trend", "/microbiology", "/radiology", "/already-done")
TODAY = date(2026, 11, 21)


def an_app_of_every_page(results: Callable[..., Iterator[Step]]) -> Any:
    """Return an app with each page of a patient that shows results."""
    views, write = some_views(results), row_writer(TRUSTS)
    return an_app(
        *timeline_routes(views, write),
        *cumulative_routes(views),
        *trend_routes(views),
        *microbiology_routes(views, write),
        *radiology_routes(views, write, NO_IMAGING),
        *already_done_routes(views, AlreadyDone(RetestRules(), Catalogue(), clock=lambda: NOW)),
    )


def a_tester(rows: Sequence[Row], picked: list[Any] | None = None) -> PageTester:
    def results(*_: object, only: Callable[[Row], bool] | None = None, **__: object) -> Iterator[Step]:
        if picked is not None:
            picked.append(only)
        return steps_of(rows, usual_order(rows))

    return PageTester(an_app_of_every_page(results))


def pins(page: Page) -> list[str]:
    return [
        line["data-pin"] for line in page.all("li", "pin") if any(outer["id"] == "critical" for outer in line.inside)
    ]


@pytest.mark.parametrize("below", OTHERS)
def test_what_is_critical_stands_at_the_top_of_every_page_below_who_is_missing(below: str) -> None:
    page = a_tester(rows_with_criticals()).get(f"/patients/walter{below}")

    assert pins(page) == list(PINNED)
    said = page.one(id="critical").words
    assert "Troponin T 1480 ▲▲ HI critical ng/L 0–14" in said
    assert "Potassium 7.1 ▲▲ HI critical mmol/L 3.5–5.3" in said
    assert page.words.index("Barnsley: not obtained") < page.words.index("Troponin T 1480")
    assert "2 critical" in page.one(id="lacking").words


@pytest.mark.parametrize("below", OTHERS)
def test_each_line_leads_to_its_whole_report(below: str) -> None:
    page = a_tester(rows_with_criticals()).get(f"/patients/walter{below}")

    links = [link["href"] for link in page.all("a", "what")]
    assert links == [report_address(opened(), key) for key in PINNED]


@pytest.mark.parametrize("below", OTHERS)
def test_where_nothing_critical_came_and_somebody_is_missing_it_says_so(below: str) -> None:
    page = a_tester(walters_rows()).get(f"/patients/walter{below}")

    assert pins(page) == []
    assert "none of the last 30 days has come. Barnsley is missing." in page.one(id="none-critical").words
    assert "critical" not in page.one(id="lacking").words


TORN = Unreadable(ROTHERHAM, "Observation", "9", "its value is a list", name="Potassium")
U_AND_E = a_report(ROTHERHAM, "7", "U&E", "2026-11-20 09:00", "2026-11-20 10:00", a_result("Sodium", "140"))
FLAT, NOT_READ = "Nothing that a laboratory flagged critical", "Something that came could not be read."


@pytest.mark.parametrize("below", ["", *OTHERS])
@pytest.mark.parametrize(
    ("report", "is_read"),
    [
        (U_AND_E, True),
        (changed(U_AND_E, results=(*U_AND_E.results, TORN)), False),
        (changed(U_AND_E, results=(changed(a_result("Sodium", "140"), members=(TORN,)),)), False),
        (changed(U_AND_E, report_unread=True), False),
        (changed(U_AND_E, taken=None, results=(TORN,)), False),  # nobody can say that it is old
        (a_report(ROTHERHAM, "7", "U&E", "2026-09-20 09:00", "2026-09-20 10:00", TORN), True),
    ],
    ids=["whole", "a-result", "a-member", "a-report-of-it", "undated", "of-long-ago"],
)
def test_that_nothing_critical_came_is_never_said_flatly_while_something_could_not_be_read_law_1(
    below: str, report: Report, is_read: bool
) -> None:
    def results(*_: object, **__: object) -> Iterator[Step]:
        rows = (Row(report),)
        for step in steps_of(rows, [a_tile(trust, rows) for trust in TRUSTS]):
            yield changed(step, timeline=changed(step.timeline, unreadable=()))

    said = PageTester(an_app_of_every_page(results)).get(f"/patients/walter{below}").one(id="none-critical").words

    assert (FLAT in said, NOT_READ in said) == (is_read, not is_read)


@pytest.mark.parametrize("below", ["/microbiology", "/radiology"])
def test_what_stands_at_the_top_of_a_page_of_one_kind_is_in_the_log_as_shown_law_3(below: str) -> None:
    picked: list[Any] = []
    rows = rows_with_criticals()

    page = a_tester(rows, picked).get(f"/patients/walter{below}")

    (only,) = picked
    logged = {row.key for row in rows if only(row)}
    shown = {row["data-report"] for row in page.all("li", "row")}
    assert logged == shown | set(pins(page))
    assert set(PINNED) <= logged


def test_what_is_known_to_be_older_than_a_month_stands_in_its_place_alone() -> None:
    def at_the_top(taken: str) -> bool:
        report = a_report(TRUSTS[0], "1", "U&E", taken, taken, a_result("Potassium", "7.1", "mmol/L", "HH"))
        return stands_at_the_top(Row(report), NO_IMAGING, TODAY)

    assert at_the_top("2026-10-21 23:10")  # in London it is the 22nd
    assert not at_the_top("2026-10-21 22:50")
    assert stands_at_the_top(Row(changed(rows_with_criticals()[0].report, taken=None)), NO_IMAGING, TODAY)


def test_what_is_critical_stands_at_the_top_also_where_a_mistake_of_ours_keeps_its_row_from_being_written() -> None:
    *others, last = rows_with_criticals()
    potassium, sodium = last.report.results
    unheard_of: Any = "a value that no page has words for"
    torn = Row(changed(last.report, results=(potassium, changed(sodium, value=unheard_of))))

    page = a_tester((*others, torn)).get("/patients/walter")

    assert "could not be written" in page.one("li", "row", data_report=PINNED[1]).words
    assert pins(page) == list(PINNED)
    assert "hidden" in page.one(id="none-critical").attributes
