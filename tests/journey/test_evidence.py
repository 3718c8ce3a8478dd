"""What the log keeps of a look: about whom, what bears the claim out, which texts allowed it, what was printed."""

import re
import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.town import Town
from tests.access.builders import GLASS
from tests.builders import a_patient, a_person
from tests.journey.test_results import AMINA as CLINICIAN
from tests.reading import read_page
from tests.whole import AMINA, KOFI, PRIYA, TOM, Browser, Viewer, another, viewer_of
from viewer.access.decide import Decision
from viewer.configuration.agreement_file import digest_of_text
from viewer.evidence import glass_broken
from viewer.steps import Looking

WALTER, GARETH, JOSEPH, NAOMI, HAROLD = (
    "999 412 7039", "999 502 1404", "999 020 7798", "999 094 4768", "999 069 7469",
)  # fmt: skip
IN_DEPARTMENT, UNDER_MY_CARE = "emergency-care/in-department", "direct-care/under-my-care"


def fields_of(browser: Browser, number: str) -> dict[str, str]:
    """Find a patient, and return what the form of confirming them sends."""
    (confirm,) = browser.listed(number)
    _, _, handle, _, listed = confirm.split("/")
    return {"handle": handle, "listed": listed}


# ── Who it was about ─────────────────────────────────────────────────────────────────────────────


def test_every_entry_about_a_patient_says_what_the_rules_against_snooping_need_law_3(viewer: Viewer) -> None:
    browser = viewer.browser(AMINA)
    page = browser.read(browser.open(WALTER))
    browser.read(next(link for link in page.links if "/reports/" in link))

    about = {one.event: one.about for one in viewer.events() if one.patient}

    assert set(about) == {
        "find shown", "find asked", "patient opened", "results asked", "results shown", "report shown",
    }  # fmt: skip
    assert {(one.family, one.born, one.postcode, one.restricted) for one in about.values()} == {
        ("Hargreaves", "1944-03-09", "S6 2XX", False)
    }
    assert all(one.address and one.practice for one in about.values())


def test_of_somebody_who_has_died_the_day_is_kept(viewer: Viewer) -> None:
    viewer.browser(AMINA).search(nhs_number=HAROLD)

    assert viewer.events(event="find shown")[0].about.died


def test_of_a_restricted_patient_not_even_a_refusal_keeps_a_place_law_4(viewer: Viewer) -> None:
    viewer.browser(AMINA).search(nhs_number=NAOMI)

    (refused,) = viewer.events(event="refused")
    assert (refused.about.family, refused.about.restricted) == ("Fenwick", True)
    assert (refused.about.postcode, refused.about.address, refused.about.practice) == ("", "", "")


def test_the_exact_text_of_each_agreement_relied_on_is_named_law_3(viewer: Viewer) -> None:
    browser = viewer.browser(AMINA)
    browser.read(browser.open(WALTER))
    file = Path(viewer.environ["TRUSTLINE_CONFIG"]) / "agreements" / "working_together_2026.toml"
    digest = digest_of_text(tomllib.loads(file.read_text()))

    relied = [one for one in viewer.events() if one.agreements]

    assert len(relied) >= 5
    assert {(one.agreements, one.texts) for one in relied} == {(("working_together_2026",), (digest,))}


def test_when_a_broken_glass_closes_is_said_in_londons_time() -> None:
    stated = replace(GLASS, until=datetime(2026, 7, 1, 23, 50, tzinfo=UTC))
    looking = Looking(CLINICIAN, "sign-in", "a browser", "view")
    yes = Decision(allowed=True, because="WT-2026 cl. 4.4", clause="WT-2026 cl. 4.4")

    entry = glass_broken(looking, a_person(a_patient()), stated, yes, stated.until or datetime.now(UTC))

    assert entry.because == "WT-2026 cl. 4.4; until 00:50 on 2 July 2026"


# ── What bears the claim out ─────────────────────────────────────────────────────────────────────


def test_an_attendance_in_the_clinicians_own_department_proves_the_claim(viewer: Viewer) -> None:
    browser = viewer.browser(AMINA)

    browser.read(browser.open(WALTER, IN_DEPARTMENT, reason=""))

    for event in ("patient opened", "results asked", "results shown"):
        (one,) = viewer.events(event=event)
        assert (one.claim, one.reason) == ("in-department", "")
        assert one.proof.startswith("an emergency attendance since ")
        assert one.proof.endswith(", by Sheffield Teaching’s own record")


def test_a_clinic_to_come_proves_that_a_patient_is_under_care(viewer: Viewer) -> None:
    browser = viewer.browser(AMINA)

    browser.open(JOSEPH, UNDER_MY_CARE, reason="")

    (one,) = viewer.events(event="patient opened")
    assert one.proof.startswith("an appointment on ")


@pytest.mark.parametrize(("number", "why"), [(GARETH, IN_DEPARTMENT), (GARETH, UNDER_MY_CARE), (JOSEPH, IN_DEPARTMENT)])
def test_what_the_trusts_record_does_not_show_needs_a_reason_and_says_so(viewer: Viewer, number: str, why: str) -> None:
    browser = viewer.browser(AMINA)
    fields = fields_of(browser, number)

    asked = browser.post("/patients", **fields, why=why, reason=" ... ")
    opened = browser.post("/patients", **fields, why=why, reason="Brought in without papers")

    page = read_page(asked)
    assert asked.status_code == 400
    assert "Sheffield Teaching’s own record shows no " in page.said
    assert "Say in your own words why you are looking" in page.said
    assert opened.status_code == 303
    (one,) = viewer.events(event="patient opened")
    assert (one.outcome, one.proof, one.reason) == ("opened", "", "Brought in without papers")


def waited_for_shortly(config: Path) -> None:
    """Wait for a clinician's own trust no longer than half a second, although it has a minute."""
    file = config / "partnership.toml"
    file.write_text(re.sub("(?m)^presence_seconds = .*$", "presence_seconds = 0.5", file.read_text()))


@pytest.mark.parametrize("weather", ["held", "error", "dead"])
def test_a_trust_that_does_not_say_blocks_nobody_who_gives_a_reason(town: Town, tmp_path: Path, weather: str) -> None:
    with viewer_of(town, tmp_path, change=waited_for_shortly) as viewer:
        browser = viewer.browser(AMINA)
        fields = fields_of(browser, WALTER)
        town.weather("sheffield_teaching", weather)

        asked = browser.post("/patients", **fields, why=IN_DEPARTMENT)
        opened = browser.post("/patients", **fields, why=IN_DEPARTMENT, reason="Brought in without papers")

        assert asked.status_code == 400
        assert "Sheffield Teaching did not say whether the patient is there" in read_page(asked).said
        assert opened.status_code == 303
        assert viewer.events(event="patient opened")[-1].proof == ""


def test_a_patient_the_clinicians_own_trust_does_not_know_needs_a_reason(viewer: Viewer) -> None:
    browser = viewer.browser(TOM)

    asked = browser.post("/patients", **fields_of(browser, GARETH), why=IN_DEPARTMENT)

    assert "Doncaster and Bassetlaw names no record of this patient" in read_page(asked).said


def test_the_question_to_the_own_trust_is_in_the_log_before_it_is_sent_law_3(viewer: Viewer) -> None:
    browser = viewer.browser(AMINA)

    browser.open(WALTER)

    asked = [one for one in viewer.events(event="find asked") if one.asked_for == "an encounter"]
    assert [[(at.trust, at.outcome) for at in one.trusts] for one in asked] == [[("sheffield_teaching", "asked")]]


# ── On paper ─────────────────────────────────────────────────────────────────────────────────────


def test_a_print_is_everything_and_in_the_log_as_printed_law_3(viewer: Viewer) -> None:
    browser = viewer.browser(AMINA)
    path = browser.open(WALTER)
    shown = browser.read(path)

    page = browser.read(f"{path}/print")

    (printed,) = viewer.events(event="printed")
    (seen,) = viewer.events(event="results shown")
    assert set(page.rows) == set(shown.rows)
    assert (printed.reports, printed.digest, printed.trusts) == (seen.reports, seen.digest, seen.trusts)
    assert (printed.outcome, printed.claim) == ("shown", "in-department")
    assert f"{path}/print" in shown.links


def test_a_print_says_who_when_of_whom_and_what_is_missing(town: Town, viewer: Viewer) -> None:
    town.weather("rotherham", "dead")
    browser = viewer.browser(AMINA)

    page = browser.read(f"{browser.open(WALTER)}/print")

    foot = page.root.one("div", "print-foot").said
    for words in ("HARGREAVES, Walter", "999 412 7039", "missing: Rotherham", "by Dr Amina Farrell", "log reference"):
        assert words in foot


def test_nothing_is_printed_while_the_log_cannot_be_written_law_3(viewer: Viewer) -> None:
    browser = viewer.browser(AMINA)
    path = browser.open(WALTER)
    file = Path(viewer.settings.database.removeprefix("sqlite:///"))
    file.rename(file.with_suffix(".away"))

    answer = browser.get(f"{path}/print")

    assert answer.status_code == 503
    assert "HARGREAVES" not in answer.get_data(as_text=True)


def test_a_browsers_own_print_is_told_to_the_log(viewer: Viewer) -> None:
    browser = viewer.browser(AMINA)
    path = browser.open(WALTER)

    answer = browser.post(f"{path}/printed")

    (printed,) = viewer.events(event="printed")
    assert (answer.status_code, answer.get_data()) == (204, b"")
    assert (printed.outcome, printed.nhs_number) == ("printed by the browser", WALTER.replace(" ", ""))


# ── Dissent ──────────────────────────────────────────────────────────────────────────────────────


def test_a_patient_who_dissents_is_found_and_may_not_be_opened_by_anybody_law_4(viewer: Viewer) -> None:
    two = [(viewer.browser(another(AMINA)), UNDER_MY_CARE), (viewer.browser(another(KOFI)), "direct-care/registered")]
    found = [(browser, why, fields_of(browser, JOSEPH)) for browser, why in two]
    viewer.browser(PRIYA).post("/dissent", nhs_number=JOSEPH, reference="IG-17", do="record")

    for browser, why, fields in found:
        again = browser.search(nhs_number=JOSEPH)
        assert "PEARSON, Joseph" in again.said
        assert "This cannot be overridden. Breaking the glass does not open them either." in again.said
        assert not any("/confirm/" in link for link in again.links)
        answer = browser.post("/patients", **fields, why=why, reason="x")
        page = read_page(answer)
        assert answer.status_code == 403
        assert "This patient has asked that their results are not shared here. This cannot be overridden." in page.said
        assert "01632 960 107" in page.said
        assert "break the glass" not in page.said
    assert {one.outcome for one in viewer.events(event="refused")} == {"refused"}


def test_a_dissent_closes_what_is_already_open_and_its_end_lets_it_be_opened_anew_law_4(viewer: Viewer) -> None:
    browser, officer = viewer.browser(AMINA), viewer.browser(PRIYA)
    path = browser.open(WALTER)
    report = next(link for link in browser.read(path).links if "/reports/" in link)

    officer.post("/dissent", nhs_number=WALTER, reference="IG-17", do="record")
    first, second = browser.get(report), browser.get(path)
    officer.post("/dissent", nhs_number=WALTER, reference="IG-18", do="end")

    assert (first.status_code, second.status_code) == (403, 404)  # the refusal has closed the patient
    assert not any("HARGREAVES" in one.get_data(as_text=True) for one in (first, second))
    assert browser.read(browser.open(WALTER)).rows


@pytest.mark.parametrize("page", ["", "/stream", "/print"])
def test_what_was_opened_opens_nothing_once_the_agreement_is_no_longer_signed_law_4(viewer: Viewer, page: str) -> None:
    browser = viewer.browser(AMINA)
    path = browser.open(WALTER)
    file = Path(viewer.environ["TRUSTLINE_CONFIG"]) / "agreements" / "working_together_2026.toml"
    file.write_text(file.read_text().replace("To find the patient", "To seek the patient"))

    answer = browser.get(f"{path}{page}")

    text = answer.get_data(as_text=True)
    assert answer.status_code == (200 if page == "/stream" else 403)
    assert 'class="row' not in text
    assert "may not be opened" in text or "This look has ended" in text


def test_a_sign_in_that_ends_elsewhere_ends_an_open_stream(viewer: Viewer, town: Town) -> None:
    browser = viewer.browser(AMINA)
    path = browser.open(WALTER)
    town.weather("rotherham", "held", on="results")
    chunks = browser.client.get(f"{path}/stream", base_url="https://localhost", buffered=False).iter_encoded()
    next(chunks)

    viewer.app.extensions["sessions"].end_user(AMINA.user_id)
    rest = b"".join(chunks).decode()

    assert "event: ended" in rest
    assert "This sign-in has ended" in rest
    assert '"rows": [{' not in rest
