"""Law 5: what was sent is what is shown. Walter's every value, walked through the JSON that the trusts sent."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.town import Town
from tests.journey.held import Held, Resource, held_by
from tests.reading import Element, Page
from tests.sandbox.asking import Asker
from tests.whole import AMINA, Browser, Viewer, another

WALTER = "999 412 7039"
TRUSTS = ("chesterfield", "doncaster_and_bassetlaw", "mid_yorkshire", "rotherham", "sheffield_teaching")
NUMBER = re.compile(r"\d+(?:\.\d+)?")


@pytest.fixture(scope="module")
def browser(long_running: Viewer) -> Browser:
    return long_running.browser(another(AMINA))


@pytest.fixture(scope="module")
def page(seven_trusts: Town, browser: Browser) -> Page:
    seven_trusts.fine()
    return browser.read(browser.open(WALTER))


def quantities(resource: Resource) -> Iterator[dict[str, str]]:
    """Every value of a result that is a number, its own and its components'."""
    for one in (resource, *resource.get("component", ())):
        if "valueQuantity" in one:
            yield one["valueQuantity"]


def ranges(resource: Resource) -> Iterator[dict[str, Any]]:
    for one in (resource, *resource.get("component", ())):
        yield from one.get("referenceRange", ())


def shown(page: Page, held: Held) -> Iterator[tuple[Element, Resource]]:
    """Each result that a trust holds, and the row of ours it must stand in; folded reports have pages of their own."""
    for report in held.reports:
        row = page.rows.get(f"{held.trust}/{report}")
        for result in held.results_of(report) if row else ():
            assert row is not None
            yield row, result


@pytest.mark.parametrize("trust", TRUSTS)
def test_every_number_is_shown_with_its_comparator_decimals_and_unit_as_sent_law_5(
    page: Page, asker: Asker, trust: str
) -> None:
    seen = 0

    for row, result in shown(page, held_by(asker, trust, WALTER)):
        for sent in quantities(result):
            line = row.one("li", data_result=f"Observation/{result['id']}")
            assert line.one("b", "value").text == sent.get("comparator", "") + sent["value"]
            assert line.one("span", "unit").text == sent.get("unit", sent.get("code", "no unit"))
            seen += 1
    assert seen > 10


@pytest.mark.parametrize("trust", TRUSTS)
def test_every_limit_of_every_range_is_shown_as_sent_law_5(page: Page, asker: Asker, trust: str) -> None:
    for row, result in shown(page, held_by(asker, trust, WALTER)):
        for sent in ranges(result):
            said = row.one("li", data_result=f"Observation/{result['id']}").one("span", "range").text
            for limit in ("low", "high"):
                if limit in sent:
                    assert sent[limit]["value"] in said
            assert sent.get("text", "") in said or "low" in sent or "high" in sent


@pytest.mark.parametrize("trust", TRUSTS)
def test_every_word_that_is_a_value_a_comment_or_a_conclusion_is_shown_as_sent_law_5(
    page: Page, asker: Asker, trust: str
) -> None:
    held = held_by(asker, trust, WALTER)

    for row, result in shown(page, held):
        for one in (result, *result.get("component", ())):
            assert all(note["text"] in row.text for note in one.get("note", ()))
            coded = one.get("valueCodeableConcept", {})
            words = coded.get("text") or next((code["display"] for code in coded.get("coding", ())), "")
            assert words in row.text
            assert all(word in row.text for word in one.get("valueString", "").split() if trust != "rotherham")
    for report in held.of_kind("DiagnosticReport"):
        if row_ := page.rows.get(f"{trust}/DiagnosticReport/{report['id']}"):
            assert report.get("conclusion", "") in row_.text


def test_a_number_and_its_unit_sent_as_free_text_lose_no_character_law_5(page: Page, asker: Asker) -> None:
    seen = 0

    for row, result in shown(page, held_by(asker, "rotherham", WALTER)):
        if "valueString" in result:
            line = row.one("li", data_result=f"Observation/{result['id']}")
            value, _, rest = result["valueString"].partition(" ")
            unit, _, limits = rest.partition(" (")
            assert line.one("b", "value").text == value
            assert line.one("span", "unit").text == unit
            assert all(number in line.one("span", "range").text for number in NUMBER.findall(limits))
            seen += 1
    assert seen > 5


def test_a_flag_is_shown_where_the_laboratory_sent_one_and_nowhere_else_law_5(page: Page, asker: Asker) -> None:
    for trust in TRUSTS:
        for row, result in shown(page, held_by(asker, trust, WALTER)):
            for _ in quantities(result):
                line = row.one("li", data_result=f"Observation/{result['id']}")
                assert ("no flag" in line.one("span", "flags").said) is ("interpretation" not in result)


def test_what_is_folded_under_a_row_is_shown_as_sent_on_the_page_of_the_report_law_5(
    browser: Browser, page: Page, asker: Asker
) -> None:
    held = held_by(asker, "rotherham", WALTER)
    (row,) = [row for row in page.rows.values() if "1 earlier version" in row.said]

    report = browser.read(row.one("h3").one("a").attributes["href"])

    earlier = report.root.one("section", "earlier")
    (superseded,) = [name for name in held.reports if f"rotherham/{name}" not in page.rows]
    for result in held.results_of(superseded):
        for sent in quantities(result):
            line = earlier.one("li", data_result=f"Observation/{result['id']}")
            assert line.one("b", "value").text == sent["value"]
            assert line.one("span", "unit").text == sent["unit"]
