"""Read what was found: every value type of FHIR R4, numbers as the characters that were sent.

Rule: a value is read whole or not at all. A number sent as text, two values in one place, or a kind
of value nobody told us of are each a Problem with its reason; none is guessed, rounded or left out.
"""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from connectors import resource as fhir
from viewer.clinical.concept import codes_of, text_of, texts_of
from viewer.clinical.problem import Problem
from viewer.clinical.report import (
    Absent,
    Amount,
    Between,
    Moment,
    NoValue,
    Proportion,
    Range,
    Samples,
    Value,
    Words,
    YesNo,
)

Finding = fhir.Observation | fhir.Component


def read_value(finding: Finding, *, holds_others: bool) -> Value | Problem:
    """Return the value of an Observation or component; `holds_others` says that it has members or components."""
    sent = [read(value) for field, read in _VALUES if (value := getattr(finding, field)) is not None]
    if len(finding.value_integer):
        sent.append(_read_integer(finding.value_integer))
    if len(sent) > 1:
        return Problem("it has more than one value")
    if sent and not (sent[0] == NO_NUMBER and finding.data_absent_reason):
        return sent[0]
    if finding.data_absent_reason is not None:
        return Absent(text_of(finding.data_absent_reason))
    return NoValue() if holds_others else Absent("")


def read_amount(quantity: fhir.Quantity) -> Amount | Problem:
    """Return a Quantity with its number's own characters; the unit's code stands in only when no unit was written."""
    number = read_number(quantity.value)
    if isinstance(number, Problem):
        return number
    return Amount(number, quantity.comparator, quantity.unit or quantity.code, quantity.code)


NO_NUMBER = Problem("no number was sent")
_DIGITS = frozenset(b"-0123456789")


def read_number(raw: msgspec.Raw) -> str | Problem:
    """Return a JSON number as its own characters."""
    sent = bytes(raw)
    if not sent or sent == b"null":
        return NO_NUMBER
    if sent[0] in _DIGITS:
        return sent.decode("ascii")
    if sent[0] == ord('"'):
        return Problem("the number was sent as text")
    return Problem("something else was sent where a number belongs")


def read_ranges(sent: Iterable[fhir.ReferenceRange]) -> tuple[tuple[Range, ...], tuple[Problem, ...]]:
    """Return the reference ranges that can be read, and a Problem for each that cannot."""
    read = [_read_range(one) for one in sent]
    return (
        tuple([one for one in read if isinstance(one, Range)]),
        tuple([one for one in read if isinstance(one, Problem)]),
    )


class _Components(msgspec.Struct, gc=False):
    component: tuple[dict[str, msgspec.Raw], ...] = ()


def value_of_unknown_kind(raw: bytes, component: int | None = None) -> str:
    """Return the name of a value that FHIR R4 does not have ("valueAttachment"), or "" when there is none."""
    try:
        if component is None:
            fields = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
        else:
            fields = msgspec.json.decode(raw, type=_Components).component[component]
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    return next((field for field in sorted(fields) if field.lstrip("_").startswith("value")), "")


def _read_range(sent: fhir.ReferenceRange) -> Range | Problem:
    low = read_amount(sent.low) if sent.low is not None else None
    high = read_amount(sent.high) if sent.high is not None else None
    if isinstance(low, Problem):
        return Problem(f"a reference range’s low end: {low.reason}")
    if isinstance(high, Problem):
        return Problem(f"a reference range’s high end: {high.reason}")
    if sent.type is None and sent.age is None and not sent.applies_to:
        return Range(low, high, sent.text)
    age = _age_in_words(sent.age) if sent.age is not None else ""
    if isinstance(age, Problem):
        return Problem(f"a reference range’s age: {age.reason}")
    meaning = [text_of(sent.type), *texts_of(sent.applies_to), age]
    return Range(low, high, sent.text, ", ".join([part for part in meaning if part]))


def _age_in_words(age: fhir.Range) -> str | Problem:
    between = _read_between(age)
    if isinstance(between, Problem):
        return between
    low, high = between.low, between.high
    if low and high:
        return f"age {_spoken(low)} to {_spoken(high)}"
    return f"age from {_spoken(low)}" if low else f"age to {_spoken(high)}" if high else ""


def _spoken(amount: Amount) -> str:
    return f"{amount.comparator}{amount.number} {amount.unit}".strip()


def _read_words(sent: str) -> Words | Absent:
    return Words(sent) if sent else Absent("")


def _read_concept(sent: fhir.CodeableConcept) -> Words | Problem:
    text = text_of(sent)
    return Words(text, codes_of(sent)) if text else Problem("a coded value without a code or words")


def _read_between(sent: fhir.Range) -> Between | Problem:
    low = read_amount(sent.low) if sent.low is not None else None
    high = read_amount(sent.high) if sent.high is not None else None
    if isinstance(low, Problem):
        return low
    return high if isinstance(high, Problem) else Between(low, high)


def _read_proportion(sent: fhir.Ratio) -> Proportion | Problem:
    numerator = read_amount(sent.numerator) if sent.numerator is not None else None
    denominator = read_amount(sent.denominator) if sent.denominator is not None else None
    if isinstance(numerator, Problem):
        return numerator
    return denominator if isinstance(denominator, Problem) else Proportion(numerator, denominator)


def _read_samples(sent: fhir.SampledData) -> Samples | Problem:
    origin = read_amount(sent.origin)
    if isinstance(origin, Problem):
        return origin
    numbers = [
        read_number(raw) if len(raw) else ""
        for raw in (sent.period, sent.factor, sent.lower_limit, sent.upper_limit, sent.dimensions)
    ]
    problem = next((number for number in numbers if isinstance(number, Problem)), None)
    if problem:
        return problem
    period, factor, lower, upper, dimensions = [str(number) for number in numbers]
    return Samples(sent.data, origin, period, factor, lower, upper, dimensions)


def _read_integer(sent: msgspec.Raw) -> Amount | Problem:
    number = read_number(sent)
    return number if isinstance(number, Problem) else Amount(number)


def _read_moment(sent: str) -> Moment | Absent:
    return Moment(sent) if sent else Absent("")


def _read_stretch(sent: fhir.Period) -> Moment | Absent:
    """Return a period as ISO 8601 writes one: start/end."""
    return Moment(f"{sent.start}/{sent.end}") if sent.start or sent.end else Absent("")


# In the order of how often laboratories send them.
_VALUES: tuple[tuple[str, Callable[[Any], Value | Problem]], ...] = (
    ("value_quantity", read_amount),
    ("value_codeable_concept", _read_concept),
    ("value_string", _read_words),
    ("value_boolean", YesNo),
    ("value_range", _read_between),
    ("value_ratio", _read_proportion),
    ("value_sampled_data", _read_samples),
    ("value_time", _read_moment),
    ("value_date_time", _read_moment),
    ("value_period", _read_stretch),
)
