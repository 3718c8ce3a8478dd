"""Flags are what the laboratory sent. None sent is none, and never normal."""

import pytest

from connectors.resource import CodeableConcept, Coding
from viewer.clinical.flag import flags_of
from viewer.clinical.report import Flag, SentFlag

V3 = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
V2 = "http://terminology.hl7.org/CodeSystem/v2-0078"
LOCAL = "https://fhir.sandbox.example/rotherham/flag"


def sent(code: str = "", system: str = V3, display: str = "", text: str = "") -> CodeableConcept:
    codings = (Coding(system=system, code=code, display=display),) if code or display else ()
    return CodeableConcept(coding=codings, text=text)


@pytest.mark.parametrize(
    ("concept", "flag", "as_sent"),
    [
        (sent("H", V3, "High"), Flag.HIGH, "High"),
        (sent("L", V2), Flag.LOW, "L"),
        (sent("HH"), Flag.CRITICAL_HIGH, "HH"),
        (sent("LL"), Flag.CRITICAL_LOW, "LL"),
        (sent("HU", display="Significantly high"), Flag.HIGH, "Significantly high"),
        (sent("A"), Flag.ABNORMAL, "A"),
        (sent("AA"), Flag.CRITICAL, "AA"),
        (sent("N", display="Normal"), Flag.NORMAL, "Normal"),
        (sent("R"), Flag.RESISTANT, "R"),
        (sent("I"), Flag.INTERMEDIATE, "I"),
        (sent("S"), Flag.SUSCEPTIBLE, "S"),
        (sent("POS"), Flag.POSITIVE, "POS"),
        (sent("NEG"), Flag.NEGATIVE, "NEG"),
        (sent("HI", LOCAL), Flag.HIGH, "HI"),
        (sent("LO", ""), Flag.LOW, "LO"),
        (sent("OR", LOCAL, "Outside reference range"), Flag.OUT_OF_RANGE, "Outside reference range"),
        (sent("PA", LOCAL), Flag.POTENTIALLY_ABNORMAL, "PA"),
        (sent(text="HI"), Flag.HIGH, "HI"),
        (sent(text="Potentially abnormal"), Flag.POTENTIALLY_ABNORMAL, "Potentially abnormal"),
        (sent("H", text="Above the range for her age"), Flag.HIGH, "Above the range for her age"),
    ],
)
def test_a_known_flag_is_known_by_its_code_or_its_words(concept: CodeableConcept, flag: Flag, as_sent: str) -> None:
    assert flags_of([concept]) == (SentFlag(flag, as_sent),)


@pytest.mark.parametrize(
    "concept",
    [
        sent("W", display="Worse"),
        sent("<", display="Off scale low"),
        sent("R", LOCAL, "Review"),  # R means resistant only where HL7 says so
        sent("H", LOCAL, "Haemolysed"),
        sent("N", "", "Not done"),
        sent(text="see comment"),
    ],
)
def test_a_flag_that_is_not_known_is_shown_in_the_laboratorys_words(concept: CodeableConcept) -> None:
    (flag,) = flags_of([concept])

    assert flag.flag is Flag.OTHER
    assert flag.as_sent


def test_no_flag_is_no_flag() -> None:
    assert flags_of([]) == ()
    assert flags_of([CodeableConcept()]) == ()


def test_several_flags_are_all_kept_in_their_order() -> None:
    assert [one.flag for one in flags_of([sent("HH"), sent("A"), sent(text="see comment")])] == [
        Flag.CRITICAL_HIGH,
        Flag.ABNORMAL,
        Flag.OTHER,
    ]


def test_two_codings_that_contradict_each_other_are_two_flags() -> None:
    both = CodeableConcept(coding=(Coding(system=V3, code="N"), Coding(system=V2, code="H")))

    assert {one.flag for one in flags_of([both])} == {Flag.NORMAL, Flag.HIGH}


def test_one_flag_in_two_code_systems_is_one() -> None:
    both = CodeableConcept(coding=(Coding(system=V3, code="H"), Coding(system=LOCAL, code="HI")), text="High")

    assert flags_of([both]) == (SentFlag(Flag.HIGH, "High"),)
