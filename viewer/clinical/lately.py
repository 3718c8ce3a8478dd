"""What was done lately, anywhere: the newest of each test, and reports of which no test is known.

Rule: what has no time counts as new, and no report of that time is left out: it is shown, or it is counted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from viewer.clinical.by_analyte import MAY_BE_NEWEST, Findings, Found, instant_of
from viewer.clinical.patient import Person
from viewer.clinical.retest import Circumstances, Done, already_done
from viewer.clinical.retest_rules import LabTest, RetestRules
from viewer.clinical.row import Row


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
    tests = [test for test in tests if not findings.by_analyte.keys().isdisjoint(test.analytes)]  # few of many
    done = already_done(tests, findings, rules, person, circumstances)
    fresh = _each_once(one for one in done if one.latest and _is_within(one.latest[0].at, now, within, before))
    said = {found.row.key for one in done for found in one.latest}
    only_older = _only_older(done, findings)
    here = [row for row in findings.rows if _is_within(instant_of(row.report), now, within, before)]
    flagged = {row.key for row in here if findings.flagged_and_unexplained(row)}
    unsaid = flagged - {one.latest[0].row.key for one in fresh}
    rest = [row for row in here if row.key not in said or row.key in unsaid]
    others = [row for row in rest if row.key not in only_older or row.key in unsaid]
    return Lately(
        fresh,
        tuple(sorted(others, key=lambda row: (instant_of(row.report), row.key), reverse=True)),
        len(rest) - len(others),
    )


def _each_once(done: Iterable[Done]) -> tuple[Done, ...]:
    """Return them newest first, with what no map explains beside the first test of its report alone."""
    said: set[str] = set()
    once: list[Done] = []
    for one in sorted(done, key=lambda one: (one.latest[0].at, one.test.key), reverse=True):
        row = one.latest[0].row.key
        once.append(replace(one, with_it=()) if row in said else one)
        said.add(row)
    return tuple(once)


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


def _is_within(at: datetime, now: datetime, within: timedelta, before: timedelta) -> bool:
    if at == MAY_BE_NEWEST:
        return not before
    return now - within <= at < now - before if before else now - within <= at
