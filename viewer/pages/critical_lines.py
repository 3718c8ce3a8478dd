"""Put what is critical at the top of every page of a patient, whatever that page is about.

Rule: what is critical is the laboratory's or the radiologist's own word, and nothing else. What is known to be older
than a month stands in its place alone; what has no day may be new.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from markupsafe import Markup

from viewer.clinical.imaging import Imaging
from viewer.clinical.report import Result, Unreadable
from viewer.clinical.row import Row
from viewer.clinical.timeline import Timeline
from viewer.pages import words
from viewer.pages.filters import is_older
from viewer.pages.rows import report_address
from viewer.pages.since_html import critical_html
from viewer.steps import Opened

PINNED = timedelta(days=30)  # how long what is critical stands at the top


def is_recent(day: str, today: date) -> bool:
    """Say whether a day is not known to be too old for what is critical to stand at the top."""
    return not is_older(day, (today - PINNED).isoformat())


def stands_at_the_top(row: Row, imaging: Imaging, today: date) -> bool:
    """Say whether something in a row is critical, and not known to be old."""
    day = words.day_key(row.report.taken)
    return is_recent(day, today) and bool(critical_html(row, day, imaging))


def is_unread_of_late(timeline: Timeline, today: date) -> bool:
    """Say whether something that could not be read may be of the last month: it may have been flagged as critical."""
    late = (row.report for row in timeline.rows if is_recent(words.day_key(row.report.taken), today))
    return bool(timeline.unreadable) or any(one.report_unread or _is_torn(one.results) for one in late)


def _is_torn(results: Iterable[Result | Unreadable]) -> bool:
    return any(isinstance(one, Unreadable) or _is_torn(one.members) for one in results)


def critical_lines(rows: Iterable[Row], opened: Opened, imaging: Imaging, today: date) -> Iterator[Markup]:
    """Yield the line of each row in which something is critical; it leads to the whole report."""
    for row in rows:
        if stands_at_the_top(row, imaging, today):
            address = report_address(opened, row.key)
            line = critical_html(row, words.day_key(row.report.taken), imaging, address)
            yield Markup(line)  # noqa: S704  since_html escapes everything that was sent
