"""Put versions of one resource at one trust in order, when they say enough for it (FHIR R4 §3.1.0.1.1)."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from viewer.clinical.report import When
from viewer.clinical.when import read_when

T = TypeVar("T")

_LONGEST_NUMBER = 18


def oldest_first(held: Sequence[tuple[str, str, T]]) -> list[T] | None:
    """Return what comes with a version and a time of update, oldest first; None when neither tells all apart."""
    numbers = [number for version, _, _ in held if (number := _number(version)) is not None]
    if len(set(numbers)) == len(held):
        return _sorted_by(numbers, held)
    times = [time for _, updated, _ in held if (time := updated_at(updated)) is not None]
    if len(set(times)) == len(held):
        return _sorted_by(times, held)
    return None


def updated_at(sent: str) -> datetime | None:
    """Return the instant of meta.lastUpdated, or None when it was not sent or is none."""
    when = read_when(sent) if sent else None
    return when.instant if isinstance(when, When) else None


def _number(version: str) -> int | None:
    plain = version.isascii() and version.isdigit() and len(version) <= _LONGEST_NUMBER
    return int(version) if plain else None


def _sorted_by(order: Sequence[int] | Sequence[datetime], held: Sequence[tuple[str, str, T]]) -> list[T]:
    places = sorted(range(len(held)), key=order.__getitem__)
    return [held[place][2] for place in places]
