"""Does this ID token prove that this person signed in, at our sign-in service, for us, now, strongly enough?

Rule: authlib checks what OpenID Connect Core 1.0 §3.1.3.7 asks of every client; here stands what it leaves out
(exactly one audience, at most a minute's leeway, a nonce always, max_age, acr; and of a person who signs in
again, that it is the same one, and just now). One doubt refuses.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from authlib.oidc.core import CodeIDToken
from joserfc.errors import JoseError

from viewer.identity.signed_token import LEEWAY, BadToken, FindKey, Token, a_moment, open_token, what_is_wrong

OLDEST = timedelta(minutes=5)  # it comes straight from the service, which made it for this very exchange
LONGEST_SUBJECT = 255  # OpenID Connect Core 1.0 §2


@dataclass(frozen=True, slots=True)
class Expected:
    """What the ID token of this one sign-in must say."""

    issuer: str
    client_id: str
    nonce: str
    access_token: str = field(repr=False)
    acr: frozenset[str]
    max_age: timedelta
    subject: str | None = None  # who it must be, when it is known; None: whoever it is
    since: datetime | None = None  # they must have proved who they are after this


def verify_id_token(
    sealed: str, find_key: FindKey, expected: Expected, now: datetime
) -> Mapping[str, object] | BadToken:
    """Return the token's claims, or why we do not believe them."""
    token = open_token(sealed, find_key)
    if isinstance(token, BadToken):
        return token
    wrong = (
        what_is_wrong(token.claims, expected.issuer, expected.client_id, now)
        or _what_is_wrong_with_the_person(token.claims, expected)
        or _what_is_wrong_with_the_sign_in(token.claims, expected, now)
        or _what_authlib_finds(token, expected, now)
    )
    return BadToken(wrong) if wrong else token.claims


def _what_is_wrong_with_the_person(claims: Mapping[str, object], expected: Expected) -> str:
    subject, at_hash = claims.get("sub"), claims.get("at_hash", "")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        return "it does not say who signed in"
    if expected.subject is not None and subject != expected.subject:
        return "somebody else signed in"
    if not expected.nonce or claims.get("nonce") != expected.nonce:
        return "of another sign-in (nonce)"
    if not isinstance(at_hash, str):
        return "its access token hash is not text"
    return ""


def _what_is_wrong_with_the_sign_in(claims: Mapping[str, object], expected: Expected, now: datetime) -> str:
    issued, signed_in = a_moment(claims, "iat"), a_moment(claims, "auth_time")
    if issued is None or now > issued + OLDEST + LEEWAY:
        return "issued too long ago"
    if signed_in is None or signed_in > now + LEEWAY:
        return "it does not say when the person proved who they are"
    if now > signed_in + expected.max_age + LEEWAY:
        return "the person proved who they are too long ago"
    if expected.since is not None and signed_in < expected.since - LEEWAY:
        return "the person was not asked to prove anew who they are"
    acr = claims.get("acr")
    if not isinstance(acr, str) or acr not in expected.acr:
        return "the person did not prove strongly enough who they are (acr)"
    return ""


def _what_authlib_finds(token: Token, expected: Expected, now: datetime) -> str:
    claims = CodeIDToken(
        dict(token.claims),
        dict(token.header),
        {"iss": {"essential": True, "value": expected.issuer}},
        {
            "client_id": expected.client_id,
            "nonce": expected.nonce,
            "access_token": expected.access_token,
            "max_age": int(expected.max_age.total_seconds()),
        },
    )
    try:
        claims.validate(now=int(now.timestamp()), leeway=int(LEEWAY.total_seconds()))
    except JoseError as trouble:
        return f"it breaks OpenID Connect Core ({trouble.description or trouble.error})"
    except ValueError:  # its access token hash holds what UTF-8 cannot say
        return "a claim of it is no text"
    return ""
