"""What was done already, and whether an interval runs: tables that a clinical lead can read, and what never happens."""

# ruff: noqa: E501  (a row of a table reads better wide than folded)

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.answer import Kind, Trust
from tests.builders import BARNSLEY, NOON, ROTHERHAM, SHEFFIELD, a_patient, a_person, a_report, a_result, a_time
from viewer.clinical.age import is_adult
from viewer.clinical.analyte import CodeMap, Meaning
from viewer.clinical.by_analyte import find_all
from viewer.clinical.lately import lately
from viewer.clinical.patient import Person
from viewer.clinical.report import (
    Absent,
    Amount,
    Code,
    Flag,
    NoValue,
    Result,
    SentFlag,
    Status,
    TakenFrom,
    Unreadable,
    Value,
    Words,
)
from viewer.clinical.retest import Circumstances, Done, Runs, WhyNot, already_done
from viewer.clinical.retest_rules import LabTest, RetestInterval, RetestRules, Said, Setting, every_test
from viewer.clinical.row import Row
from viewer.configuration.catalogue_file import read_catalogue
from viewer.configuration.retest_file import read_retest
from viewer.pages import already_done_words
from viewer.pages.already_done import named_so

CONFIG = Path(__file__).resolve().parents[2] / "config"
LOCAL = "https://trust.example/code"
CATALOGUE = read_catalogue(CONFIG)
RULES = read_retest(CONFIG, CATALOGUE)
NAMED = ("sheffield_teaching", "rotherham")
MAPS = {name: CodeMap(name, {(LOCAL, key): Meaning(key) for key in CATALOGUE.analytes}) for name in NAMED}
WALTER = a_person()
EMERGENCY, INPATIENT, OUTPATIENT, GP = Setting


def a_value(analyte: str, value: Value | None = None, **fields: Any) -> Result:
    return replace(
        a_result(analyte, value or Amount("64", unit="mg/L"), id_=f"{analyte}-{id(fields)}"),
        codes=(Code(LOCAL, analyte),),
        **fields,
    )


def taken(hours_ago: float, *results: Result | Unreadable, trust: Trust = ROTHERHAM, **fields: Any) -> Row:
    at = (NOON - timedelta(hours=hours_ago)).isoformat()
    made: dict[str, Any] = {"results": results, "taken": a_time(at), "taken_from": TakenFrom.SPECIMEN}
    return Row(a_report(trust, f"r{hours_ago}", **(made | fields)))


def asked(
    test: str,
    *rows: Row,
    setting: Setting = INPATIENT,
    person: Person = WALTER,
    now: datetime = NOON,
    bleeding: bool = False,
    rules: RetestRules = RULES,
) -> Done:
    wanted = rules.test(test)
    assert wanted
    (done,) = already_done(
        [wanted], find_all(rows, CATALOGUE, MAPS), rules, person, Circumstances(now, setting, bleeding)
    )
    return done


def reference(done: Done) -> str:
    return done.advice.interval.reference if isinstance(done.advice, Runs) else done.advice.value


def test_every_analyte_of_the_catalogue_is_found_by_its_own_name_and_by_its_other_names() -> None:
    tests = every_test(RULES, CATALOGUE)

    for analyte in CATALOGUE.analytes.values():
        for name in (analyte.name, *analyte.also):
            assert any(analyte.key in test.analytes for test in named_so(tests, name)), name


# ── Every line of the guidance ───────────────────────────────────────────────────────────────────

#  test                 done by               where        within (h)  reference
LINES = [
    ("hba1c",               "hba1c",               EMERGENCY,  60 * 24,  "B-E19"),
    ("hba1c",               "hba1c",               GP,         60 * 24,  "B-E19"),
    ("lipids",              "cholesterol",         GP,         90 * 24,  "B-LP2/3"),
    ("tft",                 "tsh",                 OUTPATIENT, 56 * 24,  "B-E5"),
    ("vitamin_d",           "vitamin_d",           GP,         90 * 24,  "B-B7"),
    ("bone",                "adjusted_calcium",    GP,         90 * 24,  "B-B1"),
    ("bone",                "adjusted_calcium",    EMERGENCY,  48,       "B-B2"),
    ("liver",               "alt",                 INPATIENT,  72,       "B-L2"),
    ("liver",               "alt",                 EMERGENCY,  72,       "B-L2"),
    ("liver",               "alt",                 OUTPATIENT, 28 * 24,  "B-L1"),
    ("u_and_e",             "creatinine",          INPATIENT,  4 * 24,   "B-R2"),
    ("full_blood_count",    "haemoglobin",         INPATIENT,  4 * 24,   "H-FBC2"),
    ("ferritin",            "ferritin",            GP,         365 * 24, "B-G9"),
    ("b12",                 "b12",                 GP,         28 * 24,  "B-G10"),
    ("folate",              "folate",              GP,         28 * 24,  "B-G10"),
    ("crp",                 "crp",                 EMERGENCY,  24,       "B-SP7"),
    ("procalcitonin",       "procalcitonin",       INPATIENT,  24,       "B-SP8"),
    ("psa",                 "psa",                 GP,         90 * 24,  "B-TM8"),
    ("ca125",               "ca125",               OUTPATIENT, 28 * 24,  "B-TM5"),
    ("ca19_9",              "ca19_9",              OUTPATIENT, 28 * 24,  "B-TM6"),
    ("ca15_3",              "ca15_3",              OUTPATIENT, 56 * 24,  "B-TM9"),
    ("immunoglobulins",     "igg",                 GP,         180 * 24, "B-SP5"),
    ("coeliac",             "ttg_iga",             GP,         180 * 24, "B-G1"),
    ("faecal_calprotectin", "faecal_calprotectin", GP,         180 * 24, "B-G3"),
    ("anca",                "anca",                OUTPATIENT, 180 * 24, "I-57"),
    ("complement",          "c3",                  OUTPATIENT, 90 * 24,  "I-13"),
]  # fmt: skip


@pytest.mark.parametrize(("test", "analyte", "setting", "hours", "cited"), LINES)
def test_within_the_interval_there_is_advice_with_its_reference_and_at_its_end_there_is_none(
    test: str, analyte: str, setting: Setting, hours: int, cited: str
) -> None:
    just_within = asked(test, taken(hours - 0.1, a_value(analyte)), setting=setting)
    just_over = asked(test, taken(hours, a_value(analyte)), setting=setting)

    assert reference(just_within) == cited
    assert just_over.advice is WhyNot.OVER


# Lines that no result of a number is gone by: how long, and what the laboratory must have said.
CULTURES = [
    ("urine_culture", [(timedelta(days=3), "M-58", Said.ANYTHING)]),
    ("c_difficile", [(timedelta(days=28), "M-20", Said.POSITIVE), (timedelta(hours=24), "M-20", Said.NEGATIVE)]),
]


@pytest.mark.parametrize(("key", "lines"), CULTURES)
def test_the_lines_for_cultures_stand_there_too(key: str, lines: list[tuple[timedelta, str, Said]]) -> None:
    test = RULES.test(key)

    assert test
    assert [(one.lasts, one.reference, one.said) for one in test.intervals] == lines


@pytest.mark.parametrize(
    ("key", "cited"), [("troponin", "B-C1"), ("blood_culture", "M-4"), ("csf", "M-4"), ("sterile_fluid", "M-4")]
)
def test_what_is_excluded_has_no_interval_and_says_who_excludes_it(key: str, cited: str) -> None:
    test = RULES.test(key)

    assert test
    assert (test.excluded, test.intervals) == (cited, ())


def test_a_culture_is_gone_by_once_a_signed_map_names_it() -> None:
    rules = replace(RULES, tests=(LabTest("urine_culture", "Urine culture", ("crp",), in_words=True, intervals=(
        RetestInterval(timedelta(days=3), "M-58"),)),))  # fmt: skip
    culture = a_value("crp", NoValue(), members=(a_result("Culture", Words("No growth")),))  # a group

    assert reference(asked("urine_culture", taken(20, culture), rules=rules)) == "M-58"


@pytest.mark.parametrize(
    ("said", "flags", "hours", "expected"),
    [
        ("Positive", (), 27 * 24, "M-20"),
        ("Toxin detected", (), 27 * 24, "M-20"),
        ("", (SentFlag(Flag.POSITIVE, "POS"),), 27 * 24, "M-20"),
        ("Negative", (), 23, "M-20"),
        ("Negative", (), 25, WhyNot.OVER.value),
        ("Not detected", (), 23, "M-20"),
        ("Not detected today, detected last week", (), 23, WhyNot.UNCLEAR.value),
        ("Equivocal", (), 23, WhyNot.UNCLEAR.value),
        ("Negative", (SentFlag(Flag.POSITIVE, "POS"),), 23, WhyNot.UNCLEAR.value),
    ],
)
def test_c_difficile_is_gone_by_in_the_laboratorys_own_word_alone(
    said: str, flags: tuple[SentFlag, ...], hours: float, expected: str
) -> None:
    written = RULES.test("c_difficile")
    assert written
    rules = replace(RULES, tests=(replace(written, done_by=("crp",)),))

    done = asked("c_difficile", taken(hours, a_value("crp", Words(said), flags=flags)), rules=rules)

    assert reference(done) == expected


# ── Never ────────────────────────────────────────────────────────────────────────────────────────

CREATININE, CRP = a_value("creatinine", Amount("212", unit="umol/L")), a_value("crp")
HIGH = (SentFlag(Flag.HIGH, "HI"),)
NO_REASON_AT_ALL = [
    # what is odd                                test                row                                                                    why there is no advice
    ("it is excluded",                           "troponin",         taken(2, a_value("troponin_t")),                                       WhyNot.EXCLUDED),
    ("it is not final yet",                      "crp",              taken(2, CRP, status=Status.PRELIMINARY),                              WhyNot.NOT_FINAL),
    ("its own status is not final",              "crp",              taken(2, replace(CRP, status=Status.PRELIMINARY)),                     WhyNot.NOT_FINAL),
    ("its status is not known",                  "crp",              taken(2, CRP, status=Status.UNKNOWN),                                  WhyNot.NOT_FINAL),
    ("it has no time",                           "crp",              taken(2, CRP, taken=None, taken_from=TakenFrom.NOTHING),               WhyNot.NO_TIME),
    ("only its time of issue is known",          "crp",              taken(2, CRP, taken_from=TakenFrom.ISSUED),                            WhyNot.NO_TIME),
    ("only its time of receipt is known",        "crp",              taken(2, CRP, taken_from=TakenFrom.RECEIVED),                          WhyNot.NO_TIME),
    ("it lies in the future",                    "crp",              taken(-2, CRP),                                                        WhyNot.NO_TIME),
    ("it was entered in error",                  "crp",              taken(2, CRP, status=Status.ENTERED_IN_ERROR),                         WhyNot.NOTHING_FOUND),
    ("it was cancelled",                         "crp",              taken(2, CRP, status=Status.CANCELLED),                                WhyNot.NOTHING_FOUND),
    ("it gave no value",                         "crp",              taken(2, a_value("crp", Absent("Haemolysed"))),                        WhyNot.NOTHING_FOUND),
    ("another test was done",                    "crp",              taken(2, CREATININE),                                                  WhyNot.NOTHING_FOUND),
    ("its code is in no signed map",             "crp",              taken(2, replace(CRP, codes=(Code(LOCAL, "odd"),))),                   WhyNot.NOTHING_FOUND),
    ("its trust has signed no map",              "crp",              taken(2, CRP, trust=BARNSLEY),                                         WhyNot.NOTHING_FOUND),
    ("it is a picture",                          "crp",              taken(2, CRP, kind=Kind.RADIOLOGY),                                    WhyNot.NOTHING_FOUND),
    ("part of the panel only was done",          "u_and_e",          taken(2, a_value("potassium")),                                        WhyNot.NOTHING_FOUND),
    ("the laboratory flagged the count",         "full_blood_count", taken(2, a_value("haemoglobin", flags=HIGH)),                          WhyNot.FLAGGED),
    ("the laboratory flagged a part of it",      "full_blood_count", taken(2, a_value("haemoglobin"), a_value("platelets", flags=HIGH)),    WhyNot.FLAGGED),
    ("the laboratory reports AKI on it",         "u_and_e",          taken(2, replace(CREATININE, notes=("AKI 2 alert",))),                 WhyNot.AKI),
    ("the laboratory reports AKI in the report", "u_and_e",          taken(2, CREATININE, notes=("Acute kidney injury stage 1",)),          WhyNot.AKI),
    ("the laboratory sent an AKI stage",         "u_and_e",          taken(2, CREATININE, a_value("aki_stage", Amount("1"))),               WhyNot.AKI),
]  # fmt: skip


@pytest.mark.parametrize(("odd", "test", "row", "because"), NO_REASON_AT_ALL, ids=[one[0] for one in NO_REASON_AT_ALL])
def test_on_every_doubt_there_is_no_advice(odd: str, test: str, row: Row, because: WhyNot) -> None:
    assert asked(test, row).advice is because, odd


@pytest.mark.parametrize("setting", [EMERGENCY, OUTPATIENT, GP])
@pytest.mark.parametrize(("test", "analyte"), [("u_and_e", "creatinine"), ("full_blood_count", "haemoglobin")])
def test_what_is_for_stable_inpatients_is_said_nowhere_else(test: str, analyte: str, setting: Setting) -> None:
    assert asked(test, taken(2, a_value(analyte)), setting=setting).advice is WhyNot.NO_INTERVAL


def test_aki_at_another_trust_counts_and_one_that_is_long_past_does_not() -> None:
    def with_aki(hours_ago: float) -> WhyNot | Runs:
        alert = taken(hours_ago, a_value("urea"), trust=BARNSLEY, notes=("AKI 3",))
        return asked("u_and_e", taken(2, CREATININE), alert).advice

    assert with_aki(50) is WhyNot.AKI
    assert isinstance(with_aki(15 * 24), Runs)


def test_akin_is_not_aki() -> None:
    assert isinstance(asked("u_and_e", taken(2, replace(CREATININE, notes=("Akin to the last one",)))).advice, Runs)


def test_in_major_bleeding_there_is_no_advice() -> None:
    assert asked("crp", taken(2, CRP), bleeding=True).advice is WhyNot.BLEEDING


@pytest.mark.parametrize(
    ("born", "expected"),
    [
        ("1944-03-09", True),
        ("2008-11-21", True),  # eighteen on the day
        ("2008-11-22", False),
        ("2008-12", False),
        ("2008-10", True),
        ("2008", False),  # may not have had the birthday yet
        ("2007", True),
        ("", None),
        ("2007-02-30", None),
        ("unknown", None),
    ],
)
def test_who_is_an_adult_is_read_from_the_latest_day_a_birth_date_can_mean(born: str, expected: bool | None) -> None:
    assert is_adult(a_person(a_patient(born=born)), NOON, 18) is expected


def test_who_is_born_on_29_february_is_of_age_on_1_march() -> None:
    person = a_person(a_patient(born="2008-02-29"))

    assert is_adult(person, datetime.fromisoformat("2026-02-28T12:00:00+00:00"), 18) is False
    assert is_adult(person, datetime.fromisoformat("2026-03-01T12:00:00+00:00"), 18) is True


def test_one_record_that_makes_a_child_of_them_is_enough() -> None:
    both = a_person(a_patient(), a_patient(ROTHERHAM, born="2012-01-01"))

    assert asked("crp", taken(2, CRP), person=both).advice is WhyNot.CHILD


def test_a_result_taken_before_the_eighteenth_birthday_is_a_childs() -> None:
    just_eighteen = a_person(a_patient(born="2008-11-21"))
    yesterday = taken(20, a_value("ferritin"))

    assert asked("ferritin", yesterday, person=just_eighteen).advice is WhyNot.CHILD


# ── What is shown ────────────────────────────────────────────────────────────────────────────────


def test_the_newest_result_of_any_trust_is_shown_as_it_was_sent() -> None:
    older = taken(9, a_value("crp", Amount("5", comparator="<", unit="mg/L")), trust=SHEFFIELD)
    newer = taken(4, a_value("crp", Amount("64.0", unit="mg/l")))

    done = asked("crp", older, newer)

    assert [one.result.value for one in done.latest] == [Amount("64.0", unit="mg/l")]
    assert done.latest[0].row.report.trust == ROTHERHAM


def test_a_panel_is_read_from_one_report_in_its_own_order() -> None:
    older = taken(30, a_value("alp"), a_value("alt"))
    newer = taken(4, a_value("albumin"), a_value("bilirubin"), a_value("alt"))

    assert [one.analyte for one in asked("liver", older, newer).latest] == ["alt", "bilirubin", "albumin"]


def test_a_newer_sample_without_a_value_is_named_and_ends_the_advice() -> None:
    failed = taken(1, a_value("crp", Absent("Haemolysed")), trust=SHEFFIELD)

    done = asked("crp", taken(4, CRP), failed)

    assert [one.result.value for one in done.failed] == [Absent("Haemolysed")]
    assert done.advice is WhyNot.FAILED_SINCE
    assert done.latest


def test_a_trust_whose_signed_map_names_no_code_for_the_test_is_named() -> None:
    done = asked("crp", taken(4, CRP), taken(3, CRP, trust=BARNSLEY))

    assert done.unmapped_at == ("barnsley",)


def test_findings_of_codes_that_no_map_explains_are_counted() -> None:
    torn = Unreadable(ROTHERHAM, "Observation", "x", "it is torn")

    found = find_all([taken(4, CRP, torn, replace(CRP, id="Observation/z", codes=()))], CATALOGUE, MAPS)

    assert found.unexplained == 2


def test_every_analyte_of_the_catalogue_can_be_asked_for() -> None:
    tests = every_test(RULES, CATALOGUE)

    assert {analyte for test in tests for analyte in test.analytes} == set(CATALOGUE.analytes)
    assert len({test.key for test in tests}) == len(tests)


def test_lately_names_the_newest_of_each_test_and_every_other_report() -> None:
    rows = [
        taken(4, CRP),
        taken(30, CRP, trust=SHEFFIELD),
        taken(5, title="CT aorta", kind=Kind.RADIOLOGY),
        taken(200, a_value("ferritin")),
        taken(4000, a_value("tsh")),
    ]
    findings = find_all(rows, CATALOGUE, MAPS)
    moment = Circumstances(NOON, EMERGENCY)

    short = lately(RULES.tests, findings, RULES, WALTER, moment, timedelta(hours=72))
    long = lately(RULES.tests, findings, RULES, WALTER, moment, timedelta(days=30), timedelta(hours=72))

    assert [one.test.key for one in short.done] == ["crp"]
    assert [row.report.title for row in short.others] == ["CT aorta"]
    assert short.older == 1
    assert [one.test.key for one in long.done] == ["ferritin"]


@pytest.mark.parametrize(
    "failed",
    [
        taken(1, a_value("crp", Absent("Haemolysed")), title="Haemolysed"),
        taken(1, CRP, title="Withdrawn", status=Status.ENTERED_IN_ERROR),
    ],
    ids=["haemolysed", "entered in error"],
)
@pytest.mark.parametrize("before", [(), (taken(4000, CRP),)], ids=["alone", "after an old value"])
def test_a_sample_that_gave_no_value_was_taken_all_the_same_law_1(before: tuple[Row, ...], failed: Row) -> None:
    findings = find_all([failed, *before], CATALOGUE, MAPS)

    short = lately(RULES.tests, findings, RULES, WALTER, Circumstances(NOON, EMERGENCY), timedelta(hours=72))

    assert [row.report.title for row in short.others] == [failed.report.title]
    assert (short.count, short.older) == (1, 0)
    assert "Nothing" not in already_done_words.lately(short.count, short.older, "72 hours")


def test_older_results_alone_are_counted_and_never_nothing() -> None:
    findings = find_all([taken(4, CRP), taken(200, CRP, trust=SHEFFIELD)], CATALOGUE, MAPS)
    moment = Circumstances(NOON, EMERGENCY)

    long = lately(RULES.tests, findings, RULES, WALTER, moment, timedelta(days=30), timedelta(hours=72))

    assert (long.count, long.older) == (0, 1)
    assert already_done_words.lately(0, 1, "30 days") == "1 report with older results of the same tests in the timeline"
    assert (
        already_done_words.lately(0, 2, "30 days") == "2 reports with older results of the same tests in the timeline"
    )


# ── What never happens ───────────────────────────────────────────────────────────────────────────

ANALYTES = st.sampled_from(sorted({analyte for test in RULES.tests for analyte in test.analytes}))
VALUES: st.SearchStrategy[Value] = st.sampled_from(
    [Amount("4.4", unit="g/L"), Amount("1", "<"), Words("Positive"), Words("?"), Absent("")]
)


@st.composite
def some_rows(draw: st.DrawFn) -> list[Row]:
    def result() -> Result:
        return a_value(
            draw(ANALYTES),
            draw(VALUES),
            status=draw(st.sampled_from(Status)),
            flags=draw(st.sampled_from([(), HIGH])),
            notes=draw(st.sampled_from([(), ("AKI 1",)])),
        )

    def row() -> Row:
        hours = draw(st.floats(-50, 10_000, allow_nan=False))
        trust = draw(st.sampled_from([ROTHERHAM, SHEFFIELD, BARNSLEY]))
        fields: dict[str, Any] = {
            "status": draw(st.sampled_from(Status)),
            "taken_from": draw(st.sampled_from(TakenFrom)),
        }
        return taken(hours, *(result() for _ in range(draw(st.integers(0, 3)))), trust=trust, **fields)

    return [row() for _ in range(draw(st.integers(0, 5)))]


PEOPLE = st.sampled_from(["1944-03-09", "2008-11-21", "2008-11-22", "2015-01-01", "2008", "", "?"])


@given(some_rows(), PEOPLE, st.sampled_from(Setting), st.booleans())
def test_no_child_no_excluded_test_and_no_result_older_than_its_interval_is_ever_advised_on(
    rows: list[Row], born: str, setting: Setting, bleeding: bool
) -> None:
    person = a_person(a_patient(born=born))
    findings = find_all(rows, CATALOGUE, MAPS)

    for done in already_done(RULES.tests, findings, RULES, person, Circumstances(NOON, setting, bleeding)):
        if not isinstance(done.advice, Runs):
            continue
        interval = done.advice.interval
        assert not bleeding
        assert not done.test.excluded
        assert is_adult(person, min(one.at for one in done.latest), 18)
        assert setting in interval.settings
        assert all(NOON - interval.lasts < one.at <= NOON for one in done.latest)
        assert all(one.taken_from in (TakenFrom.SPECIMEN, TakenFrom.EFFECTIVE) for one in done.latest)
        assert not any(isinstance(one.result.value, Absent) for one in done.latest)
        assert interval.said in (Said.ANYTHING, Said.POSITIVE, Said.NEGATIVE)


@given(some_rows(), st.randoms())
def test_the_order_in_which_trusts_answer_changes_nothing(rows: list[Row], chance: object) -> None:
    def answer() -> tuple[object, ...]:
        done = already_done(RULES.tests, find_all(rows, CATALOGUE, MAPS), RULES, WALTER, Circumstances(NOON, INPATIENT))
        return tuple((one.test.key, one.advice, {(f.row.key, f.result.id) for f in one.latest}) for one in done)

    first = answer()
    chance.shuffle(rows)  # type: ignore[attr-defined]
    assert answer() == first
