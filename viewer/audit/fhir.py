"""Say an entry of the log as a FHIR R4 AuditEvent, built and checked by the models of fhir.resources.

Source: IHE BALP 1.1.4, Query and Read. For a query the viewer is the source and the trusts the
destination; for a read it is the other way round. No profile is claimed: the entry keeps what was
asked for in words, not the query that BALP wants in base64 as it was sent.
"""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from connectors.answer import Trust
from viewer.access.access_event import Event
from viewer.access.relationship import Purpose
from viewer.audit.entry import Entry, Record, SeenTrust

_DICOM = "http://dicom.nema.org/resources/ontology/DCM"
_EVENT_TYPE = "http://terminology.hl7.org/CodeSystem/audit-event-type"
_INTERACTION = "http://hl7.org/fhir/restful-interaction"
_ENTITY_TYPE = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_ENTITY_ROLE = "http://terminology.hl7.org/CodeSystem/object-role"
_BALP_ENTITY = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType"
_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
_SOURCE_TYPE = "http://terminology.hl7.org/CodeSystem/security-source-type"
_PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
_ROLE_CLASS = "http://terminology.hl7.org/CodeSystem/v3-RoleClass"
_NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
_ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
_USER = "https://fhir.nhs.uk/Id/sds-user-id"

_SOURCE = (_DICOM, "110153", "Source Role ID")
_DESTINATION = (_DICOM, "110152", "Destination Role ID")
_LOGIN = (_DICOM, "110122", "Login")
_LOGOUT = (_DICOM, "110123", "Logout")

_QUERIES = frozenset({Event.FIND_ASKED.value, Event.RESULTS_ASKED.value})
_SIGN_IN = {
    Event.SIGNED_IN.value: _LOGIN,
    Event.SIGN_IN_REFUSED.value: _LOGIN,
    Event.ROLE_CHOSEN.value: _LOGIN,
    Event.SIGNED_OUT.value: _LOGOUT,
}
_PURPOSES = {
    Purpose.DIRECT_CARE.value: (_REASON, "TREAT", "treatment"),
    Purpose.EMERGENCY_CARE.value: (_REASON, "ETREAT", "Emergency Treatment"),
    Purpose.AUDIT.value: (_REASON, "HOPERAT", "healthcare operations"),
}

Json = dict[str, Any]


def as_outcome(code: str, said: str) -> str:
    """Return the JSON of an OperationOutcome with one error: an issue-type code of R4 and what is said to people."""
    from fhir.resources.R4B.operationoutcome import OperationOutcome  # noqa: PLC0415  (as below)

    issue = {"severity": "error", "code": code, "details": {"text": said}}
    return str(OperationOutcome.model_validate({"issue": [issue]}).model_dump_json())


def as_audit_event(entry: Entry, trusts: Sequence[Trust]) -> str:
    """Return the entry as the JSON of one AuditEvent; pydantic's ValidationError if it would not be valid FHIR."""
    # The models take a second to import, and only an officer's export needs them.
    from fhir.resources.R4B.auditevent import AuditEvent  # noqa: PLC0415

    described = _described(entry, {trust.name: trust for trust in trusts})
    return str(AuditEvent.model_validate(described).model_dump_json())


def _described(entry: Entry, trusts: Mapping[str, Trust]) -> Json:
    record = entry.record
    refused = record.outcome == "refused"
    purpose = _PURPOSES.get(record.purpose)
    return {
        "resourceType": "AuditEvent",
        "id": f"entry-{entry.seq}",
        **_what_happened(record),
        "recorded": record.at,
        "outcome": "4" if refused else "0",
        **({"outcomeDesc": record.because} if refused and record.because else {}),
        **({"purposeOfEvent": [_concept(purpose)]} if purpose else {}),
        "agent": [_person(record), *_organisation(record), *_machines(record, trusts)],
        "source": {"observer": {"display": "Trustline"}, "type": [_coding((_SOURCE_TYPE, "4", "Application Server"))]},
        "entity": [
            *_patient(record),
            *_asked_for(record),
            *_look(entry),
            *(_at_trust(at, trusts) for at in record.trusts),
            *(_report(key) for key in record.reports),
        ],
    }


def _what_happened(record: Record) -> Json:
    if record.event in _SIGN_IN:
        kind, subtype, action = (_DICOM, "110114", "User Authentication"), _SIGN_IN[record.event], "E"
    elif record.event in _QUERIES:
        kind, subtype, action = (_EVENT_TYPE, "rest", "Restful Operation"), (_INTERACTION, "search", "search"), "E"
    else:
        kind, subtype, action = (_EVENT_TYPE, "rest", "Restful Operation"), (_INTERACTION, "read", "read"), "R"
    return {"type": _coding(kind), "subtype": [_coding(subtype)], "action": action}


# ── Who ──────────────────────────────────────────────────────────────────────────────────────────


def _person(record: Record) -> Json:
    return {
        "type": _concept((_PARTICIPATION, "IRCP", "information recipient")),
        **({"role": [{"text": record.role_name}]} if record.role_name else {}),
        "who": _identified(_USER, record.user_id, record.user_name),
        **({"altId": record.role_profile} if record.role_profile else {}),
        **({"name": record.user_name} if record.user_name else {}),
        "requestor": True,
        **_policy(record),
        **_network(record),
    }


_CLAUSE = re.compile(r"\S+ cl\. [^\s:;]+")


def _policy(record: Record) -> Json:
    """Name the clauses relied on, as the URIs that FHIR wants: urn:trustline:clause:WT-2026%20cl.%204.2(a)."""
    if record.outcome == "refused":
        return {}
    clauses = dict.fromkeys(_CLAUSE.findall(record.because))
    return {"policy": [f"urn:trustline:clause:{quote(clause, safe='()')}" for clause in clauses]} if clauses else {}


def _network(record: Record) -> Json:
    address = record.device.partition(" ")[0]
    return {"network": {"address": address, "type": "2"}} if address else {}


def _organisation(record: Record) -> list[Json]:
    if not record.organisation_ods:
        return []
    return [
        {
            "type": _concept((_ROLE_CLASS, "PROV", "healthcare provider")),
            "who": _identified(_ODS, record.organisation_ods, record.organisation),
            "requestor": False,
        }
    ]


def _machines(record: Record, trusts: Mapping[str, Trust]) -> list[Json]:
    if record.event in _SIGN_IN:
        return []
    queries = record.event in _QUERIES
    viewer = {
        "type": _concept(_SOURCE if queries else _DESTINATION),
        "who": {"display": "Trustline"},
        "requestor": False,
    }
    return [viewer, *(_server(at, trusts, _DESTINATION if queries else _SOURCE) for at in record.trusts)]


def _server(at: SeenTrust, trusts: Mapping[str, Trust], role: tuple[str, str, str]) -> Json:
    return {"type": _concept(role), "who": _trust(at.trust, trusts), "requestor": False}


# ── What ─────────────────────────────────────────────────────────────────────────────────────────


def _patient(record: Record) -> list[Json]:
    if not record.nhs_number and not record.patient:
        return []
    return [
        {
            "what": _identified(_NHS_NUMBER, record.nhs_number, record.patient),
            "type": _coding((_ENTITY_TYPE, "1", "Person")),
            "role": _coding((_ENTITY_ROLE, "1", "Patient")),
        }
    ]


def _asked_for(record: Record) -> list[Json]:
    if not record.asked_for:
        return []
    return [
        {
            "type": _coding((_ENTITY_TYPE, "2", "System Object")),
            "role": _coding((_ENTITY_ROLE, "24", "Query")),
            "query": b64encode(record.asked_for.encode()).decode(),
        }
    ]


def _look(entry: Entry) -> list[Json]:
    """Return the look that the entry belongs to, with what AuditEvent has no element for."""
    record = entry.record
    details = {
        "purpose": record.purpose,
        "claim": record.claim,
        "reason": record.reason,
        "digest": record.digest,
        "left out": "" if entry.whole else "and others, not yours to see",
    }
    said = [{"type": what, "valueString": value} for what, value in details.items() if value.strip()]
    view = {"what": {"identifier": {"value": record.view}}} if record.view else {}
    if not view and not said:
        return []
    return [{**view, "type": _coding((_BALP_ENTITY, "XrequestId", "")), **({"detail": said} if said else {})}]


def _at_trust(at: SeenTrust, trusts: Mapping[str, Trust]) -> Json:
    counts = {"laboratory reports shown": at.laboratory, "radiology reports shown": at.radiology}
    return {
        "what": _trust(at.trust, trusts),
        "type": _coding((_ENTITY_TYPE, "3", "Organization")),
        "description": ": ".join(filter(None, (at.outcome, at.because))),
        "detail": [{"type": what, "valueString": str(count)} for what, count in counts.items()],
    }


def _report(key: str) -> Json:
    return {
        "what": {"identifier": {"value": key}},
        "type": _coding((_ENTITY_TYPE, "2", "System Object")),
        "role": _coding((_ENTITY_ROLE, "3", "Report")),
    }


# ── The small parts ──────────────────────────────────────────────────────────────────────────────


def _coding(named: tuple[str, str, str]) -> Json:
    system, code, display = named
    return {"system": system, "code": code, **({"display": display} if display else {})}


def _concept(named: tuple[str, str, str]) -> Json:
    return {"coding": [_coding(named)]}


def _identified(system: str, value: str, display: str) -> Json:
    identifier = {"identifier": {"system": system, "value": value}} if value else {}
    return {**identifier, "display": display or "not known"}


def _trust(name: str, trusts: Mapping[str, Trust]) -> Json:
    known = trusts.get(name)
    return _identified(_ODS, known.ods, known.full_title) if known else {"display": name}
