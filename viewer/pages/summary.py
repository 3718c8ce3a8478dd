"""Print or copy chosen results: choose them, then have them on A4, as plain text, or as data.

Rule: what leaves is in the log, report by report, before it leaves; and whatever it is, it says who, when, by whom, and
what is missing before any result. A report leaves whole or not at all.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from viewer.clinical.corrections import corrections
from viewer.clinical.imaging import NO_IMAGING, Imaging
from viewer.clinical.row import Row
from viewer.clinical.timeline import keys_of
from viewer.pages import words
from viewer.pages.as_data import as_data
from viewer.pages.filters import PERIODS, is_older
from viewer.pages.narrative import clean
from viewer.pages.page import page
from viewer.pages.plain_text import Heading, bedside, facts, lost_of, plain_text
from viewer.pages.route import Asking, Route, Who
from viewer.pages.rows import is_flagged, report_address
from viewer.pages.said_around import Leaving, after, before
from viewer.pages.said_lines import lines_of
from viewer.pages.stands_out import NOTHING, by_heed, stand_out
from viewer.pages.view import Laid, Views
from viewer.steps import Opened, State, Step, Tile

Chooses = Callable[[Row], bool]
LATELY = PERIODS["30d"][1]
AS = {"print": "on paper", "text": "as text", "data": "as data"}
SETS = {"lately": "the last 30 days", "flagged": "what was flagged", "all": "everything that came"}


@dataclass(frozen=True, slots=True)
class _Summary:
    views: Views
    imaging: Imaging


def summary_routes(views: Views, imaging: Imaging = NO_IMAGING) -> tuple[Route, ...]:
    """Return the page where results are chosen, and the action that prints or copies them."""
    shared = _Summary(views, imaging)
    return (
        Route("/patients/<handle>/summary", "summary", Who.CLINICIANS, _choose(shared)),
        Route("/patients/<handle>/summary", "summary_leaves", Who.CLINICIANS, _leave(shared), methods=("POST",)),
    )


# ── Choosing ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Choice:
    """One report that can be chosen. `mark` stands for its key in the form, for this sign-in alone."""

    mark: str
    title: str
    time: str
    trust: str
    status: str
    flagged: bool
    names_flagged: str  # what in it was flagged, "" where a radiologist marked all of it
    names: str  # what else it holds


def _choose(shared: _Summary) -> Callable[..., ResponseReturnValue]:
    def choose(asking: Asking, handle: str) -> ResponseReturnValue:
        opened = shared.views.opened(asking, handle)
        return shared.views.whole(
            asking,
            opened,
            "summary_choose.html",
            lambda step: list(_days(shared, step.timeline.rows, opened)),
            sets=SETS,
            nothing=request.args.get("nothing") == "1",
        )

    return choose


def _days(shared: _Summary, rows: Iterable[Row], opened: Opened) -> Iterator[tuple[str, list[Choice]]]:
    for day, of_day in groupby(rows, key=lambda row: words.day_key(row.report.taken)):
        yield words.day_heading(day), [_choice(shared, row, opened) for row in of_day]


def _choice(shared: _Summary, row: Row, opened: Opened) -> Choice:
    report = row.report
    lines = lines_of(report, corrections(row))
    flagged = dict.fromkeys(line.name for line in lines if line.flagged)
    names = dict.fromkeys(line.name for line in lines if line.value and line.name not in flagged)
    return Choice(
        _mark(opened, row.key),
        report.title,
        words.time_of_day(report.taken),
        report.trust.title,
        f"{words.stands(report)} {words.issued(report)}",
        is_marked(row, shared.imaging),
        ", ".join(flagged),
        ", ".join(names),
    )


def is_marked(row: Row, imaging: Imaging) -> bool:
    """Say whether the laboratory flagged anything in a report, or a radiologist marked it."""
    return is_flagged(row.report.results) or bool(imaging.alerts_of(row.report))


def _mark(opened: Opened, key: str) -> str:
    return report_address(opened, key).rpartition(".")[2]


def _marks(opened: Opened, row: Row) -> set[str]:
    """Return the marks of all that a row shows: what was ticked may be a copy or an earlier version of it by now."""
    return {_mark(opened, key) for key in keys_of(row)}


def _ticked() -> frozenset[str]:
    """Return the marks that were ticked; none where a set was taken."""
    return frozenset(request.form.getlist("r") if request.form.get("these") not in SETS else ())


def _chooses(shared: _Summary, opened: Opened, asking: Asking) -> Chooses | None:
    """Return what the form chooses; None when it chooses nothing."""
    marks = _ticked()
    oldest = (asking.today - LATELY).isoformat() if LATELY else ""
    match request.form.get("these", ""):
        case "all":
            return lambda _: True
        case "lately":
            return lambda row: not is_older(words.day_key(row.report.taken), oldest)
        case "flagged":
            return lambda row: is_marked(row, shared.imaging)
        case _:
            return (lambda row: not marks.isdisjoint(_marks(opened, row))) if marks else None


# ── Leaving ──────────────────────────────────────────────────────────────────────────────────────


def _leave(shared: _Summary) -> Callable[..., ResponseReturnValue]:
    def leave(asking: Asking, handle: str) -> ResponseReturnValue:
        opened = shared.views.opened(asking, handle)
        form, chooses = request.form.get("as", "print"), _chooses(shared, opened, asking)
        if chooses is None or form not in AS:
            return redirect(url_for("summary", handle=opened.handle, nothing="1"), 303)
        steps = shared.views.steps(
            asking, opened, waits=True, printing=form == "print", only=chooses, leaves_as=AS[form]
        )
        *_, last = steps
        if last.refused:
            return shared.views.refused(asking, opened, last.refused)
        chosen = [row for row in last.timeline.rows if chooses(row)]
        return _FORMS[form](shared, asking, opened, last, chosen)

    return leave


def _on_paper(
    shared: _Summary, asking: Asking, opened: Opened, step: Step, chosen: Sequence[Row]
) -> ResponseReturnValue:
    leaving = Leaving({row.key: row.report for row in chosen}, _titles(step))
    values = shared.views.common(opened) | {
        "laid": Laid(step.tiles, step),
        "gaps": _not_here(step, opened),
        "stands_out": by_heed(stand_out(chosen, shared.imaging)),
        "nothing_stands_out": NOTHING,
        "before": before,
        "after": lambda row: after(row, leaving),
        "lost_of": lost_of,
        "chosen": chosen,
        "of": len(step.timeline.rows),
        "lines_of": lambda row: lines_of(row.report, corrections(row)),
        "facts": facts,
        "bedside": bedside,
        "coded": lambda report: words.coded_conclusion(report, shared.imaging.alerts),
        "clean": clean,
        "alerts": lambda report: [words.alert(one) for one in shared.imaging.alerts_of(report)],
    }
    return page("summary_print.html", asking, **values)


def _as_text(
    shared: _Summary, asking: Asking, opened: Opened, step: Step, chosen: Sequence[Row]
) -> ResponseReturnValue:
    heading = Heading(
        who(opened, asking),
        f"Copied from Trustline {words.day_and_clock(asking.now)} by {words.who(asking.clinician)}."
        if asking.clinician
        else "",
        f"{words.completeness(step.tiles, step.as_of)} {words.identity(step.tiles)}".strip(),
        tuple(f"Not here: {words.unreadable(one)}." for one in step.timeline.unreadable),
        tuple(f"{sentence}." for sentence in shared.views.never_shared()),
        _how_many(len(chosen), len(step.timeline.rows), asking),
        _not_here(step, opened),
    )
    values = shared.views.common(opened) | {
        "laid": Laid(step.tiles, step),
        "text": plain_text(heading, chosen, _titles(step), shared.imaging),
        "chosen": chosen,
    }
    return page("summary_text.html", asking, **values)


def _as_data(
    shared: _Summary, asking: Asking, opened: Opened, step: Step, chosen: Sequence[Row]
) -> ResponseReturnValue:
    about = {
        "patient": who(opened, asking),
        "copied_at": asking.now.isoformat(),
        "copied_by": words.who(asking.clinician) if asking.clinician else "",
        "complete": str(words.completeness(step.tiles, step.as_of)),
        "could_not_be_read": "; ".join(map(words.unreadable, step.timeline.unreadable)),
        "ticked_and_not_here": _lost(step, opened),
        "never_shared": "; ".join(shared.views.never_shared()),
        "chosen": _how_many(len(chosen), len(step.timeline.rows), asking),
        "log_reference": asking.view,
    }
    return Response(
        as_data(about, step.tiles, chosen, shared.imaging),
        mimetype="application/json",
        headers={"Content-Disposition": 'attachment; filename="results.json"'},
    )


_FORMS: dict[str, Callable[[_Summary, Asking, Opened, Step, Sequence[Row]], ResponseReturnValue]] = {
    "print": _on_paper,
    "text": _as_text,
    "data": _as_data,
}


def who(opened: Opened, asking: Asking) -> str:
    """Say who it is in one line, as the banner does."""
    patient = opened.person.records[0]
    number = patient.nhs_number.spaced if patient.nhs_number else words.NOT_KNOWN
    died = f"  Died {words.died(patient)}" if words.died(patient) else ""
    return (
        f"{words.full_name(patient.name)}  Born {words.born(patient, asking.today)}{died}"
        f"  Gender {words.gender(patient.gender)}  NHS No. {number}"
    )


def _titles(step: Step) -> dict[str, str]:
    return {tile.trust.name: tile.trust.title for tile in step.tiles}


def _not_here(step: Step, opened: Opened) -> tuple[str, ...]:
    """Name every trust that is missing, and say whether anything that was ticked is."""
    return tuple(filter(None, (*_gaps(step.tiles), _lost(step, opened))))


def _lost(step: Step, opened: Opened) -> str:
    """Say how many of the reports that were ticked have not come again; "" when all have."""
    ticked = _ticked()
    lost = ticked.difference(*(_marks(opened, row) for row in step.timeline.rows)) if ticked else ticked
    if not lost:
        return ""
    here = len(ticked) - len(lost)
    are_here = f"{here:,} {words.plural(here, 'is', 'are')}" if here else "none is"
    return f"Of {len(ticked):,} {words.plural(len(ticked), 'report')} ticked, {are_here} here. Choose again."


def _gaps(tiles: Iterable[Tile]) -> tuple[str, ...]:
    """Name every trust that is missing, with the reason, and whom to ask."""
    return tuple(
        f"{words.tile_heading(tile)}: {words.tile(tile)}; laboratory by telephone"
        f" {words.telephone(tile.trust.telephone)}."
        for tile in tiles
        if tile.state not in {State.ANSWERED, State.NONE}
    )


def _how_many(chosen: int, of: int, asking: Asking) -> str:
    return f"{chosen:,} of {of:,} {words.plural(of, 'report')} chosen, each whole. Log reference {asking.view}."
