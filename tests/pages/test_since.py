"""At the top of a timeline, whatever is filtered: what is critical, what was corrected, and how much is new."""

import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, cast

import pytest

from tests.pages.builders import (
    TEACHING,
    TRUSTS,
    LogLostError,
    an_app,
    changed,
    many_rows,
    some_views,
    steps_of,
    usual_order,
    walters_rows,
)
from tests.pages.page_tester import Page, PageTester
from tests.pages.since import PINNED, POTASSIUM, Remembered, looked_at, rows_with_criticals, the_last_look
from viewer.clinical.changes import Before
from viewer.clinical.report import Status
from viewer.clinical.row import Row
from viewer.pages import since_words
from viewer.pages.filters import PERIODS
from viewer.pages.rows import row_writer
from viewer.pages.sent_rows import ROWS_AT_ONCE
from viewer.pages.timeline import timeline_routes
from viewer.steps import State, Step, Tile


def a_tester(
    seen: Remembered | None = None,
    rows: Sequence[Row] = walters_rows(),
    *,
    script: bool = False,
    results: Callable[..., Iterator[Step]] | None = None,
) -> PageTester:
    views = some_views(results or (lambda *_, **__: steps_of(rows, usual_order(rows))))
    return PageTester(an_app(*timeline_routes(views, row_writer(TRUSTS), cast(Any, seen))), script=script)


def steps(tester: PageTester) -> list[dict[str, Any]]:
    blocks = tester.client.get("/patients/walter/stream").get_data(as_text=True).strip().split("\n\n")
    return [json.loads(block.partition("data: ")[2]) for block in blocks if block.startswith("event: step")]


def pins(page: Page, name: str) -> list[str]:
    return [line["data-pin"] for line in page.all("li", "pin") if any(outer["id"] == name for outer in line.inside)]


# ── Critical ──


@pytest.mark.parametrize("query", ["", "?kind=radiology", "?trust=barnsley", "?period=3d", "?flag=flagged"])
def test_what_is_critical_stands_at_the_top_whatever_is_filtered(query: str) -> None:
    page = a_tester(rows=rows_with_criticals()).get(f"/patients/walter{query}")

    assert pins(page, "critical") == list(PINNED)
    said = page.one(id="critical").words
    assert "Troponin T 1480 ▲▲ HI critical ng/L 0–14" in said
    assert "Potassium 7.1 ▲▲ HI critical mmol/L 3.5–5.3" in said
    assert "Sodium" not in said
    assert page.words.index("Troponin T 1480") < page.words.index("Filters")
    assert page.words.index("Barnsley: not obtained") < page.words.index("Troponin T 1480")


def test_words_that_are_sought_hide_nothing_critical() -> None:
    page = a_tester(rows=rows_with_criticals()).post("/patients/walter", find="lipids")

    assert len(page.all("li", "row")) == 1
    assert pins(page, "critical") == list(PINNED)


def test_what_was_critical_long_ago_stands_in_its_place_alone() -> None:
    (troponin, *others, potassium) = rows_with_criticals()
    old = Row(changed(potassium.report, taken=walters_rows()[-1].report.taken))

    page = a_tester(rows=(troponin, *others, old)).get("/patients/walter")

    assert pins(page, "critical") == [PINNED[0]]
    assert "Potassium 7.1 ▲▲ HI critical" in page.one("li", "row", data_report=PINNED[1]).words


def test_a_critical_report_without_any_time_is_pinned_for_nobody_can_say_that_it_is_old() -> None:
    (troponin, *others) = rows_with_criticals()
    undated = Row(changed(troponin.report, taken=None))

    assert PINNED[0] in pins(a_tester(rows=(undated, *others)).get("/patients/walter"), "critical")


def test_without_anything_critical_there_is_no_block_and_no_word_of_it() -> None:
    page = a_tester().get("/patients/walter")

    assert "hidden" in page.one(id="critical").attributes
    assert pins(page, "critical") == []


def test_that_nothing_critical_came_is_said_with_who_is_missing_or_of_all_that_sent() -> None:
    page = a_tester().get("/patients/walter")

    assert page.one(id="none-critical").words == (
        "Critical, as flagged by laboratory or radiologist: none of the last 30 days has come. Barnsley is missing."
        " Something that came could not be read."
    )
    answered = tuple(Tile(trust, State.ANSWERED, 1) for trust in TRUSTS)
    assert since_words.nothing_critical(answered, unread=False) == (
        "Nothing that a laboratory flagged critical or a radiologist alerted in the last 30 days,"
        " in what all 7 trusts sent."
    )
    assert since_words.nothing_critical(answered, unread=True) == (
        "Critical, as flagged by laboratory or radiologist: none of the last 30 days has come."
        " Something that came could not be read."
    )
    assert since_words.nothing_critical(tuple(Tile(trust, State.NONE) for trust in TRUSTS), unread=False) == ""
    assert since_words.nothing_critical((Tile(TRUSTS[0], State.WAITING), Tile(TRUSTS[1], State.GAP)), unread=False) == (
        "Critical, as flagged by laboratory or radiologist: none of the last 30 days has come."
        f" Still waiting for {TRUSTS[0].title}. {TRUSTS[1].title} is missing."
    )


def test_beside_what_is_critical_nothing_says_that_none_came() -> None:
    page = a_tester(rows=rows_with_criticals()).get("/patients/walter")

    assert "hidden" in page.one(id="none-critical").attributes


def test_a_stream_says_with_every_step_that_nothing_critical_came_and_who_is_missing() -> None:
    sent = steps(a_tester(script=True))

    assert "Still waiting for " in sent[0]["none_critical"]
    assert sent[-1]["none_critical"].endswith(" Barnsley is missing. Something that came could not be read.")


def test_a_stream_sends_what_is_critical_with_its_row() -> None:
    sent = {
        row["key"]: row for step in steps(a_tester(rows=rows_with_criticals(), script=True)) for row in step["rows"]
    }

    assert [key for key, row in sent.items() if "critical" in row] == list(PINNED)


# ── Corrected, new ──


def test_what_was_corrected_since_you_looked_stands_first_and_in_its_place_with_both_times() -> None:
    page = a_tester(Remembered(the_last_look())).get("/patients/walter?kind=radiology")

    assert pins(page, "corrected") == [POTASSIUM]
    assert page.one(id="corrected").words == (
        "Corrected since you last looked, 20-Nov-2026 23:40 1 "
        "22:41 20-Nov-2026 U&E Rotherham Corrected 21-Nov-2026 01:48 "
        "Potassium 5.9 ▲ HI mmol/L 3.5–5.3 was 6.9 mmol/L ▲ HI, issued 20-Nov-2026 23:05 "
        "Laboratory: “First value from a haemolysed sample; repeat sample reported.” "
        "You last looked 20-Nov-2026 23:40. This version was issued 21-Nov-2026 01:48."
    )
    assert page.all("s")[0].words == "6.9 mmol/L ▲ HI"
    row = a_tester(Remembered(the_last_look())).get("/patients/walter").one("li", "row", data_report=POTASSIUM)
    assert row.words.endswith("Corrected since you last looked")


def test_new_rows_say_so_are_counted_and_the_first_is_led_to() -> None:
    page = a_tester(Remembered(the_last_look())).get("/patients/walter")

    marked = [row for row in page.all("li", "row") if "New since you last looked" in row.words]
    assert len(marked) == 5
    assert page.one(id="news").words == ("5 new since you last looked, 20-Nov-2026 23:40. Go to the first new one")
    link = next(one for one in page.all("a") if one.words == "Go to the first new one")
    assert link["href"] == f"#{marked[0]['id']}"


def test_a_first_look_marks_nothing_and_says_why() -> None:
    page = a_tester(Remembered(Before())).get("/patients/walter")

    assert page.one(id="news").words.startswith("Your first look at this patient here: nothing is marked as new.")
    assert page.all("p", "since") == []


def test_what_cannot_be_known_is_said_and_never_called_nothing_new() -> None:
    page = a_tester(Remembered(Before(known=False))).get("/patients/walter")

    assert "What you were shown before is not known now" in page.one(id="news").words
    assert "Nothing new" not in page.words


def after_a_look_without_rotherham() -> Before:
    """Return that the last look came without all that Rotherham holds; its potassium was shown at one before."""
    return Before(changed(the_last_look().you, without=frozenset({"rotherham"})))


def test_after_a_look_that_was_itself_partial_it_is_said_with_what_each_report_is_compared() -> None:
    page = a_tester(Remembered(after_a_look_without_rotherham())).get("/patients/walter")

    said = page.one(id="corrected").words
    assert said.startswith(
        "Corrected since you last saw it; you last looked 20-Nov-2026 23:40, without all that Rotherham holds 1"
    )
    assert (
        "You last looked 20-Nov-2026 23:40. Rotherham had not sent all it holds then:"
        " this is compared with what you were first shown 20-Nov-2026 23:40." in said
    )
    row = page.one("li", "row", data_report=POTASSIUM)
    assert row.words.endswith("Corrected since you last saw it")


def test_what_a_trust_did_not_send_at_the_last_look_is_new_to_you_and_may_be_no_news() -> None:
    page = a_tester(Remembered(after_a_look_without_rotherham())).get("/patients/walter")

    assert page.one(id="news").words.startswith(
        "5 new since you last looked, 20-Nov-2026 23:40, without all that Rotherham holds."
    )
    new = {row["data-trust"]: row.words for row in page.all("li", "row") if "New " in row.words}
    assert new["rotherham"].endswith("New to you: Rotherham had not sent all it holds when you last looked")
    assert new["sheffield_teaching"].endswith("New since you last looked")


def test_who_had_not_sent_all_is_remembered_with_what_was_shown() -> None:
    whole, streamed = Remembered(), Remembered()

    a_tester(whole).get("/patients/walter")
    steps(a_tester(streamed, script=True))

    assert whole.without == streamed.without == [frozenset({"barnsley"})]


def test_a_trust_whose_rows_were_not_all_sent_when_the_browser_went_away_is_remembered_as_not_whole() -> None:
    away, stayed = Remembered(), Remembered()
    rows = [Row(changed(row.report, trust=TEACHING)) for row in many_rows(2 * ROWS_AT_ONCE)]
    a_stream = partial(a_tester, rows=(*rows, *walters_rows()), script=True)

    gone = a_stream(away).client.get("/patients/walter/stream", buffered=False)
    next(event for event in gone.iter_encoded() if b'"rows": [{' in event)
    gone.close()
    steps(a_stream(stayed))

    assert 0 < len(away.noted) < len(rows)
    assert TEACHING.name in away.without[0]
    assert stayed.without == [frozenset({"barnsley"})]


def test_a_browser_that_goes_away_leaves_a_look_without_whoever_had_not_answered() -> None:
    seen = Remembered()
    response = a_tester(seen, script=True).client.get("/patients/walter/stream", buffered=False)
    chunks = iter(response.response)
    next(chunks), next(chunks)

    response.close()

    assert seen.without == [frozenset(trust.name for trust in TRUSTS if trust.name != "sheffield_teaching")]


def test_what_your_team_saw_before_it_was_corrected_is_said_to_be_the_teams() -> None:
    before = next(row for row in walters_rows() if row.key == POTASSIUM).earlier[0]

    page = a_tester(Remembered(Before(team=looked_at(before)))).get("/patients/walter")

    assert page.one(id="corrected").words.startswith("Corrected since your team last looked 1")
    assert "Your team last looked 20-Nov-2026 23:40." in page.one(id="corrected").words


def test_a_change_whose_earlier_version_did_not_come_says_that_it_is_not_known() -> None:
    rows = walters_rows()
    alone = tuple(Row(changed(row.report, status=Status.FINAL)) if row.key == POTASSIUM else row for row in rows)

    page = a_tester(Remembered(the_last_look()), alone).get("/patients/walter")

    assert "What it said then is not known here: read all of it anew." in page.one(id="corrected").words


def test_a_stream_says_what_a_whole_page_says() -> None:
    tester = a_tester(Remembered(the_last_look()), script=True)

    sent = steps(tester)
    page = tester.get("/patients/walter?whole=1")

    rows = [row for step in sent for row in step["rows"]]
    assert [row["key"] for row in rows if "corrected" in row] == pins(page, "corrected")
    assert sum(row.get("since") == "new" for row in rows) == 5
    assert sent[0]["news"] == ""
    assert page.one(id="news").words.startswith(sent[-1]["news"])
    assert {row["html"] for row in rows} == {
        html for html in (row["html"] for row in rows) if html.replace("\n", "") in page.html.replace("\n", "")
    }


# ── Remembering ──


def test_what_is_sent_is_remembered_also_when_the_browser_goes_away() -> None:
    seen = Remembered()
    response = a_tester(seen, script=True).client.get("/patients/walter/stream", buffered=False)
    chunks = iter(response.response)
    assert json.loads(bytes(next(chunks)).decode().partition("data: ")[2])["rows"] == []
    teaching = json.loads(bytes(next(chunks)).decode().partition("data: ")[2])["rows"]

    response.close()

    assert seen.noted == [row["key"] for row in teaching]


def test_a_whole_page_remembers_what_it_showed_and_not_what_it_hid() -> None:
    seen = Remembered(the_last_look())

    page = a_tester(seen, rows_with_criticals()).get("/patients/walter?kind=radiology")

    shown = {row["data-report"] for row in page.all("li", "row")}
    assert set(seen.noted) == shown | set(pins(page, "critical")) | set(pins(page, "corrected"))


def test_nothing_is_remembered_of_a_log_that_was_lost() -> None:
    def results(*_: object, **__: object) -> Iterator[Step]:
        yield next(steps_of(walters_rows(), usual_order(walters_rows())))
        raise LogLostError

    seen = Remembered()
    a_tester(seen, results=results).get("/patients/walter")
    steps(a_tester(seen, script=True, results=results))

    assert seen.noted == []


def test_every_period_that_hides_keeps_what_is_critical() -> None:
    tester = a_tester(rows=rows_with_criticals())

    assert all(pins(tester.get(f"/patients/walter?period={one}"), "critical") == list(PINNED) for one in PERIODS)
