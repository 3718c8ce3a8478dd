"""Break-glass: two clicks, a reason and a fresh sign-in open one patient for minutes, and every step is in the log."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
from werkzeug.test import TestResponse

from sandbox.town import Town
from tests.reading import Page, read, read_page
from tests.whole import AMINA, KOFI, PRIYA, TOM, Browser, Viewer, another, viewer_of
from viewer.access.clinician import Clinician
from viewer.handles import Handles
from viewer.pages.guard import COOKIE

WALTER, NAOMI, CALLUM, AMIRA = "999 412 7039", "999 094 4768", "999 303 4320", "999 576 0894"
TWO_PEOPLE, NOBODY = "999 108 1771", "999 162 5003"
STRONG, WEAK = "AAL3_ANY", "AAL1_USERPASS"
REASON = "Collapsed in resus, nobody to ask."
TELEPHONES = [f"01632 960 10{place}" for place in range(1, 8)]


def fresh(viewer: Viewer, who: Clinician = AMINA, *, minutes_ago: float = 0, acr: str = STRONG) -> Browser:
    """Return a browser whose person has just signed in again."""
    return viewer.browser(another(who), authenticated_at=datetime.now(UTC) - timedelta(minutes=minutes_ago), acr=acr)


def begin(browser: Browser, number: str, reason: str = REASON) -> TestResponse:
    """Search, and press the button: the first click."""
    search = browser.post("/find", nhs_number=number).location
    browser.get(search)
    answer: TestResponse = browser.post("/break-glass", search=search.rpartition("/")[2], reason=reason)
    return answer


def come_back(browser: Browser, number: str) -> TestResponse:
    """Return what follows when the sign-in service sends the browser back."""
    answer: TestResponse = browser.get(begin(browser, number).location.partition("next=")[2].replace("%2F", "/"))
    return answer


def break_for(browser: Browser, number: str) -> str:
    """Break the glass for the one person of this number, and return the path of the timeline."""
    answer = come_back(browser, number)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return answer.location


def broken(viewer: Viewer) -> list[tuple[str, str, str]]:
    return [(one.event, one.outcome, one.nhs_number) for one in viewer.events(event="glass broken")]


# ── The way in ───────────────────────────────────────────────────────────────────────────────────


def glass_of(page: Page) -> str:
    """Return the part of a page that offers to break the glass, without the two things no two pages share."""
    whole = re.search(r'<section class="glass".*?</section>', page.source, re.S)
    assert whole
    return re.sub(r'name="(csrf|search)" value="[^"]*"', "", whole[0])


def test_the_way_in_is_the_same_bytes_whoever_was_searched_for_law_4(running: Viewer) -> None:
    browser = running.browser(another(AMINA))

    ways = {glass_of(browser.search(nhs_number=number)) for number in (WALTER, NAOMI, NOBODY, TWO_PEOPLE)}

    assert len(ways) == 1


def test_the_first_click_leads_to_signing_in_again_and_back(running: Viewer) -> None:
    answer = begin(running.browser(another(AMINA)), WALTER)

    assert answer.status_code == 303
    assert re.fullmatch(r"/sign-in/again\?next=(/|%2F)break-glass(/|%2F)[\w-]{22}", answer.location)


def test_a_refused_opening_offers_it_too(viewer: Viewer) -> None:
    browser, dissents = viewer.browser(AMINA), viewer.browser(PRIYA)
    (confirm,) = browser.listed(WALTER)
    _, _, handle, _, listed = confirm.split("/")
    running_out(viewer)

    answer = browser.post("/patients", handle=handle, listed=listed, why="emergency-care/in-department", reason="x")

    page = read_page(answer)
    assert answer.status_code == 403
    assert glass_of(page)
    assert all(number in page.said for number in TELEPHONES)
    assert dissents.get("/dissent").status_code == 200


@pytest.mark.parametrize("page", ["", "/stream", "/print", "a report"])
def test_a_look_that_ends_offers_it_too_and_for_the_same_search(viewer: Viewer, page: str) -> None:
    browser = viewer.browser(AMINA)
    path = browser.open(WALTER)
    report = next(link for link in browser.read(path).links if "/reports/" in link)
    running_out(viewer)

    answer = browser.get(report if page == "a report" else f"{path}{page}")

    text = answer.get_data(as_text=True)
    source = json.loads(text.partition("data: ")[2].partition("\n")[0])["html"] if page == "/stream" else text
    ended = Page(answer.status_code, read(source), source)
    assert glass_of(ended) == glass_of(browser.search(nhs_number=WALTER))
    assert all(number in ended.root.said for number in TELEPHONES)
    search = re.search(r'name="search" value="([^"]+)"', source)
    assert search
    begun = browser.post("/break-glass", search=search[1], reason="Bleeding")
    assert begun.status_code == 303
    assert begun.location.startswith("/sign-in/again")


@pytest.mark.parametrize("page", ["", "/stream"])
def test_a_dissent_that_ends_a_look_says_so_and_offers_nothing(viewer: Viewer, page: str) -> None:
    browser = viewer.browser(AMINA)
    path = browser.open(WALTER)
    viewer.browser(PRIYA).post("/dissent", nhs_number=WALTER, reference="IG-17", do="record")

    text = browser.get(f"{path}{page}").get_data(as_text=True)

    assert "This patient has asked that their results are not shared here. This cannot be overridden." in text
    assert "/break-glass" not in text


def running_out(viewer: Viewer) -> None:
    """Take the clause of emergency care out of the agreement that the viewer reads."""
    file = Path(viewer.environ["TRUSTLINE_CONFIG"]) / "agreements" / "working_together_2026.toml"
    file.write_text(file.read_text().replace('claims = ["in-department"]', 'claims = ["none"]'))


# ── What it opens ────────────────────────────────────────────────────────────────────────────────


def test_a_restricted_patient_opens_at_the_second_click_at_most_and_it_is_in_the_log_first_law_3(
    viewer: Viewer,
) -> None:
    browser = fresh(viewer)

    page = browser.read(break_for(browser, NAOMI))

    said = [(one.event, one.outcome) for one in viewer.events()]
    assert page.trusts
    assert broken(viewer) == [("glass broken", "opened", NAOMI.replace(" ", ""))]
    assert said.index(("glass broken", "opened")) < said.index(("results asked", "asked"))
    (entry,) = viewer.events(event="glass broken")
    assert (entry.purpose, entry.claim, entry.reason) == ("emergency-care", "break-glass", REASON)
    assert re.search(r"; until \d\d:\d\d on \d{1,2} \w+ 20\d\d$", entry.because)


def test_the_banner_says_that_the_glass_is_broken_until_when_and_that_an_alert_is_raised(viewer: Viewer) -> None:
    browser = fresh(viewer)

    path = break_for(browser, NAOMI)
    page = browser.read(path)

    for shown in (page, browser.read(next(link for link in page.links if "/reports/" in link))):
        said = shown.root.one("section", "glass-broken").said
        assert re.search(r"The glass is broken for this patient until \d\d:\d\d\. An alert has been raised", said)


def test_where_a_restricted_patient_lives_stands_on_no_page_and_in_no_entry_law_4(viewer: Viewer) -> None:
    browser = fresh(viewer)

    page = browser.read(break_for(browser, NAOMI))

    about = [one.about for one in viewer.events(nhs_number=NAOMI.replace(" ", ""))]
    known = [one for one in about if one.family]
    assert known
    assert {(one.postcode, one.address, one.practice, one.restricted) for one in known} == {("", "", "", True)}
    assert "Y9900" not in page.main.said


def test_a_gp_of_another_practice_opens_the_patient_in_an_emergency(viewer: Viewer) -> None:
    browser = fresh(viewer, KOFI)

    page = browser.read(break_for(browser, AMIRA))

    assert "SHAH, Amira" in page.said
    assert [at.trust for at in viewer.events(event="results shown")[-1].trusts if at.laboratory]


def test_what_is_never_shared_stays_so_law_4(viewer: Viewer) -> None:
    usual, browser = viewer.browser(another(AMINA)), fresh(viewer)

    before = usual.read(usual.open(CALLUM))
    in_an_emergency = browser.read(break_for(browser, CALLUM))

    assert set(in_an_emergency.rows) == set(before.rows)
    assert in_an_emergency.root.one("p", "standing").said == before.root.one("p", "standing").said


# ── Of several, one ──────────────────────────────────────────────────────────────────────────────


def chosen(page: Page) -> list[str]:
    fields = page.root.all("input", name="listed")
    return [field.attributes["value"] for field in fields]


def test_of_several_one_is_chosen_and_the_breaking_opens_nobody_else(viewer: Viewer) -> None:
    browser = fresh(viewer)
    where = begin(browser, TWO_PEOPLE).location.partition("next=")[2].replace("%2F", "/")
    first, second = chosen(browser.read(where))
    assert broken(viewer) == []

    opened = browser.post(where, listed=first)
    again, other, reloaded = browser.post(where, listed=first), browser.post(where, listed=second), browser.get(where)

    assert {answer.location for answer in (opened, again, other, reloaded)} == {opened.location}
    assert len(broken(viewer)) == 1


def test_of_two_chosen_at_the_same_moment_one_opens(viewer: Viewer) -> None:
    browser = fresh(viewer)
    where = begin(browser, TWO_PEOPLE).location.partition("next=")[2].replace("%2F", "/")
    names = chosen(browser.read(where))

    answers = at_once(viewer, browser, [(where, name) for name in names])

    assert len(broken(viewer)) == 1
    (location,) = {answer.location for answer in answers}
    assert browser.get(location).status_code == 200


def test_a_hasty_second_click_opens_the_one_patient_once(viewer: Viewer) -> None:
    browser = fresh(viewer)
    where = begin(browser, NAOMI).location.partition("next=")[2].replace("%2F", "/")

    answers = at_once(viewer, browser, [(where, "")] * 4)

    assert len(broken(viewer)) == 1
    (location,) = {answer.location for answer in answers}
    assert browser.get(location).status_code == 200


def at_once(viewer: Viewer, browser: Browser, tried: list[tuple[str, str]]) -> list[TestResponse]:
    """Return the answers to requests of one browser that are sent in the same moment: choices, or with "" pages."""
    together, answers = Barrier(len(tried)), list[TestResponse]()

    def send(where: str, listed: str) -> None:
        cookie = browser.client.get_cookie(COOKIE, domain="localhost")
        assert cookie
        client = viewer.app.test_client()
        client.set_cookie(COOKIE, cookie.value, secure=True, domain="localhost")
        alike = Browser(client, browser.csrf, browser.reference)
        together.wait()
        answers.append(alike.post(where, listed=listed) if listed else alike.get(where))

    threads = [Thread(target=send, args=one) for one in tried]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == len(tried)
    return answers


def test_what_the_glass_lists_is_confirmed_and_opened_by_no_other_page_law_4(viewer: Viewer) -> None:
    browser = fresh(viewer)
    where = begin(browser, TWO_PEOPLE).location.partition("next=")[2].replace("%2F", "/")
    handle, (name, _) = where.rpartition("/")[2], chosen(browser.read(where))

    confirmed = browser.get(f"/find/{handle}/confirm/{name}")
    opened = browser.post("/patients", handle=handle, listed=name, why="emergency-care/in-department", reason="x")

    assert (confirmed.status_code, opened.status_code) == (404, 404)
    assert [one for one in viewer.events() if one.outcome == "listed again"] == []


# ── One fresh sign-in, one glass ─────────────────────────────────────────────────────────────────


def test_a_fresh_sign_in_breaks_one_glass_and_the_next_patient_needs_another(viewer: Viewer) -> None:
    browser = fresh(viewer)
    path = break_for(browser, NAOMI)

    answer = come_back(browser, AMIRA)

    page = read_page(answer)
    assert answer.status_code == 403
    assert "fresh sign-in for each patient" in page.said
    assert any(link.startswith("/sign-in/again") for link in page.links)
    assert all(number in page.said for number in TELEPHONES)
    assert len(broken(viewer)) == 1
    assert browser.get(path).status_code == 200
    (refused,) = [one for one in viewer.events(event="refused") if one.claim == "break-glass"]
    assert (refused.nhs_number, refused.reason) == (AMIRA.replace(" ", ""), REASON)


def test_signing_in_again_opens_the_next_patient(viewer: Viewer) -> None:
    browser = fresh(viewer)
    break_for(browser, NAOMI)
    where = begin(browser, AMIRA).location.partition("next=")[2].replace("%2F", "/")
    refused = browser.get(where)

    renewed = signed_in_again(viewer, browser)

    assert refused.status_code == 403
    assert renewed.get(where).status_code == 303
    assert len(broken(viewer)) == 2


def signed_in_again(viewer: Viewer, browser: Browser) -> Browser:
    """Prove at the sign-in service, a moment later, that it is still the same person."""
    sessions = viewer.app.extensions["sessions"]
    renewed = sessions.renew(
        browser.reference, authenticated_at=datetime.now(UTC), acr=STRONG, provider_session="", id_token=""
    )
    assert renewed
    client = viewer.app.test_client()
    client.set_cookie(COOKIE, renewed[0], secure=True, domain="localhost")
    return Browser(client, renewed[1].csrf, renewed[1].reference)


def test_the_same_proof_in_another_session_breaks_no_second_glass(viewer: Viewer) -> None:
    who, at = another(AMINA), datetime.now(UTC)
    first, second = (viewer.browser(who, authenticated_at=at, acr=STRONG) for _ in range(2))
    break_for(first, NAOMI)

    assert come_back(second, AMIRA).status_code == 403
    assert len(broken(viewer)) == 1


def test_of_several_glasses_at_the_same_moment_one_fresh_sign_in_breaks_one(viewer: Viewer) -> None:
    browser = fresh(viewer)
    begun = [begin(browser, number).location for number in (NAOMI, AMIRA, CALLUM)]

    answers = at_once(viewer, browser, [(one.partition("next=")[2].replace("%2F", "/"), "") for one in begun])

    assert sorted(answer.status_code for answer in answers) == [303, 403, 403]
    assert len(broken(viewer)) == 1


def test_nobody_found_breaks_nothing_and_says_whom_to_telephone(viewer: Viewer) -> None:
    page = read_page(come_back(fresh(viewer), NOBODY))

    assert "No glass was broken." in page.said
    assert all(number in page.said for number in TELEPHONES)
    assert broken(viewer) == []


# ── What it takes (rule 3) ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("minutes_ago", "acr", "because"),
    [
        (6, STRONG, "needs a fresh sign-in"),
        (-3, STRONG, "needs a fresh sign-in"),
        (0, WEAK, "needs a stronger sign-in"),
        (0, "", "needs a stronger sign-in"),
    ],
    ids=["too long ago", "not yet", "too weak", "nothing known"],
)
def test_a_sign_in_that_is_not_fresh_and_strong_is_refused_logged_and_told_the_telephones_law_3(
    viewer: Viewer, minutes_ago: float, acr: str, because: str
) -> None:
    browser = fresh(viewer, minutes_ago=minutes_ago, acr=acr)

    answer = come_back(browser, NAOMI)

    page = read_page(answer)
    assert answer.status_code == 403
    assert because in page.said
    assert all(number in page.said for number in TELEPHONES)
    (refused,) = [one for one in viewer.events(event="refused") if one.claim == "break-glass"]
    assert because in refused.because
    assert (refused.reason, refused.nhs_number) == (REASON, NAOMI.replace(" ", ""))


def test_a_person_who_never_signed_in_again_is_refused(viewer: Viewer) -> None:
    answer = come_back(viewer.browser(AMINA), NAOMI)

    assert answer.status_code == 403
    assert broken(viewer) == []


@pytest.mark.parametrize("reason", ["", "   ", "...", "123 456"])
def test_a_reason_without_words_is_asked_for_again_and_logged(viewer: Viewer, reason: str) -> None:
    answer = begin(fresh(viewer), NAOMI, reason)

    page = read_page(answer)
    assert answer.status_code == 400
    assert "Say in words why it cannot wait" in page.said
    assert all(number in page.said for number in TELEPHONES)
    assert [one.because for one in viewer.events(event="refused") if one.claim] == [
        "Emergency access needs a reason in words"
    ]


def test_without_a_clause_that_names_break_glass_it_opens_nobody(town: Town, tmp_path: Path) -> None:
    with viewer_of(town, tmp_path) as viewer:
        file = Path(viewer.environ["TRUSTLINE_CONFIG"]) / "agreements" / "working_together_2026.toml"
        browser = fresh(viewer)
        text = file.read_text().replace(', "break-glass"]', "]")
        file.write_text(text.replace('claims = ["break-glass"]', 'claims = ["none"]'))

        answer = come_back(browser, NAOMI)

        assert answer.status_code == 403
        assert broken(viewer) == []


def test_a_dissent_is_not_lifted_and_the_page_says_so(viewer: Viewer) -> None:
    viewer.browser(PRIYA).post("/dissent", nhs_number=WALTER, reference="IG-17", do="record")

    answer = come_back(fresh(viewer), WALTER)

    assert answer.status_code == 403
    assert "results are not shared here" in read_page(answer).said
    assert [one.outcome for one in viewer.events(event="refused") if one.claim == "break-glass"] == ["refused"]


def test_an_officer_breaks_no_glass(viewer: Viewer) -> None:
    assert viewer.browser(PRIYA).post("/break-glass", search="x", reason=REASON).status_code == 403


# ── For one patient, for minutes ─────────────────────────────────────────────────────────────────


def let_it_close(viewer: Viewer, browser: Browser, path: str) -> None:
    """Put the end of a broken glass into the past, as time does."""
    opened = viewer.opened(browser, path)
    past = replace(opened.relationship, until=datetime.now(UTC))
    handles = Handles(viewer.app.extensions["sessions"], str)
    handles.keep(browser.reference, replace(opened, relationship=past), opened.handle)


def test_it_closes_within_fifteen_minutes(viewer: Viewer) -> None:
    browser = fresh(viewer)
    before = datetime.now(UTC)

    path = break_for(browser, NAOMI)

    until = viewer.opened(browser, path).relationship.until
    assert until
    assert until - before <= timedelta(minutes=15, seconds=30)
    assert until - datetime.now(UTC) <= timedelta(minutes=15)


def test_a_page_left_open_is_told_that_the_emergency_access_has_ended(viewer: Viewer) -> None:
    browser = fresh(viewer)
    path = break_for(browser, NAOMI)
    before = browser.get(f"{path}/still").json

    let_it_close(viewer, browser, path)

    assert before == {"open": True}
    assert browser.get(f"{path}/still").json == {"open": False, "why": "The emergency access has ended."}


def test_a_glass_that_has_closed_opens_nothing_by_its_address(viewer: Viewer) -> None:
    browser = fresh(viewer)
    path = break_for(browser, NAOMI)
    report = next(link for link in browser.read(path).links if "/reports/" in link)
    let_it_close(viewer, browser, path)

    answers = [browser.get(address) for address in (path, f"{path}/stream", f"{path}/print", report)]

    assert {answer.status_code for answer in answers} == {403}
    assert all("The glass has closed" in answer.get_data(as_text=True) for answer in answers)
    assert not any("FENWICK" in answer.get_data(as_text=True) for answer in answers)
    closed = [one for one in viewer.events(event="refused") if one.asked_for == "a glass that has closed"]
    assert len(closed) == len(answers)
    assert "FENWICK" not in browser.read("/find").said


def test_another_sign_in_finds_nothing_under_its_addresses(viewer: Viewer) -> None:
    browser, tom = fresh(viewer), fresh(viewer, TOM)
    where = begin(browser, NAOMI).location.partition("next=")[2].replace("%2F", "/")

    assert tom.get(where).status_code == 404
    assert tom.get(break_for(browser, NAOMI)).status_code == 404


# ── Nothing in the machinery stops it for long ───────────────────────────────────────────────────


def test_the_telephones_need_no_sign_in_no_log_and_no_database(viewer: Viewer) -> None:
    file = Path(viewer.settings.database.removeprefix("sqlite:///"))
    signed_in = viewer.browser(AMINA)
    file.rename(file.with_suffix(".away"))

    answers = [browser.get("/telephones") for browser in (viewer.stranger(), signed_in)]

    assert {answer.status_code for answer in answers} == {200}
    assert all(number in read(answer.get_data(as_text=True)).said for answer in answers for number in TELEPHONES)


@pytest.mark.parametrize("path", ["/sign-in", "/find", "/nowhere", "/dissent"])
def test_every_page_and_every_error_leads_to_the_telephones(running: Viewer, path: str) -> None:
    who = PRIYA if path == "/dissent" else AMINA
    browser = running.stranger() if path == "/sign-in" else running.browser(another(who))

    assert 'href="/telephones"' in browser.get(path).get_data(as_text=True)


def test_without_the_database_breaking_the_glass_ends_at_the_telephones(viewer: Viewer) -> None:
    browser = fresh(viewer)
    where = begin(browser, NAOMI).location.partition("next=")[2].replace("%2F", "/")
    file = Path(viewer.settings.database.removeprefix("sqlite:///"))
    file.rename(file.with_suffix(".away"))

    answer = browser.get(where)

    text = answer.get_data(as_text=True)
    assert answer.status_code == 503
    assert all(number in text for number in TELEPHONES)
    assert "FENWICK" not in text
