"""A SMART launch opens the patient of the record, for the person signed in here; whatever is wrong opens nobody."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from joserfc.jwk import ECKey, KeySet, RSAKey

from sandbox.credentials import EPR, client_of
from sandbox.epr import Epr, Lie
from sandbox.people import PEOPLE
from sandbox.town import Town
from tests.launching import claims, push, sealed
from tests.reading import NHS_NUMBER
from tests.whole import AMINA, KOFI, PRIYA, TOM, Browser, Viewer, viewer_of

AT_WORK = replace(AMINA, user_id=PEOPLE["amina.farrell"].useruid)  # as CIS2 names her


@pytest.fixture
def epr(town: Town) -> Iterator[Epr]:
    assert town.epr
    yield town.epr
    town.epr.lie = Lie.NONE
    town.epr.know(client_of(town.folder, EPR).keys)


def ours(address: str) -> str:
    """Return what of an address is below ours."""
    assert address.startswith("http://localhost:8000/"), address
    return address.removeprefix("http://localhost:8000")


def there_and_back(browser: Browser, epr: Epr, patient: str = "walter_hargreaves", user: str = "amina.farrell") -> str:
    """Press the button in the record, go where the browser is sent, and return the path it comes back to."""
    sent = browser.get(ours(epr.launch(user, patient)))
    assert sent.status_code == 303, sent.get_data(as_text=True)
    assert sent.location.startswith(f"{epr.address}/authorize?")
    back = httpx.get(sent.location, follow_redirects=False)
    assert back.status_code == 303, back.text
    return ours(back.headers["location"])


def refused(viewer: Viewer, answer, because: str, status: int = 403) -> None:  # type: ignore[no-untyped-def]  # a response
    text = answer.get_data(as_text=True)
    assert answer.status_code == status, text
    assert because in text
    assert "HARGREAVES" not in text.upper()
    assert viewer.events(event="refused")[-1].because.startswith(f"launch: {because}")
    assert viewer.events(event="patient opened") == []


# ── The way it goes ──────────────────────────────────────────────────────────────────────────────


def test_a_launch_leads_to_the_patient_to_be_confirmed_and_no_address_names_them(viewer: Viewer, epr: Epr) -> None:
    browser = viewer.browser(AT_WORK)

    back = there_and_back(browser, epr)
    came = browser.get(back)

    assert came.status_code == 303, came.get_data(as_text=True)
    assert not NHS_NUMBER.search(back + came.location)
    assert "HARGREAVES, Walter (Mr)" in browser.read(came.location).said


def test_what_is_asked_for_is_as_little_as_it_takes(viewer: Viewer, epr: Epr) -> None:
    sent = viewer.browser(AT_WORK).get(ours(epr.launch("amina.farrell", "walter_hargreaves")))

    asked = {name: values[0] for name, values in parse_qs(urlsplit(sent.location).query).items()}
    assert asked["scope"] == "launch openid fhirUser patient/Patient.r"
    assert (asked["response_type"], asked["code_challenge_method"], asked["aud"]) == ("code", "S256", epr.iss)
    assert len(asked["state"]) >= 43
    assert "code_verifier" not in asked


def test_the_record_can_say_that_it_was_closed_by_the_launch_s_own_name(viewer: Viewer, epr: Epr) -> None:
    browser = viewer.browser(AT_WORK)
    sent = browser.get(ours(epr.launch("amina.farrell", "walter_hargreaves")))
    launch = parse_qs(urlsplit(sent.location).query)["launch"][0]
    came = browser.get(ours(httpx.get(sent.location).headers["location"])).location
    _, _, handle, _, name = came.split("/")
    form = {"handle": handle, "listed": name, "why": "emergency-care/in-department", "reason": "In my bay."}
    path = browser.post("/patients", **form).location

    push(viewer, sealed(claims(AT_WORK.user_id, session=launch, event="closed", patient=None)))

    assert browser.get(f"{path}/still").json["open"] is False


def test_a_record_that_goes_on_while_its_own_server_asks_who_is_there_opens_nobody(viewer: Viewer, epr: Epr) -> None:
    browser = viewer.browser(AT_WORK)
    sent = browser.get(ours(epr.launch("amina.farrell", "walter_hargreaves")))
    launch = parse_qs(urlsplit(sent.location).query)["launch"][0]
    back = ours(httpx.get(sent.location).headers["location"])

    closed = push(viewer, sealed(claims(AT_WORK.user_id, session=launch, event="closed", patient=None)))

    assert closed.status_code == 204
    refused(viewer, browser.get(back), "The record this was opened from now shows another patient, or has been closed")


@pytest.mark.parametrize("event", ["closed", "opened"])
def test_a_record_that_went_on_before_the_browser_came_opens_nobody(viewer: Viewer, epr: Epr, event: str) -> None:
    address = ours(epr.launch("amina.farrell", "walter_hargreaves"))
    launch = parse_qs(urlsplit(address).query)["launch"][0]
    said = {"patient": None} if event == "closed" else {}

    push(viewer, sealed(claims(AT_WORK.user_id, session=launch, event=event, **said)))

    refused(
        viewer,
        viewer.browser(AT_WORK).get(address),
        "The record this was opened from now shows another patient, or has been closed",
    )


@pytest.mark.parametrize(("length", "status", "answered"), [(2048, 303, 204), (2049, 403, 400)])
def test_every_launch_that_is_taken_can_be_closed(
    viewer: Viewer, epr: Epr, length: int, status: int, answered: int
) -> None:
    launch = "l" * length

    sent = viewer.browser(AT_WORK).get(f"/launch?{urlencode({'iss': epr.iss, 'launch': launch})}")
    closed = push(viewer, sealed(claims(AT_WORK.user_id, session=launch, event="closed", patient=None)))

    assert (sent.status_code, closed.status_code) == (status, answered)


# ── By a key of ours in place of a secret (private_key_jwt) ───────────────────────────────────────

BY_SECRET = '[launch.smart]\niss = "{iss}"\nclient_id = "trustline"\nsecret_file = "sheffield_teaching.secret"'


def by_key(epr: Epr, pem: str, kid: str) -> Callable[[Path], None]:
    """Return what lets the launch's client prove by these files who it is. For `change`."""

    def change(config: Path) -> None:
        file = config / "trusts" / "sheffield_teaching.toml"
        was = BY_SECRET.format(iss=epr.iss)
        assert was in file.read_text()
        now = was.replace('secret_file = "sheffield_teaching.secret"', f'key_file = "{pem}"\nkey_id_file = "{kid}"')
        file.write_text(file.read_text().replace(was, now))

    return change


def a_key_pair(town: Town, name: str, key: ECKey | RSAKey) -> tuple[str, str]:
    """Write a key of ours, and its id, to where secrets are kept; return the names of the files."""
    for ending, text in (("pem", key.as_pem(private=True).decode()), ("kid", str(key.kid))):
        path = town.secrets / f"{name}.{ending}"
        path.touch(mode=0o600)
        path.write_text(text)
    return f"{name}.pem", f"{name}.kid"


def test_the_key_that_the_sandbox_makes_for_us_is_taken(town: Town, epr: Epr, tmp_path: Path) -> None:
    with viewer_of(town, tmp_path, change=by_key(epr, "epr.pem", "epr.kid")) as viewer:
        browser = viewer.browser(AT_WORK)

        came = browser.get(there_and_back(browser, epr))

        assert came.status_code == 303, came.get_data(as_text=True)
        assert "HARGREAVES, Walter (Mr)" in browser.read(came.location).said


@pytest.mark.parametrize("key", [RSAKey.generate_key(2048), ECKey.generate_key("P-384")], ids=["RS384", "ES384"])
def test_each_algorithm_that_smart_names_is_taken_and_each_assertion_is_another(
    town: Town, epr: Epr, tmp_path: Path, key: ECKey | RSAKey
) -> None:
    key.ensure_kid()
    files = a_key_pair(town, "a-key", key)
    epr.know(KeySet([key]))
    with viewer_of(town, tmp_path, change=by_key(epr, *files)) as viewer:
        browser = viewer.browser(AT_WORK)

        came = [browser.get(there_and_back(browser, epr)).status_code for _ in range(2)]

        assert came == [303, 303]  # the record system takes an assertion once


def test_a_key_that_the_record_system_does_not_know_launches_nobody(town: Town, epr: Epr, tmp_path: Path) -> None:
    files = a_key_pair(town, "another-key", RSAKey.generate_key(2048, {"kid": (town.secrets / "epr.kid").read_text()}))
    with viewer_of(town, tmp_path, change=by_key(epr, *files)) as viewer:
        browser = viewer.browser(AT_WORK)

        refused(viewer, browser.get(there_and_back(browser, epr)), "The record system does not take this code")


def test_an_assertion_that_names_its_key_wrongly_launches_nobody(town: Town, epr: Epr, tmp_path: Path) -> None:
    (town.secrets / "wrong.kid").touch(mode=0o600)
    (town.secrets / "wrong.kid").write_text("another")
    with viewer_of(town, tmp_path, change=by_key(epr, "epr.pem", "wrong.kid")) as viewer:
        browser = viewer.browser(AT_WORK)

        refused(viewer, browser.get(there_and_back(browser, epr)), "The record system does not take this code")


# ── Wrong launches ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "query",
    ["iss=https://epr.elsewhere.example/fhir&launch=1", "launch=1", "iss=&launch=1", "{iss}/&launch=1",
     "{iss}&iss=https://epr.elsewhere.example&launch=1", "iss=http://localhost:8110@elsewhere.example/fhir&launch=1"],
    ids=["unknown", "none", "empty", "with a slash more", "two", "another host in disguise"],
)  # fmt: skip
def test_a_record_system_that_is_not_configured_launches_nothing(viewer: Viewer, epr: Epr, query: str) -> None:
    answer = viewer.browser(AT_WORK).get(f"/launch?{query.replace('{iss}', f'iss={epr.iss}')}")

    refused(viewer, answer, "This launch names a record system that is not known here")


@pytest.mark.parametrize("launch", ["", "&launch=", "&launch=1&launch=2", f"&launch={'x' * 3000}"])
def test_a_launch_that_does_not_say_what_was_launched_is_none(viewer: Viewer, epr: Epr, launch: str) -> None:
    answer = viewer.browser(AT_WORK).get(f"/launch?iss={epr.iss}{launch}")

    refused(viewer, answer, "This launch does not say what was launched")


@pytest.mark.parametrize("who", [TOM, KOFI], ids=["another trust", "a practice"])
def test_who_acts_elsewhere_is_not_launched(viewer: Viewer, epr: Epr, who) -> None:  # type: ignore[no-untyped-def]  # a Clinician
    answer = viewer.browser(who).get(ours(epr.launch("amina.farrell", "walter_hargreaves")))

    refused(viewer, answer, "You act for another organisation than the record you come from")


def test_an_officer_is_not_launched(viewer: Viewer, epr: Epr) -> None:
    answer = viewer.browser(PRIYA).get(ours(epr.launch("amina.farrell", "walter_hargreaves")))

    assert answer.status_code == 403


AT_ONCE = {
    Lie.NO_PKCE: "The record system does not offer PKCE with S256",
    Lie.UNSAFE_ADDRESS: "The record system’s addresses are missing or not safe",
    Lie.NO_KEYS_ADDRESS: "The record system’s addresses are missing or not safe",
}


@pytest.mark.parametrize("lie", AT_ONCE)
def test_a_record_system_that_is_not_safe_is_not_gone_to(viewer: Viewer, epr: Epr, lie: Lie) -> None:
    epr.lie = lie

    answer = viewer.browser(AT_WORK).get(ours(epr.launch("amina.farrell", "walter_hargreaves")))

    refused(viewer, answer, AT_ONCE[lie])


COMING_BACK = {
    Lie.OTHER_STATE: "This launch was not begun in this sign-in, or was used already",
    Lie.OTHER_ISS: "Another server answers than the one that was asked",
    Lie.NO_ISS: "Another server answers than the one that was asked",
    Lie.ERROR: "The record system said no",
    Lie.NO_CODE: "The record system sent no code",
    Lie.OTHER_AUDIENCE: "The record system’s token is not believed: not for us alone",
    Lie.OTHER_ISSUER: "The record system’s token is not believed: issued by somebody else",
    Lie.OTHER_NONCE: "The record system’s token is not believed: of another launch (nonce)",
    Lie.EXPIRED: "The record system’s token is not believed: expired, or it does not say when it expires",
    Lie.OTHER_KEY: "The record system’s token is not believed: the signature does not hold",
    Lie.NOBODY_SIGNED_IN: "The record system’s token is not believed: no ID token came, or no keys",
    Lie.NO_PATIENT: "The record system names no patient",
    Lie.STRANGE_PATIENT: "The record system names no patient",
    Lie.OTHER_PATIENT: "The record system did not send the patient",
    Lie.NO_NUMBER: "The record’s patient cannot be looked for: its patient has no NHS number that can be one",
    Lie.MAC: "The record system gave no access token of a kind we use",
    Lie.OTHER_USER: "The record is open for somebody else than is signed in here",
    Lie.USER_ELSEWHERE: "For whom the record is open could not be read",
    Lie.PATIENT_REFUSED: "The record system did not send the patient",
}


@pytest.mark.parametrize("lie", COMING_BACK)
def test_what_comes_back_wrong_opens_nobody_and_is_logged(viewer: Viewer, epr: Epr, lie: Lie) -> None:
    browser = viewer.browser(AT_WORK)
    epr.lie = lie

    answer = browser.get(there_and_back(browser, epr))

    refused(viewer, answer, COMING_BACK[lie])


def test_every_lie_is_told_above() -> None:
    assert set(Lie) - {Lie.NONE} == set(AT_ONCE) | set(COMING_BACK)


def test_a_launch_for_somebody_else_s_sign_in_opens_nobody(viewer: Viewer, epr: Epr) -> None:
    back = there_and_back(viewer.browser(AT_WORK), epr)

    refused(viewer, viewer.browser(AT_WORK).get(back), "This launch was not begun in this sign-in, or was used already")


def test_a_launch_comes_back_once(viewer: Viewer, epr: Epr) -> None:
    browser = viewer.browser(AT_WORK)
    back = there_and_back(browser, epr)
    assert browser.get(back).status_code == 303

    refused(viewer, browser.get(back), "This launch was not begun in this sign-in, or was used already")


@pytest.mark.parametrize("doubled", ["code=1", "state=1", "iss=http://localhost:8110"])
def test_what_is_said_twice_is_not_believed(viewer: Viewer, epr: Epr, doubled: str) -> None:
    browser = viewer.browser(AT_WORK)

    answer = browser.get(f"{there_and_back(browser, epr)}&{doubled}")

    refused(viewer, answer, "This launch was not begun in this sign-in, or was used already")


def test_the_codes_of_two_launches_cannot_be_exchanged(viewer: Viewer, epr: Epr) -> None:
    browser = viewer.browser(AT_WORK)
    one, two = (parse_qs(urlsplit(there_and_back(browser, epr)).query) for _ in range(2))

    answer = browser.get(f"/launch/return?code={one['code'][0]}&state={two['state'][0]}&iss={epr.address}")

    refused(viewer, answer, "The record system does not take this code")
