"""Which pages are kept as golden, who sees each, and how somebody comes to it.

Rule: a page is kept in four widths. What is kept is what a screen reader is told of it, in order, with every date,
clock time and duration struck out: the sandbox's stories are told of today.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from sandbox.town import Town
from tests.browser.conftest import ENDED, SETTLED
from tests.whole import AMINA, KOFI, PRIYA
from viewer.access.clinician import Clinician

WIDTHS = (375, 768, 1280, 1920)
HEIGHTS = {375: 812, 768: 1024, 1280: 900, 1920: 1080}
WALTER, NOBODY, EILEEN, JOSEPH = "999 412 7039", "999 162 5003", "999 415 2971", "999 020 7798"
BRENDA, NAOMI = "999 061 7058", "999 094 4768"


@dataclass(frozen=True, slots=True)
class Golden:
    """One page, and the way to it."""

    name: str
    go: Callable[[Page, Town], None]
    who: Clinician | None = AMINA
    kept: bool = True  # False: what it says moves with the hour, not with the day alone


def at(address: str) -> Callable[[Page, Town], None]:
    """Return the way to a page that has an address of its own."""

    def go(page: Page, _: Town) -> None:
        page.goto(address)

    return go


def found(number: str) -> Callable[[Page, Town], None]:
    """Return the way to the page of who was found under a number."""

    def go(page: Page, _: Town) -> None:
        page.goto("/find")
        page.get_by_label("NHS number", exact=True).fill(number)
        page.get_by_role("button", name="Find by NHS number").click()
        expect(page.get_by_role("heading", level=1)).to_be_visible()

    return go


def confirming(number: str) -> Callable[[Page, Town], None]:
    """Return the way to the page that asks whether this is the patient."""

    def go(page: Page, town: Town) -> None:
        found(number)(page, town)
        page.get_by_role("link", name="Choose").first.click()

    return go


def opened(number: str, below: str = "", *, without: str = "") -> Callable[[Page, Town], None]:
    """Return the way to a page below an opened patient; a trust named by `without` is down."""

    def go(page: Page, town: Town) -> None:
        if without:
            town.weather(without, "error")
        confirming(number)(page, town)
        page.get_by_role("radio").first.check()
        page.get_by_label("In your own words").fill("In my bay.")
        page.get_by_role("button", name="Open the results").click()
        come_to_rest(page)
        if below:
            page.goto(f"{page.url.partition('?')[0]}{below}")
        if page.locator("[data-arrived]").count():
            come_to_rest(page)

    return go


def come_to_rest(page: Page) -> None:
    """Wait until every trust has been heard of, and take in what waits: on a busy machine newer rows may come late."""
    expect(page.locator("#strip .waiting")).to_have_count(0)
    expect(page.locator("[data-arrived]")).to_have_text(SETTLED)
    if page.locator("[data-show]").is_visible():
        page.locator("[data-show]").click()
    expect(page.locator("[data-arrived]")).to_have_text(ENDED)


def broken(number: str) -> Callable[[Page, Town], None]:
    """Return the way to the results of a patient for whom the glass has to be broken."""

    def go(page: Page, town: Town) -> None:
        page.goto("/")
        page.get_by_role("button", name="Sign in with your NHS smartcard or passkey").click()
        page.get_by_role("button", name="Dr Amina Farrell").click()
        found(number)(page, town)
        page.get_by_label("Why it cannot wait, in your own words").fill("Collapsed in resus")
        page.get_by_role("button", name="Break the glass").click()
        page.get_by_role("button", name="Dr Amina Farrell").click()
        come_to_rest(page)

    return go


def printed(number: str) -> Callable[[Page, Town], None]:
    """Return the way to the summary for print of the first report that can be chosen."""

    def go(page: Page, town: Town) -> None:
        opened(number, "/summary")(page, town)
        page.locator(".choice input").first.check()
        page.locator("form.chosen").get_by_role("button", name="On A4").first.click()
        expect(page.locator(".paper").first).to_be_visible()

    return go


def trend(number: str, *tests: str) -> Callable[[Page, Town], None]:
    """Return the way to the graphs of the first rows of the cumulative table that are called so."""

    def go(page: Page, town: Town) -> None:
        opened(number, "/cumulative", without="barnsley")(page, town)
        rows = [page.locator("tr:not(.head)", has=page.locator("th", has_text=test)).first for test in tests]
        links = [row.locator("a", has_text="Trend").first.get_attribute("href") or "" for row in rows]  # folded or not
        marks = [link.partition("?")[2] for link in links]
        page.goto(f"{page.url.rpartition('/')[0]}/trend?{'&'.join(marks)}")

    return go


def report(number: str, title: str) -> Callable[[Page, Town], None]:
    """Return the way to the newest whole report of this title."""

    def go(page: Page, town: Town) -> None:
        opened(number)(page, town)
        page.locator(".row h3 a", has_text=title).first.click()
        expect(page.get_by_role("link", name="Back to the timeline")).to_be_visible()

    return go


PAGES = (
    Golden("sign-in", at("/sign-in"), None),
    Golden("telephones", at("/telephones"), None),
    Golden("find", at("/find")),
    Golden("found", found(EILEEN)),
    Golden("nobody-found", found(NOBODY)),
    Golden("confirm", confirming(WALTER)),
    Golden("timeline", opened(WALTER, "?period=30d")),
    Golden("timeline-with-a-gap", opened(WALTER, "?period=30d", without="barnsley")),
    Golden("timeline-of-a-gp", opened(JOSEPH, "?period=1y"), KOFI),
    Golden("cumulative", opened(WALTER, "/cumulative", without="barnsley")),
    Golden("trend", trend(WALTER, "Creatinine", "CRP")),
    Golden("microbiology", opened(BRENDA, "/microbiology")),
    Golden("radiology", opened(WALTER, "/radiology")),
    Golden("report-of-imaging", report(WALTER, "CT aorta, contrast")),
    Golden("report-of-a-culture", report(BRENDA, "Urine culture")),
    Golden("report-with-a-document", report(WALTER, "Ultrasound renal tract")),
    Golden("report-missing", opened(WALTER, "/reports/none")),
    Golden("glass-broken", broken(NAOMI), None),
    Golden("already-done", opened(WALTER, "/already-done"), kept=False),
    Golden("summary", opened(JOSEPH, "/summary"), KOFI),
    Golden("print", opened(JOSEPH, "/print"), KOFI),
    Golden("summary-for-print", printed(JOSEPH), KOFI),
    Golden("ended", at("/patients/nobody")),
    Golden("not-found", at("/nowhere")),
    Golden("launch-refused", at("/launch?iss=https://elsewhere.example/fhir&launch=x")),
    Golden("worklist", at("/worklist"), KOFI),
    Golden("board", at("/board"), kept=False),
    Golden("keyboard", at("/keyboard")),
    Golden("agreements", at("/agreements")),
    Golden("codes", at("/codes")),
    Golden("trusts", at("/health/trusts"), kept=False),
    Golden("ledger", at("/ledger"), PRIYA),
    Golden("ledger-entry", at("/ledger/entries/1"), PRIYA),
    Golden("alerts", at("/alerts"), PRIYA),
    Golden("break-glass-review", at("/alerts/break-glass"), PRIYA),
    Golden("record-report", at("/record-report"), PRIYA),
    Golden("what-if", at("/what-if"), PRIYA),
    Golden("management", at("/management"), PRIYA, kept=False),
    Golden("dissent", at("/dissent"), PRIYA),
)

_MOVES = (
    (re.compile(r"\b\d{1,2}-[A-Z][a-z]{2}-\d{4}\b"), "dd-MMM-yyyy"),
    (re.compile(r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b"), "weekday"),
    (re.compile(r"\b\d\d:\d\d(?::\d\d)?\b"), "HH:mm"),
    (re.compile(r"\b\d+(?:\.\d)? (?:ms|s|min|h|d|days?|hours?|minutes?|seconds?)\b"), "a while"),
    (re.compile(r"\(\d+[ymwd](?: \d+[mwd])?\)"), "(age)"),
    (re.compile(r"\b\d{4}-\d\d-\d\d\b"), "yyyy-MM-dd"),
    (re.compile(r"\n *- /url: .*"), ""),
    (re.compile(r"[A-Za-z0-9_-]{22,}"), "…"),
)


def as_told(page: Page) -> str:
    """Return what a screen reader is told of the whole page, without what moves from day to day or with the hour."""
    page.evaluate("() => document.querySelector('#already')?.remove()")  # the last 72 hours, from now
    told = page.locator("body").aria_snapshot()
    for moves, instead in _MOVES:
        told = moves.sub(instead, told)
    return f"{told}\n"
