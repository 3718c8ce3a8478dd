"""An ordering system asks over real HTTP: who calls is proven, each look is decided and logged, each refusal says no more."""

# ruff: noqa: E501  (a row of a table reads better wide than folded)

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey

from sandbox.town import Town
from tests.journey.ordering_system import (
    ANOTHER,
    AUDIENCE,
    EC,
    PRACTICE,
    SERVICE,
    Json,
    Service,
    a_call,
    an_order,
    by_secret,
    claims,
    patient,
    practitioner,
    private,
    public,
    role,
    served,
    signed,
    with_ordering,
)
from tests.reading import NHS_NUMBER
from tests.whole import PRIYA, impatient_with, viewer_of
from viewer.pages.hook_words import OPEN_IT
from viewer.strangers import OF_ONE_CALLER

ROOT = Path(__file__).resolve().parents[2]
CRP, UE, TROPONIN = an_order("CRP", "o1"), an_order("UE", "o2"), an_order("TNT", "o3")


@pytest.fixture(scope="module")
def serving(seven_trusts: Town, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Return one viewer that Sheffield Teaching's ordering system may ask, on a port."""
    with (
        viewer_of(seven_trusts, tmp_path_factory.mktemp("hooks"), change=with_ordering) as viewer,
        served(viewer) as on,
    ):
        yield on


@pytest.fixture
def service(town: Town, serving: Service) -> Service:
    serving.viewer.app.extensions["strangers"].begin_anew()
    return serving


# ── Discovery ────────────────────────────────────────────────────────────────────────────────────


def test_anybody_may_read_what_there_is_to_ask(service: Service) -> None:
    said = service.send("GET", "/cds-services")

    assert said.status == 200
    assert {one["hook"]: one["id"] for one in said.body["services"]} == {
        hook: f"{SERVICE}{hook}" for hook in ("order-select", "order-sign", "patient-view")
    }
    assert all({"hook", "description", "id"} <= one.keys() for one in said.body["services"])
    assert said.headers["cache-control"] == "no-store"


# ── Cards ────────────────────────────────────────────────────────────────────────────────────────


def test_each_ordered_test_has_a_card_with_the_newest_result_of_any_trust(service: Service) -> None:
    said = service.call(a_call(CRP, TROPONIN))

    assert said.status == 200
    troponin, crp = sorted(said.cards, key=lambda card: card["summary"], reverse=True)
    assert re.match(r"CRP: CRP 64 mg/L ▲ HI \(0–5\), Rotherham, \d+ h \d+ min ago$", crp["summary"])
    assert "RCPath G147, March 2021, B-SP7" in crp["detail"] or "The interval is over" in crp["detail"]
    assert "Advice only." in crp["detail"]
    assert "There is never advice on this test" in troponin["detail"]
    for card in said.cards:
        assert card["indicator"] == "info"
        assert len(card["summary"]) <= 140
        assert card["source"] == {"label": "Trustline", "url": "http://localhost:8000"}
        assert card["links"] == [{"label": "Open Trustline", "url": "http://localhost:8000/find", "type": "absolute"}]
    assert not NHS_NUMBER.search(json.dumps(said.body))
    assert "Hargreaves" not in json.dumps(said.body)


def test_the_call_in_the_document_has_the_answer_in_the_document(service: Service) -> None:
    written = (ROOT / "docs/cds-hooks.md").read_text()
    head, example, sent, answer = (json.loads(one.split("```")[0]) for one in written.split("```json\n")[1:])
    of_now = {name: claims()[name] for name in ("aud", "iat", "exp", "jti")}

    said = service.call(sent, signed({**example, **of_now}, **head))

    assert example["aud"].endswith(f"/cds-services/{SERVICE}{sent['hook']}")
    assert said.status == 200
    assert [_whenever(card) for card in said.cards] == [_whenever(card) for card in answer["cards"]]


def _whenever(card: Json) -> Json:
    """Return a card without what its time and its place make of it."""
    said = {**card, "detail": card["detail"].rpartition("\n\n")[2]}  # whether the interval runs still is of the hour
    text = re.sub(r"\d+ h \d+ min ago", "… ago", json.dumps(said))
    here: Json = json.loads(text.replace("https://trustline.example", "http://localhost:8000"))
    return here


def test_u_and_e_has_no_advice_while_a_laboratory_reports_aki(service: Service) -> None:
    (card,) = service.call(a_call(UE)).cards

    assert "No advice: a laboratory reports an acute kidney injury." in card["detail"]
    assert "Creatinine 212" in card["summary"]


def test_of_order_select_only_what_was_just_selected_is_looked_for(service: Service) -> None:
    call = a_call(CRP, UE, hook="order-select", selections=["ServiceRequest/o1"])

    assert [one.partition(":")[0] for one in service.call(call).summaries] == ["CRP"]


def test_what_a_trust_sent_is_escaped_for_markdown(service: Service) -> None:
    (card,) = service.call(a_call(an_order("FBC", system="x"), an_order("WBC", "o2")), service="order-sign").cards[:1]

    assert "10\\*9/L" in card["detail"]


def test_orders_whose_codes_nobody_has_explained_are_counted_and_nothing_is_looked_for(
    service: Service, town: Town
) -> None:
    said = service.call(a_call(an_order("NOT-KNOWN", text="Something new")))

    assert said.summaries == ["1 ordered test not known here by its code"]
    assert "Something new" in said.cards[0]["detail"]
    assert not any(town.requests.values())


def test_orders_beyond_those_that_are_looked_for_at_once_are_counted(service: Service) -> None:
    fifty = [an_order("CRP", f"o{number}") for number in range(50)]
    unknown = [an_order("NOT-KNOWN", f"o{number}") for number in range(50)]
    more = [an_order("TNT", "o50"), an_order("FBC", "o51")]

    some_known = service.call(a_call(*fifty, *more)).summaries
    none_known = service.call(a_call(*unknown, more[0])).summaries

    assert [one.partition(":")[0] for one in some_known] == ["CRP", "2 more ordered tests not looked for"]
    assert none_known == [
        "50 ordered tests not known here by their codes",
        "1 more ordered test not looked for: at most 50 at once",
    ]
    assert service.call(a_call(*fifty)).summaries[1:] == []


def test_without_an_order_there_is_no_card(service: Service) -> None:
    assert service.call(a_call()).cards == []


def test_on_opening_a_patient_the_last_72_hours_stand_on_one_card(service: Service) -> None:
    (card,) = service.call(a_call(hook="patient-view")).cards

    assert card["summary"].startswith("Last 72 hours: ")
    assert "* Troponin T 148 ng/L ▲ HI (0–14). Sheffield Teaching" in card["detail"]
    assert "X-ray chest, Sheffield Teaching" in card["detail"]


def test_a_trust_that_does_not_answer_is_named_on_every_card(town: Town, tmp_path: Any) -> None:
    def change(config: Path) -> None:
        with_ordering(config)
        impatient_with("barnsley", 1.0)(config)

    with viewer_of(town, tmp_path, change=change) as viewer, served(viewer) as on:
        town.weather("barnsley", "hanging")

        (card,) = on.call(a_call(CRP)).cards

    assert "Barnsley is missing: a newer one may be there." in card["detail"]
    assert card["summary"].endswith("; not all trusts answered")


def test_a_gp_is_answered_for_a_patient_whom_pds_names_as_theirs(service: Service) -> None:
    joseph = patient("9990207798", "Pearson", "Joseph", "1962-04-18")
    gp = {"patient": joseph, "practitionerRole": role(PRACTICE, "R0260")}

    (card,) = service.call(a_call(an_order("HBA1C"), prefetch=gp)).cards

    assert card["summary"].startswith("HbA1c: HbA1c (IFCC) ")


# ── The log ──────────────────────────────────────────────────────────────────────────────────────


def test_each_step_is_in_the_log_with_the_user_the_purpose_and_the_proof(service: Service) -> None:
    service.call(a_call(CRP))

    events = service.viewer.events()[-5:]
    assert [one.event for one in events] == [
        "find shown", "find asked", "patient opened", "results asked", "results shown"
    ]  # fmt: skip
    opened, shown = events[2], events[4]
    assert opened.user_id == "555021935107"
    assert opened.role_profile == "555021935999"
    assert opened.organisation_ods == "RHQ"
    assert (opened.purpose, opened.claim) == ("direct-care", "under-my-care")
    assert opened.proof.startswith("an emergency attendance since ")
    assert shown.nhs_number == "9994127039"
    assert shown.device.startswith("ordering system of Sheffield Teaching, 127.0.0.1")


def test_the_log_names_the_reports_that_hold_the_test_and_no_others(service: Service) -> None:
    service.call(a_call(CRP))
    of_crp = set(service.viewer.events()[-1].reports)
    service.call(a_call(CRP, TROPONIN))
    of_both = set(service.viewer.events()[-1].reports)

    assert 0 < len(of_crp) < 30
    assert of_crp < of_both


# ── Whoever may not be opened so ─────────────────────────────────────────────────────────────────

NOT_TO_BE_OPENED: dict[str, tuple[Json, str]] = {
    # why                                     what is handed over                                                                        what the log says
    "known nowhere":                          ({"patient": patient("9991625003", "Quillfeather", "Ottoline", "1991-06-03", "female")},    "none found"),
    "restricted":                             ({"patient": patient("9990944768", "Fenwick", "Naomi", "1990-10-08", "female")},            "restricted"),
    "not with the trust now":                 ({"patient": patient("9990697469", "Birtwistle", "Harold", "1938-07-25")},                  "names no record of this patient"),
    "of another name":                        ({"patient": patient(family="Somebody")},                                                   "agrees with nobody"),
    "born on another day":                    ({"patient": patient(born="1944-03-08")},                                                   "agrees with nobody"),
    "without a whole birth date":             ({"patient": patient(born="1944")},                                                         "agrees with nobody"),
    "without a birth date":                   ({"patient": patient(born="")},                                                             "no birth date"),
    "without a number":                       ({"patient": patient("")},                                                                  "no valid NHS number"),
    "with a number that is none":             ({"patient": patient("9994127038")},                                                        "no valid NHS number"),
    "a GP’s, and registered elsewhere":       ({"practitionerRole": role(PRACTICE, "R0260"), "patient": patient("9995760894", "Shah", "Amira", "1993-12-01", "female")}, "PDS does not name"),
}  # fmt: skip


@pytest.mark.parametrize("why", NOT_TO_BE_OPENED)
def test_whoever_may_not_be_opened_so_gets_the_same_card_and_the_refusal_is_logged(service: Service, why: str) -> None:
    prefetch, logged = NOT_TO_BE_OPENED[why]
    before = len(service.viewer.events())

    said = service.call(a_call(CRP, prefetch=prefetch))

    assert said.status == 200
    assert said.summaries == [OPEN_IT]
    first = service.call(a_call(CRP, prefetch=NOT_TO_BE_OPENED["known nowhere"][0]))
    assert said.raw == first.raw
    written = " ".join(f"{one.event} {one.because} {one.outcome}" for one in service.viewer.events()[before:])
    assert logged in written
    assert "results shown" not in written


def test_a_dissent_is_respected_and_looks_the_same(service: Service) -> None:
    officer = service.viewer.browser(PRIYA)
    joseph = {
        "patient": patient("9990207798", "Pearson", "Joseph", "1962-04-18"),
        "practitionerRole": role(PRACTICE, "R0260"),
    }
    shown = service.call(a_call(an_order("HBA1C"), prefetch=joseph))
    recorded = officer.post("/dissent", nhs_number="999 020 7798", reference="Form 7", do="record")
    refused = service.call(a_call(an_order("HBA1C"), prefetch=joseph))

    assert recorded.status_code in (200, 303)
    assert shown.summaries != [OPEN_IT]
    assert refused.summaries == [OPEN_IT]


# ── Who calls: every bad token ───────────────────────────────────────────────────────────────────


def _minutes(number: float) -> int:
    return int(claims()["iat"] + number * 60)


OTHER_KEY = ECKey.import_key(private(ANOTHER))
BAD_TOKENS: dict[str, Callable[[], str]] = {
    "nothing at all": lambda: "x",
    "not three parts": lambda: "a.b",
    "parts that are no JSON": lambda: "YQ.YQ.YQ",
    "an issuer nobody knows": lambda: signed(claims(iss="https://somebody.example")),
    "no issuer": lambda: signed(claims(iss=None)),
    "an issuer that is no text": lambda: signed(claims(iss=["https://ordering.sheffield.example"])),
    "another audience": lambda: signed(claims(aud="https://another.example/cds-services/x")),
    "our origin as audience": lambda: signed(claims(aud="http://localhost:8000")),
    "the audience of another service": lambda: signed(claims("patient-view")),
    "two audiences": lambda: signed(claims(aud=[f"{AUDIENCE}{SERVICE}order-sign", "https://another.example"])),
    "no audience": lambda: signed(claims(aud=None)),
    "no end": lambda: signed(claims(exp=None)),
    "an end that is a text": lambda: signed(claims(exp="tomorrow")),
    "an end that is not finite": lambda: signed(claims(exp=1e999)),
    "expired": lambda: signed(claims(iat=_minutes(-9), exp=_minutes(-5))),
    "six minutes": lambda: signed(claims(exp=_minutes(6))),
    "a whole day": lambda: signed(claims(exp=_minutes(1440))),
    "an end before its beginning": lambda: signed(claims(iat=_minutes(0.5), exp=_minutes(0.2))),
    "no time of issue": lambda: signed(claims(iat=None)),
    "issued in the future": lambda: signed(claims(iat=_minutes(3), exp=_minutes(6))),
    "not valid yet": lambda: signed(claims(nbf=_minutes(3))),
    "no id": lambda: signed(claims(jti=None)),
    "an empty id": lambda: signed(claims(jti="")),
    "an id that is a number": lambda: signed(claims(jti=7)),
    "an endless id": lambda: signed(claims(jti="x" * 300)),
    "a key of somebody else under our key’s id": lambda: signed(claims(), key=OTHER_KEY),
    "a key id nobody knows": lambda: signed(claims(), kid="another"),
    "no key id": lambda: signed(claims(), kid=""),
    "a key that it brings along": lambda: signed(claims(), key=OTHER_KEY, kid="mine", jwk=OTHER_KEY.as_dict(private=False)),
    "an address of keys that it brings along": lambda: signed(claims(), key=OTHER_KEY, kid="mine", jku="http://127.0.0.1:1/keys"),
    "no signature (alg none)": lambda: _unsigned(),  # noqa: PLW0108  it stands below
    "our public key as a shared secret": lambda: by_secret(claims(), public(EC).encode()),
    "an algorithm that is weaker than agreed": lambda: signed(claims(), "ES256", ECKey.generate_key("P-256"), kid="ec"),
    "the algorithm of the other key": lambda: signed(claims(), "RS384", kid="ec"),
    "of another type": lambda: signed(claims(), typ="logout+jwt"),
    "a claim changed after signing": lambda: _changed(signed(claims())),
    "a signature cut short": lambda: signed(claims())[:-4],
    "longer than any honest token": lambda: signed(claims(more="x" * 20_000)),
}  # fmt: skip


def _unsigned() -> str:
    _, body, _ = signed(claims()).split(".")
    return f"eyJhbGciOiJub25lIiwia2lkIjoiZWMifQ.{body}."


def _changed(token: str) -> str:
    head, _, seal = token.split(".")
    return f"{head}.{signed(claims()).split('.')[1]}.{seal}"


@pytest.mark.parametrize("what", BAD_TOKENS)
def test_a_bad_token_is_refused_and_logged_and_nobody_is_asked(service: Service, town: Town, what: str) -> None:
    before = len(service.viewer.events())

    said = service.call(a_call(CRP), BAD_TOKENS[what](), service="order-sign")

    assert said.status == 401, what
    assert said.headers["www-authenticate"] == "Bearer"
    assert set(said.body) == {"error"}
    (written,) = service.viewer.events()[before:]
    assert (written.event, written.because) == ("refused", said.body["error"])
    assert not any(town.requests.values())


def test_a_flood_of_bad_tokens_is_counted_and_the_system_they_name_is_answered_all_the_while(service: Service) -> None:
    before = len(service.viewer.events())

    for _ in range(40):
        assert service.call(a_call(CRP), signed(claims(), key=OTHER_KEY)).status == 401
    genuine = service.call(a_call())

    service.viewer.app.extensions["strangers"].begin_anew()
    written = service.viewer.events()[before:]
    assert genuine.status == 200
    assert {one.user_name for one in written} == {"the ordering system of Sheffield Teaching, it is claimed"}
    assert len(written) <= OF_ONE_CALLER * 2 + 2  # two of each, when a minute ends meanwhile
    counts = [re.match(r"(\d+) more refused", one.because) for one in written]
    assert sum(int(count[1]) if count else 1 for count in counts) == 40


@pytest.mark.parametrize("header", ["", "Basic dXNlcjpwYXNz", "Bearer", "Bearer "])
def test_without_a_bearer_token_nobody_is_answered(service: Service, header: str) -> None:
    said = service.call(a_call(CRP), Authorization=header)

    assert said.status == 401


@pytest.mark.parametrize("token", ["hargreaves", "a.b.c", "..", "bnVsbA.bnVsbA.bnVsbA"])
def test_what_is_no_token_is_said_to_be_none_and_not_to_be_of_somebody_unknown(service: Service, token: str) -> None:
    said = service.call(a_call(CRP), token)

    assert (said.status, said.body) == (401, {"error": "it is no token"})


@pytest.mark.parametrize("algorithm", ["ES384", "RS384"])
def test_each_algorithm_of_the_standard_is_taken_and_each_token_once(service: Service, algorithm: str) -> None:
    token = signed(claims(), algorithm)

    assert service.call(a_call(), token).status == 200
    again = service.call(a_call(), token)
    assert (again.status, again.body) == (401, {"error": "used before"})


# ── Who asks ─────────────────────────────────────────────────────────────────────────────────────

NOT_WHO_MAY_ASK: dict[str, tuple[Json, Json, int]] = {
    # what                                     prefetch                                                       context                              status
    "somebody of another trust":               ({"practitionerRole": role("RFR")},                            {},                                  403),
    "a practice that does not order so":       ({"practitionerRole": role("Y99002", "R0260")},                {},                                  403),
    "a consultant of a practice":              ({"practitionerRole": role(PRACTICE, "R0050")},                {},                                  403),
    "a GP of the trust":                       ({"practitionerRole": role("RHQ", "R0260")},                   {},                                  403),
    "a job no rule knows":                     ({"practitionerRole": role(job="R9999")},                      {},                                  403),
    "a privacy officer":                       ({"practitionerRole": role(job="R0001")},                      {},                                  403),
    "no job":                                  ({"practitionerRole": role(code=[])},                          {},                                  403),
    "a role of another person":                ({"practitionerRole": role(practitioner={"reference": "Practitioner/p2"})}, {},                     403),
    "a role that has ended":                   ({"practitionerRole": role(active=False)},                     {},                                  403),
    "no SDS user id":                          ({"practitioner": practitioner(identifier=[])},                {},                                  403),
    "no role profile":                         ({"practitionerRole": role(identifier=[])},                    {},                                  403),
    "two SDS user ids":                        ({"practitioner": practitioner(identifier=[{"system": "https://fhir.nhs.uk/Id/sds-user-id", "value": v} for v in "ab"])}, {}, 403),
    "a context of another user":               ({},                                                           {"userId": "Practitioner/p2"},       403),
    "a context of a patient themself":         ({},                                                           {"userId": "Patient/epr-7"},         403),
    "a context of another patient":            ({},                                                           {"patientId": "epr-8"},             400),
    "no Practitioner":                         ({"practitioner": None},                                       {},                                  412),
    "no PractitionerRole":                     ({"practitionerRole": None},                                   {},                                  412),
    "a Patient for a Practitioner":            ({"practitioner": patient()},                                  {},                                  412),
    "no Patient":                              ({"patient": None},                                            {},                                  412),
    "a Practitioner for a Patient":            ({"patient": practitioner(id="epr-7")},                        {},                                  412),
    "a Patient that is a text":                ({"patient": "epr-7"},                                         {},                                  412),
}  # fmt: skip


@pytest.mark.parametrize("what", NOT_WHO_MAY_ASK)
def test_whoever_may_not_ask_is_told_why_and_it_is_logged(service: Service, town: Town, what: str) -> None:
    prefetch, context, status = NOT_WHO_MAY_ASK[what]

    said = service.call(a_call(CRP, prefetch=prefetch, **context))

    assert said.status == status, said.body
    assert service.viewer.events()[-1].because == said.body["error"]
    assert not any(town.requests.values())


# ── What is posted ───────────────────────────────────────────────────────────────────────────────

NO_REQUEST: dict[str, tuple[bytes, int]] = {
    "nothing": (b"", 400),
    "no JSON": (b"{", 400),
    "a list": (b"[]", 400),
    "an empty object": (b"{}", 400),
    "another hook": (json.dumps(a_call(hook="patient-view")).encode(), 400),
    "a hook of ours that is none": (json.dumps(a_call() | {"hook": "order-dispatch"}).encode(), 400),
    "a context that is a text": (json.dumps(a_call() | {"context": "x"}).encode(), 400),
    "no hookInstance": (json.dumps(a_call() | {"hookInstance": ""}).encode(), 400),
    "nested without end": (b'{"prefetch":{"patient":' + b"[" * 50_000 + b"]" * 50_000 + b"}}", 400),
    "more than we take": (b'{"x": "' + b"x" * 300_000 + b'"}', 413),
    "bytes that are no text": (b'{"hook": "\xff"}', 400),
}


@pytest.mark.parametrize("what", NO_REQUEST)
def test_what_is_no_request_is_refused_in_json(service: Service, what: str) -> None:
    body, status = NO_REQUEST[what]

    said = service.call(body, service="order-sign")

    assert said.status == status, said.body
    assert set(said.body) == {"error"}


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "", "application/json; charset=utf-16"]
)
def test_another_content_type_is_refused(service: Service, kind: str) -> None:
    assert service.call(a_call(CRP), Content_Type=kind).status == 415


def test_a_page_of_another_origin_cannot_call(service: Service) -> None:
    assert service.call(a_call(CRP), Origin="https://somewhere.example").status == 400


@pytest.mark.parametrize(
    "name", ["trustline-already-done-", "trustline-already-done-order-dispatch", "order-sign", "x"]
)
def test_there_are_three_services_and_no_others(service: Service, name: str) -> None:
    assert service.send("POST", f"/cds-services/{name}", b"{}").status == 404
