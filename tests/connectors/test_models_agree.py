"""What the fhir.resources models accept, we read: over every kind of resource the sandbox makes, whole and damaged."""

import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.checks import faults_by_model
from connectors.read_resource import read_resource
from connectors.resource import Observation
from sandbox.exact import write_json
from sandbox.population import files_of
from sandbox.trusts.all import TRUSTS

TODAY = date(2025, 11, 21)
DAMAGES = (7, "7", "", None, [], {}, True, ["x"], {"x": 1}, -1.5, "2025-13-45")
# The models read a number where a time should stand as seconds since 1970, which FHIR does not know (R4 §2.24.0.1).
# There we are the stricter ones: the resource is shown as unreadable instead of guessed at.
A_TIME_AS_A_NUMBER = re.compile(
    r"its “\S*(issued|lastUpdated|DateTime|authoredOn|creation|[sS]tart(ed)?|end|birthDate|receivedTime|time)”"
    r" is a number, where FHIR has a text"
)


def resources(most: int) -> Iterator[tuple[str, bytes]]:
    for trust in TRUSTS:
        for file in files_of(trust, TODAY):
            for resource in (file.patient, *islice(file.fill(), most)):
                yield resource["resourceType"], write_json(resource)


def test_we_read_every_resource_of_the_sandbox_and_the_models_find_no_fault_in_it():
    found = Counter(
        (kind, not faults_by_model(kind, raw), not isinstance(read_resource(raw), str)) for kind, raw in resources(60)
    )

    assert {(read, accepted) for _, accepted, read in found} == {(True, True)}
    assert {kind for kind, _, _ in found} == {
        "Patient",
        "DiagnosticReport",
        "Observation",
        "Specimen",
        "ServiceRequest",
        "ImagingStudy",
        "Encounter",
    }


def damaged(raw: bytes, chance: random.Random) -> bytes:
    """Return the resource with one thing in it replaced by something else."""
    whole: dict[str, Any] = json.loads(raw)
    places = [place for place in _places(whole) if place[1] != "resourceType"]
    parent, key = chance.choice(places)
    parent[key] = chance.choice(DAMAGES)
    return json.dumps(whole).encode()


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, inner in list(pairs):
        yield node, key
        yield from _places(inner)


def test_of_damaged_resources_we_read_every_one_the_models_accept_but_for_times_sent_as_numbers():
    chance = random.Random(20_251_121)
    found: Counter[tuple[bool, bool]] = Counter()
    disagreed = []
    for kind, raw in resources(3):
        for _ in range(8):
            broken = damaged(raw, chance)
            accepted, read = not faults_by_model(kind, broken), read_resource(broken)
            found[accepted, not isinstance(read, str)] += 1
            if accepted and isinstance(read, str):
                disagreed.append(read)

    assert all(A_TIME_AS_A_NUMBER.match(reason) for reason in disagreed), disagreed
    assert found[True, True] > 10 * len(disagreed) > 0


@pytest.mark.parametrize(
    "resource",
    [
        '{"resourceType":"Patient","name":[{"given":[null,"Walter"],"_given":[{"extension":[]},null]}]}',
        '{"resourceType":"Patient","gender":null,"address":null,"identifier":[null]}',
    ],
)
def test_null_is_nothing(resource):
    assert not isinstance(read_resource(resource.encode()), str)


@given(st.from_regex(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?", fullmatch=True), st.booleans())
@example("-0", True)
def test_a_number_keeps_its_characters_whether_or_not_a_null_stands_beside_law_5(sent, beside_a_null):
    null = '"note":null,"performer":[null],' if beside_a_null else ""
    quantity = f'{{"value":{sent},"unit":"null"}}'
    raw = f' {{"resourceType":"Observation",{null}"valueInteger":{sent},"component":[{{"valueQuantity":{quantity}}}]}}'

    observation = read_resource(raw.encode())

    assert isinstance(observation, Observation)
    quantity = observation.component[0].value_quantity
    assert quantity
    assert [bytes(observation.value_integer), bytes(quantity.value)] == [sent.encode()] * 2
    assert quantity.unit == "null"
