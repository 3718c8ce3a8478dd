"""Two workers on one database: a look begun at one goes on at the other, and both write one log."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.town import Town
from tests.whole import AMINA, PRIYA, Browser, Viewer, configure
from viewer.app import make_app
from viewer.pages.guard import COOKIE
from viewer.settings import read_settings

WALTER = "999 412 7039"


@pytest.fixture
def workers(town: Town, tmp_path: Path, database_url: str) -> Iterator[tuple[Viewer, Viewer]]:
    environ = configure(town, tmp_path) | {"TRUSTLINE_DATABASE": database_url}
    settings = read_settings(environ)
    apps = [make_app(settings) for _ in range(2)]
    here, there = (Viewer(app, settings, environ) for app in apps)
    yield here, there
    for app in apps:
        app.extensions["close"]()


def at(viewer: Viewer, browser: Browser) -> Browser:
    """Send the same browser to another worker."""
    cookie = browser.client.get_cookie(COOKIE)
    assert cookie is not None
    client = viewer.app.test_client()
    client.set_cookie(COOKIE, cookie.value, secure=True, domain="localhost")
    return Browser(client, browser.csrf, browser.reference)


def test_a_look_begun_at_one_worker_goes_on_at_the_other_and_the_officer_sees_it_at_either(
    workers: tuple[Viewer, Viewer],
) -> None:
    here, there = workers
    browser = here.browser(AMINA)

    found = browser.search(nhs_number=WALTER)
    path = at(there, browser).open_found(found)
    page = browser.read(path)
    again = at(there, browser).read(path)

    assert page.status == 200
    assert len(page.rows) > 100
    assert set(again.rows) == set(page.rows)
    shown = [entry.event for entry in there.events(event="results shown")]
    assert len(shown) == len(here.events(event="results shown")) == 2
    for viewer in workers:
        ledger = viewer.browser(PRIYA).get("/ledger")
        assert (ledger.status_code, "Dr Amina Farrell" in ledger.get_data(as_text=True)) == (200, True)
    assert here.log.verify().problem == there.log.verify().problem == ""
    assert here.log.size == there.log.size == len(here.events())
