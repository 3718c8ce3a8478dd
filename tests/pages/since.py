"""A memory of what was shown, for tests of pages: it says what it is told to, and keeps what it is given."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from tests.pages.builders import MID_YORKSHIRE, TEACHING, a_report, a_result, walters_rows
from viewer.clinical.changes import Before, Looked, Shown, said_mark
from viewer.clinical.report import Report
from viewer.clinical.row import Row

LAST = datetime(2026, 11, 20, 23, 40, tzinfo=UTC)
POTASSIUM = "rotherham/DiagnosticReport/ue2"  # corrected after the last look
PINNED = ("sheffield_teaching/DiagnosticReport/tnc", "mid_yorkshire/DiagnosticReport/kc")


@dataclass
class Remembered:
    """Stands for viewer.seen.Seen."""

    before: Before = field(default_factory=Before)
    noted: list[str] = field(default_factory=list)
    without: list[frozenset[str]] = field(default_factory=list)

    def begin(self, *_: object) -> Any:
        return SimpleNamespace(now=lambda: self.before)

    def note(self, who: object, opened: object, rows: Sequence[Row], without: Collection[str] = ()) -> None:
        self.noted += [row.key for row in rows]
        self.without.append(frozenset(without))


def looked_at(*reports: Report, last: datetime | None = LAST, without: Collection[str] = ()) -> Looked:
    """Return that these were shown, and nothing else; `without` are trusts that had not sent all then."""
    shown: Mapping[str, tuple[Shown, ...]] = {
        f"{one.trust.name}/{one.id}": (Shown(said_mark(one), one.status.value, LAST),) for one in reports
    }
    return Looked(last, lambda key: shown.get(key, ()), frozenset(without))


def rows_with_criticals() -> tuple[Row, ...]:
    """Return Walter's rows, and two more that their laboratories flagged critical."""
    return (
        Row(a_report(TEACHING, "tnc", "Troponin T HS", "2026-11-21 02:41", "2026-11-21 03:04",
                     a_result("Troponin T", "1480", "ng/L", "HH", "0–14"))),
        *walters_rows(),
        Row(a_report(MID_YORKSHIRE, "kc", "U&E", "2026-11-02 23:59", "2026-11-03 00:31",
                     a_result("Potassium", "7.1", "mmol/L", "HH", "3.5–5.3"),
                     a_result("Sodium", "140", "mmol/L", "", "133–146"))),
    )  # fmt: skip


def the_last_look() -> Before:
    """Return that everything older than the last night was seen, the potassium before it was corrected."""
    older = walters_rows()[5:]
    return Before(looked_at(*(row.earlier[0] if row.earlier else row.report for row in older)))
