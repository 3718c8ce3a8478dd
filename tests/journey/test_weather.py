"""Every weather of the sandbox over one trust, and what the clinician then sees of all seven.

Law 1: seven trusts, seven Answers. Whatever Rotherham does, the other six are shown as in fine weather, Rotherham is
named with the reason and its telephone, and the next look in fine weather finds nothing left behind.
"""

from collections.abc import Iterator

import pytest

from sandbox.town import Town
from sandbox.weather import WEATHERS
from tests.reading import Element, Page
from tests.whole import AMINA, Browser, Viewer, another, impatient_with, viewer_of

WALTER, TRUST, TELEPHONE = "999 412 7039", "rotherham", "01632 960 105"
SHORT = 3.0  # seconds that the trust under a silent weather is waited for; it has no more in fine weather afterwards
IN_TIME = "did not answer in"  # its deadline, and what a busy machine adds to it

HARMLESS = frozenset({"fine", "quick", "unknown_fields"})
NOT_OBTAINED = {
    "late": IN_TIME,
    "held": IN_TIME,
    "hanging": IN_TIME,
    "dripping": IN_TIME,
    "refused": "refused us",
    "unauthorised": "did not accept our sign-in",
    "token_refused": "did not accept our sign-in",
    "too_many": "said it is too busy",
    "error": "failed",
    "garbled": "sent what cannot be read",
    "html": "sent what cannot be read",
    "redirect": "it sent us elsewhere, and we did not go",
    "disconnect": "could not be reached",
    "dead": "could not be reached",
    "long_headers": "sent more than we can take",
    "bomb": "sent more than we can take",
    "huge": "sent more than we can take",
    "deep": "sent more than we can take",
}
SILENT = frozenset({"late", "held", "hanging", "dripping"})
ONLY_PART = {
    "half_page": "a further page did not come",
    "loop": "its pages lead round in a circle",
    "foreign_next": "its link to the next page leads somewhere else and was not followed",
    "wrong_patient": "about somebody else",
    "everybody": "about somebody else",
    "outcome_entry": "sent a warning with its answer (incomplete)",
    "miscounted": "not all of its ",
}
ONLY_PART_SENT = "Rotherham sent only part of what it holds: this may have been corrected or withdrawn since."
NUMBERS = {"late": 60.0, "bomb": 8.0}  # later than any deadline; inflates further than anything honest


def test_every_weather_there_is_has_its_promise_here() -> None:
    assert {*HARMLESS, *NOT_OBTAINED, *ONLY_PART, "one_broken"} == set(WEATHERS)


@pytest.fixture(scope="module")
def fine(seven_trusts: Town, long_running: Viewer) -> Page:
    """Return Walter's timeline in fine weather."""
    seven_trusts.fine()
    browser = long_running.browser(another(AMINA))
    return browser.read(browser.open(WALTER))


@pytest.fixture(scope="module")
def storms(fine: Page, seven_trusts: Town, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Viewer, Viewer]]:
    """Return two viewers that go through every storm below: what one leaves behind, the next would find."""
    with (
        viewer_of(seven_trusts, tmp_path_factory.mktemp("short"), change=impatient_with(TRUST, SHORT)) as short,
        viewer_of(seven_trusts, tmp_path_factory.mktemp("long")) as long,
    ):
        yield short, long


@pytest.fixture
def browser(storms: tuple[Viewer, Viewer], town: Town, request: pytest.FixtureRequest) -> Browser:
    short, long = storms
    weather = getattr(request.node, "callspec", None) and request.node.callspec.params.get("weather")
    return (short if weather in SILENT else long).browser(another(AMINA))


def bring(town: Town, weather: str, on: str) -> None:
    town.expire_tokens(TRUST)  # so that one that gives no token bites at once
    town.weather(TRUST, weather, NUMBERS.get(weather), on)


def rows_of(page: Page, *, of_trust: bool) -> dict[str, str]:
    """Each row as it is read, but for what a colleague's earlier look, in other weather, makes it say of itself."""
    kept = {key: row for key, row in page.rows.items() if (row.attributes["data-trust"] == TRUST) is of_trust}
    return {key: without_since(row) for key, row in kept.items()}


def without_since(row: Element) -> str:
    said = row.said
    for mark in row.all("p", "since"):
        said = " ".join(said.replace(mark.said, "").split())
    return said


def others_are_as_in(fine: Page, page: Page) -> None:
    assert page.status == 200
    assert rows_of(page, of_trust=False) == rows_of(fine, of_trust=False)
    assert set(page.gaps) <= {TRUST}
    assert {name: tile.state for name, tile in page.tiles.items() if name != TRUST} == (
        {name: tile.state for name, tile in fine.tiles.items() if name != TRUST}
    )


def as_in(fine: Page, page: Page) -> None:
    others_are_as_in(fine, page)
    assert rows_of(page, of_trust=True) == rows_of(fine, of_trust=True)
    assert page.gaps == {}
    assert page.accounts == fine.accounts
    assert page.said.count("could not be read") == 0


def without(sentence: str, said: str) -> str:
    return " ".join(said.replace(sentence, "").split())


def named_as_a_gap(page: Page, *whys: str) -> None:
    said = page.gaps[TRUST]
    assert all(why in said for why in ("Rotherham", TELEPHONE, *whys)), said


# ── Over its results ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("weather", sorted(HARMLESS))
def test_results_in_harmless_weather_are_all_there(town: Town, browser: Browser, fine: Page, weather: str) -> None:
    path = browser.open(WALTER)
    bring(town, weather, "results")

    as_in(fine, browser.read(path))


@pytest.mark.parametrize("weather", NOT_OBTAINED)
def test_results_that_do_not_come_are_a_gap_and_the_others_stand_law_1(
    town: Town, browser: Browser, fine: Page, weather: str
) -> None:
    path = browser.open(WALTER)
    bring(town, weather, "results")

    page = browser.read(path)

    others_are_as_in(fine, page)
    assert rows_of(page, of_trust=True) == {}
    named_as_a_gap(page, "not obtained", NOT_OBTAINED[weather], "Ask again")
    assert "except Rotherham" in page.summary
    assert "missing: Rotherham" in page.root.one("span", id="missing").said
    town.fine()
    as_in(fine, browser.read(path))


@pytest.mark.parametrize("weather", ONLY_PART)
def test_results_that_come_in_part_are_shown_and_named_as_a_part_law_1(
    town: Town, storms: tuple[Viewer, Viewer], browser: Browser, fine: Page, weather: str
) -> None:
    path = browser.open(WALTER)
    bring(town, weather, "results")

    page = browser.read(path)

    others_are_as_in(fine, page)
    came, whole = rows_of(page, of_trust=True), rows_of(fine, of_trust=True)
    assert came
    assert all(ONLY_PART_SENT in said for said in came.values())
    if weather != "half_page":  # of half a page, what lost its report stands alone
        assert {key: without(ONLY_PART_SENT, said) for key, said in came.items()} == whole
    named_as_a_gap(page, "not all obtained", ONLY_PART[weather], "Ask again")
    assert "except Rotherham (sent only part)" in page.summary
    assert "SOMEBODY ELSE" not in page.source
    assert town.strayed == ()
    town.fine()
    somebody_else = storms[1].browser(another(AMINA))  # who looked before is told what was corrected since
    as_in(fine, somebody_else.read(somebody_else.open(WALTER)))


def test_one_broken_resource_is_named_and_its_neighbours_are_unharmed_law_2(
    town: Town, browser: Browser, fine: Page
) -> None:
    path = browser.open(WALTER)
    bring(town, "one_broken", "results")

    page = browser.read(path)

    others_are_as_in(fine, page)
    unreadable = page.root.one("section", "unreadables").all("li")
    assert {one.attributes["data-trust"] for one in unreadable} == {TRUST}
    assert len(unreadable) == page.accounts[TRUST].unreadable >= 1
    assert all(TELEPHONE in one.said for one in unreadable)
    assert f"{len(unreadable)} that could not be read" in page.summary
    came = rows_of(fine, of_trust=True)
    unharmed = [key for key, said in rows_of(page, of_trust=True).items() if came.get(key) == said]
    assert len(unharmed) >= len(came) - 2
    town.fine()
    as_in(fine, browser.read(f"{path}?again={TRUST}"))


# ── Over who somebody is ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("weather", sorted(HARMLESS))
def test_a_search_in_harmless_weather_finds_every_record(town: Town, browser: Browser, weather: str) -> None:
    bring(town, weather, "patients")

    found = browser.search(nhs_number=WALTER)

    assert found.gaps == {}
    assert "1 record" in found.tiles[TRUST].said


@pytest.mark.parametrize("weather", NOT_OBTAINED)
def test_a_search_names_the_trust_that_did_not_answer_and_so_does_the_timeline_law_1(
    town: Town, browser: Browser, fine: Page, weather: str
) -> None:
    bring(town, weather, "patients")

    found = browser.search(nhs_number=WALTER)
    path = browser.open_found(found)
    page = browser.read(path)

    assert found.status == 200
    assert found.heading == "1 person found"
    assert len(found.root.one("table", "records").all("tr", data_trust=TRUST)) == 0
    named_as_a_gap(found, NOT_OBTAINED[weather])
    others_are_as_in(fine, page)
    named_as_a_gap(page, "not obtained", NOT_OBTAINED[weather])
    town.fine()
    as_in(fine, browser.read(path))
    assert browser.search(nhs_number=WALTER).gaps == {}


@pytest.mark.parametrize("weather", ONLY_PART)
def test_a_search_answered_in_part_says_so_and_never_finds_somebody_else_law_1(
    town: Town, browser: Browser, fine: Page, weather: str
) -> None:
    bring(town, weather, "patients")

    found = browser.search(nhs_number=WALTER)

    assert found.heading == "1 person found"
    assert "ELSE, Somebody" not in found.source
    named_as_a_gap(found, "sent only part", ONLY_PART[weather])
    assert town.strayed == ()
    town.fine()
    assert browser.search(nhs_number=WALTER).gaps == {}
    as_in(fine, browser.read(browser.open(WALTER)))


def test_a_patient_record_that_cannot_be_read_is_said_until_asked_again_law_1(
    town: Town, browser: Browser, fine: Page
) -> None:
    bring(town, "one_broken", "patients")

    found = browser.search(nhs_number=WALTER)
    path = browser.open_found(found)
    page = browser.read(path)

    named_as_a_gap(found, "sent only part")
    others_are_as_in(fine, page)
    assert rows_of(page, of_trust=True) == rows_of(fine, of_trust=True)  # whose they are came along with them
    named_as_a_gap(page, "not all obtained", "its demographics could not be read")
    assert "except Rotherham (its demographics could not be read)" in page.summary
    town.fine()
    as_in(fine, browser.read(f"{path}?again={TRUST}"))


# ── Over several at once ─────────────────────────────────────────────────────────────────────────


def test_all_seven_silent_is_a_page_that_says_so_seven_times_law_1(town: Town, browser: Browser) -> None:
    path = browser.open(WALTER)
    town.weather("all", "error")

    page = browser.read(path)

    assert page.status == 200
    assert page.rows == {}
    assert len(page.gaps) == 7
    assert all("01632 960 10" in said for said in page.gaps.values())
    assert page.summary.startswith("Nothing obtained as of ")


def test_a_trust_that_fails_again_and_again_is_left_alone_and_still_named_law_1(town: Town, viewer: Viewer) -> None:
    browser = viewer.browser(AMINA)
    path = browser.open(WALTER)
    town.weather(TRUST, "error")
    for _ in range(5):
        browser.read(path)
    town.forget_requests()

    page = browser.read(path)

    assert town.requests[TRUST] == ()
    named_as_a_gap(page, "not asked, after failing too often just now")


def test_asking_again_reaches_a_trust_that_is_left_alone_law_1(town: Town, viewer: Viewer, fine: Page) -> None:
    browser = viewer.browser(AMINA)
    path = browser.open(WALTER)
    town.weather(TRUST, "error")
    for _ in range(6):
        browser.read(path)
    town.fine()

    pressed = browser.post(f"{path}/again", trust=TRUST)

    assert pressed.status_code == 303
    as_in(fine, browser.read(pressed.location))
