"""Each kind of report through the whole viewer, as the sandbox's laboratories send it, and the two pages of a kind."""

import pytest

from sandbox.town import Town
from tests.reading import Page
from tests.whole import AMINA, Browser, Viewer, another

WALTER, BRENDA, HAROLD = "999 412 7039", "999 061 7058", "999 069 7469"
AMIRA, AGNIESZKA, MARGARET = "999 576 0894", "999 962 5452", "999 802 3319"


@pytest.fixture
def browser(running: Viewer) -> Browser:
    return running.browser(another(AMINA))


def row(page: Page, title: str):  # type: ignore[no-untyped-def]  # an Element
    (found,) = [one for one in page.rows.values() if one.one("h3").said == title]
    return found


def test_a_culture_is_a_table_and_what_was_preliminary_is_said_to_have_been(browser: Browser) -> None:
    page = browser.read(browser.open(HAROLD) + "/microbiology")

    culture = row(page, "Blood culture")
    assert "Co-amoxiclav susceptibility Susceptible, increased exposure I intermediate" in culture.one("table").said
    assert "1 earlier version: preliminary, issued" in culture.said
    assert "no longer in the report: Gram film Gram negative bacilli" in culture.said


def test_susceptibilities_sent_as_components_are_a_table_too(browser: Browser) -> None:
    page = browser.read(browser.open(HAROLD) + "/microbiology")

    table = row(page, "Organism").one("table", "culture")
    assert [one.said for one in table.all("th", scope="row")] == [
        "Ciprofloxacin", "Piperacillin/tazobactam", "Gentamicin", "Meropenem",
    ]  # fmt: skip


def test_microbiology_has_every_isolate_in_one_table_and_counts_what_is_elsewhere(browser: Browser) -> None:
    path = browser.open(BRENDA)
    everything, page = browser.read(path), browser.read(f"{path}/microbiology")

    table = page.root.one("table", "listing")
    organisms = [one.said for one in table.all("th", scope="row")]
    assert organisms == ["Escherichia coli", "Escherichia coli", "Pseudomonas aeruginosa"]
    assert "R resistant: none" not in table.all("tr")[1].said
    assert "Amoxicillin susceptibility, Trimethoprim susceptibility" in table.said
    assert f"Not on this page: {len(everything.rows) - len(page.rows) - 1} laboratory reports" in page.said
    assert "1 radiology report" in page.said
    assert set(page.rows) < set(everything.rows)


def test_what_a_laboratory_sends_beside_the_letters_is_named_and_an_empty_cell_is_none_where_it_sends_nothing(
    browser: Browser,
) -> None:
    page = browser.read(browser.open(BRENDA) + "/microbiology")

    lines = page.root.one("table", "listing").all("tr")[1:]
    assert [line.one("td", data_label="Also sent:").said for line in lines] == [
        "Extended-spectrum beta-lactamase Not detected", "nothing", "nothing",
    ]  # fmt: skip
    assert lines[2].one("td", data_label="R resistant:").said == "none"
    urine = row(page, "Urine culture")
    assert "Bacterial count >10^5 cfu/mL" in urine.said
    assert "none sent" in urine.one("table", "culture").said
    assert "not in this column" not in urine.said


def test_a_block_of_text_keeps_its_columns(browser: Browser) -> None:
    page = browser.read(browser.open(BRENDA) + "/microbiology")

    text = row(page, "Wound swab").one("b", "value").text
    assert "  Flucloxacillin                 S   -\n" in text


def test_radiology_has_every_study_with_its_alert_its_state_and_its_images(browser: Browser) -> None:
    page = browser.read(browser.open(WALTER) + "/radiology")

    lines = [one.said for one in page.root.one("table", "listing").all("tr")[1:]]
    assert len(lines) == len(page.rows) == 5
    assert "X-ray chest X-ray (DX) Chest ○ Imaged, not yet reported Sheffield Teaching" in lines[0]
    assert "Thorax and abdomen Appended ◆ SIGNIFICANT UNEXPECTED" in lines[1]
    links = [one.attributes["href"] for one in page.root.all("a", "images")]
    assert any(link.startswith("https://images.rotherham.example/study/2.25.") for link in links)
    assert "stands in that trust’s own log; this page cannot see it" in page.said
    assert lines[3].endswith("Doncaster and Bassetlaw no link")


def test_the_log_names_what_a_page_of_one_kind_shows_and_no_more(viewer: Viewer) -> None:
    browser = viewer.browser(AMINA)
    page = browser.read(browser.open(WALTER) + "/radiology")

    (shown,) = viewer.events(event="results shown")

    assert {name.partition("@")[0] for name in shown.reports} >= set(page.rows)
    assert len(shown.reports) < 20  # of 128


def test_missing_trusts_stand_before_the_results_of_these_pages_too_law_1(town: Town, viewer: Viewer) -> None:
    town.weather("rotherham", "error")
    browser = viewer.browser(AMINA)
    path = browser.open(WALTER)

    for page in (browser.read(f"{path}/radiology"), browser.read(f"{path}/microbiology")):
        assert page.gaps["rotherham"].startswith("✕ Rotherham: not obtained failed")
        assert page.source.index("Rotherham: not obtained") < page.source.index('class="row"')
        assert "HTTP" not in page.said


def test_a_glucose_tolerance_test_has_three_times(browser: Browser) -> None:
    tolerance = row(browser.read(browser.open(AMIRA)), "Oral glucose tolerance test, 75 g")

    lines = [one.one("p", "own").said for one in tolerance.all("li", "result")]
    assert [line.partition("; ")[2] for line in lines] == [
        "the first of these",
        "62 min after the first (worked out from the times sent)",
        "123 min after the first (worked out from the times sent)",
    ]


def test_cytology_is_read_in_its_sections_and_its_pcr_in_words(browser: Browser) -> None:
    smear = row(browser.read(browser.open(AGNIESZKA)), "Cervical cytology")

    assert [one.said for one in smear.all("span", role="heading")] == [
        "Clinical details", "High-risk HPV DNA", "Adequacy", "Cytology", "Management",
    ]  # fmt: skip
    assert "High-risk HPV DNA Detected ◇ PA potentially abnormal" in smear.said


def test_a_gas_is_marked_point_of_care_with_what_was_breathed(browser: Browser) -> None:
    gas = row(browser.read(browser.open(HAROLD)), "Arterial blood gas (point of care)")

    assert "21:05" in gas.one("span", "taken").said
    assert "Point of care FiO2 0.40" in gas.said
    assert "Patient temperature 38.6" in gas.said


def test_histology_keeps_the_columns_of_its_receptors(browser: Browser) -> None:
    histology = row(browser.read(browser.open(MARGARET)), "Histology")

    assert "Oestrogen (ER)        8/8        Positive\n" in histology.one("span", "fixed").text
