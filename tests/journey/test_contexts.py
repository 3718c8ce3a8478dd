"""A record system hands over whom it has in front of somebody: believed by its signature, opened like any other."""

import hmac
import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from sandbox.epr_keys import key_id, private_pem, public_pem, record_key
from tests.launching import AUDIENCE, TRUST, WALTER, claims, link, push, sealed
from tests.reading import NHS_NUMBER
from tests.whole import AMINA, KOFI, PRIYA, TOM, Browser, Viewer, another
from viewer.handles import Handles
from viewer.strangers import OF_ONE_CALLER

ROOT = Path(__file__).resolve().parents[2]
MARGARET = {"nhs_number": "9998023319", "family": "ELLIS", "given": "Margaret", "born": "1968-02-02"}


def confirmed(viewer: Viewer, browser: Browser, path: str) -> str:
    """Go by a link to where the patient is confirmed, confirm them, and return the path of the timeline."""
    came = browser.get(path)
    assert came.status_code == 303, came.get_data(as_text=True)
    _, _, handle, _, name = came.location.split("/")
    assert browser.get(came.location).status_code == 200
    form = {"handle": handle, "listed": name, "why": "emergency-care/in-department", "reason": "In my bay."}
    opened = browser.post("/patients", **form)
    assert opened.status_code == 303, opened.get_data(as_text=True)
    return str(opened.location)


def still(browser: Browser, path: str) -> dict[str, Any]:
    said: dict[str, Any] = browser.get(f"{path}/still").json
    return said


# ── The way it goes ──────────────────────────────────────────────────────────────────────────────


def test_a_link_leads_to_the_patient_to_be_confirmed_and_no_address_names_them(viewer: Viewer) -> None:
    browser = viewer.browser(AMINA)
    path = link(viewer, AMINA.user_id)

    came = browser.get(path)

    assert re.fullmatch(r"/context/[\w-]{43}", path)
    assert re.fullmatch(r"/find/[\w-]+/confirm/\w+", came.location)
    assert not NHS_NUMBER.search(path + came.location)
    page = browser.read(came.location)
    assert "HARGREAVES, Walter (Mr)" in page.said
    searched = viewer.events(event="find asked")
    assert [one.asked_for for one in searched] == ["NHS number"]
    opened = confirmed(viewer, browser, link(viewer, AMINA.user_id))
    assert browser.read(f"{opened}?whole=1").heading == "HARGREAVES, Walter (Mr)"


def test_a_link_leads_through_the_sign_in_and_back(viewer: Viewer) -> None:
    path = link(viewer, AMINA.user_id)

    sent = viewer.stranger().get(path)

    assert sent.status_code == 303
    assert sent.location.startswith("/sign-in?next=")
    assert viewer.browser(AMINA).get(path).status_code == 303  # it is still unused


# ── The record goes on ───────────────────────────────────────────────────────────────────────────


def test_when_the_record_goes_on_the_patient_is_closed_and_the_page_is_told(viewer: Viewer) -> None:
    browser = viewer.browser(another(AMINA))
    user = viewer_of_reference(viewer, browser)
    path = confirmed(viewer, browser, link(viewer, user))
    assert still(browser, path) == {"open": True}

    link(viewer, user, patient=MARGARET)

    told = still(browser, path)
    assert told == {
        "open": False,
        "why": "The record this was opened from now shows another patient, or has been closed.",
    }
    again = browser.get(path)
    assert again.status_code == 403
    assert "HARGREAVES" not in again.get_data(as_text=True).upper()


def viewer_of_reference(viewer: Viewer, browser: Browser) -> str:
    """Return the user id of whoever is signed in there."""
    cookie = browser.client.get_cookie("__Host-trustline", domain="localhost")
    assert cookie
    sign_in = viewer.app.extensions["sessions"].peek(cookie.value)
    return str(sign_in.user_id)


def test_when_the_record_is_closed_so_is_the_patient_and_another_session_is_untouched(viewer: Viewer) -> None:
    browser = viewer.browser(AMINA)
    first = confirmed(viewer, browser, link(viewer, AMINA.user_id, session="one"))
    second = confirmed(viewer, browser, link(viewer, AMINA.user_id, session="two"))

    closed = push(viewer, sealed(claims(AMINA.user_id, session="one", event="closed", patient=None)))

    assert closed.status_code == 204
    assert still(browser, first)["open"] is False
    assert still(browser, second) == {"open": True}


def test_a_patient_who_is_being_confirmed_when_the_record_goes_on_is_not_opened(viewer: Viewer) -> None:
    browser = viewer.browser(AMINA)
    came = browser.get(link(viewer, AMINA.user_id)).location
    _, _, handle, _, name = came.split("/")
    before = still(browser, f"/find/{handle}")

    link(viewer, AMINA.user_id, patient=MARGARET)

    answer = browser.post(
        "/patients", handle=handle, listed=name, why="emergency-care/in-department", reason="In my bay."
    )
    assert answer.status_code == 404
    assert browser.get(came).status_code == 404
    gone_on = "The record this was opened from now shows another patient, or has been closed."
    assert (before, still(browser, f"/find/{handle}")) == ({"open": True}, {"open": False, "why": gone_on})


def test_who_is_signed_out_has_nobody_left_to_confirm_and_another_sign_in_never_had(viewer: Viewer) -> None:
    browser = viewer.browser(AMINA)
    handle = browser.get(link(viewer, AMINA.user_id)).location.split("/")[2]

    elsewhere = still(viewer.browser(TOM), f"/find/{handle}")
    browser.post("/sign-out")

    assert elsewhere == {"open": False, "why": "This search was closed in this sign-in."}
    assert still(browser, f"/find/{handle}") == {"open": False, "why": "Your sign-in has ended."}


@pytest.mark.parametrize("page", ["", "?whole=1", "/cumulative"])
def test_without_script_a_record_that_went_on_during_the_opening_shows_nobody(viewer: Viewer, page: str) -> None:
    browser = viewer.browser(AMINA)
    path = confirmed(viewer, browser, link(viewer, AMINA.user_id, session="while opening"))
    opened = viewer.opened(browser, path)

    link(viewer, AMINA.user_id, session="while opening", patient=MARGARET)
    Handles(viewer.app.extensions["sessions"], str).keep(browser.reference, opened, opened.handle)

    answer = browser.get(f"{path}{page}")
    assert answer.status_code == 403
    assert "now shows another patient" in answer.get_data(as_text=True)
    assert "HARGREAVES" not in answer.get_data(as_text=True).upper()


def test_a_link_that_was_overtaken_opens_nothing(viewer: Viewer) -> None:
    overtaken = link(viewer, AMINA.user_id)
    link(viewer, AMINA.user_id, patient=MARGARET)

    refused(viewer, viewer.browser(AMINA), overtaken, "The record has gone on to another patient")


def test_messages_that_cross_open_nobody_and_close_whoever_is_open(viewer: Viewer) -> None:
    browser, now = viewer.browser(AMINA), datetime.now(UTC).timestamp()
    newer, older = ({"iat": at, "exp": at + 30} for at in (now, now - 0.5))
    path = confirmed(viewer, browser, link(viewer, AMINA.user_id, session="crossing", **newer))

    late = push(viewer, sealed(claims(AMINA.user_id, session="crossing", patient=MARGARET, **older)))

    assert late.status_code == 400
    assert late.json["error_description"] == "the record has said something newer of this session"
    written = viewer.events(event="refused")[-1]
    assert written.because == "launch: the record has said something newer of this session"
    assert written.user_name == "the record system of Sheffield Teaching"
    assert still(browser, path)["open"] is False


def test_a_patient_who_was_closed_before_the_word_that_opens_them_came_is_not_opened(viewer: Viewer) -> None:
    now = datetime.now(UTC).timestamp()
    said = claims(AMINA.user_id, session="crossing", iat=now - 0.5, exp=now + 30)

    push(viewer, sealed(claims(AMINA.user_id, session="crossing", event="closed", patient=None, iat=now, exp=now + 30)))

    assert push(viewer, sealed(said)).status_code == 400


# ── Wrong links ──────────────────────────────────────────────────────────────────────────────────


def refused(viewer: Viewer, browser: Browser, path: str, because: str) -> None:
    answer = browser.get(path)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 403
    assert because in text
    assert "HARGREAVES" not in text.upper()
    assert viewer.events(event="refused")[-1].because == f"launch: {because}"
    assert viewer.events(event="find asked") == []


def test_a_link_opens_once(viewer: Viewer) -> None:
    path, browser = link(viewer, AMINA.user_id), viewer.browser(AMINA)
    assert browser.get(path).status_code == 303

    answer = viewer.browser(AMINA).get(path)

    assert answer.status_code == 403
    assert "This link has been used" in answer.get_data(as_text=True)


def test_a_link_for_somebody_else_opens_nothing_and_is_spent(viewer: Viewer) -> None:
    path = link(viewer, AMINA.user_id)

    refused(viewer, viewer.browser(another(AMINA)), path, "This link is for somebody else")
    refused(viewer, viewer.browser(AMINA), path, "The record has gone on to another patient")


def test_a_link_of_another_organisation_s_record_opens_nothing(viewer: Viewer) -> None:
    path = link(viewer, TOM.user_id)

    refused(viewer, viewer.browser(TOM), path, "You act for another organisation than the record you come from")


def test_a_link_that_nobody_made_opens_nothing(viewer: Viewer) -> None:
    refused(viewer, viewer.browser(AMINA), f"/context/{'a' * 43}", "This link is not known here")


def test_an_officer_opens_nobody_by_a_link(viewer: Viewer) -> None:
    assert viewer.browser(PRIYA).get(link(viewer, PRIYA.user_id)).status_code == 403


# ── Wrong patients ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "differs",
    [{"born": "1944-03-19"}, {"family": "Hargraves"}, {"given": "William"}, {"gender": "female"}],
    ids=lambda one: next(iter(one)),
)
def test_who_is_found_must_agree_with_the_record(viewer: Viewer, differs: dict[str, str]) -> None:
    answer = viewer.browser(AMINA).get(link(viewer, AMINA.user_id, patient={**WALTER, **differs}))

    assert answer.status_code == 404
    text = answer.get_data(as_text=True)
    assert "Nobody was found here who agrees with the NHS number, name and date of birth in the record" in text
    assert "HARGREAVES" not in text.upper()
    assert viewer.events(event="find shown")  # whom the search listed is in the log all the same


def test_a_restricted_patient_is_nobody_like_anybody_who_is_not_known(viewer: Viewer) -> None:
    naomi = {"nhs_number": "9990944768", "family": "Fenwick", "given": "Naomi", "born": "1990-10-08"}
    nobody = {"nhs_number": "9991625003", "family": "Quillfeather", "given": "Ottoline", "born": "1991-06-03"}

    said = [viewer.browser(AMINA).get(link(viewer, AMINA.user_id, patient=one)) for one in (naomi, nobody)]

    pages = [re.sub(r'value="[^"]+"', "", one.get_data(as_text=True)) for one in said]
    assert {one.status_code for one in said} == {404}
    assert pages[0] == pages[1]


# ── Wrong tokens ─────────────────────────────────────────────────────────────────────────────────


def moved(**seconds: int) -> dict[str, int]:
    now = int(datetime.now(UTC).timestamp())
    return {name: now + by for name, by in seconds.items()}


def unsigned(said: dict[str, Any]) -> str:
    head, body, _ = sealed(said).split(".")
    return f"{head}.{body}."


def none_at_all(said: dict[str, Any]) -> str:
    _, body, _ = sealed(said).split(".")
    return f"eyJhbGciOiJub25lIiwidHlwIjoidHJ1c3RsaW5lLWNvbnRleHQrand0In0.{body}."


def altered(said: dict[str, Any]) -> str:
    head, _, seal = sealed(said).split(".")
    _, body, _ = sealed({**said, "patient": MARGARET}).split(".")
    return f"{head}.{body}.{seal}"


def by_hand(head: dict[str, Any], said: dict[str, Any], sign: Callable[[bytes], bytes]) -> str:
    parts = [urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=") for one in (head, said)]
    return b".".join([*parts, urlsafe_b64encode(sign(b".".join(parts))).rstrip(b"=")]).decode()


def with_the_public_key_as_a_secret(said: dict[str, Any]) -> str:
    head = {"alg": "HS256", "kid": key_id(TRUST), "typ": "trustline-context+jwt"}
    return by_hand(head, said, lambda text: hmac.digest(public_pem(TRUST).encode(), text, "sha256"))


def in_a_way_of_its_own(said: dict[str, Any]) -> str:
    head = {"alg": "ES256", "kid": key_id(TRUST), "typ": "trustline-context+jwt", "crit": ["exp"], "exp": 1}

    def sign(text: bytes) -> bytes:
        r, s = decode_dss_signature(record_key(TRUST).sign(text, ECDSA(SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    return by_hand(head, said, sign)


def by_a_key_it_brings(said: dict[str, Any]) -> str:
    own = ECKey.generate_key("P-256")
    head = {"alg": "ES256", "kid": key_id(TRUST), "typ": "trustline-context+jwt", "jwk": own.as_dict(private=False)}
    return jwt.encode(head, said, own, algorithms=["ES256"])


def by_rsa(said: dict[str, Any]) -> str:
    head = {"alg": "RS256", "kid": key_id(TRUST), "typ": "trustline-context+jwt"}
    return jwt.encode(head, said, RSAKey.generate_key(2048), algorithms=["RS256"])


Seal = Callable[[dict[str, Any]], str]

LIES: dict[str, tuple[dict[str, Any], Seal]] = {
    "another issuer": ({"iss": "https://epr.elsewhere.example"}, sealed),
    "no issuer": ({"iss": None}, sealed),
    "another audience": ({"aud": "http://localhost:8000/sign-in"}, sealed),
    "another place of ours": ({"aud": "http://localhost:8000"}, sealed),
    "two audiences": ({"aud": [AUDIENCE, "https://elsewhere.example"]}, sealed),
    "expired": (moved(iat=-120, exp=-61), sealed),
    "expired a moment ago": (moved(iat=-30, exp=-1), sealed),
    "from the future": (moved(iat=3600, exp=3660), sealed),
    "holds for an hour": (moved(iat=0, exp=3600), sealed),
    "holds for no time": (moved(iat=0, exp=0), sealed),
    "never expires": ({"exp": None}, sealed),
    "not valid yet": (moved(nbf=3600), sealed),
    "no id": ({"jti": ""}, sealed),
    "no user": ({"user": ""}, sealed),
    "no session": ({"session": None}, sealed),
    "an event nobody knows": ({"event": "peeked"}, sealed),
    "no patient": ({"patient": None}, sealed),
    "a number that is none": ({"patient": {**WALTER, "nhs_number": "999 412 7038"}}, sealed),
    "no name": ({"patient": {**WALTER, "family": " "}}, sealed),
    "a birth date that is none": ({"patient": {**WALTER, "born": "1944-02-31"}}, sealed),
    "half a birth date": ({"patient": {**WALTER, "born": "1944"}}, sealed),
    "another trust's key": ({}, lambda said: sealed(said, pem=private_pem("rotherham"))),
    "a key nobody knows": ({}, lambda said: sealed(said, kid="epr-2")),
    "an ID token in disguise": ({}, lambda said: sealed(said, typ="JWT")),
    "asks to be read in its own way": ({}, in_a_way_of_its_own),
    "no signature": ({}, unsigned),
    "the algorithm none": ({}, none_at_all),
    "another patient under the seal": ({}, altered),
    "the public key as a secret": ({}, with_the_public_key_as_a_secret),
    "a key it brings along": ({}, by_a_key_it_brings),
    "another kind of key": ({}, by_rsa),
    "no token": ({}, lambda _: "hargreaves"),
    "nothing": ({}, lambda _: ""),
    "far too long": ({"more": "x" * 20_000}, sealed),
}


OF_NOBODY = {"another issuer", "no issuer"}  # every other is unmasked by something else


@pytest.mark.parametrize("lie", LIES)
def test_what_a_record_system_did_not_sign_for_this_moment_is_not_believed_and_is_logged(
    running: Viewer, lie: str
) -> None:
    changes, seal = LIES[lie]
    before = len(running.events(event="refused"))

    answer = push(running, seal(claims(AMINA.user_id, **changes)))

    assert answer.status_code == 400, answer.get_data(as_text=True)
    assert set(answer.json) == {"error", "error_description"}
    entries = running.events(event="refused")
    assert len(entries) == before + 1
    assert entries[-1].because == f"launch: {answer.json['error_description']}"
    assert not NHS_NUMBER.search(entries[-1].because)
    assert ("nobody who is known" in entries[-1].because) == (lie in OF_NOBODY)


def test_a_flood_of_lies_is_counted_and_the_record_system_they_name_is_believed_all_the_while(viewer: Viewer) -> None:
    for _ in range(40):
        assert push(viewer, sealed(claims(AMINA.user_id), pem=private_pem("rotherham"))).status_code == 400
        assert push(viewer, "").status_code == 400
    path = link(viewer, AMINA.user_id)

    viewer.app.extensions["strangers"].begin_anew()
    written = viewer.events(event="refused")
    names = ("a record system", "the record system of Sheffield Teaching, it is claimed")
    assert viewer.browser(AMINA).get(path).status_code == 303
    assert len(written) <= 2 * (OF_ONE_CALLER * 2 + 2)  # twice as many, when a minute ends meanwhile
    for name in names:
        counts = [re.match(r"(\d+) more refused", one.because) for one in written if one.user_name == name]
        assert sum(int(count[1]) if count else 1 for count in counts) == 40


def test_what_is_no_token_is_said_to_be_none_and_not_to_be_of_somebody_unknown(running: Viewer) -> None:
    browser = running.app.test_client()

    without = browser.post("/contexts", base_url="https://localhost", data={"token": sealed(claims(AMINA.user_id))})
    garbage = [push(running, one) for one in ("hargreaves", "a.b.c", "..", "bnVsbA.bnVsbA.bnVsbA")]

    assert (without.status_code, without.json["error_description"]) == (400, "there is no context")
    assert {(one.status_code, one.json["error_description"]) for one in garbage} == {(400, "it is no token")}


def test_a_token_read_from_a_file_may_end_with_a_new_line(viewer: Viewer) -> None:
    assert push(viewer, sealed(claims(AMINA.user_id)) + "\n").status_code == 201


def test_the_example_of_the_document_is_believed_when_it_is_of_this_moment_and_for_us(viewer: Viewer) -> None:
    written = (ROOT / "docs/launch.md").read_text()
    head, example, answer = (json.loads(one.split("```")[0]) for one in written.split("```json\n")[1:])
    of_now = {name: claims("")[name] for name in ("iss", "aud", "iat", "exp", "jti")}

    pushed = push(viewer, sealed({**example, **of_now}, **{**head, "kid": key_id(TRUST)}))

    assert example["exp"] - example["iat"] == 60
    assert (pushed.status_code, set(pushed.json), pushed.json["expires_in"]) == (201, set(answer), 60)


def test_a_context_comes_once(viewer: Viewer) -> None:
    token = sealed(claims(AMINA.user_id))

    answers = [push(viewer, token) for _ in range(2)]

    assert [one.status_code for one in answers] == [201, 400]
    assert answers[1].json["error_description"] == "already used (jti)"


def test_a_browser_s_own_form_hands_nothing_over(viewer: Viewer) -> None:
    answer = viewer.app.test_client().post(
        "/contexts",
        base_url="https://localhost",
        data={"context": sealed(claims(AMINA.user_id))},
        headers={"Origin": "https://elsewhere.example"},
    )

    assert answer.status_code == 400


def test_a_gp_takes_no_hospital_s_link(viewer: Viewer) -> None:
    path = link(viewer, KOFI.user_id)

    refused(viewer, viewer.browser(KOFI), path, "You act for another organisation than the record you come from")
