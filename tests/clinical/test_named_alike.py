"""Nobody reads "no result was found" of a test while something of its name came, and nothing is advised from that."""

from typing import Any

import pytest

from connectors.answer import Kind
from tests.builders import SHEFFIELD
from tests.clinical.test_retest import CATALOGUE, HIGH, MAPS, RULES, a_value, asked, taken
from viewer.clinical.by_analyte import find_all
from viewer.clinical.named_alike import with_named_alike
from viewer.clinical.report import Absent, Amount, Result, Status
from viewer.clinical.retest import Done, WhyNot
from viewer.clinical.retest_rules import every_test
from viewer.clinical.row import Row
from viewer.pages.already_done_words import none_found, nothing_found, taken_for

TROPONIN_T = a_value("troponin_t", Amount("148"))
ALL = {test.key: test for test in every_test(RULES, CATALOGUE)}


def named(code: str, name: str, number: str = "39", **fields: Any) -> Result:
    return a_value(code, Amount(number), name=name, **fields)


def alike(test: str, *rows: Row, typed: tuple[str, ...] = ()) -> list[str]:
    return [one.found.result.name for one in done(test, *rows, typed=typed).alike]


def done(test: str, *rows: Row, typed: tuple[str, ...] = ()) -> Done:
    rules = RULES if RULES.test(test) else type(RULES)(tests=(ALL[test],))
    return with_named_alike(asked(test, *rows, rules=rules), find_all(rows, CATALOGUE, MAPS), typed)


def test_a_lactate_of_a_blood_gas_is_named_beside_lactate_under_our_name_and_is_not_its_result() -> None:
    gas = named("gas_lactate", "Lactate", "3.1", flags=HIGH)

    lactate = done("analyte.lactate", taken(12, gas))

    assert [(one.found.result, one.known_as) for one in lactate.alike] == [(gas, "Lactate (gas)")]
    assert lactate.latest == ()
    assert lactate.advice is WhyNot.NO_INTERVAL


def test_a_result_whose_code_no_map_explains_is_named_by_its_own_name_where_none_was_found() -> None:
    other = named("dd1", "D-Dimer (FEU)")

    assert alike("analyte.d_dimer", taken(2, other)) == ["D-Dimer (FEU)"]
    assert alike("analyte.d_dimer", taken(2, named("x", "Dimerised protein"))) == []


def test_troponin_i_of_another_trust_is_named_beside_troponin_t() -> None:
    rows = taken(9, TROPONIN_T), taken(13, named("trop", "Troponin I"), trust=SHEFFIELD)

    assert alike("troponin", *rows, typed=("troponin I",)) == ["Troponin I"]
    assert alike("troponin", *rows) == []  # older, and not flagged
    assert alike("troponin", rows[0], taken(13, named("trop", "Troponin I", flags=HIGH))) == ["Troponin I"]
    assert alike("troponin", rows[0], taken(1, named("trop", "Troponin I"))) == ["Troponin I"]


def test_a_mapped_troponin_i_that_was_typed_is_named_though_a_newer_troponin_t_came() -> None:
    rows = taken(9, TROPONIN_T), taken(13, named("troponin_i", "hs Troponin I"))

    assert alike("troponin", *rows, typed=("troponin I",)) == ["hs Troponin I"]


def test_a_part_of_a_test_is_named_where_the_result_that_it_is_known_by_never_came() -> None:
    assert alike("u_and_e", taken(3, named("potassium", "Potassium", "4.1"))) == ["Potassium"]


def test_a_part_that_was_typed_and_did_not_come_is_said_not_to_be_in_it_and_its_like_is_named() -> None:
    creatinine, gas = a_value("creatinine"), named("gas_bicarbonate", "Bicarbonate", "18.0", flags=HIGH)
    rows = taken(9, creatinine), taken(13, gas)

    typed, whole = done("u_and_e", *rows, typed=("bicarbonate",)), done("u_and_e", *rows, typed=("UE",))

    assert [one.known_as for one in typed.alike] == ["Bicarbonate (gas)"]
    assert typed.not_in_it == ("bicarbonate",)
    assert (whole.alike, whole.not_in_it) == ((), ())
    unmapped = taken(9, creatinine, named("hco3", "Bicarbonate"))
    assert done("u_and_e", unmapped, typed=("bicarbonate",)).not_in_it == ()
    assert taken_for(("bicarbonate",), typed).endswith("Its newest result holds no “bicarbonate”.")


def test_none_is_never_said_flatly_while_a_flagged_part_came() -> None:
    potassium = done("u_and_e", taken(3, named("potassium", "Potassium", "6.8", flags=HIGH)))

    assert nothing_found(potassium, ()).endswith(", but 1 of its parts was.")
    assert none_found(potassium) == "no result found, but 1 of its parts was"


def test_a_newer_result_of_exactly_its_name_is_named_though_no_map_explains_its_code() -> None:
    creatinine = a_value("creatinine", Amount("90"))

    assert alike("u_and_e", taken(30, creatinine), taken(2, named("x1", "Creatinine", "400"))) == ["Creatinine"]
    assert alike("u_and_e", taken(1, creatinine), taken(2, named("x1", "Creatinine", "400"))) == []


def test_of_each_name_the_newest_is_named_and_nothing_that_gave_no_value() -> None:
    old, new = named("dd1", "D-Dimer", "1"), named("dd1", "D-dimer", "2")
    gone = named("dd1", "D-dimer", "3", status=Status.ENTERED_IN_ERROR)
    empty = a_value("dd1", Absent("Haemolysed"), name="D-dimer")
    rows = taken(9, old), taken(5, new), taken(2, gone), taken(1, empty)

    assert [one.found.result for one in done("analyte.d_dimer", *rows).alike] == [new]


def test_a_report_of_its_name_is_named_where_nothing_in_it_is_so_called() -> None:
    culture = taken(4, named("growth", "Growth"), title="Urine culture (MSU)")

    assert alike("urine_culture", culture) == ["Urine culture (MSU)"]
    assert alike("urine_culture", taken(4, title="Urine culture", kind=Kind.RADIOLOGY)) == []


@pytest.mark.parametrize(("name", "expected"), [("CA 125", []), ("Ca", ["Ca"])])
def test_two_letters_are_meant_as_they_are_written(name: str, expected: list[str]) -> None:
    assert alike("bone", taken(1, named("x1", name)), typed=("Ca",)) == expected
