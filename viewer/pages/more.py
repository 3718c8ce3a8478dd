"""Tell whether a report's own text, its narrative, says anything that does not stand on its row.

Rule: in doubt it does. A sentence stands on a row only where it stands there whole, word for word.
"""

import re
from collections.abc import Iterator
from html import unescape

from viewer.clinical.report import Report
from viewer.pages.narrative import clean
from viewer.pages.narrative_lines import lines_of_narrative

_TAG = re.compile(r"<[^>]*>")  # what was sent is escaped, so that only our own are tags
_ENDS = re.compile(r"\n| \| |(?<=[.:;?!])\s+")  # of a line, of a cell and of a sentence


def says_more(report: Report, on_row: str) -> bool:
    """Say whether the narrative of a report has a sentence that this HTML of its row has not."""
    if not report.narrative:
        return False
    cleaned = clean(report.narrative)
    sentences = set(_sentences(lines_of_narrative(cleaned.html)))
    return cleaned.too_long or not sentences <= set(_sentences(unescape(_TAG.sub("\n", on_row))))


def _sentences(text: str) -> Iterator[str]:
    said = (" ".join(part.removeprefix("• ").split()).rstrip(".:;").casefold() for part in _ENDS.split(text))
    return filter(None, said)
