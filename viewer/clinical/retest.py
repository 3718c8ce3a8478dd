"""Was a test done already, anywhere, and does the interval in which repeating it seldom helps still run?

Rule: advice only, and on every doubt none: never for a child, never for a test that is excluded, never on a result
that is not final, not flagged as the rule needs, or whose time is not known. No result found is never "not needed".
Source: RCPath G147 (March 2021), as config/retest.toml writes it down.
"""

import calendar
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from connectors.answer import Kind
from viewer.clinical.analyte import UNMAPPED, Analyte, Catalogue, CodeMap
from viewer.clinical.around import NOTHING, Around, placed
from viewer.clinical.microbiology import is_microbiology
from viewer.clinical.patient import Person
from viewer.clinical.report import (
    Absent,
    Amount,
    Code,
    Flag,
    Moment,
    NoValue,
    Precision,
    Report,
    Result,
    Status,
    TakenFrom,
    Unreadable,
    When,
    Words,
)
from viewer.clinical.row import Row
from viewer.clinical.title import FIXED_CODES


class Setting(StrEnum):
    """Where the patient is cared for: an interval is given for some of these, and not for others."""

    EMERGENCY = "emergency"
    INPATIENT = "inpatient"
    OUTPATIENT = "outpatient"
    GP = "gp"


class Said(StrEnum):
    """What a result in words must say before an interval is gone by."""

    ANYTHING = "anything"
    POSITIVE = "positive"
    NEGATIVE = "negative"


@dataclass(frozen=True, slots=True)
class RetestInterval:
    """Within how long repeating a test seldom helps, where, and who says so."""

    lasts: timedelta
    reference: str  # "B-E19"
    settings: frozenset[Setting] = frozenset(Setting)
    applies_to: str = ""  # "stable inpatients": whether it applies is for the clinician to judge
    said: Said = Said.ANYTHING
    unless_flagged: bool = False  # gone by only where the laboratory has flagged none of the results


@dataclass(frozen=True, slots=True)
class LabTest:
    """One test as a clinician asks for it: "LFT"."""

    key: str
    name: str
    done_by: tuple[str, ...] = ()  # a value of any of these analytes, and the test is done
    shows: tuple[str, ...] = ()  # analytes of the same report that are read with it
    also: tuple[str, ...] = ()  # other names by which it is typed
    intervals: tuple[RetestInterval, ...] = ()
    excluded: str = ""  # why it is never advised on: "B-C1"
    not_in_aki: bool = False
    in_words: bool = False  # it is answered in words; those of any other test may say that there is no value
    each: bool = False  # each one taken stands by itself: a newer says nothing of an older, as of the other arm

    @property
    def analytes(self) -> tuple[str, ...]:
        """Return every analyte that is read as part of this test."""
        return tuple(dict.fromkeys((*self.done_by, *self.shows)))


@dataclass(frozen=True, slots=True)
class RetestRules:
    """All that config/retest.toml says."""

    source: str = "RCPath G147"
    tests: tuple[LabTest, ...] = ()
    adult_from: int = 18  # years
    aki_words: tuple[str, ...] = ()  # a laboratory's note that holds one of these reports AKI
    aki_analytes: tuple[str, ...] = ()  # any result of these does so too
    aki_lasts: timedelta = timedelta(days=14)
    positive: tuple[str, ...] = ()  # whole texts of results, small letters
    negative: tuple[str, ...] = ()
    never: str = ""  # the sentence that names what is never advised on

    def test(self, key: str) -> LabTest | None:
        """Return the test of this key."""
        return next((test for test in self.tests if test.key == key), None)


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
        return self.taken.instant if self.taken else _MAY_BE_NEWEST


_MAY_BE_NEWEST = datetime.max.replace(tzinfo=UTC)


class WhyNot(StrEnum):
    """Why there is no advice on a test. None of these says that it is needed, or that it is not."""

    NOTHING_FOUND = "nothing found"
    EXCLUDED = "excluded"
    CHILD = "child"
    BIRTH_DATE = "birth date not known"
    BLEEDING = "major bleeding"
    AKI = "AKI"
    NO_INTERVAL = "no interval for this setting"
    OVER = "interval over"
    NO_TIME = "time not known"
    NOT_FINAL = "not final"
    FAILED_SINCE = "another as new without a value"
    PART_FAILED = "part of it without a value"
    FLAGGED = "flagged"
    UNCLEAR = "neither positive nor negative"


@dataclass(frozen=True, slots=True)
class Runs:
    """An interval that still runs."""

    interval: RetestInterval
    ends: datetime


@dataclass(frozen=True, slots=True)
class Done:
    """What is known of one test: its newest result anywhere, and the advice or why there is none."""

    test: LabTest
    latest: tuple[Found, ...]  # of one report, in the test's order; () when none was found
    failed: tuple[Found, ...]  # those as new, or newer, that gave no value to go by, newest first
    advice: Runs | WhyNot
    unmapped_at: tuple[str, ...]  # trusts that sent laboratory reports, and whose signed map names no code for it
    # The newest of each of its analytes that stands in another report, where the laboratory flagged it.
    elsewhere: tuple[Found, ...] = ()


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known of the moment beside the results."""

    now: datetime
    setting: Setting
    bleeding: bool = False  # the clinician says that the patient bleeds heavily


def already_done(
    tests: Iterable[LabTest],
    findings: "Findings",
    rules: RetestRules,
    person: Person,
    circumstances: Circumstances,
) -> tuple[Done, ...]:
    """Return what is known of each of these tests, in their order."""
    return tuple(_done(test, findings, rules, person, circumstances) for test in tests)


def _done(
    test: LabTest, findings: "Findings", rules: RetestRules, person: Person, circumstances: Circumstances
) -> Done:
    results = sorted(findings.of(test.analytes), key=lambda one: (one.at, one.row.key, one.result.id), reverse=True)
    own = [one for one in results if one.analyte in test.done_by]
    latest = next((one for one in own if answers(one, test, rules)), None)
    failed = [one for one in (results if latest else own) if not gives_a_value(one, test, rules)]
    newer = tuple(one for one in failed if latest is None or _is_as_new(one, latest))
    read = _read_with(test, latest, findings) if latest else ()
    advice = _advice(test, read, newer, findings, rules, person, circumstances)
    return Done(test, read, newer, advice, findings.without_code(test), tuple(_elsewhere(test, read, findings)))


def _is_as_new(one: Found, latest: Found) -> bool:
    """Say whether a result may be as new as the newest value, or newer; a time by its day alone is any time of it."""
    if one.row.key == latest.row.key:
        return one.at > latest.at  # what came with it is read with it
    return one.taken is None or latest.at - one.at < _LASTS[one.taken.precision]


def _read_with(test: LabTest, latest: Found, findings: "Findings") -> tuple[Found, ...]:
    """Return the result, and what its report says of the test beside it, in the test's order."""
    places = {analyte: place for place, analyte in enumerate(test.analytes)}
    beside = [one for one in findings.of(test.analytes) if one.row.key == latest.row.key]
    return tuple(sorted(beside, key=lambda one: (places[one.analyte], one.result.id)))


def _elsewhere(test: LabTest, read: Sequence[Found], findings: "Findings") -> Iterator[Found]:
    """Yield what nobody reads beside the newest result because it stands in another report, and is flagged."""
    here = {one.row.key for one in read}
    for analyte in test.analytes:
        found = [one for one in findings.of([analyte]) if _has_value(one)]
        newest = max(found, key=lambda one: (one.at, stands_out(one.result), one.row.key), default=None)
        if newest and newest.row.key not in here and stands_out(newest.result):
            yield newest


def stands_out(result: Result) -> bool:
    """Say whether the laboratory flagged a result in any way but "normal". No flag is no word of it."""
    return any(one.flag not in _UNREMARKABLE for one in result.flags)


_UNREMARKABLE = frozenset({Flag.UNSTATED, Flag.NORMAL})


def answers(one: Found, test: LabTest, rules: RetestRules) -> bool:
    """Say whether a result answers a test: a group whose members do is an answer only of what is read as a whole."""
    is_group = isinstance(one.result.value, NoValue) and _heard(one.result, rules) is Said.ANYTHING
    return gives_a_value(one, test, rules) and (not is_group or test.in_words or not test.intervals)


def gives_a_value(one: Found, test: LabTest, rules: RetestRules) -> bool:
    """Say whether a result says what was found. "Sample haemolysed" in the place of a number does not."""
    value = one.result.value
    if not _has_value(one):
        return False
    if test.in_words or not test.intervals or not isinstance(value, Words | Moment):
        return True
    is_number = isinstance(value, Words) and _NUMBER.fullmatch(value.text)
    return bool(is_number) or _heard(one.result, rules) is not Said.ANYTHING


_NUMBER = re.compile(r"\s*(?:[<>]=?)?\s*\d+(?:\.\d+)?\s*", re.ASCII)  # a number sent as text, ">90"


def _has_value(one: Found) -> bool:
    """Say whether anything was sent as a value. What was cancelled, or is absent, was not done."""
    value = one.result.value
    is_empty = isinstance(value, Absent) or (isinstance(value, Amount) and not value.number)
    return one.statuses.isdisjoint(_WITHOUT_VALUE) and not is_empty


# How long after its instant a time of this precision may have been.
_LASTS = {
    Precision.YEAR: timedelta(days=366),
    Precision.MONTH: timedelta(days=31),
    Precision.DAY: timedelta(days=1, hours=1),  # an hour more where clocks change
    Precision.MINUTE: timedelta(minutes=1),
    Precision.SECOND: timedelta(seconds=1),
}
_WITHOUT_VALUE = frozenset({Status.CANCELLED, Status.ENTERED_IN_ERROR, Status.REGISTERED})
_FINAL = frozenset({Status.FINAL, Status.AMENDED, Status.CORRECTED, Status.APPENDED})
# Received and issued are later than taken: an interval counted from there would run too long.
_TAKEN = frozenset({TakenFrom.SPECIMEN, TakenFrom.EFFECTIVE})


# ── Advice, or why there is none ─────────────────────────────────────────────────────────────────


def _advice(
    test: LabTest,
    latest: Sequence[Found],
    failed: Sequence[Found],
    findings: "Findings",
    rules: RetestRules,
    person: Person,
    circumstances: Circumstances,
) -> Runs | WhyNot:
    """Return the interval that runs, or the first reason against advice. The last word is never a reassuring one."""
    because = (
        _of_the_test(test)
        or _of_the_patient(test, findings, rules, person, latest, circumstances)
        or _of_the_result(test, latest, failed, rules)
    )
    return because or _by_interval(test, latest, rules, circumstances)


def _of_the_test(test: LabTest) -> WhyNot | None:
    return WhyNot.EXCLUDED if test.excluded else None


def _of_the_patient(
    test: LabTest,
    findings: "Findings",
    rules: RetestRules,
    person: Person,
    latest: Sequence[Found],
    circumstances: Circumstances,
) -> WhyNot | None:
    first = min((one.at for one in latest), default=circumstances.now)
    adult = is_adult(person, min(first, circumstances.now), rules.adult_from)
    if adult is None:
        return WhyNot.BIRTH_DATE
    if not adult:
        return WhyNot.CHILD
    if circumstances.bleeding:
        return WhyNot.BLEEDING
    return WhyNot.AKI if test.not_in_aki and findings.reports_aki(rules, circumstances.now) else None


def _of_the_result(
    test: LabTest, latest: Sequence[Found], failed: Sequence[Found], rules: RetestRules
) -> WhyNot | None:
    if not test.intervals:
        return WhyNot.NO_INTERVAL
    if not latest:
        return WhyNot.NOTHING_FOUND
    if failed:
        return WhyNot.FAILED_SINCE
    if not all(gives_a_value(one, test, rules) for one in latest):
        return WhyNot.PART_FAILED
    if any(one.taken is None or one.taken_from not in _TAKEN for one in latest):
        return WhyNot.NO_TIME
    if any(status not in _FINAL for one in latest for status in _said_of(one)):
        return WhyNot.NOT_FINAL
    return None


def _said_of(one: Found) -> tuple[Status, ...]:
    return one.result.status, one.row.report.status, *(group.status for group in one.around.groups)


def _by_interval(
    test: LabTest, latest: Sequence[Found], rules: RetestRules, circumstances: Circumstances
) -> Runs | WhyNot:
    here = [one for one in test.intervals if circumstances.setting in one.settings]
    if not here:
        return WhyNot.NO_INTERVAL
    said = _said(latest, rules)
    fits = next((one for one in here if one.said in (Said.ANYTHING, said)), None)
    if fits is None:
        return WhyNot.UNCLEAR
    if fits.unless_flagged and any(_is_flagged(one.result) for one in latest):
        return WhyNot.FLAGGED
    taken = min(one.at for one in latest)
    if taken > circumstances.now:
        return WhyNot.NO_TIME  # a clock somewhere is wrong
    ends = taken + fits.lasts
    return Runs(fits, ends) if circumstances.now < ends else WhyNot.OVER


def _said(latest: Sequence[Found], rules: RetestRules) -> Said:
    """Say whether the laboratory called it positive or negative, in its own words or flag; ANYTHING when in neither."""
    heard = {_heard(one.result, rules) for one in latest if not isinstance(one.result.value, NoValue)}
    return heard.pop() if len(heard) == 1 else Said.ANYTHING


def _heard(result: Result, rules: RetestRules) -> Said:
    text = result.value.text.strip().casefold() if isinstance(result.value, Words) else ""
    flags = {one.flag for one in result.flags}
    positive = text in rules.positive or Flag.POSITIVE in flags
    negative = text in rules.negative or Flag.NEGATIVE in flags
    if positive == negative:
        return Said.ANYTHING
    return Said.POSITIVE if positive else Said.NEGATIVE


def _is_flagged(result: Result) -> bool:
    return any(one.flag is not Flag.NORMAL for one in result.flags)


def is_adult(person: Person, at: datetime, years: int) -> bool | None:
    """Say whether every record shows that the person was so many years old by then; None where none gives a birth date.

    A birth date that was given in part counts as its last day.
    """
    given = [record.born for record in person.records if record.born]
    latest = [_last_day(born) for born in given]
    if not latest or None in latest:
        return None
    grown = [_birthday(born, years) for born in latest if born]
    return all(day <= at.date() for day in grown)


@lru_cache(1_024)  # asked of every test of the list, each time a page is laid out
def _last_day(born: str) -> date | None:
    parts = _BORN.fullmatch(born)
    if not parts:
        return None
    year, month, day = int(parts[1]), int(parts[2] or 12), parts[3]
    try:
        return date(year, month, int(day) if day else calendar.monthrange(year, month)[1])
    except (ValueError, calendar.IllegalMonthError):
        return None


_BORN = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", re.ASCII)


@lru_cache(1_024)
def _birthday(born: date, years: int) -> date:
    """Return the day on which they turn so old; who was born on 29 February turns so old on 1 March."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(min(born.year + years, date.max.year), 3, 1) if born.month == 2 else date.max


# ── What was found ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Findings:
    """Every result of a signed code, by its analyte; and what no signed map explains."""

    rows: tuple[Row, ...]
    by_analyte: Mapping[str, tuple[Found, ...]]
    unexplained: int  # findings of codes that no signed map explains, or that could not be read
    codes_of: Mapping[str, frozenset[str]]  # trust → the analytes its signed map names
    senders: tuple[str, ...] = ()  # trusts that sent laboratory reports

    def of(self, analytes: Iterable[str]) -> Iterator[Found]:
        """Yield every result of these analytes."""
        for analyte in analytes:
            yield from self.by_analyte.get(analyte, ())

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
            found.search(said) for row in self.rows if _at(row.report) >= since for said in _notes_of(row.report)
        )


def find_all(rows: Iterable[Row], catalogue: Catalogue, maps: Mapping[str, CodeMap]) -> Findings:
    """Return every result of the laboratories' reports by its analyte, groups of results and whole reports too."""
    whole = tuple(rows)
    by_analyte: dict[str, list[Found]] = {}
    unexplained = 0
    for row in whole:
        if row.report.kind is Kind.LABORATORY:
            found, rest = _found_in(row, catalogue, maps.get(row.report.trust.name, UNMAPPED))
            unexplained += rest
            for one in found:
                by_analyte.setdefault(one.analyte, []).append(one)
    codes = {name: frozenset(one.analyte for one in code_map.codes.values()) for name, code_map in maps.items()}
    senders = dict.fromkeys(row.report.trust.name for row in whole if row.report.kind is Kind.LABORATORY)
    return Findings(whole, {key: tuple(found) for key, found in by_analyte.items()}, unexplained, codes, tuple(senders))


def _found_in(row: Row, catalogue: Catalogue, code_map: CodeMap) -> tuple[list[Found], int]:
    """Return what is found in one report, and how many of its findings no map explains.

    What stands within something that is examined as a whole, a culture, is a part of it and needs no code of its own.
    """
    itself = _found_itself(row, catalogue, code_map)
    parts = {one.id for one in _every(row.report.results)} if itself else set[str]()
    found: list[Found] = []
    unexplained = 0
    for result, around in placed(row.report.results):
        analyte = _analyte(result.codes, catalogue, code_map) if isinstance(result, Result) else None
        if isinstance(result, Result) and analyte:
            found.append(_found(row, result, analyte.key, around))
            parts |= {one.id for one in _every(result.members)} if analyte.whole else set()
        elif isinstance(result, Unreadable) or not (isinstance(result.value, NoValue) or result.id in parts):
            unexplained += 1
    known = {one.analyte for one in found}
    return found + [one for one in itself if one.analyte not in known], unexplained


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
    return tuple(one for one in found if _has_value(one) and not isinstance(one.result.value, NoValue))


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


def _at(report: Report) -> datetime:
    return report.taken.instant if report.taken else _MAY_BE_NEWEST


# ── How often it would have mattered ─────────────────────────────────────────────────────────────


class Existed(StrEnum):
    """Whether a recent result existed when a test was looked for. Recent: its interval there still runs."""

    ELSEWHERE = "elsewhere"  # the newest is another trust's
    OWN = "own"
    NONE = "none"


def existed(done: Done, own: str, circumstances: Circumstances) -> Existed:
    """Say whether a recent result existed, whatever forbids advice on it; `own` is the trust that asks, or ""."""
    if not done.latest or done.latest[0].taken is None:
        return Existed.NONE
    lasts = max((one.lasts for one in done.test.intervals if circumstances.setting in one.settings), default=USUAL)
    passed = circumstances.now - done.latest[0].at
    if not timedelta(0) <= passed < lasts:
        return Existed.NONE
    return Existed.OWN if done.latest[0].row.report.trust.name == own else Existed.ELSEWHERE


USUAL = timedelta(hours=72)  # where no interval is given


# ── Lately ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Lately:
    """What was done within a span: the newest of each test, then reports of which no test is known."""

    done: tuple[Done, ...]  # newest first
    # Newest first: pictures, cultures, results of codes that no signed map explains, and newer ones without a value.
    others: tuple[Row, ...]
    older: int = 0  # reports of that time that hold only older results of these tests

    @property
    def count(self) -> int:
        """Return how many tests and other reports there are."""
        return len(self.done) + len(self.others)


def lately(
    tests: Sequence[LabTest],
    findings: Findings,
    rules: RetestRules,
    person: Person,
    circumstances: Circumstances,
    within: timedelta,
    before: timedelta = timedelta(0),
) -> Lately:
    """Return what was done anywhere within this span, and longer ago than `before`; what has no time counts as new."""
    now = circumstances.now
    tests = [test for test in tests if any(one in findings.by_analyte for one in test.analytes)]  # few of many
    done = already_done(tests, findings, rules, person, circumstances)
    fresh = [one for one in done if one.latest and _is_within(one.latest[0].at, now, within, before)]
    said = {found.row.key for one in done for found in one.latest}
    only_older = _only_older(done, findings)
    here = [row for row in findings.rows if _is_within(_at(row.report), now, within, before)]
    unsaid = _flagged_and_unexplained(here, findings)
    rest = [row for row in here if row.key not in said or row.key in unsaid]
    others = [row for row in rest if row.key not in only_older or row.key in unsaid]
    return Lately(
        tuple(sorted(fresh, key=lambda one: (one.latest[0].at, one.test.key), reverse=True)),
        tuple(sorted(others, key=lambda row: (_at(row.report), row.key), reverse=True)),
        len(rest) - len(others),
    )


def _flagged_and_unexplained(rows: Iterable[Row], findings: Findings) -> set[str]:
    """Return the reports in which something is flagged that no signed map explains: no test would show it."""
    explained = {(one.row.key, one.result.id) for found in findings.by_analyte.values() for one in found}
    return {row.key for row in rows if any((row.key, one.result.id) not in explained for one in flagged_in(row))}


def _only_older(done: Iterable[Done], findings: Findings) -> set[str]:
    """Return the reports that hold these tests, and none of them newer than its newest value: their keys."""
    of_tests: dict[str, Found | None] = {}
    for one in done:
        if one.test.each:
            continue
        value = one.latest[0] if one.latest else None
        for analyte in one.test.analytes:
            known = of_tests.get(analyte)
            of_tests[analyte] = value if known is None or (value and value.at > known.at) else known
    held = [found for analyte in of_tests for found in findings.of([analyte])]
    newer = {one.row.key for one in held if (value := of_tests[one.analyte]) is None or one.at > value.at}
    return {one.row.key for one in held} - newer


def every_test(rules: RetestRules, catalogue: Catalogue) -> tuple[LabTest, ...]:
    """Return the tests of the rules, then one for each analyte that none of them is done by."""
    known = {analyte for test in rules.tests for analyte in test.analytes}
    rest = [analyte for key, analyte in catalogue.analytes.items() if key not in known]
    return (*rules.tests, *(LabTest(f"analyte.{one.key}", one.name, (one.key,)) for one in rest))


def _is_within(at: datetime, now: datetime, within: timedelta, before: timedelta) -> bool:
    if at == _MAY_BE_NEWEST:
        return not before
    return now - within <= at < now - before if before else now - within <= at
