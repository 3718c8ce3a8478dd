"""The sandbox's record system says which record it closed, in whichever way it was opened."""

import asyncio
import time
from base64 import b64encode
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from sandbox.epr import WORKSTATION, Epr
from sandbox.epr_keys import public_pem
from sandbox.tokens import JWT_BEARER
from sandbox.trusts.all import TRUSTS

SHEFFIELD = next(trust for trust in TRUSTS if trust.name == "sheffield_teaching")
AMINA = {"user": "amina.farrell", "patient": "walter_hargreaves"}
TOM = {"user": "tom.whitlock", "patient": "walter_hargreaves"}

Press = tuple[str, dict[str, str]]


def smart(who: dict[str, str] = AMINA) -> Press:
    return "/open", {**who, "way": "smart"}


def context(who: dict[str, str] = AMINA) -> Press:
    return "/open", {**who, "way": "context"}


def close(who: dict[str, str] = AMINA) -> Press:
    return "/close", who


def pressed(*buttons: Press) -> tuple[list[str], list[tuple[str, str]]]:
    """Press them one after the other; return the values of the launches, and what Trustline was told."""
    return asyncio.run(_pressed(buttons))


async def _pressed(buttons: Sequence[Press]) -> tuple[list[str], list[tuple[str, str]]]:
    told: list[tuple[str, str]] = []

    async def hear(request: web.Request) -> web.Response:
        token = str((await request.post())["context"])
        said: dict[str, Any] = jwt.decode(token, ECKey.import_key(public_pem(SHEFFIELD.name)), ["ES256"]).claims
        told.append((said["event"], said["session"]))
        return web.json_response({"link": "/"}, status=201) if said["event"] == "opened" else web.Response(status=204)

    trustline = web.Application()
    trustline.router.add_post("/contexts", hear)
    async with TestServer(trustline) as viewer:
        epr = Epr(SHEFFIELD, date(2026, 11, 21), "secret", str(viewer.make_url("")).rstrip("/"))
        async with TestClient(TestServer(epr.app())) as browser:
            went = [(await browser.post(path, data=form, allow_redirects=False)) for path, form in buttons]
    sent = [parse_qs(urlsplit(one.headers["Location"]).query) for one in went]
    return [one["launch"][0] for one in sent if "launch" in one], told


def test_a_record_opened_by_smart_is_closed_by_its_launch_value() -> None:
    (launch,), told = pressed(smart(), close())

    assert told == [("closed", launch)]


def test_a_record_opened_by_smart_is_closed_when_another_is_opened() -> None:
    (first, second), told = pressed(smart(), smart(), context())

    assert told == [("closed", first), ("closed", second), ("opened", WORKSTATION)]


def test_a_record_opened_by_a_signed_context_is_closed_by_its_own_session() -> None:
    _, told = pressed(context(), close())

    assert told == [("opened", WORKSTATION), ("closed", WORKSTATION)]


def test_what_one_person_closes_leaves_the_launch_of_another() -> None:
    (hers, his), told = pressed(smart(AMINA), smart(TOM), close(AMINA))

    assert told == [("closed", hers)]
    assert his not in str(told)


# ── Who asks its token endpoint ──────────────────────────────────────────────────────────────────

OURS, THEIRS = RSAKey.generate_key(2048, {"kid": "ours"}), RSAKey.generate_key(2048, {"kid": "ours"})
TOKENS = "http://epr.example/token"


def asserted(key: RSAKey = OURS, algorithm: str = "RS384", kid: str = "ours", **changes: Any) -> dict[str, str]:
    """Return what proves by private_key_jwt who asks (RFC 7523 §2.2), rightly but for what is changed."""
    now = int(time.time())
    usual = {"iss": "trustline", "sub": "trustline", "aud": TOKENS, "exp": now + 60, "jti": str(uuid4())}
    said = {name: value for name, value in {**usual, **changes}.items() if value is not None}
    sealed = jwt.encode({"alg": algorithm, "kid": kid}, said, key, algorithms=[algorithm])
    return {"client_assertion_type": JWT_BEARER, "client_assertion": sealed}


def proves(*asked: dict[str, str], authorization: str = "", knows: bool = True) -> list[int]:
    """Ask the token endpoint with each of these in turn; return what it answers. A good proof meets a bad code: 400."""
    return asyncio.run(_proves(asked, authorization, knows=knows))


async def _proves(asked: Sequence[dict[str, str]], authorization: str, *, knows: bool) -> list[int]:
    epr = Epr(SHEFFIELD, date(2026, 11, 21), "secret", "http://localhost:1", "http://epr.example")
    if knows:
        epr.know(KeySet([RSAKey.import_key(OURS.as_dict(private=False))]))
    headers = {"Authorization": authorization} if authorization else {}
    async with TestClient(TestServer(epr.app())) as client:
        return [(await client.post("/token", data={"code": "none", **one}, headers=headers)).status for one in asked]


SECRET = "Basic " + b64encode(b"trustline:secret").decode()
WRONG: dict[str, Callable[[], dict[str, str]]] = {
    "another's key": lambda: asserted(THEIRS),
    "an algorithm that SMART does not name": lambda: asserted(algorithm="RS256"),
    "a key id nobody knows": lambda: asserted(kid="another"),
    "for another server": lambda: asserted(aud="http://epr.example"),
    "of another client": lambda: asserted(iss="another"),
    "about another client": lambda: asserted(sub="another"),
    "expired": lambda: asserted(exp=int(time.time()) - 1),
    "good for an hour": lambda: asserted(exp=int(time.time()) + 3600),
    "without an end": lambda: asserted(exp=None),
    "without an id": lambda: asserted(jti=None),
    "of another type": lambda: {**asserted(), "client_assertion_type": "another"},
    "without its type": lambda: {"client_assertion": asserted()["client_assertion"]},
    "beside another client_id": lambda: {**asserted(), "client_id": "another"},
    "no assertion at all": lambda: {"client_assertion_type": JWT_BEARER},
}


def test_a_client_is_known_by_its_key_or_by_its_secret() -> None:
    assert proves(asserted()) == [400]
    assert proves({}, authorization=SECRET) == [400]
    assert proves({}) == [401]


@pytest.mark.parametrize("what", WRONG)
def test_an_assertion_that_is_wrong_in_one_thing_proves_nothing(what: str) -> None:
    assert proves(WRONG[what]()) == [401]


def test_an_assertion_is_good_once() -> None:
    one = asserted()

    assert proves(one, one) == [400, 401]


def test_key_and_secret_at_once_are_one_too_many_and_without_a_known_key_none_is_taken() -> None:
    assert proves(asserted(), authorization=SECRET) == [401]
    assert proves(asserted(), knows=False) == [401]
