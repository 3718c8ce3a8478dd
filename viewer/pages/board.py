"""The board: who is in one's own emergency department, opened from there, each with what is new at other trusts.

Rule: an address holds a row's name that means nothing outside this sign-in. To open from the board is to open: the
row shows who it is, the trust's own record is asked again, and the log has the purpose and the proof.
"""

from base64 import b32encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import blake2b
from typing import Any

from flask import abort, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from connectors.answer import ByNumber, ByTraits
from viewer.access.decide import Decision
from viewer.access.relationship import Claim, Purpose, Relationship
from viewer.board import Board, own_trust, who_is_in_department
from viewer.clinical.imaging import NO_IMAGING, Imaging
from viewer.clinical.newer import Newer, is_newer, newer
from viewer.clinical.patient import Person
from viewer.clinical.row import Row
from viewer.handles import Handles
from viewer.opening import open_patient
from viewer.pages import board_words, words
from viewer.pages.asked_new import offer_new, take_turn
from viewer.pages.find import Listed, name_of
from viewer.pages.page import looking, page
from viewer.pages.refusal import refused_page
from viewer.pages.route import Asking, Route, Who
from viewer.pages.rows import Written, is_flagged
from viewer.pages.search_form import Wanted
from viewer.pages.view import Views
from viewer.steps import Looking, NeedsReason, Opened, Step
from viewer.still_open import ShownList
from viewer.ticks import ticks

NEW = timedelta(hours=72)
THERE = Relationship(Purpose.EMERGENCY_CARE, Claim.IN_DEPARTMENT)


@dataclass(frozen=True, slots=True)
class Bay:
    """A person as they stood on the board, kept until they are opened."""

    person: Person
    search: str  # the handle under which a search for them is kept: a refusal may repeat it


@dataclass(frozen=True, slots=True)
class OpenHere:
    """The handle under which a person of the board is open already."""

    handle: str


@dataclass(frozen=True, slots=True)
class _Boards:
    """What the pages of the board share."""

    views: Views
    write: Callable[[Row, Opened], Written]
    board: Callable[..., Board]
    open_patient: Callable[..., Opened | NeedsReason | Decision]
    imaging: Imaging

    @property
    def handles(self) -> Handles:
        return self.views.handles


def board_routes(
    views: Views,
    write: Callable[[Row, Opened], Written],
    board: Callable[..., Board] = who_is_in_department,
    open_patient: Callable[..., Opened | NeedsReason | Decision] = open_patient,
    imaging: Imaging = NO_IMAGING,
) -> tuple[Route, ...]:
    """Return the board, what opens a patient from it, and what is new of one."""
    shared = _Boards(views, write, board, open_patient, imaging)
    return (
        Route("/board", "board", Who.CLINICIANS, _show(shared)),
        Route("/board/open", "open_from_board", Who.CLINICIANS, _open(shared), methods=("POST",)),
        Route("/board/new", "new_on_board", Who.CLINICIANS, _tell_new(shared), methods=("POST",)),
        Route("/patients/<handle>/new", "new_elsewhere", Who.CLINICIANS, _new(shared)),
    )


# ── The list ─────────────────────────────────────────────────────────────────────────────────────


def _show(shared: _Boards) -> Callable[[Asking], ResponseReturnValue]:
    def show(asking: Asking) -> ResponseReturnValue:
        look, wanted = looking(asking), request.args.get("in", "")
        wait = ticks(shared.views.parts)
        board = shared.board(
            shared.views.parts, look, lambda name: wanted in ("", mark_of(name)), again="again" in request.args
        )
        wait()  # that somebody is there who may not be listed does not show in time
        rows = [(_keep(shared, look, one.person), one) for one in board.people]
        shared.handles.keep(look.sign_in, ShownList(), "board")
        choices = [(mark_of(name), name, count) for name, count in board.departments]
        alike = board_words.namesakes(one.person.records[0] for one in board.people)
        return page(
            "board.html", asking, board=board, rows=rows, alike=alike, choices=choices, wanted=wanted, said=board_words
        )

    return show


def mark_of(department: str) -> str:
    """Return what stands for a department in an address: letters alone, whatever its name holds."""
    return b32encode(blake2b(department.encode(), digest_size=5).digest()).decode().lower()


def _keep(shared: _Boards, look: Looking, person: Person) -> str:
    """Keep a person under a name made from their records and this sign-in, and return it."""
    row = name_of(look.sign_in, person)
    offer_new(shared.handles, look.sign_in, row)
    kept = shared.handles.fetch(look.sign_in, Bay, row)
    if kept is None or kept.person != person:
        search = shared.handles.keep(look.sign_in, _as_sought(person))
        shared.handles.keep(look.sign_in, Bay(person, search), row)
    return row


def _as_sought(person: Person) -> Wanted:
    """Return the search that would find this person."""
    if person.nhs_number:
        return Wanted(ByNumber(person.nhs_number.digits))
    record = person.records[0]
    try:
        born = date.fromisoformat(record.born)
    except ValueError:
        born = date.min
    return Wanted(None, ByTraits(record.name.family, born, " ".join(record.name.given[:1])))


# ── Opening ──────────────────────────────────────────────────────────────────────────────────────


def _open(shared: _Boards) -> Callable[[Asking], ResponseReturnValue]:
    def open_it(asking: Asking) -> ResponseReturnValue:
        bay, opened = _opened(shared, asking)
        if isinstance(opened, NeedsReason):
            return redirect(_confirm_page(shared, looking(asking), bay), 303)
        if isinstance(opened, Decision):
            parts = shared.views.parts
            return refused_page(parts, shared.handles, asking, bay.person, bay.search, opened.because), 403
        wants_new = request.form.get("then") == "new"
        return redirect(url_for("new_elsewhere" if wants_new else "timeline", handle=opened.handle), 303)

    return open_it


def _opened(shared: _Boards, asking: Asking) -> tuple[Bay, Opened | NeedsReason | Decision]:
    """Open the person of the row that was sent; who is open from here already stays so."""
    look, row = looking(asking), request.form.get("row", "")
    bay = shared.handles.fetch(look.sign_in, Bay, row) or abort(404)
    here = shared.handles.fetch(look.sign_in, OpenHere, row)
    already = shared.handles.fetch(look.sign_in, Opened, here.handle) if here else None
    if already:
        return bay, already
    opened = shared.open_patient(shared.views.parts, look, bay.person, THERE)
    if isinstance(opened, Opened):
        opened = replace(opened, search=bay.search)
        shared.handles.keep(look.sign_in, opened, opened.handle)
        shared.handles.keep(look.sign_in, OpenHere(opened.handle), row)
    return bay, opened


def _confirm_page(shared: _Boards, look: Looking, bay: Bay) -> str:
    """Return where the reason is asked for that a claim needs which nothing bears out."""
    name = name_of(bay.search, bay.person)
    shared.handles.keep(look.sign_in, Listed(bay.person), f"{bay.search}.{name}")
    return url_for("confirm", handle=bay.search, listed=name)


# ── What is new elsewhere ────────────────────────────────────────────────────────────────────────


def _new(shared: _Boards) -> Callable[..., ResponseReturnValue]:
    def show(asking: Asking, handle: str) -> ResponseReturnValue:
        opened = shared.views.opened(asking, handle)
        only = _picks(shared, asking)

        def lay_out(step: Step) -> tuple[Newer, list[Written]]:
            found = _newer(shared, asking, step)
            return found, [shared.write(row, opened) for row in found.rows]

        return shared.views.whole(asking, opened, "new_elsewhere.html", lay_out, only=only, said=board_words)

    return show


def _picks(shared: _Boards, asking: Asking) -> Callable[[Row], bool]:
    own = own_trust(shared.views.parts, looking(asking))
    return lambda row: is_newer(row, asking.now - NEW, own.name if own else "")


def _newer(shared: _Boards, asking: Asking, step: Step) -> Newer:
    own = own_trust(shared.views.parts, looking(asking))
    return newer(step.timeline.rows, asking.now - NEW, own.name if own else "")


def _tell_new(shared: _Boards) -> Callable[[Asking], ResponseReturnValue]:
    """Say in a few lines what is new of one person of the board, for a page that stays where it is."""

    def tell(asking: Asking) -> ResponseReturnValue:
        look, row = looking(asking), request.form.get("row", "")
        shared.handles.fetch(look.sign_in, Bay, row) or abort(404)
        if wait := take_turn(shared.handles, look.sign_in, row, asking.now):
            return wait
        _, opened = _opened(shared, asking)
        if isinstance(opened, NeedsReason):
            return jsonify(heading=f"{opened.because}. Open the patient and say why you are looking")
        if isinstance(opened, Decision):
            return jsonify(heading=f"{opened.because.rstrip('.')}. The refusal is in the access log")
        *_, last = shared.views.steps(asking, opened, waits=True, only=_picks(shared, asking))
        if last.refused:
            return jsonify(heading=f"{last.refused.rstrip('.')}. The refusal is in the access log")
        return jsonify(_in_lines(shared.imaging, opened, last, _newer(shared, asking, last)))

    return tell


def _in_lines(imaging: Imaging, opened: Opened, step: Step, found: Newer) -> dict[str, Any]:
    return {
        "heading": board_words.how_new(found, step.tiles),
        "lines": [
            board_words.line(row, is_flagged(row.report.results), imaging.alerts_of(row.report)) for row in found.rows
        ],
        "missing": words.missing(step.tiles),
        "open": url_for("timeline", handle=opened.handle),
    }
