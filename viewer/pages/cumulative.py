"""The cumulative view of one patient: who, then what is missing, then a row a test and a column a time, newest right.

Rule: it shows every result that has a number, of every laboratory, or counts what the reader chose not to see; what
stands in no row is listed below the table. Two laboratories' results share a row only where signed maps prove it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from flask import request
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from viewer.clinical.analyte import Catalogue, CodeMap
from viewer.clinical.around import NOTHING, Around, around_of
from viewer.clinical.cumulative import NOT_MAPPED, Chosen, Table, lay_out_cumulative
from viewer.clinical.report import Result, Unreadable, When
from viewer.clinical.row import Row
from viewer.clinical.series import Gathered, gather
from viewer.pages import cumulative_words as say
from viewer.pages import words
from viewer.pages.around_words import comments, standing
from viewer.pages.cumulative_html import WrittenTable, table_html
from viewer.pages.filters import PERIODS, Filters
from viewer.pages.flag_html import flags_html
from viewer.pages.prose_html import columns_html
from viewer.pages.route import Asking, Route, Who
from viewer.pages.rows import report_address
from viewer.pages.view import Views
from viewer.steps import Opened, Step

NEWEST = 60  # columns: more would keep a browser busy, and a link leads to the others
ON_PAPER = 4  # columns that fit on A4: a table with more is not printed, and the paper says so


@dataclass(frozen=True, slots=True)
class Choice:
    """What a reader has chosen to see, as it stands in the address."""

    groups: tuple[str, ...] = ()
    period: str = ""
    whole: bool = False  # the earlier columns, too

    @property
    def kept(self) -> tuple[tuple[str, str], ...]:
        """Return the choice as the fields of a form."""
        period = (("period", self.period),) if self.period else ()
        whole = (("columns", "all"),) if self.whole else ()
        return (*(("group", key) for key in self.groups), *period, *whole)

    def address(self, *, whole: bool) -> str:
        """Return the choice as an address says it, with or without the earlier columns."""
        return urlencode(replace(self, whole=whole).kept)

    def since(self, today: date) -> str:
        """Return the oldest day that is shown, or "" when none is too old."""
        return Filters(period=self.period).since(today)

    def chosen(self, today: date) -> Chosen:
        """Return the choice as the table is laid out by it."""
        since = self.since(today)
        return Chosen(frozenset(self.groups), lambda taken: is_older(taken, since), 0 if self.whole else NEWEST)


def is_older(taken: When | None, since: str) -> bool:
    """Say whether a time is surely of a day before this; what has no whole day is never hidden for its age."""
    day = words.day_key(taken)
    return bool(since) and len(day) == len(since) and day < since


def read_choice(asked: MultiDict[str, str], catalogue: Catalogue) -> Choice:
    """Read what the address chooses; a group or period that we do not know chooses nothing."""
    known = [*(group.key for group in catalogue.groups), NOT_MAPPED]
    groups = tuple(key for key in known if key in asked.getlist("group"))
    period = asked.get("period", "")
    return Choice(groups, period if period in PERIODS else "", asked.get("columns") == "all")


@dataclass(frozen=True, slots=True)
class Outside:
    """A report that stands in no row, or of which something does not, and what that is."""

    row: Row
    address: str
    results: tuple[Result, ...]
    within: Mapping[str, Around]  # what groups say of them, by their ids

    def around(self, result: Result) -> Around:
        """Return what the groups around a result say of it."""
        return self.within.get(result.id, NOTHING)


@dataclass(frozen=True, slots=True)
class Cumulative:
    """The page below what is missing."""

    table: Table
    written: WrittenTable
    results: int  # how many stand in the table
    groups: Mapping[str, str]  # those of which there are results: key → name and count
    outside: tuple[Outside, ...]
    unreadable: tuple[Unreadable, ...]
    called: tuple[tuple[str, str], ...]  # a name of ours, and what the laboratories call it
    signers: str  # of the code maps that these rows rest on


def cumulative_routes(views: Views) -> tuple[Route, ...]:
    """Return the cumulative view."""

    def show(asking: Asking, handle: str) -> ResponseReturnValue:
        opened = views.opened(asking, handle)
        choice = read_choice(request.args, views.catalogue)
        return views.whole(
            asking,
            opened,
            "cumulative.html",
            lambda step: lay_out(step, opened, views.catalogue, views.code_maps, choice.chosen(asking.today)),
            choice=choice,
            since=choice.since(asking.today),
            say=say,
            fixed=lambda sent: Markup(columns_html(sent)),  # noqa: S704  so does it
            on_paper=ON_PAPER,
            flags=lambda sent: Markup(flags_html(sent)),  # noqa: S704  it escapes what was sent
            standing=standing,
            comments=comments,
            periods=[(name, label) for name, (label, _) in PERIODS.items()],
        )

    return (Route("/patients/<handle>/cumulative", "cumulative", Who.CLINICIANS, show),)


def lay_out(
    step: Step, opened: Opened, catalogue: Catalogue, maps: Mapping[str, CodeMap], chosen: Chosen
) -> Cumulative:
    """Return what the page shows of these rows."""
    gathered = gather(step.timeline.rows, catalogue, maps)
    table = lay_out_cumulative(gathered, catalogue, chosen)
    cells = sum(len(line.cells) for block in table.blocks for line in block.lines)
    return Cumulative(
        table,
        table_html(table, opened),
        cells + sum(map(len, table.not_given.values())),
        _groups(gathered, catalogue),
        tuple(_outside(table, opened)),
        tuple(one for _, one in table.left if isinstance(one, Unreadable)),
        say.called(line.series for block in table.blocks for line in block.lines),
        _signers(table, maps),
    )


def _signers(table: Table, maps: Mapping[str, CodeMap]) -> str:
    titles = {column.trust.name: column.trust.title for column in table.columns}
    return say.signers({name: one for name, one in maps.items() if name in titles}, titles)


def _groups(gathered: Gathered, catalogue: Catalogue) -> dict[str, str]:
    return say.groups_of(gathered.series, {group.key: group.name for group in catalogue.groups})


def _outside(table: Table, opened: Opened) -> Iterable[Outside]:
    """Yield each report that is not, or not wholly, in the table: those without a time first, then the newest."""
    rows = {row.key: row for row in (*table.rows, *(row for row, _ in table.left))}
    left: dict[str, list[Result]] = {}
    for row, one in table.left:
        if isinstance(one, Result):
            left.setdefault(row.key, []).append(one)
    for row in sorted(rows.values(), key=_taken, reverse=True):
        results = tuple(left.get(row.key, ()))
        yield Outside(row, report_address(opened, row.key), results, around_of(row.report.results) if results else {})


def _taken(row: Row) -> tuple[bool, str, str]:
    taken = row.report.taken
    return taken is None, taken.instant.isoformat() if taken else "", row.key
