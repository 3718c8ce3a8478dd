"""The whole viewer on a port of this machine, and real Chromium windows that look at it.

Rule: every test here also proves that no window saw an error, a broken policy, or an NHS number in an address,
a title or a Referer.
"""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect
from werkzeug.serving import make_server

from sandbox.town import Town
from tests.chromium import chromium_here
from tests.reading import NHS_NUMBER
from tests.whole import Browser as SignedIn
from tests.whole import Viewer, viewer_of
from viewer.access.clinician import Clinician
from viewer.pages.guard import COOKIE

WIDE, NARROW = (1280, 900), (375, 812)
A_REFUSAL = re.compile(r"Failed to load resource: the server responded with a status of (400|403|404|503)")

ENDED = re.compile(r"^Nothing more is on its way\.$|^\d+ trusts? did not answer in full\.$")
SETTLED = re.compile(f"{ENDED.pattern}|newer reports? arrived")

expect.set_options(timeout=30_000)  # a busy machine gets there; nothing is waited for to see that it does not come


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Return the Chromium of this machine."""
    with chromium_here() as browser:
        yield browser


@pytest.fixture(scope="package")
def door() -> Iterator[socket.socket]:
    """Return the one port on which every viewer of these tests is served, so that the sign-in service can know it."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        yield door


@pytest.fixture(scope="package")
def seven_trusts(door: socket.socket) -> Iterator[Town]:
    """Return the sandbox, whose sign-in service sends people back to our port."""
    with Town(quick=True, viewer=address_of(door)) as town:
        yield town


def address_of(door: socket.socket) -> str:
    return f"http://localhost:{door.getsockname()[1]}"


@dataclass  # without slots: Playwright keeps its own notes on whoever listens
class Windows:
    """Opens windows on one served viewer, and remembers what went wrong in them and where they went."""

    chromium: Browser
    viewer: Viewer
    address: str
    troubles: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    titles: set[str] = field(default_factory=set)
    _contexts: list[BrowserContext] = field(default_factory=list)
    _signed_in: list[tuple[BrowserContext, SignedIn]] = field(default_factory=list)

    def browser(self, *roles: Clinician, size: tuple[int, int] = WIDE, script: bool = True) -> BrowserContext:
        """Open a browser; somebody with these roles has signed in there, or nobody has."""
        context = self.chromium.new_context(
            base_url=self.address,
            viewport={"width": size[0], "height": size[1]},
            java_script_enabled=script,
            locale="en-GB",
            timezone_id="Europe/London",
        )
        self._contexts.append(context)
        if roles:
            signed_in = self.viewer.browser(*roles)
            cookie = signed_in.client.get_cookie(COOKIE, domain="localhost")
            assert cookie
            here = self.address.replace("http:", "https:")
            context.add_cookies([{"name": COOKIE, "value": cookie.value, "url": here}])
            if script:  # as a page before this one said, on the way through the sign-in
                context.add_cookies([{"name": "script", "value": "1", "url": self.address}])
            self._signed_in.append((context, signed_in))
        context.on("page", self._watch)
        return context

    def window(self, *roles: Clinician, size: tuple[int, int] = WIDE, script: bool = True) -> Page:
        """Open a browser with one window."""
        return self.browser(*roles, size=size, script=script).new_page()

    def open(self, page: Page, nhs_number: str) -> str:
        """Open a patient in a window's sign-in, past the pages that lead there; return the address of the timeline."""
        (signed_in,) = [browser for context, browser in self._signed_in if context == page.context]
        return f"{self.address}{signed_in.open(nhs_number)}"

    def close(self) -> None:
        for context in self._contexts:
            for page in context.pages:
                self.titles.add(page.title())
            context.close()

    def _watch(self, page: Page) -> None:
        page.on("console", lambda said: self._hear(said.type, said.text))
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("request", self._follow)

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not A_REFUSAL.match(text):
            self.troubles.append(f"{kind}: {text}")

    def _follow(self, request: Request) -> None:
        self.addresses += [request.url, request.headers.get("referer", "")]


def wait_for_the_end(page: Page) -> None:
    """Wait until all that was asked for stands on a timeline.

    On a busy machine some of it may wait behind the bar, being newer than what is read. Then the page is asked for once
    more: what the trusts said a moment ago comes all at once.
    """
    expect(page.locator("#strip .waiting")).to_have_count(0)
    expect(page.locator("[data-arrived]")).to_have_text(SETTLED)
    if page.locator("[data-show]").is_visible():
        page.reload()
    expect(page.locator("[data-arrived]")).to_have_text(ENDED)


@pytest.fixture
def windows(chromium: Browser, door: socket.socket, town: Town, tmp_path: Path) -> Iterator[Windows]:
    """Serve a viewer with an empty log, and open windows on it."""
    with viewer_of(town, tmp_path, of_pds=10, address=address_of(door)) as viewer:
        port = door.getsockname()[1]
        server = make_server("localhost", port, viewer.app, threaded=True, fd=door.fileno())
        serving = threading.Thread(target=server.serve_forever, name="viewer")
        serving.start()
        windows = Windows(chromium, viewer, address_of(door))
        try:
            yield windows
        finally:
            windows.close()
            server.shutdown()
            serving.join()
    assert windows.troubles == []
    assert [one for one in (*windows.addresses, *windows.titles) if NHS_NUMBER.search(one)] == []


@pytest.fixture
def find() -> Callable[..., None]:
    """Return how to find a patient by number and come to the page that confirms who it is."""

    def find(page: Page, nhs_number: str) -> None:
        page.goto("/find")
        page.get_by_label("NHS number", exact=True).fill(nhs_number)
        page.get_by_role("button", name="Find by NHS number").click()
        page.get_by_role("link", name="Choose").first.click()

    return find


@pytest.fixture
def open_patient(windows: Windows) -> Callable[..., str]:
    """Return how to come to a page of a patient, the timeline unless another is named, and learn its own address."""

    def open_patient(page: Page, nhs_number: str, below: str = "") -> str:
        address = windows.open(page, nhs_number)
        page.goto(f"{address}{below}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        return address

    return open_patient


@pytest.fixture
def open_by_hand(find: Callable[..., None]) -> Callable[..., str]:
    """Return how to find, confirm and open a patient as somebody does, and learn the address of the timeline."""

    def open_by_hand(page: Page, nhs_number: str) -> str:
        find(page, nhs_number)
        page.get_by_label("in my department now").check()
        page.get_by_label("In your own words").fill("In my bay.")
        page.get_by_role("button", name="Open the results").click()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        return page.url.partition("?")[0]

    return open_by_hand
