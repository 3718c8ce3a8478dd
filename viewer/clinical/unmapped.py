"""Find the codes of which no signed map speaks.

Rule: it looks at codes, names and whether a value is words alone. No value, no time and nothing of the patient goes
out of here.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from connectors.answer import Kind
from viewer.clinical.analyte import UNMAPPED, Catalogue, CodeMap
from viewer.clinical.report import Result, Value, Words, YesNo
from viewer.clinical.row import Row
from viewer.clinical.series import findings, known

_LIKE_A_NUMBER = re.compile(r"\W*\d")


@dataclass(frozen=True, slots=True, order=True)
class Unmapped:
    """A code of a trust that leads to no analyte, and the name that came with it. "" and "" is a result without one.

    "K+NA" are two codes of one result that its map explains, and explains differently.
    """

    trust: str
    system: str
    code: str
    name: str
    in_words: bool = False  # what came was words and no number: a sensitivity, a diagnosis; it needs no map


def unmapped(rows: Iterable[Row], catalogue: Catalogue, maps: Mapping[str, CodeMap]) -> frozenset[Unmapped]:
    """Return the codes in these rows that no map speaks of, and those that say two things of one result."""
    return frozenset(
        one
        for row in rows
        if row.report.kind is Kind.LABORATORY
        for result, _ in findings(row)
        if isinstance(result, Result)
        for one in _of(row.report.trust.name, result, catalogue, maps)
    )


def _of(trust: str, result: Result, catalogue: Catalogue, maps: Mapping[str, CodeMap]) -> Iterator[Unmapped]:
    code_map = maps.get(trust, UNMAPPED)
    if known(code_map.meaning(result.codes), catalogue):
        return
    codes = sorted({(one.system, one.code) for one in result.codes}) or [("", "")]
    unexplained = [code for code in codes if code not in code_map.codes]
    for system, code in unexplained or [_together(codes)]:
        yield Unmapped(trust, system, code, result.name, _is_in_words(result.value))


def _is_in_words(value: Value) -> bool:
    """Say whether a value is words alone. What begins like a number may be one, and what is absent may have been."""
    return isinstance(value, YesNo) or (isinstance(value, Words) and not _LIKE_A_NUMBER.match(value.text))


def _together(codes: Iterable[tuple[str, str]]) -> tuple[str, str]:
    systems, each = zip(*codes, strict=True)
    return "+".join(dict.fromkeys(systems)), "+".join(each)
