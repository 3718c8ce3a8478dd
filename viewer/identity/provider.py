"""What the sign-in service says of itself: its addresses and its keys, asked for once and kept an hour.

Rule: it is the issuer we were configured with, or nothing. A key we have not seen makes us ask for the keys
again, once, and not more often than every half minute, whoever shows us how many unknown keys.
Source: OpenID Connect Discovery 1.0; RFC 8414; RFC 7517.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Protocol
from urllib.parse import urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from viewer.identity.sign_in import Cause, SignInRefused
from viewer.identity.signed_token import BadToken, Key
from viewer.identity.strict_json import read_object

KEPT_FOR = timedelta(hours=1)
ASK_AGAIN_AFTER = timedelta(seconds=30)
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

_NEEDED = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")


class FetchJson(Protocol):
    """Sends one request and reads the JSON object that comes. Status 0 says that no answer came at all."""

    def __call__(
        self, method: str, url: str, *, headers: Mapping[str, str], form: Mapping[str, str] | None
    ) -> tuple[int, Mapping[str, object]]:
        """Return the status, and the object; an empty one when the body was no JSON object."""


class Send(Protocol):
    """Sends one request from an ordinary thread (connectors.fetch.PlainFetch.send); raises OSError if nothing came."""

    def __call__(
        self, method: str, url: str, *, headers: Mapping[str, str], form: Mapping[str, str] | None, deadline: float
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Return status, headers and body."""


def json_over(send: Send, deadline: timedelta) -> FetchJson:
    """Make a FetchJson that asks over `send` and waits no longer than this."""

    def fetch_json(
        method: str, url: str, *, headers: Mapping[str, str], form: Mapping[str, str] | None
    ) -> tuple[int, Mapping[str, object]]:
        try:
            status, _, body = send(method, url, headers=headers, form=form, deadline=deadline.total_seconds())
        except OSError:
            return 0, {}
        return status, read_object(body) or {}

    return fetch_json


@dataclass(frozen=True, slots=True)
class Metadata:
    """The provider's addresses, and whether it names itself when it sends people back (RFC 9207)."""

    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str
    jwks_uri: str
    end_session_endpoint: str  # "" when it has none
    names_itself: bool


class Provider:
    """The sign-in service as it describes itself. One for the whole program; threads may share it."""

    def __init__(self, issuer: str, fetch_json: FetchJson, clock: Callable[[], datetime]) -> None:
        self.issuer = issuer
        self._fetch_json = fetch_json
        self._clock = clock
        self._asking = Lock()
        self._metadata: tuple[datetime, Metadata] | None = None
        self._keys: tuple[datetime, Mapping[str, Key]] | None = None
        self._asked_again: datetime | None = None

    def metadata(self) -> Metadata | SignInRefused:
        """Return its addresses, asking for them when those we have are old."""
        with self._asking:
            if self._metadata and self._clock() < self._metadata[0] + KEPT_FOR:
                return self._metadata[1]
            read = self._read_metadata()
            if isinstance(read, Metadata):
                self._metadata = (self._clock(), read)
            return read

    def _read_metadata(self) -> Metadata | SignInRefused:
        address = f"{self.issuer}/.well-known/openid-configuration"
        status, said = self._fetch_json("GET", address, headers={"Accept": "application/json"}, form=None)
        if status != 200:
            return SignInRefused(Cause.UNREACHABLE, f"the sign-in service does not describe itself (status {status})")
        return read_metadata(said, self.issuer)

    def find_key(self, key_id: str, algorithm: str) -> Key | BadToken:
        """Return the published key of this name that may sign with this algorithm."""
        with self._asking:
            keys = self._current_keys()
            if isinstance(keys, Mapping) and key_id and key_id not in keys:
                keys = self._keys_asked_again()
        if isinstance(keys, SignInRefused):
            return BadToken(keys.reason)
        key = keys.get(key_id) if key_id else _the_only(keys)
        if key is None:
            return BadToken("signed with a key the sign-in service does not publish")
        return key if _may_sign(key, algorithm) else BadToken("signed with a key that is not for this algorithm")

    def _current_keys(self) -> Mapping[str, Key] | SignInRefused:
        if self._keys and self._clock() < self._keys[0] + KEPT_FOR:
            return self._keys[1]
        return self._fetch_keys()

    def _keys_asked_again(self) -> Mapping[str, Key] | SignInRefused:
        now = self._clock()
        if self._asked_again and now < self._asked_again + ASK_AGAIN_AFTER:
            return self._keys[1] if self._keys else {}
        self._asked_again = now
        return self._fetch_keys()

    def _fetch_keys(self) -> Mapping[str, Key] | SignInRefused:
        metadata = self._metadata[1] if self._metadata else self._read_metadata()
        if isinstance(metadata, SignInRefused):
            return metadata
        status, said = self._fetch_json("GET", metadata.jwks_uri, headers={"Accept": "application/json"}, form=None)
        if status != 200:
            return SignInRefused(Cause.UNREACHABLE, f"the sign-in service does not give its keys (status {status})")
        keys = read_keys(said)
        self._keys = (self._clock(), keys)
        return keys


def read_metadata(said: Mapping[str, object], issuer: str) -> Metadata | SignInRefused:
    """Read what a provider says of itself; refuse one that says it is another, or sends us away without TLS."""
    if said.get("issuer") != issuer:
        return SignInRefused(Cause.UNPROVEN, "the sign-in service says it is another")
    methods = said.get("code_challenge_methods_supported", ["S256"])
    if not isinstance(methods, list) or "S256" not in methods:
        return SignInRefused(Cause.UNPROVEN, "the sign-in service does not offer PKCE with S256")
    authorization, token, userinfo, keys = (_address(said, name) for name in _NEEDED)
    if not (authorization and token and userinfo and keys):
        return SignInRefused(Cause.UNPROVEN, "the sign-in service's addresses are missing or not safe")
    end_session = _address(said, "end_session_endpoint")
    names_itself = said.get("authorization_response_iss_parameter_supported") is True
    return Metadata(authorization, token, userinfo, keys, end_session, names_itself)


def _address(said: Mapping[str, object], name: str) -> str:
    """Return an address it gives, "" when there is none or it would be spoken to without TLS outside this machine."""
    address = said.get(name)
    if not isinstance(address, str):
        return ""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    return address if safe else ""


def read_keys(said: Mapping[str, object]) -> Mapping[str, Key]:
    """Read the published signing keys by name; those we cannot use are passed over (RFC 7517 §5).

    A name that two keys bear names none of them.
    """
    published = said.get("keys")
    entries = [entry for entry in published if isinstance(entry, dict)] if isinstance(published, list) else []
    named = [(str(entry.get("kid", "")), entry) for entry in entries if entry.get("use", "sig") == "sig"]
    times_named = Counter(key_id for key_id, _ in named)
    read = ((key_id, _read_key(entry)) for key_id, entry in named if times_named[key_id] == 1)
    return {key_id: key for key_id, key in read if key}


def _read_key(entry: dict[str, object]) -> Key | None:
    kinds: dict[object, type[Key]] = {"RSA": RSAKey, "EC": ECKey}
    try:
        kind = kinds.get(entry.get("kty"))
        return kind.import_key(entry) if kind else None  # type: ignore[arg-type]  # joserfc checks what is in it
    except (JoseError, ValueError, TypeError, KeyError):
        return None


def _the_only(keys: Mapping[str, Key]) -> Key | None:
    """A token that names no key means the only one there is (OpenID Connect Core 1.0 §10.1)."""
    return next(iter(keys.values())) if len(keys) == 1 else None


def _may_sign(key: Key, algorithm: str) -> bool:
    if key.get("alg", algorithm) != algorithm:
        return False
    if algorithm == "ES256":
        return isinstance(key, ECKey) and key.curve_name == "P-256"
    return isinstance(key, RSAKey) and key.public_key.key_size >= 2048
