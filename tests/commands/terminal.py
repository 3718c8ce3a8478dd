"""Where an operator types the command, and what they see; and a look for the log they read."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from tests.access.builders import a_consultant
from viewer.access.access_event import AccessEvent, AtTrust, Event
from viewer.command import World, run

NOW = datetime(2026, 11, 21, 3, 14, tzinfo=UTC)
NUMBER = "9990000018"


@dataclass
class Terminal:
    """Where an operator types, and what they see."""

    environ: dict[str, str]
    account: str = "night.operator"
    clock: Callable[[], datetime] = lambda: NOW
    out: io.StringIO = field(default_factory=io.StringIO)
    errors: io.StringIO = field(default_factory=io.StringIO)

    def type(self, *arguments: str, and_then: str = "") -> int:
        self.out, self.errors = io.StringIO(), io.StringIO()
        world = World(self.environ, io.StringIO(and_then), self.out, self.errors, self.clock, self.account)
        return run(arguments, world)

    @property
    def said(self) -> str:
        return self.out.getvalue()

    @property
    def complained(self) -> str:
        return self.errors.getvalue()


def a_look(**changes: object) -> AccessEvent:
    event = AccessEvent(
        Event.RESULTS_SHOWN,
        NOW,
        a_consultant(),
        "sign-in-1",
        nhs_number=NUMBER,
        patient="HARGREAVES, Walter, born 1944-03-09",
        purpose="emergency-care",
        claim="in-department",
        trusts=(AtTrust("rotherham", "answered", laboratory=12, radiology=3),),
        reports=("rotherham/DiagnosticReport/7@2",),
        digest="ab" * 32,
        agreements=("working_together_2026",),
        outcome="shown",
        because="WT-2026 cl. 4.2(a)",
    )
    return replace(event, **changes)
