"""The whole viewer for a test: real sandbox trusts over real HTTP, a real SQLite log, a signed-in browser or two.

Nothing is patched: the configuration is config/ itself with the sandbox's free ports written in.
"""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient

from sandbox.town import Town
from tests.databases import sqlite_in
from tests.reading import Page, read_page
from tests.templates import compiled_once
from viewer.access.clinician import Clinician, Organisation, Role
from viewer.app import make_app
from viewer.audit.entry import Record
from viewer.audit.log import Log
from viewer.audit.scope import WholeLog
from viewer.audit.search import Criteria
from viewer.handles import Handles
from viewer.identity.claims import Person
from viewer.identity.session import Sessions
from viewer.pages.guard import COOKIE
from viewer.settings import Settings, read_settings
from viewer.steps import Opened

ROOT = Path(__file__).resolve().parent.parent
PATIENT = 60.0  # seconds for each trust, and for PDS, the most there may be: on a busy machine no answer is late

AMINA = Clinician("u-amina", "Dr Amina Farrell", Role.CONSULTANT, "Consultant", "S8000:G8000:R0050", "rp-1",
                  Organisation("RHQ", "Sheffield Teaching Hospitals NHS Foundation Trust"))  # fmt: skip
KOFI = Clinician("u-kofi", "Dr Kofi Abara", Role.GP, "General Medical Practitioner", "S8000:G8000:R0260", "rp-2",
                 Organisation("Y99001", "Example Practice"))  # fmt: skip
RUTH = Clinician("u-ruth", "Dr Ruth Sallow", Role.GP, "General Medical Practitioner", "S8000:G8000:R0260", "rp-3",
                 Organisation("Y99002", "Millbrook Practice"))  # fmt: skip
TOM = Clinician("u-tom", "Dr Tom Whitlock", Role.CONSULTANT, "Consultant", "S8000:G8000:R0050", "rp-5",
                Organisation("RP5", "Doncaster and Bassetlaw Teaching Hospitals NHS Foundation Trust"))  # fmt: skip
PRIYA = Clinician("u-priya", "Priya Nair", Role.IG_OFFICER, "Privacy Officer", "S8001:G8002:R0001", "rp-4",
                  Organisation("RHQ", "Sheffield Teaching Hospitals NHS Foundation Trust"))  # fmt: skip
RHYS = Clinician("u-rhys", "Rhys Hollis", Role.IG_OFFICER, "Privacy Officer", "S8001:G8002:R0001", "rp-6",
                 Organisation("RFR", "The Rotherham NHS Foundation Trust"))  # fmt: skip


def another(like: Clinician) -> Clinician:
    """Return somebody else in the same role at the same place, whose searches are counted apart."""
    return replace(like, user_id=f"u-{uuid4()}")


@dataclass(frozen=True, slots=True, repr=False)
class Viewer:
    """One viewer, its log, and its browsers."""

    app: Flask
    settings: Settings
    environ: dict[str, str]

    @property
    def log(self) -> Log:
        """Return the viewer's own log."""
        log: Log = self.app.extensions["log"]
        return log

    def events(self, **criteria: object) -> list[Record]:
        """Return what the log holds, oldest first."""
        found = self.log.search(Criteria(WholeLog(), limit=10_000, **criteria))  # type: ignore[arg-type]  # a test's own words
        return [entry.record for entry in reversed(found.entries)]

    def browser(self, *roles: Clinician, authenticated_at: datetime | None = None, acr: str = "") -> "Browser":
        """Return a browser in which the person with these roles has signed in; the first role is active."""
        sessions: Sessions = self.app.extensions["sessions"]
        person = Person(roles[0].user_id, roles[0].name, roles, roles[0])
        cookie, sign_in = sessions.begin(person, authenticated_at=authenticated_at, acr=acr)
        client = self.app.test_client()
        client.set_cookie(COOKIE, cookie, secure=True, domain="localhost")
        return Browser(client, sign_in.csrf, sign_in.reference)

    def opened(self, browser: "Browser", path: str) -> Opened:
        """Return the patient that a browser has open at this path, as the viewer keeps it."""
        handles = Handles(self.app.extensions["sessions"], str)
        opened = handles.fetch(browser.reference, Opened, path.split("/")[2])
        assert opened
        return opened

    def stranger(self) -> "Browser":
        """Return a browser in which nobody has signed in."""
        return Browser(self.app.test_client(), "", "")


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser without script."""

    client: FlaskClient
    csrf: str
    reference: str

    def get(self, path: str):  # type: ignore[no-untyped-def]  # werkzeug's own response type is not generic over the client
        """Ask for a page."""
        return self.client.get(path, base_url="https://localhost")

    def read(self, path: str) -> Page:
        """Ask for a page and read it."""
        return read_page(self.get(path))

    def post(self, path: str, **form: str):  # type: ignore[no-untyped-def]  # as above
        """Send a form of ours."""
        return self.client.post(path, base_url="https://localhost", data={"csrf": self.csrf, **form})

    def search(self, **form: str) -> Page:
        """Search, and read the page of who was found."""
        found = self.post("/find", **form)
        assert found.status_code == 303, found.get_data(as_text=True)
        return self.read(found.location)

    def listed(self, nhs_number: str) -> tuple[str, ...]:
        """Find by NHS number, and return the paths that confirm those listed, in the order of the page."""
        links = self.search(nhs_number=nhs_number).links
        return tuple(link for link in links if "/confirm/" in link)

    def stream(self, path: str) -> list["Sent"]:
        """Listen to a timeline's stream to its end."""
        response = self.get(f"{path}/stream")
        assert response.mimetype == "text/event-stream"
        return [as_sent(event) for event in response.get_data(as_text=True).split("\n\n") if event]

    def find(self, nhs_number: str):  # type: ignore[no-untyped-def]  # as above
        """Search by NHS number, and return the page of who was found."""
        found = self.post("/find", nhs_number=nhs_number)
        assert found.status_code == 303, found.get_data(as_text=True)
        return self.get(found.location)

    def open(
        self, nhs_number: str, why: str = "emergency-care/in-department", listed: int = 0, reason: str = "In my bay."
    ) -> str:
        """Find a patient by NHS number, confirm one of those listed, and return the path of the timeline."""
        return self.open_found(self.search(nhs_number=nhs_number), why, listed, reason)

    def open_found(
        self, found: Page, why: str = "emergency-care/in-department", listed: int = 0, reason: str = "In my bay."
    ) -> str:
        """Confirm one of those listed on a page, and return the path of the timeline."""
        confirm = [link for link in found.links if "/confirm/" in link][listed]
        assert self.get(confirm).status_code == 200
        _, _, handle, _, name = confirm.split("/")
        opened = self.post("/patients", handle=handle, listed=name, why=why, reason=reason)
        assert opened.status_code == 303, opened.get_data(as_text=True)
        return str(opened.location)


@dataclass(frozen=True, slots=True)
class Sent:
    """One event of a stream."""

    event: str
    data: dict[str, Any]


def as_sent(text: str) -> Sent:
    """Read one event of a stream."""
    lines = dict(line.split(": ", 1) for line in text.splitlines())
    return Sent(lines["event"], json.loads(lines["data"]))


def without_pds(config: Path) -> None:
    """Take PDS out of a configuration: a GP's patients are then proven by the trusts' own records. For `change`."""
    partnership = config / "partnership.toml"
    partnership.write_text(re.sub(r"\n\[pds\]\n(?:[^\[\n].*\n|\n)*", "\n", partnership.read_text()))


def impatient_with(trust: str, seconds: float) -> Callable[[Path], None]:
    """Wait for one trust no longer than this: it is to be late, and no other is by accident. For `change`."""

    def change(config: Path) -> None:
        file = config / "trusts" / f"{trust}.toml"
        file.write_text(file.read_text().replace("\nconnector = ", f"\ndeadline_seconds = {seconds}\nconnector = ", 1))

    return change


def configure(
    town: Town,
    folder: Path,
    *,
    deadline: float = PATIENT,
    of_pds: float = PATIENT,
    address: str = "",
    change: Callable[[Path], None] | None = None,
) -> dict[str, str]:
    """Write config/ with the sandbox's ports into `folder`, let `change` alter it, and return what names it.

    `address` is where the viewer is reached, when a real browser is to go there. A search by name that lists nobody
    takes as long as PDS has: a test of one gives it less.
    """
    config = folder / "config"
    shutil.copytree(ROOT / "config", config, dirs_exist_ok=True)
    for file in (config / "trusts").glob("*.toml"):
        if town.epr:
            file.write_text(file.read_text().replace("http://localhost:8110", town.epr.address))
        port = re.search(r":(\d+)/fhir", town.addresses[file.stem])
        assert port
        file.write_text(re.sub(r"127\.0\.0\.1:\d+", f"127.0.0.1:{port[1]}", file.read_text()))
    partnership = config / "partnership.toml"
    # A test's log is signed only when it brings witnesses of its own.
    text = re.sub(r"\n\[log\].*?(?=\n\[\[role)", "\n", partnership.read_text(), flags=re.DOTALL)
    if town.identity_provider:
        text = text.replace("http://localhost:8100", town.identity_provider)
    text = text.replace("http://127.0.0.1:8108", town.pds.partition("/personal-demographics")[0])
    ours, table, rest = text.partition("\n[pds]\n")
    own = f"presence_seconds = {PATIENT}\n"
    text = own + _with_deadline(ours, deadline) + table + _with_deadline(rest, of_pds)
    if address:
        text = text.replace("http://localhost:8000", address)
    partnership.write_text(text)
    if change is not None:
        change(config)
    return {
        "TRUSTLINE_CONFIG": str(config),
        "TRUSTLINE_SECRETS": str(town.secrets),
        "TRUSTLINE_DATABASE": sqlite_in(folder),
        "TRUSTLINE_JOURNAL": str(folder / "journal"),
    }


def _with_deadline(text: str, seconds: float) -> str:
    return re.sub(r"deadline_seconds = [\d.]+", f"deadline_seconds = {seconds}", text, count=1)


@contextmanager
def viewer_of(
    town: Town,
    folder: Path,
    *,
    deadline: float = PATIENT,
    of_pds: float = PATIENT,
    address: str = "",
    change: Callable[[Path], None] | None = None,
) -> Iterator[Viewer]:
    """Make a viewer that asks this town, with a log of its own."""
    environ = configure(town, folder, deadline=deadline, of_pds=of_pds, address=address, change=change)
    settings = read_settings(environ)
    app = compiled_once(make_app(settings))
    try:
        yield Viewer(app, settings, environ)
    finally:
        app.extensions["close"]()
