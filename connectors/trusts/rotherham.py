"""Rotherham writes number, unit, range and flag into the text of the value, "10.9 g/dL (13.0-18.0) L", and has its own
words for where a patient is: "ED".

Rule: nothing is guessed. A text that is not wholly of that shape stays the words it is; every part of one
that is becomes a field of its own, in the laboratory's own characters. Its local codes of tests stay local.
"""

import re
from dataclasses import replace

import msgspec

from connectors.answer import Search
from connectors.connector import PLAIN, in_department_as
from connectors.resource import CodeableConcept, Coding, Encounter, Observation, Quantity, ReferenceRange, Resource
from connectors.trust_config import TrustConfig

_INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
_NUMBER = r"\d{1,9}(?:\.\d{1,6})?"  # FHIR writes decimals this way; "01", ".5" and "1,5" are not numbers here
_VALUE = re.compile(
    rf"(?P<comparator><=|>=|<|>)? ?(?P<number>-?{_NUMBER})"
    r"(?: (?P<unit>[A-Za-z%µμ°][A-Za-z0-9%µμ°/.*^]{0,30}|10[*^][0-9]{1,2}/[A-Za-zµμ]{1,5}))?"
    rf"(?: \((?:(?P<low>-?{_NUMBER}) ?- ?(?P<high>-?{_NUMBER})|(?P<bound>(?:<=|>=|<|>) ?{_NUMBER}))\))?"
    r"(?: (?P<flag>HH|LL|H|L))?"
)
_FLAGS = frozenset({"HH", "LL", "H", "L"})
_LEADING_ZERO = re.compile(r"-?0\d")


def value_out_of_text(resource: Resource) -> Resource:
    """Return an Observation with its number, unit, range and flag as fields, if its text holds just those."""
    if not isinstance(resource, Observation) or resource.value_string is None or resource.value_quantity is not None:
        return resource
    parts = _VALUE.fullmatch(resource.value_string.strip())
    if parts is None or not _is_sure(parts):
        return resource
    unit = parts["unit"] or ""
    return msgspec.structs.replace(
        resource,
        value_string=None,
        value_quantity=Quantity(value=_raw(parts["number"]), comparator=parts["comparator"] or "", unit=unit),
        reference_range=resource.reference_range or _ranges(parts, unit),
        interpretation=resource.interpretation or _flags(parts["flag"]),
    )


def _is_sure(parts: re.Match[str]) -> bool:
    """Say whether the text can mean one thing only.

    A bare number may count anything, so a unit or a range must stand with it; "10.9 L" may be litres or low.
    """
    unit, low, high = parts["unit"], parts["low"], parts["high"]
    numbers = [number for number in (parts["number"], low, high) if number]
    if any(_LEADING_ZERO.match(number) for number in numbers) or unit in _FLAGS:
        return False
    if low and float(low) > float(high):
        return False
    return bool(unit or low or parts["bound"])


def _ranges(parts: re.Match[str], unit: str) -> tuple[ReferenceRange, ...]:
    if parts["bound"]:
        return (ReferenceRange(text=parts["bound"]),)
    if not parts["low"]:
        return ()
    low, high = (Quantity(value=_raw(parts[end]), unit=unit) for end in ("low", "high"))
    return (ReferenceRange(low=low, high=high),)


def _flags(flag: str | None) -> tuple[CodeableConcept, ...]:
    if not flag:
        return ()
    return (CodeableConcept(coding=(Coding(system=_INTERPRETATION, code=flag),), text=flag),)


def _raw(number: str) -> msgspec.Raw:
    return msgspec.Raw(number.encode())


_ITS_CLASSES = "https://fhir.sandbox.example/rotherham/encounter-class"
_ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_CLASSES = {"ED": "EMER", "WARD": "IMP", "CLINIC": "AMB"}  # as Rotherham explained them; another word stays its own


def class_in_r4s_words(resource: Resource) -> Resource:
    """Return an Encounter with its class in R4's own words, if it came in one of Rotherham's that we know."""
    sent = resource.class_ if isinstance(resource, Encounter) else None
    if sent is None or sent.system != _ITS_CLASSES or sent.code not in _CLASSES:
        return resource
    return msgspec.structs.replace(resource, class_=Coding(system=_ACT_CODE, code=_CLASSES[sent.code]))


def repair(resource: Resource) -> Resource:
    """Return the resource with what is odd at Rotherham mended."""
    return class_in_r4s_words(value_out_of_text(resource))


def who_is_in_department(config: TrustConfig) -> Search:
    """Return the search for who is in its emergency department, by its own word for it."""
    return in_department_as(f"{_ITS_CLASSES}|ED", config)


connector = replace(PLAIN, name="rotherham", repair=repair, who_is_in_department=who_is_in_department)
