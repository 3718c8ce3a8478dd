"""The cumulative page of the whole viewer: every result a trust holds is in one cell or listed, as it was sent."""

import re
from collections import Counter
from collections.abc import Iterator

import pytest

from sandbox.town import Town
from tests.cumulative_reading import columns, filled, line_of, lines, number_in
from tests.journey.held import Held, Resource, held_by
from tests.reading import Element, Page
from tests.sandbox.asking import Asker
from tests.whole import AMINA, Browser, Viewer, another

WALTER = "999 412 7039"
PEOPLE = {
    "Walter": WALTER, "Maya": "999 247 5145", "Joseph": "999 020 7798", "Amira": "999 576 0894",
    "Agnieszka": "999 962 5452", "Margaret": "999 802 3319", "Brenda": "999 061 7058", "Harold": "999 069 7469",
    "Eileen": "999 415 2971", "Doreen": "999 839 3353", "Callum": "999 303 4320", "Theo": "999 318 0319",
    "Gareth": "999 502 1404",
}  # fmt: skip
TRUSTS = {
    "barnsley": "Barnsley", "chesterfield": "Chesterfield", "doncaster_and_bassetlaw": "Doncaster and Bassetlaw",
    "mid_yorkshire": "Mid Yorkshire", "rotherham": "Rotherham", "sheffield_childrens": "Sheffield Children’s",
    "sheffield_teaching": "Sheffield Teaching",
}  # fmt: skip


def of_walter(running: Viewer, query: str = "") -> Page:
    browser = running.browser(another(AMINA))
    return browser.read(f"{browser.open(WALTER)}/cumulative{query}")


# ── Over all patients of the sandbox ──


def values_of(result: Resource) -> int:
    """How many findings one result of a trust holds: its own value, or why there is none, and its components'."""
    own = any(name.startswith("value") or name == "dataAbsentReason" for name in result)
    return own + len(result.get("component", ()))


def laboratory_reports(timeline: Page, trust: str) -> list[str]:
    rows = timeline.rows.items()
    return [key.partition("/")[2] for key, row in rows
            if row.attributes["data-kind"] == "laboratory" and row.attributes["data-trust"] == trust]  # fmt: skip


def both_pages(browser: Browser, name: str) -> tuple[Page, Page]:
    path = browser.open(PEOPLE[name])
    return browser.read(path), browser.read(f"{path}/cumulative?columns=all")


@pytest.mark.parametrize("name", PEOPLE)
def test_every_result_of_every_laboratory_is_in_one_cell_or_listed_law_2(
    running: Viewer, asker: Asker, name: str
) -> None:
    timeline, page = both_pages(running.browser(another(AMINA)), name)

    held = {trust: held_by(asker, trust, PEOPLE[name]) for trust in TRUSTS}
    expected = {
        trust: sum(values_of(one) for report in laboratory_reports(timeline, trust)
                   for one in held[trust].results_of(report))
        for trust in TRUSTS
    }  # fmt: skip
    assert in_table_by_trust(page) + listed_by_trust(page) == +Counter(expected)
    assert page.root.one("p", id="counts").said.startswith(f"{in_table_by_trust(page).total():,} result")


def in_table_by_trust(page: Page) -> Counter[str]:
    if not page.root.all("table", "cumulative"):
        return Counter()
    titles = [column.one("b").said for column in columns(page.root)]
    names = {title: name for name, title in TRUSTS.items()}
    return Counter(names[titles[place]] for place, _ in filled(page.root))


def listed_by_trust(page: Page) -> Counter[str]:
    names: Counter[str] = Counter()
    for section in page.root.all("section", "outside"):
        for report in section.all("ul")[0].children:
            if isinstance(report, Element):
                trust = report.one("a").attributes["href"].rpartition("/")[2].partition(".")[0]
                names[trust] += sum(len(inner.all("li")) for inner in report.all("ul"))
    return names


@pytest.mark.parametrize("name", PEOPLE)
def test_every_number_stands_in_its_laboratorys_columns_as_it_was_sent_law_5(
    running: Viewer, asker: Asker, name: str
) -> None:
    timeline, page = both_pages(running.browser(another(AMINA)), name)

    titles = [column.one("b").said for column in columns(page.root)] if page.root.all("thead") else []
    shown = [(titles[place], cell) for place, cell in (filled(page.root) if titles else ())]
    for trust, title in TRUSTS.items():
        held = held_by(asker, trust, PEOPLE[name])
        expected = Counter(
            number for report in laboratory_reports(timeline, trust) for number in numbers_sent(held, report)
        )
        said = Counter(number for of, cell in shown if of == title and (number := number_in(cell)))
        assert said >= expected, trust


def numbers_sent(held: Held, report: str) -> Iterator[str]:
    if held.resources[report].get("status") == "entered-in-error":
        return
    for result in held.results_of(report):
        for one in (result, *result.get("component", ())):
            if "valueQuantity" in one:
                yield f"{one['valueQuantity'].get('comparator', '')}{one['valueQuantity']['value']}"


# ── Walter, as the picture has him ──


def test_what_is_missing_stands_by_name_before_any_result_and_can_be_asked_again(town: Town, running: Viewer) -> None:
    town.weather("barnsley", "error")

    page = of_walter(running, "?group=u_and_e&period=1y")

    gap = page.root.one("li", "gap", data_trust="barnsley")
    assert "Barnsley: not obtained" in gap.said
    assert "01632 960 101" in gap.said
    form = {one.attributes["name"]: one.attributes["value"] for one in gap.all("input")}
    assert form == {"group": "u_and_e", "period": "1y", "again": "barnsley"}
    assert page.source.index("Barnsley: not obtained") < page.source.index("<table")


def test_the_newest_time_is_the_last_column(running: Viewer) -> None:
    said = [column.said for column in columns(of_walter(running).root)]

    assert "Sheffield Teaching" in said[-1]
    assert said[-1].endswith("≠ other laboratory")
    assert sum("≠ other laboratory" in one or "= same laboratory" in one for one in said) == len(said) - 1


def test_two_units_of_one_test_are_two_rows(running: Viewer) -> None:
    headings = [heading for heading, _ in lines(of_walter(running).root)]

    assert [one for one in headings if one.startswith("Haemoglobin g/L")]
    assert [one for one in headings if one.startswith("Haemoglobin g/dL")]


def test_what_was_corrected_is_struck_and_said_with_both_times(running: Viewer) -> None:
    page = of_walter(running)

    (cell,) = [cell for cell in line_of(page.root, "Potassium mmol/L, serum") if cell.all("s")]
    note, of_group = (page.root.one("li", id=f"note-{ref.said}") for ref in cell.all("a", "ref"))
    assert cell.one("s").said == "6.9"
    assert "Laboratory, of U&E as a whole: “First value from a haemolysed sample" in of_group.said
    assert re.fullmatch(
        r"Potassium, Rotherham, \S+ 22:41: 6\.9 mmol/l ▲ HI issued \S+ 23:05; now 5\.9 mmol/l ▲ HI, issued \S+ 01:48\."
        r" back",
        note.said,
    )


def test_what_was_cancelled_stands_at_its_time_with_its_reason(running: Viewer) -> None:
    cells = line_of(of_walter(running).root, "Not given")

    (cancelled,) = [cell for cell in cells if cell.said]
    assert cancelled.said.startswith("Cancelled U&E Insufficient sample. issued")


def test_each_report_is_reached_from_the_group_it_gave_results_to(running: Viewer) -> None:
    browser = running.browser(another(AMINA))
    path = browser.open(WALTER)
    page = browser.read(f"{path}/cumulative")

    (preliminary,) = page.root.one("table", "cumulative").all("a", "dashed")

    assert preliminary.said == "Preliminary"
    assert browser.read(f"{path}/{preliminary.attributes['href']}").heading


def test_each_row_leads_to_its_trend(running: Viewer) -> None:
    browser = running.browser(another(AMINA))
    path = browser.open(WALTER)
    page = browser.read(f"{path}/cumulative")

    (creatinine,) = [link for link in page.root.all("a") if link.attributes.get("aria-label", "").endswith("umol/L")][
        :1
    ]

    trend = browser.read(f"{path}/{creatinine.attributes['href']}")
    assert "Creatinine" in trend.main.said
    assert "Sodium" not in trend.root.one("main").one("table").said


def test_what_a_reader_hides_is_counted(running: Viewer) -> None:
    whole, few = of_walter(running), of_walter(running, "?group=u_and_e&period=30d")

    (shown,) = re.findall(r"^([\d,]+) results? in", few.root.one("p", id="counts").said)
    (hidden,) = re.findall(r"· ([\d,]+) hidden: .* of tests not chosen", few.root.one("p", id="counts").said)
    assert int(shown) + int(hidden) == len(filled(whole.root))
    assert int(shown) == len(filled(few.root)) > 0
    assert "older than" in few.root.one("p", id="counts").said


def test_a_choice_that_we_do_not_know_hides_nothing(running: Viewer) -> None:
    page = of_walter(running, "?group=atlantis&period=forever&columns=some")

    assert "0 hidden" in page.root.one("p", id="counts").said


def test_a_table_of_nothing_does_not_say_that_there_is_nothing(town: Town, running: Viewer) -> None:
    town.weather("barnsley", "error")
    browser = running.browser(another(AMINA))

    page = browser.read(f"{browser.open(PEOPLE['Gareth'])}/cumulative")

    assert page.root.all("table", "cumulative") == []
    assert "this does not mean that there are none" in page.said


def test_pictures_and_words_are_listed_below_with_the_way_to_their_reports(running: Viewer) -> None:
    browser = running.browser(another(AMINA))
    page = browser.read(f"{browser.open(WALTER)}/cumulative")

    links = {link.said: link.attributes["href"] for link in page.root.one("section", "outside").all("a")}

    assert browser.get(links["Urine culture"]).status_code == 200
    assert browser.get(links["X-ray chest"]).status_code == 200
