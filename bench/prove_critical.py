"""Show that what a laboratory flagged critical is on the first screen, wherever and whenever it was planted.

Rule: a planted number occurs once. It is on the first screen when a reader who opened the patient and touched nothing
finds it there: all of it, and nothing in front of it. One whose trust the page names as missing is counted apart: it
never came.
"""

import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, expect, sync_playwright

from bench.clinic import running_viewer
from bench.figure import Figure
from bench.load import Visit
from bench.plan import FAIR, Place, Weather, value_ids
from bench.programs import running_town
from bench.screen import CHROMIUM

WORLDS = 20
MOST = 4  # critical results in one patient
LATELY = 28  # days: what is critical stays at the top for thirty
WAYS = ("", "/cumulative", "/already-done")
SIZES = ((1280, 900), (375, 812))


class Found(Enum):
    """What became of one planted result."""

    THERE = auto()
    NOT_THERE = auto()
    NOT_COME = auto()  # its trust did not answer in full, and the page says so by name


Seen = dict[tuple[str, int], list[Found]]

_WHERE = """(number) => [...document.querySelectorAll("main .value")].some((element) => {
  if (element.textContent.trim() !== number) return false;
  const box = element.getBoundingClientRect();
  const there = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return box.width > 0 && box.top >= 0 && box.bottom <= innerHeight && element.contains(there);
})"""


def critical_on_first_screen() -> Iterator[Figure]:
    """Yield how many of the planted critical results are not on the first screen, for each page and size."""
    if shutil.which("chromium") is None:
        yield Figure("Chromium", "not measured: it is not installed")
        return
    random = Random(20261122)
    seen: Seen = {(way, width): [] for way in WAYS for width, _ in SIZES}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
        for _ in range(WORLDS):
            _one_world(browser, _town(random), seen)
        browser.close()
    for (way, width), found in seen.items():
        missed, lost = found.count(Found.NOT_THERE), found.count(Found.NOT_COME)
        late = f"; {lost} never came, and their trusts are named as missing" if lost else ""
        yield Figure(
            f"critical on the first screen, {way.strip('/') or 'timeline'} at {width} px",
            f"{missed} of {len(found) - lost} planted are not there{late}",
            "0",
            f"{WORLDS} patients, 1 to {MOST} critical results each, in any of seven trusts within {LATELY} days",
            missed == 0 and len(found) > lost,
        )


def _town(random: Random) -> tuple[Place, ...]:
    """Return seven trusts with a few weeks of reports each, one of them perhaps not answering, and what is planted."""
    down = random.choice([place.name for place in FAIR] + [""] * 7)
    places = [_place(random, place, down) for place in FAIR]
    for number in range(random.randint(1, MOST)):
        at = random.choice([n for n, place in enumerate(places) if place.weather is Weather.FAIR])
        planted = {random.choice(_lately(places[at])): f"{random.randint(500, 900)}.{number}{random.randint(10, 99)}"}
        places[at] = _with(places[at], {**places[at].critical, **planted})
    return tuple(places)


def _place(random: Random, place: Place, down: str) -> Place:
    reports = random.randint(3, 30)
    starts = datetime.now(UTC).date() - timedelta(days=7 * reports + random.randint(0, 6))
    weather = Weather.DEAD if place.name == down else Weather.FAIR
    return Place(place.name, random.uniform(0, 1.2), (reports,), weather, starts.isoformat())


def _with(place: Place, critical: dict[str, str]) -> Place:
    return Place(place.name, place.delay, place.reports, place.weather, place.starts, critical)


def _lately(place: Place) -> list[str]:
    """Return the ids of the values of a place's reports of the last weeks."""
    ids = [id_ for page in place.report_ids for id_ in page]
    return [value for id_ in ids[-(LATELY // 7) + 1 :] for value in value_ids(id_)]


def _one_world(browser: Browser, places: tuple[Place, ...], seen: Seen) -> None:
    planted = {number: place.name for place in places for number in place.critical.values()}
    with (
        TemporaryDirectory() as folder,
        running_town(places) as town,
        running_viewer(town, Path(folder), len(SIZES)) as clinic,
    ):
        for visit, size in zip(clinic.visits(len(SIZES)), SIZES, strict=True):
            for way, there in _looked_at(browser, f"http://localhost:{clinic.server.port}", visit, size, planted):
                seen[way, size[0]].append(there)


def _looked_at(
    browser: Browser, address: str, visit: Visit, size: tuple[int, int], planted: Mapping[str, str]
) -> Iterator[tuple[str, Found]]:
    name, _, value = visit.cookie.partition("=")
    with browser.new_context(base_url=address, viewport={"width": size[0], "height": size[1]}) as context:
        context.add_cookies(
            [
                {"name": "script", "value": "1", "url": address},
                {"name": name, "value": value, "url": address.replace("http:", "https:")},
            ]
        )
        page = context.new_page()
        for way in WAYS:
            page.goto(f"{visit.path.removesuffix('/stream')}{way}")
            expect(page.locator("#strip .tile.waiting")).to_have_count(0, timeout=30_000)
            for number, trust in planted.items():
                yield way, _found(page, number, trust)


def _found(page: Page, number: str, trust: str) -> Found:
    if page.evaluate(_WHERE, number):
        return Found.THERE
    is_missing = page.locator(f'#strip .tile.gap[data-trust="{trust}"]').count()
    return Found.NOT_COME if is_missing else Found.NOT_THERE
