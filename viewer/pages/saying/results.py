"""Say a result: its flags, its value, its unit and its ranges.

Rule: what was sent is said as it was sent: comparator, decimals, unit and flag; and no flag is not "normal".
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from viewer.clinical.report import (
    Absent,
    Amount,
    Between,
    Code,
    Flag,
    Moment,
    NoValue,
    Proportion,
    Range,
    Samples,
    SentFlag,
    Value,
    Words,
    YesNo,
)


@dataclass(frozen=True, slots=True)
class FlagWords:
    """A flag's shape, its letters, and how it looks. A shape never stands without letters."""

    shape: str
    letters: str
    look: str


_NO_FLAG = FlagWords("", "no flag", "none")


def flag(sent: SentFlag) -> FlagWords:  # noqa: PLR0912  a list of words, one a member
    """Say a flag; the laboratory's own word when it is not one we know."""
    match sent.flag:
        case Flag.HIGH:
            return FlagWords("▲", "HI", "high")
        case Flag.LOW:
            return FlagWords("▼", "LO", "low")
        case Flag.CRITICAL_HIGH:
            return FlagWords("▲▲", "HI critical", "high")
        case Flag.CRITICAL_LOW:
            return FlagWords("▼▼", "LO critical", "low")
        case Flag.OUT_OF_RANGE:
            return FlagWords("◆", "OR outside range", "high")
        case Flag.POTENTIALLY_ABNORMAL:
            return FlagWords("◇", "PA potentially abnormal", "high")
        case Flag.ABNORMAL:
            return FlagWords("◆", "abnormal", "high")
        case Flag.CRITICAL:
            return FlagWords("◆◆", "critical", "high")
        case Flag.NORMAL:
            return FlagWords("", "normal (laboratory)", "said")
        case Flag.RESISTANT:
            return FlagWords("", "R resistant", "said")
        case Flag.INTERMEDIATE:
            return FlagWords("", "I intermediate", "said")
        case Flag.SUSCEPTIBLE:
            return FlagWords("", "S susceptible", "said")
        case Flag.POSITIVE:
            return FlagWords("", "positive", "said")
        case Flag.NEGATIVE:
            return FlagWords("", "negative", "said")
        case Flag.OTHER:
            return FlagWords("□", f"“{sent.as_sent}”", "said")
        case Flag.UNSTATED:
            return _NO_FLAG
        case _:
            assert_never(sent.flag)


# What says no more than the flag does: its HL7 v3 and v2 codes and their displays, and those of NHS laboratories.
_SYNONYMS: Mapping[Flag, frozenset[str]] = {
    Flag.HIGH: frozenset({"h", "hi", "high", "above high reference limit", "above high normal", "above range"}),
    Flag.LOW: frozenset({"l", "lo", "low", "below low reference limit", "below low normal", "below range"}),
    Flag.CRITICAL_HIGH: frozenset({"hh", "critical high", "critically high", "above upper panic limits"}),
    Flag.CRITICAL_LOW: frozenset({"ll", "critical low", "critically low", "below lower panic limits"}),
    Flag.OUT_OF_RANGE: frozenset({"or", "outside reference range", "outside range", "out of range"}),
    Flag.POTENTIALLY_ABNORMAL: frozenset({"pa", "potentially abnormal"}),
    Flag.ABNORMAL: frozenset({"a", "abnormal"}),
    Flag.CRITICAL: frozenset({"aa", "critical", "critical abnormal", "critically abnormal"}),
    Flag.NORMAL: frozenset({"n", "normal"}),
    Flag.RESISTANT: frozenset({"r", "resistant"}),
    Flag.INTERMEDIATE: frozenset({"i", "intermediate"}),
    Flag.SUSCEPTIBLE: frozenset({"s", "susceptible", "sensitive"}),
    Flag.POSITIVE: frozenset({"pos", "positive"}),
    Flag.NEGATIVE: frozenset({"neg", "negative"}),
}


def own_word(sent: SentFlag) -> str:
    """Quote the laboratory's own word for a flag when it says anything that the flag does not."""
    word = sent.as_sent.strip().casefold()
    if not word or sent.flag is Flag.OTHER or word in _SYNONYMS.get(sent.flag, ()):
        return ""
    return f"“{sent.as_sent}”"


def flags(sent: Sequence[SentFlag]) -> tuple[FlagWords, ...]:
    """Say every flag of a result; none is said to be none, which is not "normal"."""
    return tuple(map(flag, sent)) or (_NO_FLAG,)


UNREMARKABLE = frozenset({Flag.UNSTATED, Flag.NORMAL})


def is_flagged(sent: Sequence[SentFlag]) -> bool:
    """Say whether the laboratory flagged a value in any way but "normal"."""
    return any(one.flag not in UNREMARKABLE for one in sent)


def value(of: Value) -> str:
    """Say a value exactly as it was sent, without its unit."""
    match of:
        case Amount():
            return f"{of.comparator}{of.number}" or "no value sent"
        case Words():
            return of.text or ", ".join(map(code, of.codes)) or "no value sent"
        case Between():
            return _between(of.low, of.high, _shared_unit(of))
        case Proportion():
            return f"{_whole(of.numerator)} : {_whole(of.denominator)}"
        case YesNo():
            return "Yes" if of.yes else "No"
        case Moment():
            return of.as_sent
        case Samples():
            return f"series of samples from {_whole(of.origin)}: {of.data}{_sampling(of)}"
        case Absent():
            return of.reason or "no value sent, and no reason"
        case NoValue():
            return ""
        case _:
            assert_never(of)


def unit(of: Value) -> str:
    """Say a value's unit as it was sent; a number without one is said to have none."""
    match of:
        case Amount():
            return of.unit or of.unit_code or "no unit"
        case Between():
            return _shared_unit(of)
        case Words() | Proportion() | YesNo() | Moment() | Samples() | Absent() | NoValue():
            return ""
        case _:
            assert_never(of)


def is_number(of: Value) -> bool:
    """Say whether a value is a number: it has a flag, a unit and a range beside it, or is said to have none."""
    return isinstance(of, Amount)


def code(of: Code) -> str:
    """Say a code by its display, or by itself when it has none."""
    return of.display or of.code


def _shared_unit(of: Between) -> str:
    units = {amount.unit or amount.unit_code for amount in (of.low, of.high) if amount}
    return units.pop() if len(units) == 1 else ""


def _whole(amount: Amount | None) -> str:
    if amount is None:
        return "not sent"
    return f"{amount.comparator}{amount.number} {amount.unit or amount.unit_code}".rstrip()


def _sampling(of: Samples) -> str:
    said = (
        ("one every {} ms", of.period),
        ("multiply by {}", of.factor),
        ("L below {}", of.lower_limit),
        ("U above {}", of.upper_limit),
        ("{} at a time", of.dimensions),
    )
    return "".join(f"; {sentence.format(number)}" for sentence, number in said if number)


def _bare(amount: Amount, known_unit: str) -> str:
    said = amount.unit or amount.unit_code
    number = f"{amount.comparator}{amount.number}"
    return number if said in {"", known_unit} else f"{number} {said}"


def _between(low: Amount | None, high: Amount | None, known_unit: str) -> str:
    if low and high:
        return f"{_bare(low, known_unit)}–{_bare(high, known_unit)}"
    if low:
        return f"from {_bare(low, known_unit)}"
    return f"up to {_bare(high, known_unit)}" if high else ""


def ranges(sent: Sequence[Range], of: Value) -> str:
    """Say every reference range as it was sent; none is said to be none."""
    known_unit = of.unit or of.unit_code if isinstance(of, Amount) else ""
    if len(sent) == 1:
        return _range(sent[0], known_unit) or "no range"
    return "; ".join(filter(None, (_range(one, known_unit) for one in sent))) or "no range"


def _range(sent: Range, known_unit: str) -> str:
    numbers = _between(sent.low, sent.high, known_unit)
    said = sent.text if sent.text and _same(sent.text, numbers) else " ".join(filter(None, (numbers, sent.text)))
    return f"{sent.meaning}: {said}" if sent.meaning and said else said


def _same(text: str, numbers: str) -> bool:
    return not numbers or re.sub(r"[\s\-–]", "", text) == re.sub(r"[\s\-–]", "", numbers)
