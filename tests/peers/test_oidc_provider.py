"""A provider that we did not write: npm oidc-provider, certified by the OpenID Foundation, signs people in and out."""

import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from sandbox.people import PEOPLE
from sandbox.town import Town
from tests.whole import ROOT, Viewer, viewer_of
from viewer.access.access_event import Event
from viewer.identity.session import Sessions
from viewer.identity.sign_in import SignIn
from viewer.pages.guard import COOKIE

PEER = ROOT / "tests" / "peers" / "oidc_provider.mjs"
AMINA, TOM, SAM = (PEOPLE[user].useruid for user in ("amina.farrell", "tom.whitlock", "sam.castellane"))


@dataclass(frozen=True, slots=True)
class Meeting:
    """One person's browser, as the viewer sees it and as the provider sees it."""

    viewer: Viewer
    here: FlaskClient
    there: httpx.Client
    issuer: str

    def press_sign_in(self) -> str:
        return forwarded(self.here.post("/sign-in", data={"csrf": "", "next": "/find"}, base_url="https://localhost"))

    def get(self, path: str) -> TestResponse:
        return self.here.get(path, base_url="https://localhost")

    def at_the_provider(self, address: str, user: str = "", acr: str = "AAL3_ANY") -> str:
        """Go there, be this person if the provider asks, and return the path it sends the browser back with."""
        response = self.there.get(address)
        while not urlsplit(response.headers.get("location", "")).path.startswith("/sign-in"):
            if "location" not in response.headers:  # it makes sure that the person before is signed out
                response = self.confirm_signing_out(response)
            asked = httpx.URL(self.issuer).join(response.headers["location"])
            if asked.path.startswith("/interaction/"):
                assert user, "the provider asked who it is, and nobody was there to say"
                response = self.there.get(asked, params={"user": user, "acr": acr})
            else:
                response = self.there.get(asked)
        back = urlsplit(response.headers["location"])
        return f"{back.path}?{back.query}"

    def sign_in(self, user: str) -> TestResponse:
        return self.get(self.at_the_provider(self.press_sign_in(), user))

    def held(self) -> SignIn | None:
        """Return the sign-in that this browser's cookie opens."""
        sessions: Sessions = self.viewer.app.extensions["sessions"]
        cookie = self.here.get_cookie(COOKIE)
        return sessions.read(cookie.value) if cookie else None

    def confirm_signing_out(self, page: httpx.Response) -> httpx.Response:
        """Press the button of the provider's own page."""
        xsrf = re.search(r'name="xsrf" value="([^"]+)"', page.text)
        assert xsrf, page.text
        form = {"xsrf": xsrf[1], "logout": "yes"}
        response = self.there.post(f"{self.issuer}/session/end/confirm", data=form)
        assert response.status_code == 303, response.text
        return response


def forwarded(response: TestResponse) -> str:
    assert response.status_code == 200, response.text
    return response.headers["Refresh"].removeprefix("0; url=")


@pytest.fixture(scope="module")
def node() -> str:
    """Return Node, or skip where it or the provider is not installed."""
    found = shutil.which("node") or shutil.which("node", path=str(ROOT / ".venv" / "bin"))
    if found is None:
        pytest.skip("Node is not installed")
    if not (ROOT / "node_modules" / "oidc-provider").is_dir():
        pytest.skip("oidc-provider is not installed: run make setup")
    return found


@pytest.fixture(scope="module")
def meeting_place(
    node: str, seven_trusts: Town, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Viewer, str]]:
    """Return the viewer, served over HTTP so that the provider can reach it, and the provider's issuer."""
    server = make_server("127.0.0.1", 0, Flask("not made yet"), threaded=True)  # its port is part of its address
    address = f"http://localhost:{server.server_port}"
    key = RSAKey.import_key((seven_trusts.secrets / "sign_in.pem").read_text()).as_dict(private=False)
    known = {"kid": (seven_trusts.secrets / "sign_in.kid").read_text().strip(), "use": "sig", "alg": "RS256"}
    asked = {
        "viewer": address,
        "key": {**key, **known},
        "people": {person.useruid: person.userinfo() for person in PEOPLE.values()},
    }
    folder = tmp_path_factory.mktemp("peer")
    with running_peer(node, asked) as issuer:

        def at_the_peer(config: Path) -> None:
            file = config / "partnership.toml"
            file.write_text(re.sub(r'issuer = "[^"]+"', f'issuer = "{issuer}"', file.read_text()))

        with viewer_of(seven_trusts, folder, address=address, change=at_the_peer) as viewer:
            server.app = viewer.app
            serving = threading.Thread(target=server.serve_forever)
            serving.start()
            yield viewer, issuer
            server.shutdown()
            serving.join()
            server.server_close()


class running_peer:  # noqa: N801 - a context manager, named as the others are
    """The provider as a program of its own, for as long as the block lasts."""

    def __init__(self, node: str, asked: dict[str, object]) -> None:
        self._command = [node, str(PEER)]
        self._asked = asked

    def __enter__(self) -> str:
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(self._asked) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the provider did not start:\n{self._process.communicate()[1]}")
        return str(json.loads(line)["issuer"])

    def __exit__(self, *_: object) -> None:
        self._process.communicate()  # closes its input, which ends it


@pytest.fixture
def meeting(meeting_place: tuple[Viewer, str]) -> Iterator[Meeting]:
    viewer, issuer = meeting_place
    with httpx.Client() as there:
        yield Meeting(viewer, viewer.app.test_client(), there, issuer)


def test_a_person_signs_in(meeting: Meeting) -> None:
    before = datetime.now(UTC)

    response = meeting.sign_in(AMINA)

    held = meeting.held()
    assert (response.status_code, response.headers["Location"]) == (303, "/find")
    assert held is not None
    assert (held.name, held.acr) == ("Dr Amina Farrell", "AAL3_ANY")
    assert held.authenticated_at is not None
    assert held.authenticated_at >= before - timedelta(seconds=1)
    assert "Dr Amina Farrell" in meeting.get("/find").text


def test_a_role_is_chosen_where_there_are_several(meeting: Meeting) -> None:
    sent = meeting.sign_in(SAM)
    asked = meeting.get(sent.headers["Location"])
    csrf = meeting.held()
    assert csrf is not None

    meeting.here.post(
        "/sign-in/role",
        data={"csrf": csrf.csrf, "next": "/find", "role": "555250711127"},
        base_url="https://localhost",
    )

    held = meeting.held()
    assert "Consultant, Chesterfield Royal Hospital NHS Foundation Trust" in asked.text
    assert held is not None
    assert held.clinician is not None
    assert held.clinician.organisation.ods == "Y99002"


def test_whoever_is_signed_in_there_is_not_asked_again_at_a_plain_sign_in(meeting: Meeting) -> None:
    meeting.sign_in(AMINA)
    first = meeting.held()
    meeting.here.delete_cookie(COOKIE, domain="localhost")

    meeting.get(meeting.at_the_provider(meeting.press_sign_in()))

    second = meeting.held()
    assert first is not None
    assert second is not None
    assert second.reference != first.reference
    assert second.authenticated_at == first.authenticated_at


def test_signing_in_again_is_asked_of_the_person_and_renews_the_sign_in(meeting: Meeting) -> None:
    meeting.sign_in(AMINA)
    before = meeting.held()
    address = forwarded(meeting.get("/sign-in/again?next=/find"))
    with pytest.raises(AssertionError, match="nobody was there to say"):
        meeting.at_the_provider(address)  # who is signed in there is asked all the same

    response = meeting.get(meeting.at_the_provider(address, AMINA))

    after = meeting.held()
    assert (response.status_code, response.headers["Location"]) == (303, "/find")
    assert before is not None
    assert after is not None
    assert after.reference == before.reference
    assert after.authenticated_at is not None
    assert before.authenticated_at is not None
    assert after.authenticated_at >= before.authenticated_at
    assert after.csrf != before.csrf


def test_a_weaker_proof_renews_nothing(meeting: Meeting) -> None:
    meeting.sign_in(AMINA)
    before = meeting.held()
    address = forwarded(meeting.get("/sign-in/again?next=/find"))

    response = meeting.get(meeting.at_the_provider(address, AMINA, "AAL2_OR_AAL3_ANY"))

    assert response.status_code == 403
    assert before is not None
    assert meeting.held() == before
    assert meeting.viewer.events()[-1].because.endswith("did not prove strongly enough who they are (acr)")


def test_somebody_else_renews_nothing_and_ends_the_sign_in_of_the_one_before(meeting: Meeting) -> None:
    meeting.sign_in(AMINA)
    address = forwarded(meeting.get("/sign-in/again?next=/find"))

    response = meeting.get(meeting.at_the_provider(address, TOM))

    said = [event.because for event in meeting.viewer.events()[-2:]]
    assert response.status_code == 400
    assert meeting.held() is None  # this provider ends the session before when another person signs in
    assert said == ["signed out elsewhere", "signing in again: the sign-in it was for has ended"]


def test_signing_out_here_signs_out_there(meeting: Meeting) -> None:
    meeting.sign_in(AMINA)
    held = meeting.held()
    assert held is not None

    address = forwarded(meeting.here.post("/sign-out", data={"csrf": held.csrf}, base_url="https://localhost"))
    back = meeting.confirm_signing_out(meeting.there.get(address))

    assert urlsplit(back.headers["location"]).path == "/sign-out"
    assert meeting.held() is None
    with pytest.raises(AssertionError, match="nobody was there to say"):
        meeting.at_the_provider(meeting.press_sign_in())


def test_signing_out_there_ends_the_sign_in_here_over_the_back_channel(meeting: Meeting) -> None:
    meeting.sign_in(AMINA)
    held = meeting.held()
    assert held is not None

    meeting.confirm_signing_out(meeting.there.get(f"{meeting.issuer}/session/end"))

    sessions: Sessions = meeting.viewer.app.extensions["sessions"]
    assert not sessions.holds(held.reference)
    ended = [event for event in meeting.viewer.events() if event.event == Event.SIGNED_OUT]
    assert ended[-1].because == "signed out elsewhere"
    assert meeting.get("/find").headers["Location"] == "/sign-in?next=/find"
