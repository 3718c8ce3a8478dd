"""Read JSON that somebody we must not trust has written: one meaning, or none.

Rule: an object that says a name twice is refused, for readers differ on which of the two they believe; so is what
is nested deeper than a reader can go.
"""

import json
from collections.abc import Iterable
from typing import Any


class Strict(json.JSONDecoder):
    """The decoder, for those who take one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "object_pairs_hook": _once_each})

    def decode(self, s: str, *further: Any) -> Any:
        """Read the text, or raise ValueError."""
        try:
            return super().decode(s, *further)
        except RecursionError:
            raise ValueError("nested too deep") from None


def _once_each(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise ValueError("a name stands there twice")
        members[name] = value
    return members


def read_object(text: bytes | str) -> dict[str, Any] | None:
    """Return the object that this text is, or None when it is anything else."""
    try:
        said = json.loads(text, cls=Strict)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None
