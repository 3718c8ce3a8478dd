"""What a sign-in service publishes or signs may be of any shape: it is passed over or refused, and never a surprise."""

import json
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jws

from tests.identity.parts import START, provider_key
from viewer.identity.id_token import Expected, verify_id_token
from viewer.identity.provider import Metadata, read_keys, read_metadata
from viewer.identity.sign_in import Cause, SignInRefused
from viewer.identity.signed_token import BadToken

ISSUER = "https://sign-in.example"
SAID = {
    "issuer": ISSUER,
    **{name: f"{ISSUER}/{name}" for name in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint")},
    "jwks_uri": f"{ISSUER}/keys",
}
NO_ADDRESSES = ["https://[", "https://[::1", "http://[x]/", "http://sign-in.example/", "", None, 5, [ISSUER]]
STRANGE: list[Any] = [None, 5, True, "", "!!", [], ["RSA"], {}, {"kty": "RSA"}]


@pytest.mark.parametrize("strange", NO_ADDRESSES, ids=repr)
@pytest.mark.parametrize("name", [name for name in SAID if name != "issuer"])
def test_a_service_whose_address_is_none_is_refused(name: str, strange: object) -> None:
    assert isinstance(read_metadata(SAID, ISSUER), Metadata)

    refused = read_metadata({**SAID, name: strange}, ISSUER)

    assert isinstance(refused, SignInRefused)
    assert refused.cause is Cause.UNPROVEN


@pytest.mark.parametrize("strange", NO_ADDRESSES, ids=repr)
def test_a_way_out_that_is_no_address_is_not_taken(strange: object) -> None:
    said = read_metadata({**SAID, "end_session_endpoint": strange}, ISSUER)

    assert isinstance(said, Metadata)
    assert said.end_session_endpoint == ""


@pytest.mark.parametrize("strange", STRANGE, ids=repr)
@pytest.mark.parametrize("member", ["kty", "n", "e"])
def test_a_key_we_cannot_use_is_passed_over_and_hides_no_other(member: str, strange: object) -> None:
    good = {**provider_key().as_dict(private=False), "kid": "good"}

    keys = read_keys({"keys": [{**good, "kid": "strange", member: strange}, good]})

    assert list(keys) == ["good"]


@pytest.mark.parametrize("strange", ["\ud800", "", [], 5, {"a": 1}], ids=repr)
def test_an_access_token_hash_of_any_shape_is_refused_or_means_nothing(strange: object) -> None:
    now = int(START.timestamp())
    times = {"exp": now + 60, "iat": now, "auth_time": now}
    claims = {"iss": ISSUER, "aud": "us", "sub": "u1", "nonce": "n", "acr": "A", **times}
    expected = Expected(ISSUER, "us", "n", "token", frozenset({"A"}), timedelta(minutes=5))

    def believed(more: dict[str, object]) -> bool:
        sealed = jws.serialize_compact({"alg": "RS256"}, json.dumps({**claims, **more}), provider_key())
        found = verify_id_token(sealed, lambda *_: provider_key(), expected, START)
        return not isinstance(found, BadToken)

    assert believed({})
    assert believed({"at_hash": strange}) is (strange == "")
