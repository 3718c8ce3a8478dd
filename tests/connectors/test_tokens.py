import asyncio
import base64
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

import pytest
from aiohttp import web
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from connectors.answer import ByNumber, Outcome, Question, Trouble
from connectors.fanout import Fanout
from connectors.fetch import Fetch, make_tls
from connectors.registry import make_fanout
from connectors.tokens import Tokens
from connectors.trust_config import Caps, SignInMethod, TrustConfig, TrustSignIn
from tests.connectors.bundles import NHS_NUMBER, a_bundle, a_patient
from tests.connectors.loopback import Asked, Loopback, Script, a_config, fhir, says

NOW = datetime(2025, 11, 3, 9, 0, tzinfo=UTC)


def a_token(name: str = "t1", **more: object) -> bytes:
    return json.dumps({"access_token": name, "token_type": "Bearer", "expires_in": 300, **more}).encode()


def by_secret(server: Loopback, secret: str = "s3:cr et") -> TrustConfig:
    sign_in = TrustSignIn(SignInMethod.CLIENT_SECRET, f"{server.origin}/token", "trustline", "system/*.read", secret)
    return a_config(server.address, sign_in=sign_in)


def by_key(server: Loopback, key: RSAKey | ECKey) -> TrustConfig:
    pem = key.as_pem(private=True).decode()
    sign_in = TrustSignIn(SignInMethod.PRIVATE_KEY_JWT, f"{server.origin}/token", "trustline", "", pem, "key-1")
    return a_config(server.address, sign_in=sign_in)


@dataclass
class Timer:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Desk:
    """Tokens, with the clock in hand."""

    timer: Timer = field(default_factory=Timer)

    def tokens(self, config: TrustConfig, *times: float) -> list[str | Trouble]:
        """Ask for a token at each of these times."""

        async def ask() -> list[str | Trouble]:
            fetch = Fetch(tls=make_tls(), connect_seconds=2)
            numbers = count(1)
            tokens = Tokens(lambda: NOW, self.timer, lambda: f"jti-{next(numbers)}")
            given = []
            for self.timer.now in times:
                given.append(await tokens.token(config, fetch))
            await fetch.close()
            return given

        return asyncio.run(ask())


def numbered() -> Script:
    async def script(asked: Asked) -> web.StreamResponse:
        return web.Response(body=a_token(f"t{asked.number}"), content_type="application/json")

    return script


def test_a_client_with_a_secret_gives_it_in_the_header_and_not_in_the_form():
    with Loopback(numbered()) as server:
        assert Desk().tokens(by_secret(server), 0) == ["t1"]

    asked = server.asked[0]
    name_and_secret = base64.b64decode(asked.headers["Authorization"].removeprefix("Basic ")).decode()
    assert name_and_secret == "trustline:s3%3Acr%20et"
    assert asked.form == [("grant_type", "client_credentials"), ("scope", "system/*.read")]


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [(RSAKey.generate_key(2048), "RS384"), (ECKey.generate_key("P-384"), "ES384"), (ECKey.generate_key(), "ES256")],
)
def test_a_client_with_a_key_signs_an_assertion_that_lives_a_minute(key, algorithm):
    with Loopback(numbered()) as server:
        assert Desk().tokens(by_key(server, key), 0) == ["t1"]

    form = dict(server.asked[0].form)
    public = KeySet([key])
    signed = jwt.decode(form["client_assertion"], public.keys[0], algorithms=[algorithm])
    assert form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    assert (signed.header["alg"], signed.header["kid"]) == (algorithm, "key-1")
    assert signed.claims["iss"] == signed.claims["sub"] == "trustline"
    assert signed.claims["aud"] == f"{server.origin}/token"
    assert signed.claims["exp"] - signed.claims["iat"] == 60
    assert signed.claims["iat"] == int(NOW.timestamp())


def test_every_assertion_is_used_once():
    key = RSAKey.generate_key(2048)
    with Loopback(numbered()) as server:
        Desk().tokens(by_key(server, key), 0, 1000)

    assertions = [dict(asked.form)["client_assertion"] for asked in server.asked]
    ids = [jwt.decode(assertion, key, algorithms=["RS384"]).claims["jti"] for assertion in assertions]
    assert ids == ["jti-1", "jti-2"]


def test_a_token_is_kept_until_shortly_before_it_ends():
    with Loopback(numbered()) as server:
        assert Desk().tokens(by_secret(server), 0, 269, 270, 539) == ["t1", "t1", "t2", "t2"]


def test_many_who_wait_for_a_token_wait_for_one_request_and_one_who_gives_up_stops_nobody():
    async def script(asked: Asked) -> web.StreamResponse:
        await asyncio.sleep(0.1)
        return web.Response(body=a_token(f"t{asked.number}"), content_type="application/json")

    async def ask(config: TrustConfig) -> list[object]:
        fetch = Fetch(tls=make_tls(), connect_seconds=2)
        tokens = Tokens(lambda: NOW, Timer(), lambda: "jti")
        impatient = asyncio.ensure_future(tokens.token(config, fetch))
        patient = [asyncio.ensure_future(tokens.token(config, fetch)) for _ in range(5)]
        await asyncio.sleep(0.02)
        impatient.cancel()
        given = await asyncio.gather(impatient, *patient, return_exceptions=True)
        await fetch.close()
        return [type(given[0]), *given[1:]]

    with Loopback(script) as server:
        given = asyncio.run(ask(by_secret(server)))

    assert given == [asyncio.CancelledError, "t1", "t1", "t1", "t1", "t1"]
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (b'{"error":"invalid_client"}', 401, "application/json"),
        (b"", 503, "text/plain"),
        (b"<html>", 200, "text/html"),
        (b"{}", 200, "application/json"),
        (b"not json", 200, "application/json"),
        (a_token(token_type="mac"), 200, "application/json"),
        (a_token("two words"), 200, "application/json"),
        (a_token("t1\r\nX-Injected: 1"), 200, "application/json"),
        (a_token("x" * 70_000), 200, "application/json"),
    ],
)
def test_without_a_good_token_the_sign_in_failed_and_nothing_is_kept(body, status, kind):
    with Loopback(says(body, status=status, kind=kind)) as server:
        first, second = Desk().tokens(by_secret(server), 0, 1)

    assert isinstance(first, Trouble)
    assert isinstance(second, Trouble)
    assert first.outcome is second.outcome is Outcome.SIGN_IN_FAILED
    assert "token endpoint" in first.reason
    assert len(server.asked) == 2


# In an exchange


@contextmanager
def fanning_out(config: TrustConfig) -> Iterator[Fanout]:
    with closing(make_fanout([config], lambda: NOW)) as fanout:
        yield fanout


def outcome_of(fanout: Fanout, config: TrustConfig) -> Outcome:
    (answer,) = fanout.ask([Question(config.trust, ByNumber(NHS_NUMBER), "reader", again=True)])
    return answer.outcome


def a_trust(accepts: set[str]) -> Script:
    """A trust whose tokens are t1, t2, …, and which accepts some of them."""
    numbers = count(1)

    async def script(asked: Asked) -> web.StreamResponse:
        if asked.path == "/token":
            return web.Response(body=a_token(f"t{next(numbers)}"), content_type="application/json")
        if asked.headers["Authorization"].removeprefix("Bearer ") not in accepts:
            return web.Response(status=401)
        return fhir(a_bundle(a_patient(), mode="match"))

    return script


def paths(server: Loopback) -> list[str]:
    return [asked.path.rsplit("/", 1)[1] for asked in server.asked]


def test_one_token_serves_many_exchanges():
    with Loopback(a_trust({"t1"})) as server, fanning_out(by_secret(server)) as fanout:
        outcomes = [outcome_of(fanout, by_secret(server)) for _ in range(3)]

    assert outcomes == [Outcome.ANSWERED] * 3
    assert paths(server) == ["token", "_search", "_search", "_search"]


def test_a_token_that_is_refused_is_renewed_once():
    with Loopback(a_trust({"t2"})) as server, fanning_out(by_secret(server)) as fanout:
        outcome = outcome_of(fanout, by_secret(server))

    assert outcome is Outcome.ANSWERED
    assert paths(server) == ["token", "_search", "token", "_search"]


def test_a_trust_that_refuses_its_own_new_token_too_is_not_asked_a_third_time():
    with Loopback(a_trust(set())) as server, fanning_out(by_secret(server)) as fanout:
        outcome = outcome_of(fanout, by_secret(server))

    assert outcome is Outcome.SIGN_IN_FAILED
    assert paths(server) == ["token", "_search", "token", "_search"]


def test_a_token_endpoint_that_hangs_is_named_at_the_deadline():
    async def script(asked: Asked) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    with Loopback(script) as server:
        sign_in = by_secret(server).sign_in
        config = a_config(server.address, sign_in=sign_in, seconds=0.3, caps=Caps())
        with fanning_out(config) as fanout:
            (answer,) = fanout.ask([Question(config.trust, ByNumber(NHS_NUMBER), "reader")])

    assert (answer.outcome, answer.reason) == (Outcome.LATE, "its sign-in did not answer in 0.3 s")


def test_a_token_endpoint_that_cannot_be_reached_makes_the_trust_unreachable():
    with Loopback(says(b"")) as gone:
        config = by_secret(gone)
    with fanning_out(config) as fanout:
        assert outcome_of(fanout, config) is Outcome.UNREACHABLE
