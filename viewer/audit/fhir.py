"""Say an entry of the log as a FHIR R4 AuditEvent.

Source: IHE BALP 1.1.4, Query and Read, and the GP Connect audit minimum. For a query the viewer is the source and the
trusts the destination; for a read it is the other way round. Rule: every value is made fit for its FHIR type here, so
that whatever the log holds is valid; tests/audit/test_fhir.py has the models of fhir.resources judge it. They are not
asked here: they take a second to import and a millisecond an entry, and rewrite instants.
"""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from connectors.answer import Trust
from viewer.access.access_event import Event
from viewer.access.relationship import Claim, Purpose
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
_REST = (_EVENT_TYPE, "rest", "Restful Operation")

_SOURCE = (_DICOM, "110153", "Source Role ID")
_DESTINATION = (_DICOM, "110152", "Destination Role ID")

Json = dict[str, Any]
_Coding = tuple[str, str, str]  # system, code, display
_What = tuple[_Coding, _Coding, str]  # type, subtype, action

_QUERY: _What = (_REST, (_INTERACTION, "search", "search"), "E")
_READ: _What = (_REST, (_INTERACTION, "read", "read"), "R")
_UPDATE: _What = (_REST, (_INTERACTION, "update", "update"), "U")

_AUTHENTICATION = (_DICOM, "110114", "User Authentication")
_LOGIN: _What = (_AUTHENTICATION, (_DICOM, "110122", "Login"), "E")
_LOGOUT: _What = (_AUTHENTICATION, (_DICOM, "110123", "Logout"), "E")
_SECURITY = (_DICOM, "110113", "Security Alert")

_WHAT: Mapping[str, _What] = {
    Event.SIGNED_IN: _LOGIN,
    Event.SIGN_IN_REFUSED: _LOGIN,
    Event.ROLE_CHOSEN: _LOGIN,
    Event.SIGNED_OUT: _LOGOUT,
    Event.FIND_ASKED: _QUERY,
    Event.RESULTS_ASKED: _QUERY,
    Event.GLASS_BROKEN: (_SECURITY, (_DICOM, "110127", "Emergency Override Started"), "E"),
    Event.RULES_CHANGED: (_SECURITY, (_DICOM, "110129", "Security Configuration"), "U"),
    Event.EXPORTED: ((_DICOM, "110106", "Export"), (_INTERACTION, "read", "read"), "R"),
    Event.COPIED: ((_DICOM, "110106", "Export"), (_INTERACTION, "read", "read"), "R"),
    Event.PRINTED: ((_DICOM, "110106", "Export"), (_INTERACTION, "read", "read"), "R"),
    Event.LEDGER_SEARCHED: ((_DICOM, "110101", "Audit Log Used"), (_INTERACTION, "search", "search"), "E"),
    Event.DISSENT_RECORDED: _UPDATE,
    Event.ALERT_HANDLED: _UPDATE,
}
_OF_TRUSTS = frozenset(
    {Event.FIND_ASKED, Event.FIND_SHOWN, Event.RESULTS_ASKED, Event.RESULTS_SHOWN, Event.REPORT_SHOWN}
)  # in which the trusts' machines take part
_PURPOSES: Mapping[str, _Coding] = {
    Purpose.DIRECT_CARE: (_REASON, "TREAT", "treatment"),
    Purpose.EMERGENCY_CARE: (_REASON, "ETREAT", "Emergency Treatment"),
    Purpose.AUDIT: (_REASON, "HOPERAT", "healthcare operations"),
}
_BREAK_GLASS = (_REASON, "BTG", "break the glass")


def as_audit_event(entry: Entry, trusts: Sequence[Trust]) -> str:
    """Return the entry as the JSON of one AuditEvent, in one line."""
    return _in_one_line(_described(entry, {trust.name: trust for trust in trusts}))


def as_outcome(code: str, said: str) -> str:
    """Return the JSON of an OperationOutcome with one error: an issue-type code of R4 and what is said to people."""
    issue = {"severity": "error", "code": code, "details": {"text": said}}
    return _in_one_line({"resourceType": "OperationOutcome", "issue": [issue]})


def _in_one_line(resource: Json) -> str:
    return msgspec.json.encode(resource).decode()


def _described(entry: Entry, trusts: Mapping[str, Trust]) -> Json:
    record = entry.record
    return {
        "resourceType": "AuditEvent",
        "id": f"entry-{entry.seq}",
        **_what_happened(record),
        "recorded": record.at,
        **_how_it_ended(record),
        **_why(record),
        "agent": [_person(record), *_organisation(record), *_machines(record, trusts)],
        "source": {"observer": {"display": "Trustline"}, "type": [_coding((_SOURCE_TYPE, "4", "Application Server"))]},
        "entity": [
            *_patient(record),
            *_query(record),
            *_request(record),
            _entry(entry),
            *(_at_trust(at, trusts) for at in record.trusts),
            *(_report(key) for key in record.reports if _fit(key)),
        ],
    }


def _what_happened(record: Record) -> Json:
    kind, subtype, action = _what(record)
    return {"type": _coding(kind), "subtype": [_coding(subtype)], "action": action}


def _what(record: Record) -> _What:
    refused_asking = record.event == Event.REFUSED and any(at.outcome == "refused" for at in record.trusts)
    return _QUERY if refused_asking else _WHAT.get(record.event, _READ)


_SERIOUS = frozenset({"not sound", "failed"})


def _how_it_ended(record: Record) -> Json:
    """A refusal is a minor failure; a log that does not hold together, or a database that failed, a serious one."""
    if record.outcome == "refused":
        return {"outcome": "4", **_if_fit("outcomeDesc", record.because)}
    return {"outcome": "8" if record.outcome in _SERIOUS else "0", **_if_fit("outcomeDesc", record.outcome)}


def _why(record: Record) -> Json:
    purpose = _BREAK_GLASS if record.claim == Claim.BREAK_GLASS else _PURPOSES.get(record.purpose)
    return {"purposeOfEvent": [_concept(purpose)]} if purpose else {}


# ── Who ──────────────────────────────────────────────────────────────────────────────────────────


def _person(record: Record) -> Json:
    """Return who it was, in the role and with the role profile as at the time."""
    return {
        "type": _concept((_PARTICIPATION, "IRCP", "information recipient")),
        **_role(record),
        "who": _identified(_USER, record.user_id, record.user_name),
        **_if_fit("altId", record.role_profile),
        **_if_fit("name", record.user_name),
        "requestor": True,
        **_policy(record),
        **_network(record),
    }


def _role(record: Record) -> Json:
    code = _as_code(record.role_code)
    said = {**({"coding": [{"code": code}]} if code else {}), **_if_fit("text", record.role_name)}
    return {"role": [said]} if said else {}


_CLAUSE = re.compile(r"\S+ cl\. [^\s:;]+")


def _policy(record: Record) -> Json:
    """Name what was relied on, as the URIs that FHIR wants: each clause, and the very text of each agreement."""
    if record.outcome == "refused":
        return {}
    clauses = dict.fromkeys(_CLAUSE.findall(record.because))
    named = [f"urn:trustline:clause:{_in_a_urn(clause)}" for clause in clauses]
    named += [
        f"urn:trustline:agreement:{_in_a_urn(name)}" + (f":sha256:{_in_a_urn(text)}" if text else "")
        for name, text in agreements_with_texts(record)
    ]
    return {"policy": named} if named else {}


def agreements_with_texts(record: Record) -> list[tuple[str, str]]:
    """Return the agreements relied on, each with the SHA-256 of its text; "" from a time when it was not kept."""
    texts = (*record.texts, *("" for _ in record.agreements))
    return list(zip(record.agreements, texts, strict=False))


def _in_a_urn(text: str) -> str:
    return quote(text, safe="()")


def _network(record: Record) -> Json:
    address = _fit(record.device.partition(" ")[0])
    return {"network": {"address": address, "type": "2"}} if address else {}  # 2: an IP address


def _organisation(record: Record) -> list[Json]:
    if not _fit(record.organisation_ods):
        return []
    return [
        {
            "type": _concept((_ROLE_CLASS, "PROV", "healthcare provider")),
            "who": _identified(_ODS, record.organisation_ods, record.organisation),
            "requestor": False,
        }
    ]


def _machines(record: Record, trusts: Mapping[str, Trust]) -> list[Json]:
    if record.event not in _OF_TRUSTS and not record.trusts:
        return []
    queries = _what(record) == _QUERY
    viewer = {
        "type": _concept(_SOURCE if queries else _DESTINATION),
        "who": {"display": "Trustline"},
        "requestor": False,
    }
    return [viewer, *(_server(at, trusts, _DESTINATION if queries else _SOURCE) for at in record.trusts)]


def _server(at: SeenTrust, trusts: Mapping[str, Trust], role: _Coding) -> Json:
    return {"type": _concept(role), "who": _trust(at.trust, trusts), "requestor": False}


# ── What ─────────────────────────────────────────────────────────────────────────────────────────


def _patient(record: Record) -> list[Json]:
    if not _fit(record.nhs_number) and not _fit(record.patient):
        return []
    return [
        {
            "what": _identified(_NHS_NUMBER, record.nhs_number, record.patient),
            "type": _coding((_ENTITY_TYPE, "1", "Person")),
            "role": _coding((_ENTITY_ROLE, "1", "Patient")),
        }
    ]


def _query(record: Record) -> list[Json]:
    """Return what was asked, as far as it may be told: by what a patient was sought, never with which values."""
    asked = record.asked_for or ("the results of this patient" if record.event == Event.RESULTS_ASKED else "")
    if not asked and _what(record) != _QUERY:
        return []
    return [
        {
            "type": _coding((_ENTITY_TYPE, "2", "System Object")),
            "role": _coding((_ENTITY_ROLE, "24", "Query")),
            "query": b64encode((asked or "not stated").encode()).decode(),
        }
    ]


def _request(record: Record) -> list[Json]:
    """Return the look that the entry belongs to: what BALP calls the X-Request-Id."""
    if not _fit(record.view):
        return []
    return [
        {"what": {"identifier": {"value": _fit(record.view)}}, "type": _coding((_BALP_ENTITY, "XrequestId", ""))},
    ]


def _entry(entry: Entry) -> Json:
    """Return the entry itself by its number, with what AuditEvent has no element for."""
    record = entry.record
    details = {
        "sequence number": str(entry.seq),
        "event": record.event,
        "purpose": record.purpose,
        "claim": record.claim,
        "proof": record.proof,
        "reason": record.reason,
        "because": record.because,
        "digest": record.digest,
        "reference": record.reference,
        "id": id_told(entry),
        "sign-in": record.sign_in,
        "device": record.device,
        "left out": "" if entry.whole else "and others, not yours to see",
    }
    said = [{"type": what, "valueString": _fit(value)} for what, value in details.items() if _fit(value)]
    return {
        "what": {"identifier": {"system": "urn:trustline:entry", "value": str(entry.seq)}},
        "type": _coding((_ENTITY_TYPE, "2", "System Object")),
        "role": _coding((_ENTITY_ROLE, "13", "Security Resource")),
        "detail": said,
    }


def id_told(entry: Entry) -> str:
    """Return the entry's random id, but of a part of an entry none.

    A neighbour's proof of inclusion holds this entry's hash. Whoever had the id as well could try what is left out
    until the hash is met.
    """
    return entry.record.id if entry.whole else ""


def _at_trust(at: SeenTrust, trusts: Mapping[str, Trust]) -> Json:
    counts = {"laboratory reports shown": at.laboratory, "radiology reports shown": at.radiology}
    return {
        "what": _trust(at.trust, trusts),
        "type": _coding((_ENTITY_TYPE, "3", "Organization")),
        **_if_fit("description", ": ".join(filter(None, (at.outcome, at.because)))),
        "detail": [{"type": what, "valueString": str(count)} for what, count in counts.items()],
    }


def _report(key: str) -> Json:
    return {
        "what": {"identifier": {"value": _fit(key)}},
        "type": _coding((_ENTITY_TYPE, "2", "System Object")),
        "role": _coding((_ENTITY_ROLE, "3", "Report")),
    }


# ── The small parts ──────────────────────────────────────────────────────────────────────────────


# Controls but tab and line ends; and half a character, which UTF-8 cannot say.
_NO_STRING_HOLDS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def _fit(text: str) -> str:
    """Return the text as a FHIR string can hold it, a mark for each character that none can; "" when only blank."""
    fit = _NO_STRING_HOLDS.sub("\ufffd", text)
    return fit if fit.strip() else ""


def _if_fit(name: str, text: str) -> Json:
    fit = _fit(text)
    return {name: fit} if fit else {}


def _as_code(text: str) -> str:
    return " ".join(_fit(text).split())


def _coding(named: _Coding) -> Json:
    system, code, display = named
    return {"system": system, "code": code, **({"display": display} if display else {})}


def _concept(named: _Coding) -> Json:
    return {"coding": [_coding(named)]}


def _identified(system: str, value: str, display: str) -> Json:
    identifier = {"identifier": {"system": system, "value": _fit(value)}} if _fit(value) else {}
    return {**identifier, "display": _fit(display) or "not known"}


def _trust(name: str, trusts: Mapping[str, Trust]) -> Json:
    known = trusts.get(name)
    return _identified(_ODS, known.ods, known.full_title) if known else {"display": _fit(name) or "not known"}
