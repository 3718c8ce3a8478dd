"""Flags are what the laboratory sent. None sent is none, and never normal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


def both(*codings: tuple[str, str, str], text: str = "") -> CodeableConcept:
    return CodeableConcept(coding=tuple(Coding(system=a, code=b, display=c) for a, b, c in codings), text=text)


def test_two_codings_that_contradict_each_other_are_two_flags() -> None:
    assert flags_of([both((V3, "L", ""), (V2, "H", ""))]) == (SentFlag(Flag.LOW, "L"), SentFlag(Flag.HIGH, "H"))


@pytest.mark.parametrize(
    ("concept", "said"),
    [
        (sent("N", text="ABNORMAL"), [(Flag.OTHER, "N"), (Flag.ABNORMAL, "ABNORMAL")]),
        (sent("N", text="see comment"), [(Flag.OTHER, "see comment; N")]),
        (sent("N", display="Normal", text="see comment"), [(Flag.OTHER, "see comment; Normal")]),
        (sent("N", display="Abnormal"), [(Flag.OTHER, "N"), (Flag.ABNORMAL, "Abnormal")]),
        (sent("N", display="Not done"), [(Flag.OTHER, "Not done")]),
        (both((V3, "N", ""), (LOCAL, "PANIC", "Panic value")), [(Flag.OTHER, "N"), (Flag.OTHER, "Panic value")]),
        (both((V3, "N", ""), (LOCAL, "PANIC", ""), text="Normal"), [(Flag.OTHER, "Normal"), (Flag.OTHER, "PANIC")]),
        (both((V3, "N", ""), (V2, "H", "")), [(Flag.OTHER, "N"), (Flag.HIGH, "H")]),
        (both((LOCAL, "PANIC", ""), text="Normal"), [(Flag.OTHER, "PANIC"), (Flag.OTHER, "Normal")]),
    ],
)
def test_nothing_is_normal_of_which_anything_else_was_said(
    concept: CodeableConcept, said: list[tuple[Flag, str]]
) -> None:
    found = [(one.flag, one.as_sent) for one in flags_of([concept])]

    assert sorted(one for pair in found for one in pair[1].split("; ")) == sorted(
        one for pair in said for one in pair[1].split("; ")
    )
    assert {flag for flag, _ in found} == {flag for flag, _ in said}


def test_a_value_called_normal_in_one_concept_and_something_else_in_another_is_not_normal() -> None:
    assert flags_of([sent("N"), sent("A")]) == (SentFlag(Flag.OTHER, "N"), SentFlag(Flag.ABNORMAL, "A"))


@pytest.mark.parametrize("display", ["", "Normal", "Normal (applies to non-numeric results)"])
def test_normal_in_as_many_words_is_normal(display: str) -> None:
    (flag,) = flags_of([both((V3, "N", display), (V2, "N", ""), text="Normal")])

    assert flag.flag is Flag.NORMAL


@pytest.mark.parametrize(
    ("concept", "said"),
    [
        (sent("H", text="Critically high - telephoned 10:40"), {"Critically high - telephoned 10:40"}),
        (sent("H", display="Very high", text="Telephoned"), {"Telephoned; Very high"}),
        (sent("HU"), {"HU"}),
        (sent("LU", text="Telephoned"), {"Telephoned; LU"}),
        (both((V3, "H", "High"), (LOCAL, "PANIC", "Panic value"), text="High"), {"High", "Panic value"}),
        (both((V3, "H", "High"), (LOCAL, "", "Above reference limit")), {"High"}),  # the flag says it
        (sent("7", LOCAL, text="High"), {"High"}),
    ],
)
def test_every_word_that_says_more_than_the_flag_is_kept(concept: CodeableConcept, said: set[str]) -> None:
    assert {one.as_sent for one in flags_of([concept])} == said


words = st.sampled_from(["", "Normal", "ABNORMAL", "High", "see comment", "Panic value"])
SAID_BY = {"Normal": Flag.NORMAL, "High": Flag.HIGH, "ABNORMAL": Flag.ABNORMAL}
codings = st.tuples(st.sampled_from([V3, V2, LOCAL, ""]), st.sampled_from(["N", "H", "HU", "PANIC", ""]), words)


@given(st.lists(st.builds(lambda many, text: both(*many, text=text), st.lists(codings, max_size=3), words), max_size=3))
def test_no_word_is_lost_and_none_but_normal_is_normal(concepts: list[CodeableConcept]) -> None:
    flags = flags_of(concepts)

    said = " | ".join(one.as_sent for one in flags).casefold()
    for word in {one for concept in concepts for one in (concept.text, *(each.display for each in concept.coding))}:
        same = {SAID_BY.get(word)} | ({Flag.OTHER} if word == "Normal" and "n" in said.split(" | ") else set())
        assert word.casefold() in said or same & {one.flag for one in flags}
    others = {one.code for concept in concepts for one in concept.coding if not one.display} - {"N", ""}
    others |= {one for concept in concepts for one in (concept.text, *(each.display for each in concept.coding))}
    if others - {"", "Normal"}:
        assert Flag.NORMAL not in {one.flag for one in flags}


def test_one_flag_in_two_code_systems_is_one() -> None:
    concept = both((V3, "H", ""), (LOCAL, "HI", ""), text="High")

    assert flags_of([concept]) == (SentFlag(Flag.HIGH, "High"),)
