"""Say what is critical, and what became of reports since somebody last looked.

Rule: whose looks are meant is said, and "new" is never said of what could not be compared.
"""

from collections.abc import Collection, Sequence
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


def nothing_critical(tiles: Sequence[Tile]) -> str:
    """Say that nothing critical has come, while somebody may hold what has not; "" when every trust answered whole."""
    waiting = [tile.trust.title for tile in tiles if tile.state is State.WAITING]
    gone = [tile.trust.title for tile in tiles if tile.state in (State.GAP, State.NOT_AGREED)]
    said = [f"Still waiting for {listed(waiting)}."] if waiting else []
    said += [f"{listed(gone)} {plural(len(gone), 'is', 'are')} missing."] if gone else []
    return " ".join([f"{CRITICAL}: none in what has come.", *said]) if said else ""


def mark(changed: Changed) -> str:
    """Say on a row what became of it: New since you last looked."""
    match changed.change:
        case Change.NEW:
            return "New since you last looked"
        case Change.CORRECTED:
            return f"Corrected since {whose(changed.whose)} last looked"
        case Change.ADDED_TO:
            return f"Added to since you last looked{_then(changed)}"
        case _:
            assert_never(changed.change)


def whose(looks: Whose) -> str:
    """Say whose looks are meant."""
    match looks:
        case Whose.YOURS:
            return "you"
        case Whose.TEAMS:
            return "your team"
        case _:
            assert_never(looks)


def then(changed: Changed) -> str:
    """Say what is known of how a report stood when they looked: it was preliminary then."""
    looked = f"{whose(changed.whose).capitalize()} last looked {moment(changed.last)}"
    said = f"{looked}{_then(changed)}."
    return said if changed.proven else f"{said} What it said then is not known here: read all of it anew."


def _then(changed: Changed) -> str:
    known = changed.status in set(Status) and changed.status not in {Status.FINAL, Status.UNKNOWN}
    return f", {status(Status(changed.status)).lower()} then" if known else ""


def corrected_heading(before: Before) -> str:
    """Say the heading of what was corrected: Corrected since you last looked, 20-Nov-2026 23:40."""
    if before.you.last:
        return f"Corrected since you last looked, {moment(before.you.last)}"
    return "Corrected since your team last looked"


def news(before: Before, found: Collection[Changed]) -> str:
    """Say in one line how much is new; of a first look, or one that cannot be compared, say that instead."""
    if not before.known:
        return "What you were shown before is not known now: nothing is marked as new."
    if before.you.last is None:
        return "Your first look at this patient here: nothing is marked as new."
    new, more = (sum(one.change is change for one in found) for change in (Change.NEW, Change.ADDED_TO))
    said = ([f"{new:,} new"] if new else []) + ([f"{more:,} added to"] if more else [])
    return f"{' and '.join(said) or 'Nothing new in what has come'} since you last looked, {moment(before.you.last)}."


def moment(at: datetime) -> str:
    """Say a moment in London: 20-Nov-2026 23:40."""
    return day_and_clock(at.astimezone(LONDON))
