"""A group of analytes that is asked for and reported together."""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.laboratory.analyte import Analyte

Measured = dict[str, float]
Derive = Callable[[Measured, str, float], Measured]  # measured, sex, age → what is worked out from it


def nothing_derived(*_: object) -> Measured:
    """Work nothing out."""
    return {}


@dataclass(frozen=True, slots=True)
class Panel:
    """One test group: "U&E" and the analytes in it."""

    key: str
    title: str
    local: str
    analytes: tuple[Analyte, ...]
    discipline: str = "CH"  # v2-0074: CH chemistry, HM haematology, BG blood gases…
    specimen: str = "Serum"
    snomed: str = ""
    derive: Derive = nothing_derived
