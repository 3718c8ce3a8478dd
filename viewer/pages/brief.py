"""Say one result in brief, wherever it stands without the rest of its report: in a box, on a card, at the top.

Rule: name, value, flag, unit, range, how it stands and what the laboratory says of it: none of them is left out for
want of room. What was cancelled or entered in error says so in the place of its value.
"""

from dataclasses import dataclass

from viewer.clinical.around import NOTHING, Around
from viewer.clinical.report import Absent, Amount, Report, Result, SentFlag, Status
from viewer.pages import around_words, words


@dataclass(frozen=True, slots=True)
class Brief:
    """One result as it is said where there is little room."""

    name: str
    value: str = ""  # of what was taken back no more than the laboratory's reason
    flags: tuple[SentFlag, ...] = ()
    is_number: bool = False
    unit: str = ""
    range: str = ""
    instead: str = ""  # in the place of a value that was taken back: Cancelled
    standing: tuple[str, ...] = ()  # where it is not final and its report does not say so; and how its groups stand
    comments: tuple[str, ...] = ()  # the laboratory's, each in its quotes

    @property
    def beside(self) -> str:
        """Return how it stands in one line, "" where its report has said all of it."""
        return "; ".join(self.standing)


def brief(result: Result, report: Report, around: Around = NOTHING) -> Brief:
    """Return what is said of a result of this report in brief."""
    instead = _instead(around.taken_back | {result.status, report.status})
    standing = tuple(one for one in around_words.standing(result, report, around) if one != instead)
    if instead == words.status(Status.ENTERED_IN_ERROR):
        return Brief(result.name, instead=instead, standing=standing)
    comments = around_words.comments(result, around)
    if instead:
        reason = words.value(result.value) if isinstance(result.value, Absent) else ""
        return Brief(result.name, reason, instead=instead, standing=standing, comments=comments)
    is_number = isinstance(result.value, Amount)
    ranges = words.ranges(result.ranges, result.value) if is_number or result.ranges else ""
    unit, flags = words.unit(result.value), result.flags
    return Brief(result.name, words.value(result.value), flags, is_number, unit, ranges, "", standing, comments)


def _instead(statuses: frozenset[Status]) -> str:
    """Say what takes the place of a value that was taken back; "" where none was."""
    taken_back = (one for one in (Status.ENTERED_IN_ERROR, Status.CANCELLED) if one in statuses)
    return next(map(words.status, taken_back), "")
