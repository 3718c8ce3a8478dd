"""An entry has one spelling, and a FHIR AuditEvent that says the same."""

import json
import re
from base64 import b64decode
from datetime import datetime, timedelta, timezone

import pytest
from fhir.resources.R4B.auditevent import AuditEvent

from connectors.answer import Trust
from tests.audit.parts import NOON, WALTER, an_event
from viewer.access.access_event import Event, as_record
from viewer.access.relationship import Purpose
from viewer.audit.entry import Entry, Record, canonical, index_columns, index_trusts, read_record
from viewer.audit.fhir import as_audit_event
from viewer.audit.tree import leaf_hash

ROTHERHAM = Trust("rotherham", "RFR", "Rotherham", "The Rotherham NHS Foundation Trust", "01632 960105")


def an_entry(**fields):
    body = canonical(an_event(**fields))
    return Entry(7, body, read_record(body))


def as_fhir(**fields):
    return json.loads(as_audit_event(an_entry(**fields), (ROTHERHAM,)))


def test_a_record_has_every_field_of_an_access_event_and_its_version():
    assert set(Record.__struct_fields__) == {"version", "id", *as_record(an_event())}


def test_an_entry_is_spelt_in_one_way_only():
    body = canonical(an_event(reason="“collapsed” <b>", patient="O’BRIEN, Zoë"))

    assert body == json.dumps(json.loads(body), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert "O’BRIEN, Zoë".encode() in body


def test_the_same_moment_in_two_zones_is_spelt_alike():
    elsewhere = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))

    assert canonical(an_event(at=elsewhere)) == canonical(an_event(at=NOON))
    assert read_record(canonical(an_event(at=elsewhere))).at == "2026-11-21T12:00:00.000000+00:00"


def test_an_entry_does_not_print_who_the_patient_is():
    assert WALTER not in repr(an_entry(nhs_number=WALTER).record)


def test_the_index_is_worked_out_from_the_bytes_alone():
    entry = an_entry(nhs_number=WALTER, view="look", trusts=("rotherham", "barnsley", "rotherham"))

    assert index_columns(entry.record)["nhs_number"] == WALTER
    assert list(index_trusts(entry.record).items()) == [
        ("barnsley", "laboratory radiology"),
        ("rotherham", "laboratory radiology"),
    ]
    assert entry.leaf == leaf_hash(entry.body)
    assert entry.at == NOON


@pytest.mark.parametrize("event", list(Event))
@pytest.mark.parametrize("who", [True, False])
def test_every_event_can_be_said_as_a_valid_audit_event(event, who):
    someone = {} if who else {"who": None, "user": ""}

    said = as_fhir(event=event, purpose=Purpose.EMERGENCY_CARE, **someone)

    assert AuditEvent.model_validate(said)
    assert said["id"] == "entry-7"
    assert datetime.fromisoformat(said["recorded"]) == NOON


def test_a_query_has_the_viewer_as_source_and_the_trusts_as_destination():
    said = as_fhir(event=Event.RESULTS_ASKED, outcome="asked")

    assert (said["action"], said["subtype"][0]["code"]) == ("E", "search")
    assert roles(said) == [("Trustline", "110153"), ("The Rotherham NHS Foundation Trust", "110152")]


def test_a_read_has_them_the_other_way_round():
    said = as_fhir(event=Event.RESULTS_SHOWN)

    assert (said["action"], said["subtype"][0]["code"]) == ("R", "read")
    assert roles(said) == [("Trustline", "110152"), ("The Rotherham NHS Foundation Trust", "110153")]


def roles(said):
    codes = [(agent["who"]["display"], agent["type"]["coding"][0]["code"]) for agent in said["agent"]]
    return [pair for pair in codes if re.match("1101", pair[1])]


def test_the_person_is_the_requestor_with_role_and_organisation_as_at_the_time():
    person, organisation, *_ = as_fhir(device="192.0.2.7 Firefox")["agent"]

    assert person["requestor"] is True
    assert person["type"]["coding"][0]["code"] == "IRCP"
    assert person["who"]["identifier"] == {"system": "https://fhir.nhs.uk/Id/sds-user-id", "value": "555000000001"}
    assert person["role"] == [{"text": "Consultant"}]
    assert person["network"] == {"address": "192.0.2.7", "type": "2"}
    assert organisation["who"]["identifier"]["value"] == "RHQ"


def test_patient_query_request_and_counts_are_its_entities():
    patient, query, request, trust, report = as_fhir(
        nhs_number=WALTER, patient="HARGREAVES, Walter", asked_for="NHS number", view="look-1",
        reports=("rotherham/DiagnosticReport/7@2",),
    )["entity"]  # fmt: skip

    assert patient["what"]["identifier"] == {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": WALTER}
    assert b64decode(query["query"]) == b"NHS number"
    assert (request["type"]["code"], request["what"]["identifier"]["value"]) == ("XrequestId", "look-1")
    assert [detail["valueString"] for detail in trust["detail"]] == ["3", "1"]
    assert report["what"]["identifier"]["value"] == "rotherham/DiagnosticReport/7@2"


def test_clause_purpose_claim_reason_and_digest_are_told_to_machines_too():
    said = as_fhir(
        view="look-1", purpose="emergency-care", claim="in-department", reason="collapsed", digest="ab" * 32,
        because="WT-2026 cl. 4.2(a): consultant, emergency care; Rotherham shares until 31-Mar-2027",
    )  # fmt: skip

    (look,) = [one for one in said["entity"] if one["type"]["code"] == "XrequestId"]
    assert said["agent"][0]["policy"] == ["urn:trustline:clause:WT-2026%20cl.%204.2(a)"]
    assert {one["type"]: one["valueString"] for one in look["detail"]} == {
        "purpose": "emergency-care", "claim": "in-department", "reason": "collapsed", "digest": "ab" * 32,
    }  # fmt: skip


def test_a_refusal_names_no_clause_as_its_policy():
    assert (
        "policy"
        not in as_fhir(event=Event.REFUSED, outcome="refused", because="WT-2026 cl. 4 does not say so")["agent"][0]
    )


@pytest.mark.parametrize(
    ("purpose", "code"), [("direct-care", "TREAT"), ("emergency-care", "ETREAT"), ("audit", "HOPERAT")]
)
def test_the_purpose_is_said_in_the_words_of_v3_act_reason(purpose, code):
    assert as_fhir(purpose=purpose)["purposeOfEvent"][0]["coding"][0]["code"] == code


def test_a_refusal_is_an_outcome_with_its_reason():
    said = as_fhir(event=Event.REFUSED, outcome="refused", because="no agreement in force")

    assert (said["outcome"], said["outcomeDesc"]) == ("4", "no agreement in force")
