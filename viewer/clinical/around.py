"""Find every finding of a report with the groups around it: what a group says of itself holds of its members too.

Rule: wherever a member stands without its group, the group's status, notes and flags stand with it. A group that was
entered in error or cancelled takes its members with it, but for those that another group names which still stands.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from viewer.clinical.report import Result, Status, Unreadable

Finding = Result | Unreadable


@dataclass(frozen=True, slots=True)
class Around:
    """What the groups around a finding say of it."""

    groups: tuple[Result, ...] = ()  # outermost first, without their members; those that say nothing are left out
    taken_back: frozenset[Status] = frozenset()  # entered in error or cancelled, with every group that names it


NOTHING = Around()
TAKEN_BACK = frozenset({Status.ENTERED_IN_ERROR, Status.CANCELLED})


def placed(results: Iterable[Finding]) -> list[tuple[Finding, Around]]:
    """Return every finding, groups too, once however many groups name it, in the order in which they were sent."""
    found: dict[str | int, tuple[Finding, Around]] = {}
    waiting = [(one, NOTHING) for one in results][::-1]
    while waiting:
        one, around = waiting.pop()
        name = one.id if isinstance(one, Result) else len(found)
        found[name] = (one, _both(found[name][1], around) if name in found else around)
        if isinstance(one, Result) and one.members:
            inner = within(one, around)
            waiting += [(member, inner) for member in reversed(one.members)]
    return list(found.values())


def around_of(results: Iterable[Finding]) -> Mapping[str, Around]:
    """Return what stands around each finding, by its id; of most there is nothing."""
    return {one.id: around for one, around in placed(results) if around is not NOTHING}


def within(group: Result, around: Around = NOTHING) -> Around:
    """Return what is around the members of a group that itself has this around it."""
    if not (group.notes or group.flags or group.status is not Status.FINAL):
        return around
    said = replace(group, members=())
    return Around((*around.groups, said), around.taken_back | (TAKEN_BACK & {group.status}))


def _both(one: Around, other: Around) -> Around:
    """A finding that stands in two groups is taken back only with both."""
    groups = tuple({group.id: group for group in (*one.groups, *other.groups)}.values())
    taken_back = one.taken_back | other.taken_back if one.taken_back and other.taken_back else frozenset()
    return Around(groups, taken_back) if groups else NOTHING
