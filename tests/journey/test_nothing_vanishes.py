"""Law 2: nothing vanishes. What a trust holds, asked of it by another program, is on our page, which proves it."""

import pytest

from tests.journey.held import Held, held_by
from tests.reading import Account, Element, Page
from tests.sandbox.asking import Asker
from tests.whole import AMINA, Browser, Viewer, another

TRUSTS = ("barnsley", "chesterfield", "doncaster_and_bassetlaw", "mid_yorkshire", "rotherham", "sheffield_childrens",
          "sheffield_teaching")  # fmt: skip
PEOPLE = {
    "Walter": "999 412 7039", "Maya": "999 247 5145", "Joseph": "999 020 7798", "Amira": "999 576 0894",
    "Agnieszka": "999 962 5452", "Margaret": "999 802 3319", "Brenda": "999 061 7058", "Harold": "999 069 7469",
}  # fmt: skip
NEVER_SHARED = {"STD", "VIO", "GUMPCR", "GUMSER", "SAFEG"}


def may_be_shown(held: Held) -> set[str]:
    return {name for name in held.reports if not labels(held.resources[name]) & NEVER_SHARED}


def labels(resource: dict[str, object]) -> set[str]:
    return {code for code in NEVER_SHARED if f"'{code}'" in str(resource)}


@pytest.mark.parametrize("name", PEOPLE)
def test_per_trust_what_was_received_is_accounted_for_and_is_what_the_trust_holds_law_2(
    running: Viewer, asker: Asker, name: str
) -> None:
    browser = running.browser(another(AMINA))

    page = browser.read(browser.open(PEOPLE[name]))

    for trust in TRUSTS:
        account, held = page.accounts[trust], held_by(asker, trust, PEOPLE[name])
        assert account.received == len(may_be_shown(held)), trust
        assert account.received == account.shown + account.copies + account.earlier + account.unreadable
        assert account.unreadable == 0


@pytest.mark.parametrize("name", PEOPLE)
def test_as_many_rows_stand_on_the_page_as_its_accounts_say_law_2(running: Viewer, name: str) -> None:
    browser = running.browser(another(AMINA))

    page = browser.read(browser.open(PEOPLE[name]))

    shown = {trust: [key for key in page.rows if key.startswith(f"{trust}/")] for trust in TRUSTS}
    assert {trust: len(keys) for trust, keys in shown.items()} == (
        {trust: account.shown for trust, account in page.accounts.items()}
    )
    assert f"{len(page.rows)} shown · 0 hidden" in page.root.one("p", id="counts").said
    assert f"{sum(one.copies for one in page.accounts.values())}" == f"{page.source.count('Also held by')}"


@pytest.mark.parametrize("name", ["Brenda", "Walter", "Margaret"])
def test_every_report_a_trust_holds_can_be_reached_by_its_own_id_law_2(
    running: Viewer, asker: Asker, name: str
) -> None:
    browser = running.browser(another(AMINA))
    page = browser.read(browser.open(PEOPLE[name]))

    reached = set(page.rows) | {key for row in folding(page) for key in ids_in(browser, row)}

    for trust in TRUSTS:
        held = held_by(asker, trust, PEOPLE[name])
        missing = {f"{trust}/{report}" for report in held.reports} - reached
        assert missing == set()


def folding(page: Page) -> list[str]:
    """The addresses of those rows under which others are folded."""
    rows = [row for row in page.rows.values() if "Also held by" in row.said or "earlier version" in row.said]
    return [row.one("h3").one("a").attributes["href"] for row in rows]


def ids_in(browser: Browser, address: str) -> list[str]:
    """The reports that stand on the page of one: itself, its copies and its earlier versions."""
    report = browser.read(address)
    itself = report.root.one("article")
    return [
        f"{holder(part, itself.attributes['data-trust'])}/{own_id(part)}"
        for part in [itself, *report.root.all("section", "version")]
        if "The trust’s own id" in part.said
    ]


def holder(part: Element, trust: str) -> str:
    said = part.all("h2")[0].said if part.all("h2") else ""
    return "chesterfield" if said == "Also held by Chesterfield, same report" else trust


def own_id(part: Element) -> str:
    (fact,) = [one.said for one in part.all("div") if one.said.startswith("The trust’s own id")]
    return fact.removeprefix("The trust’s own id").partition(",")[0]


def test_results_that_are_never_shared_are_in_no_count_on_the_page_law_2(running: Viewer, asker: Asker) -> None:
    browser = running.browser(another(AMINA))

    page = browser.read(browser.open("999 303 4320"))

    held = held_by(asker, "rotherham", "999 303 4320")
    assert len(held.reports) - len(may_be_shown(held)) == 3
    assert page.accounts["rotherham"] == Account(len(may_be_shown(held)), len(may_be_shown(held)), 0, 0, 0)
