"""Every kind of value is shown as it was sent, or said to be unreadable. No number is remade."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.resource import Observation
from tests.builders import Json, a_concept, a_quantity, an_observation, number, received
from viewer.clinical.problem import Problem
from viewer.clinical.report import (
    Absent,
    Amount,
    Between,
    Code,
    Moment,
    NoValue,
    Proportion,
    Range,
    Samples,
    Value,
    Words,
    YesNo,
)
from viewer.clinical.value import read_ranges, read_value, value_of_unknown_kind


def observation(**fields: Any) -> Observation:
    body = received(an_observation(**fields)).body
    assert isinstance(body, Observation)
    return body


def value_of(**fields: Any) -> Value | Problem:
    return read_value(observation(**fields), holds_others=False)


@pytest.mark.parametrize(
    ("field", "sent", "value"),
    [
        ("valueQuantity", a_quantity("1.00", "mmol/L"), Amount("1.00", unit="mmol/L")),
        ("valueQuantity", a_quantity("0.50", "mg/L", comparator="<"), Amount("0.50", "<", "mg/L")),
        ("valueQuantity", a_quantity("1e3"), Amount("1e3")),
        ("valueQuantity", a_quantity("-2.0"), Amount("-2.0")),
        ("valueQuantity", a_quantity("0.352", "l/l", code="%"), Amount("0.352", "", "l/l", "%")),
        ("valueQuantity", a_quantity("5", code="g/L"), Amount("5", "", "g/L", "g/L")),
        ("valueString", "Escherichia coli\n >10^5 cfu/mL ", Words("Escherichia coli\n >10^5 cfu/mL ")),
        ("valueString", "", Absent("")),
        ("valueCodeableConcept", a_concept("Not detected"), Words("Not detected")),
        ("valueBoolean", False, YesNo(False)),
        ("valueInteger", number("0"), Amount("0")),
        (
            "valueRange",
            {"low": a_quantity("1.0"), "high": a_quantity("2.50")},
            Between(Amount("1.0"), Amount("2.50")),
        ),
        ("valueRange", {"low": a_quantity("10", "/HPF")}, Between(Amount("10", unit="/HPF"), None)),
        (
            "valueRatio",
            {"numerator": a_quantity("1"), "denominator": a_quantity("160")},
            Proportion(Amount("1"), Amount("160")),
        ),
        ("valueTime", "08:30:00", Moment("08:30:00")),
        ("valueDateTime", "2026-11", Moment("2026-11")),
        ("valuePeriod", {"start": "2026-11-01", "end": "2026-11-02"}, Moment("2026-11-01/2026-11-02")),
        (
            "valueSampledData",
            {
                "origin": a_quantity("0.0", "mV"),
                "period": number("10.0"),
                "factor": number("1.50"),
                "dimensions": number("1"),
                "data": "1 2 E",
            },
            Samples("1 2 E", Amount("0.0", unit="mV"), "10.0", factor="1.50", dimensions="1"),
        ),
    ],
)
def test_every_kind_of_value_is_kept_as_sent(field: str, sent: object, value: Value) -> None:
    assert value_of(**{field: sent}) == value


def test_a_coded_value_without_text_is_its_first_display_and_keeps_its_codes() -> None:
    sent = {
        "coding": [{"system": "urn:local", "code": "NEG"}, {"system": "urn:snomed", "code": "1", "display": "None"}]
    }

    assert value_of(valueCodeableConcept=sent) == Words(
        "None", (Code("urn:local", "NEG"), Code("urn:snomed", "1", "None"))
    )


@given(st.from_regex(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,17})?([eE][+-]?[0-9]{1,2})?", fullmatch=True))
def test_a_number_is_the_characters_that_were_sent(characters: str) -> None:
    assert value_of(valueQuantity={"value": number(characters)}) == Amount(characters)


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ({"value": "5.4", "unit": "g/L"}, "the number was sent as text"),
        ({"value": "<0.5"}, "the number was sent as text"),
        ({"value": None}, "no number was sent"),
        ({"unit": "g/L"}, "no number was sent"),
        ({"value": True}, "something else was sent where a number belongs"),
        ({"value": [1]}, "something else was sent where a number belongs"),
    ],
)
def test_what_is_no_number_is_never_made_one(sent: Json, reason: str) -> None:
    assert value_of(valueQuantity=sent) == Problem(reason)


def test_two_values_in_one_result_are_a_problem_and_neither_is_chosen() -> None:
    assert value_of(valueQuantity=a_quantity("5"), valueString="6") == Problem("it has more than one value")


def test_an_absent_value_gives_the_laboratorys_words_before_the_codes() -> None:
    said = a_concept(
        "Specimen haemolysed", "error", "http://terminology.hl7.org/CodeSystem/data-absent-reason", "Error"
    )

    assert value_of(dataAbsentReason=said) == Absent("Specimen haemolysed")
    assert value_of(dataAbsentReason=said | {"text": ""}) == Absent("Error")


def test_a_quantity_without_a_number_that_says_why_is_absent_for_that_reason() -> None:
    assert value_of(valueQuantity={"unit": "g/L"}, dataAbsentReason=a_concept("Insufficient")) == Absent("Insufficient")


def test_a_group_without_a_value_has_none_and_another_result_lacks_one() -> None:
    nothing = observation(dataAbsentReason=None)

    assert read_value(nothing, holds_others=True) == NoValue()
    assert read_value(nothing, holds_others=False) == Absent("")


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ({"low": a_quantity("3.50"), "high": a_quantity("5.3")}, Range(Amount("3.50"), Amount("5.3"))),
        ({"high": a_quantity("21", comparator="<")}, Range(None, Amount("21", "<"))),
        ({"text": "Negative\r\nor trace"}, Range(text="Negative\r\nor trace")),
        (
            {
                "low": a_quantity("60"),
                "type": a_concept("Therapeutic"),
                "appliesTo": [a_concept("Female")],
                "age": {"low": a_quantity("18", "a"), "high": a_quantity("65", "a")},
            },
            Range(Amount("60"), None, "", "Therapeutic, Female, age 18 a to 65 a"),
        ),
        ({"age": {"high": a_quantity("28", "d")}, "text": "see chart"}, Range(text="see chart", meaning="age to 28 d")),
    ],
)
def test_a_reference_range_is_what_the_laboratory_sent(sent: Json, shown: Range) -> None:
    assert read_ranges(observation(referenceRange=[sent]).reference_range) == ((shown,), ())


def test_a_reference_range_that_cannot_be_read_is_a_problem_and_the_others_are_kept() -> None:
    sent = [{"low": {"value": "3,5"}}, {"high": a_quantity("5.3")}]

    ranges, problems = read_ranges(observation(referenceRange=sent).reference_range)

    assert ranges == (Range(None, Amount("5.3")),)
    assert problems == (Problem("a reference range’s low end: the number was sent as text"),)


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b'{"resourceType":"Observation","valueAttachment":{}}', "valueAttachment"),
        (b'{"_valueString":{"extension":[]}}', "_valueString"),
        (b'{"status":"final"}', ""),
        (b"not JSON", ""),
        (b"", ""),
    ],
)
def test_a_kind_of_value_that_is_not_known_is_noticed(raw: bytes, name: str) -> None:
    assert value_of_unknown_kind(raw) == name
