"""Susceptibilities go into a table by structure alone; every finding stands once, in the table or in the rest."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import BARNSLEY, a_report, a_result
from viewer.clinical.microbiology import (
    Cultures,
    has_susceptibilities,
    is_microbiology,
    letters_of,
    read_cultures,
)
from viewer.clinical.report import Absent, Code, Flag, NoValue, Result, SentFlag, Unreadable, Words

SECTION = "http://terminology.hl7.org/CodeSystem/v2-0074"
LETTERS = (Flag.SUSCEPTIBLE, Flag.INTERMEDIATE, Flag.RESISTANT)


def an_antibiotic(drug: str, letter: str, id_: str, **fields: object) -> Result:
    flag = SentFlag(Flag(letter), letter)
    return replace(a_result(drug, Words(letter), id_=id_), codes=(Code("", drug),), flags=(flag,), **fields)


def group(name: str, id_: str, *members: Result | Unreadable, organism: str = "") -> Result:
    return a_result(name, Words(organism) if organism else NoValue(), id_=id_, members=members)


GROWTH = a_result("Growth", Words(">10^5"), id_="growth")
COLI = group(
    "Organism",
    "coli",
    GROWTH,
    an_antibiotic("Amoxicillin", "R", "1"),
    an_antibiotic("Gentamicin", "S", "2"),
    organism="E. coli",
)
PSEUDOMONAS = group("Organism", "pseudo", an_antibiotic("Gentamicin", "I", "3"), organism="P. aeruginosa")


def test_organisms_stand_side_by_side_and_an_antibiotic_once() -> None:
    cultures = read_cultures((group("Urine culture", "u", COLI, PSEUDOMONAS),))

    assert [one.group.value for one in cultures.isolates] == [Words("E. coli"), Words("P. aeruginosa")]
    assert [(one.name, [[cell.id for cell in cells] for cells in one.by_isolate]) for one in cultures.antibiotics] == [
        ("Amoxicillin", [["Observation/1"], []]),
        ("Gentamicin", [["Observation/2"], ["Observation/3"]]),
    ]


def test_a_group_that_holds_more_stays_where_it_was_sent_and_one_that_holds_no_more_is_its_column() -> None:
    cultures = read_cultures((group("Urine culture", "u", COLI, PSEUDOMONAS),))

    (whole,) = cultures.rest
    assert isinstance(whole, Result)
    assert whole.members == (replace(COLI, members=(GROWTH,)),)
    assert [(one.listed, one.group.id) for one in cultures.isolates] == [
        (True, "Observation/coli"),
        (False, "Observation/pseudo"),
    ]


def test_the_groups_around_an_isolate_are_known_outermost_first() -> None:
    broth = group("Broth dilution", "broth", an_antibiotic("Oxacillin", "S", "1"))
    disk = group("Disk diffusion", "disk", an_antibiotic("Oxacillin", "S", "2"))

    cultures = read_cultures((group("Staphylococcus aureus panel", "panel", broth, disk),))

    assert [[one.name for one in isolate.within] for isolate in cultures.isolates] == [
        ["Staphylococcus aureus panel"],
        ["Staphylococcus aureus panel"],
    ]
    assert [one.name for one in cultures.antibiotics] == ["Oxacillin"]


@pytest.mark.parametrize(
    "findings",
    [
        (an_antibiotic("Gentamicin", "S", "1"),),  # in no group: nobody says what it was tested on
        (group("Gram film", "g", a_result("Seen", Words("S. aureus?"), id_="1")),),  # no letter
        (group("Sensitivities", "g", a_result("Gentamicin", Words("S"), id_="1")),),  # the letter is its value, no flag
        (group("Culture", "g", Unreadable(BARNSLEY, "Observation", "9", "its value is a list")),),
    ],
)
def test_what_does_not_fit_stays_in_the_ordinary_list(findings: tuple[Result, ...]) -> None:
    assert read_cultures(findings) == Cultures(findings)


@pytest.mark.parametrize(
    "member",
    [
        a_result("MIC", id_="2"),
        an_antibiotic("MIC", "R", "2"),
        Unreadable(BARNSLEY, "Observation", "1#range", "its range has no number"),
    ],
)
def test_a_susceptibility_with_findings_of_its_own_is_in_the_table_with_them(member: Result | Unreadable) -> None:
    whole = an_antibiotic("Gentamicin", "R", "1", members=(member,))

    cultures = read_cultures((group("Organism", "g", an_antibiotic("Amoxicillin", "S", "3"), whole),))

    (isolate,) = cultures.isolates
    assert whole in isolate.susceptibilities
    assert cultures.rest == ()


def test_an_isolate_knows_what_else_its_group_holds() -> None:
    unreadable = Unreadable(BARNSLEY, "Observation", "9", "its value is a list", name="Ciprofloxacin")
    lettered = a_result("Ciprofloxacin", Words("R"), id_="8")

    (isolate,) = read_cultures((group("Organism", "g", lettered, an_antibiotic("A", "S", "1"), unreadable),)).isolates

    assert isolate.others == (lettered, unreadable)


def test_two_antibiotics_of_one_name_and_two_codes_have_a_line_each() -> None:
    other = replace(an_antibiotic("Gentamicin", "S", "9"), codes=(Code("", "GENT-HIGH"),))

    cultures = read_cultures((group("Organism", "g", an_antibiotic("Gentamicin", "R", "1"), other),))

    assert [one.name for one in cultures.antibiotics] == ["Gentamicin", "Gentamicin"]


@pytest.mark.parametrize(("code", "display", "expected"), [
    ("MB", "", True), ("vr", "", True), ("", "Microbiology", True), ("CH", "Chemistry", False), ("SP", "", False),
])  # fmt: skip
def test_a_report_is_microbiology_where_its_trust_files_it_there(code: str, display: str, expected: bool) -> None:
    assert is_microbiology(a_report(categories=(Code(SECTION, code, display),))) is expected


def test_a_report_with_susceptibilities_is_microbiology_wherever_it_is_filed() -> None:
    assert is_microbiology(a_report(categories=(Code(SECTION, "LAB"),), results=(COLI,)))
    assert not is_microbiology(a_report(categories=(Code(SECTION, "LAB"),)))


# ── Nothing vanishes ─────────────────────────────────────────────────────────────────────────────

flags = st.lists(st.sampled_from([*LETTERS, Flag.HIGH, Flag.POSITIVE]), max_size=2).map(
    lambda chosen: tuple(SentFlag(one, one.value) for one in chosen)
)
values = st.sampled_from([NoValue(), Words("E. coli"), Words("R"), Absent("")])
leaves = st.builds(
    lambda name, value, sent: a_result(name, value, id_=name, flags=sent), st.sampled_from("ABC"), values, flags
)
torn = st.just(Unreadable(BARNSLEY, "Observation", "9", "its value is a list"))
findings_ = st.recursive(
    leaves | torn,
    lambda inner: st.builds(
        lambda name, value, sent, members: a_result(name, value, id_=name, flags=sent, members=tuple(members)),
        st.sampled_from("GH"),
        values,
        flags,
        st.lists(inner, max_size=4),
    ),
    max_leaves=12,
)


def alone(one: Result | Unreadable) -> Result | Unreadable:
    return one if isinstance(one, Unreadable) else replace(one, members=())


def every(results: Iterable[Result | Unreadable]) -> Iterator[Result | Unreadable]:
    for one in results:
        yield alone(one)
        if isinstance(one, Result):
            yield from every(one.members)


@given(st.lists(findings_, max_size=4).map(tuple))
def test_every_finding_stands_exactly_once_in_the_table_or_in_the_rest_law_2(
    sent: tuple[Result | Unreadable, ...],
) -> None:
    cultures = read_cultures(sent)

    cells = [cell for line in cultures.antibiotics for found in line.by_isolate for cell in found]
    heads = [one.group for one in cultures.isolates if not one.listed]
    assert Counter([*every(cultures.rest), *every(cells), *heads]) == Counter(every(sent))


@given(st.lists(findings_, max_size=4).map(tuple))
def test_what_is_flagged_in_a_group_is_in_the_table_and_is_never_an_isolate(
    sent: tuple[Result | Unreadable, ...],
) -> None:
    cultures = read_cultures(sent)

    assert not any(map(letters_of, (one.group for one in cultures.isolates)))
    for one in cultures.rest:
        if isinstance(one, Result) and not letters_of(one):
            assert not has_susceptibilities(one.members)
