"""One row of the timeline: a report, with what is folded under it."""

from dataclasses import dataclass

from viewer.clinical.report import Report


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
