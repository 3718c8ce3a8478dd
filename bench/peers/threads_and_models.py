"""What the libraries' own first pages suggest: one shared httpx.Client on threads, R4B models, a Jinja page."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
from fhir.resources.R4B.bundle import Bundle

from bench.peers.town import DEADLINE, INCLUDES, Trust, new_app, page, trusts

app = new_app()
_TRUSTS = trusts()
_CLIENT = httpx.Client(timeout=DEADLINE)


@app.get("/view")
def view() -> str:
    with ThreadPoolExecutor(len(_TRUSTS)) as threads:
        answers = list(threads.map(_in_time, _TRUSTS))
    piles = {trust.name: pile for trust, pile in zip(_TRUSTS, answers, strict=True) if pile}
    return page(piles, [trust.name for trust in _TRUSTS if trust.name not in piles])


def _in_time(trust: Trust) -> list[dict[str, Any]]:
    try:
        return _ask(trust)
    except httpx.HTTPError:
        return []


def _ask(trust: Trust) -> list[dict[str, Any]]:
    form: dict[str, Any] = {"patient": trust.patient}
    for name, value in INCLUDES:
        form.setdefault(name, []).append(value)
    answer = _CLIENT.post(f"{trust.address}/DiagnosticReport/_search", data=form)
    pile: list[dict[str, Any]] = []
    while True:
        bundle = Bundle.model_validate_json(answer.content)
        pile += [_as_dictionary(entry.resource) for entry in bundle.entry or ()]
        link = next((link.url for link in bundle.link or () if link.relation == "next"), None)
        if link is None:
            return pile
        answer = _CLIENT.get(str(link))


def _as_dictionary(resource: Any) -> dict[str, Any]:
    """Return what the page needs of a model. Dumping the model again would cost as much as reading it did."""
    kind = resource.get_resource_type()
    if kind == "DiagnosticReport":
        result = [{"reference": one.reference} for one in resource.result]
        return {"resourceType": kind, "id": resource.id, "issued": resource.issued, "result": result}
    if kind == "Observation":
        return {"resourceType": kind, "id": resource.id, "code": {"text": resource.code.text}, **_value(resource)}
    return {"resourceType": kind, "id": resource.id}


def _value(observation: Any) -> dict[str, Any]:
    if observation.valueQuantity is None:
        return {"hasMember": [{"reference": one.reference} for one in observation.hasMember]}
    limits = observation.referenceRange[0]
    flags = [{"coding": [{"code": one.coding[0].code}]} for one in observation.interpretation or ()]
    return {
        "valueQuantity": {"value": observation.valueQuantity.value, "unit": observation.valueQuantity.unit},
        "referenceRange": [{"low": {"value": limits.low.value}, "high": {"value": limits.high.value}}],
        **({"interpretation": flags} if flags else {}),
    }
