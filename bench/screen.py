"""What 20,000 results cost in real Chromium: to the first rows, to the last, in bytes, and while they are scrolled.

Rule: every time stands beside that of an almost empty page of the same viewer, in the same browser and run.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from bench.clinic import Clinic, running_viewer
from bench.figure import Figure, ms
from bench.load import Visit
from bench.plan import FAIR, VALUES_A_REPORT, Place
from bench.programs import running_town

RESULTS = 20_000
REPORTS_A_PAGE = 100
DELAY = 0.005  # seconds a request: what is measured is not the trusts
ROUNDS = 3
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]  # fmt: skip

# Before anything of the page: keep when the first row came, and how long the longest task was since it was last asked.
_WATCH = """
window.longest = 0;
new PerformanceObserver((seen) => {
  for (const task of seen.getEntries()) window.longest = Math.max(window.longest, task.duration);
}).observe({entryTypes: ["longtask"]});
new MutationObserver((_, watcher) => {
  if (!document.querySelector(".row")) return;
  watcher.disconnect();
  requestAnimationFrame(() => { window.firstRows = performance.now(); });
}).observe(document, {childList: true, subtree: true});
"""
_SCROLL = """async () => {
  window.longest = 0;
  const whole = document.documentElement.scrollHeight;
  for (let step = 0; step <= 60; step += 1) {
    scrollTo(0, (whole * step) / 60);
    await new Promise((next) => requestAnimationFrame(() => setTimeout(next, 0)));
  }
  await new Promise((next) => setTimeout(next, 200));
  return window.longest;
}"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one opening of the timeline came to, in seconds and bytes."""

    first_rows: float
    whole: float
    scrolling: float  # the longest task
    rows: int
    sent: int  # bytes of HTML and events
    read: int  # bytes of the words on the rows
    cpu: float


def screen() -> Iterator[Figure]:
    """Yield the figures of the timeline of a patient with 20,000 results."""
    if shutil.which("chromium") is None:
        yield Figure("Chromium", "not measured: it is not installed")
        return
    with (
        TemporaryDirectory() as folder,
        running_town(_places(RESULTS)) as town,
        running_viewer(town, Path(folder), ROUNDS + 1) as clinic,
        _browser() as browser,
    ):
        visits = clinic.visits(ROUNDS + 1)
        empty = median(_empty(browser, clinic) for _ in range(ROUNDS))
        _open(browser, clinic, visits[0])  # to warm up
        seen = [_open(browser, clinic, one) for one in visits[1:]]
    yield from _figures(empty, seen)


def _places(results: int) -> tuple[Place, ...]:
    each = results // VALUES_A_REPORT // len(FAIR)
    pages = [REPORTS_A_PAGE] * (each // REPORTS_A_PAGE) + ([each % REPORTS_A_PAGE] if each % REPORTS_A_PAGE else [])
    return tuple(Place(place.name, DELAY, tuple(pages)) for place in FAIR)


@contextmanager
def _browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
        yield browser
        browser.close()


@contextmanager
def _window(browser: Browser, clinic: Clinic, cookie: str = "") -> Iterator[Page]:
    address = f"http://localhost:{clinic.server.port}"
    context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 900})
    cookies: list[Any] = [{"name": "script", "value": "1", "url": address}]
    if cookie:
        name, _, value = cookie.partition("=")
        cookies.append({"name": name, "value": value, "url": address.replace("http:", "https:")})
    context.add_cookies(cookies)
    context.add_init_script(_WATCH)
    yield context.new_page()
    context.close()


def _empty(browser: Browser, clinic: Clinic) -> float:
    """Return the seconds until a page with seven telephone numbers is loaded."""
    with _window(browser, clinic) as page:
        page.goto("/telephones")
        return float(page.evaluate("() => performance.timing.loadEventEnd - performance.timing.navigationStart")) / 1000


def _open(browser: Browser, clinic: Clinic, visit: Visit) -> Seen:
    with _window(browser, clinic, visit.cookie) as page:
        sent: list[int] = []
        page.on("requestfinished", lambda request: sent.append(request.sizes()["responseBodySize"]))
        before = clinic.server.cpu()
        page.goto(visit.path.removesuffix("/stream"))
        expect(page.locator("#strip .tile.waiting")).to_have_count(0, timeout=120_000)
        expect(page.locator("#counts")).not_to_contain_text("being drawn", timeout=120_000)
        whole = page.evaluate("() => performance.now()") / 1000
        cpu = clinic.server.cpu() - before
        show = page.locator("[data-show]")
        if show.is_visible():
            show.click()
        rows, read = page.evaluate(
            "() => [document.querySelectorAll('.row').length,"
            " new TextEncoder().encode(document.querySelector('#days').textContent).length]"
        )
        scrolling = page.evaluate(_SCROLL) / 1000
        first = page.evaluate("() => window.firstRows ?? -1") / 1000
        return Seen(first, whole, scrolling, rows, sum(sent), read, cpu)


def _figures(empty: float, seen: list[Seen]) -> Iterator[Figure]:
    def middle(name: str) -> float:
        return float(median(getattr(one, name) for one in seen))

    first, scrolling, ratio = middle("first_rows"), middle("scrolling"), middle("sent") / max(middle("read"), 1)
    beside = f"an almost empty page: {ms(empty)}"
    yield Figure(f"{RESULTS:,} results: to the first rows", f"{ms(first)}, {first / empty:.1f} × an empty page",
                 "≤ 1 s", beside, first <= 1)  # fmt: skip
    yield Figure(f"{RESULTS:,} results: to the last of {middle('rows'):,.0f} rows", ms(middle("whole")), limit=beside)
    yield Figure("scrolling through them, the longest task", ms(scrolling), "≤ 50 ms, no long task",
                 "the browser calls a task long from 50 ms on; 0 means none", scrolling <= 0.05)  # fmt: skip
    yield Figure("bytes sent", f"{middle('sent') / 1e6:.1f} MB, {ratio:.2f} × the words on the rows",
                 "≤ 1.5 ×", f"{middle('read') / 1e6:.1f} MB of words", ratio <= 1.5)  # fmt: skip
    yield Figure(
        "processor time of the server", ms(middle("cpu")), limit=f"{middle('cpu') / RESULTS * 1e6:.0f} µs a result"
    )
