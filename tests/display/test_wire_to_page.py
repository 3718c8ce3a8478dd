"""What a laboratory sends is what a page shows, in the same characters (law 5); `make prove-display` asks more."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.builders import SHEFFIELD
from tests.display.paper import printed, wrong_on_paper
from tests.display.shown import rows_of, wrong_in_data, wrong_in_html, wrong_in_text, wrong_in_what_stands_out
from tests.display.tables import cumulative_of, trend_of, wrong_in_cumulative, wrong_in_trend
from tests.display.wire import GROUP_STATUSES, STATUSES, reports
from viewer.clinical.corrections import NONE
from viewer.clinical.row import Row
from viewer.pages.as_data import as_data
from viewer.pages.plain_text import Heading, plain_text
from viewer.pages.row_html import row_html

NOTHING_ABOVE = Heading("", "", "", (), (), "")
SENT = reports(seed=1, count=60, results_each=25)


def html_of(row: Row) -> str:
    return row_html(row, "2026-11-21", False, "/a-report", NONE, {})


def test_every_value_comparator_unit_range_flag_status_and_comment_is_shown_as_it_was_sent_law_5() -> None:
    rows = rows_of(SHEFFIELD, SENT)

    assert sum(len(report.results) for report in SENT) == 1500
    assert list(wrong_in_html("".join(map(html_of, rows)), SENT)) == []


def test_plain_text_for_a_letter_has_every_character_that_was_sent_law_5() -> None:
    text = plain_text(NOTHING_ABOVE, rows_of(SHEFFIELD, SENT))

    assert list(wrong_in_text(text, SENT)) == []
    assert list(wrong_in_text("".join(text.rsplit("0", 1)), SENT)) != []


def test_what_stands_out_in_a_letter_is_what_the_laboratory_sent_as_that_law_5() -> None:
    text = plain_text(NOTHING_ABOVE, rows_of(SHEFFIELD, SENT))

    assert list(wrong_in_what_stands_out(text, SENT)) == []
    assert list(wrong_in_what_stands_out(text.replace("HI critical", "HI", 1), SENT)) != []
    assert list(wrong_in_what_stands_out(text.replace("Preliminary", "Final", 1), SENT)) != []


def test_data_has_every_character_that_was_sent_law_5() -> None:
    data = as_data({}, (), rows_of(SHEFFIELD, SENT))

    assert list(wrong_in_data(data, SENT)) == []
    assert list(wrong_in_data(data.replace(b'"comparator": "<"', b'"comparator": ""', 1), SENT)) != []


def test_a_cumulative_table_has_every_character_that_was_sent_and_what_groups_say_law_5() -> None:
    sent = reports(seed=2, count=150, results_each=2)

    rows = {row.report.title: row for row in rows_of(SHEFFIELD, sent)}

    for report in sent:
        assert list(wrong_in_cumulative(cumulative_of(rows[report.title]), report)) == []


def test_the_table_of_a_trend_has_every_character_that_was_sent_and_what_groups_say_law_5() -> None:
    sent = reports(seed=3, count=40, results_each=1)

    rows = {row.report.title: row for row in rows_of(SHEFFIELD, sent)}

    for report in sent:
        assert list(wrong_in_trend(trend_of(rows[report.title]), report)) == []


def test_the_comparison_finds_a_single_character_that_was_lost_or_added() -> None:
    html = "".join(map(html_of, rows_of(SHEFFIELD, SENT[:1])))
    value = re.search(r'<b class="value">([^<]+)<', html)
    assert value

    for other in (value[1] + "0", value[1][:-1]):
        changed = html.replace(f">{value[1]}<", f">{other}<", 1)
        assert len(list(wrong_in_html(changed, SENT[:1]))) == 1


def test_what_is_sent_holds_every_status() -> None:
    assert {result.status for report in SENT for result in report.results} == set(STATUSES)
    assert {report.group.status for report in reports(seed=2, count=150, results_each=2) if report.group} == set(
        GROUP_STATUSES
    )


@pytest.mark.browser
def test_paper_has_every_character_that_was_sent_law_5(chromium: Browser, tmp_path: Path) -> None:
    sent = SENT[:8]

    drawn = printed(chromium, rows_of(SHEFFIELD, sent), tmp_path)

    assert list(wrong_on_paper(drawn, sent)) == []
    assert list(wrong_on_paper("0".join(drawn.rsplit(sent[3].results[7].number, 1)), sent)) != []
