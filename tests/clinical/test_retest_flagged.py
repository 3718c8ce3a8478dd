"""What a laboratory flagged never stands behind another result of its group, in what was done already."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given

from connectors.answer import Kind
from tests.builders import NOON, SHEFFIELD
from tests.clinical.test_retest import (
    CATALOGUE,
    EMERGENCY,
    HIGH,
    MAPS,
    RULES,
    WALTER,
    a_value,
    asked,
    some_rows,
    taken,
)
from viewer.clinical.by_analyte import find_all, flagged_in, stands_out
from viewer.clinical.lately import Lately, lately
from viewer.clinical.report import Absent, Amount, Code, Flag, SentFlag, Specimen, Status, Words
from viewer.clinical.retest import Circumstances, Runs, WhyNot, already_done
from viewer.clinical.row import Row

CREATININE = a_value("creatinine", Amount("212", unit="umol/L"))
POTASSIUM = a_value("potassium", Amount("6.8", unit="mmol/L"), flags=HIGH)
UNMAPPED = a_value("kalium", Amount("6.8", unit="mmol/L"), flags=HIGH)


def of_three_days(*rows: Row) -> Lately:
    moment = Circumstances(NOON, EMERGENCY)
    findings = find_all(rows, CATALOGUE, MAPS)
    return lately(RULES.tests, findings, RULES, WALTER, moment, timedelta(hours=72))


def test_a_flagged_result_of_another_report_stands_beside_the_newest_of_its_group() -> None:
    done = asked("u_and_e", taken(1, CREATININE), taken(2, POTASSIUM, trust=SHEFFIELD))

    assert [one.result for one in done.latest] == [CREATININE]
    assert [one.result for one in done.elsewhere] == [POTASSIUM]


def test_a_flagged_result_is_shown_where_the_result_that_its_group_is_known_by_never_came() -> None:
    done = asked("u_and_e", taken(2, POTASSIUM))

    assert done.latest == ()
    assert [one.result for one in done.elsewhere] == [POTASSIUM]


def test_a_flagged_result_that_was_taken_again_without_a_flag_is_not_the_newest_any_more() -> None:
    again = a_value("potassium", Amount("4.4", unit="mmol/L"))

    assert asked("u_and_e", taken(1, CREATININE, again), taken(2, POTASSIUM)).elsewhere == ()
    assert asked("u_and_e", taken(1, CREATININE), taken(1.5, again), taken(2, POTASSIUM)).elsewhere == ()


def test_what_gave_no_value_or_was_called_normal_is_not_flagged() -> None:
    haemolysed = a_value("potassium", Absent("Haemolysed"), flags=HIGH)
    normal = a_value("potassium", Amount("4.4"), flags=(SentFlag(Flag.NORMAL, "N"),))

    assert asked("u_and_e", taken(1, CREATININE), taken(0.5, haemolysed), taken(2, normal)).elsewhere == ()
    assert flagged_in(taken(1, haemolysed, normal, POTASSIUM))[0].result == POTASSIUM


def test_a_flagged_result_that_no_map_explains_stands_with_the_test_of_its_report_or_with_its_report() -> None:
    row, older = taken(1, CREATININE, UNMAPPED), taken(5, CREATININE, UNMAPPED)

    short = of_three_days(row, older)

    assert [one.test.key for one in short.done] == ["u_and_e"]
    assert [one.result for one in short.done[0].with_it] == [UNMAPPED]
    assert short.others == (older,)
    assert [one.result for one in flagged_in(row)] == [UNMAPPED]


def test_one_report_is_one_item_also_where_it_holds_two_tests_and_what_no_map_explains() -> None:
    bilirubin, kalium = a_value("alt"), UNMAPPED

    short = of_three_days(taken(1, CREATININE, bilirubin, kalium))

    assert [len(one.with_it) for one in short.done] == [1, 0]
    assert short.others == ()


def test_before_an_older_flagged_result_stands_a_newer_of_its_name_that_no_map_explains_in_nobodys_place() -> None:
    low = a_value("globulin", Amount("19"), name="Globulin", flags=HIGH)
    high = a_value("glob2", Amount("36"), name="Globulin", flags=HIGH)
    unflagged = a_value("glob2", Amount("30"), name="globulin")
    alt = a_value("alt", Amount("31"))

    with_it = asked("liver", taken(50, alt, high), taken(400, low))
    in_another = asked("liver", taken(50, alt), taken(60, high), taken(400, low))
    in_its_own = asked("liver", taken(50, alt, unflagged), taken(400, low))
    older = asked("liver", taken(50, alt), taken(400, low), taken(500, high))

    assert [one.result for one in with_it.with_it] == [high]
    assert [one.result for one in with_it.beside] == [low]
    assert [one.result for one in in_another.beside] == [high, low]
    assert [one.result for one in in_its_own.beside] == [unflagged, low]
    assert [one.result for one in older.beside] == [low]


def test_a_result_of_urine_is_no_newer_one_of_serum() -> None:
    serum, urine = (Specimen("s", kind) for kind in ("Serum", "Urine"))
    high = replace(POTASSIUM, name="Potassium")
    urinary = a_value("k2", Amount("40"), name="Potassium")
    rows = taken(1, CREATININE), taken(2, urinary, specimens=(urine,)), taken(9, high, specimens=(serum,))

    assert [one.result for one in asked("u_and_e", *rows).beside] == [high]


def test_a_count_is_not_called_normal_while_something_in_its_report_is_flagged_that_no_map_explains() -> None:
    haemoglobin = a_value("haemoglobin", Amount("140"))
    blasts = a_value("bl", Amount("12"), name="Blasts", flags=HIGH)

    assert isinstance(asked("full_blood_count", taken(1, haemoglobin)).advice, Runs)
    assert asked("full_blood_count", taken(1, haemoglobin, blasts)).advice is WhyNot.FLAGGED


def test_a_culture_and_an_image_are_read_whole_and_not_by_their_flags() -> None:
    micro = Code("http://terminology.hl7.org/CodeSystem/v2-0074", "MB")
    grown = a_value("organism", Words("Escherichia coli"), flags=(SentFlag(Flag.POSITIVE, "POS"),))

    assert flagged_in(taken(1, grown, categories=(micro,))) == ()
    assert flagged_in(taken(1, grown, kind=Kind.RADIOLOGY)) == ()
    assert [one.result for one in flagged_in(taken(1, grown))] == [grown]


def test_what_was_entered_in_error_is_not_flagged() -> None:
    assert flagged_in(taken(1, POTASSIUM, status=Status.ENTERED_IN_ERROR)) == ()


@given(some_rows())
def test_of_every_analyte_the_newest_value_is_said_where_it_was_flagged(rows: list[Row]) -> None:
    findings = find_all(rows, CATALOGUE, MAPS)
    for done in already_done(RULES.tests, findings, RULES, WALTER, Circumstances(NOON, EMERGENCY)):
        said = {id(one) for one in (*done.latest, *done.elsewhere)}
        for analyte in done.test.analytes:
            given_ = [one for one in findings.of([analyte]) if has_value(one.row, one.result)]
            newest = max((one.at for one in given_), default=None)
            flagged = [one for one in given_ if one.at == newest and stands_out(one.result)]
            assert not flagged or any(id(one) in said for one in flagged)


def has_value(row: Row, result: object) -> bool:
    gone = {Status.CANCELLED, Status.ENTERED_IN_ERROR, Status.REGISTERED}
    return not isinstance(result.value, Absent) and gone.isdisjoint({row.report.status, result.status})  # type: ignore[attr-defined]
