"""Answer trusts' ordering systems (CDS Hooks 2.0): was what is being ordered done already, at any trust?

Rule: decided, logged and time-limited like a page. Who calls is proven by a token, each used once; of a patient who may
not be opened so every answer is the same card, whatever the reason. Advice only: nothing stops an order.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import msgspec
from flask import Response, request
from flask.typing import ResponseReturnValue

from connectors.answer import Trust
from viewer.access.access_event import AccessEvent, Event
from viewer.access.clinician import Clinician, Role, RoleRule
from viewer.clinical.lately import lately
from viewer.clinical.named_alike import with_named_alike
from viewer.clinical.patient import Patient
from viewer.clinical.retest import Circumstances, Done, already_done
from viewer.clinical.retest_rules import LabTest, Setting
from viewer.clinical.row import Row
from viewer.configuration.ordering_file import OrderingSystem
from viewer.identity.client_token import ClientToken, read_client_token
from viewer.identity.signed_token import BadToken
from viewer.identity.unread_token import issuer_of
from viewer.ordering import look_for_ordering
from viewer.pages import hook_words
from viewer.pages.already_done import SHORT, AlreadyDone
from viewer.pages.hook_request import (
    HOOKS,
    HookRequest,
    Order,
    Unusable,
    read_clinician,
    read_orders,
    read_patient_of,
    read_request,
    read_setting,
)
from viewer.pages.route import Asking, Route, Who
from viewer.parts import Parts
from viewer.steps import Looking, Opened, Step

SERVICE = "trustline-already-done-"
LARGEST = 256 * 1024  # bytes of a request
MOST_ORDERS = 50  # looked for in one call
PREFETCH = {
    "patient": "Patient/{{context.patientId}}",
    "practitioner": "Practitioner/{{userPractitionerId}}",
    "practitionerRole": "PractitionerRole/{{userPractitionerRoleId}}",
    "encounter": "Encounter/{{context.encounterId}}",
}
TITLES = {
    "order-select": "Of the test just chosen: the newest result at any trust, and the interval for repeating it",
    "order-sign": "Of every test about to be signed: the newest result at any trust, and the interval for repeating it",
    "patient-view": "What was done at any trust in the last 72 hours",
}

Count = Callable[[Clinician, Sequence[Done], Circumstances], object]


@dataclass(frozen=True, slots=True)
class Hooks:
    """What the services share, made in app.py."""

    parts: Parts
    already: AlreadyDone
    systems: Mapping[str, OrderingSystem]  # by trust
    roles: Collection[RoleRule]
    use: Callable[[str], bool]  # says no to a token that was used before
    write_stranger: Callable[[AccessEvent], object]  # writes a refusal of one who proved nothing, or counts it
    address: str  # our own origin
    log_unavailable: type[Exception]
    spend: Callable[[str], object] = lambda _: None  # counts a search, and waits when there were very many
    count: Count = field(default=lambda *_: None)


def cds_hooks_routes(hooks: Hooks) -> tuple[Route, ...]:
    """Return the discovery, which is open, and the three services."""
    return (
        Route("/cds-services", "cds_services", Who.WHOEVER, _discovery),
        Route("/cds-services/<service>", "cds_service", Who.WHOEVER, _service(hooks), methods=("POST",)),
    )


def _discovery(_: Asking) -> ResponseReturnValue:
    services = [
        {
            "hook": hook,
            "id": f"{SERVICE}{hook}",
            "title": "Already done?",
            "description": f"{TITLES[hook]}. Advice only.",
            "usageRequirements": "The ordering system’s key stands in its trust’s file, and an agreement allows it.",
            "prefetch": PREFETCH,
        }
        for hook in HOOKS
    ]
    return _json({"services": services})


# ── One call ─────────────────────────────────────────────────────────────────────────────────────


def _service(hooks: Hooks) -> Callable[..., ResponseReturnValue]:
    def answer(asking: Asking, service: str) -> ResponseReturnValue:
        hook = service.removeprefix(SERVICE)
        if hook not in HOOKS or service != f"{SERVICE}{hook}":
            return _error(404, "there is no such service")
        try:
            return _answer(hooks, asking, hook)
        except hooks.log_unavailable:
            return _error(503, "the log cannot be written, so nothing is shown")

    return answer


def _answer(hooks: Hooks, asking: Asking, hook: str) -> ResponseReturnValue:
    """Who calls, what is asked, who asks, about whom: each must hold before the next is read."""
    token = _caller(hooks, hook)
    if isinstance(token, BadToken):
        return _not_believed(hooks, asking, hook, token.reason)
    trust = next(one for one in hooks.parts.trusts if one.name == token.system.trust)
    user = f"the ordering system of {trust.title}"
    body = _body()
    sent = body if isinstance(body, Unusable) else read_request(body, hook)
    if isinstance(sent, Unusable):
        return _refused(hooks, asking, hook, None, user, sent)
    who = read_clinician(sent, token.system, trust, hooks.roles)
    if isinstance(who, Unusable):
        return _refused(hooks, asking, hook, None, user, who)
    patient = read_patient_of(sent, trust, hooks.parts.hospital_numbers[trust.name])
    if isinstance(patient, Unusable):
        return _refused(hooks, asking, hook, who, user, patient)
    return _json({"cards": _cards(hooks, _looking(asking, token, who, trust), token, sent, patient)})


def _caller(hooks: Hooks, hook: str) -> ClientToken | BadToken:
    sealed = _bearer()
    if not sealed:
        return BadToken("there is no token")
    audience = f"{hooks.address}/cds-services/{SERVICE}{hook}"
    token = read_client_token(sealed, tuple(hooks.systems.values()), audience, hooks.parts.clock())
    if isinstance(token, ClientToken) and not hooks.use(token.once):
        return BadToken("used before")
    return token


def _bearer() -> str:
    scheme, _, sealed = request.headers.get("Authorization", "").partition(" ")
    return sealed.strip() if scheme.casefold() == "bearer" else ""


def _body() -> bytes | Unusable:
    """Return what was posted, no more of it than we take."""
    request.max_content_length = LARGEST
    if request.mimetype != "application/json" or request.mimetype_params.get("charset", "utf-8").casefold() != "utf-8":
        return Unusable(415, "the body must be application/json")
    if request.content_length is None or request.content_length > LARGEST:
        return Unusable(413, f"the body must say its length, and be at most {LARGEST // 1024} kB")
    return request.get_data(cache=False)


def _looking(asking: Asking, token: ClientToken, who: Clinician, trust: Trust) -> Looking:
    """Return who looks. One user of one system shares answers kept a minute, as one sign-in does."""
    reference = sha256(f"{token.system.issuer}\n{who.user_id}\n{who.role_profile}".encode()).hexdigest()[:22]
    device = f"ordering system of {trust.title}, {asking.device}"[:300]
    return Looking(who, f"ordering-{reference}", device, asking.view)


# ── What is answered ─────────────────────────────────────────────────────────────────────────────


def _cards(
    hooks: Hooks, looking: Looking, token: ClientToken, sent: HookRequest, patient: Patient
) -> list[dict[str, Any]]:
    lately_ = sent.hook == "patient-view"
    ordered = _Ordered((), ()) if lately_ else _tests_of(hooks, token.system, read_orders(sent))
    if not lately_ and not ordered.tests:
        return _besides(hooks, ordered)
    only = _within(hooks) if lately_ else _holds(hooks, ordered.tests)
    hooks.spend(looking.who.user_id)
    looked = look_for_ordering(hooks.parts, looking, patient, token.expires, only)
    if looked is None:
        return [hook_words.must_be_opened(hooks.address)]
    setting = read_setting(sent, Setting.GP if looking.who.role is Role.GP else Setting.INPATIENT)
    return _lately(hooks, *looked, setting) if lately_ else _of_tests(hooks, looking.who, ordered, *looked, setting)


def _of_tests(
    hooks: Hooks, who: Clinician, ordered: "_Ordered", opened: Opened, step: Step, setting: Setting
) -> list[dict[str, Any]]:
    already, now = hooks.already, hooks.parts.clock()
    findings = already.findings(step.timeline.rows)
    moment = Circumstances(now, setting)
    done = already_done(ordered.tests, findings, already.rules, opened.person, moment)
    hooks.count(who, done, moment)
    alike = [with_named_alike(one, findings) for one in done]
    cards = [hook_words.of_test(one, already.rules, setting, now, step.tiles, hooks.address) for one in alike]
    return [*cards, *_besides(hooks, ordered)]


def _lately(hooks: Hooks, opened: Opened, step: Step, setting: Setting) -> list[dict[str, Any]]:
    already, now = hooks.already, hooks.parts.clock()
    findings = already.findings([row for row in step.timeline.rows if _within(hooks)(row)])
    short = lately(already.tests, findings, already.rules, opened.person, Circumstances(now, setting), SHORT)
    return [hook_words.of_lately(short, already.rules, now, step.tiles, findings.unexplained, hooks.address)]


def _within(hooks: Hooks) -> Callable[[Row], bool]:
    since = hooks.parts.clock() - SHORT
    return lambda row: row.report.taken is None or row.report.taken.instant >= since


def _holds(hooks: Hooks, tests: Sequence[LabTest]) -> Callable[[Row], bool]:
    """Return what picks the reports that hold a result of these tests, or report what forbids advice on them."""
    already, now = hooks.already, hooks.parts.clock()
    wanted = {analyte for test in tests for analyte in test.analytes}
    aki = any(test.not_in_aki for test in tests)

    def holds(row: Row) -> bool:
        findings = already.findings((row,))
        return not wanted.isdisjoint(findings.by_analyte) or (aki and findings.reports_aki(already.rules, now))

    return holds


@dataclass(frozen=True, slots=True)
class _Ordered:
    tests: tuple[LabTest, ...]
    unknown: tuple[Order, ...]
    beyond: int = 0  # more than are looked for in one call


def _tests_of(hooks: Hooks, system: OrderingSystem, orders: Sequence[Order]) -> _Ordered:
    """Return the tests that are ordered: by the trust's own list of order codes, else by its signed code map."""
    by_key = {test.key: test for test in hooks.already.tests}
    code_map = hooks.already.code_maps.get(system.trust)
    tests: dict[str, LabTest] = {}
    unknown: list[Order] = []
    for order in orders[:MOST_ORDERS]:
        meant = {system.tests[code] for code in order.codes if code in system.tests}
        analytes = {code_map.codes[code].analyte for code in order.codes if code_map and code in code_map.codes}
        found = meant or {key for key, test in by_key.items() if not analytes.isdisjoint(test.analytes)}
        known = [by_key[key] for key in by_key if key in found]
        tests.update({test.key: test for test in known})
        unknown.extend([] if known else [order])
    return _Ordered(tuple(tests.values()), tuple(unknown), len(orders[MOST_ORDERS:]))


def _besides(hooks: Hooks, ordered: _Ordered) -> list[dict[str, Any]]:
    """Return the cards that count what was not looked for: whose codes are not known here, and beyond the most."""
    names, count = [one.name for one in ordered.unknown], len(ordered.unknown)
    unknown = [hook_words.of_unknown(names, count, hooks.address)] if count else []
    beyond = [hook_words.of_beyond(ordered.beyond, MOST_ORDERS, hooks.address)] if ordered.beyond else []
    return unknown + beyond


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────────


def _not_believed(hooks: Hooks, asking: Asking, hook: str, because: str) -> ResponseReturnValue:
    """Write down who proves nothing, or count them, under the name they claim."""
    issuer = issuer_of(_bearer())
    trust = next((one.trust for one in hooks.systems.values() if one.issuer == issuer), "")
    title = next((one.title for one in hooks.parts.trusts if one.name == trust), "")
    claimed = f"the ordering system of {title}, it is claimed" if title else "an ordering system"
    hooks.write_stranger(_refusal(hooks, asking, hook, None, claimed, because))
    response = _error(401, because)
    response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _refused(
    hooks: Hooks, asking: Asking, hook: str, who: Clinician | None, user: str, why: Unusable
) -> ResponseReturnValue:
    """Write the refusal down, and say of a function why it is refused."""
    hooks.parts.append(_refusal(hooks, asking, hook, who, user, why.because))
    return _error(why.status, why.because)


def _refusal(hooks: Hooks, asking: Asking, hook: str, who: Clinician | None, user: str, because: str) -> AccessEvent:
    return AccessEvent(
        Event.REFUSED, hooks.parts.clock(), who, "", view=asking.view, user=user, device=asking.device,
        outcome="refused", because=because, asked_for=f"POST {SERVICE}{hook}",
    )  # fmt: skip


def _error(status: int, because: str) -> Response:
    response = _json({"error": because})
    response.status_code = status
    return response


def _json(content: object) -> Response:
    return Response(msgspec.json.encode(content), mimetype="application/json")
