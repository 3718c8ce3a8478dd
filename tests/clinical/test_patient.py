"""Who is who: a record is read as it was sent, and two are one person only on proof."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.answer import Trust
from tests.builders import (
    A_NUMBER,
    ANOTHER_NUMBER,
    BARNSLEY,
    CHESTERFIELD,
    NHS_NUMBER,
    ROTHERHAM,
    SHEFFIELD,
    VERIFICATION,
    a_concept,
    a_patient,
    a_patient_resource,
    broken,
    received,
)
from viewer.clinical.nhs_number import NHSNumber
from viewer.clinical.patient import (
    Disagreement,
    Name,
    Patient,
    Verification,
    disagreement,
    group_into_persons,
    is_restricted,
    read_patient,
)
from viewer.clinical.report import Unreadable

HOSPITAL_NUMBERS = "https://fhir.sandbox.example/barnsley/hospital-number"


def read(**fields: Any) -> Patient:
    patient = read_patient(received(a_patient_resource(**fields)), BARNSLEY, HOSPITAL_NUMBERS)
    assert isinstance(patient, Patient)
    return patient


# ── Reading a record ─────────────────────────────────────────────────────────────────────────────


def test_a_record_is_read_as_it_was_sent() -> None:
    patient = read(
        address=[
            {"use": "old", "postalCode": "S1 1AA"},
            {"use": "home", "line": ["1 High St"], "postalCode": "S75 2EP"},
        ],
        generalPractitioner=[
            {"identifier": {"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "Y99001"}}
        ],
        identifier=[
            {"system": NHS_NUMBER, "value": "999 123 4578"},
            {"system": HOSPITAL_NUMBERS, "value": "BHN0042"},
        ],
    )

    assert patient.nhs_number == A_NUMBER
    assert (patient.name, patient.born, patient.gender) == (Name("Hargreaves", ("Walter",), "Mr"), "1944-03-09", "male")
    assert (patient.postcode, patient.address) == ("S75 2EP", ("1 High St",))
    assert (patient.practice, patient.hospital_number) == ("Y99001", "BHN0042")


@pytest.mark.parametrize(("code", "verification"), [("01", Verification.VERIFIED), ("02", Verification.NOT_VERIFIED)])
def test_how_far_a_number_is_verified_is_kept(code: str, verification: Verification) -> None:
    extension = {"url": VERIFICATION, "valueCodeableConcept": a_concept(code=code, system="urn:status")}
    identifier = {"system": NHS_NUMBER, "value": A_NUMBER.digits}

    assert read(identifier=[identifier | {"extension": [extension]}]).verification is verification
    assert read(identifier=[identifier]).verification is Verification.UNSTATED


def test_a_number_that_is_verified_in_one_system_and_not_in_another_is_not_verified() -> None:
    codings = [{"system": "urn:a", "code": "01"}, {"system": "urn:b", "code": "03"}]
    extension = {"url": VERIFICATION, "valueCodeableConcept": {"coding": codings}}

    patient = read(identifier=[{"system": NHS_NUMBER, "value": A_NUMBER.digits, "extension": [extension]}])

    assert patient.verification is Verification.NOT_VERIFIED


def test_a_number_that_is_none_is_said_to_be_none() -> None:
    patient = read(identifier=[{"system": NHS_NUMBER, "value": "9991234579"}])

    assert patient.nhs_number is None
    assert patient.problems == ("its NHS number is not valid",)


def test_an_old_number_is_not_the_patients_number() -> None:
    patient = read(identifier=[{"use": "old", "system": NHS_NUMBER, "value": A_NUMBER.digits}])

    assert patient.nhs_number is None


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        (broken(a_patient_resource(gender=1)), "its “gender” is a number, where FHIR has a text"),
        (a_patient_resource(modifierExtension=[{"url": "x"}]), "it carries a modifierExtension that is not known here"),
        (
            a_patient_resource(
                identifier=[{"system": NHS_NUMBER, "value": one.digits} for one in (A_NUMBER, ANOTHER_NUMBER)]
            ),
            "it carries more than one NHS number",
        ),
    ],
)
def test_a_record_that_cannot_be_relied_on_is_unreadable(sent: dict[str, Any], problem: str) -> None:
    patient = read_patient(received(sent), BARNSLEY, "")

    assert isinstance(patient, Unreadable)
    assert (patient.trust, patient.kind, patient.id, patient.problem) == (BARNSLEY, "Patient", "1", problem)


@pytest.mark.parametrize(
    "spoil", [lambda sent: sent | {"gender": 1}, lambda sent: sent | {"modifierExtension": [{"url": "x"}]}]
)
@pytest.mark.parametrize(("code", "restricted"), [("R", True), ("V", True), ("N", False)])
def test_a_record_that_cannot_be_read_is_restricted_all_the_same(spoil: Any, code: str, restricted: bool) -> None:
    label = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": code}

    patient = read_patient(received(spoil(a_patient_resource(meta={"security": [label]}))), BARNSLEY, "")

    assert isinstance(patient, Unreadable)
    assert is_restricted(patient) is restricted


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ([{"use": "maiden", "family": "Old"}, {"use": "usual", "family": "New", "given": ["A"]}], Name("New", ("A",))),
        ([{"use": "nickname", "family": "X"}, {"use": "official", "family": "Y"}, {"family": "Z"}], Name("Y")),
        ([{"text": "SMITH, John"}], Name("SMITH, John")),
        ([], Name("")),
    ],
)
def test_the_name_shown_is_the_one_people_go_by(names: list[dict[str, Any]], shown: Name) -> None:
    assert read(name=names).name == shown


@pytest.mark.parametrize(
    ("fields", "died"),
    [
        ({"deceasedDateTime": "2026-10"}, "2026-10"),
        ({"deceasedBoolean": True}, "yes"),
        ({"deceasedBoolean": False}, ""),
        ({}, ""),
    ],
)
def test_a_death_is_as_exact_as_it_was_sent(fields: dict[str, Any], died: str) -> None:
    assert read(**fields).died == died


@pytest.mark.parametrize(
    ("label", "restricted"),
    [
        ({"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}, True),
        ({"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "V"}, True),
        ({"code": "R"}, True),
        ({"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "U"}, False),
        ({"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": " r "}, True),
        ({"system": "http://hl7.org/fhir/v3/Confidentiality", "code": "v"}, True),
        ({"system": "https://pas.example/CONFIDENTIALITY/", "code": "R"}, True),
        ({"system": "urn:oid:2.16.840.1.113883.5.25", "code": "R"}, True),
        ({"system": "https://pas.example/ward", "code": "R"}, False),
        ({"system": "urn:other", "code": "R"}, False),
    ],
)
def test_a_restricted_record_is_kept_and_marked(label: dict[str, str], restricted: bool) -> None:
    assert read(meta={"security": [label]}).restricted is restricted


def test_two_practices_are_no_practice() -> None:
    system = "https://fhir.nhs.uk/Id/ods-organization-code"
    both = [{"identifier": {"system": system, "value": code}} for code in ("Y99001", "Y99002")]

    assert read(generalPractitioner=both).practice == ""


# ── Are these two one person? ────────────────────────────────────────────────────────────────────

WALTER = a_patient()


@pytest.mark.parametrize(
    ("fields", "differing"),
    [
        ({}, ()),
        ({"name": Name("HARGREAVES", ("WALTER", "Edward"))}, ()),
        ({"name": Name("Hargreaves", ("W",))}, ()),
        ({"name": Name("Hargreaves", ("W.",))}, ()),
        ({"name": Name("Hargreaves", ("Walter Edward",))}, ()),
        ({"gender": "unknown"}, ()),
        ({"gender": ""}, ()),
        ({"verification": Verification.NOT_VERIFIED}, ()),
        ({"nhs_number": ANOTHER_NUMBER}, ("NHS number",)),
        ({"nhs_number": None}, ("NHS number",)),
        ({"name": Name("Hargreave", ("Walter",))}, ("family name",)),
        ({"name": Name("", ("Walter",))}, ("family name",)),
        ({"name": Name("Hargreaves", ("William",))}, ("given name",)),
        ({"name": Name("Hargreaves", ("Walt",))}, ("given name",)),
        ({"name": Name("Hargreaves", ("X",))}, ("given name",)),
        ({"name": Name("Hargreaves")}, ("given name",)),
        ({"born": "1944-09-03"}, ("date of birth",)),
        ({"born": "1944"}, ("date of birth",)),
        ({"born": ""}, ("date of birth",)),
        ({"gender": "female"}, ("gender",)),
        ({"gender": "other"}, ("gender",)),
        (
            {"name": Name("Oldroyd", ("Jean",)), "born": "", "gender": "female"},
            ("family name", "given name", "date of birth", "gender"),
        ),
    ],
)
def test_two_records_agree_or_the_fields_that_do_not_are_named(
    fields: dict[str, Any], differing: tuple[str, ...]
) -> None:
    other = a_patient(CHESTERFIELD, **fields)

    assert disagreement(WALTER, other) == differing
    assert disagreement(other, WALTER) == differing


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("O'Neill", "O’NEILL"),
        ("O'Neill", "ONeill"),
        ("Smith-Jones", "Smith Jones"),
        ("Smith‑Jones", "SMITHJONES"),
        ("Müller", "Muller"),
        ("Søndergaard", "Sondergaard"),
        ("Łukasz", "Lukasz"),
        ("Nuñez", "NUN\u0303EZ"),
        ("Straße", "STRASSE"),
    ],
)
def test_a_family_name_is_compared_without_case_accents_apostrophes_hyphens_and_spaces(one: str, other: str) -> None:
    assert disagreement(a_patient(name=Name(one, ("Walter",))), a_patient(name=Name(other, ("Walter",)))) == ()


def test_a_record_without_a_whole_birth_date_agrees_with_nobody_not_even_its_like() -> None:
    assert disagreement(a_patient(born="1944"), a_patient(CHESTERFIELD, born="1944")) == ("date of birth",)
    assert disagreement(a_patient(born="1944-02-31"), a_patient(born="1944-02-31")) == ("date of birth",)


# ── Grouping ─────────────────────────────────────────────────────────────────────────────────────


def test_records_that_agree_are_one_person() -> None:
    records = [a_patient(trust) for trust in (SHEFFIELD, BARNSLEY, ROTHERHAM)]

    (person,) = group_into_persons(records)

    assert person.nhs_number == A_NUMBER
    assert {record.trust for record in person.records} == {SHEFFIELD, BARNSLEY, ROTHERHAM}
    assert person.doubts == ()


def test_one_number_and_two_birth_dates_are_two_persons_who_doubt_each_other() -> None:
    persons = group_into_persons([a_patient(SHEFFIELD), a_patient(CHESTERFIELD, born="1944-09-03")])

    assert {(person.records[0].trust, person.doubts) for person in persons} == {
        (SHEFFIELD, (Disagreement(CHESTERFIELD, ("date of birth",)),)),
        (CHESTERFIELD, (Disagreement(SHEFFIELD, ("date of birth",)),)),
    }


def test_twins_with_one_number_between_them_are_two_persons() -> None:
    twins = [
        a_patient(trust, name=Name("Marsh", (given,)), born="2026-05-01")
        for trust, given in ((SHEFFIELD, "Theo"), (BARNSLEY, "Toby"))
    ]

    assert len(group_into_persons(twins)) == 2


def test_a_name_that_marriage_changed_is_a_doubt_that_is_shown() -> None:
    before, after = a_patient(SHEFFIELD, name=Name("Oakes", ("Jean",))), a_patient(name=Name("Holroyd", ("Jean",)))

    persons = group_into_persons([before, after])

    assert [person.doubts for person in persons] == [
        (Disagreement(SHEFFIELD, ("family name",)),),
        (Disagreement(BARNSLEY, ("family name",)),),
    ]


def test_a_record_that_agrees_with_two_who_contradict_each_other_joins_neither() -> None:
    initial = a_patient(BARNSLEY, name=Name("Hargreaves", ("J",)))
    james = a_patient(SHEFFIELD, name=Name("Hargreaves", ("James",)))
    jack = a_patient(ROTHERHAM, name=Name("Hargreaves", ("Jack",)))

    persons = group_into_persons([initial, james, jack])

    assert len(persons) == 3
    assert all(doubt.fields == ("given name",) for person in persons for doubt in person.doubts)
    assert all(len(person.doubts) == 2 for person in persons)


def test_records_without_a_number_never_join_and_are_named_as_close() -> None:
    unnumbered = a_patient(ROTHERHAM, nhs_number=None)

    persons = group_into_persons([a_patient(SHEFFIELD), unnumbered, a_patient(BARNSLEY, nhs_number=None, id="2")])

    assert [len(person.records) for person in persons] == [1, 1, 1]
    numbered = next(person for person in persons if person.nhs_number)
    assert set(numbered.doubts) == {Disagreement(ROTHERHAM, ("NHS number",)), Disagreement(BARNSLEY, ("NHS number",))}


def test_two_people_of_one_name_and_birthday_with_numbers_of_their_own_are_no_doubt() -> None:
    persons = group_into_persons([a_patient(SHEFFIELD), a_patient(SHEFFIELD, id="2", nhs_number=ANOTHER_NUMBER)])

    assert [person.doubts for person in persons] == [(), ()]


def test_a_number_that_is_not_verified_joins_and_says_so() -> None:
    untraced = a_patient(CHESTERFIELD, verification=Verification.NOT_VERIFIED)

    (person,) = group_into_persons([untraced, a_patient(SHEFFIELD)])

    assert [record.verification for record in person.records] == [Verification.VERIFIED, Verification.NOT_VERIFIED]


def test_the_dead_and_the_restricted_are_kept() -> None:
    (person,) = group_into_persons([a_patient(died="2026-10-01"), a_patient(SHEFFIELD, restricted=True)])

    assert [(record.died, record.restricted) for record in person.records] == [("2026-10-01", False), ("", True)]


def test_what_is_shown_is_never_altered_by_the_comparison() -> None:
    accented = a_patient(SHEFFIELD, name=Name("O’Neill-Søe", ("Zoë",)))
    plain = a_patient(CHESTERFIELD, name=Name("ONEILL SOE", ("ZOE",)))

    (person,) = group_into_persons([accented, plain])

    assert {record.name.family for record in person.records} == {"O’Neill-Søe", "ONEILL SOE"}


records = st.builds(
    a_patient,
    st.sampled_from([BARNSLEY, CHESTERFIELD, ROTHERHAM, SHEFFIELD]),
    id=st.sampled_from(["1", "2"]),
    nhs_number=st.sampled_from([A_NUMBER, A_NUMBER, ANOTHER_NUMBER, None]),
    name=st.builds(
        Name, st.sampled_from(["Oakes", "OAKES", "Smith", ""]), st.sampled_from([("James",), ("J",), ("Jack",), ()])
    ),
    born=st.sampled_from(["1944-03-09", "1944-03-09", "1944"]),
    gender=st.sampled_from(["male", "female", ""]),
    verification=st.sampled_from(Verification),
)


@given(st.lists(records, max_size=7), st.randoms(use_true_random=False))
def test_the_order_in_which_trusts_answer_never_changes_who_is_who(sent: list[Patient], order: Any) -> None:
    shuffled = [*sent, *sent]
    order.shuffle(shuffled)

    assert group_into_persons(shuffled) == group_into_persons(sent)


@given(st.lists(records, max_size=7))
def test_everybody_in_a_person_agrees_with_everybody_else_in_it(sent: list[Patient]) -> None:
    persons = group_into_persons(sent)

    assert sorted(map(repr, (record for person in persons for record in person.records))) == sorted(
        map(repr, set(sent))
    )
    for person in persons:
        assert all(disagreement(one, other) == () for one, other in permutations(person.records, 2))
        assert all(doubt.fields for doubt in person.doubts)


@given(st.lists(records, max_size=6))
def test_every_other_record_of_the_same_number_is_a_doubt_by_its_trust(sent: list[Patient]) -> None:
    for person in group_into_persons(sent):
        others = {one.trust for one in sent if one.nhs_number == person.nhs_number and one not in person.records}

        assert isinstance(person.nhs_number, NHSNumber | None)
        assert person.nhs_number is None or others <= {doubt.trust for doubt in person.doubts}


# ── The rule, told slowly ────────────────────────────────────────────────────────────────────────


def grouped_one_by_one(patients: list[Patient]) -> set[frozenset[Patient]]:
    """Rules 1 to 3 of `group_into_persons`, with every record held against every other."""
    everybody = set(patients)
    agreeing = {
        one: frozenset(other for other in everybody if one == other or not disagreement(one, other))
        for one in everybody
    }
    return {frozenset(other for other in everybody if agreeing[other] == agreeing[one]) for one in everybody}


def doubted_one_by_one(records: tuple[Patient, ...], patients: list[Patient]) -> set[Trust]:
    """The trusts of which another person's record comes close to the one shown."""
    shown = records[0]
    others = set(patients) - set(records)
    by_number = {one.trust for one in others if shown.nhs_number and one.nhs_number == shown.nhs_number}
    unnumbered = {one for one in others if not (shown.nhs_number and one.nhs_number)}
    return by_number | {one.trust for one in unnumbered if disagreement(shown, one) == ("NHS number",)}


many_patients = st.lists(
    st.builds(
        a_patient,
        st.sampled_from([BARNSLEY, SHEFFIELD]),
        id=st.sampled_from("123"),
        nhs_number=st.sampled_from([A_NUMBER, A_NUMBER, A_NUMBER, ANOTHER_NUMBER, None]),
        name=st.builds(
            Name,
            st.sampled_from(["Marsh", "MARSH", "Oakes", ""]),
            st.sampled_from([("Theo",), ("T",), ("Toby",), ("THEO", "J"), ("Theo J",), ()]),
        ),
        born=st.sampled_from(["2026-05-01", "2026-05-02", "2026"]),
        gender=st.sampled_from(["male", "female", "unknown", ""]),
    ),
    max_size=9,
)


@given(many_patients)
def test_records_are_grouped_and_doubted_as_if_each_was_held_against_each(patients: list[Patient]) -> None:
    persons = group_into_persons(patients)

    assert {frozenset(person.records) for person in persons} == grouped_one_by_one(patients)
    for person in persons:
        assert {doubt.trust for doubt in person.doubts} == doubted_one_by_one(person.records, patients)


@pytest.mark.parametrize("fields", [{}, {"born": "1944"}])
def test_five_thousand_records_under_one_number_are_survived(fields: dict[str, Any]) -> None:
    persons = group_into_persons(a_patient(id=str(number), **fields) for number in range(5000))

    assert sum(len(person.records) for person in persons) == 5000
