"""The national record of who is who, as the sandbox plays it: the PDS FHIR API and its token endpoint.

Source: NHS England, Personal Demographics Service FHIR API (R4), application-restricted access.
Rule: as strict as the real one. A token only for an RS512 assertion with its `kid`, its `aud`, five minutes at most
and a `jti` used once; an answer only to a token and a UUID for X-Request-ID.
"""

import asyncio
import time
import uuid
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from urllib.parse import parse_qsl

from aiohttp import web

from sandbox.exact import Json, write_json
from sandbox.fhir import CONFIDENTIALITY, NHS_NUMBER, ODS, VERIFICATION, VERIFICATION_CODES, at, coding, given_only
from sandbox.mischief import STRANGERS_NUMBER
from sandbox.numbers import is_test_number
from sandbox.population import EVERYBODY
from sandbox.scribe import LONDON, Person
from sandbox.server import Recorded
from sandbox.storms import Reply, send_through, send_token
from sandbox.tokens import TOKEN_LIVES, Client, TokenDesk
from sandbox.weather import Weather

PATH = "/personal-demographics/FHIR/R4"
SPINE_CODES = "https://fhir.nhs.uk/R4/CodeSystem/Spine-ErrorOrWarningCode"
RESTRICTED = frozenset({"smith_7"})  # marked here, and at no trust
UNKNOWN = frozenset({"nobody_knows", "smith_4"})  # the second is known at Sheffield Teaching, and not here
SECOND_OF_ONE_NUMBER = "mohammed_iqbal"  # the number is the other's
ELSEWHERE = {"margaret_ellis": "Y99002"}  # registered since with another practice than the trusts have down
LEFT = {"joseph_pearson": "Y99003"}  # the practice before, with the day it ended
SUPERSEDED = {"doreen_oldroyd": "9990000697"}  # her number was replaced by this one
_REMEMBERED = 20_000


def records(today: date) -> dict[str, Json]:
    """Return what is answered for each number that is known."""
    people = [named.person for named in EVERYBODY if named.person.key not in (*UNKNOWN, SECOND_OF_ONE_NUMBER)]
    return {person.digits: record(person, today) for person in people}


def record(person: Person, today: date) -> Json:
    """Return one person as PDS has them. Of a restricted one it gives neither address nor practice."""
    number = SUPERSEDED.get(person.key, person.digits)
    restricted = person.restricted or person.key in RESTRICTED
    mark = ("R", "restricted") if restricted else ("U", "unrestricted")
    return given_only(
        {
            "resourceType": "Patient",
            "id": number,
            "meta": {"versionId": "2", "security": [coding(CONFIDENTIALITY, *mark)]},
            "identifier": [_nhs_number(number)],
            "name": [_name(person)],
            "gender": person.sex,
            "birthDate": person.born.isoformat(),
            "deceasedDateTime": _died(person, today),
            "address": [] if restricted else [_address(person)],
            "generalPractitioner": [] if restricted else list(_practices(person, today)),
        }
    )


class PdsServer:
    """PDS, served. `weather` may be set at any time."""

    def __init__(self, known: Mapping[str, Json], client: Client, *, address: str, elsewhere: str) -> None:
        self.weather = Weather()
        self.requests: deque[Recorded] = deque(maxlen=_REMEMBERED)
        self.closing = asyncio.Event()
        self.changing = asyncio.Event()
        self.desk = TokenDesk(client, f"{address}/oauth2/token", time.time, algorithms=("RS512",), wants_kid=True)
        self._known = known
        self._elsewhere = elsewhere

    def app(self) -> web.Application:
        """Return the web application."""
        app = web.Application()
        app.router.add_post("/oauth2/token", self._token)
        app.router.add_get(f"{PATH}/Patient/{{number}}", self._patient)
        return app

    async def _token(self, request: web.Request) -> web.StreamResponse:
        form = parse_qsl(await request.text())
        self._record(request, form)
        given = self.desk.give(dict(form), request.headers.get("Authorization", ""))
        # As the national one sends it: the seconds are a text.
        return send_token(given, self.weather, f"{TOKEN_LIVES:.0f}")

    async def _patient(self, request: web.Request) -> web.StreamResponse:
        self._record(request, [])
        reply = self._refuse(request) or self._answer(request.match_info["number"])
        return await send_through(self.weather, request, reply, self._elsewhere, self.closing, self.changing)

    def _refuse(self, request: web.Request) -> Reply | None:
        if not self.desk.accepts(request.headers.get("Authorization", "")):
            return _refusal(401, "forbidden", "ACCESS_DENIED", "Access token is missing, invalid or expired")
        if not _is_uuid(request.headers.get("X-Request-ID", "")):
            return _refusal(400, "required", "MISSING_VALUE", "X-Request-ID must be a UUID")
        return None

    def _answer(self, number: str) -> Reply:
        if not is_test_number(number):
            return _refusal(400, "value", "INVALID_RESOURCE_ID", "Resource Id is invalid")
        if self.weather.name == "wrong_patient":
            number = STRANGERS_NUMBER.replace(" ", "")
            return Reply(write_json(_stranger(number)))
        if number not in self._known:
            return _refusal(404, "not-found", "RESOURCE_NOT_FOUND", "Patient not found")
        return Reply(write_json(self._known[number]))

    def _record(self, request: web.Request, parameters: list[tuple[str, str]]) -> None:
        headers = dict(request.headers)
        self.requests.append(Recorded(request.method, request.path, tuple(parameters), headers, time.monotonic()))


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def _refusal(status: int, code: str, spine: str, words: str) -> Reply:
    details = {"coding": [{"system": SPINE_CODES, "version": "1", "code": spine, "display": words}]}
    body = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": code, "details": details}]}
    return Reply(write_json(body), status)


def _stranger(number: str) -> Json:
    person = replace(EVERYBODY[0].person, key="stranger", nhs_number=number, practice="Y99001")
    return record(person, date(2026, 1, 1))


def _practices(person: Person, today: date) -> list[Json]:
    since = today - timedelta(days=900)
    left = LEFT.get(person.key)
    earlier = [_practice(left, {"start": "2011-05-09", "end": since.isoformat()})] if left else []
    start = since + timedelta(days=1) if left else since
    return [*earlier, _practice(ELSEWHERE.get(person.key, person.practice), {"start": start.isoformat()})]


def _practice(ods: str, period: dict[str, str]) -> Json:
    return {"id": f"gp-{ods}", "type": "Organization", "identifier": {"system": ODS, "value": ods, "period": period}}


def _nhs_number(number: str) -> Json:
    status = coding(VERIFICATION_CODES, "01", "Number present and verified")
    return {
        "extension": [{"url": VERIFICATION, "valueCodeableConcept": {"coding": [status]}}],
        "system": NHS_NUMBER,
        "value": number,
    }


def _name(person: Person) -> Json:
    return given_only(
        {
            "id": "usual",
            "use": "usual",
            "family": person.family,
            "given": list(person.given),
            "prefix": [person.title] if person.title else [],
        }
    )


def _address(person: Person) -> Json:
    return {"id": "home", "use": "home", "line": [person.street, person.town], "postalCode": person.postcode}


def _died(person: Person, today: date) -> str:
    if person.died_days_ago is None:
        return ""
    day = today - timedelta(days=person.died_days_ago)
    return at(datetime(day.year, day.month, day.day, 4, 10, tzinfo=LONDON))
