"""Serve the files written by others as Sheffield Teaching, and open every patient in them through the whole viewer.

Of the six other trusts, which know none of these patients, one is dead and five answer.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from sandbox.town import Town
from tests.reading import Element, Page
from tests.real_data.raw import Held, fetch, number_of
from tests.whole import AMINA, Browser, Viewer, viewer_of, without_pds

HERE = "sheffield_teaching"
DEAD = "barnsley"


@dataclass(frozen=True, slots=True)
class Opened:
    """One patient as the trust holds them, and as the pages show them."""

    held: Held
    browser: Browser
    path: str
    timeline: Page
    reports: dict[str, Page]  # in full, by the key of its row: every report, and ten of the results that have none

    @property
    def rows(self) -> dict[str, Element]:
        """The rows, by what they are at the trust: "DiagnosticReport/7"."""
        return {key.removeprefix(f"{HERE}/"): row for key, row in self.timeline.rows.items()}


@dataclass(frozen=True, slots=True)
class Served:
    """A folder as it was served, and every patient in it."""

    name: str
    patients: tuple[Opened, ...]


@pytest.fixture(scope="module")  # no longer: a sign-in that nobody uses ends after 15 minutes
def others(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator["Others"]:
    """Return the sandbox, and what serves a folder as one of its trusts."""
    with ExitStack() as open_, Town(quick=True, identity_provider=False) as town:
        town.weather(DEAD, "dead")
        yield Others(real_data, town, open_, tmp_path_factory.mktemp)


@dataclass(frozen=True, slots=True)
class Others:
    """The files written by others; each folder is served and opened once."""

    files: Path
    town: Town
    open_: ExitStack
    new_room: Callable[[str], Path]
    known: dict[str, "Served"] = field(default_factory=dict)

    def serve(self, name: str) -> tuple[Viewer, str]:
        """Serve a folder, and return a viewer that asks it, and where it is served."""
        address = self.town.serve_folder(self.files / name, name).address
        change = partial(in_its_place, address=address)
        return self.open_.enter_context(viewer_of(self.town, self.new_room(name), change=change)), address

    def look(self, name: str) -> "Served":
        """Serve a folder and open every patient in it."""
        if name not in self.known:
            viewer, address = self.serve(name)
            browser = viewer.browser(AMINA)
            self.known[name] = Served(name, tuple(_open(browser, one) for one in fetch(address)))
        return self.known[name]


def in_its_place(config: Path, address: str) -> None:
    """Let the trust's file lead to a folder, which wants no sign-in and holds results without a report; PDS is away."""
    without_pds(config)
    file = config / "trusts" / f"{HERE}.toml"
    before, _, _ = file.read_text().partition("[sign_in]")
    moved = re.sub(r'^address = ".*"$', f'address = "{address}"\nloose_observations = true', before, flags=re.M)
    file.write_text(f'{moved}[sign_in]\nmethod = "none"\n')


def _open(browser: Browser, held: Held) -> Opened:
    path = browser.open(number_of(held.patient))
    timeline = browser.read(path)
    links = {key: row.one("h3").one("a").attributes["href"] for key, row in timeline.rows.items()}
    alone = [key for key in links if "/Observation/" in key]
    in_full = {key: browser.read(link) for key, link in links.items() if key not in alone[10:]}
    return Opened(held, browser, path, timeline, in_full)
