"""Open a signed token: the seal first, then what every token must say of itself, whatever it is for.

Rule: the algorithms are ours to name, never the token's or the provider's; the key is one the provider
publishes, never one the token brings along. All that is wrong is a value, `BadToken`, and repeats no claim.
Source: RFC 7515, RFC 8725 (JSON Web Token Best Current Practices).
"""

import math
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from viewer.identity.strict_json import Strict, read_object

ALGORITHMS = frozenset({"RS256", "PS256", "ES256"})
LEEWAY = timedelta(seconds=60)  # for two clocks that do not agree
LONGEST = 16 * 1024  # of a token, in characters: ten times what a person with many roles needs

Key = RSAKey | ECKey


@dataclass(frozen=True, slots=True)
class BadToken:
    """A token we do not believe, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Token:
    """A token whose seal holds."""

    header: Mapping[str, object]
    claims: Mapping[str, object] = field(repr=False)


FindKey = Callable[[str, str], Key | BadToken]  # handed a key id ("" when the token names none) and an algorithm


def open_token(sealed: str, find_key: FindKey, algorithms: frozenset[str] = ALGORITHMS) -> Token | BadToken:
    """Check the seal, and return what it protects."""
    if len(sealed) > LONGEST:
        return BadToken("longer than any honest token")
    header = _read_header(sealed)
    if isinstance(header, BadToken):
        return header
    if "crit" in header or "b64" in header:  # RFC 7515 §4.1.11: there is nothing of that kind that we understand
        return BadToken("asks to be read in a way of its own (crit)")
    algorithm, key_id = header.get("alg"), header.get("kid", "")
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        return BadToken("signed with an algorithm we do not allow")
    if not isinstance(key_id, str):
        return BadToken("names its key strangely")
    key = find_key(key_id, algorithm)
    if isinstance(key, BadToken):
        return key
    try:
        opened = jwt.decode(sealed, key, algorithms=[algorithm], decoder_cls=Strict)
    except (JoseError, ValueError) as trouble:
        return BadToken(f"the signature does not hold ({type(trouble).__name__})")
    return Token(opened.header, opened.claims)


def _read_header(sealed: str) -> Mapping[str, object] | BadToken:
    head, *rest = sealed.split(".")
    try:
        said = read_object(urlsafe_b64decode(head + "=" * (-len(head) % 4))) if len(rest) == 2 else None
    except ValueError:
        said = None
    return BadToken("not a signed token") if said is None else said


def what_is_wrong(claims: Mapping[str, object], issuer: str, client_id: str, now: datetime) -> str:
    """Return what is wrong with issuer, audience or times, "" when nothing is."""
    if claims.get("iss") != issuer:
        return "issued by somebody else"
    if claims.get("aud") not in (client_id, [client_id]):  # exactly us: a token shared with others proves nothing
        return "not for us alone"
    if "azp" in claims and claims["azp"] != client_id:
        return "given to another party"
    return _what_is_wrong_with_times(claims, now)


def _what_is_wrong_with_times(claims: Mapping[str, object], now: datetime) -> str:
    expires, issued, not_before = (a_moment(claims, name) for name in ("exp", "iat", "nbf"))
    if expires is None or now >= expires + LEEWAY:
        return "expired, or it does not say when it expires"
    if issued is None or issued > now + LEEWAY:
        return "issued in the future, or it does not say when"
    if "nbf" in claims and (not_before is None or not_before > now + LEEWAY):
        return "not valid yet"
    return ""


def a_moment(claims: Mapping[str, object], name: str) -> datetime | None:
    """Read a NumericDate (RFC 7519 §2), or None where there is none."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return _since_epoch(value)


def _since_epoch(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None
