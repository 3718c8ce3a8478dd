"""The catalogue of analytes, and what each trust has signed that its own codes, units and specimens mean.

Rule: only a trust's signed code map says that two codes are one analyte, or that two spellings are one unit. Likeness
of names is never proof; what no map speaks of stays in the trust's own words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from viewer.clinical.report import Amount, Code


@dataclass(frozen=True, slots=True)
class Group:
    """Analytes that are read together: "U&E"."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Analyte:
    """What is measured, under one name for all laboratories."""

    key: str  # "potassium"
    name: str  # "Potassium"
    group: str  # the key of its Group
    loinc: tuple[str, ...] = ()
    whole: bool = False  # examined as a whole, in words or groups, as a culture is: it has no row of values
    also: tuple[str, ...] = ()  # other names by which it is typed; they prove nothing of what a trust sends


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every analyte we have a name for, in the order in which pages show them."""

    groups: tuple[Group, ...] = ()
    analytes: Mapping[str, Analyte] = field(default_factory=dict)  # by key
    specimens: tuple[str, ...] = ()  # our words for what was taken
    units: tuple[str, ...] = ()  # UCUM codes, each a unit of its own


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one code of a trust means; `specimen` and `unit` stand in where the trust sends none with it."""

    analyte: str  # its key in the catalogue
    specimen: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Conversion:
    """An exact conversion that a trust has signed: a number in `of` times `factor` is the number in `to`."""

    analyte: str
    of: str
    to: str
    factor: Decimal
    clause: str = ""  # of the map that allows it


@dataclass(frozen=True, slots=True)
class CodeMap:
    """One trust's word on its own codes, and who signed it."""

    trust: str
    codes: Mapping[tuple[str, str], Meaning] = field(default_factory=dict)  # (system, code) → what it means
    units: Mapping[str, str] = field(default_factory=dict)  # a unit as sent → its UCUM code
    specimens: Mapping[str, str] = field(default_factory=dict)  # a specimen as sent → the catalogue's word for it
    conversions: tuple[Conversion, ...] = ()
    signed_by: str = ""
    signed_on: date | None = None
    role: str = ""  # of whoever signed

    def meaning(self, codes: Iterable[Code]) -> Meaning | None:
        """Return what these codes of one result mean; None when no code is mapped, or two say different things."""
        said = {self.codes[sent.system, sent.code] for sent in codes if (sent.system, sent.code) in self.codes}
        return said.pop() if len(said) == 1 else None

    def unit(self, amount: Amount, meaning: Meaning | None = None) -> str:
        """Return the name under which a number's unit can be compared: what was sent decides, where it was sent.

        Words and code must say the same. Where they do not ("l/l" coded as "%"), the two together are a unit of
        their own, which nothing else is proven to be.
        """
        said = self.units.get(amount.unit, amount.unit)
        coded = self.units.get(amount.unit_code, amount.unit_code)
        if not said:
            return coded or (meaning.unit if meaning else "")
        return said if coded in ("", said) else f"{said} ({coded})"

    def conversion(self, analyte: str, unit: str) -> Conversion | None:
        """Return how numbers of this analyte in this unit may be converted; None, and so never, unless it is signed."""
        found = (one for one in self.conversions if analyte and (one.analyte, one.of) == (analyte, unit))
        return next(found, None)

    def specimen(self, sent: str, meaning: Meaning | None) -> str:
        """Return the name under which a specimen can be compared: what was sent decides, where it was sent."""
        if not sent:
            return meaning.specimen if meaning else ""
        return self.specimens.get(sent, sent)


UNMAPPED = CodeMap("")
