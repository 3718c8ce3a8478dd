"""Sign contexts as a record system would, rightly or wrongly, and hand them over."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import ECKey

from sandbox.epr_keys import key_id, private_pem
from tests.whole import Viewer

TRUST = "sheffield_teaching"
ISSUER = "https://epr.sheffield-teaching.example"
AUDIENCE = "http://localhost:8000/contexts"
WALTER = {
    "nhs_number": "999 412 7039",
    "family": "Hargreaves",
    "given": "Walter",
    "born": "1944-03-09",
    "gender": "male",
}


def claims(user_id: str, session: str = "session-1", **more: Any) -> dict[str, Any]:
    """Return what an honest context says."""
    now = int(datetime.now(UTC).timestamp())
    said = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + 60,
        "jti": str(uuid4()),
        "event": "opened",
        "session": session,
        "user": user_id,
        "patient": WALTER,
    }
    return {**said, **more}


def sealed(said: dict[str, Any], *, pem: str = "", **header: Any) -> str:
    """Return it signed, by the record system's own key unless another is handed in."""
    head = {"alg": "ES256", "kid": key_id(TRUST), "typ": "trustline-context+jwt", **header}
    key = ECKey.import_key(pem or private_pem(TRUST))
    return jwt.encode(head, said, key, algorithms=["ES256"])


def push(viewer: Viewer, token: str) -> Any:
    """Hand a context over, server to server: no cookie, no origin."""
    return viewer.app.test_client().post("/contexts", base_url="https://localhost", data={"context": token})


def link(viewer: Viewer, user: str, **more: Any) -> str:
    """Return the path of a fresh one-time link for this person."""
    answer = push(viewer, sealed(claims(user, **more)))
    assert answer.status_code == 201, answer.get_data(as_text=True)
    said = json.loads(answer.get_data(as_text=True))
    return str(said["link"]).removeprefix("http://localhost:8000")
