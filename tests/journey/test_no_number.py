"""Law 6: no NHS number in an address, a log line, a title or a Referer; and no name or result in a log line."""

import logging
import re
from dataclasses import dataclass

import pytest

from sandbox.server import Recorded
from sandbox.town import Town
from tests.reading import NHS_NUMBER, read
from tests.whole import AMINA, KOFI, PRIYA, Browser, Viewer, viewer_of

WALTER, NAOMI, AMIRA = "999 412 7039", "999 094 4768", "999 576 0894"
NAMES = re.compile(r"hargreaves|walter|fenwick|naomi|farrell|1944|09-mar", re.IGNORECASE)
CHANCE = re.compile(
    r"\b([0-9a-f]{32}|[a-p]{32})\b|(created|relativeCreated|msecs|thread|process)=[\d.]+"
)  # ids, which may well say "naomi", and a logger's own clock, which may well say "1944"
RESULTS = re.compile(r"potassium|mmol|haemolysed|nodule|creatinine|aortic", re.IGNORECASE)
TROUBLES = ("error", "garbled", "one_broken", "wrong_patient", "half_page", "deep", "long_headers", "html", "dead")


class Everything(logging.Handler):
    """Keeps every line of every logger, and whatever came with it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))
        self.lines.append(" ".join(f"{name}={value}" for name, value in record.__dict__.items()))


@dataclass(frozen=True, slots=True)
class Journey:
    """What one whole journey left behind."""

    lines: list[str]  # of every logger
    pages: list[tuple[str, str]]  # each address, and what it gave
    asked: list[Recorded]  # by the trusts


@pytest.fixture(scope="module")
def journey(seven_trusts: Town, tmp_path_factory: pytest.TempPathFactory) -> Journey:
    """Go everywhere once, with every logger there is at its most talkative."""
    handler, root = Everything(), logging.getLogger()
    before = root.level
    seven_trusts.fine()
    seven_trusts.forget_requests()
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with viewer_of(seven_trusts, tmp_path_factory.mktemp("journey")) as viewer:
            pages = whole_journey(seven_trusts, viewer)
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
    asked = [request for requests in seven_trusts.requests.values() for request in requests]
    return Journey(handler.lines, pages, asked)


def whole_journey(town: Town, viewer: Viewer) -> list[tuple[str, str]]:
    """Go everywhere, in fine weather and foul, and return the (address, page) of every answer, redirects too."""
    clinician, officer = viewer.browser(AMINA), viewer.browser(PRIYA)
    walk = Walk()
    path = walk.open(clinician, WALTER)
    report = next(link for link in read(walk.pages[-1][1]).all("a") if "/reports/" in link.attributes["href"])
    for address in (f"{path}/stream", report.attributes["href"], path + "?find=potassium", "/find", "/nowhere"):
        walk.get(clinician, address)
    for weather in TROUBLES:
        town.weather("rotherham", weather)
        walk.get(clinician, path + "?again=rotherham")
        walk.search(clinician, WALTER)
    town.fine()
    walk.search(clinician, NAOMI)
    walk.search(viewer.browser(KOFI), AMIRA)
    walk.post(clinician, "/find", nhs_number="999 412 7030")
    walk.post(clinician, f"{path}/again", trust="rotherham")
    walk.post(clinician, f"{path}/again", trust="rotherham", csrf="of-another")
    walk.get(officer, path)
    walk.get(officer, walk.post(officer, "/ledger", nhs_number=WALTER))
    walk.get(officer, "/ledger/entries/5")
    walk.get(officer, "/health/trusts")
    return walk.pages


class Walk:
    """Collects where a browser went and what it was given."""

    def __init__(self) -> None:
        self.pages: list[tuple[str, str]] = []

    def get(self, browser: Browser, address: str) -> None:
        answer = browser.get(address)
        self.pages.append((answer.request.url, answer.get_data(as_text=True)))

    def post(self, browser: Browser, address: str, **form: str) -> str:
        answer = browser.post(address, **form)
        self.pages.append((answer.request.url, answer.get_data(as_text=True)))
        self.pages.append((answer.location or "", ""))
        return answer.location or ""

    def search(self, browser: Browser, number: str) -> None:
        self.get(browser, self.post(browser, "/find", nhs_number=number))

    def open(self, browser: Browser, number: str) -> str:
        path = browser.open(number)
        self.get(browser, path)
        return path


def test_no_log_line_of_a_whole_journey_holds_a_number_a_name_or_a_result_law_6(journey: Journey) -> None:
    sent = [line for line in journey.lines if not line.startswith("aiohttp.server")]
    ours = [CHANCE.sub("", line) for line in sent]
    assert len(ours) > 20
    assert [line for line in sent if WALTER.replace(" ", "") in line] == []
    assert [line for line in ours if NHS_NUMBER.search(line)] == []
    assert [line for line in ours if NAMES.search(line)] == []
    assert [line for line in ours if RESULTS.search(line)] == []


def test_no_address_link_or_title_of_a_whole_journey_holds_a_number_or_a_name_law_6(journey: Journey) -> None:
    addresses = [address for address, _ in journey.pages]
    pages = [read(page) for _, page in journey.pages if '<html lang="en-GB">' in page]
    titles = [title.said for page in pages for title in page.all("title")]
    links = [
        element.attributes[name]
        for page in pages
        for element in page.inside
        for name in ("href", "src", "action")
        if name in element.attributes
    ]
    assert len(addresses) > 30
    assert len(titles) > 20
    for said in (CHANCE.sub("", text) for text in (*addresses, *titles, *links)):
        assert not NHS_NUMBER.search(said)
        assert not NAMES.search(said)


def test_no_request_to_a_trust_says_a_number_in_its_address_or_headers_law_6(journey: Journey) -> None:
    assert len(journey.asked) > 50
    for request in journey.asked:
        headers = [value for name, value in request.headers.items() if name.casefold() != "authorization"]
        said = CHANCE.sub("", " ".join([request.path, *headers]))
        assert not NHS_NUMBER.search(said)
        assert not NAMES.search(said)


def test_every_page_tells_the_browser_to_keep_nothing_and_to_tell_no_other_site_law_6(
    town: Town, viewer: Viewer
) -> None:
    browser = viewer.browser(AMINA)
    path = browser.open(WALTER)

    for address in (path, f"{path}/stream", "/find", "/nowhere", "/health"):
        headers = browser.get(address).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_no_setting_or_value_of_a_journey_shows_a_number_when_it_is_printed_law_6(viewer: Viewer) -> None:
    browser = viewer.browser(AMINA)
    browser.read(browser.open(WALTER))

    for record in viewer.events():
        assert WALTER.replace(" ", "") not in repr(record)
