"""A clock for tests that stands where it is put."""

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass
class Clock:
    """Say the time that it was given, until it is given another."""

    now: datetime = datetime(2026, 11, 21, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now
