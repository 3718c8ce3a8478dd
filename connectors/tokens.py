"""Access tokens: one a trust, fetched once for everybody who waits, kept until shortly before it ends.

Source: RFC 6749 §4.4 (client credentials), RFC 7523 §2.2 (private_key_jwt), SMART Backend Services.
Rule: an assertion lives at most a minute and is used once.
"""

import asyncio
import base64
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import quote

import msgspec
from authlib.oauth2.rfc7523 import private_key_jwt_sign
from cachetools import TLRUCache
from joserfc.errors import InvalidKeyTypeError
from joserfc.jwk import ECKey, Key, import_key

from connectors.answer import Outcome, Trouble
from connectors.fetch import Fetcher, Got, Sending, not_json
from connectors.trust_config import Caps, SignInMethod, TrustConfig, TrustSignIn

ASSERTION_SECONDS = 60
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_TOKEN_CAPS = Caps(bytes=64 * 1024)
_BEARER = re.compile(r"[A-Za-z0-9\-._~+/]+=*")  # RFC 6750 §2.1, b64token


class _Given(msgspec.Struct):
    """A token endpoint's answer (RFC 6749 §5.1)."""

    access_token: str
    token_type: str
    expires_in: float = 60.0


class Tokens:
    """The tokens of every trust. Used on one event loop."""

    def __init__(
        self, clock: Callable[[], datetime], timer: Callable[[], float], new_id: Callable[[], str], places: int = 64
    ) -> None:
        self._clock = clock
        self._new_id = new_id
        self._kept: TLRUCache[str, _Given] = TLRUCache(places, ttu=_until_shortly_before_its_end, timer=timer)
        self._coming: dict[str, asyncio.Task[_Given | Trouble]] = {}
        self._keys: dict[str, Key] = {}

    async def token(self, config: TrustConfig, fetcher: Fetcher) -> str | Trouble:
        """Return a token that will be good for a while, or why there is none; "" where none is wanted."""
        name = config.trust.name
        if config.sign_in.method is SignInMethod.NONE:
            return ""
        kept = self._kept.get(name)
        given = kept if kept is not None else await self._fetched_once(config, fetcher)
        return given if isinstance(given, Trouble) else given.access_token

    def refuse(self, config: TrustConfig, token: str) -> None:
        """Forget a token the trust has refused; a newer one that came meanwhile stays."""
        kept = self._kept.get(config.trust.name)
        if kept is not None and kept.access_token == token:
            del self._kept[config.trust.name]

    async def _fetched_once(self, config: TrustConfig, fetcher: Fetcher) -> _Given | Trouble:
        """Wait for the one request under way. Whoever stops waiting does not stop it for the others."""
        name = config.trust.name
        if name not in self._coming:
            task = asyncio.get_running_loop().create_task(self._fetch(config, fetcher))
            self._coming[name] = task
            task.add_done_callback(lambda _: self._coming.pop(name, None))
        return await asyncio.shield(self._coming[name])

    async def _fetch(self, config: TrustConfig, fetcher: Fetcher) -> _Given | Trouble:
        try:
            async with asyncio.timeout(config.deadline.total_seconds()):
                got = await fetcher.send(self._request(config), _TOKEN_CAPS)
                if isinstance(got, Trouble) and got.connecting:
                    got = await fetcher.send(self._request(config), _TOKEN_CAPS)
        except TimeoutError:
            return _failed("its token endpoint did not answer in time")
        given = _read(got)
        if isinstance(given, _Given):
            self._kept[config.trust.name] = given
        return given

    def _request(self, config: TrustConfig) -> Sending:
        sign_in = config.sign_in
        form: dict[str, str] = {"grant_type": "client_credentials"}
        headers = {"Accept": "application/json"}
        if sign_in.scope:
            form["scope"] = sign_in.scope
        if sign_in.method is SignInMethod.PRIVATE_KEY_JWT:
            form["client_assertion_type"] = _ASSERTION_TYPE
            form["client_assertion"] = self._assertion(sign_in)
        else:
            headers["Authorization"] = _basic(sign_in)
        return Sending("POST", sign_in.token_url, headers, tuple(form.items()))

    def _assertion(self, sign_in: TrustSignIn) -> str:
        key = self._key(sign_in)
        signed: str = private_key_jwt_sign(
            key,
            sign_in.client_id,
            sign_in.token_url,
            alg=sign_in.algorithm or _algorithm(key),
            claims={"jti": self._new_id()},  # a fresh mapping each time: authlib writes into it
            header={"typ": "JWT", "kid": sign_in.key_id} if sign_in.key_id else {"typ": "JWT"},
            issued_at=int(self._clock().timestamp()),
            expires_in=ASSERTION_SECONDS,
        )
        return signed

    def _key(self, sign_in: TrustSignIn) -> Key:
        if sign_in.secret not in self._keys:
            self._keys[sign_in.secret] = _private_key(sign_in.secret)
        return self._keys[sign_in.secret]


def _private_key(pem: str) -> Key:
    try:
        return import_key(pem, "RSA")
    except InvalidKeyTypeError:
        return import_key(pem, "EC")


def _algorithm(key: Key) -> str:
    """Return the algorithm for a key: SMART names RS384 and ES384."""
    if isinstance(key, ECKey):
        return {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}.get(key.curve_name, "ES384")
    return "RS384"


def _basic(sign_in: TrustSignIn) -> str:
    """Return the client's name and secret as RFC 6749 §2.3.1 writes them: form-encoded, then Basic."""
    pair = f"{quote(sign_in.client_id, safe='')}:{quote(sign_in.secret, safe='')}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def _read(got: Got | Trouble) -> _Given | Trouble:
    if isinstance(got, Trouble) and got.outcome is Outcome.UNREACHABLE:
        return Trouble(got.outcome, f"its token endpoint: {got.reason}")
    if isinstance(got, Trouble):
        return _failed(f"its token endpoint: {got.reason}")
    if got.status != 200:
        return _failed(f"its token endpoint said HTTP {got.status}", got.headers)
    if not_json(got.headers):
        return _failed("its token endpoint sent no JSON")
    try:
        given = msgspec.json.decode(got.content, type=_Given, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _failed("its token endpoint sent no token")
    if given.token_type.lower() != "bearer" or not _BEARER.fullmatch(given.access_token):
        return _failed("its token endpoint sent a token that is no bearer token")
    return given


def _failed(reason: str, headers: Mapping[str, str] | None = None) -> Trouble:
    wait = (headers or {}).get("retry-after", "")
    details = {"retry_after": wait} if wait.isdecimal() and len(wait) < 7 else {}
    return Trouble(Outcome.SIGN_IN_FAILED, reason, details=details)


def _until_shortly_before_its_end(_: str, given: _Given, now: float) -> float:
    """Return when a token stops being handed out: half a minute early, or a quarter of a short life."""
    return now + given.expires_in - min(30.0, given.expires_in / 4)
