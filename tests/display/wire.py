"""Make results as laboratories send them, and say what must be shown of each: an oracle that knows no product code.

Rule: everything here is text from the beginning. No number is ever a number, so that none can be rounded.
"""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
# v3 code → the letters that a reader sees (DOMAIN §2: HI, LO; shapes stand before them)
LETTERS = {
    "": "no flag",
    "H": "HI",
    "L": "LO",
    "HH": "HI critical",
    "LL": "LO critical",
    "A": "abnormal",
    "AA": "critical",
    "N": "normal (laboratory)",
}
STATUSES = {
    "final": "Final",
    "preliminary": "Preliminary",
    "amended": "Amended",
    "corrected": "Corrected",
    "registered": "Registered",
    "unknown": "Status not known",
}
# Of a group as of a result, and what a group alone is sent as here: what it says holds of all that is in it.
GROUP_STATUSES = {**STATUSES, "cancelled": "Cancelled", "entered-in-error": "Entered in error"}
_UNITS = (
    "mmol/L",
    "umol/L",
    "µmol/L",
    "g/L",
    "g/dL",
    "10*9/L",
    "x10^9/l",
    "mL/min/1.73m²",
    "%",
    "ng/mL",
    "U/L",
    "mg/L",
    "<b>",
    "a&b",
    "kPa",
    "mol/mol'",
    'in "Hg"',
    "",
)
_COMPARATORS = ("", "", "", "", "<", "<=", ">=", ">")
_NAMES = (
    "Sodium",
    "Potassium",
    "Haemoglobin (reticulocyte)",
    "eGFR & co",
    "Anti-<script>",
    "β2-microglobulin",
    "Hb A1c",
    "T3 “free”",
    "Ω",
    "C-reactive protein",
    "Bilirubin (conj.)",
    "17-OH-progesterone",
)
_NOTES = (
    "Haemolysed; interpret with care.",
    "Hb<lower limit> of range",
    "Repeat in 2/52 & tell the GP",
    "K+ > 6 telephoned",
    "‘Quoted’ “both” ways",
    "Tom’s <b>bold</b> comment",
    "100% of 3.50 – 5.30",
    "a  b",
)


@dataclass(frozen=True, slots=True)
class Sent:
    """One result as it was sent, in the characters that were sent."""

    id: str
    name: str
    number: str
    comparator: str
    unit: str
    low: str
    high: str
    range_text: str
    flag: str
    status: str
    note: str

    @property
    def value(self) -> str:
        return f"{self.comparator}{self.number}"

    @property
    def said_unit(self) -> str:
        return self.unit or "no unit"

    @property
    def said_range(self) -> str:
        if self.low and self.high:
            return f"{self.low}–{self.high}"
        if self.low or self.high:
            return f"from {self.low}" if self.low else f"up to {self.high}"
        return self.range_text or "no range"

    @property
    def letters(self) -> str:
        return LETTERS[self.flag]


@dataclass(frozen=True, slots=True)
class SentGroup:
    """A group as it was sent: the first results of its report, and what it says of them all."""

    id: str
    name: str
    holds: int
    flag: str
    status: str
    note: str

    @property
    def in_error(self) -> bool:
        return self.status == "entered-in-error"


@dataclass(frozen=True, slots=True)
class SentReport:
    """One report as it was sent."""

    id: str
    title: str
    status: str
    taken: str  # "2026-03-29T00:59:00+00:00"
    results: tuple[Sent, ...]
    group: SentGroup | None = None

    def group_of(self, result: Sent) -> SentGroup | None:
        """Return the group that a result stands in."""
        return self.group if self.group and result in self.results[: self.group.holds] else None


def reports(seed: int, count: int, results_each: int) -> list[SentReport]:
    """Return so many reports, the same for a seed."""
    chance = random.Random(seed)
    return [_report(chance, f"{seed}-{number}", results_each) for number in range(count)]


def _report(chance: random.Random, id_: str, count: int) -> SentReport:
    status = chance.choice(list(STATUSES))
    day, hour, minute = chance.randint(1, 28), chance.randint(0, 23), chance.randint(0, 59)
    taken = f"20{chance.randint(10, 25)}-{chance.randint(1, 12):02}-{day:02}T{hour:02}:{minute:02}:00+00:00"
    results = tuple(_result(chance, f"{id_}-{number}") for number in range(count))
    return SentReport(id_, f"Panel {id_}", status, taken, results, _group(random.Random(f"group {id_}"), id_, count))


def _group(chance: random.Random, id_: str, count: int) -> SentGroup | None:
    if chance.random() < 0.5:
        return None
    return SentGroup(
        f"{id_}-group",
        f"Group {id_}",
        chance.randint(1, count),
        chance.choice(("", "", *LETTERS)),
        chance.choice(list(GROUP_STATUSES)),
        chance.choice(("", *_NOTES)),
    )


def _result(chance: random.Random, id_: str) -> Sent:
    low, high, text = "", "", ""
    kind = chance.randrange(6)
    if kind < 3:
        low, high = sorted((_number(chance), _number(chance)), key=float)
    elif kind == 3:
        low, high = (_number(chance), "") if chance.random() < 0.5 else ("", _number(chance))
    elif kind == 4:
        text = chance.choice(("see comment", "less than <5.0>", "adults & children", "3.50 to 5.30"))
    return Sent(
        id_,
        chance.choice(_NAMES),
        _number(chance),
        chance.choice(_COMPARATORS),
        chance.choice(_UNITS),
        low,
        high,
        text,
        chance.choice(list(LETTERS)),
        chance.choice(list(STATUSES)),
        chance.choice(("", "", "", *_NOTES)),
    )


def _number(chance: random.Random) -> str:
    """Return a JSON number: whole, with trailing zeros, very long, very small, negative, with an exponent."""
    kind = chance.randrange(12)
    if kind == 0:
        return f"{chance.randint(1, 9)}.{chance.randint(0, 9)}E{chance.choice('+-')}{chance.randint(1, 5)}"
    if kind == 1:
        return f"{chance.randrange(10**20, 10**21)}.{chance.randrange(10**9):09}"
    if kind == 2:
        return f"-{chance.randint(0, 20)}.{chance.randrange(100):02}"
    if kind == 3:
        return f"0.{'0' * chance.randint(1, 6)}{chance.randint(1, 9)}0"
    places = chance.randint(0, 4)
    return (
        f"{chance.randint(0, 999)}.{chance.randrange(10**places):0{places}}" if places else f"{chance.randint(0, 9999)}"
    )


# ── As FHIR ──────────────────────────────────────────────────────────────────────────────────────


def resources(sent: Sequence[SentReport]) -> Iterator[tuple[str, str, str]]:
    """Yield (kind, id, JSON) of every resource. Numbers are written as their own characters."""
    for report in sent:
        yield "DiagnosticReport", report.id, _report_json(report)
        yield (
            "Specimen",
            report.id,
            _json(
                {
                    "resourceType": "Specimen",
                    "id": report.id,
                    "type": {"text": "Serum"},
                    "collection": {"collectedDateTime": report.taken},
                }
            ),
        )
        if report.group:
            yield "Observation", report.group.id, _group_json(report.group, report)
        for result in report.results:
            yield "Observation", result.id, _result_json(result, report)


def _report_json(report: SentReport) -> str:
    laboratory = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": "LAB"}]}
    return _json(
        {
            "resourceType": "DiagnosticReport",
            "id": report.id,
            "status": report.status,
            "category": [laboratory],
            "code": {"text": report.title},
            "specimen": [{"reference": f"Specimen/{report.id}"}],
            "result": [{"reference": f"Observation/{id_}"} for id_ in _named(report)],
        }
    )


def _named(report: SentReport) -> list[str]:
    group = report.group
    rest = report.results[group.holds :] if group else report.results
    return [*([group.id] if group else []), *(result.id for result in rest)]


def _group_json(group: SentGroup, report: SentReport) -> str:
    return _json(
        {
            "resourceType": "Observation",
            "id": group.id,
            "status": group.status,
            "code": {"text": group.name},
            "specimen": {"reference": f"Specimen/{report.id}"},
            "hasMember": [{"reference": f"Observation/{result.id}"} for result in report.results[: group.holds]],
            **_flag_and_note(group.flag, group.note),
        }
    )


def _flag_and_note(flag: str, note: str) -> dict[str, object]:
    return {
        **({"interpretation": [{"coding": [{"system": _INTERPRETATION, "code": flag}]}]} if flag else {}),
        **({"note": [{"text": note}]} if note else {}),
    }


def _result_json(result: Sent, report: SentReport) -> str:
    limits = ""
    if result.low or result.high or result.range_text:
        parts = [
            f'"{end}":{{"value":{number}}}' for end, number in (("low", result.low), ("high", result.high)) if number
        ]
        parts += [f'"text":{json.dumps(result.range_text)}'] if result.range_text else []
        limits = f',"referenceRange":[{{{",".join(parts)}}}]'
    quantity = [f'"value":{result.number}']
    quantity += [f'"comparator":{json.dumps(result.comparator)}'] if result.comparator else []
    quantity += [f'"unit":{json.dumps(result.unit)}'] if result.unit else []
    rest = {
        "resourceType": "Observation",
        "id": result.id,
        "status": result.status,
        "code": {"text": result.name},
        "specimen": {"reference": f"Specimen/{report.id}"},
        **_flag_and_note(result.flag, result.note),
    }
    return f'{_json(rest)[:-1]},"valueQuantity":{{{",".join(quantity)}}}{limits}}}'


def _json(of: object) -> str:
    return json.dumps(of, ensure_ascii=False)
