"""What leaves says first what stands out of it, and beside each report all that the page says of how it stands."""

# ruff: noqa: E501  (a row of a table reads better wide than folded)

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from connectors.answer import Kind, Outcome
from tests.pages.builders import (
    BARNSLEY,
    CHESTERFIELD,
    CODE,
    DONCASTER,
    ROTHERHAM,
    TEACHING,
    TRUSTS,
    a_gap,
    a_report,
    a_result,
    a_step,
    a_tile,
    at,
    changed,
)
from tests.pages.test_summary import PATH, a_tester, mark
from viewer.clinical.corrections import NONE
from viewer.clinical.imaging import Alert, Imaging
from viewer.clinical.report import Addendum, Attachment, Code, NoValue, Precision, Report, Result, Status, Study, When
from viewer.clinical.row import Row
from viewer.pages import words
from viewer.pages.as_data import as_data
from viewer.pages.plain_text import Heading, plain_text
from viewer.pages.row_html import row_html
from viewer.pages.stands_out import NOTHING, Heed, stand_out
from viewer.steps import State, Step, Tile

HEADING = Heading("who", "", "", (), (), "")
IMAGING = Imaging({"CRITICAL FINDING": Alert.CRITICAL})


def a_blood(*results: Result, **changes: Any) -> Report:
    return a_report(ROTHERHAM, "b1", "U&E", "2026-11-20 22:41", "2026-11-20 23:05", *results, **changes)


POTASSIUM = a_result("Potassium", "7.12", "mmol/L", "HH", "3.5–5.3")
SODIUM = a_result("Sodium", "138.0", "mmol/L")


def every_form(*rows: Row, of: Sequence[Row] | None = None) -> dict[str, str]:
    """What leaves on paper, as text and as data; `of` are all the rows of the timeline."""
    tester = a_tester(of or rows)
    ticked = [mark(row.key) for row in rows]
    paper = tester.post(PATH, **{"as": "print", "r": ticked}).words  # type: ignore[arg-type]
    text = tester.client.post(PATH, data={"as": "text", "r": ticked}).get_data(as_text=True)
    data = tester.client.post(PATH, data={"as": "data", "r": ticked}).get_data(as_text=True)
    return {"print": paper, "text": " ".join(text.split()), "data": data}


def data_of(*rows: Row) -> Any:
    return json.loads(as_data({}, (), rows))


# ── What stands out, first ──


def test_what_stands_out_is_said_before_any_report_each_with_whose_it_is_and_when_it_was_taken() -> None:
    early = a_report(TEACHING, "p", "Full blood count", "2026-11-21 02:40", "", SODIUM, status=Status.PRELIMINARY)
    gone = a_report(DONCASTER, "e", "HbA1c", "2019-07-04 10:12", "", SODIUM, status=Status.ENTERED_IN_ERROR)

    text = plain_text(HEADING, (Row(a_blood(POTASSIUM, status=Status.CORRECTED)), Row(early), Row(gone)))

    assert text.split("\n\n")[1] == "\n".join(
        (
            "Of these reports",
            "  CRITICAL",
            "    U&E (Rotherham, taken 20-Nov-2026 22:41): Potassium 7.12 mmol/L, ▲▲ HI critical, range 3.5–5.3",
            "  CORRECTED, AMENDED OR ADDED TO",
            "    U&E (Rotherham, taken 20-Nov-2026 22:41): Corrected; issued 20-Nov-2026 23:05; the earlier version was not sent",
            "  WITHDRAWN OR CANCELLED",
            "    HbA1c (Doncaster and Bassetlaw, taken 04-Jul-2019 11:12): Entered in error",
            "  NOT FINAL",
            "    Full blood count (Sheffield Teaching, taken 21-Nov-2026 02:40): Preliminary",
        )
    )


def test_a_change_names_the_results_that_were_otherwise_and_those_that_are_gone() -> None:
    before = a_blood(changed(POTASSIUM, value=SODIUM.value), SODIUM, a_result("Urea", "6.0", "mmol/L"))

    found = stand_out((Row(a_blood(POTASSIUM, SODIUM, status=Status.CORRECTED), earlier=(before,)),))

    (said,) = [one.what for one in found if one.heed is Heed.CHANGED]
    assert said == "Corrected; issued 20-Nov-2026 23:05; changed: Potassium; no longer in it: Urea"


def test_what_was_imaged_and_not_reported_is_not_final() -> None:
    study = Study("s1", "X-ray chest", Status.REGISTERED)
    report = changed(a_blood(), kind=Kind.RADIOLOGY, title="X-ray chest", status=Status.REGISTERED, studies=(study,))

    (found,) = stand_out((Row(report),))

    assert (found.heed, found.what) == (Heed.NOT_FINAL, "○ Imaged, not yet reported")


def test_one_result_that_stands_otherwise_than_its_report_is_named() -> None:
    back, early = changed(SODIUM, status=Status.ENTERED_IN_ERROR), changed(POTASSIUM, status=Status.PRELIMINARY)
    group = a_result("Group", NoValue(), members=(early,))

    found = {one.heed: one.what for one in stand_out((Row(a_blood(back, group)),))}

    assert found[Heed.WITHDRAWN] == "Sodium Entered in error"
    assert found[Heed.NOT_FINAL] == "Potassium Preliminary"


def test_a_radiologists_alert_stands_out_and_stands_at_its_report_in_text() -> None:
    report = changed(a_blood(), kind=Kind.RADIOLOGY, conclusion="CRITICAL FINDING\nDissection.")

    text = plain_text(HEADING, (Row(report),), {}, IMAGING)

    assert "CRITICAL, marked “CRITICAL FINDING” in the report" in text.split("\n\n")[1]
    assert "◆ CRITICAL marked “CRITICAL FINDING” in the report" in text.split("\n\n")[2]


def test_what_a_withdrawn_report_said_does_not_stand_out_as_critical() -> None:
    gone = a_blood(POTASSIUM, status=Status.ENTERED_IN_ERROR, conclusion="CRITICAL FINDING", kind=Kind.RADIOLOGY)

    found = stand_out((Row(gone),), IMAGING)

    assert [one.heed for one in found] == [Heed.WITHDRAWN]
    assert "7.12" not in found[0].said


def test_that_nothing_stands_out_is_said() -> None:
    assert NOTHING in plain_text(HEADING, (Row(a_blood(SODIUM)),))
    assert data_of(Row(a_blood(SODIUM)))["stands_out"] == []


@pytest.mark.parametrize("form", ["print", "text", "data"])
def test_every_form_says_what_stands_out_before_the_first_value(form: str) -> None:
    said = every_form(Row(a_blood(SODIUM, POTASSIUM)))[form]

    place = said.casefold().index("potassium 7.12 mmol/l, ▲▲ hi critical, range 3.5–5.3")
    assert place < said.index("138.0")


@pytest.mark.parametrize("form", ["print", "text"])
def test_every_gap_is_named_with_its_reason_and_telephone_before_any_result(form: str) -> None:
    rows = (Row(a_blood(SODIUM)),)
    tiles = [a_gap(BARNSLEY), Tile(DONCASTER, State.NOT_AGREED), *(a_tile(one, rows) for one in TRUSTS[3:])]

    def results(*_: object, **__: object) -> Iterator[Step]:
        yield a_step((), tiles)
        yield a_step(rows, [*tiles, a_gap(CHESTERFIELD, Outcome.GARBLED)])

    page = a_tester(results=results).client.post(PATH, data={"as": form, "these": "all"}).get_data(as_text=True)

    said = " ".join(page.split())
    for gap in (
        "Barnsley: not obtained: did not answer in 3.0 s at 03:12; laboratory by telephone 01632 960 144.",
        "Doncaster and Bassetlaw: withheld by agreement; laboratory by telephone 01632 960 146.",
        "Chesterfield: not obtained: sent what cannot be read at 03:12; laboratory by telephone 01632 960 145.",
    ):
        assert said.index(gap) < said.index("138.0")


# ── How each report stands ──


@pytest.mark.parametrize("form", ["print", "text", "data"])
def test_a_report_of_a_trust_that_sent_only_part_leaves_with_what_may_have_become_of_it(form: str) -> None:
    said = every_form(Row(a_blood(SODIUM, of_part=True, report_unread=True)))[form]

    in_part = "Rotherham sent only part of what it holds: this may have been corrected or withdrawn since."
    assert said.casefold().index("may have been corrected or withdrawn since") < said.rindex(in_part)
    assert words.REPORT_UNREAD in said


@pytest.mark.parametrize("form", ["print", "text", "data"])
def test_a_report_that_looks_like_another_says_so_and_names_that_only_where_it_was_chosen(form: str) -> None:
    one = Row(a_blood(SODIUM), alike=("sheffield_teaching/DiagnosticReport/b2",))
    other = Row(a_report(TEACHING, "b2", "Renal profile", "2026-11-20 22:40", ""), alike=(one.key,))

    alone, both = every_form(one, of=(one, other))[form], every_form(one, other)[form]

    assert "Looks like a report from Sheffield Teaching; nothing proves that it is the same." in alone
    assert "Renal profile" not in alone
    assert "Looks like a report from Sheffield Teaching (Renal profile, taken 20-Nov-2026 22:40); nothing" in both


def test_data_names_what_looks_alike_by_its_id_only_where_it_was_chosen() -> None:
    one = Row(a_blood(SODIUM), alike=("sheffield_teaching/DiagnosticReport/b2",))
    other = Row(a_report(TEACHING, "b2", "Renal profile", "2026-11-20 22:40", ""))

    assert data_of(one)["reports"][0]["alike"] == ["sheffield_teaching"]
    assert data_of(one, other)["reports"][0]["alike"] == ["sheffield_teaching/DiagnosticReport/b2"]


@pytest.mark.parametrize("form", ["print", "text"])
def test_a_withdrawn_report_leaves_with_who_else_holds_it_and_what_it_took_the_place_of(form: str) -> None:
    row = Row(
        a_blood(status=Status.ENTERED_IN_ERROR),
        copies=(a_report(CHESTERFIELD, "c", "U&E", "2026-11-20 22:41", ""),),
        earlier=(a_blood(POTASSIUM),),
    )

    said = every_form(row)[form]

    assert "Also held by Chesterfield, same report." in said
    assert "1 earlier version: final, issued 20-Nov-2026 23:05." in said
    assert "7.12" not in said


@pytest.mark.parametrize("form", ["print", "text"])
def test_a_report_in_words_alone_says_that_there_was_an_earlier_version_of_it(form: str) -> None:
    first, now = (
        a_report(DONCASTER, id_, "X-ray wrist", "2026-11-20 20:00", issued, kind=Kind.RADIOLOGY, conclusion=said)
        for id_, issued, said in (("x1", "2026-11-20 21:00", "Fracture."), ("x2", "2026-11-21 01:00", "No fracture."))
    )

    said = every_form(Row(now, earlier=(first,)))[form]

    assert said.index("No fracture.") < said.index("1 earlier version: final, issued 20-Nov-2026 21:00.")


@pytest.mark.parametrize("status", [Status.AMENDED, Status.CORRECTED])
@pytest.mark.parametrize("form", ["print", "text", "data", "row"])
def test_a_change_of_which_no_earlier_version_came_says_that_it_was_not_sent(form: str, status: Status) -> None:
    alone, with_earlier = Row(a_blood(SODIUM, status=status)), Row(a_blood(SODIUM, status=status), (), (a_blood(),))

    assert "the earlier version was not sent" in said_of(alone, form)
    assert "the earlier version was not sent" not in said_of(with_earlier, form)
    assert "the earlier version was not sent" not in said_of(Row(a_blood(SODIUM)), form)


def said_of(row: Row, form: str) -> str:
    if form == "row":
        return row_html(row, "2026-11-20", False, "/a-report", NONE, {})
    return every_form(row)[form]


# ── The time of an addendum, and of the report ──


def added_to(issued: str, *added: When | None, **changes: Any) -> Report:
    texts = tuple(Addendum("A nodule as well.", one, "Dr P Oyelaran") for one in added)
    made = a_report(DONCASTER, "ct", "CT aorta", "2026-11-20 23:20", issued, status=Status.APPENDED, addenda=texts)
    return changed(made, conclusion="No dissection.", **changes)


MORNING = at("2026-11-21 09:15")
DAY = When("2026-11-20", at("2026-11-20 00:00").instant, Precision.DAY)
BEFORE = a_report(DONCASTER, "ct", "CT aorta", "2026-11-20 23:20", "2026-11-20 23:50")

#   the report                                     its earlier versions   what is said
TIMES = [
    (added_to("2026-11-20 23:50", MORNING),        (),        "issued 20-Nov-2026 23:50, before it was added to; addendum 21-Nov-2026 09:15"),
    (added_to("2026-11-21 09:20", MORNING),        (),        "this version issued 21-Nov-2026 09:20, first issue not sent; addendum 21-Nov-2026 09:15"),
    (added_to("2026-11-21 09:20", MORNING),        (BEFORE,), "first issued 20-Nov-2026 23:50, this version issued 21-Nov-2026 09:20; addendum 21-Nov-2026 09:15"),
    (added_to("2026-11-21 09:20", MORNING, None),  (BEFORE,), "first issued 20-Nov-2026 23:50, this version issued 21-Nov-2026 09:20; addenda 21-Nov-2026 09:15, time not sent"),
    (added_to("2026-11-20 23:50", None),           (),        "issued 20-Nov-2026 23:50, which may be the first issue or the addendum’s; addendum time not sent"),
    (added_to("2026-11-20 23:50", DAY),            (),        "issued 20-Nov-2026 23:50, which may be the first issue or the addendum’s; addendum 20-Nov-2026"),
    (added_to("2026-11-20 23:50"),                 (),        "issued 20-Nov-2026 23:50, which may be the first issue or the addendum’s; time of the addendum not sent"),
    (added_to("", MORNING),                        (),        "time of issue not sent; addendum 21-Nov-2026 09:15"),
    (added_to("2026-11-20 23:50", MORNING, status=Status.FINAL), (), "issued 20-Nov-2026 23:50, before it was added to; addendum 21-Nov-2026 09:15"),
]  # fmt: skip


@pytest.mark.parametrize(("report", "earlier", "said"), TIMES)
def test_the_time_of_issue_and_of_the_addendum_are_both_said_and_never_one_for_the_other(
    report: Report, earlier: tuple[Report, ...], said: str
) -> None:
    assert words.issue(report, earlier) == said


@pytest.mark.parametrize("form", ["print", "text", "data", "row"])
def test_every_form_says_both_times(form: str) -> None:
    said = said_of(Row(added_to("2026-11-20 23:50", MORNING)), form)

    assert "issued 20-Nov-2026 23:50, before it was added to; addendum 21-Nov-2026 09:15" in said


def test_beside_the_word_appended_no_time_stands_alone() -> None:
    assert words.issued(added_to("2026-11-20 23:50", MORNING)) == "issued 23:50"
    assert words.issued(a_blood()) == "23:05"


# ── What was entered in error, as data ──


def values_in(said: Any) -> Iterator[str]:
    """Every text in some JSON, but for what was left of the log."""
    if isinstance(said, dict):
        for one in said.values():
            yield from values_in(one)
    elif isinstance(said, list):
        for one in said:
            yield from values_in(one)
    else:
        yield str(said)


def test_a_machine_finds_no_value_in_a_result_that_was_entered_in_error() -> None:
    back = changed(POTASSIUM, status=Status.ENTERED_IN_ERROR, notes=("was 7.12",), codes=(CODE,))

    (report,) = data_of(Row(a_blood(back, SODIUM)))["reports"]

    potassium, sodium = report["results"]
    assert set(potassium) == {"id", "name", "status", "codes", "withdrawn", "members"}
    assert potassium["withdrawn"] == "Entered in error: what it said is not handed on."
    assert sodium["value"]["number"] == "138.0"
    assert "withdrawn" not in sodium


def test_a_machine_finds_nothing_that_a_withdrawn_report_said_in_any_version_of_it() -> None:
    group = a_result("Group", NoValue(), members=(POTASSIUM,))
    said = {
        "conclusion": "7.12 confirmed",
        "notes": ("7.12 telephoned",),
        "narrative": "<p>7.12</p>",
        "attachments": (Attachment("7.12", "text/plain", ""),),
        "conclusion_codes": (Code("s", "7.12"),),
    }
    before = a_blood(group, **said)
    row = Row(changed(before, status=Status.ENTERED_IN_ERROR), earlier=(before,))

    data = data_of(row)

    assert not [one for one in values_in(data) if "7.12" in one]
    assert data["reports"][0]["results"][0]["members"][0]["name"] == "Potassium"
    assert data["reports"][0]["earlier"][0]["superseded"] is True
    assert "withdrawn" in data["reports"][0]["earlier"][0]


def test_what_the_newest_version_takes_back_an_earlier_one_does_not_hand_on() -> None:
    gone = changed(POTASSIUM, status=Status.ENTERED_IN_ERROR, value=NoValue(), flags=(), ranges=())
    row = Row(a_blood(gone, SODIUM, status=Status.CORRECTED), earlier=(a_blood(POTASSIUM, SODIUM),))

    assert not [one for one in values_in(data_of(row)) if "7.12" in one]
    assert "7.12" not in plain_text(HEADING, (row,))
    (earlier,) = data_of(row)["reports"][0]["earlier"]
    assert [one.get("value", {}).get("number") for one in earlier["results"]] == [None, "138.0"]


def test_what_stands_in_a_group_that_was_entered_in_error_leaves_its_name_alone() -> None:
    group = a_result("Group", NoValue(), members=(POTASSIUM,), status=Status.ENTERED_IN_ERROR)
    row = Row(a_blood(group, SODIUM))

    assert not [one for one in values_in(data_of(row)) if "7.12" in one]
    text = plain_text(HEADING, (row,))
    assert "7.12" not in text
    assert "    Potassium\n      ✕ Entered in error: what it said is not copied." in text


def test_what_another_group_names_that_still_stands_is_copied() -> None:
    gone = a_result("Group", NoValue(), members=(POTASSIUM,), status=Status.ENTERED_IN_ERROR)
    row = Row(a_blood(gone, a_result("Renal", NoValue(), members=(POTASSIUM,))))

    assert "Potassium: 7.12 mmol/L" in plain_text(HEADING, (row,))


def test_what_an_earlier_version_took_back_already_is_not_copied_as_what_it_was() -> None:
    back = changed(POTASSIUM, status=Status.ENTERED_IN_ERROR)
    row = Row(a_blood(changed(POTASSIUM, value=SODIUM.value)), earlier=(a_blood(back),))

    text = plain_text(HEADING, (row,))

    assert "7.12" not in text
    assert "was entered in error, issued 20-Nov-2026 23:05: what it said is not copied" in text
