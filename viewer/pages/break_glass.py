"""In an emergency, break the glass: for one patient, with a reason in words and a fresh sign-in, for minutes.

    a reason, on the page of who was found or of a refusal, and one button → sign in again → the search once more →
    LOG THAT THE GLASS IS BROKEN → the one person's timeline; where several fit, one is chosen first.

Rule: two clicks at most, and nothing in the machinery leads anywhere but to the patient or to whom to telephone.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, timedelta

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from viewer.access.decide import Decision
from viewer.access.glass import why_no_reason
from viewer.access.relationship import Claim, Purpose, Relationship
from viewer.clinical.patient import Person
from viewer.evidence import glass_refused
from viewer.handles import Handles
from viewer.identity.sign_in import SignIn
from viewer.journey import find
from viewer.opening import Proof, break_glass, may_break
from viewer.pages.find import name_of
from viewer.pages.page import looking, page
from viewer.pages.route import Asking, Route, Who
from viewer.pages.search_form import Wanted
from viewer.parts import Parts
from viewer.steps import Candidate, Found, Opened


@dataclass(frozen=True, slots=True)
class Breaking:
    """What somebody searched for and why it cannot wait, kept while they sign in again; then what it opened."""

    wanted: Wanted
    reason: str
    search: str = ""  # the handle of the search
    opened: str = ""  # the handle of the one patient: this breaking opens nobody else


@dataclass(frozen=True, slots=True)
class GlassListed:
    """A person whom the glass lets be listed, kept until one is chosen; no other page opens them or names them."""

    person: Person
    restricted: bool


@dataclass(frozen=True, slots=True)
class _Glass:
    """What the pages of breaking the glass share."""

    parts: Parts
    handles: Handles
    may_break: Callable[..., Relationship | Decision]
    find: Callable[..., Found]
    break_glass: Callable[..., Opened | Decision | None]


def break_glass_routes(
    parts: Parts,
    handles: Handles,
    may_break: Callable[..., Relationship | Decision] = may_break,
    find: Callable[..., Found] = find,
    break_glass: Callable[..., Opened | Decision | None] = break_glass,
) -> tuple[Route, ...]:
    """Return the pages from a reason to the patient."""
    shared = _Glass(parts, handles, may_break, find, break_glass)
    return (
        Route("/break-glass", "break_glass", Who.CLINICIANS, _begin(shared), methods=("POST",)),
        Route("/break-glass/<handle>", "glass_broken", Who.CLINICIANS, _come_back(shared)),
        Route("/break-glass/<handle>", "glass_chosen", Who.CLINICIANS, _choose(shared), methods=("POST",)),
    )


# ── The first click: why, and off to sign in again ───────────────────────────────────────────────


def _begin(shared: _Glass) -> Callable[[Asking], ResponseReturnValue]:
    def begin(asking: Asking) -> ResponseReturnValue:
        look, search = looking(asking), request.form.get("search", "")
        wanted = shared.handles.fetch(look.sign_in, Wanted, search) or abort(404)
        reason = " ".join(request.form.get("reason", "").split())[:500]
        if because := why_no_reason(reason):
            _log_refusal(shared, asking, wanted, reason, because)
            return _form_again(shared, asking, search), 400
        handle = shared.handles.keep(look.sign_in, Breaking(wanted, reason, search))
        return redirect(url_for("sign_in_again", next=f"/break-glass/{handle}"), 303)

    return begin


def _log_refusal(shared: _Glass, asking: Asking, wanted: Wanted, reason: str, because: str) -> None:
    stated = Relationship(Purpose.EMERGENCY_CARE, Claim.BREAK_GLASS, reason)
    refused = Decision(allowed=False, because=because)
    shared.parts.append(glass_refused(looking(asking), wanted.query, stated, refused, shared.parts.clock()))


def _form_again(shared: _Glass, asking: Asking, search: str) -> str:
    mistakes = {"glass": "Say in words why it cannot wait"}
    return page("glass.html", asking, handle=search, mistakes=mistakes, trusts=shared.parts.trusts)


# ── Back again: the search once more, and the one person ─────────────────────────────────────────


def _come_back(shared: _Glass) -> Callable[..., ResponseReturnValue]:
    def come_back(asking: Asking, handle: str) -> ResponseReturnValue:
        breaking = _breaking(shared, asking, handle)
        if breaking.opened:
            return _to_the_patient(shared, asking, breaking.opened)
        stated = _may_break(shared, asking, breaking)
        if isinstance(stated, Decision):
            return _not_now(shared, asking, handle, stated)
        found = shared.find(shared.parts, looking(asking), breaking.wanted.query, stated)
        people = [candidate for candidate in found.people if candidate.decision.allowed]
        if len(people) == 1:
            return _open(shared, asking, handle, breaking, people[0], stated)
        return _choice(shared, asking, handle, breaking.search, people, found)

    return come_back


def _breaking(shared: _Glass, asking: Asking, handle: str) -> Breaking:
    return shared.handles.fetch(looking(asking).sign_in, Breaking, handle) or abort(404)


def _may_break(shared: _Glass, asking: Asking, breaking: Breaking) -> Relationship | Decision:
    sign_in = asking.sign_in or abort(403)
    used = shared.handles.used_up(_this_proof(sign_in))
    proof = Proof(breaking.reason, sign_in.authenticated_at, sign_in.acr, used)
    return shared.may_break(shared.parts, looking(asking), breaking.wanted.query, proof)


def _this_proof(sign_in: SignIn) -> str:
    """Name the one time a person proved who they are: whatever session it is shown in, it breaks one glass."""
    at = sign_in.authenticated_at
    return f"glass {sign_in.user_id} {at.astimezone(UTC).isoformat() if at else 'never'}"


def _choice(
    shared: _Glass, asking: Asking, handle: str, search: str, people: list[Candidate], found: Found
) -> ResponseReturnValue:
    look, trusts = looking(asking), shared.parts.trusts
    listed = [(name_of(handle, one.person), one) for one in people]
    for name, one in listed:
        shared.handles.keep(look.sign_in, GlassListed(one.person, one.restricted), f"{handle}.{name}")
    return page("glass_choice.html", asking, handle=handle, search=search, listed=listed, found=found, trusts=trusts)


def _open(
    shared: _Glass, asking: Asking, handle: str, breaking: Breaking, person: Candidate, stated: Relationship
) -> ResponseReturnValue:
    taking = _Taking(shared.handles, asking.sign_in or abort(403), handle, breaking)
    try:
        opened = shared.break_glass(shared.parts, looking(asking), person, stated, taking.take)
        if isinstance(opened, Opened):
            taking.keep(replace(opened, search=breaking.search))
    finally:
        taking.give_back()
    if opened is None:
        return _beaten(shared, asking, handle)
    if isinstance(opened, Decision):
        return _refused(shared, asking, opened, ""), 403
    return redirect(url_for("timeline", handle=opened.handle), 303)


@dataclass(slots=True)
class _Taking:
    """Takes a breaking for one patient before anything is opened: of all who try at once, one gets it.

    With it goes the fresh sign-in, for good. The breaking is given back when nothing was opened after all.
    """

    handles: Handles
    sign_in: SignIn
    handle: str
    breaking: Breaking
    taken: Breaking | None = None

    def take(self, opened: str) -> bool:
        mine, proof = replace(self.breaking, opened=opened), _this_proof(self.sign_in)
        if self.handles.swap(self.sign_in.reference, self.handle, self.breaking, mine, proof):
            self.taken = mine
        return self.taken is not None

    def keep(self, opened: Opened) -> None:
        self.handles.keep(self.sign_in.reference, opened, opened.handle)
        self.taken = None

    def give_back(self) -> None:
        if self.taken:
            self.handles.swap(self.sign_in.reference, self.handle, self.taken, self.breaking)


def _beaten(shared: _Glass, asking: Asking, handle: str) -> ResponseReturnValue:
    """Lead to the patient whom another request, quicker than this one, opens; or say that the sign-in is used up."""
    breaking = _breaking(shared, asking, handle)
    if breaking.opened:
        return _to_the_patient(shared, asking, breaking.opened)
    stated = _may_break(shared, asking, breaking)
    if isinstance(stated, Decision):
        return _refused(shared, asking, stated, handle), 403
    return redirect(url_for("glass_broken", handle=handle), 303)  # it was given back meanwhile


def _not_now(shared: _Glass, asking: Asking, handle: str, why: Decision) -> ResponseReturnValue:
    """Say why not; or, when another click of this person has used the sign-in a moment ago, lead to whom it opens."""
    opened = _breaking(shared, asking, handle).opened
    return _to_the_patient(shared, asking, opened) if opened else (_refused(shared, asking, why, handle), 403)


def _to_the_patient(shared: _Glass, asking: Asking, opened: str) -> ResponseReturnValue:
    """Lead to the patient whom this breaking opened, or opens: that may be on its way to the log still."""
    for _ in range(10):
        if shared.handles.fetch(looking(asking).sign_in, Opened, opened):
            break
        shared.parts.pause(timedelta(seconds=0.1))
    return redirect(url_for("timeline", handle=opened), 303)


def _refused(shared: _Glass, asking: Asking, decision: Decision, handle: str) -> str:
    """Say why, and whom to telephone. With a `handle`, signing in again may help."""
    return page(
        "glass_refused.html",
        asking,
        because=decision.because.rstrip("."),
        again=url_for("sign_in_again", next=f"/break-glass/{handle}") if handle else "",
        trusts=shared.parts.trusts,
    )


# ── The second click, where several people fit ───────────────────────────────────────────────────


def _choose(shared: _Glass) -> Callable[..., ResponseReturnValue]:
    def choose(asking: Asking, handle: str) -> ResponseReturnValue:
        breaking = _breaking(shared, asking, handle)
        if breaking.opened:
            return _to_the_patient(shared, asking, breaking.opened)
        name = request.form.get("listed", "")
        listed = shared.handles.fetch(looking(asking).sign_in, GlassListed, f"{handle}.{name}") or abort(404)
        stated = _may_break(shared, asking, breaking)
        if isinstance(stated, Decision):
            return _not_now(shared, asking, handle, stated)
        yes = Decision(allowed=True, because="listed")  # opening decides again
        chosen = Candidate(listed.person, yes, listed.restricted)
        return _open(shared, asking, handle, breaking, chosen, stated)

    return choose
