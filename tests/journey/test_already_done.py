"""What was done already, on the real sandbox: above a timeline, of the tests in mind, and what is counted of it."""

import re
from pathlib import Path

import pytest

from sandbox.town import Town
from tests.reading import Page
from tests.whole import AMINA, KOFI, PRIYA, Browser, Viewer, impatient_with, viewer_of
from viewer.clinical.retest import Existed

WALTER, MAYA, JOSEPH = "999 412 7039", "999 247 5145", "999 020 7798"


def ask(browser: Browser, path: str, typed: str = "", **form: str) -> Page:
    asked = browser.post(f"{path}/already-done", typed=typed, **form)
    assert asked.status_code == 303
    return browser.read(asked.location)


def said_of(page: Page, test: str) -> str:
    return page.root.one("article", data_test=test).said


@pytest.fixture
def amina(running: Viewer) -> Browser:
    return running.browser(AMINA)


# ── Above the timeline ───────────────────────────────────────────────────────────────────────────


def test_on_opening_a_patient_what_was_done_lately_stands_above_the_filters(amina: Browser) -> None:
    page = amina.read(amina.open(WALTER))

    box = page.root.one("section", id="already")
    assert "Already done in the last 72 hours" in box.said
    crp = next(one for one in box.all("li") if one.said.startswith("CRP"))
    assert re.match(r"CRP 64 ▲ HI mg/L \(0–5\) · Rotherham · .*ago", crp.said)
    assert "no flag" in box.said
    assert "CT aorta" in box.said
    assert "No advice for troponin (B-C1)" in box.said
    assert page.source.index('id="already"') < page.source.index('class="filters"')


def test_the_box_arrives_with_each_step_of_the_stream_and_waits_in_its_own_room(amina: Browser) -> None:
    sent = amina.stream(amina.open(WALTER))

    boxes = [one.data["already"] for one in sent if one.event == "step"]
    assert "Still waiting for Barnsley, Chesterfield" in boxes[0]
    assert "Rotherham" in boxes[-1]
    assert "a newer one may be there" not in boxes[-1]


def test_a_trust_that_is_silent_is_named_beside_what_was_done(town: Town, tmp_path: Path) -> None:
    with viewer_of(town, tmp_path, change=impatient_with("barnsley", 1.0)) as viewer:
        town.weather("barnsley", "hanging")
        browser = viewer.browser(AMINA)
        path = browser.open(WALTER)

        page, asked = browser.read(path), ask(browser, path, "CRP")

    assert "Barnsley is missing: a newer one may be there." in page.root.one("section", id="already").said
    assert asked.said.count("Barnsley is missing: a newer one may be there.") >= 1


# ── Tests in mind ────────────────────────────────────────────────────────────────────────────────


def test_each_test_in_mind_is_answered_with_its_newest_result_and_the_reference(amina: Browser) -> None:
    page = ask(amina, amina.open(WALTER), "CRP, lft", test="troponin")

    assert "CRP 64 ▲ HI mg/L (0–5)" in said_of(page, "crp")
    assert "RCPath G147, March 2021, B-SP7" in said_of(page, "crp") or "24 h, B-SP7" in said_of(page, "crp")
    assert "Chesterfield" in said_of(page, "liver")
    assert "There is never advice on this test (RCPath G147, March 2021, B-C1)." in said_of(page, "troponin")


def test_u_and_e_is_shown_without_advice_while_a_laboratory_reports_aki(amina: Browser) -> None:
    page = ask(amina, amina.open(WALTER), "U&E", setting="inpatient")

    assert "Creatinine 212" in said_of(page, "u_and_e")
    assert "No advice: a laboratory reports an acute kidney injury." in said_of(page, "u_and_e")


def test_a_child_is_never_advised_on(amina: Browser) -> None:
    page = ask(amina, amina.open(MAYA), "Ferritin", setting="gp")

    assert "No advice: the intervals are for adults" in said_of(page, "ferritin")
    assert "seldom helps" not in page.said


def test_in_major_bleeding_there_is_no_advice(amina: Browser) -> None:
    page = ask(amina, amina.open(WALTER), "CRP, LFT", bleeding="yes")

    assert "seldom helps" not in page.root.one("section", "answers").said
    assert "No advice in major bleeding." in said_of(page, "crp")


def test_a_test_nobody_has_done_is_never_said_to_be_needed_or_not(amina: Browser) -> None:
    page = ask(amina, amina.open(WALTER), "Vitamin D")

    said = said_of(page, "vitamin_d")
    assert "No result of Vitamin D was found in what 7 of 7 trusts sent." in said
    assert "not needed" not in page.said
    assert "never done" not in page.said


def test_a_lactate_is_not_flatly_missing_beside_the_lactate_of_a_blood_gas(amina: Browser) -> None:
    said = said_of(ask(amina, amina.open(WALTER), "lactate, blood gas"), "analyte.lactate")

    assert "No result of Lactate was found" not in said
    assert "that is proven to be Lactate was found in what 7 of 7 trusts sent, but 1 is named alike." in said
    assert "Not the same test, but named alike: Lactate (gas), sent as Lactate 3.1 ▲ HI mmol/l (0.5–2.2)" in said
    assert re.search(r"Rotherham · \d+ h( \d+ min)? ago", said)


def test_troponin_i_is_named_beside_troponin_t_and_so_is_what_the_words_were_taken_for(amina: Browser) -> None:
    said = said_of(ask(amina, amina.open(WALTER), "troponin I"), "troponin")

    assert "“troponin I” was taken for Troponin." in said
    assert "Troponin T 148" in said
    assert "Not proven to be the same test, but named alike: Troponin I 39 ▲ HI ng/L (0–34) · Rotherham" in said


def test_what_is_flagged_in_the_newest_report_stands_on_its_card_before_what_is_older(amina: Browser) -> None:
    page = ask(amina, amina.open(WALTER), "LFT, blood gas")

    assert "Globulin 36 ▲ HI g/L (20–35)" in said_of(page, "liver")
    assert said_of(page, "liver").index("Globulin 36") < said_of(page, "liver").index("Globulin 19")
    assert "Base excess -6.5 ▼ LO" in said_of(page, "blood_gas")
    items = [one.said for one in page.root.one("section", "already").all("li")]
    assert [len([one for one in items if part in one]) for part in ("pH 7.31", "ALT 31", "Globulin 36")] == [1, 1, 1]
    (both,) = [one for one in items if "Globulin 19" in one]
    assert both.index("Globulin 36") < both.index("Globulin 19")


def test_cultures_are_found_where_a_laboratorys_signed_map_names_them_and_nowhere_else(amina: Browser) -> None:
    page = ask(amina, amina.open(WALTER), "Urine culture, blood culture, MRSA, C diff", setting="inpatient")

    urine, blood, screen = (said_of(page, test) for test in ("urine_culture", "blood_culture", "mrsa_screen"))
    assert re.search(r"Mid Yorkshire · 1[89] days ago", urine)
    assert "The interval is over: there is no advice against repeating it. Given: 72 h, M-58." in urine
    assert "There is never advice on this test (RCPath G147, March 2021, M-4)." in blood
    assert "MRSA not isolated" in screen
    assert "A result from Rotherham would not be recognised" in urine
    assert "No result of C. difficile was found" in said_of(page, "c_difficile")


def test_a_culture_done_lately_leads_to_its_report_where_its_findings_stand(amina: Browser) -> None:
    path = amina.open(WALTER)
    page = ask(amina, path, "Urine culture")

    links = [link for link in page.root.all("a") if link.said == "findings stand in its report"]

    assert len(links) == 2
    assert "Escherichia coli" in "".join(amina.read(link.attributes["href"]).said for link in links)


def test_words_that_name_no_test_are_said_back_and_never_stand_in_an_address(amina: Browser) -> None:
    path = amina.open(WALTER)

    asked = amina.post(f"{path}/already-done", typed="Hargreaves, <b>CRP</b>")
    page = amina.read(asked.location)

    assert "Hargreaves" not in asked.location
    assert "“Hargreaves” is not a test that is known here." in page.said
    assert "“<b>CRP</b>” is not a test that is known here." in page.said
    assert page.root.all("article") == []


@pytest.mark.parametrize(
    ("typed", "test"),
    [
        ("UE", "u_and_e"),
        ("trop", "troponin"),
        ("Hb", "full_blood_count"),
        ("clotting", "clotting"),
        ("coag", "clotting"),
        ("INR", "clotting"),
        ("bicarbonate", "u_and_e"),
        ("K", "u_and_e"),
        ("gas", "blood_gas"),
        ("LFTs", "liver"),
        ("CK", "analyte.creatine_kinase"),
        ("Mg", "analyte.magnesium"),
    ],
)
def test_the_short_words_of_clinicians_are_known_and_said_back(amina: Browser, typed: str, test: str) -> None:
    page = ask(amina, amina.open(WALTER), typed)

    assert f"“{typed}” was taken for" in said_of(page, test)
    assert page.root.all("p", "not-known") == []


def test_words_that_are_a_part_of_known_names_lead_to_them_with_one_press(amina: Browser) -> None:
    path = amina.open(WALTER)
    page = ask(amina, path, "clott, CRP")
    (offered,) = page.root.all("button", "meant")

    pressed = ask(amina, path, "clott", test=offered.attributes["value"])

    assert (offered.said, offered.attributes["form"]) == ("Clotting screen", "in-mind")
    assert page.root.one("form", "in-mind").attributes["id"] == "in-mind"
    assert "“clott” was taken for Clotting screen." in said_of(pressed, "clotting")
    assert pressed.root.all("p", "not-known") == []


def test_each_test_is_ticked_once_and_its_words_are_kept_while_it_is(amina: Browser) -> None:
    path = amina.open(WALTER)
    page = ask(amina, path, "troponin I, lactate, UE")
    boxes = [box.attributes for box in page.root.all("input") if box.attributes.get("name") == "test"]
    before = page.root.one("input", name="before").attributes["value"]

    again = ask(amina, path, "CRP", test="troponin", before=before)

    assert len({box["value"] for box in boxes}) == len(boxes)
    assert {box["value"] for box in boxes if "checked" in box} == {"troponin", "u_and_e", "analyte.lactate"}
    assert "“troponin I” was taken for Troponin." in said_of(again, "troponin")
    assert "UE" not in again.root.one("section", "answers").said


@pytest.mark.parametrize("typed", ["CT head", "cxr", "X-ray chest", "MRI spine"])
def test_imaging_is_said_to_have_no_advice_and_leads_to_radiology(amina: Browser, typed: str) -> None:
    path = amina.open(WALTER)
    (said,) = ask(amina, path, typed).root.all("p", "not-known")

    assert f"“{typed}” is imaging: there is no advice on repeating imaging here." in said.said
    assert [link.attributes["href"] for link in said.all("a")] == [f"{path}/radiology"]


@pytest.mark.parametrize(
    ("typed", "known", "beyond"),
    [
        (", ".join(["CRP", *("x" * 9 for _ in range(49)), "HbA1c, FBC"]), ["crp", "hba1c"], 1),  # the last has no room
        (",".join(f"{number}" for number in range(43)), [], 3),
        ("CRP, " + "x" * 600, ["crp"], 1),
        ("CRP, " + " " * 600 + "HbA1c", ["crp", "hba1c"], 0),
    ],
)
def test_tests_beyond_those_that_are_looked_for_at_once_are_counted(
    amina: Browser, typed: str, known: list[str], beyond: int
) -> None:
    page = ask(amina, amina.open(WALTER), typed)

    said = [one.said for one in page.root.all("p", "not-known") if "not looked for" in one.said]
    assert [one.attributes["data-test"] for one in page.root.all("article")] == known
    assert [int(one.split(" ")[0]) for one in said] == ([beyond] if beyond else [])


@pytest.mark.parametrize(
    ("who", "number", "why", "expected"),
    [
        (AMINA, WALTER, "emergency-care/in-department", "emergency"),
        (AMINA, WALTER, "direct-care/under-my-care", "inpatient"),
        (KOFI, JOSEPH, "direct-care/registered", "gp"),
    ],
    ids=["emergency", "inpatient", "gp"],
)
def test_the_setting_fits_who_asks_and_why_until_another_is_chosen(
    running: Viewer, who: object, number: str, why: str, expected: str
) -> None:
    browser = running.browser(who)  # type: ignore[arg-type]  # a Clinician of the table
    path = browser.open(number, why=why)

    def chosen(page: Page) -> list[str]:
        options = page.root.one("select", id="setting").all("option")
        return [one.attributes["value"] for one in options if "selected" in one.attributes]

    assert chosen(browser.read(f"{path}/already-done")) == [expected]
    assert chosen(ask(browser, path, "CRP", setting="outpatient")) == ["outpatient"]


def test_a_look_at_the_page_is_in_the_log_before_it_leaves(viewer: Viewer) -> None:
    browser = viewer.browser(AMINA)
    path = browser.open(WALTER)
    before = len(viewer.events())

    browser.read(f"{path}/already-done")

    assert [one.event for one in viewer.events()[before:]] == ["results asked", "results shown"]


def test_another_sign_ins_handle_opens_nothing(running: Viewer, amina: Browser) -> None:
    path = amina.open(WALTER)

    assert running.browser(KOFI).get(f"{path}/already-done").status_code == 404


# ── What is counted ──────────────────────────────────────────────────────────────────────────────


def test_what_was_looked_for_is_counted_once_and_read_by_an_officer_without_small_numbers(viewer: Viewer) -> None:
    browser = viewer.browser(AMINA)
    path = browser.open(WALTER)
    asked = browser.post(f"{path}/already-done", typed="CRP")
    for _ in range(3):
        browser.read(asked.location)
    counts = viewer.app.extensions["wanted"]
    counts.settle()

    first = [(one.test, one.asker, one.existed, one.count) for one in counts.all()]
    for _ in range(5):
        ask(browser, path, "CRP")
    counts.settle()
    page = viewer.browser(PRIYA).read("/management")

    assert first == [("crp", "sheffield_teaching", Existed.ELSEWHERE, 1)]
    assert "CRP 6 6" in page.said
    assert "Sheffield Teaching 6 6" in page.said


def test_numbers_below_five_are_said_as_fewer_or_not_at_all(viewer: Viewer) -> None:
    browser = viewer.browser(AMINA)
    path = browser.open(WALTER)
    counts = viewer.app.extensions["wanted"]

    ask(browser, path, "CRP, HbA1c")
    counts.settle()
    two_in_all = viewer.browser(PRIYA).read("/management")
    for _ in range(7):
        ask(browser, path, "HbA1c")
    counts.settle()
    nine_in_all = viewer.browser(PRIYA).read("/management")

    assert "CRP not shown" in two_in_all.said  # of 2 in all, two tests of which each was looked for
    assert "CRP fewer than 5" in nine_in_all.said
    assert "HbA1c not shown" in nine_in_all.said
    assert not re.search(r"(CRP|HbA1c) \d", two_in_all.said + nine_in_all.said)
