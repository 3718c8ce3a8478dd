"""One trust's record system, with its own authorisation server: opens Trustline with a patient in front of somebody.

It launches by SMART (EHR launch) and by a signed context, and asks by CDS Hooks what was done already. `Epr.lie` makes
one thing wrong; everything else stays right.
"""

import base64
import hashlib
import html
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientSession, web
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from sandbox.encounters import IN_DEPARTMENT, VISITS
from sandbox.epr_keys import key_id, private_pem
from sandbox.ordering import Ordering, ordering_page
from sandbox.patients import Named
from sandbox.people import PEOPLE
from sandbox.population import EVERYBODY, patient_id, patient_resource
from sandbox.tokens import Client, TokenDesk
from sandbox.trust import Trust

CLIENT_ID = "trustline"
WORKSTATION = "workstation-7"  # its own name of the session, in what it signs
SDS_USER = "https://fhir.nhs.uk/Id/sds-user-id"
ALGORITHMS = ("RS384", "ES384")  # of private_key_jwt: the two that SMART App Launch names


class Lie(StrEnum):
    """One thing that is wrong with the record system's answers."""

    NONE = ""
    NO_PKCE = "no PKCE"
    UNSAFE_ADDRESS = "unsafe address"
    NO_KEYS_ADDRESS = "no keys address"
    OTHER_STATE = "other state"
    OTHER_ISS = "other iss"
    NO_ISS = "no iss"
    ERROR = "error"
    NO_CODE = "no code"
    OTHER_AUDIENCE = "other audience"
    OTHER_ISSUER = "other issuer"
    OTHER_NONCE = "other nonce"
    EXPIRED = "expired"
    OTHER_KEY = "other key"
    NOBODY_SIGNED_IN = "nobody signed in"
    NO_PATIENT = "no patient"
    STRANGE_PATIENT = "strange patient"
    OTHER_PATIENT = "other patient"
    NO_NUMBER = "no number"
    MAC = "mac"
    OTHER_USER = "other user"
    USER_ELSEWHERE = "user elsewhere"
    PATIENT_REFUSED = "patient refused"


@dataclass(slots=True)
class _Launch:
    """What one press of a button opened: whose record, for whom; then what Trustline asked for."""

    patient: Named
    user: str
    asked: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Epr:
    """The record system. `address` is where it is served, `viewer` where Trustline is."""

    trust: Trust
    today: date
    secret: str
    viewer: str
    address: str = ""
    lie: Lie = Lie.NONE
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "epr", "use": "sig"}))
    _by_key: TokenDesk | None = None  # knows Trustline by its key, once it was told of one
    _open_in: dict[str, str] = field(default_factory=dict)  # by user: the session whose patient Trustline has open
    _launches: dict[str, _Launch] = field(default_factory=dict)
    _codes: dict[str, _Launch] = field(default_factory=dict)
    _tokens: dict[str, _Launch] = field(default_factory=dict)

    @property
    def iss(self) -> str:
        return f"{self.address}/fhir"

    def know(self, keys: KeySet | None) -> None:
        """Take Trustline's public keys: it may prove by them who it is, in place of the secret."""
        client, address = Client(CLIENT_ID, keys=keys), f"{self.address}/token"
        self._by_key = TokenDesk(client, address, time.time, algorithms=ALGORITHMS, wants_kid=True) if keys else None

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/", self._page)
        app.router.add_post("/open", self._open)
        app.router.add_post("/close", self._close)
        app.router.add_get("/order", self._order_page)
        app.router.add_post("/order", self._order)
        app.router.add_get("/fhir/.well-known/smart-configuration", self._describe)
        app.router.add_get("/authorize", self._authorize)
        app.router.add_post("/token", self._token)
        app.router.add_get("/jwks", self._keys)
        app.router.add_get("/fhir/Patient/{id}", self._patient)
        app.router.add_get("/fhir/Practitioner/{id}", self._practitioner)
        return app

    def launch(self, user: str, patient: str) -> str:
        """Begin a launch as a press of the button does, and return the address it goes to."""
        launch = secrets.token_urlsafe(16)
        self._launches[launch] = _Launch(_named(patient), user)
        self._open_in[user] = launch
        return f"{self.viewer}/launch?{urlencode({'iss': self.iss, 'launch': launch})}"

    # The record system's own page

    async def _page(self, _: web.Request) -> web.Response:
        people, patients = self._choices()
        return web.Response(content_type="text/html", text=_PAGE.format(
            trust=html.escape(self.trust.full_title), patients=patients, people=people))  # fmt: skip

    def _choices(self, user: str = "", patient: str = "") -> tuple[str, str]:
        """Return who works here and who is a patient here, to choose from; these two are chosen."""
        theirs = [
            one for one in EVERYBODY if self.trust.name in one.known_at and one.person.key in (*VISITS, *IN_DEPARTMENT)
        ]
        here = {
            key: one.name
            for key, one in PEOPLE.items()
            if any(job.organisation.ods == self.trust.ods for job in one.jobs)
        }
        return _options(here, user), _options({one.person.key: _said(one) for one in theirs}, patient)

    async def _order_page(self, _: web.Request) -> web.Response:
        return web.Response(content_type="text/html", text=ordering_page(self.trust, *self._choices()))

    async def _order(self, request: web.Request) -> web.Response:
        form = await request.post()
        user, patient = str(form["user"]), str(form["patient"])
        tests = [str(code) for code in form.getall("test", [])]
        asked = await Ordering(self.trust, self.today, self.viewer).ask(PEOPLE[user], _named(patient), tests)
        shown = ordering_page(self.trust, *self._choices(user, patient), asked)
        return web.Response(content_type="text/html", text=shown)

    async def _open(self, request: web.Request) -> web.Response:
        form = await request.post()
        user, patient = str(form["user"]), str(form["patient"])
        if user in self._open_in:
            await self._say_closed(user)
        if form["way"] == "smart":
            raise web.HTTPSeeOther(self.launch(user, patient))
        said = await self.push(user, patient)
        self._open_in[user] = WORKSTATION
        raise web.HTTPSeeOther(said["link"]) if "link" in said else web.HTTPBadGateway(text=str(said))

    async def _close(self, request: web.Request) -> web.Response:
        form = await request.post()
        await self._say_closed(str(form["user"]))
        raise web.HTTPSeeOther("/")

    async def _say_closed(self, user: str) -> None:
        """Say that the record is closed in the session it was opened in; of a SMART launch that is its launch value."""
        await self.push(user, "", self._open_in.pop(user, WORKSTATION))

    async def push(self, user: str, patient: str, session: str = WORKSTATION) -> Mapping[str, Any]:
        """Tell Trustline whom this workstation has open now, or nobody; return what it answers."""
        now = int(time.time())
        claims = {
            "iss": f"https://epr.{self.trust.name.replace('_', '-')}.example",
            "aud": f"{self.viewer}/contexts",
            "iat": now,
            "exp": now + 60,
            "jti": secrets.token_urlsafe(16),
            "session": session,
            "user": PEOPLE[user].useruid,
            "event": "opened" if patient else "closed",
            **({"patient": _in_front(_named(patient))} if patient else {}),
        }
        head = {"alg": "ES256", "kid": key_id(self.trust.name), "typ": "trustline-context+jwt"}
        token = jwt.encode(head, claims, ECKey.import_key(private_pem(self.trust.name)), algorithms=["ES256"])
        async with (
            ClientSession() as client,
            client.post(f"{self.viewer}/contexts", data={"context": token}) as answer,
        ):
            return dict(await answer.json()) if answer.status != 204 else {}

    # Its authorisation server

    async def _describe(self, _: web.Request) -> web.Response:
        said: dict[str, Any] = {
            "issuer": self.address,
            "jwks_uri": f"{self.address}/jwks",
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "capabilities": [
                "launch-ehr",
                "client-confidential-symmetric",
                "client-confidential-asymmetric",
                "context-ehr-patient",
                "sso-openid-connect",
            ],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        }
        if self.lie is Lie.NO_PKCE:
            said["code_challenge_methods_supported"] = ["plain"]
        if self.lie is Lie.UNSAFE_ADDRESS:
            said |= {"token_endpoint": "http://epr.example/token"}
        if self.lie is Lie.NO_KEYS_ADDRESS:
            del said["jwks_uri"]
        return web.json_response(said)

    async def _authorize(self, request: web.Request) -> web.Response:
        asked = dict(request.query)
        launch = self._launches.pop(asked.get("launch", ""), None)
        wanted = {
            "response_type": "code",
            "client_id": CLIENT_ID,
            "redirect_uri": f"{self.viewer}/launch/return",
            "aud": self.iss,
            "code_challenge_method": "S256",
        }
        wrong = [name for name, value in wanted.items() if asked.get(name) != value]
        if launch is None or wrong or "launch" not in asked.get("scope", "").split():
            return web.Response(status=400, text=f"not a launch of ours, or wrong: {', '.join(wrong)}")
        code = secrets.token_urlsafe(16)
        launch.asked = asked
        self._codes[code] = launch
        sent = {"code": code, "state": asked["state"], "iss": self.address}
        match self.lie:
            case Lie.OTHER_STATE:
                sent["state"] = "another"
            case Lie.OTHER_ISS:
                sent["iss"] = "https://epr.elsewhere.example"
            case Lie.NO_ISS:
                del sent["iss"]
            case Lie.NO_CODE:
                del sent["code"]
            case Lie.ERROR:
                sent = {"error": "access_denied", "state": asked["state"], "iss": self.address}
            case _:
                pass
        raise web.HTTPSeeOther(f"{asked['redirect_uri']}?{urlencode(sent)}")

    async def _token(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        launch = self._codes.pop(form.get("code", ""), None)
        if not self._is_trustline(form, request.headers.get("Authorization", "")):
            return web.json_response({"error": "invalid_client"}, status=401)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if launch is None or launch.asked["code_challenge"] != challenge:
            return web.json_response({"error": "invalid_grant"}, status=400)
        access = secrets.token_urlsafe(16)
        self._tokens[access] = launch
        said = {
            "access_token": access,
            "token_type": "mac" if self.lie is Lie.MAC else "Bearer",
            "expires_in": 300,
            "scope": launch.asked["scope"],
            "patient": patient_id(launch.patient.person, self.trust.name),
            "id_token": self._id_token(launch),
        }
        if self.lie is Lie.STRANGE_PATIENT:
            said["patient"] = "7/../../Practitioner/amina.farrell"
        for lie, name in ((Lie.NOBODY_SIGNED_IN, "id_token"), (Lie.NO_PATIENT, "patient")):
            if self.lie is lie:
                del said[name]
        return web.json_response(said, headers={"Cache-Control": "no-store"})

    def _is_trustline(self, form: Mapping[str, str], authorization: str) -> bool:
        """Say whether this proves to be our client: by its key or by its secret, and never by both (RFC 6749 §2.3)."""
        if "client_assertion" in form or "client_assertion_type" in form:
            named = form.get("client_id", CLIENT_ID) == CLIENT_ID
            return named and not authorization and self._by_key is not None and not self._by_key.why_not(form, "")
        basic = base64.b64encode(f"{CLIENT_ID}:{self.secret}".encode()).decode()
        return authorization == f"Basic {basic}"

    def _id_token(self, launch: _Launch) -> str:
        now = int(time.time()) - (3600 if self.lie is Lie.EXPIRED else 0)
        user = "tom.whitlock" if self.lie is Lie.OTHER_USER else launch.user
        where = "https://epr.elsewhere.example" if self.lie is Lie.USER_ELSEWHERE else self.iss
        claims = {
            "iss": "https://epr.elsewhere.example" if self.lie is Lie.OTHER_ISSUER else self.address,
            "aud": "another" if self.lie is Lie.OTHER_AUDIENCE else CLIENT_ID,
            "sub": user,
            "iat": now,
            "exp": now + 300,
            "nonce": "another" if self.lie is Lie.OTHER_NONCE else launch.asked.get("nonce", ""),
            "fhirUser": f"{where}/Practitioner/{user}",
        }
        key = RSAKey.generate_key(2048) if self.lie is Lie.OTHER_KEY else self.key
        return jwt.encode({"alg": "RS256", "kid": "epr"}, claims, key, algorithms=["RS256"])

    async def _keys(self, _: web.Request) -> web.Response:
        return web.json_response(KeySet([self.key]).as_dict(private=False))

    # Its FHIR server, as far as a launch needs it

    async def _patient(self, request: web.Request) -> web.Response:
        launch = self._of(request)
        if launch is None or self.lie is Lie.PATIENT_REFUSED:
            return web.json_response({"resourceType": "OperationOutcome"}, status=403)
        named = _named("smith_1") if self.lie is Lie.OTHER_PATIENT else launch.patient
        body = patient_resource(named.as_known_at(self.trust.name), self.trust, self.today)
        if self.lie is Lie.NO_NUMBER:
            body["identifier"] = body["identifier"][1:]
        return web.json_response(body)

    async def _practitioner(self, request: web.Request) -> web.Response:
        user = request.match_info["id"]
        if self._of(request) is None or user not in PEOPLE:
            return web.json_response({"resourceType": "OperationOutcome"}, status=403)
        identifier = [{"system": SDS_USER, "value": PEOPLE[user].useruid}]
        return web.json_response({"resourceType": "Practitioner", "id": user, "identifier": identifier})

    def _of(self, request: web.Request) -> _Launch | None:
        return self._tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "))


def _named(key: str) -> Named:
    return next(one for one in EVERYBODY if one.person.key == key)


def _options(choices: Mapping[str, str], chosen: str) -> str:
    return "".join(
        f'<option value="{key}"{" selected" if key == chosen else ""}>{html.escape(name)}</option>'
        for key, name in choices.items()
    )


def _said(named: Named) -> str:
    person = named.person
    return f"{person.family.upper()}, {' '.join(person.given)}, born {person.born:%d-%b-%Y}"


def _in_front(named: Named) -> Mapping[str, str]:
    person = named.person
    return {
        "nhs_number": person.digits,
        "family": person.family,
        "given": person.given[0],
        "born": person.born.isoformat(),
        "gender": person.sex,
    }


_PAGE = """<!DOCTYPE html>
<html lang="en-GB"><head><meta charset="utf-8"><title>Record system</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body {{ margin: 20px; font: 1rem/1.5 Arial, sans-serif }}
select, button {{ font: inherit; min-height: 44px; max-width: 100% }}</style>
<link rel="icon" href="data:,"></head>
<body><h1>Record system of {trust}</h1>
<p>Part of the sandbox. All of it is invented. Sign in to Trustline as the same person.</p>
<p><a href="/order">Order tests</a></p>
<form method="post" action="/open" target="trustline">
<p><label>At this workstation <select name="user">{people}</select></label></p>
<p><label>Patient <select name="patient">{patients}</select></label></p>
<p><button name="way" value="smart">Open Trustline (SMART)</button>
<button name="way" value="context">Open Trustline (signed context)</button>
<button formaction="/close" formtarget="_self">Close the record</button></p>
</form></body></html>
"""
