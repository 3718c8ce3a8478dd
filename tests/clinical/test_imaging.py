"""An alert is an exact string and never a word in a sentence; no address of images can name a patient."""

import pytest

from connectors.answer import Kind
from tests.builders import SHEFFIELD, a_radiology_report, a_report, a_study, received
from viewer.clinical.imaging import Alert, Imaging, SentAlert
from viewer.clinical.normalise import normalise
from viewer.clinical.report import Addendum, Code, Report, Status, Study

IMAGING = Imaging(
    {"CRITICAL": Alert.CRITICAL, "SIGNIFICANT UNEXPECTED": Alert.UNEXPECTED},
    {
        "rotherham": "https://images.example/s/{study_uid}?a={accession}",
        "barnsley": "https://images.example/{study_uid}",
    },
)
UID = "2.25.329800735698586629295641978511506172918"


def imaged(**fields: object) -> Report:
    return a_report(kind=Kind.RADIOLOGY, results=(), **fields)


@pytest.mark.parametrize(
    "where",
    [
        {"conclusion_codes": (Code("", "CRITICAL"),)},
        {"conclusion_codes": (Code("local", "7", "CRITICAL"),)},
        {"conclusion": "Dissection.\n CRITICAL \nTelephoned."},
        {"addenda": (Addendum("ADDENDUM\nCRITICAL"),)},
        {"notes": ("CRITICAL",)},
    ],
)
def test_an_alert_is_found_where_it_is_sent(where: dict[str, object]) -> None:
    assert IMAGING.alerts_of(imaged(**where)) == (SentAlert(Alert.CRITICAL, "CRITICAL"),)


@pytest.mark.parametrize("text", ["No CRITICAL finding.", "critical", "CRITICAL.", "NOT CRITICAL"])
def test_a_word_in_a_sentence_or_in_other_letters_is_no_alert(text: str) -> None:
    assert IMAGING.alerts_of(imaged(conclusion=text)) == ()


def test_only_imaging_has_alerts_and_each_stands_once() -> None:
    twice = {"conclusion_codes": (Code("", "CRITICAL"),), "conclusion": "CRITICAL"}

    assert len(IMAGING.alerts_of(imaged(**twice))) == 1
    assert IMAGING.alerts_of(a_report(**twice)) == ()


def test_a_code_that_is_only_a_text_is_kept_law_2() -> None:
    """A trust that sends conclusionCode.text and no coding has marked the report all the same."""
    sent = a_radiology_report(
        "7",
        conclusionCode=[{"text": "SIGNIFICANT UNEXPECTED"}, {"coding": [{"code": "C", "display": "D"}], "text": "D"}],
    )

    (report,) = normalise(SHEFFIELD, [received(sent)]).reports

    assert report.conclusion_codes == (Code("", "SIGNIFICANT UNEXPECTED"), Code("", "C", "D"))


def test_the_numbers_of_a_study_are_those_it_was_sent_with() -> None:
    accession = {"type": {"coding": [{"code": "ACSN"}]}, "value": "RAD-77"}
    sent = a_study("1", identifier=[accession, {"system": "urn:dicom:uid", "value": f"urn:oid:{UID}"}])

    (report,) = normalise(SHEFFIELD, [received(sent)]).reports

    assert [(study.uid, study.accession) for study in report.studies] == [(UID, "RAD-77")]


def a_picture(**fields: str) -> Study:
    return Study("ImagingStudy/1", "CT head", Status.FINAL, **fields)


def test_images_are_where_their_trust_says() -> None:
    study = a_picture(uid=UID, accession="RAD-77")

    assert IMAGING.address_of(study, "barnsley") == f"https://images.example/{UID}"
    assert IMAGING.address_of(study, "rotherham") == f"https://images.example/s/{UID}?a=RAD-77"
    assert IMAGING.address_of(study, "chesterfield") == ""


@pytest.mark.parametrize("numbers", [
    {}, {"uid": UID}, {"uid": "javascript:alert(1)", "accession": "1"}, {"uid": UID, "accession": "a/../b"},
    {"uid": UID, "accession": "9994127039"}, {"uid": UID, "accession": "999-412-7039"},
    {"uid": "1.2.9994127039", "accession": "RAD-77"}, {"uid": "2.16.1154777499", "accession": "RAD-77"},
    {"uid": UID, "accession": "999.412.7039"}, {"uid": UID, "accession": ".."}, {"uid": UID, "accession": "."},
    {"uid": "..", "accession": "RAD-77"}, {"uid": "2.16.840.999.412.7039", "accession": "RAD-77"},
    {"uid": "2.16.999.412.7039.1", "accession": "RAD-77"},
])  # fmt: skip
def test_a_study_without_safe_numbers_has_no_address_law_6(numbers: dict[str, str]) -> None:
    assert IMAGING.address_of(a_picture(**numbers), "rotherham") == ""


def test_parts_of_a_studys_number_are_not_read_together_as_ten_digits() -> None:
    study = a_picture(uid="2.16.124.113543.6003.115477749.30246")

    assert IMAGING.address_of(study, "barnsley").endswith(study.uid)
