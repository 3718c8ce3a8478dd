"""The timeline says who, then what is missing, then everything: whole without script, as it comes with it."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.answer import ByNumber
from tests.pages.builders import (
    BARNSLEY,
    ROTHERHAM,
    TRUSTS,
    LogLostError,
    a_gap,
    a_patient,
    a_person,
    a_result,
    a_step,
    a_tile,
    an_app,
    changed,
    many_rows,
    opened,
    shows_again,
    some_handles,
    some_parts,
    some_views,
    steps_of,
    usual_order,
    walters_rows,
)
from tests.pages.page_tester import NUMBER, PageTester
from viewer.access.access_event import AccessEvent, Event
from viewer.access.decide import Decision
from viewer.clinical.timeline import Row
from viewer.pages.errors import show_errors
from viewer.pages.rows import row_writer
from viewer.pages.search_form import Wanted
from viewer.pages.sent_rows import FIRST_ROWS, ROWS_AT_ONCE, in_parts
from viewer.pages.timeline import timeline_routes
from viewer.pages.view import FLUSH
from viewer.steps import State, Step, Tile


def the_usual(rows: Sequence[Row] = walters_rows()) -> Callable[..., Iterator[Step]]:
    return lambda *_, **__: steps_of(rows, usual_order(rows))


def a_tester(
    results: Callable[..., Iterator[Step]] | None = None,
    *,
    script: bool = False,
    handles: Any = None,
    append: Callable[..., tuple[int, ...]] = lambda *_: (1,),
    show_again: Callable[..., Decision] = shows_again,
) -> PageTester:
    views = some_views(
        results or the_usual(),
        parts=some_parts(append=append),
        handles=handles or some_handles(),
        show_again=show_again,
    )
    app = an_app(*timeline_routes(views, row_writer(TRUSTS)))
    show_errors(app, TRUSTS, LogLostError)
    return PageTester(app, script=script)


def that_breaks(surprise: Exception, after: int = 0) -> Callable[..., Iterator[Step]]:
    """Return a journey that raises this after so many Steps."""

    def results(*_: object, **__: object) -> Iterator[Step]:
        yield from islice(the_usual()(), after)
        raise surprise

    return results


# ── Whole ──


def test_a_look_that_ends_midway_shows_no_row_says_why_and_whom_to_telephone() -> None:
    handles = some_handles()
    search = handles.keep("sign-in-1", Wanted(ByNumber("9994127039")))
    handles.keep("sign-in-1", replace(opened(), search=search), "walter")
    first, *_ = steps_of(walters_rows(), usual_order(walters_rows()))
    ended = replace(first, refused="This record is restricted.")

    page = a_tester(lambda *_, **__: iter((first, ended)), handles=handles).get("/patients/walter")

    assert page.all("li", "row") == []
    assert page.one("section", "lost").words.startswith("This look has ended This record is restricted. This became")
    assert page.one("input", name_="search")["value"] == search
    assert all(trust.telephone in page.words for trust in TRUSTS)


def test_who_stands_before_what_is_missing_and_that_before_any_result() -> None:
    said = a_tester().get("/patients/walter").words

    places = [
        said.index(words)
        for words in ("HARGREAVES, Walter (Mr)", "Barnsley: not obtained", "Not complete: as of", "Potassium")
    ]
    assert places == sorted(places)


def test_the_banner_says_who_in_the_order_of_the_common_user_interface() -> None:
    banner = a_tester().get("/patients/walter").one("section", "banner")

    assert banner.words == "HARGREAVES, Walter (Mr) Born 09-Mar-1944 (82y) Gender Male NHS No. 999 412 7039"


def test_the_banner_of_somebody_who_died_looks_different_and_says_so() -> None:
    handles = some_handles()
    handles.keep("sign-in-1", opened(a_person(a_patient(died="2026-02-01"))), "walter")

    banner = a_tester(handles=handles).get("/patients/walter").one("section", "banner")

    assert banner.has("died")
    assert "Born 09-Mar-1944 Died 01-Feb-2026 Age at Death 81y Gender Male" in banner.words


def test_the_seven_trusts_stand_in_their_order_whoever_came_first() -> None:
    tiles = a_tester().get("/patients/walter").all("li", "tile")

    assert [tile["data-trust"] for tile in tiles] == [trust.name for trust in TRUSTS]


def test_a_gap_says_its_reason_its_time_whom_to_telephone_and_how_to_ask_again() -> None:
    page = a_tester().get("/patients/walter")
    gap = page.one("li", "tile", data_trust="barnsley")

    assert gap.words == (
        "✕ Barnsley: not obtained did not answer in 3.0 s at 03:12 Ask again Laboratory by telephone 01632 960 144"
    )
    assert page.one("form", "again")["action"] == "/patients/walter/again"


def test_the_sentence_says_what_the_page_is_complete_except_for() -> None:
    said = a_tester().get("/patients/walter").one("p", "complete").words

    assert said.startswith("Not complete: as of 21-Nov-2026 03:12, all except Barnsley (did not answer).")
    assert "Chesterfield: its record differs in date of birth" in said


def test_the_standing_sentences_are_the_same_bytes_for_every_patient() -> None:
    def standing(rows: Sequence[Row]) -> str:
        html = a_tester(the_usual(rows)).get("/patients/walter").html
        return html[html.index('<p class="standing">') :].split("</p>")[0]

    assert standing(()) == standing(walters_rows())
    assert "Rotherham never shares sexual-health results here" in standing(())


def test_every_row_is_there_once_and_its_day_counts_it() -> None:
    page = a_tester().get("/patients/walter")

    keys = [row["data-report"] for row in page.all("li", "row")]

    assert sorted(keys) == sorted(row.key for row in walters_rows())
    assert page.all("section", "day")[0].words.startswith("Saturday 21-Nov-2026 4 reports")


def test_the_foot_proves_that_nothing_vanished_and_never_counts_what_is_withheld() -> None:
    page = a_tester().get("/patients/walter")

    assert page.one("section", "accounts").words.startswith(
        "Where every report went Chesterfield 2 received = 1 shown + 1 copy + 0 earlier versions + 0 unreadable"
    )
    assert "withheld" not in page.words


def test_what_could_not_be_read_is_named_with_its_reason() -> None:
    page = a_tester().get("/patients/walter")

    assert (
        "DiagnosticReport 77 from Rotherham could not be read: its status is a number"
        in page.one(id="unreadable").words
    )


def test_no_results_at_all_is_said_only_when_all_seven_said_so() -> None:
    everybody = a_tester(lambda *_, **__: iter([a_step((), [a_tile(trust, ()) for trust in TRUSTS])])).get(
        "/patients/walter"
    )
    one_late = a_tester(
        lambda *_, **__: iter([a_step((), [a_gap(BARNSLEY), *(a_tile(trust, ()) for trust in TRUSTS[1:])])])
    ).get("/patients/walter")

    assert "No reports: all 7 trusts answered" in everybody.words
    assert "No reports" not in one_late.words


def test_a_page_with_nothing_from_anybody_says_so() -> None:
    page = a_tester(lambda *_, **__: iter([a_step((), [a_gap(trust) for trust in TRUSTS])])).get("/patients/walter")

    assert page.one("p", "complete").words.startswith("Nothing obtained as of 21-Nov-2026 03:12: Barnsley")
    assert len(page.all("li", "gap")) == 7


def test_a_trust_that_is_not_agreed_is_said_to_be_withheld_and_is_not_asked_again() -> None:
    tiles = [
        Tile(BARNSLEY, State.NOT_AGREED, reason="no clause for a GP"),
        *(a_tile(trust, ()) for trust in TRUSTS[1:]),
    ]
    page = a_tester(lambda *_, **__: iter([a_step((), tiles)])).get("/patients/walter")

    assert page.one("li", "not-agreed").words == "Barnsley – withheld by agreement no clause for a GP"
    assert page.all("form", "again") == []


def test_the_banner_is_sent_before_the_trusts_have_answered() -> None:
    sent: list[str] = []

    def results(*_: object, **__: object) -> Iterator[Step]:
        for step in the_usual()():
            sent.append("step")
            yield step

    tester = a_tester(results)
    chunks = iter(tester.client.get("/patients/walter", buffered=False).response)

    first = bytes(next(chunks)).decode()

    assert "999 412 7039" in first
    assert first.endswith(FLUSH) or FLUSH in first
    assert sent == ["step"]


def test_without_a_log_there_is_no_page_but_the_telephone_numbers() -> None:
    page = a_tester(that_breaks(LogLostError())).get("/patients/walter", 503)

    assert "Results cannot be shown now" in page.words
    assert "01632 960 144" in page.words


def test_a_log_that_is_lost_half_way_shows_no_result() -> None:
    page = a_tester(that_breaks(LogLostError(), after=1)).get("/patients/walter")

    assert "Results cannot be shown now" in page.words
    assert page.all("li", "row") == []
    assert "01632 960 150" in page.words


def with_a_surprise(where: str) -> Callable[..., Iterator[Step]]:
    """Return a journey whose second Step raises, or holds what no page has words for."""
    if where == "journey":
        return that_breaks(KeyError("Potassium 6.9"), after=1)
    first, second, *_ = the_usual()()
    unheard_of = changed(second, tiles=(changed(second.tiles[0], state="surprise"), *second.tiles[1:]))
    return lambda *_, **__: iter((first, unheard_of))


@pytest.mark.parametrize("where", ["journey", "template"])
def test_a_mistake_of_ours_is_said_with_the_telephones_and_never_looks_like_no_results(
    where: str, caplog: pytest.LogCaptureFixture
) -> None:
    page = a_tester(with_a_surprise(where)).get("/patients/walter")

    said = page.one("section", "lost").words
    assert "This is our mistake. Nothing is known about the patient’s results from this page." in said
    assert all(trust.telephone in said for trust in TRUSTS)
    assert page.one("h1").words == "HARGREAVES, Walter (Mr)"
    assert "a page of a patient could not be written" in caplog.text
    assert "Potassium" not in caplog.text


@pytest.mark.parametrize("where", ["journey", "template"])
def test_a_mistake_of_ours_ends_a_stream_with_words(where: str) -> None:
    got = events(a_tester(with_a_surprise(where), script=True))

    assert [name for name, _ in got] == ["step", "lost"]
    assert "this is our mistake. What is shown is not complete. Telephone the laboratories." in got[-1][1]["why"]


def test_a_mistake_of_ours_before_anything_is_sent_is_an_error_page() -> None:
    tester = a_tester(that_breaks(KeyError("Potassium 6.9")))
    tester.app.testing = False

    page = tester.get("/patients/walter", 500)

    assert "01632 960 144" in page.words


def test_a_page_that_shows_nothing_is_never_printed_as_having_nothing_missing() -> None:
    page = a_tester(with_a_surprise("journey")).get("/patients/walter")

    assert page.one(id="missing").words == "nothing obtained"


def test_a_row_that_we_fail_to_write_is_named_and_takes_nothing_with_it() -> None:
    unheard_of = a_result("Potassium", cast(Any, object()))
    broken, *others = walters_rows()
    broken = Row(changed(broken.report, results=(unheard_of,)))
    rows = (broken, *others)

    page = a_tester(the_usual(rows)).get("/patients/walter")
    streamed = {
        row["key"]
        for name, step in events(a_tester(the_usual(rows), script=True))
        if name == "step"
        for row in step["rows"]
    }

    row = page.one("li", "row", data_report=broken.key)
    assert row.words == (
        "✕ DiagnosticReport/x1 from Sheffield Teaching could not be written on the page: our mistake. "
        "Ask the laboratory what it says: telephone 01632 960 150"
    )
    assert row.has("row")
    assert len(page.all("li", "row")) == len(rows) == len(streamed)


def test_another_sign_ins_handle_leads_nowhere() -> None:
    a_tester().get("/patients/somebody", 404)


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ("kind=radiology", 2, "12 of another kind"),
        ("trust=rotherham&flag=flagged", 4, "9 from other trusts, 1 without results that carry flags"),
        ("period=1y", 12, "2 older"),
    ],
)
def test_filters_work_without_script_and_count_what_they_hide(query: str, shown: int, hidden: str) -> None:
    page = a_tester().get(f"/patients/walter?{query}")

    assert len(page.all("li", "row")) == shown
    assert page.one(id="counts").words == f"{shown} shown · {14 - shown} hidden: {hidden} · Show all 14"


def test_words_are_sought_without_script_and_never_stand_in_an_address() -> None:
    tester = a_tester()
    form = tester.get("/patients/walter").one("form", "filters")

    page = tester.post("/patients/walter", kind="", trust="rotherham", find="nodule")

    assert form["method"] == "post"
    assert "1 shown · 13 hidden: 9 from other trusts, 4 without these words" in page.one(id="counts").words
    assert "nodule" in [field["value"] for field in page.all("input")]
    assert not any("nodule" in element[name] for element in page.elements for name in ("href", "action", "src"))
    assert len(tester.get("/patients/walter?find=nodule").all("li", "row")) == 14


def test_asking_again_leads_back_to_the_page_that_asks_that_trust_again() -> None:
    asked: list[frozenset[str]] = []

    def results(*_: object, again: frozenset[str], **__: object) -> Iterator[Step]:
        asked.append(again)
        return the_usual()()

    tester = a_tester(results)

    address = tester.sent_on("/patients/walter/again", trust="barnsley")
    tester.get(address)

    assert address == "/patients/walter?again=barnsley"
    assert asked == [frozenset({"barnsley"})]


def test_a_trust_that_is_none_is_not_asked_again() -> None:
    assert a_tester().sent_on("/patients/walter/again", trust="atlantis") == "/patients/walter"


# ── As it comes ──


def test_with_script_a_shell_comes_at_once_and_asks_nobody() -> None:
    def results(*_: object, **__: object) -> Iterator[Step]:
        raise AssertionError("the shell must not ask")

    page = a_tester(results, script=True).get("/patients/walter?again=barnsley")

    assert page.one("h1").words == "HARGREAVES, Walter (Mr)"
    assert page.one(id="arrivals")["data-stream"] == "/patients/walter/stream?again=barnsley"
    assert len(page.all("li", "waiting")) == 7
    assert "7 trusts are being asked" in page.words


def test_a_shell_shows_nobody_before_the_log_says_so() -> None:
    log: list[AccessEvent] = []
    a_tester(script=True, append=lambda *events: (log.extend(events), (1,))[1]).get("/patients/walter")

    def refuse(*_: AccessEvent) -> tuple[int, ...]:
        raise LogLostError

    page = a_tester(script=True, append=refuse).get("/patients/walter", 503)

    assert [(one.event, one.nhs_number, one.outcome, one.purpose) for one in log] == [
        (Event.PATIENT_OPENED, "9994127039", "shown again", "emergency-care")
    ]
    assert "HARGREAVES" not in page.html
    assert not NUMBER.search(page.html)


def test_a_shell_whose_script_does_not_run_leads_to_the_whole_page() -> None:
    tester = a_tester(script=True)

    shell = tester.get("/patients/walter")

    assert shell.one("meta", http_equiv="refresh")["content"] == "0; url=?whole=1"
    assert len(tester.get("/patients/walter?whole=1").all("li", "row")) == 14


def events(tester: PageTester, path: str = "/patients/walter/stream") -> list[tuple[str, dict[str, Any]]]:
    response = tester.client.get(path)
    assert response.mimetype == "text/event-stream"
    blocks = [block.split("\n") for block in response.get_data(as_text=True).strip().split("\n\n")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in blocks]


def test_each_answer_is_an_event_and_the_end_is_said() -> None:
    got = events(a_tester(script=True))

    assert [name for name, _ in got] == [*["step"] * 8, "done"]
    assert [{row["from"] for row in step["rows"]} for _, step in got[:3]] == [
        set(),
        {"Sheffield Teaching"},
        {"Chesterfield"},
    ]
    assert [step["complete"] for name, step in got if name == "step"] == [*[False] * 7, True]


def test_a_row_is_sent_once() -> None:
    keys = [row["key"] for name, step in events(a_tester(script=True)) if name == "step" for row in step["rows"]]

    assert sorted(keys) == sorted(row.key for row in walters_rows())


def test_a_row_that_changes_is_sent_again_and_one_that_goes_is_said_to_go() -> None:
    (row, other) = walters_rows()[1:3]
    later = changed(row, copies=(changed(row.report, trust=ROTHERHAM),))
    tiles = [a_tile(trust, (row,)) for trust in TRUSTS]
    steps = [a_step((row, other), tiles), a_step((later,), tiles)]

    (_, first), (_, second), _ = events(a_tester(lambda *_, **__: iter(steps), script=True))

    assert [sent["key"] for sent in first["rows"]] == [row.key, other.key]
    assert [sent["key"] for sent in second["rows"]] == [row.key]
    assert second["removed"] == [other.key]
    assert first["rows"][0]["digest"] != second["rows"][0]["digest"]


def test_a_row_is_the_same_bytes_whole_and_streamed() -> None:
    whole = a_tester().get("/patients/walter").html
    rows = [row for name, step in events(a_tester(script=True)) if name == "step" for row in step["rows"]]

    assert all(row["html"] in whole for row in rows)


def test_a_log_that_is_lost_while_streaming_is_said() -> None:
    got = events(a_tester(that_breaks(LogLostError(), after=1), script=True))

    assert [name for name, _ in got] == ["step", "lost"]


def test_no_event_holds_the_number_outside_the_banner() -> None:
    response = a_tester(script=True).client.get("/patients/walter/stream")

    assert not NUMBER.search(response.get_data(as_text=True))


def test_a_look_that_ends_between_two_parts_sends_no_more_of_them_law_4() -> None:
    long = a_step_overtaken_after_one_part()
    ended = replace(a_step((), long.tiles), refused="This sign-in has ended.")

    got = events(a_tester(lambda *_, **__: iter([long, ended]), script=True))

    assert [name for name, _ in got] == ["step", "rows", "ended"]
    assert "This sign-in has ended." in got[-1][1]["html"]


def test_a_step_of_which_not_all_was_sent_does_not_count_as_seen_whole() -> None:
    long, seen = a_step_overtaken_after_one_part(), []
    narrower = a_step(long.timeline.rows[:3], long.tiles)
    views = some_views(lambda *_, **__: iter([long, narrower]), looked=lambda *of: seen.append(of[-1]))

    events(PageTester(an_app(*timeline_routes(views, row_writer(TRUSTS))), script=True))

    assert seen == [narrower]


def a_step_overtaken_after_one_part() -> Step:
    rows, said = many_rows(3 * ROWS_AT_ONCE), iter([False, True])
    return replace(a_step(rows, [a_tile(trust, rows) for trust in TRUSTS]), is_overtaken=lambda: next(said))


def test_what_a_trust_narrows_between_two_parts_is_taken_back_or_never_sent_and_all_else_comes_law_4() -> None:
    long = a_step_overtaken_after_one_part()
    left = [row for row in long.timeline.rows if row.report.trust != ROTHERHAM]
    narrower = a_step(left, [a_tile(trust, left) for trust in TRUSTS])

    got = events(a_tester(lambda *_, **__: iter([long, narrower]), script=True))

    assert [name for name, _ in got] == ["step", "rows", "step", "rows", "rows", "done"]
    (_, first), (_, part), (_, second), *rest, _ = got
    before = {row["key"] for sent in (first, part) for row in sent["rows"]}
    after = [row["key"] for sent in (second, *(one for _, one in rest)) for row in sent["rows"]]
    assert set(second["removed"]) == {key for key in before if key.startswith(ROTHERHAM.name)}
    assert sorted([*(before - set(second["removed"])), *after]) == sorted(row.key for row in left)
    assert rest[-1][1]["following"] == 0


@given(st.integers(0, 3 * ROWS_AT_ONCE), st.sets(st.integers(0, 3 * ROWS_AT_ONCE)))
def test_rows_come_in_parts_each_once_and_all_that_may_stand_at_the_top_in_the_first(many: int, top: set[int]) -> None:
    rows: Any = list(range(many))

    first, *others = in_parts(rows, lambda row: row in top)

    later: Any = [*chain(*others)]
    assert first == sorted(first)
    assert later == sorted(later)
    assert sorted([*first, *later]) == rows
    assert first[:FIRST_ROWS] == rows[:FIRST_ROWS]
    assert top.isdisjoint(later)
    assert all(0 < len(part) <= ROWS_AT_ONCE for part in others)
