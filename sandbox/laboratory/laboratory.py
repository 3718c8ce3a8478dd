"""One trust's laboratory: its own ranges, units, ceilings and flags, and how it words what it measures.

Rule: the flag is the laboratory's to give. Many give none, and none never means normal.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

from sandbox.laboratory.analyte import Analyte, Interval, interval_for
from sandbox.laboratory.finding import Finding, Measured, Missing, Said
from sandbox.laboratory.panel import Panel


class Flags(StrEnum):
    """How a laboratory flags a value outside its range."""

    NHS = "nhs"  # HI and LO
    HL7 = "hl7"  # H, L, HH, LL
    HL7_WITH_NORMAL = "hl7 with N"
    OUTSIDE = "outside"  # OR, whichever side
    NONE = "none"


# Values that are telephoned at once (after RCPath G158; a few of them).
_CRITICAL = {
    "potassium": (2.5, 6.5),
    "sodium": (120.0, 160.0),
    "haemoglobin": (70.0, 220.0),
    "neutrophils": (0.5, 50.0),
    "glucose": (2.5, 25.0),
    "adjusted_calcium": (1.8, 3.5),
}


@dataclass(frozen=True, slots=True)
class Laboratory:
    """What is its own at one laboratory. The rest is common to all."""

    intervals: Mapping[str, tuple[Interval, ...]] = field(default_factory=dict)
    ceilings: Mapping[str, float] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    per_decilitre: frozenset[str] = frozenset()  # analytes sent in g/dL where others send g/L
    flags: Mapping[str, Flags] = field(default_factory=lambda: MappingProxyType({"": Flags.NHS}))  # by discipline
    ucum: bool = True  # sends coded units

    def report(
        self,
        panel: Panel,
        sex: str,
        age: float,
        *,
        given: Mapping[str, str],
        usual: Mapping[str, float],
        chance: random.Random,
    ) -> Finding:
        """Return the panel's findings: what is given, what follows from it, the rest as is usual for the patient."""
        measured = {a.key: self._draw(a, sex, age, usual, chance) for a in panel.analytes}
        measured |= {
            key: float(text.lstrip("<>")) for key, text in given.items() if _is_number(text) and key in measured
        }
        derived = panel.derive(measured, sex, age)
        texts = {a.key: self._print(a, (measured | derived)[a.key]) for a in panel.analytes} | dict(given)
        told = [a for a in panel.analytes if a.key != "egfr" or age >= 18]
        findings = tuple(self._find(a, texts[a.key], panel.discipline, sex, age) for a in told)
        if len(findings) == 1:
            return findings[0]
        return Finding(panel.title, panel.local, snomed=panel.snomed, members=findings)

    def _draw(self, analyte: Analyte, sex: str, age: float, usual: Mapping[str, float], chance: random.Random) -> float:
        interval = self._interval(analyte, sex, age)
        if analyte.key in usual:
            return usual[analyte.key] * (1 + chance.gauss(0, 0.03 if analyte.steady else 0.08))
        if interval.low and interval.high and float(interval.low) != 0:
            low, high = float(interval.low), float(interval.high)
            return chance.gauss((low + high) / 2, (high - low) / (5.5 if analyte.steady else 4.4))
        return abs(analyte.usual) * chance.lognormvariate(-0.1, 0.35)

    def _print(self, analyte: Analyte, value: float) -> str:
        ceiling = self.ceilings.get(analyte.key, analyte.ceiling)
        if analyte.floor is not None and value < analyte.floor:
            return f"<{analyte.floor:g}"
        if ceiling is not None and value > ceiling:
            return f">{ceiling:g}"
        return f"{value:.{analyte.places}f}"

    def _find(self, analyte: Analyte, text: str, discipline: str, sex: str, age: float) -> Finding:
        interval = self._interval(analyte, sex, age)
        finding = Finding(
            self.names.get(analyte.key, analyte.name), analyte.local, snomed=analyte.snomed, interval=interval
        )
        if not _is_number(text):
            return replace(finding, value=Missing(text))
        comparator, number = ("", text) if text[0] not in "<>" else (text[0], text[1:])
        flag = self._flag(analyte, discipline, number, comparator, interval)
        if analyte.key in self.per_decilitre:
            tenths = replace(interval, low=_tenth(interval.low), high=_tenth(interval.high))
            return replace(
                finding, value=Measured(_tenth(number), "g/dL", "g/dL", comparator), interval=tenths, flag=flag
            )
        ucum = (analyte.ucum or analyte.unit) if self.ucum else ""
        return replace(finding, value=Measured(number, analyte.unit, ucum, comparator), flag=flag)

    def _interval(self, analyte: Analyte, sex: str, age: float) -> Interval:
        return interval_for(self.intervals.get(analyte.key, analyte.intervals), sex, age)

    def _flag(self, analyte: Analyte, discipline: str, number: str, comparator: str, interval: Interval) -> str:
        style = self.flags.get(discipline, self.flags.get("", Flags.NONE))
        value = float(number)
        high = bool(interval.high) and value > float(interval.high) and comparator != "<"
        low = bool(interval.low) and value < float(interval.low) and comparator != ">"
        match style:
            case Flags.NHS:
                return "HI" if high else "LO" if low else ""
            case Flags.OUTSIDE:
                return "OR" if high or low else ""
            case Flags.HL7 | Flags.HL7_WITH_NORMAL:
                says_normal = style is Flags.HL7_WITH_NORMAL and bool(interval.low and interval.high)
                letter = "H" if high else "L" if low else "N" if says_normal else ""
                return letter * 2 if (high or low) and _is_critical(analyte, value) else letter
            case Flags.NONE:
                return ""


def words(
    name: str, local: str, text: str, *, flag: str = "", notes: tuple[str, ...] = (), string: bool = False
) -> Finding:
    """Return a finding in words."""
    return Finding(name, local, Said(text, as_string=string), flag=flag, notes=notes)


def _is_critical(analyte: Analyte, value: float) -> bool:
    low, high = _CRITICAL.get(analyte.key, (float("-inf"), float("inf")))
    return not low < value < high


def _is_number(text: str) -> bool:
    return text.lstrip("<>-").replace(".", "", 1).isdigit()


def _tenth(number: str) -> str:
    return f"{float(number) / 10:.1f}" if number else ""
