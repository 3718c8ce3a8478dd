"""Rotherham: local codes only, units as free text, haemoglobin in g/dL, and blood counts as "10.9 g/dL (13.0-18.0) L".

Its blood gas machines send observations that belong to no report. Its sexual health clinic's results are labelled.
"""

from collections.abc import Sequence

from sandbox.exact import Json
from sandbox.fhir import trust_system
from sandbox.laboratory.analyte import ranges
from sandbox.laboratory.laboratory import Laboratory
from sandbox.trust import Trust

_NAME = "rotherham"
_UNITS = {"mmol/L": "mmol/l", "umol/L": "umol/l", "10*9/L": "x10^9/l", "10*12/L": "x10^12/l", "L/L": "l/l"}
_SHORT_FLAGS = {"HI": " H", "LO": " L"}
_BLOOD_COUNT = {"HB", "WBC", "PLT", "RBC", "HCT", "MCV", "MCH", "NEUT", "LYMPH", "MONO", "EOS", "BASO"}


def _local(resources: Sequence[Json]) -> Sequence[Json]:
    return [_observation(one) if one["resourceType"] == "Observation" else _coded(one) for one in resources]


def _coded(resource: Json) -> Json:
    """Give a report the local code of what it reports beside the fixed one, when that code is a clinic's own."""
    labels = [
        label["code"] for label in resource.get("meta", {}).get("security", ()) if label["system"].endswith("/code")
    ]
    if resource["resourceType"] != "DiagnosticReport" or not labels:
        return resource
    own = [{"system": trust_system(_NAME, "code"), "code": label} for label in labels]
    return resource | {"code": {"coding": [*resource["code"]["coding"], *own]}}


def _observation(plain: Json) -> Json:
    local = [one for one in plain["code"]["coding"] if one["system"] == trust_system(_NAME, "code")]
    coded = plain | {"code": {"coding": local, "text": plain["code"]["text"]}}
    if "valueQuantity" not in coded:
        return coded
    return _in_words(coded) if local[0]["code"] in _BLOOD_COUNT else _free_unit(coded)


def _free_unit(observation: Json) -> Json:
    """Send units as the analyser prints them, without a code."""
    printed = observation | {"valueQuantity": _as_printed(observation["valueQuantity"])}
    if "referenceRange" in observation:
        printed["referenceRange"] = [
            {end: _as_printed(quantity) for end, quantity in ends.items()} for ends in observation["referenceRange"]
        ]
    return printed


def _as_printed(quantity: Json) -> Json:
    unit = quantity.get("unit", "")
    return quantity | {"unit": _UNITS.get(unit, unit)} if unit else quantity


def _in_words(observation: Json) -> Json:
    """Send value, unit, range and flag as one text, as an old haematology system does."""
    quantity = observation["valueQuantity"]
    unit = _UNITS.get(quantity["unit"], quantity["unit"])
    ends = observation.get("referenceRange", [{}])[0]
    flag = observation.get("interpretation", [{}])[0].get("text", "")
    text = f"{quantity.get('comparator', '')}{_digits(quantity)} {unit}{_ends(ends)}{_SHORT_FLAGS.get(flag, '')}"
    left_out = ("valueQuantity", "referenceRange", "interpretation")
    return {name: part for name, part in observation.items() if name not in left_out} | {"valueString": text}


def _ends(ends: Json) -> str:
    low, high = (_digits(ends[end]) if end in ends else "" for end in ("low", "high"))
    return f" ({low}-{high})" if low and high else ""


def _digits(quantity: Json) -> str:
    return bytes(quantity["value"]).decode()


TRUST = Trust(
    name=_NAME,
    ods="RFR",
    full_title="The Rotherham NHS Foundation Trust",
    port=8105,
    laboratory=Laboratory(
        intervals={
            "creatinine": ranges("..16 25-70", "M 62-106", "F 44-80"),
            "urea": ranges("2.1-7.1"),
            "white_cells": ranges("..16 4.5-13.5", "3.6-11.0"),
            "platelets": ranges("140-400"),
        },
        per_decilitre=frozenset({"haemoglobin"}),
        ucum=False,
    ),
    habit=_local,
    shouts=True,
)
