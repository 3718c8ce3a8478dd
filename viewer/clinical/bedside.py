"""Say of a report that it is a blood gas, and that it was measured beside the patient, where its trust says so.

Rule: a gas is what its trust files under blood gases (HL7 v2 table 0074, BG). "Point of care" has to stand in the
trust's own words for the report, its category, its method or whoever performed it.
"""

import re
from collections.abc import Iterable, Iterator

from viewer.clinical.report import Report, Result, Unreadable

_GASES = frozenset({"BG", "BLOOD GASES", "BLOOD GAS"})
_BESIDE = re.compile(r"\b(?:point[ -]of[ -]care|near[ -]patient|POCT)\b", re.IGNORECASE)


def is_blood_gas(report: Report) -> bool:
    """Say whether its trust files a report under blood gases."""
    return any(not _GASES.isdisjoint((one.code.upper(), one.display.upper())) for one in report.categories)


def is_from_point_of_care(report: Report) -> bool:
    """Say whether its trust says that a report was measured at the point of care."""
    filed = (one.display or one.code for one in report.categories)
    return any(_BESIDE.search(words) for words in (report.title, *filed, *report.performers, *_methods(report.results)))


def _methods(results: Iterable[Result | Unreadable]) -> Iterator[str]:
    for one in results:
        if isinstance(one, Result):
            yield one.method
            yield from _methods(one.members)
