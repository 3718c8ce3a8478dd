"""Put a practice's worklist into words."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from viewer.clinical.newer import Newer
from viewer.pages import words
from viewer.steps import Tile

SOON = timedelta(days=30)
NOT_A_PRACTICE = "Only a GP practice has a worklist"
NAMESAKE = "Another patient of this name and date of birth is on the list"
SHOWS = (
    "This list shows those who may be listed for the practice now. Whoever may not any more, or is not opened from "
    "here for half a year, leaves it"
)
PDS_SILENT = (
    "The national register (PDS) did not answer for every patient, so not all of them can be shown to be the practice’s"
)


def heading(listed: int) -> str:
    """Return how many patients stand on the list."""
    return f"Worklist: {listed} {words.plural(listed, 'patient')}"


def full(most: int) -> str:
    """Return why nobody more can be put on the list."""
    return f"The worklist is full: it holds {most} patients. Take somebody off it first. Nobody was put on it"


def since(when: datetime) -> str:
    """Return since when what is issued is new."""
    seen = "when the practice last saw all of this patient’s results from here, or put the patient on the list"
    issued = f"New is what was issued after {words.day_and_clock(when)}, {seen}"
    return f"{issued}, and what the practice was not shown as it is now"


def leaves(until: datetime, now: datetime) -> str:
    """Return when somebody leaves the list by the clock, in the month before; "" until then."""
    if until - now > SOON:
        return ""
    return f"Leaves this list on {words.day(until)}, unless opened from here before"


def how_new(found: Newer, tiles: Sequence[Tile]) -> str:
    """Return how many reports are new; that there is nothing is said only when every trust said so."""
    count = len(found.rows)
    if not count and words.is_any_missing(tiles):
        return "Nothing new has come so far"
    return f"{count} new {words.plural(count, 'report')}" if count else "Nothing new"
