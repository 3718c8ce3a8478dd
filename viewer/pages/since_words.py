"""Say what is critical, and what became of reports since somebody last looked.

Rule: whose looks are meant is said, and "new" is never said of what could not be compared.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import assert_never

from viewer.clinical.changes import Before, Change, Changed, Whose
from viewer.clinical.report import Status
from viewer.pages.saying.english import listed, plural
from viewer.pages.saying.reports import status
from viewer.pages.saying.times import LONDON, day_and_clock
from viewer.steps import State, Tile

CRITICAL = "Critical, as flagged by laboratory or radiologist"
CRITICAL_SPAN = "last 30 days, whatever is filtered"


def taken_back(instead: str) -> str:
    """Say of a result that was flagged critical, and cancelled, that there is nothing critical to go by any more."""
    return f"{instead}: it was flagged critical, and its value no longer stands"


FEW = 3  # trusts that are named again below the strip; more have their names there


def nothing_critical(tiles: Sequence[Tile], *, unread: bool) -> str:
    """Say that nothing critical has come, and of whom: of every trust, or who may hold what has not come.

    It means that nobody flagged it so, and no more. What could not be read may have been flagged: `unread` says that
    there is such of late. Where no trust sent any report, the page says that instead.
    """
    waiting = [tile.trust.title for tile in tiles if tile.state is State.WAITING]
    gone = [tile.trust.title for tile in tiles if tile.state in (State.GAP, State.NOT_AGREED)]
    if not (waiting or gone or unread):
        return _nothing_at_all(len(tiles)) if any(tile.count for tile in tiles) else ""
    said = (
        [f"Still waiting for {listed(waiting) if len(waiting) < FEW else f'{len(waiting)} trusts'}."] if waiting else []
    )
    said += [f"{listed(gone)} {plural(len(gone), 'is', 'are')} missing."] if gone else []
    said += ["Something that came could not be read."] if unread else []
    return " ".join([f"{CRITICAL}: none of the last 30 days has come.", *said])


def _nothing_at_all(trusts: int) -> str:
    whose = f"all {trusts} trusts" if trusts > 1 else "the trust"
    return f"{NOTHING}, in what {whose} sent."


NOTHING = "Nothing that a laboratory flagged critical or a radiologist alerted in the last 30 days"


def mark(changed: Changed, trust: str) -> str:
    """Say on a row of this trust what became of it: New since you last looked."""
    match changed.change:
        case Change.NEW:
            since = "New since you last looked"
            return f"New to you: {_missed(trust)} when you last looked" if changed.missed else since
        case Change.CORRECTED:
            return f"Corrected since {whose(changed.whose)} {'last saw it' if changed.missed else 'last looked'}"
        case Change.ADDED_TO:
            return f"Added to since you {'last saw it' if changed.missed else 'last looked'}{_then(changed)}"
        case _:
            assert_never(changed.change)


def _missed(trust: str) -> str:
    return f"{trust} had not sent all it holds"


def whose(looks: Whose) -> str:
    """Say whose looks are meant."""
    match looks:
        case Whose.YOURS:
            return "you"
        case Whose.TEAMS:
            return "your team"
        case _:
            assert_never(looks)


def then(changed: Changed, trust: str) -> str:
    """Say what is known of how a report of this trust stood when they looked: it was preliminary then."""
    looked = f"{whose(changed.whose).capitalize()} last looked {moment(changed.last)}"
    said = f"{looked}{_then(changed)}.{_compared(changed, trust)}"
    return said if changed.proven else f"{said} What it said then is not known here: read all of it anew."


def _compared(changed: Changed, trust: str) -> str:
    """Say with what a report is compared where its trust had not sent all it holds at that look."""
    if not (changed.missed and changed.first_shown):
        return ""
    first = moment(changed.first_shown)
    return f" {_missed(trust)} then: this is compared with what {whose(changed.whose)} were first shown {first}."


def _then(changed: Changed) -> str:
    known = changed.status in set(Status) and changed.status not in {Status.FINAL, Status.UNKNOWN}
    return f", {status(Status(changed.status)).lower()} then" if known else ""


def corrected_heading(before: Before, titles: Mapping[str, str]) -> str:
    """Say the heading of what was corrected: Corrected since you last looked, 20-Nov-2026 23:40."""
    if before.you.last is None:
        return f"Corrected since your team last {'saw it' if before.team.without else 'looked'}"
    if not before.you.without:
        return f"Corrected since you last looked, {moment(before.you.last)}"
    return f"Corrected since you last saw it; you last looked {moment(before.you.last)}{_but(before, titles)}"


def _but(before: Before, titles: Mapping[str, str]) -> str:
    """Say who had not sent all at that look: , without all that Rotherham holds."""
    names = [title for name, title in titles.items() if name in before.you.without]
    return f", without all that {listed(names)} {plural(len(names), 'holds', 'hold')}" if names else ""


def news(before: Before, found: Collection[Changed], titles: Mapping[str, str]) -> str:
    """Say in one line how much is new; of a first look, or one that cannot be compared, say that instead."""
    if not before.known:
        return "What you were shown before is not known now: nothing is marked as new."
    if before.you.last is None:
        return "Your first look at this patient here: nothing is marked as new."
    new, more = (sum(one.change is change for one in found) for change in (Change.NEW, Change.ADDED_TO))
    said = ([f"{new:,} new"] if new else []) + ([f"{more:,} added to"] if more else [])
    what = " and ".join(said) or "Nothing new in what has come"
    return f"{what} since you last looked, {moment(before.you.last)}{_but(before, titles)}."


def moment(at: datetime) -> str:
    """Say a moment in London: 20-Nov-2026 23:40."""
    return day_and_clock(at.astimezone(LONDON))
