"""Each trust is odd in its own way, and only in that way."""

import base64
import re
from typing import Any

from sandbox.trusts.all import TRUSTS
from tests.sandbox.asking import EVERYTHING, WALTER, Asker, of_kind, resources

HOLROYD, ELLIS, OAKES, MARSH, REEVE = "999 061 7058", "999 802 3319", "999 247 5145", "999 318 0319", "999 303 4320"
LAB = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


def test_the_seven_are_in_the_order_of_the_pages() -> None:
    assert [trust.ods for trust in TRUSTS] == ["RFF", "RFS", "RP5", "RXF", "RFR", "RCU", "RHQ"]


def test_a_report_is_titled_by_its_group_and_never_by_its_fixed_code(asker: Asker) -> None:
    reports = of_kind(asker.reports("sheffield_teaching"), "DiagnosticReport")

    codes = {report["code"]["coding"][0]["code"] for report in reports}

    assert codes == {"721981007", "722124004"}


def test_most_observations_have_no_time_of_their_own(asker: Asker) -> None:
    timed = {
        trust: any("effectiveDateTime" in one for one in of_kind(asker.reports(trust, number), "Observation"))
        for trust, number in (("sheffield_teaching", WALTER), ("chesterfield", WALTER), ("barnsley", HOLROYD))
    }

    assert timed == {"sheffield_teaching": False, "chesterfield": False, "barnsley": True}


def test_decimals_go_out_as_they_were_printed(asker: Asker) -> None:
    patient = ("patient", asker.patient("chesterfield")["id"])

    text = asker.post("chesterfield", "DiagnosticReport", (patient, *EVERYTHING)).text

    assert re.search(r'"value":\d+\.\d0,', text)


def test_rotherham_writes_units_into_the_text(asker: Asker) -> None:
    haemoglobin = named(asker.reports("rotherham"), "Haemoglobin")

    assert [one["valueString"] for one in haemoglobin] == ["10.9 g/dL (13.0-18.0) L"]


def test_rotherham_sends_local_codes_and_free_units_only(asker: Asker) -> None:
    observations = of_kind(asker.reports("rotherham"), "Observation")

    systems = {coding["system"] for one in observations for coding in one["code"]["coding"]}
    coded_units = [one for one in observations if "system" in one.get("valueQuantity", {})]

    assert systems == {"https://fhir.sandbox.example/rotherham/code"}
    assert coded_units == []


def test_rotherham_has_observations_that_belong_to_no_report(asker: Asker) -> None:
    reported = {one["id"] for one in of_kind(asker.reports("rotherham"), "Observation")}
    patient = ("patient", asker.patient("rotherham")["id"])

    everything = resources(asker.search("rotherham", "Observation", patient, ("category", "laboratory")))

    loose = [one["code"]["text"] for one in everything if one["id"] not in reported]
    assert {"Blood gas (point of care)", "Lactate", "Glucose"} <= set(loose)


def test_a_correction_stands_beside_what_it_corrects_under_one_number(asker: Asker) -> None:
    came = asker.reports("rotherham")
    potassium = {one["id"]: one for one in named(came, "Potassium")}

    corrected = next(one for one in of_kind(came, "DiagnosticReport") if one["status"] == "corrected")
    first = next(one for one in of_kind(came, "DiagnosticReport") if one["identifier"] == corrected["identifier"])

    values = [(one["valueQuantity"]["value"], one["status"]) for one in potassium.values()]
    assert (first["status"], first["meta"]["versionId"], corrected["meta"]["versionId"]) == ("final", "1", "2")
    assert sorted(values) == [(5.9, "corrected"), (6.9, "final")]


def test_rotherham_labels_what_its_sexual_health_clinic_did(asker: Asker) -> None:
    came = asker.reports("rotherham", REEVE)

    clinic = [one for one in of_kind(came, "DiagnosticReport") if "security" in one["meta"]]
    codes = [{coding["code"] for coding in one["code"]["coding"]} for one in clinic]
    labels = [{label["code"] for label in one["meta"]["security"]} for one in clinic]

    assert labels == [{"STD", "GUMPCR"}, {"STD", "GUMSER"}, {"GUMPCR"}]
    assert [one & {"GUMPCR", "GUMSER"} for one in codes] == [{"GUMPCR"}, {"GUMSER"}, {"GUMPCR"}]


def test_doncaster_sends_radiology_as_text_and_as_a_pdf(asker: Asker) -> None:
    scan = titled(asker.reports("doncaster_and_bassetlaw", ELLIS), "CT abdomen and pelvis, contrast")

    forms = {form["contentType"]: base64.b64decode(form["data"]) for form in scan["presentedForm"]}

    assert set(forms) == {"text/plain", "application/pdf"}
    assert forms["application/pdf"].startswith(b"%PDF-1.4")
    assert forms["application/pdf"].endswith(b"%%EOF\n")
    assert scan["status"] == "appended"
    assert re.search(r"^ADDENDUM \S+T14:30:00\+0\d:00 Dr C Whitworth$", scan["conclusion"], re.MULTILINE)


def test_mid_yorkshire_nests_panels_and_one_of_them_bites_its_tail(asker: Asker) -> None:
    came = {f"Observation/{one['id']}": one for one in of_kind(asker.reports("mid_yorkshire"), "Observation")}

    depth = max(depth_of(one, came) for one in came.values())
    circular = [one for one in came.values() if in_a_circle(one, came)]

    assert depth >= 3
    assert circular


def test_mid_yorkshire_sends_organisms_with_their_susceptibilities(asker: Asker) -> None:
    came = asker.reports("mid_yorkshire", HOLROYD)
    by_name = {f"Observation/{one['id']}": one for one in of_kind(came, "Observation")}

    organism = next(one for one in named(came, "Organism") if one["valueCodeableConcept"]["text"] == "Escherichia coli")
    flags = [
        by_name[member["reference"]]["interpretation"][0]["coding"][0]["code"] for member in organism["hasMember"][1:]
    ]

    assert set(flags) == {"R", "I", "S"}


def test_mid_yorkshire_sends_one_culture_as_a_block_of_text(asker: Asker) -> None:
    [swab] = named(asker.reports("mid_yorkshire", HOLROYD), "Wound swab")

    assert "SUSCEPTIBILITIES" in swab["valueString"]
    assert swab["valueString"].count("\n") > 10


def test_every_status_is_somewhere(asker: Asker) -> None:
    asked = [
        ("mid_yorkshire", HOLROYD),
        ("sheffield_teaching", WALTER),
        ("sheffield_teaching", ELLIS),
        ("rotherham", WALTER),
    ]

    came = [one for trust, number in asked for one in asker.reports(trust, number)]

    statuses = {one["status"] for one in of_kind(came, "DiagnosticReport")}

    assert statuses == {
        "registered", "preliminary", "final", "amended", "corrected", "appended", "cancelled", "entered-in-error",
    }  # fmt: skip


def test_a_replaced_report_is_named_by_the_one_that_replaces_it(asker: Asker) -> None:
    came = of_kind(asker.reports("mid_yorkshire", HOLROYD), "DiagnosticReport")

    [second] = [one for one in came if "diagnosticReport-replaces" in str(one.get("extension", ""))]

    replaced = second["extension"][0]["valueReference"]["reference"]
    assert replaced.removeprefix("DiagnosticReport/") in {one["id"] for one in came}


def test_an_old_version_can_be_asked_for(asker: Asker) -> None:
    [report] = [one for one in of_kind(asker.reports("mid_yorkshire", HOLROYD), "DiagnosticReport")
                if one["meta"]["versionId"] == "2"]  # fmt: skip

    old = asker.read("mid_yorkshire", f"DiagnosticReport/{report['id']}/_history/1").json()

    assert (old["status"], report["status"]) == ("final", "amended")


def test_chesterfield_keeps_copies_that_say_the_same(asker: Asker) -> None:
    theirs = of_kind(asker.reports("sheffield_teaching"), "DiagnosticReport")
    at_sheffield = {one["identifier"][0]["value"]: one for one in theirs}
    here = of_kind(asker.reports("chesterfield"), "DiagnosticReport")

    copies = [one for one in here if one["identifier"][0]["system"].endswith("sheffield_teaching/report-id")]

    assert len(copies) > 3
    for copy in copies:
        original = at_sheffield[copy["identifier"][0]["value"]]
        assert content_of(copy) == content_of(original)


def test_the_childrens_ranges_follow_the_childs_age(asker: Asker) -> None:
    alkaline = named(asker.reports("sheffield_childrens", OAKES), "Alkaline phosphatase")

    assert {one["referenceRange"][0]["high"]["value"] for one in alkaline} == {425}


def test_the_childrens_laboratory_says_normal_itself(asker: Asker) -> None:
    flags = {
        one["interpretation"][0]["coding"][0]["code"]
        for one in of_kind(asker.reports("sheffield_childrens", OAKES), "Observation")
        if "interpretation" in one
    }

    assert "N" in flags


def test_the_childrens_hospital_labels_safeguarding(asker: Asker) -> None:
    came = of_kind(asker.reports("sheffield_childrens", MARSH), "DiagnosticReport")

    labels = [{label["code"] for label in one["meta"]["security"]} for one in came if "security" in one["meta"]]

    assert labels == [{"VIO", "SAFEG"}, {"VIO"}]


def test_some_laboratories_give_no_flag_outside_the_range(asker: Asker) -> None:
    haemoglobin = named(asker.reports("doncaster_and_bassetlaw"), "Haemoglobin")

    low = [one for one in haemoglobin if one["valueQuantity"]["value"] < one["referenceRange"][0]["low"]["value"]]

    assert low
    assert not any("interpretation" in one for one in low)


def test_a_missing_value_says_why(asker: Asker) -> None:
    [potassium] = named(asker.reports("rotherham", ELLIS), "Potassium")

    assert potassium["dataAbsentReason"]["text"] == "Haemolysed; not reported"
    assert "valueQuantity" not in potassium


def test_comparators_stay_beside_their_number(asker: Asker) -> None:
    [crp] = [one for one in named(asker.reports("chesterfield"), "CRP") if "comparator" in one["valueQuantity"]]

    assert (crp["valueQuantity"]["comparator"], crp["valueQuantity"]["value"]) == ("<", 1)


def test_a_report_may_be_nothing_but_its_narrative(asker: Asker) -> None:
    hip = titled(asker.reports("barnsley", HOLROYD), "X-ray pelvis and left hip")

    assert "conclusion" not in hip
    assert "femoral neck" in hip["text"]["div"]


def test_one_observation_may_answer_in_components(asker: Asker) -> None:
    [dipstick] = named(asker.reports("barnsley", HOLROYD), "Urine dipstick (point of care)")

    assert [part["valueCodeableConcept"]["text"] for part in dipstick["component"]][:2] == ["++", "Positive"]


def test_an_image_may_wait_for_its_report(asker: Asker) -> None:
    reports = of_kind(asker.reports("sheffield_teaching"), "DiagnosticReport")
    patient = ("patient", asker.patient("sheffield_teaching")["id"])
    studies = resources(asker.search("sheffield_teaching", "ImagingStudy", patient))

    waiting = [one for one in reports if one["status"] == "registered"]

    assert len(waiting) == 1
    assert "conclusion" not in waiting[0]
    assert waiting[0]["imagingStudy"][0]["reference"].removeprefix("ImagingStudy/") in {one["id"] for one in studies}


def named(came: list[dict[str, Any]], text: str) -> list[dict[str, Any]]:
    return [one for one in of_kind(came, "Observation") if one["code"]["text"] == text]


def titled(came: list[dict[str, Any]], text: str) -> dict[str, Any]:
    return next(one for one in of_kind(came, "DiagnosticReport") if one["code"].get("text") == text)


def content_of(report: dict[str, Any]) -> dict[str, Any]:
    """Return what a report says, without what its holder calls it."""
    return {name: report.get(name) for name in ("status", "category", "code", "issued", "performer", "conclusion")} | {
        "version": report["meta"]["versionId"], "results": [one["display"] for one in report["result"]]}  # fmt: skip


def depth_of(observation: dict[str, Any], came: dict[str, Any], seen: frozenset[str] = frozenset()) -> int:
    inside = [came[m["reference"]] for m in observation.get("hasMember", ()) if m["reference"] not in seen]
    deeper = seen | {f"Observation/{observation['id']}"}
    return 1 + max((depth_of(one, came, deeper) for one in inside), default=0)


def in_a_circle(observation: dict[str, Any], came: dict[str, Any]) -> bool:
    own = f"Observation/{observation['id']}"
    members = [came[m["reference"]] for m in observation.get("hasMember", ())]
    return any(own == m["reference"] for member in members for m in member.get("hasMember", ()))
