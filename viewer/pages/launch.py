"""From a trust's record system straight to the patient in front of somebody: by a signed context, or by SMART.

Rule: whoever launches brings nothing that is believed but what their trust's own file vouches for. Every launch that
opens nothing is in the log, and the page says why. No address holds a number; nobody is opened without being confirmed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from flask import jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from connectors.answer import ByNumber, Trust
from viewer.access.access_event import AccessEvent, Event
from viewer.configuration.launch_file import LaunchConfig
from viewer.handles import Handles
from viewer.identity.context_token import LONGEST_SESSION, InFront, Pushed, read_context_token
from viewer.identity.signed_token import BadToken, FindKey, Key
from viewer.identity.smart import NotLaunched, Smart, SmartAttempt
from viewer.identity.unread_token import issuer_of
from viewer.launches import Launches, NotTaken
from viewer.launching import InContext, close_all, find_in_front, read_record
from viewer.pages import launch_words
from viewer.pages.find import Listed, name_of
from viewer.pages.page import looking, page
from viewer.pages.route import Asking, Route, Who
from viewer.pages.search_form import Wanted
from viewer.parts import Parts

PUSH = "/contexts"
RETURN = "/launch/return"


@dataclass(frozen=True, slots=True)
class Launching:
    """What the launches share, made in app.py."""

    parts: Parts
    handles: Handles
    launches: Launches
    systems: Mapping[str, LaunchConfig]  # by trust
    use: Callable[[str], bool]  # says no to a token that was used before
    write_stranger: Callable[[AccessEvent], object]  # writes a refusal of one who proved nothing, or counts it
    address: str  # our own origin
    log_unavailable: type[Exception]
    spend: Callable[[str], timedelta] = field(default=lambda _: timedelta(0))
    smart: Smart | None = None
    find_in_front: Callable[..., Any] = find_in_front

    def trust(self, name: str) -> Trust:
        """Return the trust of this name."""
        return next(one for one in self.parts.trusts if one.name == name)


def launch_routes(shared: Launching) -> tuple[Route, ...]:
    """Return where a record system says whom it has in front of somebody, and where that person then goes."""
    return (
        Route(PUSH, "push_context", Who.WHOEVER, _push(shared), methods=("POST",)),
        Route("/context/<link>", "take_context", Who.CLINICIANS, _take(shared)),
        Route("/launch", "launch", Who.CLINICIANS, _launch(shared)),
        Route(RETURN, "return_from_launch", Who.CLINICIANS, _come_back(shared)),
    )


# ── A record system says whom it has in front of somebody ────────────────────────────────────────


def _push(shared: Launching) -> Callable[[Asking], ResponseReturnValue]:
    def push(asking: Asking) -> ResponseReturnValue:
        try:
            return _answer(shared, asking)
        except shared.log_unavailable:
            return _error(503, "the log cannot be written, so nothing is taken")

    return push


def _answer(shared: Launching, asking: Asking) -> ResponseReturnValue:
    system, pushed = _read(shared, asking)
    if isinstance(pushed, BadToken) or system is None:
        return _not_believed(shared, asking, system, pushed.reason if isinstance(pushed, BadToken) else "")
    if pushed.patient is None:
        close_all(shared.handles, Wanted, shared.launches.end(system.trust, pushed))
        return "", 204
    link, ended = shared.launches.push(system.trust, pushed)
    close_all(shared.handles, Wanted, ended)
    if isinstance(link, NotTaken):
        said_by = launch_words.of(shared.trust(system.trust).title)
        shared.parts.append(_refusal(asking, link.because, user=said_by))
        return _error(400, link.because)
    return jsonify(link=f"{shared.address}{url_for('take_context', link=link)}", expires_in=60), 201


def _read(shared: Launching, asking: Asking) -> tuple[LaunchConfig | None, Pushed | BadToken]:
    """Return whose token came and what it says: the issuer it names says only whose keys to try."""
    sealed = request.form.get("context", "").strip()
    issuer = issuer_of(sealed) if sealed else BadToken("there is no context")
    if isinstance(issuer, BadToken):
        return None, issuer
    system = next((one for one in shared.systems.values() if one.issuer and one.issuer == issuer), None)
    if system is None:
        return None, BadToken("issued by nobody who is known here")
    pushed = read_context_token(sealed, _keys_of(system), system.issuer, f"{shared.address}{PUSH}", asking.now)
    if isinstance(pushed, Pushed) and not shared.use(f"context\n{system.issuer}\n{pushed.jti}"):
        return system, BadToken("already used (jti)")
    return system, pushed


def _keys_of(system: LaunchConfig) -> FindKey:
    def find(key_id: str, algorithm: str) -> Key | BadToken:
        key = system.keys.get(key_id)
        kind = {"ES256": "EC", "RS256": "RSA", "PS256": "RSA"}[algorithm]
        return key if key is not None and key.key_type == kind else BadToken("signed with a key that is not theirs")

    return find


def _not_believed(shared: Launching, asking: Asking, system: LaunchConfig | None, because: str) -> ResponseReturnValue:
    claimed = f"{launch_words.of(shared.trust(system.trust).title)}, it is claimed" if system else "a record system"
    shared.write_stranger(_refusal(asking, because, user=claimed))
    return _error(400, because)


def _error(status: int, because: str) -> ResponseReturnValue:
    return jsonify(error="invalid_request", error_description=because), status


# ── The person comes with the link ───────────────────────────────────────────────────────────────


def _take(shared: Launching) -> Callable[..., ResponseReturnValue]:
    def take(asking: Asking, link: str) -> ResponseReturnValue:
        look = looking(asking)
        own = look.who.organisation.ods

        def may(trust: str) -> str:
            return "" if shared.trust(trust).ods == own else launch_words.ELSEWHERE

        taken = shared.launches.take(link, look.sign_in, look.who.user_id, may)
        if isinstance(taken, NotTaken):
            return refuse(shared, asking, taken.because)
        return to_confirm(shared, asking, taken.trust, taken.patient, taken.link)

    return take


# ── The person comes by SMART ────────────────────────────────────────────────────────────────────


def _launch(shared: Launching) -> Callable[[Asking], ResponseReturnValue]:
    def launch(asking: Asking) -> ResponseReturnValue:
        iss, launch = _once("iss"), _once("launch")
        system = next((one for one in shared.systems.values() if one.smart and one.smart.iss == iss), None)
        if system is None or system.smart is None or shared.smart is None:
            return refuse(shared, asking, launch_words.STRANGE)
        if not 0 < len(launch) <= LONGEST_SESSION:
            return refuse(shared, asking, launch_words.NO_LAUNCH)
        if shared.trust(system.trust).ods != looking(asking).who.organisation.ods:
            return refuse(shared, asking, launch_words.ELSEWHERE)
        begun = shared.smart.begin(system.smart, system.trust, launch)
        if isinstance(begun, NotLaunched):
            return refuse(shared, asking, begun.because)
        (address, attempt), look = begun, looking(asking)
        # Before anybody is known: the record may go on while its own server asks who is there.
        context = shared.launches.take_up(attempt.trust, attempt.launch, look.who.user_id, look.sign_in)
        if isinstance(context, NotTaken):
            return refuse(shared, asking, launch_words.GONE_ON)
        shared.handles.keep(look.sign_in, replace(attempt, context=context), attempt.state)
        return redirect(address, 303)

    return launch


def _come_back(shared: Launching) -> Callable[[Asking], ResponseReturnValue]:
    def come_back(asking: Asking) -> ResponseReturnValue:
        attempt = _take_attempt(shared, asking)
        system = shared.systems.get(attempt.trust) if attempt else None
        if attempt is None or system is None or system.smart is None or shared.smart is None:
            return refuse(shared, asking, launch_words.NOT_BEGUN)
        if shared.launches.has_ended(attempt.context):
            return refuse(shared, asking, launch_words.GONE_ON)
        launched = shared.smart.finish(system.smart, attempt, request.args)
        if isinstance(launched, NotLaunched):
            return refuse(shared, asking, launched.because)
        look = looking(asking)
        if launched.user_id and launched.user_id != look.who.user_id:
            return refuse(shared, asking, launch_words.SOMEBODY_ELSE)
        patient = read_record(launched.patient, shared.trust(attempt.trust))
        if isinstance(patient, BadToken):
            return refuse(shared, asking, f"The record’s patient cannot be looked for: {patient.reason}")
        return to_confirm(shared, asking, attempt.trust, patient, attempt.context)

    return come_back


def _once(name: str) -> str:
    """Return a parameter that came once; of two, neither is the one to believe (RFC 6749 §3.1)."""
    values = request.args.getlist(name)
    return values[0] if len(values) == 1 else ""


def _take_attempt(shared: Launching, asking: Asking) -> SmartAttempt | None:
    """Return the launch this sign-in began under the state that came back, and use it up."""
    sign_in, state = looking(asking).sign_in, _once("state")
    if any(len(values) > 1 for _, values in request.args.lists()):
        return None
    attempt = shared.handles.fetch(sign_in, SmartAttempt, state) if state else None
    if attempt is None or attempt.used:
        return None
    used = replace(attempt, used=True)
    return attempt if shared.handles.swap(sign_in, state, attempt, used, once=f"launch {state}") else None


# ── From whom the record names to whom is found ──────────────────────────────────────────────────


def to_confirm(shared: Launching, asking: Asking, trust: str, patient: InFront, context: str) -> ResponseReturnValue:
    """Find the patient in front of this person, and go to where they are confirmed like any other."""
    look = looking(asking)
    shared.spend(look.who.user_id)
    people = shared.find_in_front(shared.parts, look, shared.trust(trust), patient)
    if len(people) != 1:
        return refuse(shared, asking, launch_words.nobody(len(people)), status=404)
    search = shared.handles.keep(look.sign_in, Wanted(ByNumber(patient.nhs_number)))
    shared.handles.keep(look.sign_in, InContext(context, trust, search), search)
    name = name_of(search, people[0])
    shared.handles.keep(look.sign_in, Listed(people[0]), f"{search}.{name}")
    if shared.launches.has_ended(context):  # while the trusts were asked: whoever ended it found nothing to close yet
        shared.handles.forget(look.sign_in, Wanted, search)
        return refuse(shared, asking, launch_words.GONE_ON)
    return redirect(url_for("confirm", handle=search, listed=name), 303)


def refuse(shared: Launching, asking: Asking, because: str, status: int = 403) -> ResponseReturnValue:
    """Write down that a launch opened nothing, and say why."""
    shared.parts.append(_refusal(asking, because))
    return page("launch_refused.html", asking, because=because), status


def _refusal(asking: Asking, because: str, user: str = "") -> AccessEvent:
    return AccessEvent(
        Event.REFUSED,
        asking.now,
        asking.clinician,
        asking.sign_in.reference if asking.sign_in else "",
        view=asking.view,
        user=user,
        device=asking.device,
        outcome="refused",
        because=f"launch: {because}",
        asked_for=f"{request.method} {request.endpoint}",
    )
