"""Chosen results leave whole, with who, when, by whom and what is missing; and the log has them before they do."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pages.builders import (
    TRUSTS,
    LogLostError,
    a_report,
    a_result,
    an_app,
    at,
    changed,
    opened,
    some_views,
    steps_of,
    usual_order,
    walters_rows,
)
from tests.pages.page_tester import PageTester
from viewer.clinical.report import Absent, Between, Code, Proportion, Samples, Status, Words, YesNo
from viewer.clinical.row import Row
from viewer.pages import words
from viewer.pages.errors import show_errors
from viewer.pages.rows import report_address
from viewer.pages.summary import summary_routes
from viewer.steps import Step

PATH = "/patients/walter/summary"
UREA = "sheffield_teaching/DiagnosticReport/ue1"
CORRECTED = "rotherham/DiagnosticReport/ue2"
WITHDRAWN = "doncaster_and_bassetlaw/DiagnosticReport/err"


class Journey:
    """Stands for the journey, and notes what it was told leaves."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        self.logged: list[tuple[str, bool, list[str]]] = []

    def __call__(
        self, *_: object, only: Callable[[Row], bool] = bool, leaves_as: str = "", printing: bool = False, **__: object
    ) -> Iterator[Step]:
        *before, last = steps_of(self.rows, usual_order(self.rows))
        yield from before
        self.logged.append((leaves_as, printing, [row.key for row in self.rows if only(row)]))
        yield last


def a_tester(rows: Sequence[Row] = walters_rows(), results: Any = None) -> PageTester:
    app = an_app(*summary_routes(some_views(results or Journey(rows))))
    show_errors(app, TRUSTS, LogLostError)
    return PageTester(app)


def mark(key: str) -> str:
    return report_address(opened(), key).rpartition(".")[2]


def text_of(tester: PageTester, **form: str) -> str:
    page = tester.client.post(PATH, data={"as": "text", **form}).get_data(as_text=True)
    return page.partition('spellcheck="false">\n')[2].partition("</textarea>")[0]


# ── Choosing ──


def test_every_report_can_be_ticked_and_none_is_named_by_its_trusts_own_id() -> None:
    page = a_tester().get(PATH)

    boxes = [box["value"] for box in page.all("input") if box["type"] == "checkbox"]
    assert sorted(boxes) == sorted(mark(row.key) for row in walters_rows())


def test_what_is_missing_stands_before_what_can_be_chosen() -> None:
    said = a_tester().get(PATH).words

    assert said.index("Barnsley: not obtained") < said.index("X-ray chest")


def test_choosing_nothing_leads_back_and_says_so() -> None:
    tester = a_tester()

    address = tester.sent_on(PATH, **{"as": "text"})

    assert address == f"{PATH}?nothing=1"
    assert "Nothing was chosen." in tester.get(address).words


def test_of_a_flagged_report_only_what_was_flagged_follows_that_word() -> None:
    sodium, potassium = a_result("Sodium", "140", "mmol/L", "N"), a_result("Potassium", "6.1", "mmol/L", "HI")
    wrong = a_result("Urea", "40", "mmol/L", "HI", status=Status.ENTERED_IN_ERROR)
    report = a_report(TRUSTS[1], "1", "U&E", "2026-11-20 10:00", "2026-11-20 11:00", sodium, potassium, wrong)
    calm = changed(report, id="DiagnosticReport/2", results=(sodium,))

    said = a_tester([Row(report), Row(calm)]).get(PATH).words

    assert "Chesterfield, Final 11:00, flagged Potassium also holds Sodium" in said
    assert "Chesterfield, Final 11:00 holds Sodium" in said


# ── Leaving ──


@pytest.mark.parametrize(
    ("form", "logged"), [("print", ("on paper", True)), ("text", ("as text", False)), ("data", ("as data", False))]
)
def test_the_log_has_what_was_chosen_and_nothing_else_before_it_leaves(form: str, logged: tuple[str, bool]) -> None:
    journey = Journey(walters_rows())

    response = a_tester(results=journey).client.post(PATH, data={"as": form, "r": mark(UREA)})

    assert journey.logged == [(*logged, [UREA])]
    assert response.status_code == 200
    assert "Troponin" not in response.get_data(as_text=True)


def test_a_log_that_cannot_be_written_lets_nothing_leave() -> None:
    def results(*_: object, **__: object) -> Iterator[Step]:
        yield next(steps_of(walters_rows(), usual_order(walters_rows())))
        raise LogLostError

    for form in ("print", "text", "data"):
        response = a_tester(results=results).client.post(PATH, data={"as": form, "these": "all"})

        assert response.status_code == 503
        assert "Potassium" not in response.get_data(as_text=True)


@pytest.mark.parametrize(
    ("these", "count"), [("all", len(walters_rows())), ("lately", 12), ("flagged", 8)], ids=["all", "lately", "flagged"]
)
def test_a_set_is_what_it_says(these: str, count: int) -> None:
    data = json.loads(a_tester().client.post(PATH, data={"as": "data", "these": these}).data)

    assert len(data["reports"]) == count


# ── What was ticked and has changed since ──

WAS_TICKED = a_report(TRUSTS[0], "before", "Culture", "2026-11-20 10:00", "2026-11-20 11:00", a_result("Film", "1.0"))
CAME_SINCE = a_report(TRUSTS[1], "now", "Culture", "2026-11-20 10:00", "2026-11-21 01:00", a_result("Film", "2.0"))
BEFORE, SINCE = (f"{one.trust.name}/{one.id}" for one in (WAS_TICKED, CAME_SINCE))
FORMS = ("print", "text", "data")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "row", [Row(CAME_SINCE, earlier=(WAS_TICKED,)), Row(CAME_SINCE, copies=(WAS_TICKED,))], ids=["earlier", "copy"]
)
def test_what_was_ticked_leaves_in_the_row_that_it_stands_in_by_now(row: Row, form: str) -> None:
    journey = Journey((row,))

    said = a_tester(results=journey).client.post(PATH, data={"as": form, "r": mark(BEFORE)}).get_data(as_text=True)

    assert [keys for *_, keys in journey.logged] == [[SINCE]]
    assert "2.0" in said
    assert "Choose again" not in said


@pytest.mark.parametrize("form", FORMS)
def test_what_was_ticked_and_did_not_come_again_is_counted_before_any_result(form: str) -> None:
    ticked = {"as": form, "r": [mark(BEFORE), mark(SINCE)]}

    said = a_tester((Row(CAME_SINCE),)).client.post(PATH, data=ticked).get_data(as_text=True)
    nothing = a_tester((Row(CAME_SINCE),)).client.post(PATH, data={"as": form, "r": mark(BEFORE)})

    assert said.index("Of 2 reports ticked, 1 is here. Choose again.") < said.index("Film")
    assert "Of 1 report ticked, none is here. Choose again." in nothing.get_data(as_text=True)


@pytest.mark.parametrize("form", FORMS)
def test_of_a_set_nothing_is_said_to_have_been_ticked(form: str) -> None:
    chosen = {"as": form, "these": "all", "r": mark(BEFORE)}

    assert "Choose again" not in a_tester((Row(CAME_SINCE),)).client.post(PATH, data=chosen).get_data(as_text=True)


REPORTS = [a_report(TRUSTS[0], str(number), "Culture", "", "", a_result("Film", "1.0")) for number in range(6)]
MARKS = [mark(f"{one.trust.name}/{one.id}") for one in REPORTS]


@given(st.lists(st.integers(0, 3), min_size=6, max_size=6), st.sets(st.sampled_from(range(6)), min_size=1))
def test_every_report_that_was_ticked_leaves_or_is_counted_law_2(places: Sequence[int], ticked: set[int]) -> None:
    """A report may have become an earlier version in one of three rows since, or have gone: place 0."""
    rows = [
        Row(found[0], earlier=tuple(found[1:]))
        for place in (1, 2, 3)
        if (found := [one for one, at in zip(REPORTS, places, strict=True) if at == place])
    ]
    lost = sum(not places[number] for number in ticked)

    data = json.loads(a_tester(rows).client.post(PATH, data={"as": "data", "r": [MARKS[one] for one in ticked]}).data)

    left = {part["id"] for one in data["reports"] for part in (one, *one["earlier"])}
    assert left >= {REPORTS[number].id for number in ticked if places[number]}
    assert len(data["reports"]) == len({places[number] for number in ticked} - {0})
    assert data["ticked_and_not_here"].startswith(f"Of {len(ticked)} report") == bool(lost)


# ── As text ──


def test_text_says_who_what_is_missing_and_only_then_results() -> None:
    text = text_of(a_tester(), r=mark(UREA))

    places = [
        text.index(said)
        for said in (
            "HARGREAVES, Walter (Mr)  Born 09-Mar-1944 (82y)  Gender Male  NHS No. 999 412 7039",
            "Copied from Trustline 21-Nov-2026 03:12 by Dr Amina Farrell",
            "Not complete: as of 21-Nov-2026 03:12, all except Barnsley (did not answer).",
            "Not here: DiagnosticReport 77 from Rotherham could not be read: its status is a number.",
            "Rotherham never shares sexual-health results here",
            "1 of 14 reports chosen, each whole.",
            "U&amp;E. Sheffield Teaching. Serum. Taken 21-Nov-2026 02:40 (specimen collected). Final, issued",
            "Comment: AKI 2 alert",
            "Creatinine: 212 umol/L, ▲ HI, range 59–104",
            "Sodium: 134 mmol/L, no flag, range 133–146",
            "eGFR: 26 mL/min/1.73m², no flag, no range",
        )
    ]
    assert places == sorted(places)


def test_text_keeps_what_a_correction_took_the_place_of_with_both_times() -> None:
    text = text_of(a_tester(), r=mark(CORRECTED))

    assert "Corrected, issued 21-Nov-2026 01:48" in text
    assert "was 6.9 mmol/L ▲ HI, issued 20-Nov-2026 23:05" in text
    assert "“First value from a haemolysed sample; repeat sample reported.”" in text


@pytest.mark.parametrize("form", ["text", "print"])
def test_what_a_newer_version_no_longer_has_leaves_with_it_as_gone(form: str) -> None:
    before = a_report(TRUSTS[0], "odd", "Odd", "2026-11-20 10:00", "2026-11-20 11:00", a_result("Lactate", "77.31"))
    now = changed(before, results=(a_result("pH", "7.12"),), issued=at("2026-11-20 12:00"))

    said = a_tester((Row(now, earlier=(before,)),)).client.post(PATH, data={"as": form, "these": "all"})

    lactate = said.get_data(as_text=True).partition("Lactate")[2]
    assert "no longer in the report: 77.31 no unit no flag, issued 20-Nov-2026 11:00" in lactate


def test_what_was_entered_in_error_is_said_and_not_copied() -> None:
    row = next(row for row in walters_rows() if row.key == WITHDRAWN)
    row = Row(changed(row.report, results=(a_result("HbA1c", "77.31", "mmol/mol"),)))

    for form in ("text", "print"):
        said = a_tester((row,)).client.post(PATH, data={"as": form, "these": "all"}).get_data(as_text=True)
        assert "has marked this report as entered in error" in said
        assert "77.31" not in said


@pytest.mark.parametrize("form", ["text", "print"])
def test_a_result_entered_in_error_leaves_its_name_and_no_value(form: str) -> None:
    withdrawn = a_result("Sirolimus", "77.31", "ug/L", "HI", status=Status.ENTERED_IN_ERROR)
    kept = a_result("Tacrolimus", "8.25", "ug/L")
    row = Row(a_report(TRUSTS[0], "odd", "Odd", "2026-11-20 10:00", "2026-11-20 11:00", withdrawn, kept))

    said = a_tester((row,)).client.post(PATH, data={"as": form, "these": "all"}).get_data(as_text=True)

    assert "77.31" not in said
    assert "Entered in error" in said.partition("Sirolimus")[2].partition("Tacrolimus")[0]
    assert "8.25" in said


@pytest.mark.parametrize("form", ["text", "print"])
def test_what_a_page_says_of_a_report_besides_its_results_leaves_with_it(form: str) -> None:
    report = a_report(TRUSTS[0], "odd", "Odd", "", "2026-11-20 11:00", a_result("pH", "7.12"))
    coded = (Code("http://snomed.info/sct", "363346000", "Malignant neoplastic disease"),)
    gases = (Code("http://terminology.hl7.org/CodeSystem/v2-0074", "BG", "Blood gases, POCT"),)
    row = Row(changed(report, report_unread=True, conclusion_codes=coded, categories=gases))

    said = a_tester((row,)).client.post(PATH, data={"as": form, "these": "all"}).get_data(as_text=True)

    for one in (words.REPORT_UNREAD, "Malignant neoplastic disease", words.POINT_OF_CARE, words.GAS_WITHOUT_TIME):
        assert one in said


def test_columns_of_a_text_keep_their_places() -> None:
    text = text_of(a_tester(), r=mark("mid_yorkshire/DiagnosticReport/bc1"))

    assert "\n    Amoxicillin   R     &gt;8 mg/L\n    Gentamicin    S     &lt;1 mg/L" in text


def test_a_title_or_name_of_several_lines_cannot_be_read_as_words_of_ours() -> None:
    lines = "U&E\n\nComplete as of 21-Nov-2026 03:12"
    row = Row(a_report(TRUSTS[0], "odd", lines, "2026-11-20 10:00", "2026-11-20 11:00", a_result(lines, "1.0", "g/L")))

    text = text_of(a_tester((row,)), these="all")

    assert "Complete as of 21-Nov-2026 03:12" in text
    assert "\nComplete as of 21-Nov-2026 03:12" not in text


ODD = (
    a_result("A", Words("<b>1 & 2</b>")),
    a_result("B", "<0.016", "mg/L", "S"),
    a_result("C", "1.00", "mmol/L", "HH", "0.50–1.50"),
    a_result("D", Absent("Haemolysed")),
    a_result("E", Between(None, None)),
    a_result("F", YesNo(True)),
    a_result("G", Proportion(None, None)),
    a_result("H", Samples("1 2 3", None, "10")),
)


def test_every_value_flag_unit_and_range_is_in_every_form() -> None:
    row = Row(a_report(TRUSTS[0], "odd", "Odd", "2026-11-20 10:00", "2026-11-20 11:00", *ODD))
    tester = a_tester((row,))

    paper = tester.post(PATH, **{"as": "print", "these": "all"})
    text = text_of(tester, these="all")

    for said in ("<0.016", "mg/L", "S susceptible", "1.00", "▲▲ HI critical", "0.50–1.50", "Haemolysed", "Yes"):
        assert said in paper.words
        assert said.replace("<", "&lt;") in text
    assert "<b>1 & 2</b>" in paper.words


def test_data_holds_the_characters_that_were_sent() -> None:
    row = Row(a_report(TRUSTS[0], "odd", "Odd", "2026-11-20 10:00", "2026-11-20 11:00", *ODD))

    data = json.loads(a_tester((row,)).client.post(PATH, data={"as": "data", "these": "all"}).data)

    (report,) = data["reports"]
    values = {one["name"]: one["value"] for one in report["results"]}
    assert values["B"] == {"kind": "Amount", "number": "0.016", "comparator": "<", "unit": "mg/L", "unit_code": ""}
    assert values["C"]["number"] == "1.00"
    assert values["D"] == {"kind": "Absent", "reason": "Haemolysed"}
    assert [one["trust"] for one in data["trusts"] if one["missing"]] == ["barnsley"]
    assert data["patient"].startswith("HARGREAVES, Walter (Mr)")
    assert list(data).index("trusts") < list(data).index("reports")


# ── On paper ──


def test_paper_says_who_printed_when_and_what_is_missing_before_any_result() -> None:
    page = a_tester().post(PATH, **{"as": "print", "these": "all"})

    said = page.words
    places = [
        said.index(one)
        for one in (
            "HARGREAVES, Walter (Mr)",
            "printed 21-Nov-2026 03:12 by Dr Amina Farrell",
            "Barnsley",
            "Creatinine",
        )
    ]
    assert places == sorted(places)
    assert "missing: Barnsley" in page.one("", "print-foot").words
    assert "Chosen for this print: 14 of 14 reports, each whole." in said


def test_an_addendum_stands_above_its_report() -> None:
    said = a_tester().post(PATH, **{"as": "print", "r": mark("rotherham/DiagnosticReport/ct1")}).words

    assert said.index("ADDENDUM 21-Nov-2026 02:05") < said.index("No aortic dissection")
    assert "Not printed: the document “CT aorta”, application/pdf." in said


def test_a_look_that_ends_lets_nothing_leave() -> None:
    def results(*_: object, **__: object) -> Iterator[Step]:
        *_rest, last = steps_of(walters_rows(), usual_order(walters_rows()))
        yield replace(last, refused="This record is restricted.")

    response = a_tester(results=results).client.post(PATH, data={"as": "text", "these": "all"})

    assert response.status_code == 403
    assert "Potassium" not in response.get_data(as_text=True)
