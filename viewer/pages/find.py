"""Find a patient, see who was found and where the trusts disagree, confirm who it is and why, and open them.

Rule: what is searched and who is found stay in the session; an address holds only a handle.
No name or number stands on a page before the log says that it does.
"""

from base64 import b32encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from viewer.access.decide import Decision
from viewer.access.glass import breaks_glass, why_glass_does_not_hold
from viewer.access.relationship import Claim, Purpose, Relationship, relationships_open_to
from viewer.clinical.patient import Person
from viewer.handles import Handles
from viewer.journey import find
from viewer.listing import list_again, list_opened_again
from viewer.opening import open_patient
from viewer.pages import words
from viewer.pages.page import looking, page
from viewer.pages.refusal import refused_page
from viewer.pages.route import Asking, Route, Who
from viewer.pages.search_form import FIELDS, GENDERS, Mistakes, Wanted, read_search
from viewer.parts import Parts
from viewer.steps import Candidate, Found, Looking, NeedsReason, Opened, number_of
from viewer.ticks import ticks

_NONE: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Listed:
    """A person as they were listed, kept until they are confirmed."""

    person: Person
    restricted: bool = False  # the same search, made again, has met a mark since


@dataclass(frozen=True, slots=True)
class _Finding:
    """What the pages of finding share."""

    parts: Parts
    handles: Handles
    spend: Callable[[str], timedelta]  # counts a search, and waits when there were very many
    find: Callable[..., Found]
    open_patient: Callable[..., Opened | NeedsReason | Decision]
    list_again: Callable[..., Candidate]
    list_opened_again: Callable[..., list[tuple[Opened, Person]]]


def find_routes(
    parts: Parts,
    handles: Handles,
    spend: Callable[[str], timedelta],
    find: Callable[..., Found] = find,
    open_patient: Callable[..., Opened | NeedsReason | Decision] = open_patient,
    list_again: Callable[..., Candidate] = list_again,
    list_opened_again: Callable[..., list[tuple[Opened, Person]]] = list_opened_again,
) -> tuple[Route, ...]:
    """Return the pages from a search to an opened patient."""
    shared = _Finding(parts, handles, spend, find, open_patient, list_again, list_opened_again)
    return (
        Route("/find", "find", Who.CLINICIANS, _form(shared)),
        Route("/find", "search", Who.CLINICIANS, _search(shared), methods=("POST",)),
        Route("/find/<handle>", "found", Who.CLINICIANS, _found(shared)),
        Route("/find/<handle>/confirm/<listed>", "confirm", Who.CLINICIANS, _confirm(shared)),
        Route("/patients", "open", Who.CLINICIANS, _open(shared), methods=("POST",)),
    )


# ── The form ─────────────────────────────────────────────────────────────────────────────────────


def _form(shared: _Finding) -> Callable[[Asking], ResponseReturnValue]:
    def show(asking: Asking) -> ResponseReturnValue:
        return _form_page(shared, asking, dict.fromkeys(FIELDS, ""), Mistakes())

    return show


def _form_page(shared: _Finding, asking: Asking, typed: Mapping[str, str], mistakes: Mistakes) -> str:
    look = looking(asking)
    recent = _newest_of_each(_still_open(shared.handles.all(look.sign_in, Opened), shared.parts.clock()))
    shown = shared.list_opened_again(shared.parts, look, recent)
    return page("find.html", asking, typed=typed, mistakes=mistakes.by_field, genders=GENDERS, recent=shown)


def _still_open(opened: Sequence[Opened], now: datetime) -> list[Opened]:
    """Leave out those whose broken glass has closed."""
    return [
        one for one in opened if not (breaks_glass(one.relationship) and why_glass_does_not_hold(one.relationship, now))
    ]


def _newest_of_each(opened: Sequence[Opened]) -> list[Opened]:
    """Return the patients opened in this sign-in, newest first, each once."""
    newest: dict[Person, Opened] = {}
    for one in opened:
        newest.setdefault(one.person, one)
    return list(newest.values())


def _search(shared: _Finding) -> Callable[[Asking], ResponseReturnValue]:
    def search(asking: Asking) -> ResponseReturnValue:
        typed = {name: request.form.get(name, "").strip()[:100] for name in FIELDS}
        wanted = read_search(typed, asking.today)
        if isinstance(wanted, Mistakes):
            return _form_page(shared, asking, typed, wanted), 400
        handle = shared.handles.keep(looking(asking).sign_in, wanted)
        return redirect(url_for("found", handle=handle), 303)

    return search


# ── Who was found ────────────────────────────────────────────────────────────────────────────────


def _found(shared: _Finding) -> Callable[..., ResponseReturnValue]:
    def show(asking: Asking, handle: str) -> ResponseReturnValue:
        look = looking(asking)
        wanted = shared.handles.fetch(look.sign_in, Wanted, handle) or abort(404)
        shared.spend(look.who.user_id)
        wait = ticks(shared.parts)
        found = shared.find(shared.parts, look, wanted.query)
        _mark(shared, look, handle, found.hidden)
        wait()  # that somebody fits who may not be listed does not show in time either
        people = [candidate for candidate in found.people if candidate.decision.allowed]
        listed = [(_keep_listed(shared, look, handle, one.person), one) for one in people]
        dissented = [one.person for one in people if shared.parts.dissents(number_of(one.person))]
        return page("found.html", asking, handle=handle, listed=listed, found=found, dissented=dissented, mistakes={})

    return show


def _keep_listed(shared: _Finding, look: Looking, handle: str, person: Person) -> str:
    """Keep a person under a name made from their records, so that an older page can never open somebody else."""
    name = name_of(handle, person)
    shared.handles.keep(look.sign_in, Listed(person), f"{handle}.{name}")
    return name


def _mark(shared: _Finding, look: Looking, handle: str, hidden: Sequence[Person]) -> None:
    """Let an older page of this search open nobody who has turned out to be restricted since."""
    for person in hidden:
        name = f"{handle}.{name_of(handle, person)}"
        if shared.handles.fetch(look.sign_in, Listed, name):
            shared.handles.keep(look.sign_in, Listed(person, restricted=True), name)


def name_of(handle: str, person: Person) -> str:
    """Return the name of a person among those a search found."""
    records = "\n".join(f"{record.trust.name} {record.id}" for record in person.records)
    return b32encode(sha256(f"{handle}\n{records}".encode()).digest()[:10]).decode().lower()


# ── Is it this person, and why are you looking? ──────────────────────────────────────────────────


def _confirm(shared: _Finding) -> Callable[..., ResponseReturnValue]:
    def show(asking: Asking, handle: str, listed: str) -> ResponseReturnValue:
        return _confirm_page(shared, asking, handle, listed)

    return show


def _listed(shared: _Finding, asking: Asking, handle: str, listed: str) -> Listed:
    """Return who was listed under this name, by an ordinary search: what a glass lists is kept elsewhere."""
    sign_in = looking(asking).sign_in
    if shared.handles.fetch(sign_in, Wanted, handle) is None:
        abort(404)
    return shared.handles.fetch(sign_in, Listed, f"{handle}.{listed}") or abort(404)


def _confirm_page(
    shared: _Finding, asking: Asking, handle: str, listed: str, mistakes: Mapping[str, str] = _NONE
) -> ResponseReturnValue:
    """Show who was listed, of what may be shown today, and ask why; or say that they may not be opened any more."""
    kept = _listed(shared, asking, handle, listed)
    again = shared.list_again(shared.parts, looking(asking), kept.person, restricted=kept.restricted)
    person, because = again.person, again.decision.because
    if not again.decision.allowed:
        return refused_page(shared.parts, shared.handles, asking, person, handle, because), 403
    choices = [
        (f"{purpose}/{claim}", f"{words.purpose(purpose).capitalize()}: {words.claim(claim)}")
        for purpose, claim in relationships_open_to(looking(asking).who.role)
    ]
    shown = page(
        "confirm.html", asking, handle=handle, listed=listed, person=person, patient=person.records[0],
        place=again.place, choices=choices, mistakes=mistakes, why=request.form.get("why", ""), reason=_reason(),
    )  # fmt: skip
    return shown, 400 if mistakes else 200


def _open(shared: _Finding) -> Callable[[Asking], ResponseReturnValue]:
    def open_it(asking: Asking) -> ResponseReturnValue:
        handle, listed = request.form.get("handle", ""), request.form.get("listed", "")
        kept = _listed(shared, asking, handle, listed)
        relationship = _read_relationship(asking)
        if relationship is None:
            mistakes = {"why": "Choose why you are looking at this patient"}
            return _confirm_page(shared, asking, handle, listed, mistakes)
        opened = shared.open_patient(
            shared.parts, looking(asking), kept.person, relationship, restricted=kept.restricted
        )
        if isinstance(opened, NeedsReason):
            mistakes = {"reason": f"{opened.because}. Say in your own words why you are looking"}
            return _confirm_page(shared, asking, handle, listed, mistakes)
        if isinstance(opened, Decision):
            return refused_page(shared.parts, shared.handles, asking, kept.person, handle, opened.because), 403
        shared.handles.keep(looking(asking).sign_in, replace(opened, search=handle), opened.handle)
        return redirect(url_for("timeline", handle=opened.handle), 303)

    return open_it


def _reason() -> str:
    return " ".join(request.form.get("reason", "").split())[:500]


def _read_relationship(asking: Asking) -> Relationship | None:
    """Return what was chosen, if it is one of those this role may state."""
    stated = request.form.get("why", "")
    for purpose, claim in relationships_open_to(looking(asking).who.role):
        if stated == f"{purpose}/{claim}":
            return Relationship(Purpose(purpose), Claim(claim), _reason())
    return None
