"""An entry has one spelling, and what is looked up of it is worked out from that alone."""

import json
from datetime import timedelta, timezone

from tests.audit.parts import NOON, WALTER, an_event
from viewer.access.access_event import as_record
from viewer.audit.entry import Entry, Record, canonical, index_columns, index_trusts, read_record
from viewer.audit.tree import leaf_hash


def an_entry(**fields):
    body = canonical(an_event(**fields))
    return Entry(7, body, read_record(body))


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
