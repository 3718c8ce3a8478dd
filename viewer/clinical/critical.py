"""Find what a laboratory itself flagged as critical.

Rule: nothing is worked out from a value or a range. HH, LL and AA are critical (HL7 v3 ObservationInterpretation), and
so is a laboratory's own word for a flag that says "critical" or "panic". What is entered in error is not.
"""

import re
from collections.abc import Iterable, Iterator

from viewer.clinical.report import Flag, Report, Result, SentFlag, Status, Unreadable

_CRITICAL = frozenset({Flag.CRITICAL_HIGH, Flag.CRITICAL_LOW, Flag.CRITICAL})
_WORD = re.compile(r"\b(critical|critically|panic)\b", re.IGNORECASE)


def criticals(report: Report) -> tuple[Result, ...]:
    """Return every result of a report that its laboratory flagged as critical, each once."""
    if report.status is Status.ENTERED_IN_ERROR:
        return ()
    return tuple({result.id: result for result in _critical(report.results)}.values())


def _critical(results: Iterable[Result | Unreadable]) -> Iterator[Result]:
    for result in results:
        if isinstance(result, Result) and result.status is not Status.ENTERED_IN_ERROR:
            if result.flags and any(map(is_critical, result.flags)):
                yield result
            if result.members:
                yield from _critical(result.members)


def is_critical(sent: SentFlag) -> bool:
    """Say whether a flag means critical, by its code or in the laboratory's own word."""
    return sent.flag in _CRITICAL or bool(_WORD.search(sent.as_sent))
