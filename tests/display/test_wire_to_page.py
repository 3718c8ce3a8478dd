"""What a laboratory sends is what a page shows, in the same characters (law 5); `make prove-display` asks more."""

import re

from tests.builders import SHEFFIELD
from tests.display.shown import rows_of, wrong_in_html
from tests.display.wire import STATUSES, reports
from viewer.clinical.corrections import NONE
from viewer.clinical.row import Row
from viewer.pages.row_html import row_html

SENT = reports(seed=1, count=60, results_each=25)


def html_of(row: Row) -> str:
    return row_html(row, "2026-11-21", False, "/a-report", NONE, {})


def test_every_value_comparator_unit_range_flag_status_and_comment_is_shown_as_it_was_sent_law_5() -> None:
    rows = rows_of(SHEFFIELD, SENT)

    assert sum(len(report.results) for report in SENT) == 1500
    assert list(wrong_in_html("".join(map(html_of, rows)), SENT)) == []


def test_the_comparison_finds_a_single_character_that_was_lost_or_added() -> None:
    html = "".join(map(html_of, rows_of(SHEFFIELD, SENT[:1])))
    value = re.search(r'<b class="value">([^<]+)<', html)
    assert value

    for other in (value[1] + "0", value[1][:-1]):
        changed = html.replace(f">{value[1]}<", f">{other}<", 1)
        assert len(list(wrong_in_html(changed, SENT[:1]))) == 1


def test_what_is_sent_holds_every_status() -> None:
    assert {result.status for report in SENT for result in report.results} == set(STATUSES)
