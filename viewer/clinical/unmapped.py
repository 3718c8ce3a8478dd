"""Find the codes of which no signed map speaks: of results, of groups of results, and of whole reports.

Rule: it looks at codes, names and whether a value is words alone. No value, no time and nothing of the patient goes
out of here.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from connectors.answer import Kind
from viewer.clinical.analyte import UNMAPPED, Catalogue, CodeMap
from viewer.clinical.around import placed
from viewer.clinical.report import Code, NoValue, Report, Result, Value, Words, YesNo
from viewer.clinical.row import Row
from viewer.clinical.series import known
from viewer.clinical.title import FIXED_CODES

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
    in_words: bool = False  # no number came under it, but words, a group or a whole report: it seldom needs a map


def unmapped(rows: Iterable[Row], catalogue: Catalogue, maps: Mapping[str, CodeMap]) -> frozenset[Unmapped]:
    """Return the codes in these rows that no map speaks of, and those that say two things of one result."""
    return frozenset(
        one
        for row in rows
        if row.report.kind is Kind.LABORATORY
        for coded in _coded(row.report)
        for one in _of(row.report.trust.name, coded, catalogue, maps)
    )


@dataclass(frozen=True, slots=True)
class _Coded:
    """What a map can explain: a result, a group of results, or a whole report; the last two are no number."""

    name: str
    codes: tuple[Code, ...]
    in_words: bool


def _coded(report: Report) -> Iterator[_Coded]:
    """Yield what a report holds under codes; only a result of its own can lack one."""
    for one, _ in placed(report.results):
        if isinstance(one, Result) and (one.codes or not isinstance(one.value, NoValue)):
            yield _Coded(one.name, one.codes, _is_in_words(one.value))
    own = tuple(code for code in report.codes if code.code not in FIXED_CODES)  # those stand on every report
    if own:
        yield _Coded(report.title, own, in_words=True)


def _of(trust: str, coded: _Coded, catalogue: Catalogue, maps: Mapping[str, CodeMap]) -> Iterator[Unmapped]:
    code_map = maps.get(trust, UNMAPPED)
    if known(code_map.meaning(coded.codes), catalogue):
        return
    codes = sorted({(one.system, one.code) for one in coded.codes}) or [("", "")]
    unexplained = [code for code in codes if code not in code_map.codes]
    for system, code in unexplained or [_together(codes)]:
        yield Unmapped(trust, system, code, coded.name, coded.in_words)


def _is_in_words(value: Value) -> bool:
    """Say whether a value is words or none. What begins like a number may be one, and what is absent may have been."""
    return isinstance(value, YesNo | NoValue) or (isinstance(value, Words) and not _LIKE_A_NUMBER.match(value.text))


def _together(codes: Iterable[tuple[str, str]]) -> tuple[str, str]:
    systems, each = zip(*codes, strict=True)
    return "+".join(dict.fromkeys(systems)), "+".join(each)
