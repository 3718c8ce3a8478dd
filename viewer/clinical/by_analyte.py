"""Every result of the laboratories’ reports by its analyte, as signed maps say it; and what none of them explains.

Rule: what was cancelled, or is absent, is no result; what has no time may be the newest.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from connectors.answer import Kind
from viewer.clinical.analyte import UNMAPPED, Analyte, Catalogue, CodeMap
from viewer.clinical.around import NOTHING, Around, placed
from viewer.clinical.microbiology import is_microbiology
from viewer.clinical.report import (
    Absent,
    Amount,
    Code,
    Flag,
    NoValue,
    Report,
    Result,
    Status,
    TakenFrom,
    Unreadable,
    When,
    Words,
)
from viewer.clinical.retest_rules import LabTest, RetestRules
from viewer.clinical.row import Row
from viewer.clinical.title import FIXED_CODES


@dataclass(frozen=True, slots=True)
class Found:
    """One result of a test, in the report in which it stands; or the report itself, where its code names the test."""

    row: Row
    result: Result  # without a value of its own where the findings stand in groups, in words or in a document
    analyte: str
    taken: When | None
    taken_from: TakenFrom
    around: Around = NOTHING

    @property
    def is_read_there(self) -> bool:
        """Say whether what was found stands in its report alone: in the members of a group, in words, in a document."""
        return isinstance(self.result.value, NoValue) and Status.ENTERED_IN_ERROR not in self.statuses

    @property
    def statuses(self) -> frozenset[Status]:
        """Return its own status, its report's, and that of groups that take it back with them."""
        return self.around.taken_back | {self.result.status, self.row.report.status}

    @property
    def at(self) -> datetime:
        """Return the instant it sorts by; one without any time may be the newest."""
        return self.taken.instant if self.taken else MAY_BE_NEWEST


MAY_BE_NEWEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Findings:
    """Every result of a signed code, by its analyte; and what no signed map explains."""

    rows: tuple[Row, ...]
    by_analyte: Mapping[str, tuple[Found, ...]]
    unexplained: int  # findings of codes that no signed map explains, or that could not be read
    codes_of: Mapping[str, frozenset[str]]  # trust → the analytes its signed map names
    senders: tuple[str, ...] = ()  # trusts that sent laboratory reports
    unmapped: tuple[Found, ...] = ()  # results of codes that no signed map explains; their analyte is ""
    names: Mapping[str, str] = field(default_factory=dict)  # analyte → its name in the catalogue
    explained: frozenset[tuple[str, str]] = frozenset()  # keys of rows, and ids of their results that a map explains

    def of(self, analytes: Iterable[str]) -> Iterator[Found]:
        """Yield every result of these analytes."""
        for analyte in analytes:
            yield from self.by_analyte.get(analyte, ())

    def flagged_and_unexplained(self, row: Row) -> tuple[Found, ...]:
        """Return what is flagged in a report and no signed map explains: no test would show it."""
        return tuple(one for one in flagged_in(row) if (row.key, one.result.id) not in self.explained)

    def without_code(self, test: LabTest) -> tuple[str, ...]:
        """Return the trusts that sent laboratory reports, and whose signed map names no code of this test."""
        return tuple(name for name in self.senders if self.codes_of.get(name, frozenset()).isdisjoint(test.done_by))

    def reports_aki(self, rules: RetestRules, now: datetime) -> bool:
        """Say whether a laboratory has reported an acute kidney injury lately, in a result or a note of its own."""
        if not rules.aki_words and not rules.aki_analytes:
            return False
        since = now - rules.aki_lasts
        found = re.compile("|".join(rf"\b{re.escape(word)}\b" for word in rules.aki_words) or "(?!)", re.IGNORECASE)
        return any(one.at >= since for one in self.of(rules.aki_analytes)) or any(
            found.search(said) for row in self.rows if instant_of(row.report) >= since for said in _notes_of(row.report)
        )


def find_all(rows: Iterable[Row], catalogue: Catalogue, maps: Mapping[str, CodeMap]) -> Findings:
    """Return every result of the laboratories' reports by its analyte, groups of results and whole reports too."""
    whole = tuple(rows)
    by_analyte: dict[str, list[Found]] = {}
    unexplained = 0
    unmapped: list[Found] = []
    for row in whole:
        if row.report.kind is Kind.LABORATORY:
            found, rest, unread = _found_in(row, catalogue, maps.get(row.report.trust.name, UNMAPPED))
            unexplained += len(rest) + unread
            unmapped += rest
            for one in found:
                by_analyte.setdefault(one.analyte, []).append(one)
    codes = {name: frozenset(one.analyte for one in code_map.codes.values()) for name, code_map in maps.items()}
    senders = dict.fromkeys(row.report.trust.name for row in whole if row.report.kind is Kind.LABORATORY)
    names = {key: analyte.name for key, analyte in catalogue.analytes.items()}
    found_by = {key: tuple(found) for key, found in by_analyte.items()}
    explained = frozenset((one.row.key, one.result.id) for found in found_by.values() for one in found)
    return Findings(whole, found_by, unexplained, codes, tuple(senders), tuple(unmapped), names, explained)


def _found_in(row: Row, catalogue: Catalogue, code_map: CodeMap) -> tuple[list[Found], list[Found], int]:
    """Return what is found in one report, its results that no map explains, and how many could not be read.

    What stands within something that is examined as a whole, a culture, is a part of it and needs no code of its own.
    """
    itself = _found_itself(row, catalogue, code_map)
    parts = {one.id for one in _every(row.report.results)} if itself else set[str]()
    found: list[Found] = []
    unmapped: list[Found] = []
    unread = 0
    for result, around in placed(row.report.results):
        analyte = _analyte(result.codes, catalogue, code_map) if isinstance(result, Result) else None
        if isinstance(result, Result) and analyte:
            found.append(_found(row, result, analyte.key, around))
            parts |= {one.id for one in _every(result.members)} if analyte.whole else set()
        elif isinstance(result, Unreadable):
            unread += 1
        elif not (isinstance(result.value, NoValue) or result.id in parts):
            unmapped.append(_found(row, result, "", around))
    known = {one.analyte for one in found}
    return found + [one for one in itself if one.analyte not in known], unmapped, unread


def _found_itself(row: Row, catalogue: Catalogue, code_map: CodeMap) -> list[Found]:
    """Return the report itself where the signed map says of its own code that it is examined as a whole."""
    report = row.report
    codes = [code for code in report.codes if code.code not in FIXED_CODES]  # those stand on every report
    analyte = _analyte(codes, catalogue, code_map)
    if analyte is None or not analyte.whole:
        return []
    stands_for_it = Result(report.id, report.title, NoValue(), report.status, report.status_as_sent, report.codes)
    return [Found(row, stands_for_it, analyte.key, report.taken, report.taken_from)]


def _analyte(codes: Iterable[Code], catalogue: Catalogue, code_map: CodeMap) -> Analyte | None:
    meaning = code_map.meaning(codes)
    return catalogue.analytes.get(meaning.analyte) if meaning else None


def _found(row: Row, result: Result, analyte: str, around: Around) -> Found:
    if result.taken:
        return Found(row, result, analyte, result.taken, TakenFrom.EFFECTIVE, around)
    return Found(row, result, analyte, row.report.taken, row.report.taken_from, around)


def _every(results: Iterable[Result | Unreadable]) -> Iterator[Result | Unreadable]:
    """Yield every finding of a report once, groups too, however many groups name it."""
    waiting, seen = list(results), set[str]()
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, Unreadable):
            yield one
        elif one.id not in seen:
            seen.add(one.id)
            yield one
            waiting.extend(one.members)


def flagged_in(row: Row) -> tuple[Found, ...]:
    """Return what the laboratory flagged in a report, with a value; nothing of a culture, which is read whole."""
    if row.report.kind is not Kind.LABORATORY or is_microbiology(row.report):
        return ()
    every = placed(row.report.results)
    found = [_found(row, one, "", around) for one, around in every if isinstance(one, Result) and stands_out(one)]
    return tuple(one for one in found if has_value(one) and not isinstance(one.result.value, NoValue))


def _notes_of(report: Report) -> Iterator[str]:
    """Yield what a laboratory says in words: its notes, its conclusion, and results that are words."""
    yield from report.notes
    yield report.conclusion
    for result in _every(report.results):
        if isinstance(result, Result):
            yield result.name
            yield from result.notes
            if isinstance(result.value, Words):
                yield result.value.text


def instant_of(report: Report) -> datetime:
    """Return the instant a report sorts by; one without any time may be the newest."""
    return report.taken.instant if report.taken else MAY_BE_NEWEST


def stands_out(result: Result) -> bool:
    """Say whether the laboratory flagged a result in any way but "normal". No flag is no word of it."""
    return any(one.flag not in _UNREMARKABLE for one in result.flags)


_UNREMARKABLE = frozenset({Flag.UNSTATED, Flag.NORMAL})


def has_value(one: Found) -> bool:
    """Say whether anything was sent as a value. What was cancelled, or is absent, was not done."""
    value = one.result.value
    is_empty = isinstance(value, Absent) or (isinstance(value, Amount) and not value.number)
    return one.statuses.isdisjoint(_WITHOUT_VALUE) and not is_empty


_WITHOUT_VALUE = frozenset({Status.CANCELLED, Status.ENTERED_IN_ERROR, Status.REGISTERED})
