"""Set a report's results beside those of the version it supersedes: what was said before, and when.

Rule: two results are the same finding only when their codes and names agree and
each stands once in its version; otherwise nothing is struck out and the earlier
version is linked instead. This says what changed, never what it means. A result
that was entered in error stands in its version, whatever came with it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from viewer.clinical.around import placed
from viewer.clinical.report import NoValue, Report, Result, Status, Unreadable, When
from viewer.clinical.row import Row


@dataclass(frozen=True, slots=True)
class Was:
    """A finding as an earlier version gave it, and when that version was issued."""

    result: Result
    issued: When | None


@dataclass(frozen=True, slots=True)
class Corrections:
    """What earlier versions said: by the id of the result that replaces it, and what is no longer reported."""

    was: Mapping[str, tuple[Was, ...]] = field(default_factory=dict)
    gone: tuple[Was, ...] = ()


NONE = Corrections()


def corrections(row: Row) -> Corrections:
    """Return what earlier versions of this row's report said differently, newest first."""
    if not row.earlier:
        return NONE
    now = _by_finding(row.report)
    was: dict[str, list[Was]] = {}
    gone: list[Was] = []
    for earlier in row.earlier:
        for finding, result in _by_finding(earlier).items():
            current = now.get(finding)
            if current is None:
                gone.append(Was(result, earlier.issued))
            elif _differs(current, result) and not _said(was.get(current.id, ()), result):
                was.setdefault(current.id, []).append(Was(result, earlier.issued))
    return Corrections({name: tuple(said) for name, said in was.items()}, tuple(gone))


def _differs(now: Result, before: Result) -> bool:
    return (now.value, now.flags, now.ranges) != (before.value, before.flags, before.ranges)


def _said(already: Iterable[Was], result: Result) -> bool:
    return any(not _differs(one.result, result) for one in already)


Finding = tuple[str, frozenset[tuple[str, str]]]


def _by_finding(report: Report) -> dict[Finding, Result]:
    findings = list(_findings(report.results))
    times = Counter(finding_of(result) for result in findings)
    return {finding_of(result): result for result in findings if times[finding_of(result)] == 1}


def finding_of(result: Result) -> Finding:
    """Return what a result is of, by which versions of one report are set beside each other."""
    return result.name, frozenset((code.system, code.code) for code in result.codes)


def taken_back(report: Report) -> frozenset[Finding]:
    """Return what this version says was entered in error: an earlier version's word on it is not good either."""
    ids = in_error(report)
    return frozenset(finding_of(one) for one in _findings(report.results) if one.id in ids)


def in_error(report: Report) -> frozenset[str]:
    """Return the ids of the results that this version says were entered in error: with a group all that is in it."""
    return frozenset(
        one.id
        for one, around in placed(report.results)
        if isinstance(one, Result) and Status.ENTERED_IN_ERROR in around.taken_back | {one.status}
    )


def _findings(results: Iterable[Result | Unreadable]) -> Iterator[Result]:
    for result in results:
        if isinstance(result, Result):
            if not isinstance(result.value, NoValue) or result.status is Status.ENTERED_IN_ERROR:
                yield result
            yield from _findings(result.members)
