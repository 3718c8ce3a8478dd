"""How often a recent result of another trust existed when a test was looked for: counts, without identities.

Rule: no number from 1 to 4 stands here, nor can be worked out from those that do.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask.typing import ResponseReturnValue

from connectors.answer import Trust
from viewer.clinical.retest import Existed
from viewer.clinical.retest_rules import LabTest
from viewer.pages import words
from viewer.pages.page import page
from viewer.pages.route import Asking, Route, Who
from viewer.small_numbers import Count, Said, said
from viewer.wanted import GP, Looked

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table, as it may be said."""

    name: str
    looked: str
    elsewhere: str


@dataclass(frozen=True, slots=True)
class Figures:
    """One table."""

    title: str
    of: str  # what its lines are
    lines: tuple[Line, ...]


def management_routes(
    counted: Callable[[], Sequence[Looked]], tests: Sequence[LabTest], trusts: Sequence[Trust]
) -> tuple[Route, ...]:
    """Return the page."""
    names = {test.key: test.name for test in tests}
    titles = {trust.name: trust.title for trust in trusts} | {GP: "GP practices"}

    def show(asking: Asking) -> ResponseReturnValue:
        months = last_months(asking.today)
        figures = tables(counted(), months, names, titles)
        return page("management.html", asking, figures=figures, since=month_in_words(months[-1]))

    return (Route("/management", "management", Who.IG_OFFICERS, show),)


def last_months(today: date) -> tuple[str, ...]:
    """Return this month and those before it, newest first: "2026-11"."""
    first = today.year * 12 + today.month - 1
    return tuple(f"{number // 12:04d}-{number % 12 + 1:02d}" for number in range(first, first - MONTHS, -1))


def tables(
    counted: Iterable[Looked], months: Sequence[str], names: Mapping[str, str], titles: Mapping[str, str]
) -> tuple[Figures, ...]:
    """Return the counts of these months by test, by trust that asked, and by month."""
    kept = [one for one in counted if one.month in months]
    named = {one.test: names.get(one.test, one.test) for one in kept}
    asking = {one.asker: titles.get(one.asker, one.asker) for one in kept}
    by_name = dict(sorted(named.items(), key=lambda one: one[1].casefold()))
    in_page_order = {name: asking[name] for name in (*titles, *asking) if name in asking}
    newest_first = {month: month_in_words(month) for month in months if any(one.month == month for one in kept)}
    by_test, by_asker, by_month = said(
        (
            _counts(kept, lambda one: one.test, by_name),
            _counts(kept, lambda one: one.asker, in_page_order),
            _counts(kept, lambda one: one.month, newest_first),
        )
    )
    return (
        Figures("By test", "Test", _lines(by_name, by_test)),
        Figures("By who looked", "Trust that looked", _lines(in_page_order, by_asker)),
        Figures("By month", "Month", _lines(newest_first, by_month)),
    )


def _counts(kept: Iterable[Looked], of: Callable[[Looked], str], names: Iterable[str]) -> list[Count]:
    looked, elsewhere = Counter[str](), Counter[str]()
    for one in kept:
        looked[of(one)] += one.count
        elsewhere[of(one)] += one.count if one.existed is Existed.ELSEWHERE else 0
    return [Count(looked[key], elsewhere[key]) for key in names]


def _lines(names: Mapping[str, str], counts: Iterable[Said]) -> tuple[Line, ...]:
    return tuple(Line(name, whole, part) for name, (whole, part) in zip(names.values(), counts, strict=True))


def month_in_words(month: str) -> str:
    """Say a month: Nov-2026."""
    return words.partial_date(month)
