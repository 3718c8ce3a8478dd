"""Stand at every page's door: who is it, may they be here, and did they mean to send this form?

Rule: no, by default. A refusal is a page that says why, and is in the log before it leaves.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from flask import Flask, Request, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from viewer.access.access_event import AccessEvent, Event
from viewer.access.clinician import Role
from viewer.access.decide import Decision
from viewer.access.enter import SignInState, may_enter
from viewer.identity.sign_in import SignIn
from viewer.pages.page import page
from viewer.pages.route import Asking, Route, Who

COOKIE = "__Host-trustline"

ROLES = {
    Who.CLINICIANS: frozenset({Role.CONSULTANT, Role.CLINICIAN, Role.GP}),
    Who.IG_OFFICERS: frozenset({Role.IG_OFFICER}),
    Who.ANY_ROLE: frozenset(Role),
}


@dataclass(frozen=True, slots=True)
class Door:
    """What the guard needs: how to read a session, write a refusal, tell the time and make an id."""

    read_session: Callable[[str], SignIn | None]
    append: Callable[..., tuple[int, ...]]
    write_stranger: Callable[[AccessEvent], object]  # of somebody who is not signed in: one by one, or by number
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    address: str  # our own origin: "https://trustline.example"


def add_routes(app: Flask, door: Door, routes: tuple[Route, ...]) -> None:
    """Put every route behind its guard; the app then knows each one's declared `who` (app.extensions["who"])."""
    declared = app.extensions.setdefault("who", {})
    for route in routes:
        declared[route.name] = route.who
        app.add_url_rule(route.path, route.name, _guarded(door, route), methods=list(route.methods))


def _guarded(door: Door, route: Route) -> Callable[..., ResponseReturnValue]:
    def answer(**path: str) -> ResponseReturnValue:
        asking = _nobody_in_particular(door) if route.who is Who.WHOEVER else _who_is_asking(door)
        g.asking = asking
        if route.who not in (Who.ANYBODY, Who.WHOEVER) and asking.sign_in is None:
            return _to_sign_in()
        if route.who in ROLES and not _may_enter(asking).allowed:
            return redirect(url_for("choose_role"), 303)
        if request.method not in ("GET", "HEAD") and not _meant(door, asking, request):
            return _refuse(door, asking, "This form did not come from a page of ours, or the page was too old", 400)
        if route.who in ROLES and asking.clinician and asking.clinician.role not in ROLES[route.who]:
            return _refuse(door, asking, _why_not(route.who), 403)
        return route.show(asking, **path)

    return answer


def _who_is_asking(door: Door) -> Asking:
    cookie = request.cookies.get(COOKIE, "")
    sign_in = door.read_session(cookie) if cookie else None
    return replace(_nobody_in_particular(door), sign_in=sign_in, clinician=sign_in.clinician if sign_in else None)


def _may_enter(asking: Asking) -> Decision:
    """Ask rule 1: a sign-in is read only while it holds, and a role of it may not have been chosen yet."""
    state = SignInState.HOLDS if asking.sign_in else SignInState.NONE
    return may_enter(state, asking.clinician.role if asking.clinician else None)


def _nobody_in_particular(door: Door) -> Asking:
    device = f"{request.remote_addr or 'unknown'} {request.user_agent.string}"[:300]
    return Asking(None, None, device, door.clock(), door.new_id())


def _to_sign_in() -> ResponseReturnValue:
    wanted = request.full_path.rstrip("?") if request.method == "GET" else "/"
    return redirect(url_for("sign_in", next=wanted) if wanted != "/" else url_for("sign_in"), 303)


def _meant(door: Door, asking: Asking, sent: Request) -> bool:
    """Tell whether our own page sent this: the session's token, and where the browser says, our own origin."""
    origin = sent.headers.get("Origin")
    if origin is not None and origin != _origin(door.address):
        return False
    if sent.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    if asking.sign_in is None:
        return True  # an open page's form changes nothing of anybody's
    return hmac.compare_digest(sent.form.get("csrf", "").encode(), asking.sign_in.csrf.encode())


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _why_not(who: Who) -> str:
    match who:
        case Who.CLINICIANS:
            return "Your role may not see patients or their results"
        case Who.IG_OFFICERS:
            return "Only an information governance officer may see the ledger"
        case _:
            return "Your role may not see this page"


def _refuse(door: Door, asking: Asking, because: str, status: int) -> ResponseReturnValue:
    write = door.append if asking.sign_in else door.write_stranger
    write(
        AccessEvent(
            Event.REFUSED,
            asking.now,
            asking.clinician,
            asking.sign_in.reference if asking.sign_in else "",
            view=asking.view,
            user=asking.sign_in.name if asking.sign_in else "not signed in",
            device=asking.device,
            outcome="refused",
            because=because,
            asked_for=f"{request.method} {request.endpoint}",
        )
    )
    return page("refused.html", asking, because=because), status
