"""A trust that could not be read is told apart at its door, before anybody looks a patient up there."""

import json
import time
from datetime import UTC, datetime

import pytest

from connectors.registry import fetching
from connectors.tokens import Tokens
from tests.connectors.loopback import Loopback, a_config, says
from viewer.commands.check_trusts import knock

NOW = datetime(2026, 11, 21, 3, 14, tzinfo=UTC)


@pytest.mark.parametrize(("version", "called"), [("3.0.2", "STU3"), ("5.0.0", "R5"), ("4.3.0", "R4B"), ("", '""')])
def test_a_trust_that_speaks_another_fhir_is_told_apart_before_anybody_looks_at_it(version: str, called: str) -> None:
    statement = json.dumps({"resourceType": "CapabilityStatement", "fhirVersion": version}).encode()
    with Loopback(says(statement)) as trust:
        found = knock(a_config(trust.address), fetching(), Tokens(lambda: NOW, time.monotonic, str), time.monotonic)

    assert found.problem == f"speaks FHIR {called}, which Trustline does not read; it reads R4 (4.0.1)"
