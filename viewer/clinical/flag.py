"""Read Observation.interpretation as the laboratory's Flags. None is worked out, and none sent is not "normal".

Sources: HL7 v3 ObservationInterpretation and v2 table 0078; NHS laboratory messages (HI, LO, OR, PA).
"""

from collections.abc import Mapping, Sequence

from connectors.resource import CodeableConcept
from viewer.clinical.concept import text_of
from viewer.clinical.report import Flag, SentFlag

_HL7 = {
    "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation",
    "http://terminology.hl7.org/CodeSystem/v2-0078",
    "http://hl7.org/fhir/v2/0078",
    "http://hl7.org/fhir/v3/ObservationInterpretation",
}

_HL7_CODES: Mapping[str, Flag] = {
    "H": Flag.HIGH,
    "L": Flag.LOW,
    "HU": Flag.HIGH,  # "significantly high": v3 places it under H
    "LU": Flag.LOW,
    "HH": Flag.CRITICAL_HIGH,
    "LL": Flag.CRITICAL_LOW,
    "A": Flag.ABNORMAL,
    "AA": Flag.CRITICAL,
    "N": Flag.NORMAL,
    "R": Flag.RESISTANT,
    "I": Flag.INTERMEDIATE,
    "S": Flag.SUSCEPTIBLE,
    "POS": Flag.POSITIVE,
    "NEG": Flag.NEGATIVE,
}

# NHS laboratory messages name these four, under whatever system the trust gives them.
_NHS_CODES: Mapping[str, Flag] = {
    "HI": Flag.HIGH,
    "LO": Flag.LOW,
    "OR": Flag.OUT_OF_RANGE,
    "PA": Flag.POTENTIALLY_ABNORMAL,
}

_WORDS: Mapping[str, Flag] = {
    **{code.casefold(): flag for code, flag in _NHS_CODES.items()},
    "high": Flag.HIGH,
    "low": Flag.LOW,
    "above high reference limit": Flag.HIGH,
    "below low reference limit": Flag.LOW,
    "critical high": Flag.CRITICAL_HIGH,
    "critically high": Flag.CRITICAL_HIGH,
    "critical low": Flag.CRITICAL_LOW,
    "critically low": Flag.CRITICAL_LOW,
    "outside reference range": Flag.OUT_OF_RANGE,
    "outside range": Flag.OUT_OF_RANGE,
    "out of range": Flag.OUT_OF_RANGE,
    "potentially abnormal": Flag.POTENTIALLY_ABNORMAL,
    "abnormal": Flag.ABNORMAL,
    "critical abnormal": Flag.CRITICAL,
    "critically abnormal": Flag.CRITICAL,
    "normal": Flag.NORMAL,
    "resistant": Flag.RESISTANT,
    "intermediate": Flag.INTERMEDIATE,
    "susceptible": Flag.SUSCEPTIBLE,
    "sensitive": Flag.SUSCEPTIBLE,
    "positive": Flag.POSITIVE,
    "negative": Flag.NEGATIVE,
}


def flags_of(interpretations: Sequence[CodeableConcept]) -> tuple[SentFlag, ...]:
    """Return every flag sent, each with the laboratory's own word for it; () when none was sent."""
    if not interpretations:
        return ()
    return tuple(dict.fromkeys(flag for sent in interpretations for flag in _flags(sent)))


def _flags(sent: CodeableConcept) -> list[SentFlag]:
    """Two codings of one concept that contradict each other are two flags."""
    word = text_of(sent)
    meant = {flag: None for coding in sent.coding if (flag := _by_code(coding.system, coding.code))}
    if not meant and word:
        meant = {_WORDS.get(word.strip().casefold(), Flag.OTHER): None}
    return [SentFlag(flag, word) for flag in meant]


def _by_code(system: str, code: str) -> Flag | None:
    if system in _HL7:
        return _HL7_CODES.get(code)
    return _NHS_CODES.get(code)
