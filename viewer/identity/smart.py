"""SMART App Launch (EHR launch): who is the patient in the record that sent this person here?

    send them to the record's own authorisation server, with state, nonce and a PKCE challenge → they come back with a
    code → is it from that server? → exchange the code → read the patient, and for whom the record is open → Launched

Rule: every address but the configured one comes from that one's own description, and is bound to this one launch; every
problem is a `NotLaunched`, and repeats nothing that was sent.
Source: SMART App Launch 2.2; RFC 7636 (PKCE); RFC 7523 (private_key_jwt); RFC 9207 (iss); RFC 9700.
"""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode, urlsplit

from authlib.oauth2.rfc7523 import private_key_jwt_sign
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from joserfc.jwk import ECKey, RSAKey

from connectors.connector import is_askable
from viewer.configuration.launch_file import SmartConfig
from viewer.identity.provider import LOOPBACK, Send, read_keys
from viewer.identity.signed_token import LEEWAY, BadToken, Key, a_moment, open_token, what_is_wrong
from viewer.identity.strict_json import read_object

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_LIVES = timedelta(seconds=60)
LASTS = timedelta(minutes=10)
DEADLINE = 5.0  # seconds, for each request
OLDEST = timedelta(minutes=5)
LONGEST = 2048  # of what comes back in an address
SDS_USER = "https://fhir.nhs.uk/Id/sds-user-id"


@dataclass(frozen=True, slots=True)
class NotLaunched:
    """Why a launch comes to nothing, for the log and the page."""

    because: str


@dataclass(frozen=True, slots=True)
class SmartAttempt:
    """A launch under way: what was sent along, and the addresses of the one server that may answer it."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    trust: str
    launch: str = field(repr=False)
    began: datetime
    issuer: str
    token_endpoint: str
    jwks_uri: str
    names_itself: bool
    context: str = ""  # what names it among the launches, once it is kept there
    used: bool = False


@dataclass(frozen=True, slots=True)
class Launched:
    """The patient's record as the server sent it, and the SDS user id for whom it is open ("" when it does not say)."""

    patient: bytes = field(repr=False)
    user_id: str = ""


class Smart:
    """Our side of every record system that launches so. One for the whole program; threads may share it."""

    def __init__(
        self, send: Send, clock: Callable[[], datetime], new_secret: Callable[[], str], return_url: str
    ) -> None:
        self._send = send
        self._clock = clock
        self._new_secret = new_secret
        self._return_url = return_url

    def begin(self, config: SmartConfig, trust: str, launch: str) -> tuple[str, SmartAttempt] | NotLaunched:
        """Return where to send the browser, and what to keep until it comes back."""
        said = self._json("GET", f"{config.iss}/.well-known/smart-configuration")
        if said is None:
            return NotLaunched("The record system does not describe itself")
        authorize, token, keys = (
            _safe(said, name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")
        )
        methods, issuer = said.get("code_challenge_methods_supported"), said.get("issuer")
        if not isinstance(methods, list) or "S256" not in methods:
            return NotLaunched("The record system does not offer PKCE with S256")
        if not (authorize and token and keys) or not isinstance(issuer, str) or not issuer:
            return NotLaunched("The record system’s addresses are missing or not safe")
        names_itself = said.get("authorization_response_iss_parameter_supported") is True
        state, nonce, verifier = self._new_secret(), self._new_secret(), self._new_secret()
        now = self._clock()
        attempt = SmartAttempt(state, nonce, verifier, trust, launch, now, issuer, token, keys, names_itself)
        asked = {
            "response_type": "code",
            "client_id": config.client_id,
            "redirect_uri": self._return_url,
            "scope": " ".join(config.scopes),
            "state": attempt.state,
            "nonce": attempt.nonce,
            "aud": config.iss,
            "launch": launch,
            "code_challenge": create_s256_code_challenge(attempt.verifier),
            "code_challenge_method": "S256",
        }
        return f"{authorize}{'&' if urlsplit(authorize).query else '?'}{urlencode(asked)}", attempt

    def finish(self, config: SmartConfig, attempt: SmartAttempt, returned: Mapping[str, str]) -> Launched | NotLaunched:
        """Make sure of what came back for this attempt (its state was checked when the attempt was taken)."""
        if because := _wrong_return(attempt, returned, self._clock()):
            return NotLaunched(because)
        said = self._exchange(config, attempt, returned["code"])
        if isinstance(said, NotLaunched):
            return said
        access, patient = _text(said, "access_token"), _text(said, "patient")
        claims = self._claims(config, attempt, _text(said, "id_token"))
        if isinstance(claims, BadToken):
            return NotLaunched(f"The record system’s token is not believed: {claims.reason}")
        user_id = self._user(config, claims, access)
        if isinstance(user_id, NotLaunched):
            return user_id
        record = self._read(config, "Patient", patient, access)
        return Launched(record, user_id) if record else NotLaunched("The record system did not send the patient")

    def _exchange(self, config: SmartConfig, attempt: SmartAttempt, code: str) -> Mapping[str, object] | NotLaunched:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._return_url,
            "code_verifier": attempt.verifier,
        }
        if config.key:
            form |= {
                "client_id": config.client_id,
                "client_assertion_type": ASSERTION,
                "client_assertion": self._assertion(config, attempt.token_endpoint),
            }
            headers = {}
        else:
            pair = f"{quote(config.client_id, safe='')}:{quote(config.secret, safe='')}"  # RFC 6749 §2.3.1
            headers = {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
        said = self._json("POST", attempt.token_endpoint, headers, form)
        if said is None or "error" in said:
            return NotLaunched("The record system does not take this code")
        if _text(said, "token_type").lower() != "bearer" or not _text(said, "access_token"):
            return NotLaunched("The record system gave no access token of a kind we use")
        if not is_askable(_text(said, "patient")):
            return NotLaunched("The record system names no patient")
        return said

    def _assertion(self, config: SmartConfig, token_endpoint: str) -> str:
        loaded = load_pem_private_key(config.key.encode(), password=None)
        is_rsa = isinstance(loaded, RSAPrivateKey)
        key: Key = RSAKey.import_key(config.key) if is_rsa else ECKey.import_key(config.key)
        signed: str = private_key_jwt_sign(
            key,
            config.client_id,
            token_endpoint,
            alg="RS384" if is_rsa else "ES384",  # the two that SMART names
            header={"kid": config.key_id},
            issued_at=int(self._clock().timestamp()),
            expires_in=int(ASSERTION_LIVES.total_seconds()),
        )
        return signed

    def _claims(self, config: SmartConfig, attempt: SmartAttempt, sealed: str) -> Mapping[str, object] | BadToken:
        published = self._json("GET", attempt.jwks_uri)
        if not sealed or published is None:
            return BadToken("no ID token came, or no keys")
        keys, now = read_keys(published), self._clock()
        unknown = BadToken("signed with a key it does not publish")
        token = open_token(sealed, lambda key_id, _: keys.get(key_id) or unknown)
        if isinstance(token, BadToken):
            return token
        claims, issued = token.claims, a_moment(token.claims, "iat")
        if wrong := what_is_wrong(claims, attempt.issuer, config.client_id, now):
            return BadToken(wrong)
        if claims.get("nonce") != attempt.nonce:
            return BadToken("of another launch (nonce)")
        return claims if issued and now <= issued + OLDEST + LEEWAY else BadToken("issued too long ago")

    def _user(self, config: SmartConfig, claims: Mapping[str, object], access: str) -> str | NotLaunched:
        """Return the SDS user id of whom the record is open for; "" when nothing of the kind is said."""
        named = claims.get("fhirUser")
        if named is None:
            return ""
        own = f"{config.iss}/Practitioner/"
        id_ = named.removeprefix(own) if isinstance(named, str) and named.startswith(own) else ""
        read = self._read(config, "Practitioner", id_, access) if is_askable(id_) else b""
        said = read_object(read) if read else None
        if said is None:
            return NotLaunched("For whom the record is open could not be read")
        sent = said.get("identifier")
        ids = [one for one in sent if isinstance(one, dict)] if isinstance(sent, list) else []
        return next((_text(one, "value") for one in ids if one.get("system") == SDS_USER), "")

    def _read(self, config: SmartConfig, kind: str, id_: str, access: str) -> bytes:
        """Return one resource by the token, b"" when it did not come or is another."""
        headers = {"Authorization": f"Bearer {access}", "Accept": "application/fhir+json"}
        status, body = self._ask("GET", f"{config.iss}/{kind}/{id_}", headers)
        said = read_object(body) if status == 200 else None
        return body if said and (said.get("resourceType"), said.get("id")) == (kind, id_) else b""

    def _json(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, form: Mapping[str, str] | None = None
    ) -> Mapping[str, object] | None:
        status, body = self._ask(method, url, {"Accept": "application/json", **(headers or {})}, form)
        return read_object(body) if status == 200 else None

    def _ask(
        self, method: str, url: str, headers: Mapping[str, str], form: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        try:
            status, _, body = self._send(method, url, headers=headers, form=form, deadline=DEADLINE)
        except OSError:
            return 0, b""
        return status, body


def _wrong_return(attempt: SmartAttempt, returned: Mapping[str, str], now: datetime) -> str:
    if now > attempt.began + LASTS:
        return "This launch was begun too long ago"
    named = returned.get("iss", "")
    if named != attempt.issuer if attempt.names_itself else named not in ("", attempt.issuer):
        return "Another server answers than the one that was asked"
    if "error" in returned:
        return "The record system said no"
    return "" if 0 < len(returned.get("code", "")) <= LONGEST else "The record system sent no code"


def _safe(said: Mapping[str, object], name: str) -> str:
    """Return an address it gives, "" when there is none or it would be spoken to without TLS outside this machine."""
    address = _text(said, name)
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return address if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK) else ""


def _text(said: Mapping[str, object], name: str) -> str:
    value = said.get(name)
    return value if isinstance(value, str) else ""
