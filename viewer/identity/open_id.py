"""Sign a person in with OpenID Connect: send them to the sign-in service, and make sure of what comes back.

    send them there, with a state, a nonce and a PKCE challenge → they come back with a code → who sent them
    back? → exchange the code, signing with our own key → does the ID token prove it? → ask UserInfo about
    them → is it the same person? → Proven

Rule: every problem is a `SignInRefused`. Nothing here trusts what the browser brings, beyond the code.
Source: OpenID Connect Core 1.0; RFC 7636 (PKCE); RFC 7523 (private_key_jwt); RFC 9207 (iss); RFC 9700.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

from authlib.oauth2.rfc7523 import private_key_jwt_sign
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc.jwk import RSAKey

from viewer.identity.attempts import Attempt
from viewer.identity.id_token import Expected, verify_id_token
from viewer.identity.provider import FetchJson, Metadata, Provider
from viewer.identity.sign_in import Cause, SignInRefused
from viewer.identity.signed_token import BadToken, a_moment

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_LIVES = timedelta(seconds=60)  # SMART allows 300 s; one request needs far less

# RFC 6749 §4.1.2.1 and OpenID Connect Core 1.0 §3.1.2.6. Anything else somebody may have typed into the address.
KNOWN_ERRORS = frozenset(
    {
        "access_denied",
        "account_selection_required",
        "consent_required",
        "interaction_required",
        "invalid_request",
        "invalid_scope",
        "login_required",
        "server_error",
        "temporarily_unavailable",
        "unauthorized_client",
        "unsupported_response_type",
    }
)


@dataclass(frozen=True, slots=True)
class OpenIDConfig:
    """Who we are at the sign-in service, and what we ask of a sign-in there."""

    issuer: str
    client_id: str
    return_url: str  # "https://trustline.example/sign-in/return"
    signed_out_url: str  # "https://trustline.example/sign-out"
    key: str = field(repr=False)  # our private key in PEM
    key_id: str
    scopes: tuple[str, ...]
    acr: frozenset[str]  # how strongly a person must have proved who they are: any of these
    max_age: timedelta  # and how lately
    algorithm: str = "RS256"  # what our RSA key signs with
    glass_acr: frozenset[str] = frozenset()  # those of `acr` that are enough when a person must sign in again


@dataclass(frozen=True, slots=True)
class Proven:
    """A sign-in that holds: what the ID token claims, what UserInfo says of the same person, and the token itself."""

    claims: Mapping[str, object] = field(repr=False)
    userinfo: Mapping[str, object] = field(repr=False)
    id_token: str = field(repr=False)

    @property
    def subject(self) -> str:
        """Who it is, in the sign-in service's own words."""
        return str(self.claims["sub"])

    @property
    def authenticated_at(self) -> datetime | None:
        """When the person proved who they are."""
        return a_moment(self.claims, "auth_time")

    @property
    def acr(self) -> str:
        """How strongly."""
        return str(self.claims.get("acr", ""))

    @property
    def provider_session(self) -> str:
        """Which of the service's sessions it came from, "" if it does not say."""
        sid = self.claims.get("sid", "")
        return sid if isinstance(sid, str) else ""


@dataclass(frozen=True, slots=True)
class _Tokens:
    access_token: str = field(repr=False)
    id_token: str = field(repr=False)


class OpenID:
    """Our side of the sign-in service. One for the whole program; threads may share it."""

    def __init__(
        self, config: OpenIDConfig, provider: Provider, fetch_json: FetchJson, clock: Callable[[], datetime]
    ) -> None:
        self.config = config
        self.provider = provider
        self._key = RSAKey.import_key(config.key)
        self._fetch_json = fetch_json
        self._clock = clock

    def address_to_sign_in(self, attempt: Attempt, *, again: bool = False) -> str | SignInRefused:
        """Return where to send the browser; with `again`, the person must prove anew who they are."""
        prompt = {"prompt": "login"} if again else {}
        return self._address(attempt, self.config.acr, self.config.max_age, prompt)

    def address_to_sign_in_again(self, attempt: Attempt) -> str | SignInRefused:
        """Return where to send a person who is signed in, to prove now and strongly that it is still them."""
        return self._address(attempt, self.config.glass_acr, timedelta(0), {"prompt": "login"})

    def _address(
        self, attempt: Attempt, acr: frozenset[str], max_age: timedelta, prompt: Mapping[str, str]
    ) -> str | SignInRefused:
        metadata = self.provider.metadata()
        if isinstance(metadata, SignInRefused):
            return metadata
        asked = {
            "response_type": "code",
            "client_id": self.config.client_id,
            "redirect_uri": self.config.return_url,
            "scope": " ".join(self.config.scopes),
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": create_s256_code_challenge(attempt.verifier),
            "code_challenge_method": "S256",
            "acr_values": " ".join(sorted(acr)),
            "max_age": str(int(max_age.total_seconds())),
            **prompt,
        }
        return f"{metadata.authorization_endpoint}?{urlencode(asked)}"

    def prove(self, returned: Mapping[str, str], attempt: Attempt) -> Proven | SignInRefused:
        """Make sure of what came back for this attempt (its state was checked when the attempt was taken)."""
        metadata = self.provider.metadata()
        if isinstance(metadata, SignInRefused):
            return metadata
        tokens = self._tokens(returned, attempt, metadata)
        if isinstance(tokens, SignInRefused):
            return tokens
        claims = self._claims(tokens, self._expected(attempt, tokens))
        if isinstance(claims, SignInRefused):
            return claims
        userinfo = self._userinfo(tokens.access_token, claims["sub"], metadata)
        if isinstance(userinfo, SignInRefused):
            return userinfo
        return Proven(claims, userinfo, tokens.id_token)

    def prove_again(self, returned: Mapping[str, str], attempt: Attempt, subject: str) -> Proven | SignInRefused:
        """Make sure that it is this person still, who proved it strongly and after this attempt began.

        UserInfo is not asked: their roles stay those of the sign-in, and what is not asked cannot hang.
        """
        metadata = self.provider.metadata()
        if isinstance(metadata, SignInRefused):
            return metadata
        tokens = self._tokens(returned, attempt, metadata)
        if isinstance(tokens, SignInRefused):
            return tokens
        again = replace(
            self._expected(attempt, tokens), acr=self.config.glass_acr, subject=subject, since=attempt.began
        )
        claims = self._claims(tokens, again)
        return claims if isinstance(claims, SignInRefused) else Proven(claims, {}, tokens.id_token)

    def address_to_sign_out(self, id_token: str) -> str:
        """Return where to send the browser so that the person is signed out there too; "" if there is no such place."""
        metadata = self.provider.metadata()
        if isinstance(metadata, SignInRefused) or not metadata.end_session_endpoint:
            return ""
        asked = {
            "id_token_hint": id_token,
            "client_id": self.config.client_id,
            "post_logout_redirect_uri": self.config.signed_out_url,
        }
        return f"{metadata.end_session_endpoint}?{urlencode(asked)}"

    def _tokens(self, returned: Mapping[str, str], attempt: Attempt, metadata: Metadata) -> _Tokens | SignInRefused:
        code = self._code(returned, metadata)
        return code if isinstance(code, SignInRefused) else self._exchange(code, attempt, metadata)

    def _claims(self, tokens: _Tokens, expected: Expected) -> Mapping[str, object] | SignInRefused:
        claims = verify_id_token(tokens.id_token, self.provider.find_key, expected, self._clock())
        return SignInRefused(Cause.UNPROVEN, f"ID token: {claims.reason}") if isinstance(claims, BadToken) else claims

    def _code(self, returned: Mapping[str, str], metadata: Metadata) -> str | SignInRefused:
        """Return the code, if it is our sign-in service that sent the browser back, and with one."""
        sent_by = returned.get("iss", "" if metadata.names_itself else self.config.issuer)
        if sent_by != self.config.issuer:
            return SignInRefused(Cause.UNPROVEN, "the browser came back from another sign-in service (iss)")
        if "error" in returned:
            error = returned["error"] if returned["error"] in KNOWN_ERRORS else "an unknown error"
            return SignInRefused(Cause.DECLINED, f"the sign-in service answered {error}")
        code = returned.get("code", "")
        return code or SignInRefused(Cause.UNPROVEN, "the browser came back without a code")

    def _exchange(self, code: str, attempt: Attempt, metadata: Metadata) -> _Tokens | SignInRefused:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.config.return_url,
            "client_id": self.config.client_id,
            "code_verifier": attempt.verifier,
            "client_assertion_type": ASSERTION,
            "client_assertion": self._assertion(metadata.token_endpoint),
        }
        status, said = self._fetch_json(
            "POST", metadata.token_endpoint, headers={"Accept": "application/json"}, form=form
        )
        if status in (400, 401):
            return SignInRefused(Cause.UNPROVEN, f"the sign-in service does not take this code (status {status})")
        if status != 200:
            return SignInRefused(Cause.UNREACHABLE, f"the sign-in service gives no tokens (status {status})")
        return _read_tokens(said)

    def _assertion(self, token_endpoint: str) -> str:
        """Sign who we are, for this one request. authlib gives it a fresh jti; the times are ours."""
        signed: str = private_key_jwt_sign(
            self._key,
            self.config.client_id,
            token_endpoint,
            alg=self.config.algorithm,
            header={"kid": self.config.key_id},
            issued_at=int(self._clock().timestamp()),
            expires_in=int(ASSERTION_LIVES.total_seconds()),
        )
        return signed

    def _expected(self, attempt: Attempt, tokens: _Tokens) -> Expected:
        config = self.config
        return Expected(config.issuer, config.client_id, attempt.nonce, tokens.access_token, config.acr, config.max_age)

    def _userinfo(self, access_token: str, subject: object, metadata: Metadata) -> Mapping[str, object] | SignInRefused:
        headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}
        status, said = self._fetch_json("GET", metadata.userinfo_endpoint, headers=headers, form=None)
        if status != 200:
            return SignInRefused(Cause.UNREACHABLE, f"the sign-in service says nothing of the person (status {status})")
        if said.get("sub") != subject:
            return SignInRefused(Cause.UNPROVEN, "UserInfo is about somebody else (sub)")
        return said


def _read_tokens(said: Mapping[str, object]) -> _Tokens | SignInRefused:
    if "error" in said:
        return SignInRefused(Cause.UNPROVEN, "tokens came together with an error")
    access_token, id_token, kind = (said.get(name) for name in ("access_token", "id_token", "token_type"))
    if not isinstance(id_token, str) or not id_token:
        return SignInRefused(Cause.UNPROVEN, "no ID token came")
    if not isinstance(access_token, str) or not access_token:
        return SignInRefused(Cause.UNPROVEN, "no access token came")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        return SignInRefused(Cause.UNPROVEN, "an access token of a kind we do not use came")
    return _Tokens(access_token, id_token)
