"""What makes one sandbox trust: its names, its server's manners, its laboratory, and its habit.

A habit takes the plain UK Core resources of one report and returns them as this trust would have sent them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sandbox.exact import Json
from sandbox.laboratory.laboratory import Laboratory
from sandbox.pages import Manners

Habit = Callable[[Sequence[Json]], Sequence[Json]]


def plain(resources: Sequence[Json]) -> Sequence[Json]:
    """Send what plain UK Core says, unchanged."""
    return resources


@dataclass(frozen=True, slots=True)
class Trust:
    """One of the seven, as the sandbox plays it."""

    name: str  # "doncaster_and_bassetlaw"
    ods: str
    full_title: str
    port: int  # in the demo
    laboratory: Laboratory
    habit: Habit = plain
    manners: Manners = field(default_factory=Manners)
    wants_key: bool = False  # private_key_jwt instead of a secret
    shouts: bool = False  # family names in capitals
