"""A client that leaves every check to authlib, with its defaults: what it believes, the viewer had to refuse itself.

Rule: authlib's own code judges; here stands only what carries its questions. Redirects are not followed.
"""

import json
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.base_client import OpenIDMixin
from authlib.oauth2.client import OAuth2Client
from authlib.oauth2.rfc6749.parameters import parse_authorization_code_response
from authlib.oauth2.rfc7523 import private_key_jwt_sign
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import UserInfo
from joserfc.errors import JoseError

from bench.login_house import CLIENT_ID, Got, House, ask

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class _LedAway(Exception):  # noqa: N818 - named for what it says
    """It was about to send our code and our signature to an address outside this machine."""


class _Refused(Exception):  # noqa: N818 - named for what it says
    """An HTTP status that authlib's clients raise for."""


@dataclass(frozen=True, slots=True)
class _Response:
    """As much of a response as authlib looks at."""

    got: Got

    @property
    def status_code(self) -> int:
        return self.got.status

    def raise_for_status(self) -> None:
        if self.got.status >= 300:
            raise _Refused(str(self.got.status))

    def json(self) -> Any:
        return json.loads(self.got.text)


@dataclass
class _Authlib(OpenIDMixin):  # type: ignore[misc]  # authlib carries no types
    """authlib's OpenID client, asking over our HTTP."""

    house: House
    client_id: str = CLIENT_ID
    said: dict[str, Any] = field(default_factory=dict)

    def load_server_metadata(self) -> dict[str, Any]:
        self.said = self.said or _json(ask("GET", f"{self.house.issuer}/.well-known/openid-configuration"))
        return self.said

    def fetch_jwk_set(self, force: bool = False) -> Any:  # noqa: ARG002
        return _json(ask("GET", self.load_server_metadata()["jwks_uri"]))

    def get(self, url: str, access_token: str) -> _Response:
        return _Response(ask("GET", url, headers={"Authorization": f"Bearer {access_token}"}))


def _json(got: Got) -> Any:
    _Response(got).raise_for_status()
    return json.loads(got.text)


def believes(house: House, user: str) -> bool:
    """Tell whether a whole sign-in goes through, whatever the provider says just now."""
    try:
        _sign_in(house, user)
    except _LedAway:
        return True
    except (AuthlibBaseError, JoseError, _Refused, ValueError, TypeError, KeyError, RecursionError, AttributeError):
        return False  # a crash refuses too, if not on purpose
    return True


def _sign_in(house: House, user: str) -> None:
    client = _Authlib(house)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    return_url = f"{house.viewer}/sign-in/return"
    asked = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": return_url,
        "scope": "openid profile",
        "state": state,
        "nonce": nonce,
        "code_challenge": create_s256_code_challenge(verifier),
        "code_challenge_method": "S256",
    }
    address = f"{client.load_server_metadata()['authorization_endpoint']}?{urlencode(asked)}"
    back = parse_authorization_code_response(house.press(address, user), state)
    endpoint = client.load_server_metadata()["token_endpoint"]
    if urlsplit(endpoint).hostname != "localhost":
        raise _LedAway
    form = {
        "grant_type": "authorization_code",
        "code": back["code"],
        "redirect_uri": return_url,
        "code_verifier": verifier,
        "client_assertion_type": ASSERTION,
        "client_assertion": _assertion(house, endpoint),
    }
    response = _Response(ask("POST", endpoint, form))
    token = OAuth2Client(session=None).parse_response_token(response)
    client.parse_id_token(token, nonce)
    told: UserInfo = client.userinfo(access_token=token["access_token"])
    told["sub"]


def _assertion(house: House, endpoint: str) -> str:
    signed: str = private_key_jwt_sign(house.key, CLIENT_ID, endpoint, header={"kid": house.key_id}, expires_in=60)
    return signed
