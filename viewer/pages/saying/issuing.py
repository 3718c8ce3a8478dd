"""Say when a report was issued and when it was added to, and what earlier versions of it there are.

Rule: the time of an addendum is never said for the time of the report, nor the other way round. Which of the two a
time of issue is, is said only where an earlier version or the addendum’s own time proves it.
"""

from collections.abc import Sequence

from viewer.clinical.report import Precision, Report, Status, When
from viewer.pages.saying.english import plural
from viewer.pages.saying.reports import status
from viewer.pages.saying.times import day_key, time_of_day, when


def issued(report: Report) -> str:
    """Say when a report was issued: the clock alone when it stands under that day; of one that was added to, in words.

    The status beside it is "Appended": a bare time would be read as the time at which that was done.
    """
    if report.issued is None:
        return "time of issue not sent"
    said = _under_its_day(report, report.issued)
    return f"issued {said}" if is_added_to(report) else said


def _under_its_day(report: Report, at: When) -> str:
    if day_key(at) != day_key(report.taken):
        return when(at)
    return time_of_day(at) if at.zoned else f"{time_of_day(at)}, no time zone sent"


def is_added_to(report: Report) -> bool:
    """Say whether something was added to a report after it was issued, as its trust says."""
    return report.status is Status.APPENDED or bool(report.addenda)


def issue(report: Report, earlier: Sequence[Report] = ()) -> str:
    """Say when a report was issued and, of one that was added to, which issue that was, and when it was added to."""
    if not is_added_to(report):
        return f"issued {when(report.issued)}"
    return f"{_which_issue(report, earlier)}; {added(report)}"


def added(report: Report) -> str:
    """Say the addenda’s own times: addendum 21-Nov-2026 02:05; "" when nothing was added."""
    if not is_added_to(report):
        return ""
    if not report.addenda:
        return "time of the addendum not sent"
    times = ", ".join(when(one.at) for one in report.addenda)
    return f"{plural(len(report.addenda), 'addendum', 'addenda')} {times}"


def _which_issue(report: Report, earlier: Sequence[Report]) -> str:
    first = min((one.issued for one in earlier if one.issued), key=lambda one: one.instant, default=None)
    if first:
        return f"first issued {when(first)}, this version issued {when(report.issued)}"
    if report.issued is None:
        return "time of issue not sent"
    is_before = [_is_before(report.issued, one.at) for one in report.addenda]
    if is_before and all(is_before):
        return f"issued {when(report.issued)}, before it was added to"
    if False in is_before:
        return f"this version issued {when(report.issued)}, first issue not sent"
    return f"issued {when(report.issued)}, which may be the first issue or the addendum’s"


def _is_before(issued: When, added: When | None) -> bool | None:
    """Say whether one time is before another; None where a day without a clock leaves it open."""
    if added is None:
        return None
    if _has_a_clock(issued) and _has_a_clock(added):
        return issued.instant < added.instant
    one, other = day_key(issued), day_key(added)
    return None if one.startswith(other) or other.startswith(one) else one < other


def _has_a_clock(time: When) -> bool:
    return time.precision in {Precision.MINUTE, Precision.SECOND}


def earlier(versions: Sequence[Report]) -> str:
    """Say what each earlier version was: preliminary, issued 20-Nov-2026 14:12."""
    return "; ".join(f"{status(one.status, one.status_as_sent).lower()}, issued {when(one.issued)}" for one in versions)


def earlier_not_sent(report: Report, versions: Sequence[Report]) -> str:
    """Say of a report that was changed that nothing here shows what it said before; "" when something does."""
    changed = report.status in {Status.AMENDED, Status.CORRECTED}
    return "the earlier version was not sent" if changed and not versions else ""
