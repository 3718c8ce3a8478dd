"""Read Observation.interpretation as the laboratory's Flags. None is worked out, and none sent is not "normal".

Rule: every word and every coding sent is a flag, or stands beside the one it speaks of. A value is "normal" only when
nothing else was said of it; what was sent as normal beside another word is shown as that word, and no more.

Sources: HL7 v3 ObservationInterpretation and v2 table 0078; NHS laboratory messages (HI, LO, OR, PA).
"""

from collections.abc import Iterator, Mapping, Sequence

from connectors.resource import CodeableConcept, Coding
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

# These say more than the flag that v3 places them under, so that their own letters are kept beside it.
_FINER_CODES: Mapping[str, Flag] = {
    "HU": Flag.HIGH,  # "significantly high"
    "LU": Flag.LOW,
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
    "above high normal": Flag.HIGH,
    "below low normal": Flag.LOW,
    "above reference limit": Flag.HIGH,
    "below reference limit": Flag.LOW,
    "critical high": Flag.CRITICAL_HIGH,
    "critically high": Flag.CRITICAL_HIGH,
    "critical low": Flag.CRITICAL_LOW,
    "critically low": Flag.CRITICAL_LOW,
    "outside reference range": Flag.OUT_OF_RANGE,
    "outside reference limits": Flag.OUT_OF_RANGE,
    "outside range": Flag.OUT_OF_RANGE,
    "out of range": Flag.OUT_OF_RANGE,
    "potentially abnormal": Flag.POTENTIALLY_ABNORMAL,
    "abnormal": Flag.ABNORMAL,
    "critical abnormal": Flag.CRITICAL,
    "critically abnormal": Flag.CRITICAL,
    "normal": Flag.NORMAL,
    "normal (applies to non-numeric results)": Flag.NORMAL,  # as v2 table 0078 displays N
    "resistant": Flag.RESISTANT,
    "intermediate": Flag.INTERMEDIATE,
    "susceptible": Flag.SUSCEPTIBLE,
    "sensitive": Flag.SUSCEPTIBLE,
    "positive": Flag.POSITIVE,
    "negative": Flag.NEGATIVE,
}


def flags_of(interpretations: Sequence[CodeableConcept]) -> tuple[SentFlag, ...]:
    """Return every flag sent, each with the laboratory's own words for it; () when none was sent."""
    if not interpretations:
        return ()
    flags = list(dict.fromkeys(flag for sent in interpretations for flag in _flags(sent)))
    if all(one.flag is Flag.NORMAL for one in flags):
        return tuple(flags)
    return tuple(dict.fromkeys(_no_longer_normal(one) for one in flags))


def _flags(sent: CodeableConcept) -> Iterator[SentFlag]:
    """Two codings of one concept that contradict each other, or its text, are two flags."""
    text = sent.text if sent.text.strip() else ""
    meant = _by_word(text)
    name = text if len(sent.coding) == 1 and meant is not Flag.NORMAL else ""
    words: dict[Flag, list[str]] = {}
    for coding in sent.coding:
        for flag, word in _read(coding, name):
            words.setdefault(flag, []).append(word)
    if text and (meant or not words):
        words.setdefault(meant or Flag.OTHER, []).insert(0, text)
    elif text:
        words = {flag: [text, *others] for flag, others in words.items()}
    for flag, said in words.items():
        yield _flag(flag, said)


def _read(coding: Coding, name: str) -> Iterator[tuple[Flag, str]]:
    """Yield what a coding means: by its code, and by its display where that means something else.

    A code that is not known here, alone and without a display, is called what the concept is called.
    """
    display = coding.display if coding.display.strip() else ""
    by_code, by_display = _by_code(coding.system, coding.code), _by_word(display)
    if by_code:
        yield by_code, coding.code if by_display not in (None, by_code) else display or coding.code
    if by_display and by_display is not by_code:
        yield by_display, display
    if not (by_code or by_display) and (display or coding.code):
        word = display or name or coding.code
        yield _by_word(word) or Flag.OTHER, word


def _flag(flag: Flag, said: Sequence[str]) -> SentFlag:
    """Return the flag with every word that says more than the flag does, or else with the first."""
    words = list({word.casefold(): word for word in reversed(said)}.values())[::-1]
    telling = [word for word in words if flag not in (_by_word(word), _HL7_CODES.get(word))]
    if flag is Flag.NORMAL and telling:
        return SentFlag(Flag.OTHER, _TOGETHER.join(words))
    return SentFlag(flag, _TOGETHER.join(telling) or words[0])


_TOGETHER = "; "


def _no_longer_normal(one: SentFlag) -> SentFlag:
    return SentFlag(Flag.OTHER, one.as_sent) if one.flag is Flag.NORMAL else one


def _by_code(system: str, code: str) -> Flag | None:
    if system in _HL7:
        return _HL7_CODES.get(code) or _FINER_CODES.get(code)
    return _NHS_CODES.get(code)


def _by_word(word: str) -> Flag | None:
    return _WORDS.get(word.strip().casefold())
