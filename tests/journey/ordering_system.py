"""A trust's ordering system for tests: its keys, the tokens it makes, and what it posts, over real HTTP."""

import hmac
import json
import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from werkzeug.serving import make_server

from tests.whole import Viewer

Json = dict[str, Any]
ISSUER = "https://ordering.sheffield.example"
AUDIENCE = "http://localhost:8000/cds-services/"
SERVICE = "trustline-already-done-"
LOCAL = "https://fhir.sandbox.example/sheffield_teaching/code"
PRACTICE = "Y99001"

EC, RSA, ANOTHER = generate_private_key(SECP384R1()), generate_rsa(65537, 2048), generate_private_key(SECP384R1())


def public(key: EllipticCurvePrivateKey | RSAPrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def private(key: EllipticCurvePrivateKey | RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def with_ordering(config: Path) -> None:
    """Let Sheffield Teaching's ordering system ask, in place of the sandbox's. For `change`."""
    file = config / "trusts" / "sheffield_teaching.toml"
    keys = "".join(
        f'\n[[ordering.key]]\nid = "{name}"\npublic_key = """\n{public(key)}"""\n'
        for name, key in (("ec", EC), ("rsa", RSA))
    )
    tests = f'\n[[ordering.test]]\nsystem = "{LOCAL}"\ncode = "UE"\ntest = "u_and_e"\n'
    said = f'\n[ordering]\nissuer = "{ISSUER}"\npractices = ["{PRACTICE}"]\n{keys}{tests}'
    file.write_text(file.read_text().partition("\n[ordering]\n")[0] + said)


def claims(service: str = "order-sign", **changes: Any) -> Json:
    now = datetime.now(UTC)
    usual = {
        "iss": ISSUER,
        "aud": f"{AUDIENCE}{SERVICE}{service}",
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(minutes=4)).timestamp()),
        "jti": str(uuid4()),
    }
    return {name: value for name, value in (usual | changes).items() if value is not None}


def signed(said: Json, algorithm: str = "ES384", key: Any = None, **header: Any) -> str:
    usual: dict[str, Any] = {"ES384": ECKey.import_key(private(EC)), "RS384": RSAKey.import_key(private(RSA))}
    names = {"ES384": "ec", "RS384": "rsa"}
    head = {"alg": algorithm, "typ": "JWT", "kid": names.get(algorithm, "ec")} | header
    return jwt.encode(head, said, key or usual[algorithm], algorithms=[algorithm])


def by_secret(said: Json, secret: bytes) -> str:
    """Seal with HMAC, as if a public key were a shared secret: no honest library does."""
    parts = [json.dumps(part).encode() for part in ({"alg": "HS384", "kid": "ec"}, said)]
    sealed = ".".join(urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
    seal = hmac.digest(secret, sealed.encode(), "sha384")
    return f"{sealed}.{urlsafe_b64encode(seal).rstrip(b'=').decode()}"


# ── What is posted ───────────────────────────────────────────────────────────────────────────────


def practitioner(**changes: Any) -> Json:
    return {
        "resourceType": "Practitioner",
        "id": "p1",
        "identifier": [{"system": "https://fhir.nhs.uk/Id/sds-user-id", "value": "555021935107"}],
        "name": [{"text": "Dr Amina Farrell", "family": "Farrell", "given": ["Amina"]}],
        **changes,
    }


def role(ods: str = "RHQ", job: str = "R0050", **changes: Any) -> Json:
    return {
        "resourceType": "PractitionerRole",
        "id": "r1",
        "identifier": [{"system": "https://fhir.nhs.uk/Id/sds-role-profile-id", "value": "555021935999"}],
        "practitioner": {"reference": "Practitioner/p1"},
        "organization": {
            "identifier": {"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": ods},
            "display": "Example Practice" if ods == PRACTICE else "Sheffield Teaching Hospitals",
        },
        "code": [{"coding": [{"system": "https://fhir.hl7.org.uk/CodeSystem/UKCore-SDSJobRoleName", "code": job}]}],
        **changes,
    }


def patient(
    number: str = "9994127039", family: str = "Hargreaves", given: str = "Walter", born: str = "1944-03-09",
    gender: str = "male",
) -> Json:  # fmt: skip
    return {
        "resourceType": "Patient",
        "id": "epr-7",
        "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": number}],
        "name": [{"use": "official", "family": family, "given": [given]}],
        "gender": gender,
        "birthDate": born,
    }


def an_order(code: str, id_: str = "o1", text: str = "", system: str = LOCAL) -> Json:
    return {
        "resourceType": "ServiceRequest",
        "id": id_,
        "status": "draft",
        "intent": "order",
        "code": {"coding": [{"system": system, "code": code}], "text": text or code},
        "subject": {"reference": "Patient/epr-7"},
    }


def a_call(*orders: Json, hook: str = "order-sign", prefetch: Json | None = None, **context: Any) -> Json:
    said = {"patient": patient(), "practitioner": practitioner(), "practitionerRole": role(), "encounter": None}
    return {
        "hook": hook,
        "hookInstance": str(uuid4()),
        "context": {
            "userId": "Practitioner/p1",
            "patientId": "epr-7",
            "draftOrders": {"resourceType": "Bundle", "entry": [{"resource": order} for order in orders]},
            **context,
        },
        "prefetch": said | (prefetch or {}),
    }


# ── Over HTTP ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Said:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: Json = field(repr=False)
    raw: bytes = field(repr=False)

    @property
    def cards(self) -> list[Json]:
        cards: list[Json] = self.body["cards"]
        return cards

    @property
    def summaries(self) -> list[str]:
        return [card["summary"] for card in self.cards]


@dataclass(frozen=True)
class Service:
    """The viewer on a port."""

    viewer: Viewer
    port: int

    def send(self, method: str, path: str, body: bytes = b"", **headers: str) -> Said:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(
            method, path, body or None, {name.replace("_", "-"): value for name, value in headers.items()}
        )
        response = connection.getresponse()
        raw = response.read()
        connection.close()
        said = {name.casefold(): value for name, value in response.getheaders()}
        is_json = said.get("content-type", "").startswith("application/json")
        return Said(response.status, said, json.loads(raw) if is_json else {}, raw)

    def call(self, sent: Json | bytes, token: str | None = None, service: str = "", **headers: str) -> Said:
        """Call the service that the body names, with a good token unless another is given."""
        hook = service or (sent["hook"] if isinstance(sent, dict) else "order-sign")
        sealed = signed(claims(hook)) if token is None else token
        body = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
        usual = {"Content_Type": "application/json", "Authorization": f"Bearer {sealed}"} | headers
        return self.send("POST", f"/cds-services/{SERVICE}{hook}", body, **{k: v for k, v in usual.items() if v})


@contextmanager
def served(viewer: Viewer) -> Iterator[Service]:
    """Serve a viewer on a free port of this machine."""
    server = make_server("127.0.0.1", 0, viewer.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Service(viewer, server.server_port)
    finally:
        server.shutdown()
        thread.join()
