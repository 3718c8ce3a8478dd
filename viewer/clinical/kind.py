"""Say whether a report is laboratory or radiology, from the categories it was sent with.

Sources: HL7 v2 table 0074 (diagnostic service sections), observation-category, DICOM modalities, SNOMED CT.
Rule: no report is dropped for its category. One that does not say is taken for laboratory and marked as not said.
"""

from collections.abc import Iterable

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


def kind_of(categories: Iterable[CodeableConcept], codes: CodeableConcept | None = None) -> Kind | None:
    """Return the kind that the categories, or else the report's own code, state; None when neither does."""
    said = {word.strip().upper() for concept in categories for word in _words(concept)}
    said = said or {word.strip().upper() for word in _words(codes)}
    if said & _RADIOLOGY or said.intersection(_MODALITIES):
        return Kind.RADIOLOGY
    return Kind.LABORATORY if said & _LABORATORY else None


def _words(concept: CodeableConcept | None) -> Iterable[str]:
    if concept is not None:
        yield concept.text
        for coding in concept.coding:
            yield coding.code
            yield coding.display
