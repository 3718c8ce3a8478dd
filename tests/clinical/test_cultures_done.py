"""A culture or screen is recognised as done where the laboratory's signed map names its code, and nowhere else."""

from dataclasses import replace
from typing import Any

import pytest

from connectors.answer import Trust
from tests.builders import BARNSLEY, NOON, ROTHERHAM, a_person, a_result
from tests.clinical.test_retest import CATALOGUE, LOCAL, MAPS, RULES, asked, reference, taken
from viewer.clinical.analyte import CodeMap, Meaning
from viewer.clinical.by_analyte import Findings, find_all
from viewer.clinical.lately import lately
from viewer.clinical.report import Code, Flag, NoValue, Result, SentFlag, Status, Value, Words
from viewer.clinical.retest import Circumstances, WhyNot, already_done
from viewer.clinical.retest_rules import Setting, every_test
from viewer.clinical.row import Row
from viewer.clinical.series import gather
from viewer.clinical.unmapped import unmapped

CULTURES = ("urine_culture", "blood_culture", "csf_culture", "sterile_fluid_culture", "mrsa_screen", "c_difficile")
TESTS = ("urine_culture", "blood_culture", "csf", "sterile_fluid", "mrsa_screen", "c_difficile")
FIXED = Code("http://snomed.info/sct", "721981007", "Diagnostic studies report")

RESISTANT = (SentFlag(Flag.RESISTANT, "R"),)


def in_words(analyte: str, said: Value, *members: Result, **fields: Any) -> Result:
    itself = a_result(analyte, said, id_=f"{analyte}-{type(said).__name__}-{fields.get('method', '')}")
    return replace(itself, codes=(Code(LOCAL, analyte),), members=members, **fields)


def a_group(analyte: str, hours_ago: float = 10, trust: Trust = ROTHERHAM, **fields: Any) -> Row:
    """A culture as a group of findings, none of which has a code of the map."""
    drug = a_result("Trimethoprim", Words("Resistant"), id_=f"drug-{hours_ago}", flags=RESISTANT)
    organism = a_result("Organism", Words("Escherichia coli"), id_=f"organism-{hours_ago}", members=(drug,))
    return taken(hours_ago, in_words(analyte, NoValue(), organism), trust=trust, **fields)


def a_document(analyte: str, hours_ago: float = 10, **fields: Any) -> Row:
    """A culture as a text under the code of the report itself, beside the code that every report has."""
    made: dict[str, Any] = {"codes": (FIXED, Code(LOCAL, analyte)), "conclusion": "NO GROWTH"}
    return taken(hours_ago, **(made | fields))


def found(*rows: Row) -> Findings:
    return find_all(rows, CATALOGUE, MAPS)


@pytest.mark.parametrize(("analyte", "test"), list(zip(CULTURES, TESTS, strict=True)))
def test_a_signed_code_of_a_group_of_a_result_or_of_the_report_is_recognised(analyte: str, test: str) -> None:
    for row in (a_group(analyte), a_document(analyte), taken(10, in_words(analyte, Words("No growth")))):
        done = asked(test, row)

        assert [one.row.key for one in done.latest] == [row.key]
        assert done.unmapped_at == ()


@pytest.mark.parametrize("test", TESTS)
def test_a_title_alone_is_never_recognised_and_the_trust_is_named(test: str) -> None:
    wanted = RULES.test(test)
    assert wanted
    titled = taken(10, a_result(wanted.name, Words("No growth")), title=wanted.name, trust=BARNSLEY)

    done = asked(test, titled)

    assert done.latest == ()
    assert done.unmapped_at == ("barnsley",)


def test_a_map_that_is_not_believed_recognises_none() -> None:
    nothing = find_all([a_group("urine_culture")], CATALOGUE, {"rotherham": CodeMap("rotherham")})

    assert nothing.by_analyte == {}


def test_the_code_that_stands_on_every_report_names_no_test_even_where_a_map_says_so() -> None:
    careless = CodeMap("rotherham", {(FIXED.system, FIXED.code): Meaning("urine_culture")})

    assert find_all([a_document("crp")], CATALOGUE, {"rotherham": careless}).by_analyte == {}


def test_the_code_of_a_report_names_only_what_is_examined_as_a_whole() -> None:
    assert found(a_document("potassium")).by_analyte == {}


def test_a_report_and_its_group_of_one_culture_are_one() -> None:
    row = a_group("urine_culture", codes=(Code(LOCAL, "urine_culture"),))

    (one,) = found(row).by_analyte["urine_culture"]

    assert one.result.members


def test_what_stands_within_a_culture_needs_no_code_of_its_own() -> None:
    assert found(a_group("urine_culture")).unexplained == 0
    assert found(a_document("urine_culture", results=(a_result("Organism", Words("E. coli")),))).unexplained == 0
    assert found(taken(10, a_result("Organism", Words("E. coli")))).unexplained == 1


# ── Advice ───────────────────────────────────────────────────────────────────────────────────────


def test_a_urine_culture_has_an_interval_of_three_days() -> None:
    assert reference(asked("urine_culture", a_group("urine_culture", 71))) == "M-58"
    assert asked("urine_culture", a_group("urine_culture", 72)).advice is WhyNot.OVER


def test_a_culture_that_is_not_final_is_no_reason_for_advice() -> None:
    assert asked("urine_culture", a_group("urine_culture", status=Status.PRELIMINARY)).advice is WhyNot.NOT_FINAL
    assert asked("urine_culture", a_group("urine_culture", status=Status.CANCELLED)).advice is WhyNot.NOTHING_FOUND


@pytest.mark.parametrize("test", ["blood_culture", "csf", "sterile_fluid"])
def test_of_blood_csf_and_sterile_fluids_there_is_never_advice(test: str) -> None:
    analyte = dict(zip(TESTS, CULTURES, strict=True))[test]

    assert asked(test, a_group(analyte)).advice is WhyNot.EXCLUDED


def toxin(said: str, **particulars: object) -> Result:
    return in_words("c_difficile", Words(said), **particulars)


def toxin_group(*members: Result) -> Result:
    return in_words("c_difficile", NoValue(), *members)


UNCLEAR = "neither positive nor negative"

#  what the laboratory sent                                                        hours  said
HEARD = [
    ((toxin("Toxin detected"),),                                                     600, "M-20"),
    ((toxin("Toxin not detected"),),                                                  23, "M-20"),
    ((toxin("Toxin not detected"),),                                                  25, "interval over"),
    ((toxin("GDH only", flags=(SentFlag(Flag.POSITIVE, "POS"),)),),                  600, "M-20"),
    ((toxin("Equivocal"),),                                                            1, UNCLEAR),
    ((toxin_group(toxin("Detected")),),                                              600, "M-20"),
    ((toxin_group(toxin("Detected", method="GDH"), toxin("Not detected", method="toxin")),), 1, UNCLEAR),
    ((toxin_group(),),                                                                 1, UNCLEAR),
]  # fmt: skip


@pytest.mark.parametrize(("results", "hours", "said"), HEARD)
def test_c_difficile_is_positive_or_negative_only_in_the_laboratorys_own_words(
    results: tuple[Result, ...], hours: float, said: str
) -> None:
    assert reference(asked("c_difficile", taken(hours, *results))) == said


# ── What was done lately ─────────────────────────────────────────────────────────────────────────


def test_a_second_culture_of_the_same_days_stands_by_itself_and_is_not_counted_as_an_older_result() -> None:
    left, right = a_group("blood_culture", 10), a_group("blood_culture", 30)

    done = lately(
        every_test(RULES, CATALOGUE), found(left, right), RULES, a_person(), Circumstances(NOON, Setting.INPATIENT),
        within=NOON - NOON.replace(day=NOON.day - 3),
    )  # fmt: skip

    assert [one.latest[0].row.key for one in done.done] == [left.key]
    assert [row.key for row in done.others] == [right.key]
    assert done.older == 0


# ── And nothing else changes ─────────────────────────────────────────────────────────────────────


def test_words_of_a_culture_stand_in_no_row_of_values_and_are_still_shown() -> None:
    row = taken(10, in_words("urine_culture", Words("E. coli\nAmoxicillin   R")))

    gathered = gather([row], CATALOGUE, MAPS)

    assert gathered.series == ()
    assert [result.name for _, result in gathered.left if isinstance(result, Result)] == ["urine_culture"]


def test_a_culture_that_a_map_names_is_no_code_that_nobody_explained() -> None:
    row = taken(10, in_words("mrsa_screen", Words("MRSA not isolated")))

    assert unmapped([row], CATALOGUE, MAPS) == frozenset()


def test_every_culture_of_the_catalogue_is_a_test_that_can_be_asked_for_once() -> None:
    whole = {one.key for one in CATALOGUE.analytes.values() if one.whole}
    done_by = [analyte for test in every_test(RULES, CATALOGUE) for analyte in test.done_by if analyte in whole]

    assert sorted(done_by) == sorted(CULTURES) == sorted(whole)
    assert all(test.each for test in RULES.tests if not whole.isdisjoint(test.done_by))


def test_two_tests_in_mind_are_answered_together() -> None:
    wanted = [one for one in (RULES.test("urine_culture"), RULES.test("crp")) if one]

    done = already_done(
        wanted, found(a_group("urine_culture")), RULES, a_person(), Circumstances(NOON, Setting.INPATIENT)
    )

    assert [bool(one.latest) for one in done] == [True, False]
