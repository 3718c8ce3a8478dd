"""Found entries leave as one file that is whole, valid, exact and counted before anybody has a byte of it."""

import json
from dataclasses import replace
from hashlib import sha256

import msgspec
import pytest
from fhir.resources.R4B.auditevent import AuditEvent
from fhir.resources.R4B.bundle import Bundle

from connectors.answer import Trust
from tests.audit.parts import NOON, WALTER, an_event
from viewer.access.access_event import AccessEvent, Event
from viewer.audit.csv_safe import read_csv
from viewer.audit.entry import Entry, Record, canonical, read_record
from viewer.audit.export import as_bundle, as_ndjson, as_table, write_whole

TRUSTS = (Trust("rotherham", "RFR", "Rotherham", "The Rotherham NHS Foundation Trust", "01632 960105"),)


def entry_of(event: AccessEvent, seq: int) -> Entry:
    body = canonical(event)
    return Entry(seq, body, read_record(body))


ENTRIES = tuple(entry_of(an_event(event, nhs_number=WALTER), seq) for seq, event in enumerate(Event, 1))


def test_every_line_is_a_valid_audit_event_in_the_order_found() -> None:
    lines = b"".join(as_ndjson(ENTRIES, TRUSTS)).decode().splitlines()

    assert [AuditEvent.model_validate_json(line).id for line in lines] == [f"entry-{one.seq}" for one in ENTRIES]


@pytest.mark.parametrize("count", [0, 1, len(ENTRIES)])
def test_a_bundle_is_valid_and_names_each_entry_once(count: int) -> None:
    file = b"".join(as_bundle(ENTRIES[:count], TRUSTS, NOON))

    bundle = Bundle.model_validate_json(file)
    assert bundle.type == "collection"
    assert [one.fullUrl for one in bundle.entry or ()] == [f"urn:trustline:entry:{seq}" for seq in range(1, count + 1)]


def test_a_table_holds_every_field_of_an_entry_exactly() -> None:
    odd = replace(
        an_event(Event.EXPORTED, nhs_number=WALTER), patient="=HYPERLINK(1)", reason="＝1+1", proof="-", device="\t@x",
        reports=("rotherham/DiagnosticReport/7@2",), agreements=("a", "b"), texts=("c", "d"), reference="007",
        view="look", asked_for="+", because="'", digest="ab" * 32, purpose="audit", claim="none",
    )  # fmt: skip
    entry = entry_of(odd, 3)

    header, row = read_csv(b"".join(as_table([entry], lambda at: at.isoformat())))

    said = dict(zip(header, row, strict=True))
    assert (said["patient"], said["reason"], said["device"], said["reference"]) == (
        "=HYPERLINK(1)", "＝1+1", "\t@x", "007",
    )  # fmt: skip
    assert json.loads(said["trusts"])[0]["trust"] == "rotherham"
    assert json.loads(said["agreements"]) == ["a", "b"]
    assert said["at (London)"] == NOON.isoformat()
    told = {"version", "about"}  # of the file's own making; and for the rules that look for snooping
    texts = [getattr(entry.record, one.name) for one in fields_of(Record) if one.name not in told]
    assert [text for text in texts if isinstance(text, str) and text not in row] == []


def fields_of(kind: type) -> list:
    return list(msgspec.structs.fields(kind))


def test_a_file_is_counted_and_hashed_as_it_is_sent() -> None:
    pieces = [b"x" * 3_000_000, b"y" * 3_000_000]

    whole = write_whole(pieces)

    sent = b"".join(whole.pieces())
    assert (whole.size, whole.digest) == (len(sent), sha256(sent).hexdigest())
    assert sent == b"".join(pieces)
    assert whole.content.closed
