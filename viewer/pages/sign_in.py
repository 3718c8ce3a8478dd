"""Signing in, choosing a role, signing in again and signing out.

    press the button → the sign-in service → back here → proven → a person with roles → a fresh session →
    in the log → a role, chosen where there are several → the page they wanted

    signed in, but it must be sure that it is still them → the sign-in service, which asks them anew → back here →
    the same person, just now, strongly → in the log → the page they wanted

Rule: every sign-in, refusal, role and sign-out is in the log before its page leaves. Where somebody wanted
to go is a path of ours or nothing. Signing in again either succeeds or changes nothing, and hangs no longer than
`AGAIN_WITHIN`: an emergency may wait for it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import quote, unquote

from flask import Response, make_response, redirect, request
from flask.typing import ResponseReturnValue

from connectors.answer import Trust
from viewer.access.access_event import AccessEvent, Event
from viewer.access.clinician import RoleRule
from viewer.identity.attempts import LASTS, Attempt, Attempts
from viewer.identity.claims import NotAPerson, Person, read_person
from viewer.identity.in_time import InTime
from viewer.identity.logout import LogoutNotice, UsedTokens, read_logout_token
from viewer.identity.open_id import OpenID, Proven
from viewer.identity.session import Sessions
from viewer.identity.sign_in import Cause, Ended, SignIn, SignInRefused
from viewer.identity.signed_token import BadToken
from viewer.pages.guard import COOKIE
from viewer.pages.page import page
from viewer.pages.route import Asking, Route, Who

SIGNING_IN_COOKIE = "__Host-trustline-signing-in"  # ties an attempt to the browser it was begun in
NO_ROLE_COOKIE = "__Host-trustline-no-role"  # the name of somebody who has no role here, for the one page that says so
AGAIN_WITHIN = timedelta(seconds=1.5)  # the sign-in service's part, so that the page is there within two
AGAIN = "sign-in-again"  # where somebody wanted to go who was sent to sign in again
LATE = SignInRefused(Cause.UNREACHABLE, "the sign-in service did not answer in time")

STATUS = {
    Cause.UNREACHABLE: 503,
    Cause.DECLINED: 403,
    Cause.STALE: 400,
    Cause.UNPROVEN: 403,
    Cause.NO_ROLE: 403,
}


@dataclass(frozen=True, slots=True)
class SigningIn:
    """What these pages need."""

    open_id: OpenID
    attempts: Attempts
    sessions: Sessions
    used_tokens: UsedTokens
    roles: Sequence[RoleRule]
    append: Callable[..., tuple[int, ...]]
    write_stranger: Callable[[AccessEvent], object]  # of somebody of whom nothing is known: one by one, or by number
    new_secret: Callable[[], str]
    trusts: Sequence[Trust] = ()  # whom to telephone when nobody can sign in
    in_time: InTime = field(default_factory=lambda: InTime(AGAIN_WITHIN.total_seconds()))
    forget: Callable[[str], None] = lambda _: None  # lets go of the trusts' answers kept for a sign-in


def sign_in_routes(parts: SigningIn) -> tuple[Route, ...]:
    """Return the pages and actions of signing in and out."""
    return (
        Route("/sign-in", "sign_in", Who.ANYBODY, _sign_in_page(parts)),
        Route("/sign-in", "begin_sign_in", Who.ANYBODY, _begin(parts), methods=("POST",)),
        Route("/sign-in/return", "return_from_sign_in", Who.ANYBODY, _return(parts)),
        Route("/sign-in/no-role", "no_role", Who.ANYBODY, _no_role_page),
        Route("/sign-in/again", "sign_in_again", Who.SIGNED_IN, _begin_again(parts)),
        Route("/sign-in/role", "choose_role", Who.SIGNED_IN, _role_page),
        Route("/sign-in/role", "set_role", Who.SIGNED_IN, _choose(parts), methods=("POST",)),
        Route("/sign-out", "signed_out", Who.ANYBODY, _signed_out_page),
        Route("/sign-out", "sign_out", Who.ANYBODY, _sign_out(parts), methods=("POST",)),
        Route("/sign-out/back-channel", "back_channel", Who.ANYBODY, _back_channel(parts), methods=("POST",)),
    )


def local_path(wanted: str) -> str:
    """Return `wanted` if it is a path of ours that is worth going to after signing in; otherwise the front page."""
    is_path = wanted.startswith("/") and wanted.isascii() and wanted.isprintable() and len(wanted) <= 500
    leads_away = wanted.startswith("//") or "\\" in wanted  # browsers read "/\\" as "//": another host
    leads_round = wanted.startswith(("/sign-in", "/sign-out"))
    return wanted if is_path and not leads_away and not leads_round else "/"


# The page with the button


def _sign_in_page(parts: SigningIn) -> Callable[[Asking], ResponseReturnValue]:
    def show(asking: Asking) -> ResponseReturnValue:
        next_path = local_path(request.args.get("next", ""))
        if asking.clinician:
            return redirect(next_path, 303)
        if asking.sign_in:
            return redirect(_to_role_page(next_path), 303)
        cookie = request.cookies.get(COOKIE, "")
        ended = parts.sessions.why_ended(cookie) if cookie else None
        return page("sign_in.html", asking, next=next_path, ended=ended, Ended=Ended)

    return show


def _begin(parts: SigningIn) -> Callable[[Asking], ResponseReturnValue]:
    """Send the browser to the sign-in service.

    By a page that forwards, not by a redirect: `form-action 'self'` forbids a form to be redirected elsewhere.
    """

    def begin(asking: Asking) -> ResponseReturnValue:
        browser = request.cookies.get(SIGNING_IN_COOKIE) or parts.new_secret()
        attempt = parts.attempts.begin(browser, local_path(request.form.get("next", "")))
        address = parts.open_id.address_to_sign_in(attempt, again="again" in request.form)
        if isinstance(address, SignInRefused):
            return _refuse(parts, asking, address, attempt.next)
        return _send_there(asking, address, browser)

    return begin


def _send_there(asking: Asking, address: str, browser: str) -> Response:
    response = _forward(asking, "sign_in_leaving.html", address)
    _set_cookie(response, SIGNING_IN_COOKIE, browser, int(LASTS.total_seconds()))
    return response


# Coming back


def _return(parts: SigningIn) -> Callable[[Asking], ResponseReturnValue]:
    def come_back(asking: Asking) -> ResponseReturnValue:
        attempt = None if _says_anything_twice() else _take_attempt(parts)
        if attempt is None:
            stale = SignInRefused(Cause.STALE, "not begun in this browser, too long ago, or already used")
            return _refuse_as_it_was_meant(parts, asking, stale)
        if attempt.sign_in:
            return _come_back_again(parts, asking, attempt)
        proven = parts.open_id.prove(request.args, attempt)
        if isinstance(proven, SignInRefused):
            return _refuse(parts, asking, proven, attempt.next)
        person = read_person(proven.claims, proven.userinfo, parts.roles)
        if isinstance(person, NotAPerson):
            return _refuse(parts, asking, SignInRefused(Cause.UNPROVEN, person.reason), attempt.next)
        if not person.choices:
            return _refuse_without_role(parts, asking, person)
        return _let_in(parts, asking, person, proven, attempt.next)

    return come_back


def _says_anything_twice() -> bool:
    """RFC 6749 §3.1: no parameter may. Which of two codes, or states, would be the one to believe?"""
    return any(len(values) > 1 for _, values in request.args.lists())


def _take_attempt(parts: SigningIn) -> Attempt | None:
    browser, state = request.cookies.get(SIGNING_IN_COOKIE, ""), request.args.get("state", "")
    return parts.attempts.take(state, browser) if browser and state else None


def _let_in(parts: SigningIn, asking: Asking, person: Person, proven: Proven, next_path: str) -> ResponseReturnValue:
    """Begin a session of its own, whoever was signed in here before."""
    events = _end_the_one_before(parts, asking)
    cookie, sign_in = parts.sessions.begin(
        person,
        subject=proven.subject,
        provider_session=proven.provider_session,
        id_token=proven.id_token,
        authenticated_at=proven.authenticated_at,
        acr=proven.acr,
    )
    # Should the log not take this, the cookie never leaves, and nobody can use the session.
    parts.append(*events, _event(Event.SIGNED_IN, asking, sign_in, outcome="signed in"))
    response = make_response(redirect(next_path if sign_in.clinician else _to_role_page(next_path), 303))
    _set_cookie(response, COOKIE, cookie)
    return response


def _end_the_one_before(parts: SigningIn, asking: Asking) -> list[AccessEvent]:
    if asking.sign_in is None:
        return []
    parts.sessions.end(asking.sign_in.reference, Ended.REPLACED)
    parts.forget(asking.sign_in.reference)
    return [_event(Event.SIGNED_OUT, asking, asking.sign_in, outcome="ended", because=Ended.REPLACED.value)]


# Signing in again


def _begin_again(parts: SigningIn) -> Callable[[Asking], ResponseReturnValue]:
    """Send somebody who is signed in to the sign-in service, to prove that it is still them."""

    def begin_again(asking: Asking) -> ResponseReturnValue:
        browser = request.cookies.get(SIGNING_IN_COOKIE) or parts.new_secret()
        reference, next_path = _signed_in(asking).reference, local_path(request.args.get("next", ""))
        parts.sessions.keep(reference, AGAIN, next_path.encode())
        attempt = parts.attempts.begin(browser, next_path, reference)
        address = parts.in_time.do(lambda: parts.open_id.address_to_sign_in_again(attempt), LATE)
        if isinstance(address, SignInRefused):
            return _refuse_again(parts, asking, address, next_path)
        return _send_there(asking, address, browser)

    return begin_again


def _come_back_again(parts: SigningIn, asking: Asking, attempt: Attempt) -> ResponseReturnValue:
    """Renew the sign-in if it is the same person, just now and strongly; otherwise leave it as it is."""
    if asking.sign_in is None or asking.sign_in.reference != attempt.sign_in:
        ended = SignInRefused(Cause.STALE, "signing in again: the sign-in it was for has ended")
        return _refuse(parts, asking, ended, attempt.next)
    returned, subject = request.args.to_dict(), parts.sessions.subject(attempt.sign_in)
    proven = parts.in_time.do(lambda: parts.open_id.prove_again(returned, attempt, subject), LATE)
    if isinstance(proven, SignInRefused):
        return _refuse_again(parts, asking, proven, attempt.next)
    # First the log: should it not take this, the sign-in stays as it was, and its cookie too.
    parts.append(_event(Event.SIGNED_IN, asking, asking.sign_in, outcome="signed in again"))
    return _renew(parts, asking, proven, attempt)


def _renew(parts: SigningIn, asking: Asking, proven: Proven, attempt: Attempt) -> ResponseReturnValue:
    renewed = parts.sessions.renew(
        attempt.sign_in,
        authenticated_at=proven.authenticated_at,
        acr=proven.acr,
        provider_session=proven.provider_session,
        id_token=proven.id_token,
    )
    if renewed is None:
        ended = SignInRefused(Cause.STALE, "signing in again: the sign-in ended meanwhile")
        return _refuse(parts, asking, ended, attempt.next)
    cookie, _ = renewed
    parts.sessions.keep(attempt.sign_in, AGAIN, b"")
    response = make_response(redirect(attempt.next, 303))
    _set_cookie(response, COOKIE, cookie)
    return response


def _refuse_as_it_was_meant(parts: SigningIn, asking: Asking, stale: SignInRefused) -> ResponseReturnValue:
    """Refuse one who came back with nothing that is known here; if they were to sign in again, say where to go on."""
    wanted = parts.sessions.kept(asking.sign_in.reference, AGAIN) if asking.sign_in else None
    return _refuse_again(parts, asking, stale, wanted.decode()) if wanted else _refuse(parts, asking, stale)


def _refuse_again(parts: SigningIn, asking: Asking, refused: SignInRefused, next_path: str) -> ResponseReturnValue:
    """Say so, with whom to telephone, the way to try once more and the way back; the sign-in is as it was."""
    because = f"signing in again: {refused.reason}"
    parts.append(_event(Event.SIGN_IN_REFUSED, asking, _signed_in(asking), outcome="refused", because=because))
    shown = page(
        "sign_in_again_refused.html", asking, cause=refused.cause, Cause=Cause, trusts=parts.trusts, next=next_path
    )
    return shown, STATUS[refused.cause]


# Roles


def _role_page(asking: Asking) -> ResponseReturnValue:
    return page("role.html", asking, choices=_signed_in(asking).choices, next=local_path(request.args.get("next", "")))


def _choose(parts: SigningIn) -> Callable[[Asking], ResponseReturnValue]:
    def choose(asking: Asking) -> ResponseReturnValue:
        next_path = local_path(request.form.get("next", ""))
        chosen = parts.sessions.choose(_signed_in(asking).reference, request.form.get("role", ""))
        if chosen is None:
            return redirect(_to_role_page(next_path), 303)
        cookie, sign_in = chosen
        parts.forget(sign_in.reference)
        parts.append(_event(Event.ROLE_CHOSEN, asking, sign_in, outcome="chosen"))
        response = make_response(redirect(next_path, 303))
        _set_cookie(response, COOKIE, cookie)
        return response

    return choose


def _signed_in(asking: Asking) -> SignIn:
    if asking.sign_in is None:
        raise RuntimeError("a page for people signed in was reached without a sign-in")
    return asking.sign_in


def _to_role_page(next_path: str) -> str:
    return "/sign-in/role" if next_path == "/" else f"/sign-in/role?next={quote(next_path, safe='')}"


# Signing out


def _sign_out(parts: SigningIn) -> Callable[[Asking], ResponseReturnValue]:
    """End the session first: whatever else fails, nobody is left signed in."""

    def sign_out(asking: Asking) -> ResponseReturnValue:
        if asking.sign_in is None:
            return redirect("/sign-out", 303)
        id_token = parts.sessions.end(asking.sign_in.reference)
        parts.forget(asking.sign_in.reference)
        parts.append(_event(Event.SIGNED_OUT, asking, asking.sign_in, outcome="ended"))
        address = parts.open_id.address_to_sign_out(id_token) if id_token else ""
        signed_out = Asking(None, None, asking.device, asking.now, asking.view)
        response = _forward(signed_out, "sign_out_leaving.html", address or "/sign-out")
        _set_cookie(response, COOKIE, "", 0)
        return response

    return sign_out


def _signed_out_page(asking: Asking) -> ResponseReturnValue:
    return page("signed_out.html", asking)


def _back_channel(parts: SigningIn) -> Callable[[Asking], ResponseReturnValue]:
    """Answer the sign-in service, which says that somebody's sign-in is over (Back-Channel Logout 1.0 §2.8)."""

    def end_theirs(asking: Asking) -> ResponseReturnValue:
        notice = _read_notice(parts, asking)
        if isinstance(notice, BadToken):
            because = f"back-channel logout: {notice.reason}"
            parts.write_stranger(_refusal(asking, "the sign-in service, it is claimed", because))
            return {"error": "invalid_request"}, 400, {"Cache-Control": "no-store"}
        ended = parts.sessions.end_by(sid=notice.sid, sub=notice.sub)
        because = Ended.ELSEWHERE.value
        for one in ended:
            parts.forget(one.reference)
        if ended:
            parts.append(*(_event(Event.SIGNED_OUT, asking, one, outcome="ended", because=because) for one in ended))
        return "", 200, {"Cache-Control": "no-store"}

    return end_theirs


def _read_notice(parts: SigningIn, asking: Asking) -> LogoutNotice | BadToken:
    config, find_key = parts.open_id.config, parts.open_id.provider.find_key
    sealed = request.form.get("logout_token", "")
    notice = read_logout_token(sealed, find_key, config.issuer, config.client_id, asking.now)
    if isinstance(notice, BadToken) or parts.used_tokens.use(notice.jti):
        return notice
    return BadToken("already used (jti)")


# Refusals and the log


def _refuse(parts: SigningIn, asking: Asking, refused: SignInRefused, next_path: str = "/") -> ResponseReturnValue:
    write = parts.append if refused.user else parts.write_stranger
    write(_refusal(asking, refused.user or "not known", refused.reason))
    shown = page("sign_in_refused.html", asking, cause=refused.cause, Cause=Cause, trusts=parts.trusts, next=next_path)
    return shown, STATUS[refused.cause]


def _refuse_without_role(parts: SigningIn, asking: Asking, person: Person) -> ResponseReturnValue:
    """Send them to the page that says so, away from the code in this address. No session: it could open nothing."""
    parts.append(_refusal(asking, f"{person.name} ({person.user_id})", "no role that this partnership knows"))
    response = make_response(redirect("/sign-in/no-role", 303))
    _set_cookie(response, NO_ROLE_COOKIE, quote(person.name[:200], safe=""), 60)
    return response


def _no_role_page(asking: Asking) -> ResponseReturnValue:
    """Say whose sign-in had no role here, and whom to ask. The name is the browser's own, and shown once."""
    name = unquote(request.cookies.get(NO_ROLE_COOKIE, ""))
    response = make_response(page("no_role.html", asking, name=name), STATUS[Cause.NO_ROLE])
    _set_cookie(response, NO_ROLE_COOKIE, "", 0)
    return response


def _refusal(asking: Asking, user: str, because: str) -> AccessEvent:
    return AccessEvent(
        Event.SIGN_IN_REFUSED,
        asking.now,
        None,
        "",
        view=asking.view,
        user=user,
        device=asking.device,
        outcome="refused",
        because=because,
    )


def _event(kind: Event, asking: Asking, sign_in: SignIn, **said: Any) -> AccessEvent:
    who = sign_in.clinician
    user = "" if who else f"{sign_in.name} ({sign_in.user_id})"
    return AccessEvent(
        kind, asking.now, who, sign_in.reference, view=asking.view, user=user, device=asking.device, **said
    )


# Responses


def _forward(asking: Asking, template: str, address: str) -> Response:
    response = make_response(page(template, asking, address=address))
    response.headers["Refresh"] = f"0; url={address}"
    return response


def _set_cookie(response: Response, name: str, value: str, max_age: int | None = None) -> None:
    response.set_cookie(name, value, max_age=max_age, path="/", secure=True, httponly=True, samesite="Lax")
