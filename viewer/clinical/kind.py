"""Say whether a report is laboratory or radiology, from the categories it was sent with.

Sources: HL7 v2 table 0074 (diagnostic service sections), observation-category, DICOM modalities, SNOMED CT.
Rule: no report is dropped for its category. One that does not say is taken for laboratory and marked as not said.
The letters of a section or a modality mean that among categories; as a report's own code MG is magnesium, CR creatinine
and CT chlamydia, unless the system says otherwise.
"""

from collections.abc import Iterable, Iterator

from connectors.answer import Kind
from connectors.resource import CodeableConcept

_SECTIONS = {
    Kind.RADIOLOGY: ("RAD", "RX", "RUS", "CT", "NMR", "NMS", "XRC", "VUS", "OUS", "CUS", "CTH"),
    Kind.LABORATORY: (
        *("LAB", "BG", "BLB", "CG", "CH", "CP", "GE", "HM", "IMM", "MB", "MCB", "MYC", "OSL", "SP", "SR", "TX", "VR"),
        *("LABORATORY", "PAT"),  # observation-category; the same table in STU3
    ),
}
_MODALITIES = ("CR", "DX", "MR", "US", "XA", "RF", "MG", "NM", "PT", "IO", "PX", "BMD")
_OTHER_CODES = {
    Kind.RADIOLOGY: ("IMAGING", "394914008", "722124004", "LP29684-5"),
    Kind.LABORATORY: ("721981007", "LP29693-6"),
}
_PLAIN_WORDS = {
    Kind.RADIOLOGY: ("RADIOLOGY", "X-RAY", "MRI", "ULTRASOUND", "RADIOLOGY STUDIES REPORT"),
    Kind.LABORATORY: (
        *("PATHOLOGY", "HAEMATOLOGY", "BIOCHEMISTRY", "CHEMISTRY", "MICROBIOLOGY", "VIROLOGY", "IMMUNOLOGY"),
        *("HISTOPATHOLOGY", "HISTOLOGY", "CYTOLOGY", "GENETICS", "BLOOD BANK", "BLOOD SCIENCES"),
    ),
}

_RADIOLOGY, _LABORATORY = (
    frozenset((*_SECTIONS[kind], *_OTHER_CODES[kind], *_PLAIN_WORDS[kind]))
    for kind in (Kind.RADIOLOGY, Kind.LABORATORY)
)


_LETTERS = frozenset((*_SECTIONS[Kind.RADIOLOGY], *_SECTIONS[Kind.LABORATORY], *_MODALITIES))
_SYSTEMS_OF_LETTERS = frozenset(
    {
        "http://terminology.hl7.org/CodeSystem/v2-0074",
        "http://hl7.org/fhir/v2/0074",
        "http://dicom.nema.org/resources/ontology/DCM",
        "urn:oid:1.2.840.10008.2.16.4",
    }
)


def kind_of(categories: Iterable[CodeableConcept], codes: CodeableConcept | None = None) -> Kind | None:
    """Return the kind that the categories, or else the report's own code, state; None when neither does."""
    said = {word for concept in categories for word in _words(concept)} or set(_own_words(codes))
    if said & _RADIOLOGY or said.intersection(_MODALITIES):
        return Kind.RADIOLOGY
    return Kind.LABORATORY if said & _LABORATORY else None


def _own_words(concept: CodeableConcept | None) -> Iterator[str]:
    yield from (word for word in _words(concept) if word not in _LETTERS)
    for coding in concept.coding if concept else ():
        if coding.system in _SYSTEMS_OF_LETTERS:
            yield coding.code.strip().upper()


def _words(concept: CodeableConcept | None) -> Iterator[str]:
    if concept is not None:
        yield concept.text.strip().upper()
        for coding in concept.coding:
            yield coding.code.strip().upper()
            yield coding.display.strip().upper()
