"""Read what was asked for: the ServiceRequests that reports and studies are based on."""

from collections.abc import Iterable
from dataclasses import dataclass

from connectors import resource as fhir
from connectors.resource import Reference
from viewer.clinical.concept import codes_of, text_of, texts_of
from viewer.clinical.part import Part, called
from viewer.clinical.problem import Problem
from viewer.clinical.reading import Reading
from viewer.clinical.report import Code


@dataclass(frozen=True, slots=True)
class Requested:
    """What was asked for, by whom. `keys` are the requests' names: two with the same key were asked for together."""

    keys: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    requester: str = ""
    codes: tuple[Code, ...] = ()


NOTHING_REQUESTED = Requested()


def requested(reading: Reading, based_on: Iterable[Reference], source: Part) -> Requested:
    """Return the requests that `based_on` names; one that was not sent is known by the reference's own words."""
    keys: list[str] = []
    names: list[str] = []
    requesters: list[str] = []
    codes: list[Code] = []
    for reference in based_on:
        found = reading.parts.find(reference, source, "ServiceRequest")
        if isinstance(found, Problem):
            keys.append(called(reference))
            names.append(reference.display)
            continue
        for part in found:
            keys.append(part.base)
            body = part.body
            if not isinstance(body, fhir.ServiceRequest):
                names.append(reference.display)
                continue
            names.append(_name(body) or reference.display)
            codes.extend(codes_of(body.code))
            requesters.extend(reading.who([body.requester] if body.requester else [], part))
    if not keys:
        return NOTHING_REQUESTED
    return Requested(
        tuple([key for key in keys if key]),
        tuple([name for name in names if name]),
        ", ".join(dict.fromkeys(requesters)),
        tuple(codes),
    )


def _name(body: fhir.ServiceRequest) -> str:
    """Return what was asked for, with its order details in brackets: "CT chest (with contrast)"."""
    name, details = text_of(body.code), ", ".join(texts_of(body.order_detail))
    return f"{name} ({details})" if name and details else name or details
