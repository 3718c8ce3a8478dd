"""The sandbox's record system says which record it closed, in whichever way it was opened."""

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from joserfc import jwt
from joserfc.jwk import ECKey

from sandbox.epr import WORKSTATION, Epr
from sandbox.epr_keys import public_pem
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
