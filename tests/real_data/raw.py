"""Read raw FHIR JSON, and say what a page has to show of it.

Rule: no code of the viewer, its connectors or the sandbox is used. What is expected is worked out here once more,
from the standard and from the words on our pages. A number is the characters it was written with.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx

Json = dict[str, Any]


class Number(str):
    """A JSON number as it was written: 4.10, not 4.1."""

    __slots__ = ()


def read_json(text: bytes | str) -> Any:
    """Read JSON; every number stays its own characters."""
    return json.loads(text, parse_float=Number, parse_int=Number, parse_constant=Number)


def leaves(part: Any) -> Iterator[str]:
    """Yield every text and number in a resource, apart from what it is called, refers to and is about."""
    match part:
        case dict():
            for name, inner in part.items():
                if name not in ("id", "reference", "subject"):
                    yield from leaves(inner)
        case list():
            for inner in part:
                yield from leaves(inner)
        case _:
            yield f"{type(part).__name__} {part}"


# ── What a trust holds ───────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Held:
    """What a trust holds about one patient, by id."""

    patient: Json
    reports: Mapping[str, Json]
    observations: Mapping[str, Json]
    studies: Mapping[str, Json]

    def of_kind(self, kind: str) -> Mapping[str, Json]:
        return {"DiagnosticReport": self.reports, "Observation": self.observations, "ImagingStudy": self.studies}[kind]

    def below(self, report: Json) -> list[str]:
        """The Observations a report reaches, by `result` and then by `hasMember`."""
        return list(self._reached(ids_of(report.get("result", ()), "Observation")))

    def issued(self) -> set[str]:
        """The Observations that some report reaches."""
        return {one for report in self.reports.values() if is_read(report) for one in self.below(report)}

    def sent(self) -> set[str]:
        """The Observations a viewer is sent: what reports reach, and what is said to be laboratory with its members."""
        named = {one for report in self.reports.values() for one in self.below(report)}
        loose = [id_ for id_, one in self.observations.items() if "laboratory" in codes(one.get("category", ()))]
        return named | set(self._reached(loose))

    def alone(self) -> list[str]:
        """The Observations that were sent, that no report reaches, and that are in no group that was sent."""
        loose = {id_ for id_ in self.sent() - self.issued() if is_read(self.observations[id_])}
        inner = {one for id_ in loose for one in self._reached([id_]) if one != id_}
        return sorted(loose - inner)

    def pictured(self, report: Json) -> list[str]:
        """The studies of a report: those it names, and those made for a request that it names."""
        named = ids_of(report.get("imagingStudy", ()), "ImagingStudy")
        asked = set(ids_of(report.get("basedOn", ()), "ServiceRequest"))
        made_for = {id_: ids_of(one.get("basedOn", ()), "ServiceRequest") for id_, one in self.studies.items()}
        made = [id_ for id_, requests in made_for.items() if asked & set(requests)]
        return list(dict.fromkeys([*named, *made]))

    def unreported(self) -> set[str]:
        """The studies that stand in no report."""
        return set(self.studies) - {one for report in self.reports.values() for one in self.pictured(report)}

    def unread(self) -> set[str]:
        """What was sent and cannot be read as R4, as "Kind/id"."""
        sent = {f"Observation/{id_}": self.observations[id_] for id_ in self.sent()}
        sent |= {f"DiagnosticReport/{id_}": report for id_, report in self.reports.items()}
        return {name for name, resource in sent.items() if not is_read(resource)}

    def _reached(self, roots: Iterable[str]) -> Iterator[str]:
        waiting, seen = list(roots), set[str]()
        while waiting:
            id_ = waiting.pop(0)
            if id_ in seen or id_ not in self.observations:
                continue
            seen.add(id_)
            yield id_
            waiting += ids_of(self.observations[id_].get("hasMember", ()), "Observation")


def in_files(folder: Path) -> Iterator[Json]:
    """Yield every resource in a folder of files, bundled or not."""
    for file in sorted(folder.rglob("*.json")):
        read = read_json(file.read_bytes())
        entries = read.get("entry", ()) if read.get("resourceType") == "Bundle" else [{"resource": read}]
        yield from (entry["resource"] for entry in entries if "resourceType" in entry.get("resource", {}))


RESULTS = ("DiagnosticReport", "Observation", "ImagingStudy")


def fetch(address: str) -> list[Held]:
    """Ask a trust that wants no sign-in for all that it holds, patient by patient, with no more than HTTP."""
    with httpx.Client(trust_env=False) as client:
        return [
            Held(patient, *(_all(client, address, kind, patient["id"]) for kind in RESULTS))
            for patient in _all(client, address, "Patient").values()
        ]


def fetch_people(address: str) -> list[Json]:
    """Ask a trust that wants no sign-in for all its patients."""
    with httpx.Client(trust_env=False) as client:
        return list(_all(client, address, "Patient").values())


def number_of(patient: Json) -> str:
    """Return a patient's NHS number."""
    system = "https://fhir.nhs.uk/Id/nhs-number"
    return next(str(one["value"]) for one in patient["identifier"] if one["system"] == system)


def _all(client: httpx.Client, address: str, kind: str, patient: str = "") -> dict[str, Json]:
    found: dict[str, Json] = {}
    url = f"{address}/{kind}?_count=200" + (f"&patient={patient}" if patient else "")
    while url:
        bundle = read_json(client.get(url).raise_for_status().content)
        entries = [entry["resource"] for entry in bundle.get("entry", ())]
        assert {one["resourceType"] for one in entries} <= {kind}
        found |= {one["id"]: one for one in entries}
        following = next((link["url"] for link in bundle["link"] if link["relation"] == "next"), "")
        url = urljoin(address, following) if following else ""
    return found


# R4 gives these many values; STU3 gave them one, and then the resource cannot be read as R4.
_MANY = {"DiagnosticReport": ("category",), "Observation": ("interpretation", "category")}


def is_read(resource: Json) -> bool:
    """Say whether a resource is written as R4 writes it."""
    return all(isinstance(resource.get(field, []), list) for field in _MANY[resource["resourceType"]])


# ── What a page has to show of it ────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page has to show of one finding, character by character."""

    name: str
    value: str
    unit: str
    flags: tuple[str, ...]
    range: str
    notes: tuple[str, ...]
    status: str  # "" when it is final, or when the report has said it


def shown(finding: Json, status: str) -> Shown:
    """Return what a page has to show of an Observation in a report of this status."""
    assert "component" not in finding, "no result that is sent has had any yet"
    return Shown(
        text_of(finding.get("code", {})),
        value_of(finding),
        unit_of(finding),
        flags_of(finding),
        range_of(finding),
        notes_of(finding),
        "" if finding["status"] in ("final", status) else STATUS[finding["status"]],
    )


def value_of(finding: Json) -> str:
    """Return the value as a page has to show it."""
    kinds = [name for name in finding if name.startswith("value")]
    assert len(kinds) <= 1
    match kinds:
        case ["valueQuantity"]:
            quantity = finding["valueQuantity"]
            assert isinstance(quantity["value"], Number)
            return f"{quantity.get('comparator', '')}{quantity['value']}"
        case ["valueString"]:
            return str(finding["valueString"])
        case ["valueCodeableConcept"]:
            return text_of(finding["valueCodeableConcept"])
        case []:
            absent = text_of(finding.get("dataAbsentReason", {}))
            return absent or ("" if finding.get("hasMember") else "no value sent, and no reason")
    raise AssertionError(f"{kinds} is not among the real files yet")


def unit_of(finding: Json) -> str:
    """Return the unit in the laboratory's own letters; the code only where no unit was written."""
    quantity = finding.get("valueQuantity")
    return "" if quantity is None else quantity.get("unit") or quantity.get("code") or "no unit"


# HL7 v3 ObservationInterpretation and v2 table 0078, as far as the files use them.
_FLAGS = {
    "H": "▲ HI",
    "L": "▼ LO",
    "HH": "▲▲ HI critical",
    "LL": "▼▼ LO critical",
    "R": "R resistant",
    "S": "S susceptible",
}


def flags_of(finding: Json) -> tuple[str, ...]:
    """Return the flags; none sent is "no flag", and says nothing about what is normal."""
    sent = [coding["code"] for one in finding.get("interpretation", ()) for coding in one["coding"]]
    return tuple(_FLAGS[code] for code in sent)


def range_of(finding: Json) -> str:
    """Return the reference ranges; a unit stands in one only when it is not the value's."""
    ranges = [_range(one, unit_of(finding)) for one in finding.get("referenceRange", ())]
    return "; ".join(ranges)


def _range(sent: Json, unit: str) -> str:
    low, high, text = sent.get("low"), sent.get("high"), sent.get("text", "")
    if low is not None and high is not None:
        numbers = f"{_end(low, unit)}–{_end(high, unit)}"
    elif low is not None:
        numbers = f"from {_end(low, unit)}"
    else:
        numbers = f"up to {_end(high, unit)}" if high is not None else ""
    said = f"{numbers} {text}".strip(" ")
    meaning = ", ".join(filter(None, [text_of(sent.get("type", {})), *map(text_of, sent.get("appliesTo", ()))]))
    assert "age" not in sent
    return f"{meaning}: {said}" if meaning else said


def _end(quantity: Json, unit: str) -> str:
    assert isinstance(quantity["value"], Number)
    own = quantity.get("unit") or quantity.get("code") or ""
    number = f"{quantity.get('comparator', '')}{quantity['value']}"
    return number if own in ("", unit) else f"{number} {own}"


def notes_of(finding: Json) -> tuple[str, ...]:
    """Return the laboratory's comments: R4 calls them `note`, STU3 called one `comment`."""
    notes = [one["text"] for one in finding.get("note", ())]
    return tuple(filter(None, [*notes, finding.get("comment", "")]))


STATUS = {"final": "Final", "unknown": "Status not known", "available": "Registered"}


# ── FHIR, as little of it as this needs ──────────────────────────────────────────────────────────


def text_of(concept: Json) -> str:
    """Return the laboratory's own words, or the first display, or the first code."""
    codings = concept.get("coding", ())
    named = [concept.get("text"), *(one.get("display") for one in codings), *(one.get("code") for one in codings)]
    return str(next(filter(None, named), ""))


def codes(concepts: Iterable[Json]) -> set[str]:
    """Return the bare codes of several concepts."""
    return {coding.get("code", "") for concept in concepts for coding in concept.get("coding", ())}


def ids_of(references: Iterable[Json], kind: str) -> list[str]:
    return [
        one["reference"].removeprefix(f"{kind}/")
        for one in references
        if one.get("reference", "").startswith(f"{kind}/")
    ]
