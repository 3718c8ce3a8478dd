"""A trust that sends only part of what it holds: what came says that a correction or a report may not have come.

Rule: nobody sent that a study is unreported, or that a value still stands.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from sandbox.town import Town
from tests.reading import Page
from tests.whole import AMINA, Browser, Viewer, another

WALTER, TRUST = "999 412 7039", "rotherham"
SENTENCE = "Rotherham sent only part of what it holds: this may have been corrected or withdrawn since."
NOT_KNOWN = "Imaged. Whether it is reported is not known: Rotherham sent only part"
UNREPORTED = "not yet reported"


@dataclass(frozen=True, slots=True)
class Walter:
    """Walter's record while Rotherham sends the first page alone."""

    browser: Browser
    path: str

    def read(self, way: str = "") -> Page:
        return self.browser.read(f"{self.path}{way}")

    def copied(self, form: str) -> str:
        sent = self.browser.post(f"{self.path}/summary", these="all", **{"as": form})
        assert sent.status_code == 200
        return str(sent.get_data(as_text=True))


@pytest.fixture
def walter(town: Town, running: Viewer) -> Iterator[Walter]:
    browser = running.browser(another(AMINA))
    path = browser.open(WALTER)
    town.weather(TRUST, "half_page", None, "results")
    yield Walter(browser, path)
    town.fine()


def of_trust(page: Page) -> dict[str, str]:
    return {key: row.said for key, row in page.rows.items() if row.attributes["data-trust"] == TRUST}


def the_scan(page: Page) -> str:
    (said,) = (said for key, said in of_trust(page).items() if "/ImagingStudy/" in key and "CT aorta" in said)
    return said


def the_potassium(page: Page) -> str:
    (said,) = (said for said in of_trust(page).values() if "Potassium 6.9" in said)
    return said


def test_the_study_whose_report_did_not_come_is_not_said_to_be_unreported(walter: Walter) -> None:
    scan = the_scan(walter.read())

    assert NOT_KNOWN in scan
    assert "Status not known" in scan
    assert "Registered" not in scan
    radiology = walter.read("/radiology")
    listed = [one.said for one in radiology.root.all("tr") if "CT aorta" in one.said and "Rotherham" in one.said]
    assert len(listed) == 1
    assert NOT_KNOWN in listed[0]
    copied = [one for one in walter.copied("text").split("\n\n") if one.startswith("CT aorta, contrast. Rotherham")]
    assert len(copied) == 1
    assert NOT_KNOWN in copied[0]
    printed = [one for one in walter.copied("print").split("<article") if "CT aorta, contrast, Rotherham" in one]
    assert len(printed) == 1
    assert NOT_KNOWN in printed[0]
    lately = [one.said for one in walter.read("/already-done").root.all("li") if one.said.startswith("CT aorta")]
    assert lately
    for said in (scan, the_scan(radiology), *listed, *copied, *printed, *lately):
        assert UNREPORTED not in said
        assert "Registered" not in said


def test_every_row_of_the_trust_says_that_it_may_have_been_corrected_and_no_other_row(walter: Walter) -> None:
    page = walter.read()

    assert SENTENCE in the_potassium(page)
    assert all(SENTENCE in said for said in of_trust(page).values())
    others = [row.said for row in page.rows.values() if row.attributes["data-trust"] != TRUST]
    assert others
    assert not any("sent only part" in said for said in others)


def test_a_value_that_may_have_been_corrected_says_so_wherever_it_is_read(walter: Walter) -> None:
    page = walter.read()
    (row,) = (row for key, row in page.rows.items() if key in of_trust(page) and "Potassium 6.9" in row.said)
    link = row.one("h3").one("a").attributes["href"]

    assert SENTENCE in walter.browser.read(link).said
    (copied,) = (one for one in walter.copied("text").split("\n\n") if "Potassium: 6.9" in one)
    assert SENTENCE in copied
    line = 'Potassium</th><td class="number">6.9<'
    (printed,) = (one for one in walter.copied("print").split("<article") if line in one)
    assert SENTENCE in printed
    assert "Final, may have been corrected" in walter.read("/cumulative").said
    assert "may have been corrected" in page.root.one("section", id="already").said


def test_the_data_say_it_in_a_field_and_give_the_study_no_status(walter: Walter) -> None:
    reports = json.loads(walter.copied("data"))["reports"]

    assert {one["trust"] for one in reports if one["of_part"]} == {TRUST}
    assert all(one["of_part"] for one in reports if one["trust"] == TRUST)
    alone = [one for one in reports if one["trust"] == TRUST and one["id"].startswith("ImagingStudy/")]
    assert alone
    assert {one["status"] for one in alone} == {"unknown"}


def test_when_all_of_it_came_nothing_of_this_is_said(walter: Walter, town: Town) -> None:
    town.fine()

    page = walter.read()

    assert "sent only part" not in page.said
    assert "may have been corrected" not in page.said
