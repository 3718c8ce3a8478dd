"""Say why something a trust sent could not be read."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a field, or a whole resource, could not be read: a value, never an exception."""

    reason: str
