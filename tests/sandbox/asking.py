"""Ask a sandbox trust as a plain client would: token, search, next links."""

import time
from collections.abc import Mapping, Sequence
from typing import Any, Self
from urllib.parse import urlencode, urljoin

import httpx
from joserfc import jwt
from joserfc.jwk import RSAKey

from sandbox.tokens import JWT_BEARER
from sandbox.town import Town

NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
WALTER = "999 412 7039"
EVERYTHING = (
    ("_include", "DiagnosticReport:subject"),
    ("_include", "DiagnosticReport:result"),
    ("_include:iterate", "Observation:has-member"),
    ("_include", "DiagnosticReport:specimen"),
    ("_include", "DiagnosticReport:based-on"),
)


class Asker:
    """A client of every trust of one town."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.http = httpx.Client(trust_env=False, timeout=30, headers={"Accept-Encoding": "identity"})
        self._tokens: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def token(self, trust: str) -> httpx.Response:
        form = {"grant_type": "client_credentials"}
        if trust == "doncaster_and_bassetlaw":
            form |= {"client_assertion_type": JWT_BEARER, "client_assertion": self.assertion(trust)}
        else:
            secret = (self.town.secrets / f"{trust}.secret").read_text()
            form |= {"client_id": "trustline", "client_secret": secret}
        return self.http.post(self.town.token_urls[trust], data=form)

    def assertion(self, trust: str, **other: object) -> str:
        now = int(time.time())
        claims: dict[str, object] = {"iss": "trustline", "sub": "trustline", "aud": self.town.token_urls[trust]}
        claims |= {"exp": now + 120, "jti": str(time.time_ns())}
        key = RSAKey.import_key((self.town.secrets / f"{trust}.pem").read_text())
        kid = (self.town.secrets / f"{trust}.kid").read_text()
        return jwt.encode({"alg": "RS384", "kid": kid}, {**claims, **other}, key, algorithms=["RS384"])

    def read(self, trust: str, path: str) -> httpx.Response:
        return self.http.get(f"{self.town.addresses[trust]}/{path}", headers=self.headers(trust))

    def headers(self, trust: str) -> dict[str, str]:
        if trust not in self._tokens:
            self._tokens[trust] = self.token(trust).json()["access_token"]
        return {"Authorization": f"Bearer {self._tokens[trust]}"}

    def post(self, trust: str, kind: str, parameters: Sequence[tuple[str, str]], **headers: str) -> httpx.Response:
        address = f"{self.town.addresses[trust]}/{kind}/_search"
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.http.post(address, content=urlencode(parameters), headers=self.headers(trust) | form | headers)

    def search(self, trust: str, kind: str, *parameters: tuple[str, str]) -> dict[str, Any]:
        response = self.post(trust, kind, parameters)
        assert response.status_code == 200, response.text[:300]
        bundle: dict[str, Any] = response.json()
        return bundle

    def follow(self, trust: str, bundle: Mapping[str, Any]) -> httpx.Response:
        return self.http.get(urljoin(self.town.addresses[trust], next_link(bundle)), headers=self.headers(trust))

    def pages(self, trust: str, kind: str, *parameters: tuple[str, str]) -> list[dict[str, Any]]:
        pages = [self.search(trust, kind, *parameters)]
        while next_link(pages[-1]):
            pages.append(self.follow(trust, pages[-1]).json())
        return pages

    def patient(self, trust: str, number: str = WALTER) -> dict[str, Any]:
        bundle = self.search(trust, "Patient", ("identifier", f"{NHS_NUMBER}|{number.replace(' ', '')}"))
        found: dict[str, Any] = bundle["entry"][0]["resource"]
        return found

    def reports(self, trust: str, number: str = WALTER, *parameters: tuple[str, str]) -> list[dict[str, Any]]:
        asked = (("patient", self.patient(trust, number)["id"]), *EVERYTHING, *parameters)
        return [r for page in self.pages(trust, "DiagnosticReport", *asked) for r in resources(page)]


def next_link(bundle: Mapping[str, Any]) -> str:
    return next((link["url"] for link in bundle["link"] if link["relation"] == "next"), "")


def resources(bundle: Mapping[str, Any], mode: str = "") -> list[dict[str, Any]]:
    return [e["resource"] for e in bundle.get("entry", ()) if mode in ("", e["search"]["mode"])]


def of_kind(resources: Sequence[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [resource for resource in resources if resource["resourceType"] == kind]
