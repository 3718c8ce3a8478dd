"""Count and list things as people do, and say that something is not known."""

from collections.abc import Callable, Sequence

NOT_KNOWN = "Not known"


def plural(count: int, one: str, many: str = "") -> str:
    """Return the word for so many."""
    return one if count == 1 else many or f"{one}s"


def listed(things: Sequence[str], say: Callable[[str], str] = str) -> str:
    """List things as people do: a, b and c."""
    said = [say(thing) for thing in things]
    return " and ".join(filter(None, (", ".join(said[:-1]), said[-1]))) if said else ""
