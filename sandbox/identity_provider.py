"""An OpenID provider shaped like NHS CIS2: the people of sandbox/people.py sign in by pressing their name.

    make_app(*, issuer: str, clients: Mapping[str, Client], signing_key: str | RSAKey = "",
             people: Mapping[str, Person] = PEOPLE, clock: Callable[[], float] = time.time) -> web.Application

`issuer` is the provider's own address without a trailing slash ("http://localhost:8100") and is known before
it starts; `signing_key` is a private RSA key, in PEM or read already, made at start when none is kept. Mount it at
the root of a port.

Whoever signed in in a browser is let in again there without being asked, for ten minutes, unless the client says
`prompt=login` or a `max_age` that they are beyond. Everybody proves who they are as strongly as can be.

Rule: it is strict with its clients (exact addresses, PKCE S256, private_key_jwt once each, a code once), and
tells the truth unless a test posts `lie=<Lie>` to /control/lie. Posting `user=<user>` to /control/log-out
signs that person out everywhere by back-channel logout.
"""

import html
import json
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import urlencode, urlsplit

import aiohttp
from aiohttp import web
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from sandbox.identity_lies import LOGOUT_EVENT, Claims, Lie, altered
from sandbox.identity_published import ACRS, SCOPES, keys, metadata, twice
from sandbox.identity_seals import sealed
from sandbox.people import PEOPLE, Person

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
COOKIE = "sandbox-sign-in"  # who signed in in this browser: they are not asked again for a while
REMEMBERED = 600
MOVED = "/moved"
CODE_LIVES = 60
TOKEN_LIVES = 300


@dataclass(frozen=True, slots=True)
class Client:
    """Who may ask people to sign in here. `public_key` is PEM: the other half of the key it signs assertions with."""

    public_key: str
    return_urls: tuple[str, ...]
    signed_out_urls: tuple[str, ...] = ()
    back_channel_logout_url: str = ""


@dataclass(frozen=True, slots=True)
class _Session:
    """One person signed in here, for one client."""

    sid: str
    client_id: str
    person: Person
    auth_time: int


@dataclass(frozen=True, slots=True)
class _Grant:
    """What a code stands for."""

    session: _Session
    return_url: str
    challenge: str
    nonce: str
    acr: str
    expires: int


@dataclass(slots=True)
class _Provider:
    issuer: str
    clients: Mapping[str, Client]
    people: Mapping[str, Person]
    clock: Callable[[], float]
    key: RSAKey
    lie: Lie = Lie.TRUTH
    requests: dict[str, dict[str, str]] = field(default_factory=dict)  # shown the page, nobody picked yet
    grants: dict[str, _Grant] = field(default_factory=dict)
    access: dict[str, _Session] = field(default_factory=dict)
    sessions: dict[str, _Session] = field(default_factory=dict)
    seen_assertions: set[str] = field(default_factory=set)

    def now(self) -> int:
        return int(self.clock())

    # What it says of itself

    async def discovery(self, request: web.Request) -> web.Response:
        if self.lie is Lie.DISCOVERY_FAILS:
            return web.Response(status=503)
        return self._elsewhere(request, Lie.DISCOVERY_REDIRECTS) or _json(metadata(self.lie, self.issuer))

    async def keys(self, _request: web.Request) -> web.Response:
        return web.Response(status=503) if self.lie is Lie.KEYS_FAIL else _json(keys(self.lie, self.key))

    def _elsewhere(self, request: web.Request, lie: Lie) -> web.Response | None:
        """Under this lie, send a client on to another address; it will not know whose that is."""
        if self.lie is not lie or request.path.startswith(MOVED):
            return None
        return web.Response(status=307, headers={"Location": f"{self.issuer}{MOVED}{request.path}"})

    # Signing in

    async def authorize(self, request: web.Request) -> web.Response:
        asked = dict(request.query)
        client = self.clients.get(asked.get("client_id", ""))
        if client is None or asked.get("redirect_uri") not in client.return_urls:
            return _page("Not a client of ours", "<p>This address is not registered here.</p>", status=400)
        if problem := _problem_with(asked):
            return self._back(asked, {"error": problem})
        if asked.get("prompt") == "none":
            return self._silently(asked)
        if remembered := self._remembered(request, asked):
            return self._signed_in(asked, remembered)
        if person := self.people.get(asked.get("login_hint", "")):
            return self._signed_in(asked, self._session(asked, person))
        ticket = secrets.token_urlsafe(16)
        self.requests[ticket] = asked
        return _page("Who are you?", _people(ticket, self.people))

    async def picked(self, request: web.Request) -> web.Response:
        form = await request.post()
        asked = self.requests.pop(str(form.get("ticket")), None)
        person = self.people.get(str(form.get("user")))
        if asked is None or person is None:
            return _page("Begin again", "<p>Go back to where you came from and sign in again.</p>", status=400)
        return self._signed_in(asked, self._session(asked, person))

    def _silently(self, asked: Mapping[str, str]) -> web.Response:
        """Answer prompt=none: whoever signed in for this client last, if recently enough."""
        mine = [session for session in self.sessions.values() if session.client_id == asked["client_id"]]
        recent = self.now() - int(asked.get("max_age") or TOKEN_LIVES)
        if not mine or mine[-1].auth_time < recent:
            return self._back(asked, {"error": "login_required"})
        return self._signed_in(asked, mine[-1])

    def _remembered(self, request: web.Request, asked: Mapping[str, str]) -> _Session | None:
        """Return who signed in in this browser a moment ago, unless they must prove anew who they are."""
        session = self.sessions.get(request.cookies.get(COOKIE, ""))
        if session is None or asked.get("prompt") == "login" or "login_hint" in asked:
            return None
        oldest = self.now() - min(REMEMBERED, int(asked.get("max_age") or REMEMBERED))
        recent = session.client_id == asked["client_id"] and session.auth_time >= oldest
        return session if recent and asked.get("max_age") != "0" else None

    def _session(self, asked: Mapping[str, str], person: Person) -> _Session:
        session = _Session(secrets.token_urlsafe(16), asked["client_id"], person, self.now())
        self.sessions[session.sid] = session
        return session

    def _signed_in(self, asked: Mapping[str, str], session: _Session) -> web.Response:
        if self.lie is Lie.RESPONSE_DECLINED:
            return self._back(asked, {"error": "access_denied"})
        code = secrets.token_urlsafe(24)
        of_another = self.lie is Lie.RESPONSE_CODE_OF_ANOTHER
        self.grants[code] = _Grant(
            session,
            asked["redirect_uri"],
            asked["code_challenge"],
            "of-another-browser" if of_another else asked.get("nonce", ""),
            _strongest_asked(asked),
            self.now() + CODE_LIVES,
        )
        response = self._back(asked, {"code": "never-given" if self.lie is Lie.RESPONSE_CODE_OTHER else code})
        response.set_cookie(COOKIE, session.sid, max_age=REMEMBERED, httponly=True, samesite="Lax")
        return response

    def _back(self, asked: Mapping[str, str], answer: Mapping[str, str]) -> web.Response:
        """Send the browser back with the answer, the state it came with, and who we are (RFC 9207)."""
        state = "of-another" if self.lie is Lie.RESPONSE_STATE_OTHER else asked.get("state", "")
        issuer = "https://another.example" if self.lie is Lie.RESPONSE_ISSUER_OTHER else self.issuer
        more = {
            Lie.RESPONSE_CODE_TWICE: [("code", "another")],
            Lie.RESPONSE_STATE_TWICE: [("state", "of-another")],
            Lie.RESPONSE_CODE_AND_ERROR: [("error", "server_error")],
        }.get(self.lie, [])
        left_out = {Lie.RESPONSE_STATE_MISSING: "state", Lie.RESPONSE_ISSUER_MISSING: "iss"}.get(self.lie)
        said = [*answer.items(), ("state", state), ("iss", issuer), *more]
        query = urlencode([(name, value) for name, value in said if name != left_out])
        return web.Response(status=303, headers={"Location": f"{asked['redirect_uri']}?{query}"})

    # Tokens

    async def token(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        if elsewhere := self._elsewhere(request, Lie.TOKEN_ENDPOINT_REDIRECTS):
            return elsewhere
        client_id = self._client_of(form)
        if client_id is None:
            return _error("invalid_client", 401)
        grant = self.grants.pop(form.get("code", ""), None)  # a code opens once, whatever comes of it
        if grant is None or not self._fits(grant, client_id, form):
            return _error("invalid_grant", 400)
        if self.lie is Lie.TOKEN_ENDPOINT_FAILS:
            return web.Response(status=500)
        if self.lie is Lie.TOKEN_ENDPOINT_HTML:
            return _page("Maintenance", "<p>We are improving this service.</p>")
        told = json.dumps(self._tokens(grant))
        return _json(twice(told, "id_token", "of.another.one") if self.lie is Lie.TOKEN_TWICE else told)

    def _client_of(self, form: Mapping[str, str]) -> str | None:
        """Return which client signed this assertion, if it did so rightly and only now (RFC 7523 §3)."""
        if form.get("client_assertion_type") != ASSERTION:
            return None
        for client_id, client in self.clients.items():
            public_key = RSAKey.import_key(client.public_key)
            try:
                claims = jwt.decode(form.get("client_assertion", ""), public_key, algorithms=["RS256", "PS256"]).claims
            except (JoseError, ValueError):
                continue
            if self._fresh(claims, client_id):
                self.seen_assertions.add(claims["jti"])
                return client_id
        return None

    def _fresh(self, claims: Claims, client_id: str) -> bool:
        expires, jti = claims.get("exp"), claims.get("jti")
        return (
            claims.get("iss") == claims.get("sub") == client_id
            and claims.get("aud") == f"{self.issuer}/token"
            and isinstance(expires, int)
            and self.now() < expires <= self.now() + TOKEN_LIVES
            and isinstance(jti, str)
            and jti not in self.seen_assertions
        )

    def _fits(self, grant: _Grant, client_id: str, form: Mapping[str, str]) -> bool:
        return (
            form.get("grant_type") == "authorization_code"
            and grant.session.client_id == client_id
            and grant.return_url == form.get("redirect_uri")
            and (
                self.lie is Lie.RESPONSE_CODE_OF_ANOTHER
                or grant.challenge == _base64(sha256(form.get("code_verifier", "").encode()).digest())
            )
            and self.now() <= grant.expires
        )

    def _tokens(self, grant: _Grant) -> Claims:
        access_token = secrets.token_urlsafe(24)
        self.access[access_token] = grant.session
        tokens: Claims = {
            "access_token": access_token,
            "token_type": "mac" if self.lie is Lie.TOKEN_TYPE_OTHER else "Bearer",
            "expires_in": TOKEN_LIVES,
            "scope": " ".join(SCOPES),
            "id_token": "not-a-token" if self.lie is Lie.ID_TOKEN_GARBLED else self._id_token(grant, access_token),
        }
        if self.lie is Lie.ID_TOKEN_LIST:
            tokens["id_token"] = [tokens["id_token"]]
        if self.lie is Lie.TOKEN_AND_ERROR:
            tokens["error"] = "access_denied"
        if self.lie is Lie.TOKEN_HUGE:
            tokens["much"] = "x" * 2_000_000
        left_out = {Lie.ID_TOKEN_MISSING: "id_token", Lie.ACCESS_TOKEN_MISSING: "access_token"}.get(self.lie)
        return {name: value for name, value in tokens.items() if name != left_out}

    def _id_token(self, grant: _Grant, access_token: str) -> str:
        session, now = grant.session, self.now()
        selected: Claims = {"selected_roleid": session.person.selected} if session.person.selected else {}
        claims: Claims = {
            "iss": self.issuer,
            "aud": session.client_id,
            "sub": session.person.useruid,
            "exp": now + TOKEN_LIVES,
            "iat": now,
            "auth_time": session.auth_time,
            "acr": grant.acr,
            "nonce": grant.nonce,
            "at_hash": _base64(sha256(access_token.encode()).digest()[:16]),
            "sid": session.sid,
            **selected,
        }
        return self._sealed(claims, "JWT")

    def _sealed(self, claims: Claims, typ: str) -> str:
        public_key = self.clients[str(claims["aud"])].public_key
        return sealed(self.lie, altered(self.lie, claims, self.now()), typ, self.key, public_key)

    async def userinfo(self, request: web.Request) -> web.Response:
        kind, _, access_token = request.headers.get("Authorization", "").partition(" ")
        session = self.access.get(access_token)
        if kind != "Bearer" or session is None or self.lie is Lie.USERINFO_REFUSES:
            return web.Response(status=401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
        if elsewhere := self._elsewhere(request, Lie.USERINFO_REDIRECTS):
            return elsewhere
        told = session.person.userinfo()
        if self.lie is Lie.USERINFO_SUBJECT_OTHER:
            told["sub"] = "somebody-else"
        if self.lie is Lie.USERINFO_SUBJECT_MISSING:
            del told["sub"]
        if self.lie is Lie.USERINFO_ROLE_OTHER:
            told["selected_roleid"] = "another-role"
        if self.lie is Lie.USERINFO_LIST:
            return _json(json.dumps([told]))
        text = json.dumps(told)
        return _json(twice(text, "sub", "somebody-else") if self.lie is Lie.USERINFO_TWICE else text)

    # Signing out

    async def end_session(self, request: web.Request) -> web.Response:
        asked = {**request.query, **await request.post()}
        hint = self._hinted(str(asked.get("id_token_hint", "")))
        session = self.sessions.pop(str(hint.get("sid", "")), None)
        client = self.clients.get(str(hint.get("aud") or asked.get("client_id", "")))
        wanted = str(asked.get("post_logout_redirect_uri", ""))
        if client is None or wanted not in client.signed_out_urls:
            return _page("Signed out" if session else "Nobody was signed in", "<p>You may close this page.</p>")
        state = f"?{urlencode({'state': asked['state']})}" if "state" in asked else ""
        return web.Response(status=303, headers={"Location": wanted + state})

    def _hinted(self, id_token: str) -> Claims:
        try:
            return jwt.decode(id_token, self.key, algorithms=["RS256"]).claims
        except (JoseError, ValueError):
            return {}

    # Control, for tests and demonstrations

    async def control_lie(self, request: web.Request) -> web.Response:
        self.lie = Lie(str((await request.post()).get("lie", "")))
        return web.json_response({"lie": self.lie})

    async def control_key(self, _request: web.Request) -> web.Response:
        """Change the signing key, as providers do from time to time."""
        self.key = _new_key()
        return web.json_response({"kid": self.key.kid})

    async def control_log_out(self, request: web.Request) -> web.Response:
        user = str((await request.post()).get("user", ""))
        ended = [session for session in self.sessions.values() if session.person.user == user]
        for session in ended:
            del self.sessions[session.sid]
        return web.json_response({"answers": [await self._tell(session) for session in ended]})

    async def control_logout_token(self, request: web.Request) -> web.Response:
        """Hand out the logout token that would be sent, for tests that send it themselves."""
        user = str((await request.post()).get("user", ""))
        session = next(session for session in reversed(self.sessions.values()) if session.person.user == user)
        return web.json_response({"logout_token": self._logout_token(session)})

    async def _tell(self, session: _Session) -> int:
        """Tell the client by back channel that this session is over; return how it answered, 0 if it did not."""
        address = self.clients[session.client_id].back_channel_logout_url
        if not address:
            return 0
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as http,
                http.post(address, data={"logout_token": self._logout_token(session)}) as answer,
            ):
                return answer.status
        except (aiohttp.ClientError, TimeoutError):
            return 0

    def _logout_token(self, session: _Session) -> str:
        now = self.now()
        claims: Claims = {
            "iss": self.issuer,
            "aud": session.client_id,
            "iat": now,
            "exp": now + 120,
            "jti": secrets.token_urlsafe(16),
            "sub": session.person.useruid,
            "sid": session.sid,
            "events": {LOGOUT_EVENT: {}},
        }
        return self._sealed(claims, "logout+jwt")


def make_app(
    *,
    issuer: str,
    clients: Mapping[str, Client],
    signing_key: str | RSAKey = "",
    people: Mapping[str, Person] = PEOPLE,
    clock: Callable[[], float] = time.time,
) -> web.Application:
    """Make the provider. It lives at `issuer`, which names scheme, host and port and has no path."""
    if urlsplit(issuer).path:
        raise ValueError(f"the issuer has a path: {issuer}")
    key = signing_key if isinstance(signing_key, RSAKey) else _key_from(signing_key)
    key.ensure_kid()
    provider = _Provider(issuer, clients, people, clock, key)
    app = web.Application()
    app.add_routes(
        [
            web.get("/.well-known/openid-configuration", provider.discovery),
            web.get(f"{MOVED}/.well-known/openid-configuration", provider.discovery),
            web.post(f"{MOVED}/token", provider.token),
            web.get(f"{MOVED}/userinfo", provider.userinfo),
            web.get("/jwks", provider.keys),
            web.get("/authorize", provider.authorize),
            web.post("/authorize", provider.picked),
            web.post("/token", provider.token),
            web.get("/userinfo", provider.userinfo),
            web.get("/end-session", provider.end_session),
            web.post("/end-session", provider.end_session),
            web.post("/control/lie", provider.control_lie),
            web.post("/control/key", provider.control_key),
            web.post("/control/log-out", provider.control_log_out),
            web.post("/control/logout-token", provider.control_logout_token),
        ]
    )
    return app


def _key_from(pem: str) -> RSAKey:
    return RSAKey.import_key(pem) if pem else _new_key()


def _new_key() -> RSAKey:
    return RSAKey.generate_key(2048, auto_kid=True)


def _problem_with(asked: Mapping[str, str]) -> str:
    """Return the OAuth error this request deserves, or "" when there is none."""
    if asked.get("response_type") != "code":
        return "unsupported_response_type"
    if "openid" not in asked.get("scope", "").split():
        return "invalid_scope"
    if asked.get("code_challenge_method") != "S256" or not asked.get("code_challenge"):
        return "invalid_request"
    return ""


def _strongest_asked(asked: Mapping[str, str]) -> str:
    """Everybody here proves who they are as strongly as can be; say so in the strongest of the words asked for."""
    wanted = asked.get("acr_values", "").split() or ACRS
    return next((acr for acr in ACRS if acr in wanted), ACRS[0])


def _json(text: str) -> web.Response:
    return web.Response(text=text, content_type="application/json", headers={"Cache-Control": "no-store"})


def _error(error: str, status: int) -> web.Response:
    return web.json_response({"error": error}, status=status, headers={"Cache-Control": "no-store"})


def _base64(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def _people(ticket: str, people: Mapping[str, Person]) -> str:
    buttons = "".join(
        f'<li><button name="user" value="{html.escape(person.user)}"><b>{html.escape(person.name)}</b>'
        f"<span>{html.escape(person.summary)}</span></button></li>"
        for person in people.values()
    )
    return (
        "<p>This is the sandbox’s sign-in. Everybody here is invented; press a name to be that person.</p>"
        f'<form method="post" action="/authorize"><input type="hidden" name="ticket" value="{ticket}">'
        f"<ul>{buttons}</ul></form>"
    )


_STYLE = """
body { font: 1.1rem/1.5 Arial, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem; color: #212b32 }
ul { list-style: none; padding: 0 }
button { width: 100%; font: inherit; text-align: left; padding: .7rem 1rem; margin: .25rem 0; background: #fff;
         border: 2px solid #005eb8; border-radius: 4px; cursor: pointer }
button:hover, button:focus { background: #e8f1fa; outline: 3px solid #ffeb3b }
span { display: block; color: #4c6272 }
"""


def _page(title: str, body: str, status: int = 200) -> web.Response:
    text = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} – sandbox sign-in</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body><main><h1>{title}</h1>{body}</main></body></html>"
    )
    return web.Response(text=text, content_type="text/html", status=status)
