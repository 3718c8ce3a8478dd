"""Lay out a patient's reports, newest first, with what is missing said first.

Rule: per trust, received = shown + folded + superseded + withheld + unreadable,
and the Account proves it. A trust that did not answer is a Gap, never an empty pile.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.answer import Outcome, Trust
from viewer.clinical.patient import Disagreement, Person
from viewer.clinical.report import Report, Unreadable


@dataclass(frozen=True, slots=True)
class Row:
    """One report on the timeline, with what is folded under it.

    `copies` are proven to be the same report (same issuer, identifier and content);
    `earlier` are the versions it supersedes, newest first; `alike` names rows that
    look like it without proof, so that the page can link them.
    """

    report: Report
    copies: tuple[Report, ...] = ()
    earlier: tuple[Report, ...] = ()
    alike: tuple[str, ...] = ()  # keys of other rows

    @property
    def key(self) -> str:
        """Return the row's stable name: "rotherham/DiagnosticReport/7"."""
        return f"{self.report.trust.name}/{self.report.id}"


@dataclass(frozen=True, slots=True)
class Gap:
    """A trust whose results are not (all) here, and why."""

    trust: Trust
    outcome: Outcome
    reason: str
    at: datetime
    took: timedelta
    doubt: Disagreement | None = None  # its record disagrees about who this is


@dataclass(frozen=True, slots=True)
class Account:
    """Where every report-level resource a trust sent went. The five add up to `received`."""

    trust: Trust
    received: int
    shown: int
    folded: int
    superseded: int
    withheld: int
    unreadable: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """One patient's reports from every trust, newest first, and what is missing."""

    person: Person
    rows: tuple[Row, ...]
    gaps: tuple[Gap, ...]
    unreadable: tuple[Unreadable, ...]
    accounts: tuple[Account, ...]
