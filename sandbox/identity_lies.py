"""The lies the identity provider can be told to tell, so that the viewer can be shown to believe none of them.

Each is a thing a broken or hostile provider, or somebody between, could really send.
"""
# ruff: noqa: S105  (the names of lies about tokens are not passwords)

from collections.abc import Callable, Mapping
from enum import StrEnum

Claims = dict[str, object]
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"


class Lie(StrEnum):
    """What is false, in words. TRUTH is what a good provider sends."""

    TRUTH = ""

    # About the ID token's claims (those about iss, aud and time apply to a logout token too).
    AUDIENCE_OTHER = "aud is another client"
    AUDIENCE_SHARED = "aud lists another client and us, azp is us"
    AUDIENCE_OTHER_AZP_OURS = "aud is another client, azp is us"
    AUDIENCE_MISSING = "no aud"
    AUDIENCE_EMPTY = "aud is an empty list"
    AUDIENCE_NESTED = "aud is us, in a list in a list"
    AUDIENCE_OBJECT = "aud is an object with us as a member"
    AUDIENCE_TWICE = "aud lists us twice"
    AZP_OTHER = "azp is another client"
    ISSUER_OTHER = "iss is another provider"
    ISSUER_MISSING = "no iss"
    ISSUER_LIST = "iss is a list"
    ISSUER_SLASH = "iss has a slash at the end"
    EXPIRED = "expired 90 seconds ago"
    EXPIRED_JUST = "expired 61 seconds ago"
    EXPIRY_MISSING = "no exp"
    EXPIRY_TEXT = "exp is text"
    EXPIRY_NOT_A_NUMBER = "exp is NaN"
    EXPIRY_ENDLESS = "exp is Infinity"
    EXPIRY_TRUE = "exp is true"
    ISSUED_IN_FUTURE = "iat is 90 seconds from now"
    ISSUED_MISSING = "no iat"
    ISSUED_LONG_AGO = "iat is a day ago, exp is yet to come"
    NOT_BEFORE_FUTURE = "nbf is an hour from now"
    NONCE_OTHER = "another nonce"
    NONCE_MISSING = "no nonce"
    NONCE_LIST = "nonce is a list"
    SUBJECT_MISSING = "no sub"
    SUBJECT_NUMBER = "sub is a number"
    SUBJECT_EMPTY = "sub is empty"
    SUBJECT_ENDLESS = "sub is longer than any may be"
    AUTH_TIME_OLD = "auth_time is a day ago"
    AUTH_TIME_FUTURE = "auth_time is an hour from now"
    AUTH_TIME_MISSING = "no auth_time"
    AUTH_TIME_TEXT = "auth_time is text"
    ACR_WEAK = "acr is AAL1"
    ACR_MISSING = "no acr"
    ACR_LIST = "acr is a list"
    AT_HASH_OTHER = "at_hash of another access token"
    AT_HASH_NUMBER = "at_hash is a number"

    # About a person who was to sign in again.
    AGAIN_NOT_ASKED = "signed in again: nobody was asked, auth_time is from before"
    AGAIN_WEAKER = "signed in again: weaker than was asked"
    AGAIN_SOMEBODY_ELSE = "signed in again: sub is somebody else"

    # About how the token is sealed.
    ALG_NONE = "alg is none, no signature"
    ALG_HS256_PUBLIC_KEY = "HS256 with the public key as the secret"
    ALG_NONE_NO_KEY = "alg is none, no kid, no signature"
    ALG_NONE_CASED = "alg is nOnE, no signature"
    ALG_MISSING = "no alg"
    ALG_RS384 = "RS384, which we did not agree on"
    ALG_RS512 = "RS512, which we did not agree on"
    ALG_PS256 = "PS256, with a key that is published for RS256"
    KEY_UNKNOWN = "signed with a key that is not published"
    KEY_BORROWED_NAME = "signed with another key under the published kid"
    KEY_ENCLOSED = "signed with another key, enclosed in the header"
    KEY_ADDRESSED = "signed with another key, whose address is in the header"
    KEY_CERTIFIED = "signed with another key, whose certificate is in the header"
    KEY_SMALL = "signed with a published key of 1024 bits"
    KEY_FOR_ENCRYPTION = "signed with a key that is published for encryption"
    KEY_SHARED_SECRET = "signed with a secret that is published as a key"
    CRITICAL_UNKNOWN = "crit names an extension nobody knows"
    PAYLOAD_ALTERED = "a claim altered after signing"
    SIGNATURE_MISSING = "the signature cut off"
    PAYLOAD_BARE = "b64 is false, and crit says that it must be"
    PAYLOAD_LIST = "the claims are a list"
    PAYLOAD_DEEP = "a claim is nested five thousand deep"
    CLAIMS_TWICE = "sub stands there twice, first as somebody else"
    HEADER_TWICE = "alg stands there twice, first as none"
    ENCRYPTED = "encrypted for us, and not signed"
    HUGE = "a token of 300,000 characters"

    # About the authorization response.
    RESPONSE_STATE_OTHER = "another state comes back"
    RESPONSE_STATE_MISSING = "no state comes back"
    RESPONSE_ISSUER_OTHER = "another iss comes back"
    RESPONSE_ISSUER_MISSING = "no iss comes back"
    RESPONSE_DECLINED = "access_denied comes back"
    RESPONSE_CODE_OTHER = "a code that was never given comes back"
    RESPONSE_CODE_TWICE = "two codes come back"
    RESPONSE_STATE_TWICE = "two states come back"
    RESPONSE_CODE_AND_ERROR = "a code comes back, and an error"
    RESPONSE_CODE_OF_ANOTHER = "the code of another browser's sign-in comes back, and its proof key is not asked for"

    # About the token and UserInfo endpoints, discovery and keys.
    ID_TOKEN_MISSING = "no id_token"
    ID_TOKEN_GARBLED = "id_token is not a token"
    ID_TOKEN_LIST = "id_token is a list"
    ACCESS_TOKEN_MISSING = "no access_token"
    TOKEN_TYPE_OTHER = "token_type is not Bearer"
    TOKEN_ENDPOINT_FAILS = "the token endpoint answers 500"
    TOKEN_ENDPOINT_HTML = "the token endpoint answers with a page"
    TOKEN_ENDPOINT_REDIRECTS = "the token endpoint sends us elsewhere"
    TOKEN_TWICE = "id_token stands there twice"
    TOKEN_AND_ERROR = "tokens come, and an error"
    TOKEN_HUGE = "two million characters come with the tokens"
    USERINFO_SUBJECT_OTHER = "userinfo is about somebody else"
    USERINFO_SUBJECT_MISSING = "userinfo has no sub"
    USERINFO_REFUSES = "userinfo answers 401"
    USERINFO_LIST = "userinfo answers with a list"
    USERINFO_TWICE = "userinfo says sub twice, first as somebody else"
    USERINFO_REDIRECTS = "userinfo sends us elsewhere"
    USERINFO_ROLE_OTHER = "userinfo and ID token disagree on the selected role"
    DISCOVERY_ISSUER_OTHER = "discovery names another issuer"
    DISCOVERY_FAILS = "discovery answers 503"
    DISCOVERY_TWICE = "discovery says issuer twice, first as another"
    DISCOVERY_REDIRECTS = "discovery sends us elsewhere"
    DISCOVERY_PLAIN_HTTP_AWAY = "discovery sends us elsewhere without TLS"
    DISCOVERY_NO_S256 = "discovery offers plain PKCE only"
    KEYS_NONE = "no keys are published"
    KEYS_FAIL = "the keys' address answers 503"
    KEYS_SWAPPED = "another key is published under the same kid"
    KEYS_COLLIDE = "two keys are published under one kid, and the token is signed with the second"

    # About a logout token.
    LOGOUT_TYPE_OTHER = "typ is JWT"
    LOGOUT_NONCE = "a logout token with a nonce"
    LOGOUT_EVENT_MISSING = "no events"
    LOGOUT_EVENT_OTHER = "another event"
    LOGOUT_EVENT_TEXT = "the event is text"
    LOGOUT_NOBODY = "neither sub nor sid"
    LOGOUT_JTI_MISSING = "no jti"
    LOGOUT_JTI_NUMBER = "jti is a number"
    LOGOUT_SESSION_NUMBER = "sid is a number, and no sub"
    LOGOUT_ISSUED_OLD = "iat is an hour ago"


class When(StrEnum):
    """When a lie can be told."""

    SIGNING_IN = "signing in"
    AGAIN = "signing in again"
    SIGNING_OUT = "signing out over the back channel"


# By the first word of a lie's name: what is said where. UserInfo, discovery and keys are asked for once, at signing in.
_AT_FIRST = frozenset({When.SIGNING_IN})
_OF_A_PERSON = frozenset({When.SIGNING_IN, When.AGAIN})
_EVERYWHERE = frozenset(When)  # what every token says of itself, and how it is sealed
_TOLD = {
    "LOGOUT": frozenset({When.SIGNING_OUT}),
    "AGAIN": frozenset({When.AGAIN}),
    **dict.fromkeys(("USERINFO", "DISCOVERY", "KEYS"), _AT_FIRST),
    **dict.fromkeys(("NONCE", "SUBJECT", "AUTH", "ACR", "AT", "RESPONSE", "ID", "ACCESS", "TOKEN"), _OF_A_PERSON),
}


def lies_told(when: When) -> tuple["Lie", ...]:
    """Return the lies that can be told then."""
    return tuple(
        lie for lie in Lie if lie is not Lie.TRUTH and when in _TOLD.get(lie.name.partition("_")[0], _EVERYWHERE)
    )


_Change = Callable[[int, object], Claims]

# What each lie sets; None takes the claim out. Handed the time and our client id.
_CHANGES: Mapping[Lie, _Change] = {
    Lie.AUDIENCE_OTHER: lambda _now, _us: {"aud": "somebody-else"},
    Lie.AUDIENCE_SHARED: lambda _now, us: {"aud": ["somebody-else", us], "azp": us},
    Lie.AUDIENCE_OTHER_AZP_OURS: lambda _now, us: {"aud": "somebody-else", "azp": us},
    Lie.AUDIENCE_MISSING: lambda _now, _us: {"aud": None},
    Lie.AUDIENCE_EMPTY: lambda _now, _us: {"aud": []},
    Lie.AUDIENCE_NESTED: lambda _now, us: {"aud": [[us]]},
    Lie.AUDIENCE_OBJECT: lambda _now, us: {"aud": {str(us): True}},
    Lie.AUDIENCE_TWICE: lambda _now, us: {"aud": [us, us]},
    Lie.AZP_OTHER: lambda _now, _us: {"azp": "somebody-else"},
    Lie.ISSUER_OTHER: lambda _now, _us: {"iss": "https://another.example"},
    Lie.ISSUER_MISSING: lambda _now, _us: {"iss": None},
    Lie.EXPIRED: lambda now, _us: {"exp": now - 90, "iat": now - 390},
    Lie.EXPIRED_JUST: lambda now, _us: {"exp": now - 61, "iat": now - 361},
    Lie.EXPIRY_MISSING: lambda _now, _us: {"exp": None},
    Lie.EXPIRY_TEXT: lambda now, _us: {"exp": str(now + 300)},
    Lie.EXPIRY_NOT_A_NUMBER: lambda _now, _us: {"exp": float("nan")},
    Lie.EXPIRY_ENDLESS: lambda _now, _us: {"exp": float("inf")},
    Lie.EXPIRY_TRUE: lambda _now, _us: {"exp": True},
    Lie.ISSUED_IN_FUTURE: lambda now, _us: {"iat": now + 90},
    Lie.ISSUED_MISSING: lambda _now, _us: {"iat": None},
    Lie.ISSUED_LONG_AGO: lambda now, _us: {"iat": now - 86_400},
    Lie.NOT_BEFORE_FUTURE: lambda now, _us: {"nbf": now + 3600},
    Lie.NONCE_OTHER: lambda _now, _us: {"nonce": "of-another-sign-in"},
    Lie.NONCE_MISSING: lambda _now, _us: {"nonce": None},
    Lie.NONCE_LIST: lambda _now, _us: {"nonce": ["a", "b"]},
    Lie.SUBJECT_MISSING: lambda _now, _us: {"sub": None},
    Lie.SUBJECT_NUMBER: lambda _now, _us: {"sub": 555},
    Lie.SUBJECT_EMPTY: lambda _now, _us: {"sub": ""},
    Lie.SUBJECT_ENDLESS: lambda _now, _us: {"sub": "5" * 300},
    Lie.AUTH_TIME_OLD: lambda now, _us: {"auth_time": now - 86_400},
    Lie.AUTH_TIME_FUTURE: lambda now, _us: {"auth_time": now + 3600},
    Lie.AUTH_TIME_MISSING: lambda _now, _us: {"auth_time": None},
    Lie.AUTH_TIME_TEXT: lambda now, _us: {"auth_time": str(now)},
    Lie.ACR_WEAK: lambda _now, _us: {"acr": "AAL1_USERPASS"},
    Lie.ACR_MISSING: lambda _now, _us: {"acr": None},
    Lie.ACR_LIST: lambda _now, _us: {"acr": ["AAL3_ANY"]},
    Lie.AT_HASH_OTHER: lambda _now, _us: {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    Lie.AT_HASH_NUMBER: lambda _now, _us: {"at_hash": 7},
    Lie.AGAIN_NOT_ASKED: lambda now, _us: {"auth_time": now - 240},
    Lie.AGAIN_WEAKER: lambda _now, _us: {"acr": "AAL2_OR_AAL3_ANY"},
    Lie.AGAIN_SOMEBODY_ELSE: lambda _now, _us: {"sub": "555250719999"},
    Lie.LOGOUT_NONCE: lambda _now, _us: {"nonce": "a-nonce"},
    Lie.LOGOUT_EVENT_MISSING: lambda _now, _us: {"events": None},
    Lie.LOGOUT_EVENT_OTHER: lambda _now, _us: {"events": {"https://another.example/event": {}}},
    Lie.LOGOUT_EVENT_TEXT: lambda _now, _us: {"events": {LOGOUT_EVENT: "yes"}},
    Lie.LOGOUT_NOBODY: lambda _now, _us: {"sub": None, "sid": None},
    Lie.LOGOUT_JTI_MISSING: lambda _now, _us: {"jti": None},
    Lie.LOGOUT_JTI_NUMBER: lambda _now, _us: {"jti": 7},
    Lie.LOGOUT_SESSION_NUMBER: lambda _now, _us: {"sid": 7, "sub": None},
    Lie.LOGOUT_ISSUED_OLD: lambda now, _us: {"iat": now - 3600},
}


def altered(lie: Lie, claims: Claims, now: int) -> Claims:
    """Return the claims with this lie in them."""
    change = _CHANGES.get(lie)
    changed = claims | (change(now, claims["aud"]) if change else {})
    if lie is Lie.ISSUER_SLASH:
        changed["iss"] = f"{changed['iss']}/"
    if lie is Lie.ISSUER_LIST:
        changed["iss"] = [changed["iss"]]
    return {name: value for name, value in changed.items() if value is not None}
