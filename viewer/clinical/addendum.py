"""Find what was added to a report after it was issued: an extension, or text under a line that begins ADDENDUM.

Rule: not a character is lost. Conclusion and addenda together are the text as it was sent.
"""

import re
from collections.abc import Iterable
from itertools import pairwise

from connectors.resource import Extension
from viewer.clinical.problem import Problem
from viewer.clinical.report import Addendum, When
from viewer.clinical.when import read_when

# Doncaster's radiologists write it above or below their report: "ADDENDUM 2026-03-14T10:15:00+00:00 Dr A Name".
_HEADING = re.compile(r"^[ \t]*ADDENDUM\b[^\n]*$", re.IGNORECASE | re.MULTILINE)
_TIME_AND_AUTHOR = re.compile(
    r"[ \t]*ADDENDUM\b[ \t:,–-]*(?:(\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d)?)?)[ \t:,–-]*)?(.*)",
    re.IGNORECASE,
)
_AN_EXTENSION = "/addendum"


def split_addenda(text: str) -> tuple[str, tuple[Addendum, ...]]:
    """Return the text before the first addendum, and each addendum with its heading as sent."""
    starts = [found.start() for found in _HEADING.finditer(text)]
    if not starts:
        return text, ()
    return text[: starts[0]], tuple(_addendum(text[start:end]) for start, end in pairwise([*starts, len(text)]))


def addenda_in(extensions: Iterable[Extension]) -> tuple[Addendum, ...]:
    """Return the addenda that a trust sends as extensions with text, time and author."""
    return tuple(_from_extension(one) for one in extensions if one.url.casefold().endswith(_AN_EXTENSION))


def _addendum(text: str) -> Addendum:
    heading = _TIME_AND_AUTHOR.match(text)
    at, author = heading.groups() if heading else (None, "")
    return Addendum(text, _time(at or ""), author.strip())


def _from_extension(sent: Extension) -> Addendum:
    said = {one.url.rpartition("/")[2]: one for one in sent.extension}
    text, at, author = said.get("text"), said.get("at"), said.get("author")
    return Addendum(
        (text.value_string if text else sent.value_string) or "",
        _time((at.value_date_time if at else "") or ""),
        (author.value_string if author else "") or "",
    )


def _time(sent: str) -> When | None:
    when = read_when(sent) if sent else None
    return None if isinstance(when, Problem) else when
