"""Say what stands around a report's results when it leaves: how far to rely on it, and what else there is of it.

Rule: whatever the page says of a report besides its results is said on paper, in text and in data, too. Of a report
that was not chosen no more is said than which trust's it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from viewer.clinical.report import Report
from viewer.clinical.row import Row
from viewer.pages import words


@dataclass(frozen=True, slots=True)
class Leaving:
    """The reports that leave together, by their keys, and what each trust is called."""

    reports: Mapping[str, Report] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)


def before(report: Report) -> tuple[str, ...]:
    """Return what stands before all that a report says: that it may have been corrected or withdrawn since."""
    unread = words.REPORT_UNREAD if report.report_unread else ""
    return tuple(filter(None, (unread, words.in_part(report))))


def after(row: Row, leaving: Leaving) -> tuple[str, ...]:
    """Return what stands below it: who else holds it, its earlier versions, and reports that look like it."""
    copies = (f"Also held by {copy.trust.title}, same report." for copy in row.copies)
    return (*copies, *_earlier(row), *alike(row, leaving))


def _earlier(row: Row) -> tuple[str, ...]:
    count = len(row.earlier)
    said = f"{count} earlier {words.plural(count, 'version')}: {words.earlier(row.earlier)}."
    return (said,) if row.earlier else ()


def alike(row: Row, leaving: Leaving) -> tuple[str, ...]:
    """Return a sentence for each report that looks like this one."""
    return tuple(words.looks_like(_trust(key, leaving), leaving.reports.get(key)) for key in row.alike)


def _trust(key: str, leaving: Leaving) -> str:
    return leaving.titles.get(key.partition("/")[0], "another trust")
