"""Everything a decision goes by beside the people concerned: the agreements, the narrowings, the day and the moment."""

from dataclasses import dataclass
from datetime import date, datetime

from viewer.access.agreement import Agreement, Narrowing


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules as they stand at one moment. Asked for anew at every decision, never kept."""

    agreements: tuple[Agreement, ...]
    narrowings: tuple[Narrowing, ...]
    today: date  # in London
    now: datetime
    pds: bool = False  # PDS is configured, so that it alone can prove who is registered where
