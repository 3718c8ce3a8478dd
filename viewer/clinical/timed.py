"""Find findings of one code at several times in one report, as a glucose tolerance test sends them.

Rule: the times are as sent, each to the minute and in a known zone. How long after the first each was taken is worked
out, and is said to be; it is never matched with what the test usually calls for.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from datetime import timedelta

from viewer.clinical.report import NoValue, Precision, Report, Result, Unreadable, When

_TO_THE_MINUTE = frozenset({Precision.MINUTE, Precision.SECOND})


def since_first(report: Report) -> Mapping[str, timedelta]:
    """Return, by the id of each finding that stands at several times, how long after the first of them it was taken."""
    timed = [(one, time) for one in _findings(report.results) if (time := own_time(one))]
    if len({time.as_sent for _, time in timed}) < 2:  # as nearly every report's
        return {}
    same: dict[Hashable, dict[str, When]] = {}
    for one, time in timed:
        same.setdefault(_kind(one), {})[one.id] = time
    found: dict[str, timedelta] = {}
    for times in same.values():
        if len(times) > 1 and all(map(_is_exact, times.values())):
            found.update(_after_the_first(times))
    return found


def own_time(result: Result) -> When | None:
    """Return when a finding itself was taken: its own time before its specimen's."""
    return result.effective or result.taken


def _after_the_first(times: Mapping[str, When]) -> Mapping[str, timedelta]:
    instants = {id_: when.instant for id_, when in times.items()}
    first = min(instants.values())
    if max(instants.values()) == first:
        return {}
    return {id_: instant - first for id_, instant in instants.items()}


def _is_exact(when: When) -> bool:
    return when.zoned and not when.until and when.precision in _TO_THE_MINUTE


def _kind(result: Result) -> Hashable:
    return frozenset((code.system, code.code) for code in result.codes) or result.name


def _findings(results: Iterable[Result | Unreadable]) -> Iterator[Result]:
    for one in results:
        if isinstance(one, Result):
            if not isinstance(one.value, NoValue):
                yield one
            yield from _findings(one.members)
