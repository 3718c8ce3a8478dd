"""The sandbox's PDS is as strict as the national one, and knows everybody but those it must not."""

import time
import uuid
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from sandbox.patients import NAMED, SMITHS
from sandbox.tokens import JWT_BEARER
from sandbox.town import Town
from tests.sandbox.asking import Asker

JOSEPH, DOREEN, NAOMI = "9990207798", "9998393353", "9990944768"


def an_assertion(town: Town, alg: str = "RS512", key: RSAKey | None = None, kid: str | None = "", **other: Any) -> str:
    now = int(time.time())
    claims = {
        "iss": "trustline",
        "sub": "trustline",
        "aud": town.pds_token_url,
        "exp": now + 290,
        "jti": uuid.uuid4().hex,
    }
    key = key or RSAKey.import_key((town.secrets / "pds.pem").read_text())
    header = {"alg": alg, "typ": "JWT"} | (
        {} if kid is None else {"kid": kid or (town.secrets / "pds.kid").read_text()}
    )
    return jwt.encode(header, {**claims, **other}, key, algorithms=[alg])


def a_token(asker: Asker, assertion: str) -> httpx.Response:
    form = {"grant_type": "client_credentials", "client_assertion_type": JWT_BEARER, "client_assertion": assertion}
    return asker.http.post(asker.town.pds_token_url, data=form)


def read(asker: Asker, number: str, **headers: str) -> httpx.Response:
    token = a_token(asker, an_assertion(asker.town)).json()["access_token"]
    sent = {"Authorization": f"Bearer {token}", "X-Request-ID": str(uuid.uuid4()), **headers}
    return asker.http.get(f"{asker.town.pds}/Patient/{number}", headers=sent)


def test_the_prepared_key_opens_it_once_a_token(asker: Asker) -> None:
    assertion = an_assertion(asker.town)

    first, second = a_token(asker, assertion), a_token(asker, assertion)

    assert first.json()["expires_in"] == "300"  # a text, as the national one sends it
    assert (second.status_code, second.json()["error_description"]) == (401, "jti was used before")


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ({"alg": "RS384"}, "the assertion cannot be verified"),
        ({"alg": "RS256"}, "the assertion cannot be verified"),
        ({"kid": None}, "kid is missing"),
        ({"kid": "another"}, "the assertion cannot be verified"),
        ({"exp": int(time.time()) + 900_000}, "exp is more than 300 seconds away"),
        ({"exp": 1}, "exp is missing or past"),
        ({"exp": None}, "exp is missing or past"),
        ({"aud": "https://api.service.nhs.uk/oauth2/token"}, "aud must be"),
        ({"iss": "somebody"}, "iss and sub must both be the client_id"),
        ({"sub": "somebody"}, "iss and sub must both be the client_id"),
        ({"jti": ""}, "jti is missing"),
        ({"key": RSAKey.generate_key(2048)}, "the assertion cannot be verified"),
    ],
    ids=["rs384", "rs256", "no kid", "another kid", "long", "past", "no end", "aud", "iss", "sub", "jti", "stranger"],
)
def test_any_other_assertion_opens_nothing(asker: Asker, how: dict[str, Any], reason: str) -> None:
    refused = a_token(asker, an_assertion(asker.town, **how))

    assert refused.status_code == 401
    assert reason in refused.json()["error_description"]


@pytest.mark.parametrize("headers", [{"Authorization": ""}, {"Authorization": "Bearer x"}], ids=["none", "wrong"])
def test_without_a_token_nobody_is_known(asker: Asker, headers: dict[str, str]) -> None:
    assert read(asker, JOSEPH, **headers).status_code == 401


def test_without_a_uuid_for_the_request_it_is_refused(asker: Asker) -> None:
    refused = read(asker, JOSEPH, **{"X-Request-ID": "abc"})

    assert refused.status_code == 400
    assert refused.json()["issue"][0]["details"]["coding"][0]["code"] == "MISSING_VALUE"


@pytest.mark.parametrize(
    ("number", "status", "code"),
    [
        ("9991625003", 404, "RESOURCE_NOT_FOUND"),  # known nowhere
        ("9998176220", 404, "RESOURCE_NOT_FOUND"),  # known at Sheffield Teaching
        ("9994127030", 400, "INVALID_RESOURCE_ID"),
        ("abc", 400, "INVALID_RESOURCE_ID"),
    ],
)
def test_who_is_not_known_is_said_in_its_own_code(asker: Asker, number: str, status: int, code: str) -> None:
    answer = read(asker, number)

    assert answer.status_code == status
    assert answer.json()["issue"][0]["details"]["coding"][0]["code"] == code


def test_everybody_else_is_known(asker: Asker) -> None:
    absent = {"nobody_knows", "smith_4"}
    numbers = {named.person.digits for named in (*NAMED, *SMITHS) if named.person.key not in absent}

    found = {number: read(asker, number).json() for number in sorted(numbers)}

    assert {number for number, body in found.items() if body["id"] != number} == {DOREEN}
    assert all(body["meta"]["security"][0]["code"] in ("U", "R") for body in found.values())


def test_a_restricted_patient_has_neither_address_nor_practice(asker: Asker) -> None:
    body = read(asker, NAOMI).json()

    assert body["meta"]["security"][0]["code"] == "R"
    assert not {"address", "generalPractitioner", "telecom"} & set(body)


def test_a_practice_that_was_left_has_its_end(asker: Asker) -> None:
    before, today = (one["identifier"] for one in read(asker, JOSEPH).json()["generalPractitioner"])

    assert (before["value"], "end" in before["period"]) == ("Y99003", True)
    assert (today["value"], "end" in today["period"]) == ("Y99001", False)


def test_its_weather_changes_like_a_trusts_and_is_among_those_of_all(town: Town) -> None:
    town.weather("pds", "error")
    alone = town.weathers()
    town.weather("all", "late", 0.1)
    together = town.weathers()

    assert [trust for trust, weather in alone.items() if weather == "error"] == ["pds"]
    assert set(together.values()) == {"late"}
