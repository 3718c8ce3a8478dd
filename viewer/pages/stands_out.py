"""Say of the reports that leave, before the first of them, which are critical, changed, not final or withdrawn.

Rule: only what the laboratory or the radiologist said of them counts, and nothing is judged. What is said here stands
in its place below as well; that nothing stands out is said in words, and means no more than that nobody marked it so.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from viewer.clinical.around import NOTHING as NO_GROUPS
from viewer.clinical.around import around_of
from viewer.clinical.corrections import corrections
from viewer.clinical.critical import criticals
from viewer.clinical.imaging import NO_IMAGING, Imaging
from viewer.clinical.report import Report, Result, Status, Unreadable
from viewer.clinical.row import Row
from viewer.pages import words
from viewer.pages.brief import Brief, brief
from viewer.pages.said_lines import flags, said_range
from viewer.pages.since_words import taken_back


class Heed(StrEnum):
    """Why a report stands out, in the order in which this is said."""

    CRITICAL = "critical"
    CHANGED = "corrected, amended or added to"
    WITHDRAWN = "withdrawn or cancelled"
    NOT_FINAL = "not final"
    UNCERTAIN = "may have been corrected or withdrawn since"


NOTHING = "Nobody marked any of these reports as critical, changed, withdrawn or not final."


@dataclass(frozen=True, slots=True)
class StandsOut:
    """One reason why one report stands out, and what of it: "Potassium 7.1 mmol/L ▲▲ HI critical"."""

    heed: Heed
    row: Row
    what: str

    @property
    def said(self) -> str:
        """Return it as a sentence names it: the report, whose it is, when it was taken, and what of it."""
        report = self.row.report
        return f"{report.title} ({report.trust.title}, taken {words.when(report.taken)}): {self.what}"


def stand_out(rows: Iterable[Row], imaging: Imaging = NO_IMAGING) -> tuple[StandsOut, ...]:
    """Return everything that stands out, by reason, each in the order of the reports."""
    whole = tuple(rows)
    ways: tuple[tuple[Heed, Callable[[Row], Iterator[str]]], ...] = (
        (Heed.CRITICAL, lambda row: _critical(row.report, imaging)),
        (Heed.CHANGED, _changed),
        (Heed.WITHDRAWN, lambda row: _standing(row.report, _WITHDRAWN)),
        (Heed.NOT_FINAL, lambda row: _standing(row.report, _NOT_FINAL)),
        (Heed.UNCERTAIN, lambda row: _uncertain(row.report)),
    )
    found = ((heed, row, "; ".join(say(row))) for heed, say in ways for row in whole)
    return tuple(StandsOut(heed, row, what) for heed, row, what in found if what)


def by_heed(found: Iterable[StandsOut]) -> dict[Heed, list[StandsOut]]:
    """Return them under their reasons."""
    grouped: dict[Heed, list[StandsOut]] = {}
    for one in found:
        grouped.setdefault(one.heed, []).append(one)
    return grouped


_CHANGED = frozenset({Status.AMENDED, Status.CORRECTED, Status.APPENDED})
_WITHDRAWN = frozenset({Status.ENTERED_IN_ERROR, Status.CANCELLED})
_NOT_FINAL = frozenset({Status.REGISTERED, Status.PARTIAL, Status.PRELIMINARY, Status.UNKNOWN})


def _critical(report: Report, imaging: Imaging) -> Iterator[str]:
    if report.status is Status.ENTERED_IN_ERROR:
        return
    yield from (f"{words.alert(one)}, {words.alert_as_sent(one)}" for one in imaging.alerts_of(report))
    around = around_of(report.results)
    yield from (_value(brief(one, report, around.get(one.id, NO_GROUPS))) for one in criticals(report))


def _value(one: Brief) -> str:
    if one.instead:
        return f"{one.name} {taken_back(one.instead)}"
    said = " ".join(filter(None, (one.name, one.value, one.unit)))
    return ", ".join(filter(None, (said, flags(one.flags), said_range(one.range))))


def _changed(row: Row) -> Iterator[str]:
    said = list(_standing(row.report, _CHANGED))
    if row.report.addenda and row.report.status is not Status.APPENDED:
        said.insert(0, "Added to")
    if said:
        yield from said
        yield words.issue(row.report, row.earlier)
        yield from filter(None, (words.earlier_not_sent(row.report, row.earlier),))
        yield from _differences(row)


def _differences(row: Row) -> Iterator[str]:
    """Yield the names of the results that earlier versions gave otherwise, and of those that are gone."""
    was = corrections(row)
    changed = [one.name for one in _every(row.report.results) if one.id in was.was]
    if changed:
        yield f"changed: {words.listed(changed)}"
    if was.gone:
        yield f"no longer in it: {words.listed([one.result.name for one in was.gone])}"


def _standing(report: Report, statuses: frozenset[Status]) -> Iterator[str]:
    """Yield how a report stands, and which of its results stand so where the report does not."""
    if report.status in statuses:
        yield words.report_state(report, words.report_status(report)) if report.studies else words.report_status(report)
    if report.status is Status.ENTERED_IN_ERROR:
        return
    for one in _every(report.results):
        if one.status in statuses and one.status is not report.status:
            yield f"{one.name} {words.status(one.status, one.status_as_sent)}"


def _every(results: Iterable[Result | Unreadable]) -> Iterator[Result]:
    for one in results:
        if isinstance(one, Result):
            yield one
            yield from _every(one.members)


def _uncertain(report: Report) -> Iterator[str]:
    if report.report_unread:
        yield words.REPORT_UNREAD.rstrip(".")
    if report.of_part:
        yield f"{report.trust.title} sent only part of what it holds"
