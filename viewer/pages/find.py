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
from viewer.evidence import listed_again
from viewer.handles import Handles
from viewer.journey import find
from viewer.opening import open_patient
from viewer.pages import words
from viewer.pages.page import looking, page
from viewer.pages.refusal import refused_page
from viewer.pages.route import Asking, Route, Who
from viewer.pages.search_form import FIELDS, GENDERS, Mistakes, Wanted, read_search
from viewer.parts import Parts
from viewer.steps import Found, Looking, NeedsReason, Opened

_NONE: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Listed:
    """A person as they were listed, kept until they are confirmed."""

    person: Person
    restricted: bool = False


@dataclass(frozen=True, slots=True)
class _Finding:
    """What the pages of finding share."""

    parts: Parts
    handles: Handles
    spend: Callable[[str], timedelta]  # counts a search, and waits when there were very many
    find: Callable[..., Found]
    open_patient: Callable[..., Opened | NeedsReason | Decision]


def find_routes(
    parts: Parts,
    handles: Handles,
    spend: Callable[[str], timedelta],
    find: Callable[..., Found] = find,
    open_patient: Callable[..., Opened | NeedsReason | Decision] = open_patient,
) -> tuple[Route, ...]:
    """Return the pages from a search to an opened patient."""
    shared = _Finding(parts, handles, spend, find, open_patient)
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
    _log_listed_again(shared, look, [one.person for one in recent])
    return page("find.html", asking, typed=typed, mistakes=mistakes.by_field, genders=GENDERS, recent=recent)


def _log_listed_again(shared: _Finding, look: Looking, people: Sequence[Person]) -> None:
    """Write down everybody whose name and number are about to stand on a page that asks no trust."""
    now = shared.parts.clock()
    if people:
        shared.parts.append(*(listed_again(look, person, now) for person in people))


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
        found = shared.find(shared.parts, look, wanted.query)
        people = [candidate.person for candidate in found.people if candidate.decision.allowed]
        listed = [(keep_listed(shared.handles, look.sign_in, handle, person), person) for person in people]
        return page("found.html", asking, handle=handle, listed=listed, found=found, mistakes={})

    return show


def keep_listed(handles: Handles, sign_in: str, handle: str, person: Person, restricted: bool = False) -> str:
    """Keep a person under a name made from their records, so that an older page can never open somebody else."""
    name = name_of(handle, person)
    handles.keep(sign_in, Listed(person, restricted), f"{handle}.{name}")
    return name


def name_of(handle: str, person: Person) -> str:
    """Return the name of a person among those a search found."""
    records = "\n".join(f"{record.trust.name} {record.id}" for record in person.records)
    return b32encode(sha256(f"{handle}\n{records}".encode()).digest()[:10]).decode().lower()


# ── Is it this person, and why are you looking? ──────────────────────────────────────────────────


def _confirm(shared: _Finding) -> Callable[..., ResponseReturnValue]:
    def show(asking: Asking, handle: str, listed: str) -> ResponseReturnValue:
        kept = _listed(shared, asking, handle, listed)
        return _confirm_page(shared, asking, handle, listed, kept.person)

    return show


def _listed(shared: _Finding, asking: Asking, handle: str, listed: str) -> Listed:
    return shared.handles.fetch(looking(asking).sign_in, Listed, f"{handle}.{listed}") or abort(404)


def _confirm_page(
    shared: _Finding, asking: Asking, handle: str, listed: str, person: Person, mistakes: Mapping[str, str] = _NONE
) -> str:
    _log_listed_again(shared, looking(asking), [person])
    choices = [
        (f"{purpose}/{claim}", f"{words.purpose(purpose).capitalize()}: {words.claim(claim)}")
        for purpose, claim in relationships_open_to(looking(asking).who.role)
    ]
    return page(
        "confirm.html", asking, handle=handle, listed=listed, person=person, patient=person.records[0],
        choices=choices, mistakes=mistakes, why=request.form.get("why", ""), reason=_reason(),
    )  # fmt: skip


def _open(shared: _Finding) -> Callable[[Asking], ResponseReturnValue]:
    def open_it(asking: Asking) -> ResponseReturnValue:
        handle, listed = request.form.get("handle", ""), request.form.get("listed", "")
        person = _listed(shared, asking, handle, listed).person
        relationship = _read_relationship(asking)
        if relationship is None:
            mistakes = {"why": "Choose why you are looking at this patient"}
            return _confirm_page(shared, asking, handle, listed, person, mistakes), 400
        opened = shared.open_patient(shared.parts, looking(asking), person, relationship)
        if isinstance(opened, NeedsReason):
            mistakes = {"reason": f"{opened.because}. Say in your own words why you are looking"}
            return _confirm_page(shared, asking, handle, listed, person, mistakes), 400
        if isinstance(opened, Decision):
            return refused_page(shared.parts, shared.handles, asking, person, handle, opened.because), 403
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
