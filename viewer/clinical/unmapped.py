"""Find the codes of which no signed map speaks.

Rule: it looks at codes and names alone. No value, no time and nothing of the patient goes out of here.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from connectors.answer import Kind
from viewer.clinical.analyte import UNMAPPED, Catalogue, CodeMap
from viewer.clinical.report import Result
from viewer.clinical.row import Row
from viewer.clinical.series import findings, known


@dataclass(frozen=True, slots=True, order=True)
class Unmapped:
    """A code of a trust that leads to no analyte, and the name that came with it. "" and "" is a result without one."""

    trust: str
    system: str
    code: str
    name: str


def unmapped(rows: Iterable[Row], catalogue: Catalogue, maps: Mapping[str, CodeMap]) -> frozenset[Unmapped]:
    """Return the codes in these rows that no map speaks of, or of which two say different things of one result."""
    return frozenset(
        one
        for row in rows
        if row.report.kind is Kind.LABORATORY
        for result in findings(row)
        if isinstance(result, Result)
        for one in _of(row.report.trust.name, result, catalogue, maps)
    )


def _of(trust: str, result: Result, catalogue: Catalogue, maps: Mapping[str, CodeMap]) -> Iterator[Unmapped]:
    code_map = maps.get(trust, UNMAPPED)
    if known(code_map.meaning(result.codes), catalogue):
        return
    codes = [(one.system, one.code) for one in result.codes] or [("", "")]
    spoken_of = [code for code in codes if code in code_map.codes]
    for system, code in [code for code in codes if code not in spoken_of] or codes:
        yield Unmapped(trust, system, code, result.name)
