"""The first thing anybody writes: ask one trust after another with requests, read with json."""

from typing import Any

import requests

from bench.peers.town import DEADLINE, INCLUDES, Trust, new_app, next_link, page, trusts

app = new_app()
_TRUSTS = trusts()


@app.get("/view")
def view() -> str:
    piles: dict[str, list[dict[str, Any]]] = {}
    missing = []
    with requests.Session() as session:
        for trust in _TRUSTS:
            try:
                piles[trust.name] = _ask(session, trust)
            except requests.RequestException:
                missing.append(trust.name)
    return page(piles, missing)


def _ask(session: requests.Session, trust: Trust) -> list[dict[str, Any]]:
    form = [("patient", trust.patient), *INCLUDES]
    bundle = session.post(f"{trust.address}/DiagnosticReport/_search", data=form, timeout=DEADLINE).json()
    pile = [entry["resource"] for entry in bundle["entry"]]
    while link := next_link(bundle):
        bundle = session.get(link, timeout=DEADLINE).json()
        pile += [entry["resource"] for entry in bundle["entry"]]
    return pile
