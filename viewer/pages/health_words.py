"""The words of the health pages."""

from viewer.audit.writer import Sink
from viewer.pages.words import day_and_clock, plural


def sink(now: Sink) -> str:
    """Say where entries of the log go, and what waits there."""
    if now.name == "database":
        said = "entries of the log are written to the database"
    elif now.since is None:
        said = "the database takes no entries; those of the log go to the journal"
    else:
        said = (
            f"the database takes no entries; those of the log have gone to the journal since {day_and_clock(now.since)}"
        )
    return "; ".join(filter(None, (said, _waiting(now.waiting), _damaged(now.damaged))))


def _waiting(count: int) -> str:
    return f"{count:,} {plural(count, 'entry waits', 'entries wait')} there for the database" if count else ""


def _damaged(count: int) -> str:
    return f"{count:,} {plural(count, 'place', 'places')} in the journal cannot be read" if count else ""
