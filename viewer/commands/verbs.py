"""How a command is spelt: rooms of verbs, as in `trustline log show`, and the days that a verb may take."""

import argparse
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from viewer.commands.world import World
from viewer.pages.words import LONDON

if TYPE_CHECKING:
    Verbs = argparse._SubParsersAction[argparse.ArgumentParser]  # argparse has no public name for it


def add_room(rooms: "Verbs", name: str, about: str) -> "Verbs":
    """Add a subject of which something can be asked."""
    room = rooms.add_parser(name, help=about, description=about, allow_abbrev=False)
    return room.add_subparsers(required=True, metavar="what to do")


def add_verb(
    room: "Verbs", name: str, do: Callable[[World, argparse.Namespace], int], about: str
) -> argparse.ArgumentParser:
    """Add what can be asked; return it, for what must be said with it."""
    verb = room.add_parser(name, help=about, description=about, allow_abbrev=False)
    verb.set_defaults(do=do)
    return verb


def add_days(verb: argparse.ArgumentParser) -> None:
    """Let a verb be asked of a time: from a day on, to the end of a day."""
    verb.add_argument("--since", type=_midnight, metavar="DAY", help="from this day on, like 2026-11-01")
    verb.add_argument("--until", type=_midnight_after, metavar="DAY", help="to the end of this day")


def day(text: str) -> date:
    """Return a day as the shell said it."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a day, like 2026-11-01") from None


def _midnight(text: str) -> datetime:
    return datetime.combine(day(text), datetime.min.time(), LONDON)


def _midnight_after(text: str) -> datetime:
    """Return the midnight after the day, as the pages take a day that is the last."""
    return datetime.combine(day(text) + timedelta(days=1), datetime.min.time(), LONDON)
