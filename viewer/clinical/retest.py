"""Was a test done already, anywhere, and does the interval in which repeating it seldom helps still run?

Rule: advice only, and on every doubt none: never for a child, never for a test that is excluded, never on a result
that is not final, not flagged as the rule needs, or whose time is not known, nor on a culture whose sample may not have
been examined. No result found is never "not needed".
Source: RCPath G147 (March 2021), as config/retest.toml writes it down.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from viewer.clinical.age import is_adult
from viewer.clinical.by_analyte import Findings, Found, has_value, stands_out
from viewer.clinical.heard import heard, is_a_number, was_examined
from viewer.clinical.patient import Person
from viewer.clinical.report import (
    Flag,
    Moment,
    NoValue,
    Precision,
    Result,
    Status,
    TakenFrom,
    Words,
)
from viewer.clinical.retest_rules import LabTest, RetestInterval, RetestRules, Said, Setting


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
    MAYBE_NOT_EXAMINED = "not certain that it was examined"


@dataclass(frozen=True, slots=True)
class Runs:
    """An interval that still runs."""

    interval: RetestInterval
    ends: datetime


@dataclass(frozen=True, slots=True)
class Alike:
    """A result that is named like a test."""

    found: Found
    known_as: str = ""  # the catalogue's name of its analyte, where its laboratory calls it otherwise


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
    with_it: tuple[Found, ...] = ()  # flagged in the report of the newest, of codes that no signed map explains
    newer_named_so: tuple[Found, ...] = ()  # of such codes, and newer than one of `elsewhere` that has their name
    alike: tuple[Alike, ...] = ()  # what is named like it and not proven to be it: see named_alike.py
    not_in_it: tuple[str, ...] = ()  # words typed that name a part of it, of which the newest holds none

    @property
    def beside(self) -> tuple[Found, ...]:
        """Return what stands in other reports, with a value: flagged parts of it, and newer ones of their names."""
        return (*self.newer_named_so, *self.elsewhere)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known of the moment beside the results."""

    now: datetime
    setting: Setting
    bleeding: bool = False  # the clinician says that the patient bleeds heavily


def already_done(
    tests: Iterable[LabTest],
    findings: Findings,
    rules: RetestRules,
    person: Person,
    circumstances: Circumstances,
) -> tuple[Done, ...]:
    """Return what is known of each of these tests, in their order."""
    return tuple(_done(test, findings, rules, person, circumstances) for test in tests)


def _done(test: LabTest, findings: Findings, rules: RetestRules, person: Person, circumstances: Circumstances) -> Done:
    results = sorted(findings.of(test.analytes), key=lambda one: (one.at, one.row.key, one.result.id), reverse=True)
    own = [one for one in results if one.analyte in test.done_by]
    latest = next((one for one in own if answers(one, test, rules)), None)
    failed = [one for one in (results if latest else own) if _is_no_answer(one, latest, test, rules)]
    newer = tuple(one for one in failed if latest is None or _is_as_new(one, latest))
    read = _read_with(test, latest, findings) if latest else ()
    with_it = findings.flagged_and_unexplained(latest.row) if latest else ()
    advice = _advice(test, read, newer, findings, rules, person, circumstances)
    if with_it and isinstance(advice, Runs) and advice.interval.unless_flagged:
        advice = WhyNot.FLAGGED  # no map says that it is no part of the test
    shown = {(found.row.key, found.result.id) for found in (*read, *with_it)}
    elsewhere = tuple(_elsewhere(test, read, findings))
    overtaken = [_newest_of_its_name(one, findings) for one in elsewhere]
    named_so = tuple(one for one in overtaken if one and (one.row.key, one.result.id) not in shown)
    return Done(test, read, newer, advice, findings.without_code(test), elsewhere, with_it, named_so)


def _is_no_answer(one: Found, latest: Found | None, test: LabTest, rules: RetestRules) -> bool:
    """Say whether a result gives no value to go by: of a culture also one that may not be examined."""
    if not gives_a_value(one, test, rules):
        return True
    return test.in_words and latest is not None and one.row.key != latest.row.key and not was_examined(one, rules)


def _is_as_new(one: Found, latest: Found) -> bool:
    """Say whether a result may be as new as the newest value, or newer; a time by its day alone is any time of it."""
    if one.row.key == latest.row.key:
        return one.at > latest.at  # what came with it is read with it
    return one.taken is None or latest.at - one.at < _LASTS[one.taken.precision]


def _read_with(test: LabTest, latest: Found, findings: Findings) -> tuple[Found, ...]:
    """Return the result, and what its report says of the test beside it, in the test's order."""
    places = {analyte: place for place, analyte in enumerate(test.analytes)}
    beside = [one for one in findings.of(test.analytes) if one.row.key == latest.row.key]
    return tuple(sorted(beside, key=lambda one: (places[one.analyte], one.result.id)))


def _elsewhere(test: LabTest, read: Sequence[Found], findings: Findings) -> Iterator[Found]:
    """Yield what nobody reads beside the newest result because it stands in another report, and is flagged."""
    here = {one.row.key for one in read}
    for analyte in test.analytes:
        found = [one for one in findings.of([analyte]) if has_value(one)]
        newest = max(found, key=lambda one: (one.at, stands_out(one.result), one.row.key), default=None)
        if newest and newest.row.key not in here and stands_out(newest.result):
            yield newest


def _newest_of_its_name(one: Found, findings: Findings) -> Found | None:
    """Return the newest result of this name that no map explains and that is newer; None when there is none.

    Its name alone speaks for it: it stands before the older one, in nobody's place, and is never advised from.
    """
    names = {one.result.name.casefold(), findings.names.get(one.analyte, "").casefold()}
    newer = [other for other in findings.unmapped if other.at > one.at and other.taken and has_value(other)]
    found = [other for other in newer if other.result.name.casefold() in names and _may_be_of_one_kind(one, other)]
    return max(found, key=lambda other: (other.at, stands_out(other.result), other.row.key), default=None)


def _may_be_of_one_kind(one: Found, other: Found) -> bool:
    """Say whether both may be of one kind of specimen: a potassium of urine is no newer one of one of serum."""
    kinds = [{kind.type.casefold() for kind in found.row.report.specimens} - {""} for found in (one, other)]
    return not all(kinds) or not kinds[0].isdisjoint(kinds[1])


def answers(one: Found, test: LabTest, rules: RetestRules) -> bool:
    """Say whether a result answers a test: a group whose members do is an answer only of what is read as a whole."""
    is_group = isinstance(one.result.value, NoValue) and heard(one.result, rules) is Said.ANYTHING
    return gives_a_value(one, test, rules) and (not is_group or test.in_words or not test.intervals)


def gives_a_value(one: Found, test: LabTest, rules: RetestRules) -> bool:
    """Say whether a result says what was found. "Sample haemolysed" in the place of a number does not."""
    value = one.result.value
    if not has_value(one):
        return False
    if test.in_words or not test.intervals or not isinstance(value, Words | Moment):
        return True
    is_number = isinstance(value, Words) and is_a_number(value)
    return is_number or heard(one.result, rules) is not Said.ANYTHING


# How long after its instant a time of this precision may have been.
_LASTS = {
    Precision.YEAR: timedelta(days=366),
    Precision.MONTH: timedelta(days=31),
    Precision.DAY: timedelta(days=1, hours=1),  # an hour more where clocks change
    Precision.MINUTE: timedelta(minutes=1),
    Precision.SECOND: timedelta(seconds=1),
}
_FINAL = frozenset({Status.FINAL, Status.AMENDED, Status.CORRECTED, Status.APPENDED})
# Received and issued are later than taken: an interval counted from there would run too long.
_TAKEN = frozenset({TakenFrom.SPECIMEN, TakenFrom.EFFECTIVE})


# ── Advice, or why there is none ─────────────────────────────────────────────────────────────────


def _advice(
    test: LabTest,
    latest: Sequence[Found],
    failed: Sequence[Found],
    findings: Findings,
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
    findings: Findings,
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
    if test.in_words and not all(was_examined(one, rules) for one in latest):
        return WhyNot.MAYBE_NOT_EXAMINED
    if fits.unless_flagged and any(_is_flagged(one.result) for one in latest):
        return WhyNot.FLAGGED
    taken = min(one.at for one in latest)
    if taken > circumstances.now:
        return WhyNot.NO_TIME  # a clock somewhere is wrong
    ends = taken + fits.lasts
    return Runs(fits, ends) if circumstances.now < ends else WhyNot.OVER


def _said(latest: Sequence[Found], rules: RetestRules) -> Said:
    """Say whether the laboratory called it positive or negative, in its own words or flag; ANYTHING when in neither."""
    said = {heard(one.result, rules) for one in latest if not isinstance(one.result.value, NoValue)}
    return said.pop() if len(said) == 1 else Said.ANYTHING


def _is_flagged(result: Result) -> bool:
    return any(one.flag is not Flag.NORMAL for one in result.flags)


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
