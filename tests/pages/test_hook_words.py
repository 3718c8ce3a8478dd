"""A card says what is missing before what was found, and shows no value that was taken back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tests.pages.builders import TRUSTS, a_report, a_result, an_app
from viewer.clinical.by_analyte import Found
from viewer.clinical.lately import Lately
from viewer.clinical.report import Status, TakenFrom
from viewer.clinical.retest import Alike, Done, WhyNot
from viewer.clinical.retest_rules import LabTest, RetestRules, Setting
from viewer.clinical.row import Row
from viewer.pages import already_done_words, hook_words, words
from viewer.steps import State, Tile

NOW = datetime(2026, 11, 21, 3, 12, tzinfo=UTC)
CRP = LabTest("crp", "CRP", ("crp",))
RULES = RetestRules()
ALL = tuple(Tile(trust, State.ANSWERED, 1) for trust in TRUSTS)
SOME = (Tile(TRUSTS[0], State.GAP), *ALL[1:])
MISSING = f"{TRUSTS[0].title} is missing: a newer one may be there."
SHORT = timedelta(hours=72)


def found(number: str, status: Status = Status.FINAL, of_report: Status = Status.FINAL) -> Found:
    result = a_result("CRP", number, "mg/L", status=status)
    report = a_report(TRUSTS[1], number, "CRP", "2026-11-20 10:00", "2026-11-20 11:00", result, status=of_report)
    return Found(Row(report), result, "crp", report.taken, TakenFrom.SPECIMEN)


def of_test(done: Done, tiles: tuple[Tile, ...] = ALL) -> hook_words.Json:
    return hook_words.of_test(done, RULES, Setting.GP, NOW, tiles, "https://trustline.example")


def of_lately(short: Lately, tiles: tuple[Tile, ...]) -> hook_words.Json:
    return hook_words.of_lately(short, RULES, NOW, tiles, 0, "https://trustline.example")


def test_the_trusts_that_are_missing_stand_before_what_was_found() -> None:
    done = Done(CRP, (found("64"),), (), WhyNot.OVER, ())

    for card in (of_test(done, SOME), of_lately(Lately((done,), ()), SOME)):
        assert card["detail"].startswith(MISSING)
        assert "64" in card["detail"]
        assert card["summary"].endswith("; not all trusts answered")


def test_a_card_never_says_flatly_that_none_was_found_while_one_is_named_alike() -> None:
    like = Alike(replace(found("64"), analyte="crp_poc"), "CRP (point of care)")

    card = of_test(Done(CRP, (), (), WhyNot.NOTHING_FOUND, (), alike=(like,)))

    assert card["summary"] == "CRP: no result found, but 1 is named alike"
    assert "Not the same test, but named alike: CRP (point of care), sent as CRP 64 mg/L" in card["detail"]


def test_what_is_flagged_in_another_report_stands_on_the_card_also_where_none_was_found() -> None:
    for done in (
        Done(CRP, (found("64"),), (), WhyNot.OVER, (), elsewhere=(found("12.5"),)),
        Done(CRP, (), (), WhyNot.NOTHING_FOUND, (), elsewhere=(found("12.5"),)),
    ):
        assert "Flagged in another report: CRP 12.5 mg/L" in of_test(done)["detail"]


def test_what_is_flagged_in_the_same_report_stands_on_the_card_too() -> None:
    done = Done(CRP, (found("64"),), (), WhyNot.OVER, (), with_it=(found("12.5"),))

    for card in (of_test(done), of_lately(Lately((done,), ()), ALL)):
        assert "in the same report, flagged, its code in no signed map: CRP 12.5 mg/L" in card["detail"]


def test_nothing_in_72_hours_is_not_said_of_trusts_that_are_missing() -> None:
    nothing = Lately((), ())

    assert "not all trusts answered" in of_lately(nothing, SOME)["summary"]
    assert "not all trusts answered" not in of_lately(nothing, ALL)["summary"]


def test_a_report_without_a_value_is_named_with_how_it_stands() -> None:
    others = (found("5", of_report=Status.CANCELLED).row, found("64").row)

    detail = of_lately(Lately((), others), ALL)["detail"]

    assert f"* CRP, {TRUSTS[1].title}, Cancelled\n* CRP, {TRUSTS[1].title}\n" in detail


def test_a_value_that_was_taken_back_stands_on_no_card() -> None:
    for back in (
        found("77.31", Status.ENTERED_IN_ERROR),
        found("77.31", of_report=Status.ENTERED_IN_ERROR),
    ):
        assert already_done_words.is_withdrawn(back)
        for done in (
            Done(CRP, (found("64"),), (back,), WhyNot.FAILED_SINCE, ()),
            Done(CRP, (found("64"), back), (), WhyNot.NOT_FINAL, ()),
        ):
            card = of_test(done)
            assert "77" not in card["detail"] + card["summary"]
            assert "CRP Entered in error" in card["detail"]


def test_a_value_that_was_taken_back_stands_on_no_page_of_what_was_done() -> None:
    said = {"already_said": already_done_words, "words": words}
    parts = an_app().jinja_env.get_template("already_done_parts.html").make_module(said)

    assert "64" in parts.value(found("64"))  # type: ignore[attr-defined]
    for back in (found("77.31", Status.ENTERED_IN_ERROR), found("77.31", of_report=Status.ENTERED_IN_ERROR)):
        written = parts.value(back)  # type: ignore[attr-defined]
        assert "77" not in written
        assert "Entered in error" in written


def test_a_newer_sample_that_was_cancelled_is_said_to_be_so_whatever_number_came_with_it() -> None:
    card = of_test(Done(CRP, (found("64"),), (found("5", of_report=Status.CANCELLED),), WhyNot.FAILED_SINCE, ()))

    assert "Another sample gave no value to go by: CRP Cancelled, " in card["detail"]
    assert "CRP 5" not in card["detail"]
