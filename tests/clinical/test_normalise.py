"""What a trust sends becomes Reports: every value in its place, every oddity survived, and nothing left out."""

from dataclasses import replace
from typing import Any

import pytest

from connectors.answer import Kind, Received
from tests.builders import (
    SHEFFIELD,
    Json,
    a_concept,
    a_group,
    a_laboratory_report,
    a_quantity,
    a_radiology_report,
    a_reference,
    a_request,
    a_specimen,
    a_study,
    all_received,
    an_observation,
    broken,
    number,
    received,
)
from viewer.clinical.content import content_of
from viewer.clinical.merge import merge
from viewer.clinical.normalise import Normalised, normalise
from viewer.clinical.report import Absent, Amount, NoValue, Report, Result, Status, TakenFrom, Unreadable, Words

REPLACES = "http://hl7.org/fhir/StructureDefinition/diagnosticReport-replaces"


def normalised(*resources: Json) -> Normalised:
    return normalise(SHEFFIELD, all_received(*resources))


def the_report(*resources: Json) -> Report:
    (report,) = normalised(*resources).reports
    return report


def shape(results: Any) -> list[Any]:
    """Names only: ["Potassium", ("FBC", ["Hb"]), "!reason"]."""
    return [
        f"!{one.problem}"
        if isinstance(one, Unreadable)
        else (one.name, shape(one.members))
        if one.members
        else one.name
        for one in results
    ]


def results_of(*resources: Json) -> list[Any]:
    return shape(the_report(*resources).results)


# ── A plain laboratory report ────────────────────────────────────────────────────────────────────


def test_a_uk_core_report_is_one_row_with_everything_the_laboratory_said() -> None:
    potassium = an_observation(
        "1",
        "Potassium",
        valueQuantity=a_quantity("6.10", "mmol/L"),
        interpretation=[a_concept(code="HI", system="urn:nhs")],
        referenceRange=[{"low": a_quantity("3.5"), "high": a_quantity("5.3")}],
        note=[{"text": "Not haemolysed."}, {"text": "Telephoned 10:05."}],
        specimen={"reference": "Specimen/1"},
    )
    report = the_report(
        a_laboratory_report(
            "7",
            potassium,
            identifier=[{"system": "urn:lab", "value": "26B100"}],
            meta={"versionId": "2", "lastUpdated": "2026-11-20T10:00:01Z"},
            specimen=[{"reference": "Specimen/1"}],
            basedOn=[{"reference": "ServiceRequest/1"}],
            performer=[{"display": "Blood Sciences"}],
            conclusion="High potassium.",
        ),
        potassium,
        a_specimen("1"),
        a_request("1", "U&E", requester={"display": "Dr P Requester"}),
    )

    assert (report.id, report.kind, report.title) == ("DiagnosticReport/7", Kind.LABORATORY, "Potassium")
    assert (report.status, report.version, report.updated) == (Status.FINAL, "2", "2026-11-20T10:00:01Z")
    assert report.taken is not None
    assert (report.taken.as_sent, report.taken_from) == ("2026-11-20T08:30:00+00:00", TakenFrom.SPECIMEN)
    assert (report.performers, report.requester, report.conclusion) == (
        ("Blood Sciences",),
        "Dr P Requester",
        "High potassium.",
    )
    (result,) = report.results
    assert isinstance(result, Result)
    assert result.value == Amount("6.10", unit="mmol/L")
    assert [flag.flag.value for flag in result.flags] == ["HI"]
    assert result.notes == ("Not haemolysed.", "Telephoned 10:05.")
    assert result.ranges[0].high == Amount("5.3")
    assert set(report.parts) == {"DiagnosticReport/7", "Observation/1", "Specimen/1", "ServiceRequest/1"}


@pytest.mark.parametrize(
    ("sent", "status"),
    [("preliminary", Status.PRELIMINARY), ("entered-in-error", Status.ENTERED_IN_ERROR), ("done", Status.UNKNOWN)],
)
def test_a_status_that_is_not_fhirs_is_unknown_and_kept_as_sent(sent: str, status: Status) -> None:
    report = the_report(a_laboratory_report(status=sent))

    assert (report.status, report.status_as_sent) == (status, sent)


# ── Titles and kinds ─────────────────────────────────────────────────────────────────────────────

SODIUM = an_observation("2", "Sodium")


@pytest.mark.parametrize(
    ("title", "resources"),
    [
        ("Potassium", [a_laboratory_report("7", "Observation/1"), an_observation("1")]),
        (
            "U&E",
            [a_laboratory_report("7", "Observation/g"), a_group("g", "U&E", "Observation/1"), an_observation("1")],
        ),
        (
            "U&E, LFT",
            [
                a_laboratory_report("7", "Observation/g", "Observation/h"),
                a_group("g", "U&E", SODIUM),
                a_group("h", "LFT", SODIUM),
                SODIUM,
            ],
        ),
        (
            "Kidneys",
            [
                a_laboratory_report("7", "Observation/1", SODIUM, basedOn=[{"reference": "ServiceRequest/1"}]),
                an_observation("1"),
                SODIUM,
                a_request("1", "Kidneys"),
            ],
        ),
        ("Potassium, Sodium", [a_laboratory_report("7", "Observation/1", SODIUM), an_observation("1"), SODIUM]),
        (
            "Sodium",
            [a_laboratory_report("7", SODIUM, code=a_concept(code="721981007", display="Laboratory record")), SODIUM],
        ),
        ("My panel", [a_laboratory_report("7", SODIUM, code=a_concept("My panel", "721981007")), SODIUM]),
        ("Full blood count", [a_laboratory_report("7", code=a_concept(code="26604007", display="Full blood count"))]),
        ("Diagnostic studies report", [a_laboratory_report("7")]),
        ("Name not sent", [a_laboratory_report("7", code=None, category=[])]),
        (
            "CT chest with contrast",
            [
                a_radiology_report(
                    basedOn=[{"reference": "ServiceRequest/1"}], imagingStudy=[{"reference": "ImagingStudy/1"}]
                ),
                a_request("1", "CT chest with contrast"),
                a_study("1"),
            ],
        ),
        (
            "CT Chest Scan",
            [a_radiology_report(basedOn=[{"reference": "ServiceRequest/absent", "display": "CT Chest Scan"}])],
        ),
        ("CT chest", [a_radiology_report(imagingStudy=[{"reference": "ImagingStudy/1"}]), a_study("1")]),
        ("Radiology studies report", [a_radiology_report()]),
    ],
)
def test_a_title_is_what_people_call_the_report_and_the_fixed_code_only_when_nothing_else_is_left(
    title: str, resources: list[Json]
) -> None:
    assert the_report(*resources).title == title


@pytest.mark.parametrize(
    ("category", "kind", "stated"),
    [
        ([a_concept(code="LAB", system="v2-0074")], Kind.LABORATORY, True),
        ([a_concept(code="HM", system="v2-0074")], Kind.LABORATORY, True),
        ([a_concept(code="MB", system="v2-0074")], Kind.LABORATORY, True),
        ([a_concept(code="RAD", system="v2-0074")], Kind.RADIOLOGY, True),
        ([a_concept(code="CT", system="v2-0074")], Kind.RADIOLOGY, True),
        ([a_concept("Imaging")], Kind.RADIOLOGY, True),
        ([a_concept("Radiology")], Kind.RADIOLOGY, True),
        ([a_concept(code="394914008"), a_concept("Something")], Kind.RADIOLOGY, True),
        ([a_concept("Cardiology")], Kind.LABORATORY, False),
    ],
)
def test_the_kind_is_what_the_categories_say_and_marked_when_they_do_not(
    category: list[Json], kind: Kind, stated: bool
) -> None:
    report = the_report(a_laboratory_report(category=category))

    assert (report.kind, report.kind_stated) == (kind, stated)


def test_without_a_category_the_reports_own_code_says_what_kind_it_is() -> None:
    assert the_report(a_radiology_report(category=[])).kind is Kind.RADIOLOGY


@pytest.mark.parametrize("letters", ["MG", "CR", "RF", "PT", "CT", "MR", "US", "NM", "IO", "SR", "CH"])
def test_a_reports_own_code_of_a_few_letters_is_a_test_and_says_nothing_of_its_kind(letters: str) -> None:
    for code in (a_concept(code=letters, system="https://lab.example/code", display=letters), a_concept(letters)):
        report = the_report(a_laboratory_report(category=[], code=code))

        assert (report.kind, report.kind_stated) == (Kind.LABORATORY, False)


@pytest.mark.parametrize("letters", ["CT", "MR", "MG"])
def test_letters_of_a_modality_say_radiology_under_the_system_of_modalities_and_among_categories(letters: str) -> None:
    modality = a_concept(code=letters, system="http://dicom.nema.org/resources/ontology/DCM")
    local = a_concept(code=letters, system="https://ris.example/section")

    for fields in ({"category": [], "code": modality}, {"category": [local]}):
        assert the_report(a_laboratory_report(**fields)).kind is Kind.RADIOLOGY


# ── When it was taken ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("resources", "taken", "taken_from"),
    [
        (
            [a_laboratory_report(specimen=[a_reference("Specimen/1")], effectiveDateTime="2026-11-18"), a_specimen()],
            "2026-11-20T08:30:00+00:00",
            TakenFrom.SPECIMEN,
        ),
        (
            [
                a_laboratory_report("7", "Observation/1"),
                an_observation("1", specimen=a_reference("Specimen/1")),
                a_specimen("1", "2026-11-17"),
            ],
            "2026-11-17",
            TakenFrom.SPECIMEN,
        ),
        (
            [
                a_laboratory_report(specimen=[a_reference("Specimen/1"), a_reference("Specimen/2")]),
                a_specimen("1", "2026-11-20"),
                a_specimen("2", "2026-11-19"),
            ],
            "2026-11-19",
            TakenFrom.SPECIMEN,
        ),
        ([a_laboratory_report(effectiveDateTime="2026-11")], "2026-11", TakenFrom.EFFECTIVE),
        (
            [a_laboratory_report("7", "Observation/1"), an_observation("1", effectiveInstant="2026-11-18T10:00:00Z")],
            "2026-11-18T10:00:00Z",
            TakenFrom.EFFECTIVE,
        ),
        (
            [a_radiology_report(imagingStudy=[a_reference("ImagingStudy/1")]), a_study("1")],
            "2026-11-19T09:00:00+00:00",
            TakenFrom.IMAGED,
        ),
        (
            [
                a_laboratory_report(specimen=[a_reference("Specimen/1")]),
                a_specimen("1", "", receivedTime="2026-11-20T09:00:00Z"),
            ],
            "2026-11-20T09:00:00Z",
            TakenFrom.RECEIVED,
        ),
        ([a_laboratory_report()], "2026-11-20T10:00:00+00:00", TakenFrom.ISSUED),
        ([a_laboratory_report(issued="")], None, TakenFrom.NOTHING),
    ],
)
def test_a_report_is_placed_by_when_it_was_taken_or_by_the_next_best_and_says_which(
    resources: list[Json], taken: str | None, taken_from: TakenFrom
) -> None:
    report = the_report(*resources)

    assert (report.taken.as_sent if report.taken else None, report.taken_from) == (taken, taken_from)


def test_a_result_speaks_of_when_its_specimen_was_taken() -> None:
    timed = an_observation("1", specimen=a_reference("Specimen/1"), effectiveDateTime="2026-11-18")

    (result,) = the_report(a_laboratory_report("7", timed), timed, a_specimen("1", "2026-11-17")).results

    assert isinstance(result, Result)
    assert result.taken is not None
    assert (result.taken.as_sent, result.specimen) == ("2026-11-17", "Specimen/1")


def test_a_time_that_does_not_exist_is_not_guessed_and_its_problem_is_shown() -> None:
    report = the_report(
        a_laboratory_report(specimen=[a_reference("Specimen/1")], issued="2026-02-31T10:00:00Z"),
        a_specimen("1", "2026-02-30"),
    )

    assert report.taken_from is TakenFrom.NOTHING
    assert report.specimens[0].collected is None
    assert shape(report.results) == [
        "!collected: “2026-02-30” is not a day of the calendar",
        "!issued: “2026-02-31T10:00:00Z” is not a time of the calendar",
    ]


def test_a_time_without_its_zone_says_so() -> None:
    report = the_report(a_laboratory_report(effectiveDateTime="2026-07-01T10:00:00"))

    assert report.taken is not None
    assert report.taken.zoned is False


# ── Groups, however they are nested ──────────────────────────────────────────────────────────────


def test_groups_in_groups_stay_as_they_are() -> None:
    assert results_of(
        a_laboratory_report("7", "Observation/culture"),
        a_group("culture", "Blood culture", "Observation/organism"),
        a_group("organism", "E. coli", "Observation/1", "Observation/2"),
        an_observation("1", "Amoxicillin"),
        an_observation("2", "Gentamicin"),
    ) == [("Blood culture", [("E. coli", ["Amoxicillin", "Gentamicin"])])]


def test_what_a_group_names_is_not_shown_a_second_time_beside_it() -> None:
    assert results_of(
        a_laboratory_report("7", "Observation/1", "Observation/g", "Observation/2", "Observation/3"),
        a_group("g", "FBC", "Observation/1", "Observation/2"),
        *(an_observation(id_, f"Result {id_}") for id_ in "123"),
    ) == [("FBC", ["Result 1", "Result 2"]), "Result 3"]


def test_thousands_of_reports_that_all_name_one_large_group_stay_small_and_each_result_is_shown() -> None:
    members = [an_observation(str(place)) for place in range(1000)]
    group = a_group("g", "Everything", *members)
    reports = [a_laboratory_report(str(place), "Observation/g", "Observation/own") for place in range(1000)]

    pile = normalised(*members, group, *reports, an_observation("own"))

    assert len(pile.reports) == 1000
    assert sum(len(report.parts) for report in pile.reports) < 40_000
    assert {f"Observation/{place}" for place in range(1000)} <= {
        name for report in pile.reports for name in report.parts
    }
    assert shape(pile.reports[-1].results)[0] == "!it is named by too many reports; another one shows it"


def test_a_request_that_names_too_many_studies_names_none_of_them() -> None:
    asked: Json = {"basedOn": [a_reference("ServiceRequest/1")]}
    studies = [a_study(str(place), **asked) for place in range(30)]

    reports = normalised(a_radiology_report(**asked), *studies).reports

    assert len(reports) == 31
    assert reports[0].studies == ()


def test_groups_that_name_each_other_end() -> None:
    circle = [
        a_laboratory_report("7", "Observation/a"),
        a_group("a", "A", "Observation/b"),
        a_group("b", "B", "Observation/a", "Observation/1"),
        an_observation("1"),
    ]

    assert results_of(*circle) == [("A", [("B", ["Potassium"])])]


def test_a_circle_of_which_the_report_names_every_member_is_shown_once() -> None:
    assert results_of(
        a_laboratory_report("7", "Observation/a", "Observation/b"),
        a_group("a", "A", "Observation/b"),
        a_group("b", "B", "Observation/a"),
    ) == [("A", ["B"])]


def test_a_group_that_names_itself_ends() -> None:
    assert results_of(a_laboratory_report("7", "Observation/a"), a_group("a", "A", "Observation/a")) == ["A"]


def test_a_finding_that_two_groups_name_is_shown_in_both() -> None:
    assert results_of(
        a_laboratory_report("7", "Observation/a", "Observation/b"),
        a_group("a", "LFT", "Observation/1"),
        a_group("b", "Bone", "Observation/1"),
        an_observation("1", "Albumin"),
    ) == [("LFT", ["Albumin"]), ("Bone", ["Albumin"])]


def test_diamonds_upon_diamonds_stay_small() -> None:
    layers = [
        a_group(f"{depth}{side}", f"{depth}{side}", f"Observation/{depth + 1}a", f"Observation/{depth + 1}b")
        for depth in range(60)
        for side in ("ab" if depth else "a")
    ]

    report = the_report(a_laboratory_report("7", "Observation/0a"), *layers)

    assert len([part for part in report.parts if part.startswith("Observation/")]) == 119
    assert len(repr(report)) < 100_000


def test_a_chain_of_groups_thousands_deep_is_survived_and_all_of_it_is_shown() -> None:
    chain = [a_group(str(depth), f"Group {depth}", f"Observation/{depth + 1}") for depth in range(3000)]

    report = the_report(a_laboratory_report("7", "Observation/0"), *chain, an_observation("3000", "The last"))

    assert "The last" in repr(report.results)
    assert len(report.parts) == 3002


def test_a_member_that_was_not_sent_is_named_in_its_place() -> None:
    assert results_of(
        a_laboratory_report("7", "Observation/g", "Observation/absent"),
        a_group("g", "FBC", "Observation/1", "Observation/gone"),
        an_observation("1"),
    ) == [("FBC", ["Potassium", "!it is named but was not sent"]), "!it is named but was not sent"]


def test_a_member_that_cannot_be_read_stands_in_its_place_and_its_neighbours_are_unharmed() -> None:
    (group,) = the_report(
        a_laboratory_report("7", "Observation/g"),
        a_group("g", "FBC", "Observation/1", "Observation/2"),
        broken(an_observation("1", "Haemoglobin")),
        an_observation("2", "Platelets"),
    ).results

    assert isinstance(group, Result)
    assert shape(group.members) == ["!its “status” is a number, where FHIR has a text", "Platelets"]
    assert group.members[0].codes == () or isinstance(group.members[0], Unreadable)


def test_a_value_that_cannot_be_read_is_said_with_the_name_of_what_was_measured() -> None:
    (unreadable,) = the_report(
        a_laboratory_report("7", "Observation/1"), an_observation("1", "Troponin", valueQuantity={"value": "<5"})
    ).results

    assert isinstance(unreadable, Unreadable)
    assert (unreadable.name, unreadable.id, unreadable.problem) == ("Troponin", "1", "the number was sent as text")


def test_members_of_a_group_that_cannot_be_read_are_shown_beside_it() -> None:
    assert results_of(
        a_laboratory_report("7", "Observation/g"),
        a_group("g", "FBC", "Observation/1", valueQuantity={"value": "5"}),
        an_observation("1"),
    ) == ["!the number was sent as text", "Potassium"]


def test_components_are_results_of_their_own_and_a_broken_one_harms_no_other() -> None:
    components = [
        {"code": a_concept("Systolic"), "valueQuantity": a_quantity("120", "mmHg")},
        {"code": a_concept("Diastolic"), "valueQuantity": {"value": "80"}},
        {"code": a_concept("Cuff"), "dataAbsentReason": a_concept("Not recorded")},
        {"code": a_concept("Picture"), "valueAttachment": {"title": "x"}},
    ]

    (result,) = the_report(
        a_laboratory_report("7", "Observation/1"), an_observation("1", "Blood pressure", component=components)
    ).results

    assert isinstance(result, Result)
    assert result.value == NoValue()
    assert shape(result.members) == [
        "Systolic",
        "!the number was sent as text",
        "Cuff",
        "!its value is of a kind that is not known here (valueAttachment)",
    ]
    assert [one.id for one in result.members] == [
        "Observation/1#component-1",
        "1#component-2",
        "Observation/1#component-3",
        "1#component-4",
    ]


def test_a_value_of_a_kind_that_is_not_known_is_never_shown_as_absent() -> None:
    assert results_of(
        a_laboratory_report("7", "Observation/1"), an_observation("1", valueAttachment={"title": "scan.pdf"})
    ) == ["!its value is of a kind that is not known here (valueAttachment)"]


def test_a_result_without_a_value_has_the_laboratorys_reason() -> None:
    (result,) = the_report(
        a_laboratory_report("7", "Observation/1"), an_observation("1", dataAbsentReason=a_concept("Haemolysed"))
    ).results

    assert isinstance(result, Result)
    assert result.value == Absent("Haemolysed")


def test_a_modifier_that_is_not_known_makes_a_result_unreadable_and_is_never_ignored() -> None:
    modified = an_observation("1", modifierExtension=[{"url": "urn:not"}])

    assert results_of(a_laboratory_report("7", "Observation/1"), modified) == [
        "!it carries a modifierExtension that is not known here"
    ]


def test_a_reference_range_that_cannot_be_read_stands_below_its_result() -> None:
    ranged = an_observation("1", referenceRange=[{"high": {"value": "5,3"}}])

    assert results_of(a_laboratory_report("7", "Observation/1"), ranged) == [
        ("Potassium", ["!a reference range’s high end: the number was sent as text"])
    ]


# ── References ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "reference",
    [
        {"reference": "Observation/1"},
        {"reference": "Observation/1/_history/3"},
        {"reference": "https://trust.example/fhir/Observation/1"},
        {"reference": "https://trust.example/fhir/Observation/1/_history/3"},
        {"type": "Observation", "identifier": {"system": "urn:lab", "value": "R1"}},
    ],
)
def test_a_reference_is_followed_in_every_form(reference: Json) -> None:
    result = an_observation("1", identifier=[{"system": "urn:lab", "value": "R1"}])

    assert results_of(a_laboratory_report(result=[reference]), result) == ["Potassium"]


def test_a_urn_is_followed_by_the_full_url_of_its_entry() -> None:
    urn = "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"
    sent = received(an_observation("1"))
    entry = Received(sent.kind, sent.id, sent.version, sent.body, "", sent.raw, urn)

    (report,) = normalise(SHEFFIELD, [received(a_laboratory_report("7", urn)), entry]).reports

    assert shape(report.results) == ["Potassium"]


def test_a_full_url_that_stands_on_two_resources_names_neither() -> None:
    urn = "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"
    entries = [
        Received(one.kind, one.id, one.version, one.body, "", one.raw, urn)
        for one in all_received(an_observation("1"), an_observation("2"))
    ]

    reports = normalise(SHEFFIELD, [received(a_laboratory_report("7", urn)), *entries]).reports

    assert shape(reports[0].results) == ["!it is named but was not sent"]


@pytest.mark.parametrize(
    ("reference", "problem"),
    [
        ({"reference": "https://elsewhere.example/fhir/Observation/1"}, "!it is named but was not sent"),
        ({"reference": "Specimen/1"}, "!a Specimen is named where a Observation belongs"),
        ({"reference": "#absent"}, "!it is named but was not sent"),
        ({"display": "Potassium"}, "!nothing is named"),
        ({"identifier": {"system": "urn:lab", "value": "TWO"}}, "!it is named but was not sent"),
    ],
)
def test_a_reference_that_leads_nowhere_says_so_and_is_never_bent_to_fit(reference: Json, problem: str) -> None:
    twice = [{"system": "urn:lab", "value": "TWO"}]
    sent = normalised(
        a_laboratory_report(result=[reference]),
        an_observation("1", identifier=twice),
        an_observation("2", identifier=twice),
        a_specimen("1"),
    )

    report = next(report for report in sent.reports if report.id == "DiagnosticReport/7")
    assert shape(report.results) == [problem]


def test_contained_results_are_read_where_they_are_and_a_bad_one_says_so() -> None:
    report = a_laboratory_report(
        contained=[
            an_observation("a", "Inside"),
            broken(an_observation("b")),
            a_specimen("s"),
        ],
        result=[{"reference": "#a"}, {"reference": "#b"}],
        specimen=[{"reference": "#s"}],
    )

    read = the_report(report)

    assert shape(read.results) == ["Inside", "!its “status” is a number, where FHIR has a text"]
    assert [one.id for one in read.results] == ["Observation/7#a", "7#b"]
    assert read.specimens[0].type == "Venous blood"


def test_a_specimen_that_was_not_sent_is_still_named() -> None:
    report = the_report(a_laboratory_report(specimen=[{"reference": "Specimen/9", "display": "Urine"}]))

    assert [(one.id, one.type) for one in report.specimens] == [("Specimen/9", "Urine")]
    assert report.results == ()


def test_a_specimen_that_cannot_be_read_is_said_to_be() -> None:
    assert results_of(a_laboratory_report(specimen=[a_reference("Specimen/1")]), broken(a_specimen("1"))) == [
        "!its “status” is a number, where FHIR has a text"
    ]


# ── What stands alone ────────────────────────────────────────────────────────────────────────────


def test_a_result_that_no_report_names_is_a_report_of_its_own() -> None:
    loose = an_observation("5", "HbA1c", effectiveDateTime="2026-11-01", issued="2026-11-02T10:00:00Z")

    reports = normalised(a_laboratory_report("7", "Observation/1"), an_observation("1"), loose).reports

    assert [(report.id, report.title) for report in reports] == [
        ("DiagnosticReport/7", "Potassium"),
        ("Observation/5", "HbA1c"),
    ]


def test_a_group_that_no_report_names_keeps_its_members() -> None:
    reports = normalised(
        a_group("9", "FBC", "Observation/1", "Observation/2"), an_observation("1"), an_observation("2", "Sodium")
    ).reports

    assert [(report.id, shape(report.results)) for report in reports] == [
        ("Observation/9", [("FBC", ["Potassium", "Sodium"])])
    ]


def test_a_circle_that_no_report_names_is_one_report() -> None:
    reports = normalised(a_group("a", "A", "Observation/b"), a_group("b", "B", "Observation/a")).reports

    assert [(report.id, shape(report.results)) for report in reports] == [("Observation/a", [("A", ["B"])])]


def test_results_of_a_report_that_cannot_be_read_do_not_vanish_with_it() -> None:
    sent = normalised(broken(a_laboratory_report("7", "Observation/1")), an_observation("1"))

    assert [report.id for report in sent.reports] == ["Observation/1"]
    assert [(one.kind, one.id) for one in sent.unreadable] == [("DiagnosticReport", "7")]
    assert sent.received == 2


def test_a_broken_result_that_nothing_names_is_unreadable_by_itself() -> None:
    sent = normalised(broken(an_observation("1")))

    assert sent.reports == ()
    assert [(one.kind, one.id) for one in sent.unreadable] == [("Observation", "1")]


def test_an_entry_without_anything_in_it_is_unreadable_by_itself() -> None:
    sent = normalise(SHEFFIELD, [Received("", "", "", None, "an entry without a resource", b"")])

    assert [one.problem for one in sent.unreadable] == ["an entry without a resource"]


# ── Radiology ────────────────────────────────────────────────────────────────────────────────────


def test_a_study_that_no_report_names_was_imaged_and_not_yet_reported() -> None:
    report = the_report(a_study("1", modality=[{"code": "CT"}]))

    assert (report.id, report.kind, report.title) == ("ImagingStudy/1", Kind.RADIOLOGY, "CT chest")
    assert (report.status, report.status_as_sent) == (Status.REGISTERED, "available")
    assert report.taken_from is TakenFrom.IMAGED


def test_a_cancelled_study_is_not_said_to_be_waiting_for_its_report() -> None:
    assert the_report(a_study("1", status="cancelled")).status is Status.CANCELLED


@pytest.mark.parametrize(
    ("report", "study"),
    [
        ({"imagingStudy": [a_reference("ImagingStudy/1")]}, {}),
        ({"basedOn": [a_reference("ServiceRequest/1")]}, {"basedOn": [a_reference("ServiceRequest/1")]}),
        ({"basedOn": [{"reference": "ServiceRequest/9"}]}, {"basedOn": [{"reference": "ServiceRequest/9"}]}),
    ],
)
def test_a_study_joins_the_report_that_names_it_or_was_asked_for_with_it(report: Json, study: Json) -> None:
    read = the_report(a_radiology_report(**report), a_study("1", **study), *([a_request("1")]))

    assert [one.id for one in read.studies] == ["ImagingStudy/1"]


def test_a_laboratory_report_of_the_same_request_does_not_take_the_study() -> None:
    asked: Json = {"basedOn": [a_reference("ServiceRequest/1")]}

    reports = normalised(a_laboratory_report(**asked), a_study("1", **asked)).reports

    assert [report.id for report in reports] == ["DiagnosticReport/7", "ImagingStudy/1"]


def test_addenda_are_found_in_the_text_and_not_a_character_is_lost() -> None:
    text = "FINDINGS\nClear.\n\nADDENDUM 2026-11-21T09:00:00+00:00 Dr P Radiologist\nSmall nodule.\nADDENDUM: none"

    report = the_report(a_radiology_report(conclusion=text))

    assert report.conclusion == "FINDINGS\nClear.\n\n"
    first, second = report.addenda
    assert first.at is not None
    assert (first.at.as_sent, first.author) == ("2026-11-21T09:00:00+00:00", "Dr P Radiologist")
    assert second.at is None
    assert report.conclusion + first.text + second.text == text


def test_an_addendum_sent_as_an_extension_is_found() -> None:
    said = [
        {"url": "text", "valueString": "Small nodule."},
        {"url": "at", "valueDateTime": "2026-11-21T09:00:00Z"},
        {"url": "author", "valueString": "Dr P Radiologist"},
    ]

    (addendum,) = the_report(a_radiology_report(extension=[{"url": "urn:trust/addendum", "extension": said}])).addenda

    assert addendum.at is not None
    assert (addendum.text, addendum.at.as_sent, addendum.author) == (
        "Small nodule.",
        "2026-11-21T09:00:00Z",
        "Dr P Radiologist",
    )


def test_documents_and_narrative_are_kept_as_sent() -> None:
    report = the_report(
        a_radiology_report(
            presentedForm=[{"contentType": "application/pdf", "data": "JVBERi0=", "title": "Report"}],
            text={"status": "additional", "div": "<div>Words & <b>more</b></div>"},
            media=[{"comment": "Image 1", "link": {"reference": "Media/1", "display": "Liver"}}],
            conclusionCode=[a_concept(code="1", display="Pulmonary embolism")],
        )
    )

    assert [(one.title, one.content_type, one.data, one.url) for one in report.attachments] == [
        ("Report", "application/pdf", "JVBERi0=", ""),
        ("Image 1, Liver", "", "", "Media/1"),
    ]
    assert report.narrative == "<div>Words & <b>more</b></div>"
    assert report.conclusion_codes[0].display == "Pulmonary embolism"


# ── Versions and order ───────────────────────────────────────────────────────────────────────────


def versioned(resource: Json, version: str) -> Json:
    return resource | {"meta": {"versionId": version}}


def test_of_two_versions_of_a_result_the_newer_is_shown_and_the_older_is_accounted_for() -> None:
    report = the_report(
        a_laboratory_report("7", "Observation/1"),
        versioned(an_observation("1", valueQuantity=a_quantity("9")), "9"),
        versioned(an_observation("1", valueQuantity=a_quantity("10")), "10"),
    )

    (result,) = report.results
    assert isinstance(result, Result)
    assert result.value == Amount("10")
    assert len(report.older_parts) == 1
    assert report.older_parts[0].startswith("Observation/1@9.")


def test_where_the_newest_version_cannot_be_read_the_last_readable_one_is_shown_beside_that_word() -> None:
    resources = [
        versioned(an_observation("1", "Potassium"), "1"),
        versioned(an_observation("1", "Potassium"), "2"),
        versioned(broken(an_observation("1")), "3"),
    ]

    named = the_report(a_laboratory_report("7", "Observation/1"), *resources)
    alone = normalised(*resources)

    assert shape(named.results) == [
        "Potassium",
        "!a newer version of it could not be read: its “status” is a number, where FHIR has a text",
    ]
    assert [shape(report.results) for report in alone.reports] == [["Potassium"]]
    assert [one.problem[:37] for one in alone.unreadable] == ["a newer version of it could not be re"]
    assert len(named.older_parts) == len(alone.reports[0].older_parts) == 1


def test_of_two_contents_of_one_id_that_nothing_puts_in_order_both_are_shown() -> None:
    (one, other) = the_report(
        a_laboratory_report("7", "Observation/1"),
        an_observation("1", valueQuantity=a_quantity("5.0")),
        an_observation("1", valueQuantity=a_quantity("5")),
    ).results

    assert isinstance(one, Result)
    assert isinstance(other, Result)
    assert {one.value, other.value} == {Amount("5.0"), Amount("5")}


def test_two_reports_of_one_id_and_one_version_are_both_shown_under_names_of_their_own() -> None:
    first, second = (versioned(a_laboratory_report("7", conclusion=text), "1") for text in ("Normal", "Cocci seen"))

    merged = merge([normalised(first, second)])

    assert sorted(row.report.conclusion for row in merged.rows) == ["Cocci seen", "Normal"]
    assert len({row.key for row in merged.rows}) == 2


@pytest.mark.parametrize("full_url", ["", "https://trust.example/fhir/DiagnosticReport/"])
def test_what_came_without_an_id_is_never_a_version_of_anything(full_url: str) -> None:
    reports = [
        a_laboratory_report("", conclusion=text, meta={"lastUpdated": f"2026-11-20T1{hour}:00:00Z"})
        for hour, text in enumerate(("Troponin", "Lipids"))
    ]
    results = [
        an_observation("", name, meta={"versionId": version}) for name, version in (("Sodium", "1"), ("Urea", "2"))
    ]
    sent = [replace(received(one), full_url=full_url) for one in (*reports, *results)]

    pile = normalise(SHEFFIELD, sent)

    assert sorted(report.conclusion for report in pile.reports) == ["", "", "Lipids", "Troponin"]
    assert not any(report.older_parts for report in pile.reports)
    assert [row.earlier for row in merge([pile]).rows] == [()] * 4


def test_the_same_resource_twice_is_one() -> None:
    sent = all_received(a_laboratory_report("7", "Observation/1"), an_observation("1"))

    assert normalise(SHEFFIELD, sent * 2) == normalise(SHEFFIELD, sent)


def test_the_report_that_is_replaced_is_named() -> None:
    replacing = {"url": REPLACES, "valueReference": {"reference": "https://trust.example/fhir/DiagnosticReport/7"}}

    reports = normalised(a_laboratory_report("7"), a_laboratory_report("8", extension=[replacing])).reports

    assert [report.replaces for report in reports] == [(), ("DiagnosticReport/7",)]


def test_numbers_are_never_remade_on_their_way() -> None:
    digits = ["1.00", "0.10", "1e2", "4.10", "12345678901234567890.12345678901234567890"]
    sent = [an_observation(str(place), valueQuantity={"value": number(one)}) for place, one in enumerate(digits)]

    report = the_report(a_laboratory_report("7", *sent), *sent)

    values = [one.value for one in report.results if isinstance(one, Result)]
    assert [value.number for value in values if isinstance(value, Amount)] == digits


def test_a_text_with_angle_brackets_is_text() -> None:
    (result,) = the_report(
        a_laboratory_report("7", "Observation/1"), an_observation("1", valueString="Hb<lower limit> of range")
    ).results

    assert isinstance(result, Result)
    assert result.value == Words("Hb<lower limit> of range")


def test_a_result_whose_report_could_not_be_read_says_so_because_it_may_have_been_withdrawn() -> None:
    potassium = an_observation("1", valueQuantity=a_quantity("6.9", "mmol/L"))
    sodium = an_observation("11", "Sodium", valueQuantity=a_quantity("139", "mmol/L"))

    pile = normalised(broken(a_laboratory_report("7", "Observation/1")), potassium, sodium)

    assert {report.id: report.report_unread for report in pile.reports} == {
        "Observation/1": True,
        "Observation/11": False,
    }


def test_what_a_trust_sent_in_part_says_so_and_nothing_else_of_it_changes() -> None:
    sent = all_received(a_laboratory_report("7", "Observation/1"), an_observation("1"), an_observation("2"), a_study())

    whole, part = normalise(SHEFFIELD, sent), normalise(SHEFFIELD, sent, of_part=True)

    assert not any(report.of_part for report in whole.reports)
    assert part.reports == tuple(replace(report, of_part=True) for report in whole.reports)
    assert len(part.reports) == 3
    assert [content_of(one) for one in part.reports] == [content_of(one) for one in whole.reports]
