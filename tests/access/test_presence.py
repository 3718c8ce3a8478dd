"""An encounter at the clinician's own trust bears out what they state, or nothing does."""

# ruff: noqa: E501  (a row of a table reads better wide than folded)

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.answer import Received
from connectors.read_resource import read_resource
from viewer.access.presence import Encounter, Present, presence, read_encounters

NOW = datetime(2026, 11, 22, 3, 12, tzinfo=UTC)
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


def an_encounter(
    status: str = "in-progress", klass: str = "EMER", start: str = "", end: str = "", system: str = ACT_CODE
) -> Received:
    sent: dict[str, Any] = {"resourceType": "Encounter", "id": "e1", "status": status}
    sent["class"] = {"system": system, "code": klass}
    sent["period"] = {name: when for name, when in (("start", start), ("end", end)) if when}
    return received(sent)


def received(sent: dict[str, Any]) -> Received:
    raw = json.dumps(sent).encode()
    body = read_resource(raw)
    return Received("Encounter", "e1", "1", None if isinstance(body, str) else body, "", raw)


EMERGENCY = "an emergency attendance since 22-Nov-2026 02:40"

# status, class, start, end → in the department, under the trust's care
TABLE = [
    ("in-progress", "EMER", "2026-11-22T02:40:00+00:00", "", EMERGENCY, EMERGENCY),
    ("arrived", "EMER", "2026-11-22T02:40:00Z", "", EMERGENCY, EMERGENCY),
    ("triaged", "emer", "2026-11-22T02:40:00Z", "", EMERGENCY, EMERGENCY),
    ("in-progress", "EMER", "2026-11-22", "", "an emergency attendance since 22-Nov-2026", "an emergency attendance since 22-Nov-2026"),
    ("in-progress", "EMER", "", "", "an emergency attendance now, since when is not said", "an emergency attendance now, since when is not said"),
    ("in-progress", "EMER", "2026-11-22T03:13:00Z", "", "", ""),  # not begun
    ("in-progress", "EMER", "2026-11-19T03:12:00Z", "", "an emergency attendance since 19-Nov-2026 03:12", "an emergency attendance since 19-Nov-2026 03:12"),
    ("in-progress", "EMER", "2026-11-19T03:11:59Z", "", "", ""),  # three days: nobody closed it
    ("in-progress", "EMER", "yesterday", "", "", ""),
    ("in-progress", "EMER", "2026-11-31T10:00:00Z", "", "", ""),  # no such day
    ("in-progress", "EMER", "2026-11-22T02:40:00Z", "2026-11-22T03:12:00Z", "", ""),  # over
    ("in-progress", "EMER", "2026-11-22T02:40:00Z", "2026-11-22T03:12:01Z", EMERGENCY, EMERGENCY),
    ("in-progress", "EMER", "2026-11-22T02:40:00Z", "soon", "", ""),
    ("in-progress", "EMER", "2026-11-22T02:40:00Z", "2026-11-22", EMERGENCY, EMERGENCY),  # until the day is over
    ("in-progress", "EMER", "2026-11-21T02:40:00Z", "2026-11-21", "", ""),
    ("in-progress", "IMP", "2026-11-02T09:00:00Z", "", "", "an inpatient stay since 02-Nov-2026 09:00"),
    ("onleave", "IMP", "2026-07-02T09:00:00Z", "", "", "an inpatient stay since 02-Jul-2026 10:00"),  # London's clock
    ("in-progress", "IMP", "2024-07-02T09:00:00Z", "", "", ""),
    ("in-progress", "AMB", "2026-11-22T03:00:00Z", "", "", "an attendance since 22-Nov-2026 03:00"),
    ("in-progress", "WARD7", "2026-11-22T03:00:00Z", "", "", "an attendance since 22-Nov-2026 03:00"),
    ("planned", "AMB", "2026-11-25T10:20:00Z", "", "", "an appointment on 25-Nov-2026 10:20"),
    ("planned", "AMB", "2026-11-22", "", "", "an appointment on 22-Nov-2026"),
    ("planned", "AMB", "2026-11-21T15:12:00Z", "", "", "an appointment on 21-Nov-2026 15:12"),  # a clinic that runs late
    ("planned", "AMB", "2026-11-21T15:10:59Z", "", "", ""),
    ("planned", "AMB", "2027-02-22T03:12:00Z", "", "", "an appointment on 22-Feb-2027 03:12"),
    ("planned", "AMB", "2027-02-22T03:12:01Z", "", "", ""),
    ("planned", "AMB", "", "", "", ""),
    ("planned", "EMER", "2026-11-22T03:30:00Z", "", "", "an appointment on 22-Nov-2026 03:30"),  # not in the department
    ("finished", "EMER", "2026-11-22T01:00:00Z", "", "", ""),
    ("finished", "IMP", "2026-11-02T09:00:00Z", "2026-11-20T09:00:00Z", "", ""),
    ("cancelled", "EMER", "2026-11-22T02:40:00Z", "", "", ""),
    ("entered-in-error", "EMER", "2026-11-22T02:40:00Z", "", "", ""),
    ("unknown", "EMER", "2026-11-22T02:40:00Z", "", "", ""),
    ("", "EMER", "2026-11-22T02:40:00Z", "", "", ""),
    ("in-progress", "EMER", "9999-12-31T23:59:59Z", "", "", ""),
    ("planned", "AMB", "0001-01-01", "", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("status", "klass", "start", "end", "in_department", "under_care"), TABLE)
def test_an_encounter_bears_out(status, klass, start, end, in_department, under_care):
    assert presence([an_encounter(status, klass, start, end)], NOW) == Present(in_department, under_care)


def test_nothing_bears_out_nothing():
    assert presence([], NOW) == Present()


def test_a_code_of_another_system_is_no_emergency():
    assert presence([an_encounter(system="https://fhir.sandbox.example/barnsley/class")], NOW).in_department == ""


def test_the_latest_whose_time_is_known_is_named():
    sent = [
        an_encounter(start="2026-11-20T02:40:00Z"),
        an_encounter(start=""),
        an_encounter(start="2026-11-22T02:40:00Z"),
        an_encounter("in-progress", "IMP", "2026-11-22T03:00:00Z"),
    ]

    assert presence(sent, NOW) == Present(EMERGENCY, "an inpatient stay since 22-Nov-2026 03:00")


def test_what_goes_on_is_named_before_what_is_planned():
    sent = [an_encounter("planned", "AMB", "2026-11-25T10:20:00Z"), an_encounter("in-progress", "IMP", "2026-11-02")]

    assert presence(sent, NOW).under_care == "an inpatient stay since 02-Nov-2026"


def test_an_encounter_that_cannot_be_read_bears_out_nothing():
    broken = received({"resourceType": "Encounter", "id": "e1", "status": "in-progress", "class": ["EMER"]})

    assert broken.body is None
    assert presence([broken], NOW) == Present()


def test_an_encounter_without_class_or_period_is_read():
    bare = received({"resourceType": "Encounter", "id": "e1", "status": "in-progress"})

    assert read_encounters([bare]) == (Encounter("in-progress", "", "", ""),)


def test_another_kind_of_resource_bears_out_nothing():
    patient = received({"resourceType": "Patient", "id": "7"})

    assert presence([patient], NOW) == Present()


_TIMES = st.one_of(
    st.text(max_size=30),
    st.datetimes().map(lambda at: at.isoformat(timespec="seconds") + "Z"),
    st.dates().map(str),
    st.sampled_from(["", "2026-11-22T02:40:00+00:00", "0001-01-01", "9999", "9999-12-31T23:59:60Z", "2026-02-30"]),
)
_STATUSES = st.one_of(
    st.text(max_size=12), st.sampled_from(["planned", "arrived", "in-progress", "onleave", "finished"])
)
_ENCOUNTERS = st.builds(an_encounter, _STATUSES, st.one_of(st.text(max_size=6), st.just("EMER")), _TIMES, _TIMES)


@given(st.lists(_ENCOUNTERS, max_size=4), st.datetimes(timezones=st.just(UTC)))
def test_whatever_is_sent_nothing_breaks_and_the_department_is_always_within_the_trusts_care(sent, now):
    found = presence(sent, now)

    assert bool(found.under_care) >= bool(found.in_department)


@given(st.lists(_ENCOUNTERS, max_size=4), st.datetimes(timezones=st.just(UTC)))
def test_the_order_in_which_they_came_changes_nothing(sent, now):
    assert presence(sent, now) == presence(sent[::-1], now)


@given(_ENCOUNTERS, st.datetimes(timezones=st.just(UTC)))
def test_only_an_encounter_that_goes_on_or_is_planned_bears_anything_out(sent, now):
    (encounter,) = read_encounters([sent])

    if presence([sent], now) != Present():
        assert encounter.status in {"planned", "arrived", "triaged", "in-progress", "onleave"}


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.fixed_dictionaries({"resourceType": st.just("Encounter"), "status": _JSON, "class": _JSON, "period": _JSON}))
def test_garbage_never_breaks(sent):
    presence([received(sent)], NOW)
