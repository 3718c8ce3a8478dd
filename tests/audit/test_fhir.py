"""Every entry, whatever it holds, is a valid AuditEvent that says what GP Connect and BALP want said."""

import json
import re
from base64 import b64decode
from dataclasses import replace
from datetime import datetime
from functools import partial

import pytest
from fhir.resources.R4B.auditevent import AuditEvent
from fhir.resources.R4B.operationoutcome import OperationOutcome
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.answer import Trust
from tests.audit.parts import AMINA, WALTER, an_event
from viewer.access.access_event import About, AccessEvent, AtTrust, Event
from viewer.access.clinician import Organisation
from viewer.access.relationship import Claim, Purpose
from viewer.audit.entry import Entry, canonical, read_record
from viewer.audit.fhir import as_audit_event, as_outcome

ROTHERHAM = Trust("rotherham", "RFR", "Rotherham", "The Rotherham NHS Foundation Trust", "01632 960105")
TRUSTS = (ROTHERHAM,)
EVENTS = sorted(Event)


def entry_of(event: AccessEvent, seq: int = 7, *, whole: bool = True) -> Entry:
    body = canonical(event)
    return Entry(seq, body, read_record(body), whole)


def said_of(event: AccessEvent):
    said = as_audit_event(entry_of(event), TRUSTS)
    AuditEvent.model_validate_json(said)
    return json.loads(said)


def codes(parts, name="type"):
    return [part[name]["coding"][0]["code"] for part in parts]


def entity(said, role):
    return [one for one in said["entity"] if one.get("role", {}).get("code") == role]


def details(said):
    return {one["type"]: one["valueString"] for part in entity(said, "13") for one in part["detail"]}


def a_look(event=Event.RESULTS_SHOWN, **fields):
    known = {
        "nhs_number": WALTER, "patient": "HARGREAVES, Walter, born 1944-03-09", "purpose": Purpose.EMERGENCY_CARE,
        "claim": Claim.IN_DEPARTMENT, "reason": "collapsed", "view": "look-1", "device": "192.0.2.7 Firefox",
        "because": "WT-2026 cl. 4.2(a): a consultant", "agreements": ("working_together_2026",), "texts": ("ab" * 32,),
        "digest": "cd" * 32, "reports": ("rotherham/DiagnosticReport/7@2",),
    }  # fmt: skip
    return an_event(event, **(known | fields))


# ── Valid, whatever it holds ─────────────────────────────────────────────────────────────────────

ANY = st.text(max_size=30)
SEEN = st.builds(AtTrust, ANY, ANY, ANY, st.integers(0, 10**6), st.integers(0, 10**6))
WHO = st.builds(
    partial(replace, AMINA), user_id=ANY, name=ANY, role_name=ANY, role_code=ANY, role_profile=ANY,
    organisation=st.builds(Organisation, ANY, ANY),
)  # fmt: skip
WHEN = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.timezones())  # noqa: DTZ001
HAPPENED = st.builds(
    AccessEvent, st.sampled_from(EVENTS), WHEN, st.none() | WHO, ANY, view=ANY, user=ANY, nhs_number=ANY, patient=ANY,
    purpose=ANY | st.sampled_from(Purpose), claim=ANY | st.sampled_from(Claim),
    proof=ANY, reason=ANY, about=st.just(About()), trusts=st.lists(SEEN, max_size=3).map(tuple),
    reports=st.lists(ANY, max_size=3).map(tuple), digest=ANY, agreements=st.lists(ANY, max_size=2).map(tuple),
    texts=st.lists(ANY, max_size=3).map(tuple), outcome=ANY | st.sampled_from(["refused", "not sound"]),
    because=ANY, device=ANY, asked_for=ANY, reference=ANY,
)  # fmt: skip


@settings(max_examples=300)
@given(HAPPENED, st.integers(1, 1 << 62), st.booleans())
def test_whatever_the_log_holds_is_valid(happened: AccessEvent, seq: int, whole: bool) -> None:
    said = as_audit_event(entry_of(happened, seq, whole=whole), TRUSTS)

    AuditEvent.model_validate_json(said)
    for text in texts_of(json.loads(said)):  # FHIR R4 §2.24.0.1; the models let both pass
        assert text.strip()
        assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", text)


def texts_of(part):
    """Every text in a resource, however deep."""
    if isinstance(part, str):
        return [part]
    parts = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    return [text for inner in parts for text in texts_of(inner)]


def test_a_text_that_is_blank_or_holds_a_control_is_made_fit() -> None:
    said = said_of(a_look(reason=" \t ", because="bell\x07", reports=("  ",)))

    assert "reason" not in details(said)
    assert details(said)["because"] == "bell\ufffd"
    assert entity(said, "3") == []


@pytest.mark.parametrize("number", range(len(EVENTS)))
def test_every_event_is_valid_and_says_what_it_was(number: int) -> None:
    said = said_of(a_look(EVENTS[number]))

    assert details(said)["event"] == EVENTS[number].value
    assert said["type"]["code"] in {"rest", "110114", "110113", "110106", "110101"}


def test_one_event_is_one_line() -> None:
    assert "\n" not in as_audit_event(entry_of(a_look(reason="one\ntwo")), TRUSTS)


# ── What GP Connect wants ────────────────────────────────────────────────────────────────────────


def test_who_it_was_as_at_the_time() -> None:
    person, organisation = said_of(a_look())["agent"][:2]

    assert person["who"] == {
        "identifier": {"system": "https://fhir.nhs.uk/Id/sds-user-id", "value": "555000000001"},
        "display": "Dr Amina Farrell",
    }
    assert (person["altId"], person["name"]) == ("555000000001-1", "Dr Amina Farrell")
    assert person["role"] == [{"coding": [{"code": "S8000:G8000:R0050"}], "text": "Consultant"}]
    assert (person["requestor"], person["network"]["address"]) == (True, "192.0.2.7")
    assert organisation["who"]["identifier"]["value"] == "RHQ"


def test_what_when_about_whom_and_in_which_order() -> None:
    said = said_of(a_look())

    assert said["recorded"] == "2026-11-21T12:00:00.000000+00:00"
    (patient,) = entity(said, "1")
    assert patient["what"]["identifier"]["value"] == WALTER
    told = {name: what for name, what in details(said).items() if name != "id"}
    assert told == {
        "sequence number": "7",
        "event": "results shown",
        "purpose": "emergency-care",
        "claim": "in-department",
        "reason": "collapsed",
        "because": "WT-2026 cl. 4.2(a): a consultant",
        "digest": "cd" * 32,
        "sign-in": "sign-in-1",
        "device": "192.0.2.7 Firefox",
    }


def test_a_refusal_is_said_in_the_same_detail_and_names_no_clause_relied_on() -> None:
    said = said_of(a_look(Event.REFUSED, outcome="refused", because="not registered there"))

    assert (said["outcome"], said["outcomeDesc"]) == ("4", "not registered there")
    assert "policy" not in said["agent"][0]
    assert entity(said, "1")
    assert details(said)["reason"] == "collapsed"


# ── What BALP wants ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("event", [Event.FIND_ASKED, Event.RESULTS_ASKED])
def test_a_query_goes_from_the_viewer_to_the_trusts(event: Event) -> None:
    said = said_of(a_look(event, asked_for="NHS number"))

    assert (said["type"]["code"], said["subtype"][0]["code"], said["action"]) == ("rest", "search", "E")
    assert codes(said["agent"]) == ["IRCP", "PROV", "110153", "110152"]
    assert b64decode(entity(said, "24")[0]["query"]) == b"NHS number"


@pytest.mark.parametrize("event", [Event.FIND_SHOWN, Event.RESULTS_SHOWN, Event.REPORT_SHOWN])
def test_a_read_goes_from_the_trusts_to_the_viewer(event: Event) -> None:
    said = said_of(a_look(event))

    assert (said["type"]["code"], said["subtype"][0]["code"], said["action"]) == ("rest", "read", "R")
    assert codes(said["agent"]) == ["IRCP", "PROV", "110152", "110153"]


def test_a_refused_asking_is_a_query_too() -> None:
    refused = replace(a_look(Event.REFUSED, outcome="refused"), trusts=(AtTrust("rotherham", "refused", "no clause"),))

    assert said_of(refused)["subtype"][0]["code"] == "search"


def test_a_query_always_says_what_was_asked_and_never_with_which_values() -> None:
    said = said_of(a_look(Event.RESULTS_ASKED))

    assert b64decode(entity(said, "24")[0]["query"]) == b"the results of this patient"


def test_the_look_is_the_request() -> None:
    (request,) = [one for one in said_of(a_look())["entity"] if one["type"]["code"] == "XrequestId"]

    assert request["what"]["identifier"]["value"] == "look-1"


@pytest.mark.parametrize(
    ("purpose", "claim", "code"),
    [
        (Purpose.DIRECT_CARE, Claim.UNDER_MY_CARE, "TREAT"),
        (Purpose.EMERGENCY_CARE, Claim.IN_DEPARTMENT, "ETREAT"),
        (Purpose.EMERGENCY_CARE, Claim.BREAK_GLASS, "BTG"),
        (Purpose.AUDIT, Claim.NONE, "HOPERAT"),
    ],
)
def test_the_purpose_is_one_of_v3(purpose: Purpose, claim: Claim, code: str) -> None:
    said = said_of(a_look(purpose=purpose, claim=claim))

    assert [one["coding"][0]["code"] for one in said["purposeOfEvent"]] == [code]


def test_the_policy_is_each_clause_and_the_very_text_of_each_agreement() -> None:
    assert said_of(a_look())["agent"][0]["policy"] == [
        "urn:trustline:clause:WT-2026%20cl.%204.2(a)",
        "urn:trustline:agreement:working_together_2026:sha256:" + "ab" * 32,
    ]


def test_what_each_trust_showed_and_every_report_are_entities() -> None:
    said = said_of(a_look())

    (at,) = [one for one in said["entity"] if one["type"]["code"] == "3"]
    assert at["what"]["identifier"]["value"] == "RFR"
    assert [one["valueString"] for one in at["detail"]] == ["3", "1"]
    assert entity(said, "3")[0]["what"]["identifier"]["value"] == "rotherham/DiagnosticReport/7@2"


def test_a_part_says_that_it_is_one() -> None:
    said = json.loads(as_audit_event(entry_of(a_look(), whole=False), TRUSTS))

    assert details(said)["left out"] == "and others, not yours to see"


def test_the_random_id_is_told_of_a_whole_entry_alone() -> None:
    """With it, what is left out of a part could be tried until the entry's hash is met."""
    body = canonical(a_look(), "f" * 32)
    whole = Entry(1, body, read_record(body))

    assert details(json.loads(as_audit_event(whole, TRUSTS)))["id"] == "f" * 32
    assert "f" * 32 not in as_audit_event(replace(whole, whole=False), TRUSTS)


def test_a_broken_glass_is_a_security_alert() -> None:
    said = said_of(a_look(Event.GLASS_BROKEN, claim=Claim.BREAK_GLASS))

    assert (said["type"]["code"], said["subtype"][0]["code"]) == ("110113", "110127")


def test_what_is_not_there_is_an_operation_outcome() -> None:
    outcome = OperationOutcome.model_validate_json(as_outcome("not-found", "No such entry"))

    assert outcome.issue[0].code == "not-found"
