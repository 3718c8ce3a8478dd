"""The lies the identity provider can be told to tell, so that the viewer can be shown to believe none of them.

Each is a thing a broken or hostile provider, or somebody between, could really send.
"""
# ruff: noqa: S105  (the names of lies about tokens are not passwords)

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import cast

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

Claims = dict[str, object]


class Lie(StrEnum):
    """What is false, in words. TRUTH is what a good provider sends."""

    TRUTH = ""

    # About the ID token's claims (those about iss, aud and time apply to a logout token too).
    AUDIENCE_OTHER = "aud is another client"
    AUDIENCE_SHARED = "aud lists another client and us, azp is us"
    AUDIENCE_OTHER_AZP_OURS = "aud is another client, azp is us"
    AUDIENCE_MISSING = "no aud"
    AZP_OTHER = "azp is another client"
    ISSUER_OTHER = "iss is another provider"
    ISSUER_MISSING = "no iss"
    EXPIRED = "expired 90 seconds ago"
    EXPIRY_MISSING = "no exp"
    EXPIRY_TEXT = "exp is text"
    EXPIRY_NOT_A_NUMBER = "exp is NaN"
    ISSUED_IN_FUTURE = "iat is 90 seconds from now"
    ISSUED_MISSING = "no iat"
    NOT_BEFORE_FUTURE = "nbf is an hour from now"
    NONCE_OTHER = "another nonce"
    NONCE_MISSING = "no nonce"
    SUBJECT_MISSING = "no sub"
    SUBJECT_NUMBER = "sub is a number"
    AUTH_TIME_OLD = "auth_time is a day ago"
    AUTH_TIME_FUTURE = "auth_time is an hour from now"
    AUTH_TIME_MISSING = "no auth_time"
    ACR_WEAK = "acr is AAL1"
    ACR_MISSING = "no acr"
    AT_HASH_OTHER = "at_hash of another access token"
    AT_HASH_NUMBER = "at_hash is a number"

    # About a person who was to sign in again.
    AGAIN_NOT_ASKED = "signed in again: nobody was asked, auth_time is from before"
    AGAIN_WEAKER = "signed in again: weaker than was asked"
    AGAIN_SOMEBODY_ELSE = "signed in again: sub is somebody else"

    # About how the token is sealed.
    ALG_NONE = "alg is none, no signature"
    ALG_HS256_PUBLIC_KEY = "HS256 with the public key as the secret"
    ALG_RS512 = "RS512, which we did not agree on"
    KEY_UNKNOWN = "signed with a key that is not published"
    KEY_BORROWED_NAME = "signed with another key under the published kid"
    KEY_ENCLOSED = "signed with another key, enclosed in the header"
    CRITICAL_UNKNOWN = "crit names an extension nobody knows"
    PAYLOAD_ALTERED = "a claim altered after signing"
    SIGNATURE_MISSING = "the signature cut off"

    # About the authorization response.
    RESPONSE_STATE_OTHER = "another state comes back"
    RESPONSE_STATE_MISSING = "no state comes back"
    RESPONSE_ISSUER_OTHER = "another iss comes back"
    RESPONSE_ISSUER_MISSING = "no iss comes back"
    RESPONSE_DECLINED = "access_denied comes back"
    RESPONSE_CODE_OTHER = "a code that was never given comes back"

    # About the token and UserInfo endpoints, discovery and keys.
    ID_TOKEN_MISSING = "no id_token"
    ID_TOKEN_GARBLED = "id_token is not a token"
    ACCESS_TOKEN_MISSING = "no access_token"
    TOKEN_TYPE_OTHER = "token_type is not Bearer"
    TOKEN_ENDPOINT_FAILS = "the token endpoint answers 500"
    TOKEN_ENDPOINT_HTML = "the token endpoint answers with a page"
    USERINFO_SUBJECT_OTHER = "userinfo is about somebody else"
    USERINFO_SUBJECT_MISSING = "userinfo has no sub"
    USERINFO_REFUSES = "userinfo answers 401"
    USERINFO_ROLE_OTHER = "userinfo and ID token disagree on the selected role"
    DISCOVERY_ISSUER_OTHER = "discovery names another issuer"
    DISCOVERY_FAILS = "discovery answers 503"
    DISCOVERY_PLAIN_HTTP_AWAY = "discovery sends us elsewhere without TLS"
    DISCOVERY_NO_S256 = "discovery offers plain PKCE only"
    KEYS_NONE = "no keys are published"
    KEYS_FAIL = "the keys' address answers 503"

    # About a logout token.
    LOGOUT_TYPE_OTHER = "typ is JWT"
    LOGOUT_NONCE = "a logout token with a nonce"
    LOGOUT_EVENT_MISSING = "no events"
    LOGOUT_EVENT_OTHER = "another event"
    LOGOUT_NOBODY = "neither sub nor sid"
    LOGOUT_JTI_MISSING = "no jti"
    LOGOUT_ISSUED_OLD = "iat is an hour ago"


_Change = Callable[[int, object], Claims]

# What each lie sets; None takes the claim out. Handed the time and our client id.
_CHANGES: Mapping[Lie, _Change] = {
    Lie.AUDIENCE_OTHER: lambda _now, _us: {"aud": "somebody-else"},
    Lie.AUDIENCE_SHARED: lambda _now, us: {"aud": ["somebody-else", us], "azp": us},
    Lie.AUDIENCE_OTHER_AZP_OURS: lambda _now, us: {"aud": "somebody-else", "azp": us},
    Lie.AUDIENCE_MISSING: lambda _now, _us: {"aud": None},
    Lie.AZP_OTHER: lambda _now, _us: {"azp": "somebody-else"},
    Lie.ISSUER_OTHER: lambda _now, _us: {"iss": "https://another.example"},
    Lie.ISSUER_MISSING: lambda _now, _us: {"iss": None},
    Lie.EXPIRED: lambda now, _us: {"exp": now - 90, "iat": now - 390},
    Lie.EXPIRY_MISSING: lambda _now, _us: {"exp": None},
    Lie.EXPIRY_TEXT: lambda now, _us: {"exp": str(now + 300)},
    Lie.EXPIRY_NOT_A_NUMBER: lambda _now, _us: {"exp": float("nan")},
    Lie.ISSUED_IN_FUTURE: lambda now, _us: {"iat": now + 90},
    Lie.ISSUED_MISSING: lambda _now, _us: {"iat": None},
    Lie.NOT_BEFORE_FUTURE: lambda now, _us: {"nbf": now + 3600},
    Lie.NONCE_OTHER: lambda _now, _us: {"nonce": "of-another-sign-in"},
    Lie.NONCE_MISSING: lambda _now, _us: {"nonce": None},
    Lie.SUBJECT_MISSING: lambda _now, _us: {"sub": None},
    Lie.SUBJECT_NUMBER: lambda _now, _us: {"sub": 555},
    Lie.AUTH_TIME_OLD: lambda now, _us: {"auth_time": now - 86_400},
    Lie.AUTH_TIME_FUTURE: lambda now, _us: {"auth_time": now + 3600},
    Lie.AUTH_TIME_MISSING: lambda _now, _us: {"auth_time": None},
    Lie.ACR_WEAK: lambda _now, _us: {"acr": "AAL1_USERPASS"},
    Lie.ACR_MISSING: lambda _now, _us: {"acr": None},
    Lie.AT_HASH_OTHER: lambda _now, _us: {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    Lie.AT_HASH_NUMBER: lambda _now, _us: {"at_hash": 7},
    Lie.AGAIN_NOT_ASKED: lambda now, _us: {"auth_time": now - 240},
    Lie.AGAIN_WEAKER: lambda _now, _us: {"acr": "AAL2_OR_AAL3_ANY"},
    Lie.AGAIN_SOMEBODY_ELSE: lambda _now, _us: {"sub": "555250719999"},
    Lie.LOGOUT_NONCE: lambda _now, _us: {"nonce": "a-nonce"},
    Lie.LOGOUT_EVENT_MISSING: lambda _now, _us: {"events": None},
    Lie.LOGOUT_EVENT_OTHER: lambda _now, _us: {"events": {"https://another.example/event": {}}},
    Lie.LOGOUT_NOBODY: lambda _now, _us: {"sub": None, "sid": None},
    Lie.LOGOUT_JTI_MISSING: lambda _now, _us: {"jti": None},
    Lie.LOGOUT_ISSUED_OLD: lambda now, _us: {"iat": now - 3600},
}


def altered(lie: Lie, claims: Claims, now: int) -> Claims:
    """Return the claims with this lie in them."""
    change = _CHANGES.get(lie)
    changed = claims | (change(now, claims["aud"]) if change else {})
    return {name: value for name, value in changed.items() if value is not None}


def sealed(lie: Lie, claims: Claims, typ: str, key: RSAKey) -> str:
    """Sign the claims, or pretend to."""
    header: Claims = {"typ": typ, "kid": key.kid}
    match lie:
        case Lie.ALG_NONE:
            return _by_hand({**header, "alg": "none"}, claims, lambda _text: b"")
        case Lie.ALG_HS256_PUBLIC_KEY:
            secret = key.as_pem(private=False)
            return _by_hand({**header, "alg": "HS256"}, claims, lambda text: hmac.digest(secret, text, "sha256"))
        case Lie.ALG_RS512:
            return jwt.encode({**header, "alg": "RS512"}, claims, key, algorithms=["RS512"])
        case Lie.KEY_UNKNOWN:
            return _signed({**header, "kid": "unpublished"}, claims, _another_key())
        case Lie.KEY_BORROWED_NAME:
            return _signed(header, claims, _another_key())
        case Lie.KEY_ENCLOSED:
            other = ECKey.generate_key("P-256")
            enclosed = {"alg": "ES256", "jwk": other.as_dict(private=False), "kid": "enclosed"}
            return jwt.encode({**header, **enclosed}, claims, other, algorithms=["ES256"])
        case Lie.CRITICAL_UNKNOWN:
            return _critical(header, claims, key)
        case Lie.PAYLOAD_ALTERED:
            return _with_another_payload(_signed(header, claims, key), {**claims, "acr": "AAL3_ANY", "extra": "one"})
        case Lie.SIGNATURE_MISSING:
            return _signed(header, claims, key).rpartition(".")[0] + "."
        case Lie.LOGOUT_TYPE_OTHER:
            return _signed({**header, "typ": "JWT"}, claims, key)
        case _:
            return _signed(header, claims, key)


def _signed(header: Claims, claims: Claims, key: RSAKey) -> str:
    return jwt.encode({**header, "alg": "RS256"}, claims, key, algorithms=["RS256"])


def _critical(header: Claims, claims: Claims, key: RSAKey) -> str:
    """Sign rightly, under a header that asks for what nobody understands: only reading `crit` refuses it."""
    asks = {**header, "alg": "RS256", "crit": ["https://another.example/must"], "https://another.example/must": True}
    private = cast(RSAPrivateKey, key.private_key)
    return _by_hand(asks, claims, lambda text: private.sign(text, PKCS1v15(), SHA256()))


def _another_key() -> RSAKey:
    return RSAKey.generate_key(2048)


def _with_another_payload(token: str, claims: Claims) -> str:
    header, _, signature = token.split(".")
    return f"{header}.{_base64(claims)}.{signature}"


def _by_hand(header: Claims, claims: Claims, sign: Callable[[bytes], bytes]) -> str:
    text = f"{_base64(header)}.{_base64(claims)}"
    signature = base64.urlsafe_b64encode(sign(text.encode())).rstrip(b"=").decode()
    return f"{text}.{signature}"


def _base64(values: Claims) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).rstrip(b"=").decode()
