"""Which rows one stream has sent, so that each is written once and sent once, and of thousands the newest first.

Rule: thousands come in parts: first what belongs on the first screen, with all that may stand at the top of the page,
then the rest. Only what was sent counts as shown.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from itertools import compress

from viewer.clinical.changes import Before, Change, Changed, change_of
from viewer.clinical.timeline import Row
from viewer.pages import words
from viewer.pages.critical_lines import is_recent
from viewer.pages.rows import Written
from viewer.steps import Opened, Step, Tile

FIRST_ROWS = 50  # of a step with many: more than a screen shows
ROWS_AT_ONCE = 500

Write = Callable[[Row, Opened, Changed | None], Written]


def in_parts(rows: Sequence[Row], is_for_the_top: Callable[[Row], bool]) -> Iterator[Sequence[Row]]:
    """Yield rows that stand newest first in parts, at least one; the first holds all that may stand at the top."""
    if len(rows) <= ROWS_AT_ONCE:
        yield rows
        return
    urgent = [place < FIRST_ROWS or is_for_the_top(row) for place, row in enumerate(rows)]
    yield list(compress(rows, urgent))
    others = [row for row, at_once in zip(rows, urgent, strict=True) if not at_once]
    for begin in range(0, len(others), ROWS_AT_ONCE):
        yield others[begin : begin + ROWS_AT_ONCE]


class SentRows:
    """What one stream has sent, and of its last step what it has still to send."""

    def __init__(
        self, write: Write, opened: Opened, memory: Callable[[], Before], is_shown: Callable[[Written], bool]
    ) -> None:
        self._write = write
        self._opened = opened
        self._memory = memory
        self._is_shown = is_shown
        self._hidden: set[str] = set()  # the keys of rows that the browser hides by what was chosen before it asked
        self.tiles: tuple[Tile, ...] = ()  # how each trust stood when the last of it was sent
        self._known: Before | None = None
        self._rows: dict[str, Row] = {}
        self._changed: dict[str, Changed | None] = {}
        self._unsent: dict[str, str] = {}  # of the last step: the key of each row that is still to be sent → its trust

    @property
    def before(self) -> Before:
        """Return what was shown before, as it was known when the first rows came: one page says one thing."""
        self._known = self._known or self._memory()
        return self._known

    @property
    def rows(self) -> list[Row]:
        """Return every row that was sent and not taken back."""
        return list(self._rows.values())

    @property
    def shown(self) -> list[Row]:
        """Return those of them that the browser does not hide."""
        return [row for key, row in self._rows.items() if key not in self._hidden]

    @property
    def behind(self) -> frozenset[str]:
        """Return the trusts of which rows of the last step were not sent."""
        return frozenset(self._unsent.values())

    @property
    def changes(self) -> list[Changed]:
        """Return what became of those of them that are not as they were."""
        return [one for one in self._changed.values() if one]

    def take(self, step: Step) -> tuple[list[Row], list[str]]:
        """Return the rows that are new or changed since the last step, and the keys of those that are gone."""
        self.tiles = step.tiles
        now = {row.key: row for row in step.timeline.rows}
        fresh = [row for key, row in now.items() if self._rows.get(key) != row]
        gone = [key for key in self._rows if key not in now]
        self._rows = {key: row for key, row in self._rows.items() if key in now}
        self._unsent = {row.key: row.report.trust.name for row in fresh}
        found = {row.key: change_of(row, self.before, self._opened.at) for row in fresh}
        self._changed = {key: one for key, one in {**self._changed, **found}.items() if key in now}
        return fresh, gone

    def is_for_the_top(self, row: Row, today: date) -> bool:
        """Say whether a row of the last step may have a line at the top of the page."""
        changed = self._changed[row.key]
        is_corrected = changed is not None and changed.change is Change.CORRECTED
        return is_corrected or is_recent(words.day_key(row.report.taken), today)

    def write(self, rows: Iterable[Row]) -> Iterator[Written]:
        """Yield rows of the last step as they are sent; from then on they count as sent."""
        for row in rows:
            written = self._write(row, self._opened, self._changed[row.key])
            self._rows[row.key] = row
            del self._unsent[row.key]
            self._hidden -= {row.key}
            if not self._is_shown(written):
                self._hidden.add(row.key)
            yield written
