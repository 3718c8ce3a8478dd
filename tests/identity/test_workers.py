"""Two workers on one database: what ends a sign-in at one of them ends it at the other's very next request."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.town import Town
from tests.whole import AMINA, Browser, Viewer, another, configure
from viewer.app import make_app
from viewer.command import World, run
from viewer.identity.claims import Person
from viewer.identity.session import Sessions
from viewer.pages.guard import COOKIE
from viewer.settings import read_settings

WALTER = "9994127039"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two workers, and one browser of one person as each of them sees it."""

    here: Viewer
    there: Viewer
    at_here: Browser
    at_there: Browser
    user_id: str

    def holds_there(self) -> bool:
        sessions: Sessions = self.there.app.extensions["sessions"]
        return sessions.holds(self.at_there.reference)


@contextmanager
def two_workers(environ: dict[str, str]) -> Iterator[tuple[Viewer, Viewer]]:
    """Make the whole viewer twice, as two processes would, on one database."""
    settings = read_settings(environ)
    apps = [make_app(settings) for _ in range(2)]
    try:
        here, there = (Viewer(app, settings, environ) for app in apps)
        yield here, there
    finally:
        for app in apps:
            app.extensions["close"]()


@pytest.fixture
def pair(town: Town, tmp_path: Path, database_url: str) -> Iterator[Pair]:
    environ = configure(town, tmp_path) | {"TRUSTLINE_DATABASE": database_url}
    with two_workers(environ) as (here, there):
        who = another(AMINA)
        at_here, at_there = in_one_browser(here, there, Person(who.user_id, who.name, (who,), who))
        yield Pair(here, there, at_here, at_there, who.user_id)


def in_one_browser(here: Viewer, there: Viewer, person: Person) -> tuple[Browser, Browser]:
    sessions: Sessions = here.app.extensions["sessions"]
    cookie, sign_in = sessions.begin(person, subject=person.user_id, provider_session=f"sid-{person.user_id}")
    browsers = []
    for viewer in (here, there):
        client = viewer.app.test_client()
        client.set_cookie(COOKIE, cookie, secure=True, domain="localhost")
        browsers.append(Browser(client, sign_in.csrf, sign_in.reference))
    return browsers[0], browsers[1]


def sign_out(pair: Pair) -> None:
    assert pair.at_here.post("/sign-out").status_code == 200


def logged_out_by_the_service(pair: Pair) -> None:
    sessions: Sessions = pair.here.app.extensions["sessions"]
    assert len(sessions.end_by(sid=f"sid-{pair.user_id}")) == 1


def ended_by_an_operator(pair: Pair) -> None:
    said = io.StringIO()
    world = World(pair.here.environ, io.StringIO(), said, said, lambda: datetime.now(UTC), "night.operator")
    assert run(["sessions", "end", "--user", pair.user_id], world) == 0, said.getvalue()


ENDINGS: tuple[Callable[[Pair], None], ...] = (sign_out, logged_out_by_the_service, ended_by_an_operator)


@pytest.mark.parametrize("end", ENDINGS, ids=lambda end: end.__name__)
def test_an_ending_at_one_worker_bites_at_the_others_next_request(pair: Pair, end: Callable[[Pair], None]) -> None:
    before = (pair.at_there.get("/find").status_code, pair.holds_there())

    end(pair)

    refused = pair.at_there.get("/find")
    assert before == (200, True)
    assert (refused.status_code, refused.location) == (303, "/sign-in?next=/find")
    assert not pair.holds_there()


def test_what_the_other_worker_kept_for_a_sign_in_is_out_of_reach_when_it_has_ended(pair: Pair, town: Town) -> None:
    path = pair.at_here.open(WALTER)
    first = asked_for_results(town, lambda: pair.at_there.stream(path))
    kept = asked_for_results(town, lambda: pair.at_there.stream(path))
    sign_out(pair)

    after = asked_for_results(town, lambda: pair.at_there.get(f"{path}/stream"))

    assert first > 0
    assert kept == 0  # the answers were kept there
    assert after == 0
    assert pair.at_there.get(f"{path}/stream").status_code == 303


def test_a_new_sign_in_of_the_same_person_gets_nothing_that_was_kept_for_the_one_before(pair: Pair, town: Town) -> None:
    earlier = pair.at_here.open(WALTER)
    first = asked_for_results(town, lambda: pair.at_there.stream(earlier))
    sign_out(pair)
    again = replace(AMINA, user_id=pair.user_id)
    _, at_there = in_one_browser(pair.here, pair.there, Person(again.user_id, again.name, (again,), again))
    path = at_there.open(WALTER)

    asked_anew = asked_for_results(town, lambda: at_there.stream(path))

    assert asked_anew == first > 0
    assert at_there.get(earlier).status_code in (404, 410)


def test_a_role_changed_at_one_worker_is_the_role_at_the_other(town: Town, tmp_path: Path, database_url: str) -> None:
    environ = configure(town, tmp_path) | {"TRUSTLINE_DATABASE": database_url}
    with two_workers(environ) as (here, there):
        one = another(AMINA)
        other = replace(one, role_profile="rp-other", role_name="Registrar")
        at_here, at_there = in_one_browser(here, there, Person(one.user_id, one.name, (one, other), one))

        at_here.post("/sign-in/role", role="rp-other")

        assert at_there.get("/find").status_code == 303  # the cookie from before opens nothing


def asked_for_results(town: Town, do: Callable[[], object]) -> int:
    """Return how often the trusts were asked for reports while this was done."""
    town.forget_requests()
    do()
    asked = [request for requests in town.requests.values() for request in requests]
    return sum(request.path.endswith("/DiagnosticReport/_search") for request in asked)
