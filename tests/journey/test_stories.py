"""Every named patient of the sandbox as a clinician sees them: asked over HTTP, logged in SQLite, read off the page."""

from pathlib import Path

import pytest

from sandbox.town import Town
from tests.reading import Page
from tests.whole import AMINA, KOFI, PRIYA, RHYS, RUTH, Viewer, another, viewer_of, without_pds

ALL = ("barnsley", "chesterfield", "doncaster_and_bassetlaw", "mid_yorkshire", "rotherham", "sheffield_childrens",
       "sheffield_teaching")  # fmt: skip
WALTER, MAYA, THEO = "999 412 7039", "999 247 5145", "999 318 0319"
ONE_NUMBER_TWO_PEOPLE, EILEEN, GARETH, NOBODY = "999 108 1771", "999 415 2971", "999 502 1404", "999 162 5003"
NAOMI, HAROLD, JOSEPH, AMIRA = "999 094 4768", "999 069 7469", "999 020 7798", "999 576 0894"
AGNIESZKA, CALLUM, DOREEN, MARGARET, BRENDA = (
    "999 962 5452", "999 303 4320", "999 839 3353", "999 802 3319", "999 061 7058",
)  # fmt: skip


def opened(viewer: Viewer, nhs_number: str, listed: int = 0) -> Page:
    browser = viewer.browser(another(AMINA))
    return browser.read(browser.open(nhs_number, listed=listed))


def named(page: Page) -> list[str]:
    return [one.said for one in page.root.all(of_class="name") if one.tag in ("h1", "h2")]


# ── Everybody ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("nhs_number", "name", "known_at"),
    [
        (WALTER, "HARGREAVES, Walter (Mr)",
         {"chesterfield", "doncaster_and_bassetlaw", "mid_yorkshire", "rotherham", "sheffield_teaching"}),
        (MAYA, "OAKES, Maya Rose", {"barnsley", "sheffield_childrens"}),
        (THEO, "MARSH, Theo", {"barnsley", "sheffield_childrens"}),
        (HAROLD, "BIRTWISTLE, Harold (Mr)", {"barnsley", "rotherham"}),
        (JOSEPH, "PEARSON, Joseph (Mr)", {"rotherham", "sheffield_teaching"}),
        (AMIRA, "SHAH, Amira (Mrs)", {"barnsley", "doncaster_and_bassetlaw"}),
        (CALLUM, "REEVE, Callum (Mr)", {"rotherham", "sheffield_teaching"}),
        (DOREEN, "OLDROYD, Doreen (Mrs)", {"mid_yorkshire", "sheffield_teaching"}),
        (MARGARET, "ELLIS, Margaret Jean (Mrs)",
         {"chesterfield", "doncaster_and_bassetlaw", "rotherham", "sheffield_teaching"}),
        (BRENDA, "HOLROYD, Brenda (Mrs)", {"barnsley", "mid_yorkshire"}),
    ],
)  # fmt: skip
def test_a_patient_has_one_timeline_of_every_trust_that_knows_them(
    running: Viewer, nhs_number: str, name: str, known_at: set[str]
) -> None:
    page = opened(running, nhs_number)

    assert named(page) == [name]
    assert f"NHS No. {nhs_number}" in page.root.one("section", "banner").said
    assert list(page.tiles) == list(ALL)
    assert {trust for trust, tile in page.tiles.items() if tile.state == "answered"} == known_at
    assert {trust for trust, tile in page.tiles.items() if "no record of this patient" in tile.said} == (
        set(ALL) - known_at
    )
    assert page.gaps == {}
    assert page.trusts <= known_at
    assert page.summary.startswith("Complete as of ")
    assert "except" not in page.summary


def test_rows_stand_newest_first_under_their_days(running: Viewer) -> None:
    page = opened(running, WALTER)

    days = [section.attributes["data-day"] for section in page.root.all("section", "day")]
    times = [
        (row.attributes["data-day"], row.one("span", "taken").one("b").said.replace("–", "00:00"))
        for row in page.rows.values()
    ]
    assert days == sorted(set(days), reverse=True)
    assert times == sorted(times, reverse=True)
    assert {row.attributes["data-day"] for row in page.rows.values()} == set(days)


# ── Walter, in A&E at three in the morning ───────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def walter(seven_trusts: Town, long_running: Viewer) -> Page:
    seven_trusts.fine()
    return opened(long_running, WALTER)


def rows_saying(page: Page, words: str) -> list[str]:
    return [row.said for row in page.rows.values() if words in row.said]


def test_a_corrected_value_shows_what_it_was(walter: Page) -> None:
    (row,) = rows_saying(walter, "was 6.9 mmol/l")

    assert "Corrected" in row
    assert "Potassium 5.9" in row
    assert "First value from a haemolysed sample; repeat sample reported." in row
    assert "1 earlier version" in row


def test_a_cancelled_report_says_so_and_why(walter: Page) -> None:
    (row,) = rows_saying(walter, "Insufficient sample.")

    assert "Cancelled" in row


def test_a_preliminary_report_says_that_it_is_one(walter: Page) -> None:
    (row,) = rows_saying(walter, "Preliminary")

    assert "Haemoglobin 104" in row


def test_an_image_without_a_report_is_a_row(walter: Page) -> None:
    (row,) = rows_saying(walter, "Imaged, not yet reported")

    assert "X-ray chest" in row


def test_an_addendum_stands_before_what_it_adds_to(walter: Page) -> None:
    (row,) = rows_saying(walter, "ADDENDUM")

    assert "Dr P Oyelaran" in row
    assert row.index("9 mm solid nodule") < row.rindex("CT")


def test_a_report_sent_by_two_trusts_is_one_row_that_names_both(walter: Page) -> None:
    copied = rows_saying(walter, "Also held by Chesterfield, same report.")

    assert len(copied) == walter.accounts["chesterfield"].copies == 9


def test_two_laboratories_keep_their_own_units(walter: Page) -> None:
    units = {
        row.attributes["data-trust"]: result.one(of_class="unit").said
        for row in walter.rows.values()
        for result in row.all("li", "result")
        if result.said.startswith("Haemoglobin ")
    }
    assert (units["rotherham"], units["sheffield_teaching"]) == ("g/dL", "g/L")


# ── Who is it? ── Who is it? ───────────────────────────────────────────────────────────────────────────────────


def test_two_people_with_one_nhs_number_are_listed_apart_and_never_share_a_timeline(running: Viewer) -> None:
    found = running.browser(another(AMINA)).search(nhs_number=ONE_NUMBER_TWO_PEOPLE)
    first, second = opened(running, ONE_NUMBER_TWO_PEOPLE, 0), opened(running, ONE_NUMBER_TWO_PEOPLE, 1)

    assert named(found) == ["DAWSON, Patricia (Mrs)", "IQBAL, Mohammed (Mr)"]
    assert named(first) + named(second) == named(found)
    assert first.trusts == {"barnsley"}
    assert second.trusts == {"rotherham"}
    assert first.rows.keys().isdisjoint(second.rows)


def test_the_other_of_two_people_is_a_gap_by_name_on_each_timeline(running: Viewer) -> None:
    first, second = opened(running, ONE_NUMBER_TWO_PEOPLE, 0), opened(running, ONE_NUMBER_TWO_PEOPLE, 1)

    assert set(first.gaps) == {"rotherham"}
    assert set(second.gaps) == {"barnsley"}
    for page, title in ((first, "Rotherham"), (second, "Barnsley")):
        differs = "its record under this number differs in family name, given name, date of birth and gender"
        assert f"except {title} (it answered; {differs}, and its results are not shown)." in page.summary
        assert page.summary.count("differs") == 1
        assert "Ask again" not in "".join(page.gaps.values())


def test_a_record_whose_birth_date_disagrees_is_a_named_gap_with_its_telephone(running: Viewer) -> None:
    page = opened(running, EILEEN, 1)

    assert "THORPE, Eileen (Mrs)" in named(page)
    assert page.trusts == {"sheffield_teaching"}
    assert set(page.gaps) == {"chesterfield"}
    assert "identity in doubt" in page.gaps["chesterfield"]
    assert "01632 960 102" in page.gaps["chesterfield"]
    assert "Chesterfield (it answered; its record under this number differs in date of birth" in page.summary


def test_a_record_whose_birth_date_disagrees_can_be_opened_as_its_own_person(running: Viewer) -> None:
    page = opened(running, EILEEN, 0)

    assert "Born 08-Dec-1957" in page.root.one("section", "banner").said
    assert page.trusts == {"chesterfield"}
    assert set(page.gaps) == {"sheffield_teaching"}


def test_who_was_found_says_where_a_record_disagrees_before_anybody_is_opened(running: Viewer) -> None:
    found = running.browser(another(AMINA)).search(nhs_number=EILEEN)

    doubts = [doubt.said for doubt in found.root.all("div", "doubts")]
    assert len(doubts) == 2
    assert "Sheffield Teaching: its record differs in date of birth" in doubts[0]
    assert "Chesterfield: its record differs in date of birth" in doubts[1]
    same = "Another record has the same NHS number and differs. It is not shown as this person."
    assert all(same in doubt for doubt in doubts)


def test_an_nhs_number_that_is_not_verified_is_noted_before_and_after_opening(running: Viewer) -> None:
    browser = running.browser(another(AMINA))
    (confirm,) = browser.listed(DOREEN)

    records = browser.read(confirm).root.one("table", "records").said
    page = browser.read(browser.open(DOREEN))

    assert records.count("not verified") == 1
    assert "NHS number not verified" in page.tiles["mid_yorkshire"].said
    assert "Identity: Mid Yorkshire: NHS number not verified." in page.summary
    assert page.trusts == {"mid_yorkshire", "sheffield_teaching"}


def test_somebody_who_has_died_is_said_to_have_died_on_every_page_about_them(running: Viewer) -> None:
    browser = running.browser(another(AMINA))
    (confirm,) = browser.listed(HAROLD)

    pages = [browser.search(nhs_number=HAROLD), browser.read(confirm), browser.read(browser.open(HAROLD))]

    for page in pages:
        (banner,) = page.root.all("section", "died")
        assert "Died " in banner.said
        assert "Age at Death 88y" in banner.said


def test_somebody_known_nowhere_is_found_nowhere_and_every_trust_said_so(running: Viewer) -> None:
    found = running.browser(another(AMINA)).search(nhs_number=NOBODY)

    assert found.heading == "Nobody was found"
    assert {tile.state for tile in found.tiles.values()} == {"none"}
    assert "All 7 trusts answered." in found.said


def test_somebody_known_nowhere_may_be_known_to_a_trust_that_is_silent_law_1(town: Town, running: Viewer) -> None:
    town.weather("mid_yorkshire", "error")

    found = running.browser(another(AMINA)).search(nhs_number=NOBODY)

    assert set(found.gaps) == {"mid_yorkshire"}
    assert "All 7 trusts answered" not in found.said
    assert "6 of 7 trusts answered" in found.said
    assert "The patient may be known to the others." in found.said


def test_no_results_is_said_when_every_trust_said_so_law_1(running: Viewer) -> None:
    page = opened(running, GARETH)

    assert page.rows == {}
    assert "No reports: all 7 trusts answered" in page.summary
    assert "no reports held" in page.tiles["barnsley"].said


def test_no_results_is_never_said_while_one_trust_is_silent_law_1(town: Town, running: Viewer) -> None:
    browser = running.browser(another(AMINA))
    path = browser.open(GARETH)
    town.weather("rotherham", "error")

    page = browser.read(path)

    assert page.rows == {}
    assert set(page.gaps) == {"rotherham"}
    assert "No reports" not in page.summary
    assert "this does not mean that there are none" in page.summary


# ── Searching without a number ───────────────────────────────────────────────────────────────────

SMITH = {"family": "Smith", "born_day": "2", "born_month": "4", "born_year": "1958"}


def test_people_of_one_name_and_birthday_are_listed_apart_each_with_their_number(running: Viewer) -> None:
    found = running.browser(another(AMINA)).search(**SMITH, given="John")

    assert named(found) == ["SMITH, John", "SMITH, John"]
    assert {one.said for one in found.root.all("dd", "number")} == {"999 232 7081", "999 562 7493"}


def test_a_search_by_name_lists_only_those_who_fit_all_of_it(running: Viewer) -> None:
    browser = running.browser(another(AMINA))

    men, women = browser.search(**SMITH, gender="male"), browser.search(**SMITH, gender="female")

    assert named(men) == ["SMITH, John", "SMITH, John"]
    assert named(women) == ["SMITH, Joan"]


def test_of_two_people_with_one_name_the_chosen_one_is_opened(running: Viewer) -> None:
    browser = running.browser(another(AMINA))
    found = browser.search(**SMITH, given="John")
    numbers = [one.said for one in found.root.all("dd", "number")]

    for link, number in zip([one for one in found.links if "/confirm/" in one], numbers, strict=True):
        _, _, handle, _, listed = link.split("/")
        opened_ = browser.post(
            "/patients", handle=handle, listed=listed, why="emergency-care/in-department", reason="In bay 4."
        )
        assert f"NHS No. {number}" in browser.read(opened_.location).root.one("section", "banner").said


def test_too_little_to_search_by_asks_no_trust(town: Town, running: Viewer) -> None:
    page = running.browser(another(AMINA)).post("/find", **SMITH)

    assert page.status_code == 400
    assert "Enter a given name, a gender or a postcode as well" in page.get_data(as_text=True)
    assert not any(town.requests.values())


def test_a_number_that_is_not_one_asks_no_trust_and_says_what_is_wrong(town: Town, running: Viewer) -> None:
    page = running.browser(another(AMINA)).post("/find", nhs_number="999 412 7030")

    assert page.status_code == 400
    assert "There is a problem" in page.get_data(as_text=True)
    assert not any(town.requests.values())


# ── Who may not ─────────────────────────────────────────────────────────────────────────────────


def looks_unknown(found: Page) -> None:
    assert found.heading == "Nobody was found"
    assert {tile.state for tile in found.tiles.values()} == {"none"}
    assert all(tile.said.endswith("nothing you may be shown") for tile in found.tiles.values())


def test_a_restricted_patient_looks_like_one_who_is_known_nowhere_so_that_no_place_is_told(running: Viewer) -> None:
    browser = running.browser(another(AMINA))

    restricted, unknown = browser.search(nhs_number=NAOMI), browser.search(nhs_number=NOBODY)

    looks_unknown(restricted)
    assert restricted.main.said == unknown.main.said


def test_a_refusal_to_list_a_restricted_patient_is_in_the_log_with_its_reason(viewer: Viewer) -> None:
    viewer.browser(AMINA).search(nhs_number=NAOMI)

    (refused,) = viewer.events(event="refused")
    assert refused.user_name == "Dr Amina Farrell"
    assert refused.patient.startswith("FENWICK, Naomi")
    assert refused.outcome == "refused"
    assert refused.because == "This patient’s record is restricted, and nobody may open it here"


def test_a_gp_opens_the_patients_of_their_own_practice(running: Viewer) -> None:
    kofi, ruth = running.browser(another(KOFI)), running.browser(another(RUTH))

    joseph = kofi.read(kofi.open(JOSEPH, "direct-care/registered"))
    amira = ruth.read(ruth.open(AMIRA, "direct-care/registered"))

    assert named(joseph) == ["PEARSON, Joseph (Mr)"]
    assert joseph.trusts == {"rotherham", "sheffield_teaching"}
    assert named(amira) == ["SHAH, Amira (Mrs)"]


@pytest.mark.parametrize("nhs_number", [AMIRA, HAROLD], ids=["another's", "a third's"])
def test_to_a_gp_a_patient_who_is_not_proven_to_be_their_own_looks_absent(running: Viewer, nhs_number: str) -> None:
    browser = running.browser(another(KOFI))

    found, unknown = browser.search(nhs_number=nhs_number), browser.search(nhs_number=NOBODY)

    looks_unknown(found)
    assert found.main.said == unknown.main.said


def test_without_pds_practices_that_disagree_refuse_the_gps_of_both_and_the_log_says_so(
    town: Town, tmp_path: Path
) -> None:
    with viewer_of(town, tmp_path, change=without_pds) as viewer:
        for gp in (KOFI, RUTH):
            looks_unknown(viewer.browser(gp).search(nhs_number=AGNIESZKA))

        assert {(one.user_name, one.because.partition(" with ")[0]) for one in viewer.events(event="refused")} == {
            ("Dr Kofi Abara", "The trusts do not agree that this patient is registered"),
            ("Dr Ruth Sallow", "The trusts do not agree that this patient is registered"),
        }


def test_where_the_trusts_disagree_about_the_practice_pds_decides(viewer: Viewer) -> None:
    kofi = viewer.browser(KOFI)

    page = kofi.read(kofi.open(AGNIESZKA, "direct-care/registered", reason=""))

    assert named(page) == ["NOWAK, Agnieszka (Ms)"]
    looks_unknown(viewer.browser(RUTH).search(nhs_number=AGNIESZKA))
    (shown,) = viewer.events(event="results shown")
    assert (shown.claim, shown.proof) == ("registered", "PDS")
    (refused,) = viewer.events(event="refused")
    assert refused.because.startswith("PDS does not name Millbrook Practice")


def test_without_pds_the_trusts_own_records_prove_a_registration(town: Town, tmp_path: Path) -> None:
    with viewer_of(town, tmp_path, change=without_pds) as viewer:
        kofi = viewer.browser(KOFI)
        kofi.read(kofi.open(JOSEPH, "direct-care/registered", reason=""))

        (shown,) = viewer.events(event="results shown")

    assert (shown.claim, shown.proof) == ("registered", "the trusts’ own records")


def test_a_gp_opens_nobody_while_pds_is_silent(town: Town, viewer: Viewer) -> None:
    town.weather("pds", "refused")

    found = viewer.browser(KOFI).search(nhs_number=JOSEPH)

    looks_unknown(found)
    assert "The national register (PDS) did not answer" in found.said
    (refused,) = viewer.events(event="refused")
    assert refused.because.startswith("PDS did not answer, so registration with Example Practice")


def test_pds_silence_hinders_no_consultant(town: Town, viewer: Viewer) -> None:
    town.weather("pds", "refused")
    amina = viewer.browser(AMINA)

    assert amina.read(amina.open(JOSEPH)).trusts == {"rotherham", "sheffield_teaching"}


def test_a_consultant_sees_a_patient_whose_practices_disagree(running: Viewer) -> None:
    page = opened(running, AGNIESZKA)

    assert page.trusts == {"doncaster_and_bassetlaw", "sheffield_teaching"}


@pytest.mark.parametrize("officer", [PRIYA, RHYS], ids=lambda officer: officer.name)
def test_an_officer_is_refused_on_every_page_about_a_patient_and_each_refusal_is_logged(
    viewer: Viewer, officer: object
) -> None:
    clinician = viewer.browser(AMINA)
    path = clinician.open(WALTER)
    report = next(link for link in clinician.read(path).links if "/reports/" in link)
    assert isinstance(officer, type(PRIYA))
    browser = viewer.browser(officer)
    pages = ("/find", "/find/abc", "/find/abc/confirm/def", path, f"{path}/stream", report, f"{report}/attachments/1")
    forms = ("/find", "/patients", f"{path}/again")

    answers = [browser.get(page) for page in pages] + [browser.post(form, nhs_number=WALTER) for form in forms]

    assert {answer.status_code for answer in answers} == {403}
    assert all("HARGREAVES" not in answer.get_data(as_text=True) for answer in answers)
    refused = [one for one in viewer.events(event="refused") if one.user_name == officer.name]
    assert len(refused) == len(answers)
    assert {one.because for one in refused} == {"Your role may not see patients or their results"}


def test_a_clinician_is_refused_the_ledger_and_that_is_logged(viewer: Viewer) -> None:
    answer = viewer.browser(AMINA).get("/ledger")

    assert answer.status_code == 403
    (refused,) = viewer.events(event="refused")
    assert refused.because == "Only an information governance officer may see the ledger"
