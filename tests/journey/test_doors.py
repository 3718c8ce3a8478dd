"""Who may be where: every page declares it, a handle opens for one sign-in alone, and a form must be meant."""

import re

import pytest

from tests.whole import AMINA, KOFI, PRIYA, TOM, Browser, Viewer, another
from viewer.identity.claims import Person
from viewer.pages.guard import COOKIE
from viewer.pages.route import Who

WALTER = "999 412 7039"
OPEN = {
    "sign_in", "begin_sign_in", "return_from_sign_in", "signed_out", "sign_out", "back_channel", "health", "no_role",
}  # fmt: skip
ASKED_OF_NOBODY = {
    "cds_services",  # says what there is to ask, of nobody
    "cds_service",  # proves who calls by a token of its own: tests/journey/test_cds_hooks.py
    "telephones",
    "push_context",  # server to server, and believed by its signature alone
    "still_open",  # reads the cookie itself, says yes or no, and is no use of the sign-in
    "still_sought",  # likewise
    "still_listed",  # likewise
}


def address_of(rule: str) -> str:
    return re.sub(r"<int:\w+>", "1", re.sub(r"<\w+>", "abcdefgh", rule))


def every_route(viewer: Viewer) -> list[tuple[str, str, str]]:
    """Return (name, path, method) of everything the app answers to, apart from static files."""
    return [
        (rule.endpoint, address_of(rule.rule), method)
        for rule in viewer.app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"})
        if rule.endpoint != "static"
    ]


def test_every_route_declares_who_may_be_there_and_the_open_ones_are_these(running: Viewer) -> None:
    declared = running.app.extensions["who"]

    assert {name for name, _, _ in every_route(running)} == set(declared)
    assert {name for name, who in declared.items() if who is Who.ANYBODY} == OPEN
    assert {name for name, who in declared.items() if who is Who.WHOEVER} == ASKED_OF_NOBODY


def test_a_stranger_is_sent_to_sign_in_from_every_page_that_is_not_open(running: Viewer) -> None:
    stranger = running.stranger()

    for name, path, method in every_route(running):
        if name not in OPEN | ASKED_OF_NOBODY:
            answer = stranger.get(path) if method == "GET" else stranger.post(path)
            assert answer.status_code == 303, name
            assert answer.location.startswith("/sign-in"), name


def test_somebody_who_has_not_chosen_a_role_reaches_nothing_that_needs_one(running: Viewer) -> None:
    sessions = running.app.extensions["sessions"]
    cookie, sign_in = sessions.begin(Person("u-sam", "Dr Sam Castellane", (AMINA, KOFI), None))
    client = running.app.test_client()
    client.set_cookie(COOKIE, cookie, secure=True, domain="localhost")
    browser = Browser(client, sign_in.csrf, sign_in.reference)

    for path in ("/", "/find", "/ledger", "/patients/abc", "/health/trusts"):
        answer = browser.get(path)
        assert (answer.status_code, answer.location) == (303, "/sign-in/role")


# ── Handles ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def amina(running: Viewer) -> Browser:
    return running.browser(another(AMINA))


def addresses_of_an_opened_patient(browser: Browser) -> list[str]:
    (confirm,) = browser.listed(WALTER)
    path = browser.open(WALTER)
    report = next(link for link in browser.read(path).links if "/reports/" in link)
    return [path, f"{path}/stream", report, confirm, confirm.rpartition("/confirm")[0]]


def test_another_sign_ins_handle_opens_nothing(running: Viewer, amina: Browser) -> None:
    addresses = addresses_of_an_opened_patient(amina)
    tom = running.browser(another(TOM))

    answers = [tom.get(address) for address in addresses]

    assert {answer.status_code for answer in answers} == {404}
    assert not any("HARGREAVES" in answer.get_data(as_text=True) for answer in answers)


def test_the_same_persons_other_sign_in_opens_nothing_either(running: Viewer) -> None:
    who = another(AMINA)
    addresses = addresses_of_an_opened_patient(running.browser(who))

    again = running.browser(who)

    assert {again.get(address).status_code for address in addresses} == {404}


def test_after_signing_out_nothing_opens(amina: Browser) -> None:
    addresses = addresses_of_an_opened_patient(amina)

    amina.post("/sign-out")

    answers = [amina.get(address) for address in addresses]
    assert {answer.status_code for answer in answers} == {303}
    assert all(answer.location.startswith("/sign-in") for answer in answers)


def test_a_stolen_cookie_is_worth_nothing_after_signing_out(running: Viewer, amina: Browser) -> None:
    addresses = addresses_of_an_opened_patient(amina)
    stolen = amina.client.get_cookie("__Host-trustline", domain="localhost")
    assert stolen

    amina.post("/sign-out")

    thief = running.stranger()
    thief.client.set_cookie("__Host-trustline", stolen.value, secure=True, domain="localhost")
    assert {thief.get(address).status_code for address in addresses} == {303}


def test_a_handle_of_one_sort_is_not_a_handle_of_another(amina: Browser) -> None:
    path = amina.open(WALTER)
    opened = path.rpartition("/")[2]
    searched = amina.post("/find", nhs_number=WALTER).location.rpartition("/")[2]

    assert amina.get(f"/find/{opened}").status_code == 404
    assert amina.get(f"/patients/{searched}").status_code == 404
    assert amina.get("/patients/../../etc/passwd").status_code == 404
    assert amina.get("/patients/%00").status_code == 404


# ── Forms ────────────────────────────────────────────────────────────────────────────────────────

FORMS = [("/find", AMINA), ("/patients", AMINA), ("/patients/abc", AMINA), ("/patients/abc/again", AMINA),
         ("/patients/abc/printed", AMINA), ("/break-glass", AMINA), ("/break-glass/abc", AMINA),
         ("/sign-out", AMINA), ("/dissent", PRIYA), ("/what-if", PRIYA), ("/ledger/kept", PRIYA),
         ("/board/open", AMINA), ("/board/new", AMINA), ("/worklist/add", KOFI), ("/worklist/remove", KOFI),
         ("/worklist/open", KOFI), ("/worklist/new", KOFI), ("/patients/abc/summary", AMINA),
         ("/record-report", PRIYA), ("/ledger", PRIYA), ("/ledger/verify", PRIYA),
         ("/alerts", PRIYA), ("/alerts/abc", PRIYA), ("/patients/abc/already-done", AMINA)]  # fmt: skip


def test_every_form_of_ours_is_tried_below(running: Viewer) -> None:
    posted = {path.replace("abcdefgh", "abc") for name, path, method in every_route(running) if method == "POST"}

    by_token = {"/cds-services/abc"}  # of a token that no browser holds: tests/journey/test_cds_hooks.py
    assert posted - {path for path, _ in FORMS} - by_token == {
        "/sign-in",
        "/sign-in/role",
        "/sign-out/back-channel",
        "/contexts",  # of a record system, by its signature: tests/journey/test_contexts.py
    }


@pytest.mark.parametrize(("path", "who"), FORMS)
@pytest.mark.parametrize("token", ["", "of-another", "é"])
def test_a_form_without_the_sessions_own_token_is_refused_and_logged(
    viewer: Viewer, path: str, who: object, token: str
) -> None:
    browser = viewer.browser(who)  # type: ignore[arg-type]  # a Clinician of the table

    answer = browser.post(path, csrf=token, nhs_number=WALTER)

    assert answer.status_code == 400
    assert [(one.outcome, one.event) for one in viewer.events()] == [("refused", "refused")]


@pytest.mark.parametrize(("path", "who"), FORMS)
@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://elsewhere.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
     {"Sec-Fetch-Site": "same-site"}],
    ids=["another origin", "no origin", "cross-site", "same-site"],
)  # fmt: skip
def test_a_form_sent_from_another_site_is_refused_even_with_the_token(
    running: Viewer, path: str, who: object, headers: dict[str, str]
) -> None:
    browser = running.browser(who)  # type: ignore[arg-type]  # a Clinician of the table

    answer = browser.client.post(
        path, base_url="https://localhost", data={"csrf": browser.csrf, "nhs_number": WALTER}, headers=headers
    )

    assert answer.status_code == 400


def test_signing_out_from_another_site_leaves_the_person_signed_in(amina: Browser) -> None:
    amina.client.post("/sign-out", base_url="https://localhost", headers={"Origin": "https://elsewhere.example"})

    assert amina.get("/find").status_code == 200
