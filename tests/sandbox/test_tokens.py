"""A trust's token endpoint gives a token to who can prove it, and to nobody else."""

import time
from dataclasses import dataclass
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from sandbox.tokens import JWT_BEARER, Client, NoToken, TokenDesk
from sandbox.trusts.all import TRUSTS
from tests.sandbox.asking import Asker

ADDRESS = "http://127.0.0.1:1/oauth/token"
KEY = RSAKey.generate_key(2048, {"kid": "ours"})
STRANGER = RSAKey.generate_key(2048, {"kid": "ours"})


@dataclass
class Clock:
    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.mark.parametrize("trust", [trust.name for trust in TRUSTS])
def test_the_prepared_credentials_open_every_trust(asker: Asker, trust: str) -> None:
    answer = asker.token(trust)

    assert answer.json()["token_type"] == "Bearer"
    assert answer.json()["expires_in"] == 300


def test_without_a_token_nothing_is_told(asker: Asker) -> None:
    answer = asker.http.get(f"{asker.town.addresses['barnsley']}/Patient?family=Marsh")

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_secret_may_come_in_the_header_or_the_form(clock: Clock) -> None:
    desk = TokenDesk(Client(secret="s3"), ADDRESS, clock)

    by_form = desk.give({"grant_type": "client_credentials", "client_id": "trustline", "client_secret": "s3"}, "")
    by_header = desk.give({"grant_type": "client_credentials"}, "Basic dHJ1c3RsaW5lOnMz")

    assert isinstance(by_form, str)
    assert isinstance(by_header, str)


def test_a_wrong_secret_gets_nothing(clock: Clock) -> None:
    desk = TokenDesk(Client(secret="s3"), ADDRESS, clock)

    answer = desk.give({"grant_type": "client_credentials", "client_id": "trustline", "client_secret": "s4"}, "")

    assert isinstance(answer, NoToken)
    assert answer.error == "invalid_client"


def test_a_token_is_good_for_five_minutes(clock: Clock) -> None:
    desk = TokenDesk(Client(secret="s3"), ADDRESS, clock)
    token = desk.give({"grant_type": "client_credentials", "client_id": "trustline", "client_secret": "s3"}, "")

    clock.now += 299
    good = desk.accepts(f"Bearer {token}")
    clock.now += 2

    assert good
    assert not desk.accepts(f"Bearer {token}")


def test_an_assertion_is_good_once(clock: Clock) -> None:
    desk, form = a_desk(clock), a_form(clock)

    first, second = desk.give(form, ""), desk.give(form, "")

    assert isinstance(first, str)
    assert second == NoToken("invalid_client", "jti was used before")


@pytest.mark.parametrize(
    ("claim", "value", "because"),
    [
        ("aud", "http://elsewhere.example/token", "aud must be"),
        ("iss", "somebody", "iss and sub"),
        ("sub", "somebody", "iss and sub"),
        ("exp", 1_000_000 - 1, "exp is missing or past"),
        ("exp", 1_000_000 + 3600, "more than 300 seconds"),
        ("jti", "", "jti is missing"),
    ],
)
def test_an_assertion_with_a_wrong_claim_gets_nothing(clock: Clock, claim: str, value: Any, because: str) -> None:
    answer = a_desk(clock).give(a_form(clock, **{claim: value}), "")

    assert isinstance(answer, NoToken)
    assert because in answer.reason


def test_an_assertion_signed_by_a_stranger_gets_nothing(clock: Clock) -> None:
    answer = a_desk(clock).give(a_form(clock, STRANGER), "")

    assert isinstance(answer, NoToken)


def test_a_trust_that_wants_a_key_takes_no_secret(clock: Clock) -> None:
    form = {"grant_type": "client_credentials", "client_id": "trustline", "client_secret": ""}

    assert isinstance(a_desk(clock).give(form, ""), NoToken)


def test_the_assertion_of_the_clock_on_the_wall_works(asker: Asker) -> None:
    form = {"grant_type": "client_credentials", "client_assertion_type": JWT_BEARER}
    trust = "doncaster_and_bassetlaw"
    late = asker.assertion(trust, exp=int(time.time()) + 3600)

    answer = asker.http.post(asker.town.token_urls[trust], data=form | {"client_assertion": late})

    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"


def a_desk(clock: Clock) -> TokenDesk:
    keys = KeySet.import_key_set(KeySet([KEY]).as_dict(private=False))
    return TokenDesk(Client(keys=keys), ADDRESS, clock)


def a_form(clock: Clock, key: RSAKey = KEY, **other: Any) -> dict[str, str]:
    claims = {"iss": "trustline", "sub": "trustline", "aud": ADDRESS, "exp": clock.now + 60, "jti": "j1"} | other
    assertion = jwt.encode({"alg": "RS384", "kid": "ours"}, claims, key, algorithms=["RS384"])
    return {
        "grant_type": "client_credentials",
        "client_assertion_type": JWT_BEARER,
        "client_assertion": assertion,
    }
