"""What the identity provider publishes of itself, its addresses and its keys: rightly, or with a lie in it."""

import json

from joserfc.jwk import OctKey, RSAKey

from sandbox.identity_lies import Claims, Lie
from sandbox.identity_seals import OTHER_NAMES, SECRET, another_key, small_key

ACRS = ("AAL3_ANY", "AAL2_OR_AAL3_ANY")  # how strongly people prove who they are here, strongest first
SCOPES = ["openid", "profile", "email", "nhsperson", "associatedorgs", "nationalrbacaccess", "selectedrole"]


def metadata(lie: Lie, issuer: str) -> str:
    """Return the discovery document."""
    elsewhere = lie is Lie.DISCOVERY_PLAIN_HTTP_AWAY
    said: Claims = {
        "issuer": "https://another.example" if lie is Lie.DISCOVERY_ISSUER_OTHER else issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": "http://elsewhere.example/token" if elsewhere else f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "jwks_uri": f"{issuer}/jwks",
        "end_session_endpoint": f"{issuer}/end-session",
        "scopes_supported": SCOPES,
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        # "none" is listed because some providers list it; a client must not believe it.
        "id_token_signing_alg_values_supported": ["RS256", "none"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "code_challenge_methods_supported": ["plain" if lie is Lie.DISCOVERY_NO_S256 else "S256"],
        "acr_values_supported": list(ACRS),
        "prompt_values_supported": ["none", "login"],
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "authorization_response_iss_parameter_supported": True,
    }
    return (
        twice(json.dumps(said), "issuer", "https://another.example") if lie is Lie.DISCOVERY_TWICE else json.dumps(said)
    )


def keys(lie: Lie, key: RSAKey) -> str:
    """Return the set of keys."""
    return json.dumps({"keys": _keys(lie, key)})


def _keys(lie: Lie, key: RSAKey) -> list[Claims]:
    ours = _published(key, str(key.kid))
    match lie:
        case Lie.KEYS_NONE:
            return []
        case Lie.KEYS_SWAPPED:
            return [_published(another_key(), str(key.kid))]
        case Lie.KEYS_COLLIDE:
            return [ours, _published(another_key(), str(key.kid))]
        case Lie.KEY_SMALL:
            return [ours, _published(small_key(), OTHER_NAMES[lie])]
        case Lie.KEY_FOR_ENCRYPTION:
            return [ours, {**_published(another_key(), OTHER_NAMES[lie]), "use": "enc"}]
        case Lie.KEY_SHARED_SECRET:
            shared = OctKey.import_key(SECRET).as_dict(private=True)
            return [ours, {**shared, "kid": OTHER_NAMES[lie], "use": "sig", "alg": "HS256"}]
        case _:
            return [ours]


def _published(key: RSAKey, kid: str) -> Claims:
    return {**key.as_dict(private=False), "kid": kid, "use": "sig", "alg": "RS256"}


def twice(told: str, name: str, first: str) -> str:
    """Return a JSON object that says `name` twice: most readers take the last."""
    return f"{{{json.dumps(name)}: {json.dumps(first)}, {told[1:]}"
