"""Say how a result stands where its report stands otherwise, and what the groups around it say of it.

Rule: wherever a result stands without its group, what the group says of itself stands with it, under the group's name.
"""

from collections.abc import Iterable, Iterator

from viewer.clinical.around import NOTHING, Around
from viewer.clinical.report import Absent, NoValue, Report, Result, SentFlag, Status
from viewer.pages import words


def standing(result: Result, report: Report, around: Around = NOTHING) -> tuple[str, ...]:
    """Say a status that is not final and not the report's, then what groups say: Preliminary; U&E as a whole: HI."""
    own = words.status(result.status, result.status_as_sent) if _needs_saying(result.status, report) else ""
    return tuple(filter(None, (own, *of_groups(result, report, around))))


def of_groups(result: Result, report: Report, around: Around) -> tuple[str, ...]:
    """Say the status and the flags of the groups around a result, where it does not say that itself."""
    each = ((group, ", ".join(_of_group(group, result, report))) for group in around.groups)
    return tuple(f"{as_a_whole(group)}: {said}" for group, said in each if said)


def as_a_whole(group: Result) -> str:
    """Name a group so that what is said of it is not taken for a word on one result alone."""
    return f"{group.name} as a whole"


def comments(result: Result, around: Around = NOTHING) -> tuple[str, ...]:
    """Quote the laboratory's comments on a result, and on the groups around it: U&E as a whole: “Haemolysed”."""
    return (*(f"“{note}”" for note in result.notes), *comments_of_groups(around))


def comments_of_groups(around: Around) -> tuple[str, ...]:
    """Quote the laboratory's comments on the groups around a result, each under its group's name."""
    return tuple(f"{as_a_whole(group)}: “{note}”" for group in around.groups for note in group.notes)


def letters(sent: Iterable[SentFlag]) -> Iterator[str]:
    """Say flags without their shapes: HI, or in the laboratory's own word."""
    for one in sent:
        yield " ".join(filter(None, (words.flag(one).letters, words.own_word(one))))


def _of_group(group: Result, result: Result, report: Report) -> Iterator[str]:
    if _needs_saying(group.status, report) and group.status is not result.status:
        yield words.status(group.status, group.status_as_sent)
    if isinstance(group.value, NoValue | Absent):  # the flag of a value is no word on what hangs below it
        yield from letters(group.flags)


def _needs_saying(status: Status, report: Report) -> bool:
    return status not in (Status.FINAL, report.status)
