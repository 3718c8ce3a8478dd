"""A trust's token endpoint: client credentials in, an access token for five minutes out.

Sources: RFC 6749 §4.4 (client credentials), RFC 7523 §2.2 (private_key_jwt), SMART Backend Services
(an assertion lives at most 300 s, its `jti` is good once).
"""

import base64
import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

TOKEN_LIVES = 300.0
ASSERTION_LIVES = 300.0
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "ES256", "ES384"]


@dataclass(frozen=True, slots=True)
class Client:
    """How a trust knows the viewer: by a secret, or by the public half of its key."""

    id: str = "trustline"
    secret: str = field(default="", repr=False)
    keys: KeySet | None = None


@dataclass(frozen=True, slots=True)
class NoToken:
    """Why no token is given (RFC 6749 §5.2)."""

    error: str
    reason: str


class TokenDesk:
    """Gives tokens to one client, and knows which are still good. An open desk asks nobody for one."""

    def __init__(
        self,
        client: Client | None,
        address: str,
        clock: Callable[[], float],
        *,
        algorithms: Sequence[str] = ALGORITHMS,
        wants_kid: bool = False,
    ) -> None:
        self._client = client
        self._address = address
        self._clock = clock
        self._algorithms = list(algorithms)
        self._wants_kid = wants_kid
        self._good_until: dict[str, float] = {}
        self._used: dict[str, float] = {}

    def accepts(self, authorization: str) -> bool:
        """Say whether this Authorization header carries a token that is still good."""
        if self._client is None:
            return True
        scheme, _, token = authorization.partition(" ")
        return scheme.casefold() == "bearer" and self._good_until.get(token, 0.0) > self._clock()

    def give(self, form: Mapping[str, str], authorization: str) -> str | NoToken:
        """Return a fresh token, or why there is none."""
        if form.get("grant_type") != "client_credentials":
            return NoToken("unsupported_grant_type", "only client_credentials is served here")
        refused = self.why_not(form, authorization)
        if refused:
            return NoToken("invalid_client", refused)
        return self._fresh()

    def expire_all(self) -> None:
        """Make every token given so far worthless."""
        self._good_until.clear()

    def _fresh(self) -> str:
        now = self._clock()
        self._good_until = {token: until for token, until in self._good_until.items() if until > now}
        token = secrets.token_urlsafe(32)
        self._good_until[token] = now + TOKEN_LIVES
        return token

    def why_not(self, form: Mapping[str, str], authorization: str) -> str:
        """Say why this does not prove that the client asks; "" when it does, or nobody has to."""
        if self._client is None:
            return ""
        if self._client.keys is not None:
            return self._check_assertion(self._client.keys, form)
        return self._check_secret(form, authorization)

    def _check_secret(self, form: Mapping[str, str], authorization: str) -> str:
        client_id, secret = _basic(authorization) or (form.get("client_id", ""), form.get("client_secret", ""))
        known = Client() if self._client is None else self._client
        same = client_id == known.id and hmac.compare_digest(secret.encode(), known.secret.encode())
        return "" if same else "client_id or client_secret is wrong"

    def _check_assertion(self, keys: KeySet, form: Mapping[str, str]) -> str:
        if form.get("client_assertion_type") != JWT_BEARER:
            return "this trust wants private_key_jwt"
        try:
            token = jwt.decode(form.get("client_assertion", ""), keys, algorithms=self._algorithms)
        except (JoseError, ValueError) as trouble:
            return f"the assertion cannot be verified: {type(trouble).__name__}"
        if self._wants_kid and token.header.get("kid") not in {key.kid for key in keys.keys}:
            return "kid is missing, or not one of ours"
        return self._check_claims(token.claims)

    def _check_claims(self, claims: Mapping[str, object]) -> str:
        known = Client() if self._client is None else self._client
        audience = claims.get("aud")
        now, until, jti = self._clock(), claims.get("exp"), claims.get("jti")
        if claims.get("iss") != known.id or claims.get("sub") != known.id:
            return "iss and sub must both be the client_id"
        if self._address not in (audience if isinstance(audience, list) else [audience]):
            return f"aud must be {self._address}"
        if not isinstance(until, int | float) or until <= now:
            return "exp is missing or past"
        if until > now + ASSERTION_LIVES + 1:
            return "exp is more than 300 seconds away"
        if not isinstance(jti, str) or not jti:
            return "jti is missing"
        return self._once(jti, now)

    def _once(self, jti: str, now: float) -> str:
        self._used = {used: until for used, until in self._used.items() if until > now}
        if jti in self._used:
            return "jti was used before"
        self._used[jti] = now + ASSERTION_LIVES + 1
        return ""


def _basic(authorization: str) -> tuple[str, str] | None:
    scheme, _, value = authorization.partition(" ")
    if scheme.casefold() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        return None
    return client_id, secret
