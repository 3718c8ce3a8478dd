"""A practice's worklist: patients it wants to hear of, each with what was issued since the practice last looked.

Rule: the list proves nothing and tells nothing of results. Who stands on it is decided anew each time, and nobody else
leaves a trace on it. What is new is asked of every trust for one person signed in, and what did not come is named.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from flask import abort, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from connectors.answer import ByNumber
from viewer.access.clinician import Role
from viewer.access.decide import Decision
from viewer.access.relationship import Claim, Purpose, Relationship
from viewer.clinical.changes import Before, was_shown
from viewer.clinical.imaging import NO_IMAGING, Imaging
from viewer.clinical.newer import is_untold, untold
from viewer.clinical.patient import Person
from viewer.clinical.row import Row
from viewer.handles import Handles
from viewer.listing import list_opened_again
from viewer.opening import open_patient
from viewer.pages import board_words, words, worklist_words
from viewer.pages.asked_new import offer_new, take_turn
from viewer.pages.find import name_of
from viewer.pages.page import looking, page
from viewer.pages.refusal import refused_page
from viewer.pages.route import Asking, Route, Who
from viewer.pages.rows import is_flagged
from viewer.pages.search_form import Wanted
from viewer.pages.view import Views
from viewer.seen import Seen
from viewer.steps import Looking, NeedsReason, Opened, Step, number_of
from viewer.still_open import ShownList
from viewer.ticks import ticks
from viewer.worklist import (
    LEFT,
    NOT_PUT,
    find_again,
    list_worklist,
    may_be_offered,
    write_change,
    write_removal,
)
from viewer.worklists import MOST, OnList, Worklists

log = logging.getLogger(__name__)

REGISTERED = Relationship(Purpose.DIRECT_CARE, Claim.REGISTERED)


@dataclass(frozen=True, slots=True)
class WorklistRow:
    """A patient as they stood on the list, kept until they are opened."""

    person: Person
    since: datetime
    search: str  # the handle under which a search for them is kept: a refusal may repeat it
    opened: str = ""  # the handle under which they are open already


@dataclass(frozen=True, slots=True)
class FromList:
    """That a patient was opened from a practice's list: kept under their handle."""

    practice: str


@dataclass(frozen=True, slots=True)
class _Shared:
    views: Views
    lists: Worklists
    imaging: Imaging
    seen: Seen | None  # what was shown before; None when it is not kept


def worklist_routes(
    views: Views, lists: Worklists, imaging: Imaging = NO_IMAGING, seen: Seen | None = None
) -> tuple[Route, ...]:
    """Return the list, what changes it, what opens a patient from it, and what is new of one."""
    shared = _Shared(views, lists, imaging, seen)
    return (
        Route("/worklist", "worklist", Who.CLINICIANS, _show(shared)),
        Route("/worklist/add", "add_to_worklist", Who.CLINICIANS, _add(shared), methods=("POST",)),
        Route("/worklist/remove", "remove_from_worklist", Who.CLINICIANS, _remove(shared), methods=("POST",)),
        Route("/worklist/open", "open_from_worklist", Who.CLINICIANS, _open(shared), methods=("POST",)),
        Route("/worklist/new", "new_on_worklist", Who.CLINICIANS, _tell_new(shared), methods=("POST",)),
    )


def _practice(asking: Asking) -> str:
    """Return the practice of a GP; "" of anybody else."""
    who = looking(asking).who
    return who.organisation.ods if who.role is Role.GP else ""


def _show(shared: _Shared) -> Callable[[Asking], ResponseReturnValue]:
    def show(asking: Asking) -> ResponseReturnValue:
        practice, look = _practice(asking), looking(asking)
        if not practice:
            return page("refused.html", asking, because=worklist_words.NOT_A_PRACTICE), 403
        kept, wait = shared.lists.of(practice), ticks(shared.views.parts)
        standing = list_worklist(shared.views.parts, look, kept)
        for one in standing.gone:
            shared.lists.remove(practice, one)
        stays = {number_of(one.person) for one in kept} - {number_of(one) for one in standing.gone}
        addable = _addable(shared, look, stays)
        wait()  # that somebody was on the list who may not be listed does not show in time either
        rows = [(_keep(shared, look, one), one) for one in standing.shown]
        shared.views.handles.keep(look.sign_in, ShownList(), "worklist")
        alike = board_words.namesakes(one.person.records[0] for one in standing.shown)
        return page(
            "worklist.html", asking, rows=rows, alike=alike, silent=standing.silent, addable=addable,
            said=worklist_words, board_said=board_words,
        )  # fmt: skip

    return show


def _addable(shared: _Shared, look: Looking, on_list: set[str]) -> list[tuple[Opened, Person]]:
    """Return the patients who are open in this sign-in as the practice's, and not on its list."""
    every, parts = shared.views.handles.all(look.sign_in, Opened), shared.views.parts
    opened = {number_of(one.person): one for one in every if one.relationship.claim is Claim.REGISTERED}
    fresh = [one for number, one in opened.items() if number and number not in on_list]
    return list_opened_again(parts, look, may_be_offered(parts, look, fresh))


def _keep(shared: _Shared, look: Looking, one: OnList) -> str:
    """Keep a patient under a name made from their records and this sign-in, and return it."""
    row, handles = name_of(look.sign_in, one.person), shared.views.handles
    offer_new(handles, look.sign_in, _asking_of(row, one.since))
    before = handles.fetch(look.sign_in, WorklistRow, row)
    if before is None or (before.person, before.since) != (one.person, one.since):
        search = before.search if before else handles.keep(look.sign_in, Wanted(ByNumber(number_of(one.person))))
        handles.keep(look.sign_in, WorklistRow(one.person, one.since, search, before.opened if before else ""), row)
    return row


def _asking_of(row: str, since: datetime) -> str:
    """Name what is asked of a row: once the practice has looked, what is new since then is another question."""
    return f"{row} {since.isoformat()}"


# ── Changing it ──────────────────────────────────────────────────────────────────────────────────


def _add(shared: _Shared) -> Callable[[Asking], ResponseReturnValue]:
    def add(asking: Asking) -> ResponseReturnValue:
        practice = _practice(asking)
        opened = shared.views.opened(asking, request.form.get("handle", ""))
        if not practice or opened.relationship.claim is not Claim.REGISTERED:
            abort(404)
        decision = shared.views.show_again(shared.views.parts, looking(asking), opened)
        if not decision.allowed:
            return shared.views.refused(asking, opened, decision.because)
        parts, look = shared.views.parts, looking(asking)
        if shared.lists.has_room(practice, opened.person):
            write_change(parts, look, opened, "put on the worklist")
            if shared.lists.add(practice, opened.person):
                return redirect(url_for("worklist"), 303)
        write_change(parts, look, opened, NOT_PUT)  # also when a colleague took the last place in between
        return page("refused.html", asking, because=worklist_words.full(MOST)), 409

    return add


def _remove(shared: _Shared) -> Callable[[Asking], ResponseReturnValue]:
    def remove(asking: Asking) -> ResponseReturnValue:
        _, row = _row(shared, asking)
        write_removal(shared.views.parts, looking(asking), row.person)
        shared.lists.remove(_practice(asking), row.person)
        return redirect(url_for("worklist"), 303)

    return remove


def _row(shared: _Shared, asking: Asking) -> tuple[str, WorklistRow]:
    name = request.form.get("row", "")
    row = shared.views.handles.fetch(looking(asking).sign_in, WorklistRow, name) if _practice(asking) else None
    return name, row or abort(404)


# ── Opening, and what is new ─────────────────────────────────────────────────────────────────────


def _open(shared: _Shared) -> Callable[[Asking], ResponseReturnValue]:
    def open_it(asking: Asking) -> ResponseReturnValue:
        row, opened = _opened(shared, asking)
        if not isinstance(opened, Opened):
            parts, handles = shared.views.parts, shared.views.handles
            return refused_page(parts, handles, asking, row.person, row.search, opened.because), 403
        handles = shared.views.handles
        handles.keep(looking(asking).sign_in, FromList(_practice(asking)), opened.handle)
        shared.lists.opened(_practice(asking), row.person)
        return redirect(url_for("timeline", handle=opened.handle), 303)

    return open_it


def looked_at(handles: Handles, lists: Worklists) -> Callable[[Asking, Opened, Step], None]:
    """Return what takes note that a patient opened from the list was seen whole: until then nothing stops being new."""

    def looked(asking: Asking, opened: Opened, step: Step) -> None:
        if not step.complete or step.refused or words.is_any_missing(step.tiles):
            return
        came = handles.fetch(looking(asking).sign_in, FromList, opened.handle)
        if came is None:
            return
        try:
            lists.looked(came.practice, opened.person, _asked_at(step))
        except SQLAlchemyError as trouble:  # it may have something told twice, and must not cost the page
            log.warning("a look from the worklist is not remembered: %s", type(trouble).__name__)

    return looked


def _asked_at(step: Step) -> datetime:
    """Return when the oldest of the answers was asked for: what came to its trust after that may not be in it."""
    return min((tile.at - (tile.took or timedelta(0)) for tile in step.tiles if tile.at), default=step.as_of)


def _opened(shared: _Shared, asking: Asking) -> tuple[WorklistRow, Opened | NeedsReason | Decision]:
    """Open the patient of the row that was sent; who is open from here already stays so."""
    (name, row), look, handles = _row(shared, asking), looking(asking), shared.views.handles
    already = handles.fetch(look.sign_in, Opened, row.opened) if row.opened else None
    if already:
        return row, already
    person, marked = find_again(shared.views.parts, look, row.person)
    opened = open_patient(shared.views.parts, look, person, REGISTERED, restricted=marked)
    if marked:
        write_removal(shared.views.parts, look, row.person, LEFT)
        shared.lists.remove(_practice(asking), row.person)
    if isinstance(opened, Opened):
        opened = replace(opened, search=row.search)
        handles.keep(look.sign_in, opened, opened.handle)
        handles.keep(look.sign_in, replace(row, opened=opened.handle), name)
    return row, opened


def _tell_new(shared: _Shared) -> Callable[[Asking], ResponseReturnValue]:
    """Say in a few lines what is new of one patient, for a page that stays where it is."""

    def tell(asking: Asking) -> ResponseReturnValue:
        name, kept = _row(shared, asking)
        handles, sign_in = shared.views.handles, looking(asking).sign_in
        if wait := take_turn(handles, sign_in, _asking_of(name, kept.since), asking.now):
            return wait
        row, opened = _opened(shared, asking)
        if not isinstance(opened, Opened):
            return jsonify(heading=f"{opened.because.rstrip('.')}. The refusal is in the access log")
        shown = _was_shown(shared, asking, opened)
        *_, last = shared.views.steps(asking, opened, waits=True, only=lambda one: is_untold(one, row.since, shown))
        if last.refused:
            return jsonify(heading=f"{last.refused.rstrip('.')}. The refusal is in the access log")
        found = untold(last.timeline.rows, row.since, shown)
        lines = [
            board_words.line(one, is_flagged(one.report.results), shared.imaging.alerts_of(one.report))
            for one in found.rows
        ]
        return jsonify(_said(worklist_words.how_new(found, last.tiles), lines, words.missing(last.tiles)))

    return tell


def _was_shown(shared: _Shared, asking: Asking, opened: Opened) -> Callable[[Row], bool] | None:
    """Return what says of a report whether the practice was shown it as it is; None where no look is remembered."""
    now = replace(opened, at=shared.views.parts.clock())  # the looks of this opening count, too
    before = shared.seen.begin(looking(asking).who, now).now() if shared.seen else Before()
    return (lambda row: was_shown(row, before.team)) if before.team.last else None


def _said(heading: str, lines: list[str], missing: str) -> Mapping[str, Any]:
    return {"heading": heading, "lines": lines, "missing": missing}
