"""Show a patient's reports of one kind, newest first, and count those that are not on the page.

Rule: the log names as shown what the page shows, and the page counts by kind what it leaves out.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from viewer.clinical.microbiology import is_microbiology
from viewer.clinical.row import Row
from viewer.pages import words
from viewer.pages.rows import Written, by_day
from viewer.steps import Opened, Step

Write = Callable[[Row, Opened], Written]


@dataclass(frozen=True, slots=True)
class OfKind:
    """The rows of one kind, in their days, and how many others there are of each kind."""

    rows: tuple[Row, ...]
    days: Sequence[tuple[str, list[Written]]]
    not_here: str  # "" when everything is here

    @property
    def count(self) -> int:
        """Return how many reports are on the page."""
        return len(self.rows)


def of_kind(step: Step, opened: Opened, write: Write, belongs: Callable[[Row], bool]) -> OfKind:
    """Return the rows that belong on the page, written as on the timeline, and the count of the others."""
    rows = tuple(row for row in step.timeline.rows if belongs(row))
    others = Counter(_kind_of(row) for row in step.timeline.rows if not belongs(row))
    unsaid = sum(not belongs(row) and not row.report.kind_stated for row in step.timeline.rows)
    return OfKind(rows, list(by_day(write(row, opened) for row in rows)), words.not_here(others, unsaid))


def _kind_of(row: Row) -> str:
    return words.MICROBIOLOGY if is_microbiology(row.report) else words.kind(row.report.kind)
